using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>The per-signer token buckets of the Standard tier (facts 2.12, F48): 40 orders/s with a burst of 60, 80 cancels/s with a burst of 120.</summary>
internal sealed class SignerBuckets(SimClock clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Address Signer, bool Cancels), (double Tokens, DateTimeOffset At)> _buckets = [];

    /// <summary>Takes the cost or nothing. A cost above the burst never fits.</summary>
    public bool TryTake(Address signer, bool cancels, int cost)
    {
        var (rate, burst) = cancels ? (80.0, 120.0) : (40.0, 60.0);
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var tokens = _buckets.TryGetValue((signer, cancels), out var bucket) ? Math.Min(burst, bucket.Tokens + (now - bucket.At).TotalSeconds * rate) : burst;
            var fits = cost <= tokens;
            _buckets[(signer, cancels)] = (fits ? tokens - cost : tokens, now);
            return fits;
        }
    }
}
