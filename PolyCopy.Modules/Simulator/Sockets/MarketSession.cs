using System.Text.Json;

namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>What one client of the market channel asked for. Read and written under the gate.</summary>
internal sealed class MarketSession(SimConnection connection)
{
    /// <summary>Tokens beyond this are ignored without a word (facts F10).</summary>
    public const int MaxTokens = 500;

    public SimConnection Connection { get; } = connection;

    public HashSet<string> Tokens { get; } = [];

    /// <summary>Whether best_bid_ask, new_market and market_resolved are wanted; belongs to the connection.</summary>
    public bool Custom { get; set; }

    /// <summary>Adds what is new, up to the cap.</summary>
    public List<string> Add(IEnumerable<string> tokens)
    {
        List<string> added = [];
        foreach (var token in tokens)
        {
            if (Tokens.Count < MaxTokens && Tokens.Add(token))
                added.Add(token);
        }
        Connection.Tokens = [.. Tokens];
        return added;
    }

    public void Remove(IEnumerable<string> tokens)
    {
        Tokens.ExceptWith(tokens);
        Connection.Tokens = [.. Tokens];
    }
}

/// <summary>A message of a market client: the first subscription (type) or a later change (operation).</summary>
internal sealed record MarketRequest(bool Subscribes, bool IsFirst, IReadOnlyList<string> Tokens, bool? Custom, bool HasDump, bool WantsDump, bool HasLevel)
{
    /// <summary>Null when it makes no sense to the venue.</summary>
    public static MarketRequest? Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static MarketRequest? Read(JsonElement frame)
    {
        var operation = frame.TryGetProperty("operation", out var op) && op.ValueKind == JsonValueKind.String ? op.GetString() : null;
        var isFirst = operation is null;
        if (isFirst && !(frame.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString()!.Equals("market", StringComparison.OrdinalIgnoreCase)))
            return null;
        if (operation is not (null or "subscribe" or "unsubscribe") || !frame.TryGetProperty("assets_ids", out var ids) || ids.ValueKind != JsonValueKind.Array)
            return null;
        var dump = Flag(frame, "initial_dump");
        return new MarketRequest(
            operation != "unsubscribe", isFirst, [.. ids.EnumerateArray().Where(id => id.ValueKind == JsonValueKind.String).Select(id => id.GetString()!).Distinct()],
            Flag(frame, "custom_feature_enabled"), dump is not null, dump ?? true, frame.TryGetProperty("level", out _));
    }

    private static bool? Flag(JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;
}
