using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>Orders and trades as the venue spells them: REST reads (facts 2.8) and user frames (facts 3.2), field by field in its order.</summary>
internal static class Wire
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
            write(json);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>micro-units as the shortest decimal.</summary>
    public static string Amount(long micros) => new Shares(micros).ToString();

    public static string PriceText(int price) => new Price(price).ToString();

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>{"error":"…"}</summary>
    public static byte[] Error(string message) => Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("error"u8, message);
        json.WriteEndObject();
    });

    /// <summary>An open order of GET /data/order and /data/orders; created_at is a number here and a string in frames.</summary>
    public static void OpenOrder(Utf8JsonWriter json, VenueOrder order, bool longSpelling)
    {
        var terms = order.Terms;
        json.WriteStartObject();
        json.WriteString("id"u8, order.Id);
        json.WriteString("status"u8, (longSpelling ? "ORDER_STATUS_" : "") + order.State);
        json.WriteString("owner"u8, terms.ApiKey);
        json.WriteString("maker_address"u8, terms.Wallet.ToString());
        json.WriteString("market"u8, terms.Condition);
        json.WriteString("asset_id"u8, terms.Token.Digits);
        json.WriteString("side"u8, Word(terms.Side));
        json.WriteString("original_size"u8, Amount(terms.Size));
        json.WriteString("size_matched"u8, Amount(order.MatchedSize));
        json.WriteString("price"u8, PriceText(terms.Price));
        json.WriteString("outcome"u8, terms.Outcome);
        json.WriteString("expiration"u8, Text(terms.Expiration));
        json.WriteString("order_type"u8, terms.Kind.ToString());
        json.WriteStartArray("associate_trades"u8);
        foreach (var trade in order.Trades)
            json.WriteStringValue(trade);
        json.WriteEndArray();
        json.WriteNumber("created_at"u8, terms.At / 1000);
        json.WriteEndObject();
    }

    /// <summary>A trade of GET /data/trades as one of its parties sees it.</summary>
    public static void Trade(Utf8JsonWriter json, VenueTrade trade, Address viewer, bool longSpelling)
    {
        var (match, taker) = (trade.Match, trade.Match.Taker);
        json.WriteStartObject();
        json.WriteString("id"u8, trade.Id);
        json.WriteString("taker_order_id"u8, taker.OrderId);
        json.WriteString("market"u8, match.Condition);
        json.WriteString("asset_id"u8, taker.Token.Digits);
        json.WriteString("side"u8, Word(taker.Side));
        json.WriteString("size"u8, Amount(taker.Size));
        json.WriteString("fee_rate_bps"u8, "0"u8);
        json.WriteString("price"u8, PriceText(taker.Price));
        json.WriteString("status"u8, (longSpelling ? "TRADE_STATUS_" : "") + trade.State);
        json.WriteString("match_time"u8, Text(match.At / 1000));
        json.WriteString("match_time_nano"u8, Text(match.At * 1_000_000));
        json.WriteString("last_update"u8, Text(trade.UpdatedAt / 1000));
        json.WriteString("outcome"u8, taker.Outcome);
        json.WriteNumber("bucket_index"u8, 0);
        json.WriteString("owner"u8, OwnerOf(taker));
        json.WriteString("maker_address"u8, taker.Wallet.ToString());
        json.WriteString("transaction_hash"u8, trade.Transaction);
        json.WriteNull("err_msg"u8);
        json.WriteString("trader_side"u8, taker.ApiKey is not null && taker.Account == viewer ? "TAKER"u8 : "MAKER"u8);
        MakerOrders(json, match, outcomeIndex: false);
        json.WriteEndObject();
    }

    /// <summary>A trade frame of /ws/user. A maker gets the taker's fields at the top and finds itself among the maker orders.</summary>
    public static byte[] TradeFrame(VenueTrade trade, TradeLeg recipient, long at) => Json(json =>
    {
        var (match, taker) = (trade.Match, trade.Match.Taker);
        json.WriteStartObject();
        json.WriteString("type"u8, "TRADE"u8);
        json.WriteString("id"u8, trade.Id);
        json.WriteString("taker_order_id"u8, taker.OrderId);
        json.WriteString("market"u8, match.Condition);
        json.WriteString("asset_id"u8, taker.Token.Digits);
        json.WriteString("side"u8, Word(taker.Side));
        json.WriteString("size"u8, Amount(taker.Size));
        json.WriteString("fee_rate_bps"u8, "0"u8);
        json.WriteString("price"u8, PriceText(taker.Price));
        json.WriteString("status"u8, trade.State.ToString());
        json.WriteString("match_time"u8, Text(match.At / 1000));
        json.WriteString("last_update"u8, Text(trade.UpdatedAt / 1000));
        json.WriteString("outcome"u8, taker.Outcome);
        json.WriteString("owner"u8, OwnerOf(recipient));
        json.WriteString("trade_owner"u8, OwnerOf(taker));
        json.WriteString("maker_address"u8, taker.Wallet.ToString());
        json.WriteString("transaction_hash"u8, trade.Transaction);
        json.WriteNumber("bucket_index"u8, 0);
        MakerOrders(json, match, outcomeIndex: true);
        json.WriteString("trader_side"u8, recipient == taker ? "TAKER"u8 : "MAKER"u8);
        json.WriteString("timestamp"u8, Text(at));
        json.WriteString("event_type"u8, "trade"u8);
        json.WriteEndObject();
    });

    /// <summary>An order frame of /ws/user: PLACEMENT, UPDATE or CANCELLATION.</summary>
    public static byte[] OrderFrame(VenueOrder order, string type, string status, long at) => Json(json =>
    {
        var terms = order.Terms;
        json.WriteStartObject();
        json.WriteString("id"u8, order.Id);
        json.WriteString("owner"u8, terms.ApiKey);
        json.WriteString("market"u8, terms.Condition);
        json.WriteString("asset_id"u8, terms.Token.Digits);
        json.WriteString("side"u8, Word(terms.Side));
        json.WriteString("order_owner"u8, terms.ApiKey);
        json.WriteString("original_size"u8, Amount(terms.Size));
        json.WriteString("size_matched"u8, Amount(order.MatchedSize));
        json.WriteString("price"u8, PriceText(terms.Price));
        if (order.Trades.Count == 0)
            json.WriteNull("associate_trades"u8);
        else
        {
            json.WriteStartArray("associate_trades"u8);
            foreach (var trade in order.Trades)
                json.WriteStringValue(trade);
            json.WriteEndArray();
        }
        json.WriteString("outcome"u8, terms.Outcome);
        json.WriteString("type"u8, type);
        json.WriteString("created_at"u8, Text(terms.At / 1000));
        json.WriteString("expiration"u8, Text(terms.Expiration));
        json.WriteString("order_type"u8, terms.Kind.ToString());
        json.WriteString("status"u8, status);
        json.WriteString("maker_address"u8, terms.Wallet.ToString());
        json.WriteString("timestamp"u8, Text(at));
        json.WriteString("event_type"u8, "order"u8);
        json.WriteEndObject();
    });

    /// <summary>The frame of a FOK or FAK that was killed at once: free-text status and empty fields, as recorded.</summary>
    public static byte[] KillFrame(VenueOrder order, string reason, long at) => Json(json =>
    {
        var terms = order.Terms;
        json.WriteStartObject();
        json.WriteString("id"u8, order.Id);
        json.WriteString("owner"u8, terms.ApiKey);
        json.WriteString("market"u8, terms.Condition);
        json.WriteString("asset_id"u8, terms.Token.Digits);
        json.WriteString("side"u8, Word(terms.Side));
        json.WriteString("order_owner"u8, terms.ApiKey);
        json.WriteString("original_size"u8, Amount(terms.Size));
        json.WriteString("size_matched"u8, ""u8);
        json.WriteString("price"u8, PriceText(terms.Price));
        json.WriteStartArray("associate_trades"u8);
        json.WriteEndArray();
        json.WriteString("outcome"u8, ""u8);
        json.WriteString("type"u8, "CANCELLATION"u8);
        json.WriteString("created_at"u8, ""u8);
        json.WriteString("expiration"u8, Text(terms.Expiration));
        json.WriteString("order_type"u8, terms.Kind.ToString());
        json.WriteString("status"u8, "CANCELED_" + reason);
        json.WriteString("maker_address"u8, terms.Wallet.ToString());
        json.WriteString("timestamp"u8, Text(at));
        json.WriteString("event_type"u8, "order"u8);
        json.WriteEndObject();
    });

    private static void MakerOrders(Utf8JsonWriter json, TradeMatched match, bool outcomeIndex)
    {
        json.WriteStartArray("maker_orders"u8);
        foreach (var maker in match.Makers)
        {
            json.WriteStartObject();
            json.WriteString("order_id"u8, maker.OrderId);
            json.WriteString("owner"u8, OwnerOf(maker));
            json.WriteString("maker_address"u8, maker.Wallet.ToString());
            json.WriteString("matched_amount"u8, Amount(maker.Size));
            json.WriteString("price"u8, PriceText(maker.Price));
            json.WriteString("fee_rate_bps"u8, ""u8);
            json.WriteString("asset_id"u8, maker.Token.Digits);
            json.WriteString("outcome"u8, maker.Outcome);
            if (outcomeIndex)
                json.WriteNumber("outcome_index"u8, maker.OutcomeIndex);
            json.WriteString("side"u8, Word(maker.Side));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The API key behind a leg; the venue's own liquidity shows one that follows from its order id.</summary>
    private static string OwnerOf(TradeLeg leg)
    {
        if (leg.ApiKey is { } key)
            return key;
        Span<byte> bytes = stackalloc byte[Bytes32.Size];
        Bytes32.Parse(leg.OrderId).CopyTo(bytes);
        return SeededIds.Uuid(bytes[16..]);
    }

    private static ReadOnlySpan<byte> Word(Side side) => side == Side.Buy ? "BUY"u8 : "SELL"u8;
}
