using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Copying;

/// <summary>How one follow copies. Amounts are pUSD, percents "10" = 10 %, fractions and slippages 0 to 1. The caps always hold; left out they take these defaults.</summary>
public sealed record FollowRules
{
    public CopyMode Mode { get; init; } = CopyMode.Fixed;

    /// <summary>Fixed: spent once per order of the leader.</summary>
    public decimal? AmountUsd { get; init; }

    /// <summary>PercentOfTrade: of what the leader spent. PercentOfBalance: of the own free cash, once per order of the leader.</summary>
    public decimal? Percent { get; init; }

    /// <summary>Multiplier: times what the leader spent; a tier replaces it.</summary>
    public decimal? Factor { get; init; }

    /// <summary>Multiplier: factors by size of the leader's trade; the highest tier reached counts.</summary>
    public IReadOnlyList<FactorTier> Tiers { get; init; } = [];

    /// <summary>Bankroll: what the leader trades with; his trade's share of it is taken of the own cash and holdings. Left out: his cash and positions, as the chain and the venue say.</summary>
    public decimal? LeaderBankroll { get; init; }

    /// <summary>Over the lower of the leader's price and the market's reference.</summary>
    public decimal MaxSlippage { get; init; } = 0.05m;

    public decimal MinimumUsd { get; init; } = 1m;

    public BelowMinimum BelowMinimum { get; init; } = BelowMinimum.Skip;

    public decimal MaxPerTrade { get; init; } = 50m;
    public decimal MaxPerDay { get; init; } = 200m;
    public decimal MaxPerMarket { get; init; } = 100m;
    public int MaxOpenPositions { get; init; } = 20;

    public decimal? MinPrice { get; init; }
    public decimal? MaxPrice { get; init; }

    /// <summary>Tags of the market; one must match when any is given.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];
    public IReadOnlyList<string> ExcludedCategories { get; init; } = [];

    /// <summary>Words of the market's question or event; one must occur when any is given.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];
    public IReadOnlyList<string> ExcludedKeywords { get; init; } = [];

    /// <summary>pUSD, as the venue reports the market's liquidity.</summary>
    public decimal? MinLiquidity { get; init; }

    /// <summary>pUSD per share between best bid and best ask.</summary>
    public decimal? MaxSpread { get; init; }

    public decimal? MinHoursToResolution { get; init; }
    public decimal? MaxHoursToResolution { get; init; }

    /// <summary>What the leader must have spent.</summary>
    public decimal? MinLeaderTrade { get; init; }

    /// <summary>Only the first buy of an outcome; additions are not copied.</summary>
    public bool FirstEntryOnly { get; init; }

    /// <summary>Buys the other outcome of the market instead.</summary>
    public bool Reverse { get; init; }

    /// <summary>Above the price paid, for each copied buy.</summary>
    public decimal? TakeProfitPercent { get; init; }

    /// <summary>Below the price paid, for each copied buy.</summary>
    public decimal? StopLossPercent { get; init; }

    public SellMode Sells { get; init; } = SellMode.Mirror;

    /// <summary>Sells percent: of the holding, at each of the leader's sells.</summary>
    public decimal? SellPercent { get; init; }

    /// <summary>Below the best bid.</summary>
    public decimal SellSlippage { get; init; } = 0.1m;

    /// <summary>A mirrored sell never accepts less.</summary>
    public decimal? WorstSellPrice { get; init; }

    /// <summary>When another follow holds the other outcome of the market.</summary>
    public OppositePolicy Opposite { get; init; } = OppositePolicy.Skip;

    /// <summary>When the leader's shares leave without a trade (merge, conversion, transfer).</summary>
    public MovePolicy OnMove { get; init; } = MovePolicy.Report;

    /// <summary>When a reorganisation of the chain removes a copied buy of the leader.</summary>
    public RemovedPolicy OnRemoved { get; init; } = RemovedPolicy.Keep;

    /// <summary>No entries while our picture of the leader is blind.</summary>
    public bool PauseWhenBlind { get; init; } = true;

    /// <summary>Entries pause when the leader's size, categories, sides or frequency depart from what they were.</summary>
    public bool PauseOnDrift { get; init; } = true;

    /// <summary>At the start, what the leader holds already is bought too.</summary>
    public bool CopyBaseline { get; init; }
}

/// <param name="FromUsd">Size of the leader's trade from which it counts.</param>
public sealed record FactorTier(decimal FromUsd, decimal Factor);

[JsonConverter(typeof(JsonStringEnumConverter<CopyMode>))]
public enum CopyMode
{
    [JsonStringEnumMemberName("fixed")] Fixed,
    [JsonStringEnumMemberName("percentOfTrade")] PercentOfTrade,
    [JsonStringEnumMemberName("percentOfBalance")] PercentOfBalance,
    [JsonStringEnumMemberName("bankroll")] Bankroll,
    [JsonStringEnumMemberName("multiplier")] Multiplier,
}

[JsonConverter(typeof(JsonStringEnumConverter<BelowMinimum>))]
public enum BelowMinimum
{
    [JsonStringEnumMemberName("skip")] Skip,
    [JsonStringEnumMemberName("roundUp")] RoundUp,

    /// <summary>Small amounts of one outcome add up until they reach the minimum.</summary>
    [JsonStringEnumMemberName("accumulate")] Accumulate,
}

[JsonConverter(typeof(JsonStringEnumConverter<SellMode>))]
public enum SellMode
{
    /// <summary>The share of the holding that the leader sold of his.</summary>
    [JsonStringEnumMemberName("mirror")] Mirror,
    [JsonStringEnumMemberName("percent")] Percent,
    [JsonStringEnumMemberName("all")] All,

    /// <summary>The user is told and decides.</summary>
    [JsonStringEnumMemberName("manual")] Manual,
    [JsonStringEnumMemberName("none")] None,
}

[JsonConverter(typeof(JsonStringEnumConverter<OppositePolicy>))]
public enum OppositePolicy
{
    [JsonStringEnumMemberName("skip")] Skip,

    /// <summary>Sells of the other outcome what the buy would have bought, and buys nothing.</summary>
    [JsonStringEnumMemberName("net")] Net,
    [JsonStringEnumMemberName("allow")] Allow,
}

[JsonConverter(typeof(JsonStringEnumConverter<MovePolicy>))]
public enum MovePolicy
{
    [JsonStringEnumMemberName("report")] Report,
    [JsonStringEnumMemberName("sell")] Sell,
}

[JsonConverter(typeof(JsonStringEnumConverter<RemovedPolicy>))]
public enum RemovedPolicy
{
    [JsonStringEnumMemberName("keep")] Keep,
    [JsonStringEnumMemberName("sell")] Sell,
}
