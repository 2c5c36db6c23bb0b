using System.Numerics;

namespace PolyCopy.Benchmarks;

/// <summary>Counts durations in buckets of 3 % width; any thread may add, nothing is allocated.</summary>
internal sealed class Latencies
{
    private const int SubBits = 5;

    private readonly long[] _buckets = new long[64 << SubBits];

    public long Count => _buckets.Sum();

    public void Add(long nanoseconds)
    {
        var value = (ulong)Math.Max(1, nanoseconds);
        var log = BitOperations.Log2(value);
        var sub = log <= SubBits ? 0 : (int)(value >> (log - SubBits)) & ((1 << SubBits) - 1);
        Interlocked.Increment(ref _buckets[(log << SubBits) | sub]);
    }

    public void Clear() => Array.Clear(_buckets);

    /// <summary>p50, p99, p99.9 and the largest in microseconds; null when nothing was counted.</summary>
    public object? Summary() => Count == 0 ? null : new { p50 = Microseconds(0.5), p99 = Microseconds(0.99), p999 = Microseconds(0.999), max = Microseconds(1) };

    private double Microseconds(double quantile)
    {
        var left = (long)Math.Ceiling(quantile * Count);
        for (var i = 0; i < _buckets.Length; i++)
        {
            left -= _buckets[i];
            if (left <= 0)
                return Math.Round((Math.Pow(2, i >> SubBits) * (1 + ((i & ((1 << SubBits) - 1)) + 0.5) / (1 << SubBits))) / 1000, 2);
        }
        return 0;
    }
}
