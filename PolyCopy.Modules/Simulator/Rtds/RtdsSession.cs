using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Simulator.Sockets;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Rtds;

/// <summary>What one client of the firehose asked for.</summary>
internal sealed class RtdsSession(SimConnection connection)
{
    private static readonly string[] Topics = ["activity", "comments", "crypto_prices", "crypto_prices_chainlink", "equity_prices", "rfq", "clob_market", "clob_user"];

    private readonly List<(string Type, string? Filter)> _wanted = [];

    public SimConnection Connection => connection;

    /// <summary>The connection's name in its frames.</summary>
    public string Name { get; } = Convert.ToBase64String(BitConverter.GetBytes(connection.Id * 2_654_435_761))[..11] + "wHJA==";

    /// <summary>When the client last said anything.</summary>
    public DateTimeOffset HeardAt { get; set; }

    /// <summary>Takes a message; what makes no sense meets silence.</summary>
    /// <param name="refuses">Every subscription is refused.</param>
    /// <returns>The refusal of a subscription with a topic that does not exist: nothing of it counts.</returns>
    public byte[]? Receive(string text, bool refuses)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "action") is not ("subscribe" or "unsubscribe") || !root.TryGetProperty("subscriptions", out var list) || list.ValueKind != JsonValueKind.Array)
                return null;
            List<(string Topic, string Type, string? Filter)> asked = [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
                .Select(item => (Text(item, "topic") ?? "", Text(item, "type") ?? "*", Text(item, "filters")))];
            if (Text(root, "action") == "unsubscribe")
            {
                foreach (var (_, type, filter) in asked.Where(item => item.Topic == "activity"))
                    _wanted.RemoveAll(wanted => wanted.Type == type && (filter is null || wanted.Filter == filter));
                return null;
            }
            if (asked.FirstOrDefault(item => refuses || !Topics.Contains(item.Topic)) is { Topic: { } bad })
                return Encoding.UTF8.GetBytes($"{{\"body\":{{\"message\":\"leger GetTopics error: {JsonEncodedText.Encode(bad)} not found\"}},\"statusCode\":401}}");
            _wanted.AddRange(asked.Where(item => item.Topic == "activity").Select(item => (item.Type, string.IsNullOrEmpty(item.Filter) ? null : item.Filter)));
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Filters are compared as text: a space in one and it fits nothing.</summary>
    public bool Wants(string type, SimMarket market)
    {
        foreach (var (wanted, filter) in _wanted)
        {
            if ((wanted == "*" || wanted == type) && (filter is null || filter == $"{{\"event_slug\":\"{market.Event.Slug}\"}}" || filter == $"{{\"market_slug\":\"{market.Slug}\"}}"))
                return true;
        }
        return false;
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
