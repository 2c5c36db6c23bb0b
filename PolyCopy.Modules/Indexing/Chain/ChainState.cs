using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>How far the chain has been read and what its last blocks were; owned by the listener, its summary read by everybody.</summary>
internal sealed class ChainState(TimeProvider clock)
{
    /// <summary>How many hashes are kept: far more than Polygon has ever reorganised.</summary>
    public const int Kept = 256;

    private readonly SortedDictionary<long, ChainBlock> _blocks = [];
    private long _roundAt = long.MinValue;
    private volatile string? _fault = "not started";
    private volatile string? _doubt;
    private volatile Progress? _progress;
    private long _finalThrough;
    private int _reorgs;

    /// <summary>The last block read; null before the first round.</summary>
    public long? Through => _progress?.Number;

    /// <summary>The time of the last block read.</summary>
    public DateTimeOffset? ThroughAt => _progress?.At;

    public long FinalThrough
    {
        get => Volatile.Read(ref _finalThrough);
        set => Volatile.Write(ref _finalThrough, value);
    }

    public int Reorgs => Volatile.Read(ref _reorgs);

    public ChainBlock? Tip => _blocks.Count == 0 ? null : _blocks.Values.Last();

    public long Lowest => _blocks.Count == 0 ? long.MaxValue : _blocks.Keys.First();

    public ChainBlock? Block(long number) => _blocks.GetValueOrDefault(number);

    public void Set(ChainBlock block)
    {
        _blocks[block.Number] = block;
        while (_blocks.Count > Kept)
            _blocks.Remove(_blocks.Keys.First());
    }

    public void CutAbove(long number)
    {
        foreach (var above in _blocks.Keys.Where(n => n > number).ToList())
            _blocks.Remove(above);
    }

    public void Read(long through, DateTimeOffset at) => _progress = new Progress(through, at);

    public void Reorganised() => Interlocked.Increment(ref _reorgs);

    public void Clear()
    {
        _blocks.Clear();
        _progress = null;
    }

    public void RoundDone()
    {
        Volatile.Write(ref _roundAt, clock.GetTimestamp());
        _fault = null;
    }

    public void Down(string reason) => _fault = reason;

    /// <summary>The endpoints do not agree, or the second one does not answer.</summary>
    public string? Doubt
    {
        get => _doubt;
        set => _doubt = value;
    }

    public string? Fault => _fault;

    /// <summary>Since the last round that came to its end; null before the first.</summary>
    public TimeSpan? Age => Volatile.Read(ref _roundAt) is var at && at == long.MinValue ? null : clock.GetElapsedTime(at);

    public Bytes32? Hash(long number) => Block(number)?.Hash;

    private sealed record Progress(long Number, DateTimeOffset At);
}
