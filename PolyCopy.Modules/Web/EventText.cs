using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Web;

/// <summary>One line for an outbox event: fills and exits in a sentence, the rest by kind, market and reason.</summary>
internal static partial class EventText
{
    public static string Of(UserEvent e)
    {
        using var payload = JsonDocument.Parse(e.Payload);
        string Text(string name) => payload.RootElement.ValueKind == JsonValueKind.Object && payload.RootElement.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? ForeignText.Clean(value.ToString(), 90) : "";
        string Number(string name, string format) => decimal.TryParse(Text(name), CultureInfo.InvariantCulture, out var value) ? value.ToString(format, CultureInfo.InvariantCulture) : "?";
        string[] parts = e.Kind switch
        {
            "fill" or "late_fill" =>
            [
                $"{(Text("side") == "BUY" ? "Bought" : "Sold")} {Number("shares", "0.##")} {Text("outcome")} at {Number("price", "0.00##")}, fee ${Number("fee", "0.00")}",
                Words(Text("exit")), Text("question"),
            ],
            "exit_fired" => [$"{Words(Text("kind"))} fired: sold {Number("filledShares", "0.##")} {Text("outcome")}", Text("tickToSubmitMs") is "" ? "" : $"{Number("tickToSubmitMs", "0.0")} ms from tick to order", Text("question")],
            _ => [Words(e.Kind), Text("outcome"), Text("question"), Text("reason")],
        };
        return ForeignText.Clean(string.Join(" · ", parts.Where(p => p.Length > 0)), 300);
    }

    /// <summary>"stop_loss" and "StopLoss" as people write them.</summary>
    public static string Words(string name)
    {
        var words = Inside().Replace(name, " ").Replace('_', ' ').ToLowerInvariant();
        return words is "stop loss" ? "Stop-loss" : words is "take profit" ? "Take-profit" : words.Length == 0 ? "" : char.ToUpperInvariant(words[0]) + words[1..];
    }

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Inside();
}
