using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>Which rules can hold; every refusal names its field.</summary>
internal static class RulesCheck
{
    private const decimal MostUsd = 1_000_000m;

    public static Error? Check(FollowRules r)
    {
        if (!Enum.IsDefined(r.Mode) || !Enum.IsDefined(r.BelowMinimum) || !Enum.IsDefined(r.Sells) || !Enum.IsDefined(r.Opposite) || !Enum.IsDefined(r.OnMove) || !Enum.IsDefined(r.OnRemoved))
            return new Error("rules.invalid", "A rule has a value that is not known.");
        if (Sizing(r) is { } sizing)
            return sizing;
        if (r.MaxSlippage is < 0 or > 0.5m)
            return new Error("rules.max_slippage", "maxSlippage is 0 to 0.5.");
        if (r.SellSlippage is < 0 or > 1)
            return new Error("rules.sell_slippage", "sellSlippage is 0 to 1.");
        if (r.MinimumUsd is < 0 or > MostUsd)
            return new Error("rules.minimum", "minimumUsd is 0 to 1,000,000.");
        if (!IsUsd(r.MaxPerTrade) || !IsUsd(r.MaxPerDay) || !IsUsd(r.MaxPerMarket))
            return new Error("rules.caps", "maxPerTrade, maxPerDay and maxPerMarket are more than 0 and at most 1,000,000: caps are never off.");
        if (r.MinimumUsd > r.MaxPerTrade || r.MaxPerTrade < 1)
            return new Error("rules.caps", "maxPerTrade is at least 1 and at least minimumUsd.");
        if (r.MaxOpenPositions is < 1 or > 1_000)
            return new Error("rules.max_open_positions", "maxOpenPositions is 1 to 1,000.");
        if (!IsPrice(r.MinPrice) || !IsPrice(r.MaxPrice) || r.MinPrice > r.MaxPrice)
            return new Error("rules.price_band", "minPrice and maxPrice lie between 0 and 1, in this order.");
        if (new[] { r.Categories, r.ExcludedCategories, r.Keywords, r.ExcludedKeywords }.Any(l => l.Count > 50 || l.Any(w => string.IsNullOrWhiteSpace(w) || w.Length > 60)))
            return new Error("rules.words", "At most 50 words of at most 60 characters each.");
        if (r.MinLiquidity < 0 || r.MaxSpread is <= 0 or > 1 || r.MinLeaderTrade < 0 || r.MinHoursToResolution < 0 || r.MaxHoursToResolution <= 0 || r.MinHoursToResolution > r.MaxHoursToResolution)
            return new Error("rules.filters", "A filter is out of range.");
        if (r.TakeProfitPercent is <= 0 or > 10_000 || r.StopLossPercent is <= 0 or >= 100)
            return new Error("rules.exits", "takeProfitPercent lies above 0, stopLossPercent between 0 and 100.");
        if (r.Sells == SellMode.Percent && r.SellPercent is not (> 0 and <= 100))
            return new Error("rules.sell_percent", "sells percent needs sellPercent, above 0 and at most 100.");
        if (!IsPrice(r.WorstSellPrice))
            return new Error("rules.worst_sell_price", "worstSellPrice lies between 0 and 1.");
        return null;
    }

    private static Error? Sizing(FollowRules r) => r.Mode switch
    {
        CopyMode.Fixed when !IsUsd(r.AmountUsd ?? 0) => new Error("rules.amount", "fixed needs amountUsd."),
        CopyMode.PercentOfTrade when r.Percent is not (> 0 and <= 10_000) => new Error("rules.percent", "percentOfTrade needs percent, above 0 and at most 10,000."),
        CopyMode.PercentOfBalance when r.Percent is not (> 0 and <= 100) => new Error("rules.percent", "percentOfBalance needs percent, above 0 and at most 100."),
        CopyMode.Bankroll when r.LeaderBankroll is not (null or (> 0 and <= 1_000_000_000m)) => new Error("rules.bankroll", "leaderBankroll, the pUSD the leader trades with, is more than 0 and at most 1,000,000,000; left out, it is worked out."),
        CopyMode.Multiplier when r.Tiers.Count > 20 || r.Tiers.Any(t => t.FromUsd < 0 || t.Factor is < 0 or > 1_000) => new Error("rules.tiers", "At most 20 tiers, each with fromUsd and a factor of at most 1,000."),
        CopyMode.Multiplier when r.Factor is not (>= 0 and <= 1_000) && r.Tiers.Count == 0 => new Error("rules.factor", "multiplier needs a factor of at most 1,000, or tiers."),
        _ => null,
    };

    private static bool IsUsd(decimal value) => value is > 0 and <= MostUsd;

    private static bool IsPrice(decimal? value) => value is null or (> 0 and < 1);
}
