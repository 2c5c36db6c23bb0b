using System.Globalization;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Gamma;

/// <summary>What Gamma knows about a market beyond its definition: volumes, liquidity, prices as old as its cache. Read under the gate.</summary>
internal sealed class GammaFacts
{
    /// <summary>Gamma's prices were stale in 15 % of comparisons, by up to its cache's five minutes.</summary>
    private const double StaleShare = 0.15;

    /// <summary>bestBid, bestAsk and lastTradePrice are missing in about a fifth of all markets.</summary>
    private const double MissingShare = 0.2;

    private const long CacheMs = 300_000;

    private readonly DateTimeOffset _now;
    private decimal? _liquidity;

    public GammaFacts(MarketState state, DateTimeOffset now)
    {
        State = state;
        var key = Noise.Mix(state.Market.Model.Key, state.Market.Id);
        var depth = state.Market.Model.Depth;
        Volume = Math.Round((decimal)(depth * Math.Exp(8 + 6 * Noise.Unit(Noise.Mix(key, 1)))), 6) + state.Traded / (decimal)Usdc.Scale;
        Volume24Hours = Math.Round(Volume * (decimal)(0.002 + 0.1 * Noise.Unit(Noise.Mix(key, 2))), 6);
        HidesQuotes = !state.HasBook || Noise.Unit(Noise.Mix(key, 3)) < MissingShare;
        var isStale = state.HasBook && Noise.Unit(Noise.Mix(key, 4)) < StaleShare;
        Price = isStale ? StalePrice(state, now) : Quotes.Worth(state, 0);
        Bid = isStale ? Price - state.Tick.ToDecimal() / 2 : state.Engine.BestBid(0)?.ToDecimal();
        Ask = isStale ? Price + state.Tick.ToDecimal() / 2 : state.Engine.BestAsk(0)?.ToDecimal();
        _now = now;
    }

    public MarketState State { get; }
    public decimal Volume { get; }
    public decimal Volume24Hours { get; }
    public decimal Liquidity => _liquidity ??= State.HasBook ? Resting(State) : 0;
    public bool HidesQuotes { get; }

    /// <summary>Of outcome 0.</summary>
    public decimal Price { get; }

    public decimal? Bid { get; }
    public decimal? Ask { get; }
    public decimal DayChange => State.HasBook ? Math.Round((decimal)(State.Probability(_now.ToUnixTimeMilliseconds()) - State.Probability(_now.AddDays(-1).ToUnixTimeMilliseconds())), 4) : 0;

    public bool Closed => State.Phase == MarketPhase.Resolved;

    /// <summary>Empty while nobody proposed a result.</summary>
    public string UmaStatus => State.Phase switch { MarketPhase.Proposed => "proposed", MarketPhase.Resolved => "resolved", _ => "" };

    private static decimal StalePrice(MarketState state, DateTimeOffset now)
    {
        var tick = state.Tick.ToDecimal();
        var then = (decimal)state.Probability(now.ToUnixTimeMilliseconds() / CacheMs * CacheMs);
        return Math.Clamp((Math.Floor(then / tick) + 0.5m) * tick, tick * 1.5m, 1 - tick * 1.5m);
    }

    private static decimal Resting(MarketState state)
    {
        var (bids, asks) = state.Engine.Rows(0);
        Int128 worth = 0;
        foreach (var row in bids)
            worth += (Int128)row.Size * row.Price;
        foreach (var row in asks)
            worth += (Int128)row.Size * (Kernel.Price.Scale - row.Price);
        return Math.Round((decimal)worth / Kernel.Price.Scale / Usdc.Scale, 4);
    }
}

/// <summary>Gamma's ways to write a time.</summary>
internal static class GammaTime
{
    /// <summary>RFC 3339 with as many digits of a second as it pleases (0 to 6 here).</summary>
    public static string Rfc(DateTimeOffset at, int digits) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss" + (digits == 0 ? "" : "'.'" + new string('f', digits)) + "'Z'", CultureInfo.InvariantCulture);

    /// <summary>"2026-05-28 05:29:05+00": closedTime, gameStartTime.</summary>
    public static string Sql(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'+00'", CultureInfo.InvariantCulture);

    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
