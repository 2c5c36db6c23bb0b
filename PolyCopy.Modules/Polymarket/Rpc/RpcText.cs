using System.Globalization;
using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket.Rpc;

/// <summary>JSON-RPC's spelling of filters, numbers and blocks.</summary>
internal static class RpcText
{
    /// <summary>The parameter list of eth_getLogs, or the filter of eth_subscribe.</summary>
    public static string Filter(ChainQuery query, bool withRange)
    {
        var text = new StringBuilder(256 + 70 * query.Topics.Sum(t => t?.Count ?? 0));
        text.Append(withRange ? "[{" : "{");
        if (withRange)
            text.Append(CultureInfo.InvariantCulture, $"\"fromBlock\":\"0x{query.From:x}\",\"toBlock\":\"0x{query.To:x}\",");
        text.Append("\"address\":[").AppendJoin(',', query.Contracts.Select(c => $"\"{c.ToLower()}\"")).Append("],\"topics\":[");
        for (var i = 0; i < query.Topics.Count; i++)
        {
            text.Append(i == 0 ? "" : ",");
            if (query.Topics[i] is { } any)
                text.Append('[').AppendJoin(',', any.Select(t => $"\"{t}\"")).Append(']');
            else
                text.Append("null");
        }
        return text.Append(withRange ? "]}]" : "]}").ToString();
    }

    public static long? Quantity(string? text) =>
        text is { Length: > 2 and < 18 } && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && value >= 0 ? value : null;

    public static ChainBlock? Block(JsonElement e) =>
        Quantity(e.Text("number")) is { } number && Quantity(e.Text("timestamp")) is { } at && at < 253_402_300_800
            && Bytes32.TryParse(e.Text("hash"), out var hash) && Bytes32.TryParse(e.Text("parentHash"), out var parent)
            ? new ChainBlock(number, hash, parent, DateTimeOffset.FromUnixTimeSeconds(at))
            : null;
}
