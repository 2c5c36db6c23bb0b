using System.Globalization;
using System.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>The frames of the market channel, key by key as facts 3.1 shows them. Made under the gate, from the book as it stands.</summary>
internal static class MarketFrames
{
    /// <summary>All changed levels of one operation, each for both tokens, with the book's state after all of them.</summary>
    public static byte[] PriceChange(MarketState market, IReadOnlyList<LevelChange> changes, long at)
    {
        string[] hashes = [new BookJson(market, 0).Hash, new BookJson(market, 1).Hash];
        string[] bids = [Quotes.BidText(market, 0), Quotes.BidText(market, 1)];
        string[] asks = [Quotes.AskText(market, 0), Quotes.AskText(market, 1)];
        var json = new StringBuilder(512).Append("{\"market\":\"").Append(market.Market.ConditionId).Append("\",\"price_changes\":[");
        for (var i = 0; i < changes.Count; i++)
        {
            for (var token = 0; token < 2; token++)
            {
                var change = changes[i];
                json.Append(i + token == 0 ? "{\"asset_id\":\"" : ",{\"asset_id\":\"").Append(market.Market.TokenIds[token]);
                json.Append("\",\"price\":\"").Append(PriceText.Of(token == 0 ? change.Price : Price.Scale - change.Price));
                json.Append("\",\"size\":\"").Append(Wire.Amount(change.Size));
                json.Append("\",\"side\":\"").Append(change.IsBid == (token == 0) ? "BUY" : "SELL");
                json.Append("\",\"hash\":\"").Append(hashes[token]);
                json.Append("\",\"best_bid\":\"").Append(bids[token]).Append("\",\"best_ask\":\"").Append(asks[token]).Append("\"}");
            }
        }
        return Bytes(json.Append("],\"timestamp\":\"").Append(Wire.Text(at)).Append("\",\"event_type\":\"price_change\"}").ToString());
    }

    public static byte[] LastTradePrice(MarketState market, Print print, long at) => Bytes(
        $"{{\"market\":\"{market.Market.ConditionId}\",\"asset_id\":\"{market.Market.TokenIds[print.TokenIndex]}\",\"price\":\"{PriceText.Of(print.Price)}\",\"size\":\"{Wire.Amount(print.Size)}\",\"fee_rate_bps\":\"0\","
        + $"\"side\":\"{(print.Side == Side.Buy ? "BUY" : "SELL")}\",\"timestamp\":\"{Wire.Text(at)}\",\"event_type\":\"last_trade_price\",\"transaction_hash\":\"{print.TransactionHash}\"}}");

    public static byte[] BestBidAsk(MarketState market, int token, long at) => Bytes(
        $"{{\"market\":\"{market.Market.ConditionId}\",\"asset_id\":\"{market.Market.TokenIds[token]}\",\"best_bid\":\"{Quotes.BidText(market, token)}\",\"best_ask\":\"{Quotes.AskText(market, token)}\","
        + $"\"spread\":\"{Quotes.SpreadText(market, token)}\",\"timestamp\":\"{Wire.Text(at)}\",\"event_type\":\"best_bid_ask\"}}");

    public static byte[] TickSizeChange(MarketState market, int token, Price old, long at) => Bytes(
        $"{{\"market\":\"{market.Market.ConditionId}\",\"asset_id\":\"{market.Market.TokenIds[token]}\",\"old_tick_size\":\"{old}\",\"new_tick_size\":\"{market.Tick}\",\"timestamp\":\"{Wire.Text(at)}\",\"event_type\":\"tick_size_change\"}}");

    /// <summary>Single books are objects, dumps are arrays.</summary>
    public static byte[] Book(MarketState market, int token) => Bytes(new BookJson(market, token).Event());

    public static byte[] Books(IEnumerable<(MarketState Market, int TokenIndex)> books) => Bytes($"[{string.Join(',', books.Select(b => new BookJson(b.Market, b.TokenIndex).Event()))}]");

    public static byte[] NewMarket(MarketState state, long at) => Wire.Json(json =>
    {
        var market = state.Market;
        json.WriteStartObject();
        json.WriteString("id"u8, market.Id);
        json.WriteString("question"u8, market.Question);
        json.WriteString("market"u8, market.ConditionId);
        json.WriteString("condition_id"u8, market.ConditionId);
        json.WriteString("slug"u8, market.Slug);
        json.WriteString("description"u8, market.Description);
        foreach (var name in (string[])["assets_ids", "clob_token_ids"])
            Strings(json, name, market.TokenIds);
        Strings(json, "outcomes", market.Outcomes);
        json.WriteStartObject("event_message"u8);
        json.WriteString("id"u8, market.Event.Id);
        json.WriteString("ticker"u8, market.Event.Slug);
        json.WriteString("slug"u8, market.Event.Slug);
        json.WriteString("title"u8, market.Event.Title);
        json.WriteString("description"u8, market.Event.Description);
        json.WriteEndObject();
        json.WriteString("timestamp"u8, Wire.Text(at));
        Strings(json, "tags", market.Event.Tags.Select(t => t.Slug));
        json.WriteBoolean("active"u8, market.Active);
        json.WriteString("order_price_min_tick_size"u8, state.Tick.ToString());
        json.WriteString("taker_base_fee"u8, Wire.Text(MarketJson.LegacyFee(market)));
        json.WriteBoolean("fees_enabled"u8, market.Fees.Enabled);
        json.WriteStartObject("fee_schedule"u8);
        json.WriteString("exponent"u8, Wire.Text(market.Fees.Exponent));
        json.WriteString("rate"u8, market.Fees.Rate.ToString(CultureInfo.InvariantCulture));
        json.WriteBoolean("taker_only"u8, true);
        json.WriteString("rebate_rate"u8, market.Fees.RebateRate.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteString("line"u8, "");
        json.WriteString("game_start_time"u8, "");
        json.WriteString("sports_market_type"u8, "");
        json.WriteString("group_item_title"u8, market.GroupItemTitle ?? "");
        json.WriteString("event_type"u8, "new_market"u8);
        json.WriteEndObject();
    });

    /// <summary>At 50/50 nobody wins: both fields are empty.</summary>
    public static byte[] MarketResolved(MarketState state, long at) => Wire.Json(json =>
    {
        var market = state.Market;
        json.WriteStartObject();
        json.WriteString("id"u8, market.Id);
        json.WriteString("market"u8, market.ConditionId);
        Strings(json, "assets_ids", market.TokenIds);
        json.WriteString("winning_asset_id"u8, state.Winner is { } token ? market.TokenIds[token] : "");
        json.WriteString("winning_outcome"u8, state.Winner is { } outcome ? market.Outcomes[outcome] : "");
        json.WriteString("timestamp"u8, Wire.Text(at));
        Strings(json, "tags", market.Event.Tags.Select(t => t.Slug));
        json.WriteString("event_type"u8, "market_resolved"u8);
        json.WriteEndObject();
    });

    private static void Strings(System.Text.Json.Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
