using System.Text.Json;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Reads orders and trades as REST and the user channel send them, from the account's own side.</summary>
internal static partial class AccountReader
{
    private static readonly System.Diagnostics.Metrics.Counter<long> Unknown = Meters.Instance.CreateCounter<long>("polycopy.venue.unknown_words");

    /// <summary>An order; null when it lacks what makes it one.</summary>
    public static VenueOrder? Order(JsonElement e, ILogger logger)
    {
        if (e.Text("id") is not { } hash || e.Token("asset_id") is not { } token || Side(e) is not { } side)
            return null;
        var said = e.Text("status", 200) ?? "";
        var matched = new Shares(e.Micros("size_matched") ?? 0);
        var original = new Shares(e.Micros("original_size") ?? 0);
        return new VenueOrder(
            hash.ToLowerInvariant(), Wire.Condition(e.Text("market")) ?? "", token, side, e.Price("price"), original, matched,
            Status(said, e.Text("type"), logger), said, e.Strings("associate_trades"), e.Date("created_at") ?? e.Date("timestamp"));
    }

    /// <summary>The fills of a trade that are the account's: as taker one, as maker one per order of its own.</summary>
    /// <remarks>
    /// At top level a trade speaks of the taker; a maker's entry may be of the complementary token (mint, merge). Booking makers by the top level is
    /// the commonest fault of clients (nautilus_trader #3172, #3126).
    /// </remarks>
    public static IReadOnlyList<VenueFill> Fills(JsonElement e, ITradingAccount account, ILogger logger)
    {
        if (e.Text("id") is not { } trade)
            return [];
        var condition = Wire.Condition(e.Text("market")) ?? "";
        var status = Settlement(e.Text("status"), logger);
        var at = e.Date("match_time") ?? e.Date("matchtime") ?? e.Date("last_update") ?? e.Date("timestamp") ?? DateTimeOffset.UnixEpoch;
        var transaction = e.Text("transaction_hash")?.ToLowerInvariant();
        var fills = new List<VenueFill>();
        if (IsTaker(e, account) && e.Text("taker_order_id") is { } order && e.Token("asset_id") is { } token && Side(e) is { } side && e.Micros("size") is { } size)
            fills.Add(new VenueFill(order.ToLowerInvariant(), trade, condition, token, side, new Shares(size), new Usdc(TakerCollateral(e, token, side, size)), IsTaker: true, status, at, transaction));
        foreach (var maker in e.Items("maker_orders"))
        {
            if (!IsOurs(maker, account) || maker.Text("order_id") is not { } makerOrder || maker.Token("asset_id") is not { } makerToken || maker.Micros("matched_amount") is not { } matched)
                continue;
            // recordings without a side are older than mint and merge: then the maker was simply opposite
            var makerSide = Side(maker) ?? (Side(e) == Kernel.Side.Buy ? Kernel.Side.Sell : Kernel.Side.Buy);
            Add(fills, new VenueFill(makerOrder.ToLowerInvariant(), trade, condition, makerToken, makerSide, new Shares(matched), new Usdc(Collateral(matched, maker.Decimal("price") ?? 0)), IsTaker: false, status, at, transaction));
        }
        return fills;
    }

    // the key of a fill is (order, trade): an order named twice in one trade is one fill
    private static void Add(List<VenueFill> fills, VenueFill fill)
    {
        var same = fills.FindIndex(f => f.OrderHash == fill.OrderHash);
        if (same < 0)
            fills.Add(fill);
        else
            fills[same] = fills[same] with { Shares = fills[same].Shares + fill.Shares, Collateral = fills[same].Collateral + fill.Collateral };
    }

    private static bool IsTaker(JsonElement e, ITradingAccount account) =>
        !string.Equals(e.Text("trader_side"), "MAKER", StringComparison.OrdinalIgnoreCase)
        && (IsOurs(e, account) || (e.Text("trader_side") is not null && e.Text("owner") is null && e.Text("maker_address") is null));

    private static bool IsOurs(JsonElement e, ITradingAccount account) =>
        string.Equals(e.Text("owner"), account.ApiKey, StringComparison.OrdinalIgnoreCase) || string.Equals(e.Text("maker_address"), account.Funder, StringComparison.OrdinalIgnoreCase);

    /// <summary>What the taker paid or got: makers trade at their own prices, so their entries add up to it; the top-level price is one number for all of them.</summary>
    private static long TakerCollateral(JsonElement e, TokenId token, Side side, long size)
    {
        long shares = 0, collateral = 0;
        foreach (var maker in e.Items("maker_orders"))
        {
            if (maker.Micros("matched_amount") is not { } matched || maker.Decimal("price") is not { } price || maker.Token("asset_id") is not { } makerToken)
                continue;
            shares += matched;
            collateral += Collateral(matched, makerToken == token ? price : 1 - price);
        }
        return shares == size ? collateral : Collateral(size, e.Decimal("price") ?? 0);
    }

    private static long Collateral(long shares, decimal price) => (long)decimal.Round(shares * price, MidpointRounding.AwayFromZero);

    private static Side? Side(JsonElement e) => e.Text("side")?.ToUpperInvariant() switch { "BUY" => Kernel.Side.Buy, "SELL" => Kernel.Side.Sell, _ => null };

    // "LIVE", "ORDER_STATUS_LIVE", "CANCELED_order couldn't be fully filled. FOK orders ..." and words to come
    private static VenueOrderStatus Status(string said, string? type, ILogger logger)
    {
        var word = said.Trim().ToUpperInvariant();
        if (word.StartsWith("ORDER_STATUS_", StringComparison.Ordinal))
            word = word["ORDER_STATUS_".Length..];
        if (word.StartsWith("CANCELED", StringComparison.Ordinal) || word.StartsWith("CANCELLED", StringComparison.Ordinal))
            return VenueOrderStatus.Cancelled;
        switch (word)
        {
            case "LIVE": return VenueOrderStatus.Live;
            case "MATCHED": return VenueOrderStatus.Matched;
            case "DELAYED": return VenueOrderStatus.Delayed;
            case "UNMATCHED": return VenueOrderStatus.Unmatched;
            case "INVALID": return VenueOrderStatus.Invalid;
        }
        Unknown.Add(1, new KeyValuePair<string, object?>("kind", "order"));
        Log.Word(logger, "order", said);
        return type?.ToUpperInvariant() == "CANCELLATION" ? VenueOrderStatus.Cancelled : VenueOrderStatus.Live;
    }

    private static SettlementStatus Settlement(string? said, ILogger logger)
    {
        var word = (said ?? "").Trim().ToUpperInvariant();
        if (word.StartsWith("TRADE_STATUS_", StringComparison.Ordinal))
            word = word["TRADE_STATUS_".Length..];
        switch (word)
        {
            case "MATCHED" or "MATCHED_NOT_BROADCASTED": return SettlementStatus.Matched;
            case "MINED": return SettlementStatus.Mined;
            case "CONFIRMED": return SettlementStatus.Confirmed;
            case "RETRYING": return SettlementStatus.Retrying;
            case "FAILED": return SettlementStatus.Failed;
        }
        Unknown.Add(1, new KeyValuePair<string, object?>("kind", "trade"));
        Log.Word(logger, "trade", said ?? "");
        return SettlementStatus.Matched; // it exists; what became of it comes by the next read
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Polymarket + 10, LogLevel.Warning, "The venue uses an unknown {Kind} status: {Word}")]
        public static partial void Word(ILogger logger, string kind, string word);
    }
}
