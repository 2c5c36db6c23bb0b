using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Reads the CLOB's public objects.</summary>
internal static class ClobReader
{
    /// <summary>A book, each side sorted best first; null when it names no token.</summary>
    /// <remarks>The venue sends bids ascending and asks descending (best last) and says so nowhere binding: sorted here whatever comes.</remarks>
    public static BookSnapshot? Book(JsonElement e, DateTimeOffset now)
    {
        if (e.Token("asset_id") is not { } token)
            return null;
        return new BookSnapshot(
            token, Wire.Condition(e.Text("market")) ?? "", Side(e, "bids", descending: true), Side(e, "asks", descending: false),
            e.Price("tick_size") ?? new Price(100), new Shares(e.Micros("min_order_size") ?? 5 * Shares.Scale), e.Bool("neg_risk") ?? false,
            e.Price("last_trade_price"), e.Date("timestamp") ?? now, e.Text("hash") ?? e.Text("timestamp") ?? "");
    }

    public static TradingRules? Rules(JsonElement e)
    {
        var tokens = e.Items("t").Select(t => (Token: t.Token("t"), Outcome: t.Text("o") ?? "")).Where(t => t.Token is not null).Select(t => (t.Token!.Value, t.Outcome)).ToList();
        if (Wire.Condition(e.Text("c")) is not { } condition || e.Price("mts") is not { TenThousandths: > 0 } tick)
            return null;
        var fee = e.Field("fd") is { } fd && fd.Decimal("r") is > 0 and <= 1 and var rate ? new FeeSchedule(rate, (int)Math.Clamp(fd.Decimal("e") ?? 1, 0, 8)) : FeeSchedule.None;
        var delay = e.Decimal("sd") is > 0 and < 3_600 and var seconds ? TimeSpan.FromMilliseconds((double)(seconds * 1000)) : TimeSpan.Zero;
        return new TradingRules(condition, tokens, tick, new Shares(e.Micros("mos") ?? 5 * Shares.Scale), e.Bool("nr") ?? false, e.Text("v") ?? "v1", fee, e.Bool("ao") ?? false, delay);
    }

    /// <summary>What each token pays, once a winner is named or the market is declared 50/50; else null.</summary>
    public static IReadOnlyDictionary<TokenId, decimal>? Payouts(JsonElement e)
    {
        var tokens = e.Items("tokens").Select(t => (Token: t.Token("token_id"), Won: t.Bool("winner") ?? false)).Where(t => t.Token is not null).ToList();
        if (tokens.Count < 2 || e.Bool("closed") != true)
            return null;
        if (e.Bool("is_50_50_outcome") == true && tokens.All(t => !t.Won))
            return tokens.ToDictionary(t => t.Token!.Value, _ => 1m / tokens.Count);
        return tokens.Count(t => t.Won) == 1 ? tokens.ToDictionary(t => t.Token!.Value, t => t.Won ? 1m : 0m) : null;
    }

    public static IReadOnlyList<PricePoint> History(JsonElement e) =>
        [.. e.Items("history").Select(p => (At: p.Date("t"), Price: p.Decimal("p"))).Where(p => p is { At: not null, Price: >= 0 and <= 1 })
            .Select(p => new PricePoint(p.At!.Value, p.Price!.Value)).OrderBy(p => p.At)];

    private static List<Level> Side(JsonElement e, string name, bool descending)
    {
        var levels = new List<Level>();
        foreach (var level in e.Items(name))
            if (level.Price("price") is { TenThousandths: > 0 and < Price.Scale } price && level.Micros("size") is { } size and > 0)
                levels.Add(new Level(price, new Shares(size)));
        levels.Sort((a, b) => descending ? b.Price.CompareTo(a.Price) : a.Price.CompareTo(b.Price));
        return levels;
    }
}
