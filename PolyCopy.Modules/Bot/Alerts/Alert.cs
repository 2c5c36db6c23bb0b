using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Alerts;

/// <summary>An event of the outbox with its payload opened. Missing or odd fields read as nothing: an event of tomorrow is still told.</summary>
internal sealed class Alert
{
    private readonly JsonElement _payload;

    public Alert(UserEvent source)
    {
        Source = source;
        try
        {
            using var document = JsonDocument.Parse(source.Payload);
            _payload = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // told by its kind alone
        }
        Lane = source.Kind switch
        {
            "exit_fired" => ExitKind is "takeProfit" ? Lane.News : Lane.Urgent,
            "exit_held" or "exit_suspended" or "protection_lost" or "settlement_failed" or "paused" or "leader_sold" or "breaker_tripped" => Lane.Urgent,
            "announcement" or "smart_money" => Lane.Bulk, // told to thousands at once: nobody's own fills wait for it
            _ => source.Kind.StartsWith("withdraw", StringComparison.Ordinal) || source.Kind.StartsWith("wallet_", StringComparison.Ordinal) ? Lane.Urgent : Lane.News,
        };
    }

    public UserEvent Source { get; }

    public string Kind => Source.Kind;

    public Lane Lane { get; }

    /// <summary>Which exit it is about, as the API names it: events say take_profit, the API takeProfit.</summary>
    public string ExitKind => string.Concat((Text(IsExitFill ? "exit" : "kind") ?? "").Split('_').Select((part, i) => i > 0 && part.Length > 0 ? char.ToUpperInvariant(part[0]) + part[1..] : part));

    /// <summary>A fill made by an exit: the exit's own alert tells it.</summary>
    public bool IsExitFill => Kind is "fill" or "late_fill" && Text("origin") == "exit";

    /// <summary>Told by another event, or seen by the user when he did it himself: a copy's fills by the copy, his own /stop by its screen.</summary>
    public bool IsToldElsewhere => Kind == "follow_started" || Kind == "fill" && Text("origin") == "copy" || Kind is "paused" or "resumed" && Text("by") == $"telegram:{Source.UserId}";

    public string? Text(string name) => Element(name) is { } e ? e.ValueKind == JsonValueKind.String ? e.GetString() : e.ValueKind == JsonValueKind.Number ? e.GetRawText() : null : null;

    public decimal? Number(string name) => decimal.TryParse(Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    public bool Flag(string name) => Element(name) is { ValueKind: JsonValueKind.True };

    public Guid? Id(string name) => Guid.TryParse(Text(name), out var id) ? id : null;

    /// <summary>The reason as a sentence of the core; null: the event has none, or one that cannot be read.</summary>
    public Said? Said()
    {
        try
        {
            return Element("said")?.Deserialize<Said>(JsonSerializerOptions.Web) is { Code: not null, Gaps: { } gaps } said && gaps.All(g => g is { Kind: not null, Value: not null }) ? said : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public IEnumerable<JsonElement> Items(string name) => Element(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    /// <summary>Objects in an array, each to be read like an event of its own.</summary>
    public IReadOnlyList<Alert> Parts(string name) => [.. Items(name).Select(i => new Alert(Source with { Payload = i.GetRawText() }))];

    public Shares Shares(string name) => Number(name) is { } value and >= 0 ? Kernel.Shares.Floor(value) : default;

    private JsonElement? Element(string name) => _payload.ValueKind == JsonValueKind.Object && _payload.TryGetProperty(name, out var value) ? value : null;
}
