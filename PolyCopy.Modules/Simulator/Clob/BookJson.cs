using System.Security.Cryptography;
using System.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>
/// A token's book on the wire, byte by byte. Its hash is the SHA-1 of exactly this text with an empty hash (facts 2.1, verified
/// on a recorded book), so the order of keys and the absence of blanks are part of the protocol. Read under the gate.
/// </summary>
internal readonly struct BookJson
{
    private readonly string _head;
    private readonly string _tail;

    /// <summary>The book of one outcome as it stands.</summary>
    public BookJson(MarketState market, int tokenIndex) : this(
        market.Market.ConditionId, market.Market.TokenIds[tokenIndex], market.BookAt.ToUnixTimeMilliseconds(), market.Engine.Rows(tokenIndex),
        market.Market.MinOrderSize, market.Tick, market.Market.NegRisk, market.LastTradePrice?.ToString() ?? "")
    {
    }

    /// <param name="rows">Both sides best first; the wire has bids ascending and asks descending: best last.</param>
    public BookJson(string condition, string token, long timestamp, (List<BookRow> Bids, List<BookRow> Asks) rows, int minOrderSize, Price tick, bool negRisk, string lastTradePrice)
    {
        _head = $"{{\"market\":\"{condition}\",\"asset_id\":\"{token}\",\"timestamp\":\"{timestamp}\",\"hash\":\"";
        var tail = new StringBuilder("\",\"bids\":", 4096);
        Append(tail, rows.Bids);
        tail.Append(",\"asks\":");
        Append(tail, rows.Asks);
        tail.Append(",\"min_order_size\":\"").Append(minOrderSize).Append("\",\"tick_size\":\"").Append(tick.ToString());
        tail.Append("\",\"neg_risk\":").Append(negRisk ? "true" : "false").Append(",\"last_trade_price\":\"").Append(lastTradePrice).Append("\"}");
        _tail = tail.ToString();
        Hash = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(_head + _tail)));
    }

    /// <summary>40 hex digits.</summary>
    public string Hash { get; }

    /// <summary>The object GET /book answers.</summary>
    public string Text() => _head + Hash + _tail;

    /// <summary>The book event of the market channel.</summary>
    public string Event() => "{\"event_type\":\"book\"," + Text()[1..];

    private static void Append(StringBuilder json, List<BookRow> bestFirst)
    {
        json.Append('[');
        for (var i = bestFirst.Count - 1; i >= 0; i--)
        {
            json.Append("{\"price\":\"").Append(PriceText.Of(bestFirst[i].Price)).Append("\",\"size\":\"").Append(Wire.Amount(bestFirst[i].Size)).Append("\"}");
            if (i > 0)
                json.Append(',');
        }
        json.Append(']');
    }
}

/// <summary>The minimal decimal of every price there is, made once.</summary>
internal static class PriceText
{
    private static readonly string[] All = [.. Enumerable.Range(0, Price.Scale + 1).Select(p => new Price(p).ToString())];

    public static string Of(int tenThousandths) => All[tenThousandths];
}
