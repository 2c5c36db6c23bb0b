using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Chain;

namespace PolyCopy.Modules.Simulator.Data;

/// <summary>Leaderboard, values, holders, and the old spellings.</summary>
internal sealed partial class DataRoutes
{
    private static readonly Dictionary<string, TimeSpan?> Periods = new() { ["day"] = TimeSpan.FromDays(1), ["week"] = TimeSpan.FromDays(7), ["month"] = TimeSpan.FromDays(30), ["all"] = null };

    private void Leaderboard(DataQuery query, Utf8JsonWriter json)
    {
        if (!Periods.TryGetValue(query.Text("time_period")?.ToLowerInvariant() ?? "day", out var period))
            throw DataException.Invalid("time_period", "time_period must be day, week, month or all");
        var byVolume = (query.Text("sort_by")?.ToUpperInvariant() ?? "PNL") switch { "PNL" => false, "VOLUME" => true, _ => throw DataException.Invalid("sort_by", "sort_by must be PNL or VOLUME") };
        var category = query.Text("category") is { } name && !name.Equals("overall", StringComparison.OrdinalIgnoreCase) ? CultureInfo.InvariantCulture.TextInfo.ToTitleCase(name.ToLowerInvariant()) : null;
        if (query.User() is { } wallet)
        {
            var (byPnl, byShares) = (index.Board(period, category, byVolume: false), index.Board(period, category, byVolume: true));
            var line = byPnl.FirstOrDefault(line => line.Wallet == wallet);
            json.WriteStartObject();
            json.WritePropertyName("data"u8);
            if (line is null)
                json.WriteNullValue();
            else
            {
                json.WriteStartObject();
                rows.BoardFields(json, line);
                json.WriteNumber("rank_pnl"u8, Rank(byPnl, wallet));
                json.WriteNumber("rank_volume"u8, Rank(byShares, wallet));
                json.WriteEndObject();
            }
            json.WriteEndObject();
            return;
        }
        var (limit, at, skip) = query.Page();
        var lines = index.Board(period, category, byVolume);
        Page(json, [.. lines.Select<BoardLine, Action<Utf8JsonWriter>>((line, i) => writer => rows.Board(writer, line, i + 1))], limit, at ?? Snapshot(), skip);
    }

    private static int Rank(IReadOnlyList<BoardLine> lines, Address wallet)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Wallet == wallet)
                return i + 1;
        }
        return 0;
    }

    private void Value(DataQuery query, Utf8JsonWriter json)
    {
        var wallet = Required(query);
        json.WriteStartObject();
        json.WriteStartObject("data"u8);
        json.WriteString("proxy_wallet"u8, wallet.ToLower());
        DataJson.Number(json, "value", Worth(wallet));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Stats(DataQuery query, Utf8JsonWriter json)
    {
        var wallet = Required(query);
        var history = index.Of(wallet, Snapshot());
        var line = index.Line(wallet, 0, Snapshot(), category: null);
        json.WriteStartObject();
        json.WriteStartObject("data"u8);
        json.WriteString("proxy_wallet"u8, wallet.ToLower());
        json.WriteNumber("trades"u8, history.Count(placed => placed.Tx is FillTx));
        DataJson.Number(json, "volume", line.Volume);
        DataJson.Number(json, "pnl", line.Pnl);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Status(DataQuery query, Utf8JsonWriter json)
    {
        var head = chain.Head;
        json.WriteStartObject();
        json.WriteStartObject("data"u8);
        json.WriteString("status"u8, "ok"u8);
        json.WriteNumber("latest_block"u8, head);
        json.WriteNumber("as_of"u8, Snapshot() / 1000);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Holders(DataQuery query, Utf8JsonWriter json)
    {
        var (limit, at, skip) = query.Page();
        if (query.Conditions() is null)
            throw DataException.Invalid("condition", "condition is required");
        HoldersOf(query, json, at ?? Snapshot(), limit, skip);
    }

    /// <summary>Who holds a market's tokens: leaders and users; strangers come and go.</summary>
    private void HoldersOf(DataQuery query, Utf8JsonWriter json, long at, int limit, int skip)
    {
        var conditions = query.Conditions()!;
        var held = index.Board(null, null, byVolume: true).SelectMany(line => Held(line.Wallet, at).Select(holding => (line.Wallet, Holding: holding)))
            .Where(row => row.Holding.Size >= DustTokens && conditions.Contains(row.Holding.Market.ConditionId))
            .GroupBy(row => row.Holding.Token).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        Page(json, [.. held.Select<IGrouping<string, (Address Wallet, TokenHolding Holding)>, Action<Utf8JsonWriter>>(group => writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("token_id"u8, group.Key);
            writer.WriteStartArray("holders"u8);
            foreach (var (wallet, holding) in group.OrderByDescending(row => row.Holding.Size))
            {
                var (amount, price) = (new Shares(holding.Size).ToDecimal(), index.Worth(holding.Market, holding.Outcome));
                writer.WriteStartObject();
                writer.WriteString("proxy_wallet"u8, wallet.ToLower());
                writer.WriteString("token_id"u8, group.Key);
                DataJson.Number(writer, "amount", amount);
                writer.WriteNumber("outcome_index"u8, holding.Outcome);
                writer.WriteString("pseudonym"u8, Pseudonyms.Of(wallet));
                DataJson.Number(writer, "avg_price", holding.Average);
                DataJson.Number(writer, "entry_cost_usdc", holding.Cost);
                DataJson.Number(writer, "current_value", amount * price);
                DataJson.Number(writer, "total_pnl", holding.Realized + amount * price - holding.Cost);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        })], limit, at, skip);
    }

    private void OpenInterest(DataQuery query, Utf8JsonWriter json)
    {
        var conditions = query.Conditions();
        var held = index.Board(null, null, byVolume: true).SelectMany(line => Held(line.Wallet, Snapshot())).Where(holding => holding.Size > 0);
        var sums = conditions is null
            ? [("GLOBAL", held.Sum(holding => new Shares(holding.Size).ToDecimal()))]
            : conditions.Select(condition => (condition, held.Where(holding => holding.Market.ConditionId == condition).Sum(holding => new Shares(holding.Size).ToDecimal()))).ToList();
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (var (condition, value) in sums)
        {
            json.WriteStartObject();
            json.WriteString("condition_id"u8, condition);
            DataJson.Number(json, "value", value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void TradesV1(DataQuery query, Utf8JsonWriter json) => V1(query, json, isActivity: false, query.Flag("taker_only", missing: true));

    private void ActivityV1(DataQuery query, Utf8JsonWriter json) => V1(query, json, isActivity: true, takerOnly: false);

    private void V1(DataQuery query, Utf8JsonWriter json, bool isActivity, bool takerOnly)
    {
        var (limit, skip) = PageV1(query, isActivity ? 500 : OffsetCap);
        var user = query.User();
        if (isActivity && user is null)
            throw DataException.Invalid("user", "required query param 'user' not provided");
        var conditions = query.Conditions();
        var (start, end) = (query.Seconds("start"), query.Seconds("end"));
        var at = Snapshot();
        var history = user is { } wallet ? index.Of(wallet, at) : index.Everything(at - (long)TimeSpan.FromDays(1).TotalMilliseconds, at);
        json.WriteStartArray();
        foreach (var (row, block) in Enumerable.Reverse(history).Where(placed => placed.Tx is FillTx fill && Fits(fill.Market, conditions, null))
            .Where(placed => Settlement.SettlementTimes.TimeOf(placed.Block) / 1000 is var seconds && !(seconds < start) && !(seconds > end))
            .SelectMany(placed => TradeRow.Of((FillTx)placed.Tx).Select(row => (row, placed.Block)))
            .Where(found => (user is null || found.row.Leg.Wallet == user) && (found.row.IsTaker || !takerOnly)).Skip(skip).Take(limit))
            rows.TradeV1(json, row, block, isActivity);
        json.WriteEndArray();
    }

    private void PositionsV1(DataQuery query, Utf8JsonWriter json)
    {
        var wallet = Required(query);
        var (limit, skip) = PageV1(query, 500);
        var threshold = query.Number("size_threshold") ?? 1;
        var conditions = query.Conditions();
        json.WriteStartArray();
        foreach (var held in Held(wallet, Snapshot()).Where(held => held.Size > 0 && new Shares(held.Size).ToDecimal() >= threshold && Fits(held.Market, conditions, query.Text("event_id")))
            .OrderByDescending(held => new Shares(held.Size).ToDecimal() * index.Worth(held.Market, held.Outcome)).ThenBy(held => held.Token, StringComparer.Ordinal).Skip(skip).Take(limit))
            DataJson.PositionV1(json, wallet, held, index.Worth(held.Market, held.Outcome), StatusOf(held).StartsWith("REDEEMABLE", StringComparison.Ordinal));
        json.WriteEndArray();
    }

    private void ValueV1(DataQuery query, Utf8JsonWriter json)
    {
        var wallet = Required(query);
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteString("user"u8, wallet.ToLower());
        DataJson.Number(json, "value", Worth(wallet));
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private decimal Worth(Address wallet) => Held(wallet, Snapshot()).Where(held => held.Size > 0).Sum(held => new Shares(held.Size).ToDecimal() * index.Worth(held.Market, held.Outcome));

    private static (int Limit, int Skip) PageV1(DataQuery query, int most)
    {
        var (limit, offset) = ((int)(query.Number("limit") ?? 100), (int)(query.Number("offset") ?? 0));
        if (offset is < 0 or > OffsetCap)
            throw DataException.Invalid("offset", $"max historical activity offset of {OffsetCap} exceeded");
        return (Math.Clamp(limit, 0, most), offset);
    }

    private static Address Required(DataQuery query) => query.User() ?? throw DataException.Invalid("user", "user is required");
}
