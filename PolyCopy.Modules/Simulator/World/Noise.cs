namespace PolyCopy.Modules.Simulator.World;

/// <summary>
/// Randomness as a pure function: the same key and time give the same number in any order of asking, so the past,
/// the present and a restart agree without storing anything. Doubles make prices wander; money is made of them only as whole units.
/// </summary>
internal static class Noise
{
    /// <summary>SplitMix64's finalizer: every input bit reaches every output bit.</summary>
    public static ulong Mix(ulong a)
    {
        a += 0x9E3779B97F4A7C15;
        a = (a ^ (a >> 30)) * 0xBF58476D1CE4E5B9;
        a = (a ^ (a >> 27)) * 0x94D049BB133111EB;
        return a ^ (a >> 31);
    }

    public static ulong Mix(ulong a, ulong b) => Mix(Mix(a) ^ b);

    public static ulong Mix(ulong a, ulong b, ulong c) => Mix(Mix(a, b) ^ c);

    public static ulong Mix(ulong a, string text)
    {
        foreach (var c in text)
            a = Mix(a, c);
        return a;
    }

    /// <summary>A number in [0, 1).</summary>
    public static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    /// <summary>A smooth curve in [-1, 1] that turns about every <paramref name="periodMs"/>.</summary>
    public static double Wave(ulong key, long ms, long periodMs)
    {
        var step = Math.DivRem(ms, periodMs, out var rest);
        var f = rest / (double)periodMs;
        var smooth = f * f * (3 - 2 * f);
        var from = Unit(Mix(key, (ulong)periodMs, (ulong)step));
        var to = Unit(Mix(key, (ulong)periodMs, (ulong)step + 1));
        return 2 * (from + (to - from) * smooth) - 1;
    }

    /// <summary>A walk with detail at every scale from days to seconds, about 1 wide; <paramref name="fast"/> stretches what happens within two minutes.</summary>
    public static double Walk(ulong key, long ms, double fast)
    {
        var x = 0.0;
        foreach (var (period, weight) in Octaves)
            x += weight * (period <= 120_000 ? fast : 1) * Wave(key, ms, period);
        return x;
    }

    private static readonly (long PeriodMs, double Weight)[] Octaves =
    [
        (9 * 86_400_000L, 0.80), (3 * 86_400_000L, 0.55), (86_400_000L, 0.38), (8 * 3_600_000L, 0.25), (2 * 3_600_000L, 0.16),
        (1_800_000, 0.10), (480_000, 0.06), (120_000, 0.045), (30_000, 0.035), (8_000, 0.025),
    ];
}
