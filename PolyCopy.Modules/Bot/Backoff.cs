namespace PolyCopy.Modules.Bot;

/// <summary>How long to wait after a failure: doubling from a second to half a minute (or <paramref name="most"/> seconds), with jitter so that processes do not move in step.</summary>
internal sealed class Backoff(Func<double> random, double most = 30)
{
    private const double First = 1;
    private int _failures;

    public bool IsFirst => _failures == 0;

    public void Reset() => _failures = 0;

    public TimeSpan Next() => TimeSpan.FromSeconds(Math.Min(most, First * (1 << Math.Min(_failures++, 6))) * (0.5 + random() / 2));
}
