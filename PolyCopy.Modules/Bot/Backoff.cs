namespace PolyCopy.Modules.Bot;

/// <summary>How long to wait after a failure: doubling from a second to half a minute, with jitter so that processes do not move in step.</summary>
internal sealed class Backoff(Func<double> random)
{
    private const double First = 1;
    private const double Most = 30;
    private int _failures;

    public bool IsFirst => _failures == 0;

    public void Reset() => _failures = 0;

    public TimeSpan Next() => TimeSpan.FromSeconds(Math.Min(Most, First * (1 << Math.Min(_failures++, 6))) * (0.5 + random() / 2));
}
