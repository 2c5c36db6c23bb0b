using System.Collections.Concurrent;

namespace PolyCopy.Modules.Streaming;

/// <summary>The markets that must be followed, and a signal when that changes.</summary>
internal sealed class QuoteInterest : IQuoteInterest
{
    private readonly ConcurrentDictionary<string, long> _wanted = new();
    private readonly ConcurrentDictionary<string, long> _removed = new(); // since the last sweep
    private TaskCompletionSource _changed = New();
    private long _turn;

    /// <summary>The ids now, each with the turn in which it was added.</summary>
    public IReadOnlyDictionary<string, long> Wanted => _wanted;

    /// <summary>Grows with every change; a sweep that began at a turn does not remove what came after it.</summary>
    public long Turn => Interlocked.Read(ref _turn);

    /// <summary>Completes at the next change.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    public void Add(string marketId)
    {
        var isNew = !_wanted.ContainsKey(marketId);
        _wanted[marketId] = Interlocked.Increment(ref _turn);
        if (isNew)
            Signal();
    }

    public void Remove(string marketId)
    {
        _removed[marketId] = Interlocked.Increment(ref _turn);
        if (_wanted.TryRemove(marketId, out _))
            Signal();
    }

    /// <summary>Makes the wanted markets those that the sources named at <paramref name="turn"/>, but for changes since.</summary>
    public void Repair(IReadOnlySet<string> held, long turn)
    {
        foreach (var id in held)
            if (!_wanted.ContainsKey(id) && (!_removed.TryGetValue(id, out var removed) || removed <= turn))
                Add(id);
        foreach (var (id, added) in _wanted)
            if (!held.Contains(id) && added <= turn)
                Remove(id);
        foreach (var (id, removed) in _removed)
            if (removed <= turn)
                _removed.TryRemove(id, out _);
    }

    private void Signal() => Interlocked.Exchange(ref _changed, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
