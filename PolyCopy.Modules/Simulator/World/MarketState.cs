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

    /// <summary>The tick in force.</summary>
    public Price Tick { get; set; } = market.Tick;

    /// <summary>Micro-pUSD a full share of the outcome pays: 10^6, 0, or 5x10^5 each; null before resolution.</summary>
    public long? Payout(int tokenIndex) => Phase != MarketPhase.Resolved ? null : Winner is { } winner ? (winner == tokenIndex ? Usdc.Scale : 0) : Usdc.Scale / 2;
}
