namespace PolyCopy.Modules.Simulator.World;

/// <summary>How one market's price and book move: seeded, a pure function of time.</summary>
internal abstract record PriceModel
{
    /// <summary>What the market's noise is seeded with.</summary>
    public required ulong Key { get; init; }

    /// <summary>How much goes on; twice the moves of the book per second.</summary>
    public double Liveliness { get; init; } = 0.1;

    /// <summary>Multiplier of the level sizes.</summary>
    public double Depth { get; init; } = 1;

    /// <summary>Usual distance of bid and ask in ticks.</summary>
    public int SpreadTicks { get; init; } = 1;

    /// <summary>The probability of outcome 0 at a time, strictly between 0 and 1.</summary>
    public abstract double Probability(long ms);

    protected double Fast => Liveliness >= 1 ? 3 : 1;
}

/// <summary>A question of its own: wanders around a centre.</summary>
internal sealed record Wander : PriceModel
{
    public required double Centre { get; init; }

    /// <summary>Width of the wander in logits.</summary>
    public double Volatility { get; init; } = 1;

    public override double Probability(long ms) => Logistic(Math.Log(Centre / (1 - Centre)) + Volatility * Noise.Walk(Key, ms, Fast));

    private static double Logistic(double x) => Math.Clamp(1 / (1 + Math.Exp(-x)), 0.0002, 0.9998);
}

/// <summary>One of a neg-risk group: the children share one pUSD.</summary>
internal sealed record GroupShare : PriceModel
{
    /// <summary>The chances of all children, in order; they need not sum to 1.</summary>
    public required IReadOnlyList<double> Chances { get; init; }

    public required int Index { get; init; }
    public double Volatility { get; init; } = 0.7;

    public override double Probability(long ms)
    {
        double sum = 0, mine = 0;
        for (var i = 0; i < Chances.Count; i++)
        {
            var weight = Chances[i] * Math.Exp(Volatility * Noise.Walk(Noise.Mix(Key, (ulong)i), ms, Fast));
            sum += weight;
            if (i == Index)
                mine = weight;
        }
        return Math.Clamp(mine / sum, 0.0002, 0.9998);
    }
}

/// <summary>Whether a coin stands higher at the end of a slot than at its start: certain at the end.</summary>
internal sealed record UpOrDown : PriceModel
{
    private const double HourSigma = 0.005;

    /// <summary>Seeds the coin's price, shared by all its slots.</summary>
    public required ulong CoinKey { get; init; }

    public required long StartMs { get; init; }
    public required long EndMs { get; init; }

    /// <summary>True when the coin closed at or above where it began.</summary>
    public bool WentUp => LogPrice(EndMs) >= LogPrice(StartMs);

    public override double Probability(long ms)
    {
        if (ms <= StartMs)
            return 0.5 + 0.015 * Noise.Wave(Key, ms, 240_000);
        var left = Math.Max(1_000, EndMs - ms) / 3_600_000.0;
        var distance = LogPrice(Math.Min(ms, EndMs)) - LogPrice(StartMs);
        return Math.Clamp(Normal(distance / (HourSigma * Math.Sqrt(left))), 0.0005, 0.9995);
    }

    /// <summary>The coin's price as a logarithm around 0.</summary>
    private double LogPrice(long ms)
    {
        var x = 0.0;
        for (long period = 10_000, i = 0; i < 12; period *= 4, i++)
            x += HourSigma * Math.Sqrt(period / 3_600_000.0) * Noise.Wave(CoinKey, ms, period);
        return x;
    }

    // Tocher's approximation of the normal distribution: 2 % off at worst, and cheap.
    private static double Normal(double z) => 1 / (1 + Math.Exp(-1.5976 * z - 0.07056 * z * z * z));
}

/// <summary>A market that was over before the world began.</summary>
internal sealed record Settled : PriceModel
{
    public required double Value { get; init; }

    public override double Probability(long ms) => Value;
}
