using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Matching;

namespace PolyCopy.Modules.Simulator.World;

internal enum MarketPhase
{
    /// <summary>Trading.</summary>
    Open,

    /// <summary>A resolution was proposed: no book (404), no orders, Gamma still says acceptingOrders.</summary>
    Proposed,

    /// <summary>Trading ended, the result is not known yet.</summary>
    Ended,

    /// <summary>Resolved.</summary>
    Resolved,
}

/// <summary>What changes about a market. Read and written under <see cref="SimWorld.Gate"/>.</summary>
internal sealed class MarketState(SimMarket market, MatchingEngine engine)
{
    public SimMarket Market { get; } = market;

    public MatchingEngine Engine { get; } = engine;

    public MarketPhase Phase { get; set; }

    /// <summary>Index of the winner once resolved; null before, and at 50/50.</summary>
    public int? Winner { get; set; }

    public DateTimeOffset? ResolvedAt { get; set; }

    /// <summary>True when orders are taken.</summary>
    public bool AcceptsOrders => Phase == MarketPhase.Open;

    /// <summary>True when the CLOB shows a book; a proposed or ended market has none (404).</summary>
    public bool HasBook => Phase == MarketPhase.Open;

    /// <summary>The tick in force.</summary>
    public Price Tick { get; set; } = market.Tick;

    /// <summary>The last print, in the terms of the token it printed on; null before the first.</summary>
    public Print? LastPrint { get; set; }

    /// <summary>When the book last changed.</summary>
    public DateTimeOffset BookAt { get; set; }

    /// <summary>pUSD traded here since the world began, micro-units.</summary>
    public long Traded { get; set; }

    /// <summary>Places where the price was pushed off its course (control quote), oldest first.</summary>
    public List<PriceShift> Shifts { get; } = [];

    /// <summary>The price of the last print in terms of outcome 0, as books carry it; null before the first.</summary>
    public Price? LastTradePrice => LastPrint is { } print ? (print.TokenIndex == 0 ? new Price(print.Price) : new Price(print.Price).Complement) : null;

    /// <summary>Micro-pUSD a full share of the outcome pays: 10^6, 0, or 5x10^5 each; null before resolution.</summary>
    public long? Payout(int tokenIndex) => Phase != MarketPhase.Resolved ? null : Winner is { } winner ? (winner == tokenIndex ? Usdc.Scale : 0) : Usdc.Scale / 2;

    /// <summary>The course of outcome 0 at a time, as a probability; quotes set by control bend it, and the bend fades.</summary>
    public double Probability(long ms)
    {
        var course = Market.Model.Probability(ms);
        for (var i = Shifts.Count - 1; i >= 0; i--)
        {
            if (ms >= Shifts[i].FromMs)
                return Shifts[i].Bend(course, ms);
        }
        return course;
    }
}

/// <summary>The price stands at a quote for a while, then finds back to its course, half the way every ten minutes.</summary>
/// <param name="Offset">Logits between the quote and the course at the end of the stand.</param>
internal sealed record PriceShift(long FromMs, long UntilMs, double Price, double Offset)
{
    private const double HalfLifeMs = 600_000;

    public double Bend(double course, long ms)
    {
        if (ms < UntilMs)
            return Price;
        var logit = Math.Log(course / (1 - course)) + Offset * Math.Pow(2, -(ms - UntilMs) / HalfLifeMs);
        return Math.Clamp(1 / (1 + Math.Exp(-logit)), 0.0002, 0.9998);
    }
}
