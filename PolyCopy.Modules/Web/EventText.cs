using System.Text.Json;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Web;

/// <summary>One line for an outbox event: its kind and the plain fields of its payload.</summary>
internal static class EventText
{
    private static readonly string[] Told = ["question", "outcome", "side", "shares", "price", "fee", "reason", "status", "latencyMs", "tickToSubmitMs", "realisedPnl", "payout"];

    public static string Of(UserEvent e)
    {
        using var payload = JsonDocument.Parse(e.Payload);
        var parts = Told.Where(name => payload.RootElement.ValueKind == JsonValueKind.Object && payload.RootElement.TryGetProperty(name, out var v) && v.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            .Select(name => (name, value: ForeignText.Clean(payload.RootElement.GetProperty(name).ToString(), 80)))
            .Where(p => p.value.Length > 0)
            .Select(p => p.name is "question" or "outcome" or "side" ? p.value : $"{p.name} {p.value}");
        return ForeignText.Clean($"{char.ToUpperInvariant(e.Kind[0])}{e.Kind[1..].Replace('_', ' ')}: {string.Join(", ", parts)}", 300);
    }
}
