using System.Collections.Concurrent;

namespace PolyCopy.Modules.Indexing.Feeds;

/// <summary>When each kind of the feed's trades was last heard: one may be dead for weeks while the other lives.</summary>
internal sealed class FeedState(TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MuteAfter = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, long> _heard = new(StringComparer.Ordinal);
    private volatile string? _fault = "not connected yet";
    private long _late;

    public string? Fault => _fault;

    /// <summary>Trades that came too late to be of use.</summary>
    public long Late => Volatile.Read(ref _late);

    public bool IsAlive => _heard.Values.Any(at => clock.GetElapsedTime(at) < Fresh);

    /// <summary>Kinds not heard for five minutes while another was.</summary>
    public IReadOnlyList<string> Mute => !IsAlive ? [] : [.. Types.Where(t => !_heard.TryGetValue(t, out var at) || clock.GetElapsedTime(at) > MuteAfter)];

    private static string[] Types { get; } = ["trades", "orders_matched"];

    public void Alive(string type)
    {
        _heard[type] = clock.GetTimestamp();
        _fault = null;
    }

    public void Down(string reason) => _fault = reason;

    public void TooLate() => Interlocked.Increment(ref _late);
}

/// <summary>Whether the Data API answers.</summary>
internal sealed class AuditState(TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(3);
    private long _answered = long.MinValue;
    private volatile string? _fault;

    public string? Fault => _fault;

    public bool IsAlive => Volatile.Read(ref _answered) is var at && at != long.MinValue && clock.GetElapsedTime(at) < Fresh && _fault is null;

    public void Answered()
    {
        Volatile.Write(ref _answered, clock.GetTimestamp());
        _fault = null;
    }

    public void Down(string reason) => _fault = reason;
}
