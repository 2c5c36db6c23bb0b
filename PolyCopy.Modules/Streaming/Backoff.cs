namespace PolyCopy.Modules.Streaming;

/// <summary>How long to wait before the next connection: exponential with full jitter, never below a floor, so that a server that accepts and drops is not hammered.</summary>
internal sealed class Backoff(Random random)
{
    private static readonly TimeSpan Floor = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private int _failures;

    /// <summary>The wait before the next attempt.</summary>
    /// <param name="wasHealthy">The connection had lived and carried data: begin anew.</param>
    /// <param name="atLeast">What the venue asked for, if it did.</param>
    public TimeSpan Next(bool wasHealthy, TimeSpan? atLeast)
    {
        _failures = wasHealthy ? 0 : Math.Min(_failures + 1, 10);
        var top = TimeSpan.FromMilliseconds(Math.Min(Ceiling.TotalMilliseconds, 500 * Math.Pow(2, _failures)));
        var wait = Floor + random.NextDouble() * (top - Floor);
        return atLeast > wait ? atLeast.Value : wait;
    }
}
