namespace PolyCopy.Modules.Polymarket;

/// <summary>Keeps requests of one kind within a published limit: a burst at once, then an even rate. Takes no memory per request.</summary>
internal sealed class Pace
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly long _interval;
    private readonly int _burst;
    private long _next = long.MinValue / 2;
    private long _held = long.MinValue / 2;

    public Pace(int burst, double perSecond, TimeProvider clock)
    {
        _clock = clock;
        _burst = Math.Max(1, burst);
        _interval = (long)(clock.TimestampFrequency / perSecond);
    }

    /// <summary>At most 90 % of <paramref name="limit"/> in any window: half of that as burst, half as rate.</summary>
    public static Pace Within(int limit, TimeSpan window, TimeProvider clock) => new((int)(limit * 0.45), limit * 0.45 / window.TotalSeconds, clock);

    /// <summary>Takes the next place in the queue.</summary>
    /// <returns>How long to wait before sending; null when that would be longer than <paramref name="patience"/>, and no place was taken.</returns>
    public TimeSpan? Reserve(TimeSpan patience)
    {
        lock (_gate)
        {
            var now = _clock.GetTimestamp();
            var place = Math.Max(_next, now - (_burst - 1) * _interval);
            var wait = _clock.GetElapsedTime(now, Math.Max(Math.Max(place, _held), now));
            if (wait > patience)
                return null;
            _next = place + _interval;
            return wait;
        }
    }

    /// <summary>The venue said 429: nobody sends before that.</summary>
    public void Hold(TimeSpan wait)
    {
        lock (_gate)
            _held = Math.Max(_held, _clock.GetTimestamp() + (long)(wait.TotalSeconds * _clock.TimestampFrequency));
    }
}
