namespace PolyCopy.Modules.Bot.Outbound;

/// <summary>So many per second, with a burst. Not thread-safe: its owner locks.</summary>
internal struct Bucket
{
    private readonly double _perTick;
    private readonly double _burst;
    private double _tokens;
    private long _at;

    public Bucket(double perSecond, double burst, long now, long frequency) => (_perTick, _burst, _tokens, _at) = (perSecond / frequency, burst, burst, now);

    public bool IsFull(long now)
    {
        Refill(now);
        return _tokens >= _burst;
    }

    /// <summary>Whether one may go now, leaving at least <paramref name="spare"/> in the bucket.</summary>
    public bool TryTake(long now, double spare = 0)
    {
        Refill(now);
        if (_tokens < 1 + spare)
            return false;
        _tokens--;
        return true;
    }

    /// <summary>Puts back what was taken for nothing.</summary>
    public void Return() => _tokens = Math.Min(_burst, _tokens + 1);

    /// <summary>The timestamp at which one may go, leaving <paramref name="spare"/>.</summary>
    public readonly long ReadyAt(double spare = 0) => _tokens >= 1 + spare ? _at : _at + (long)Math.Ceiling((1 + spare - _tokens) / _perTick);

    private void Refill(long now)
    {
        if (now <= _at)
            return;
        _tokens = Math.Min(_burst, _tokens + ((now - _at) * _perTick));
        _at = now;
    }
}
