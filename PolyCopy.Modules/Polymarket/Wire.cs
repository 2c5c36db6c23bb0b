using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Reads the venue's JSON as it comes: numbers as text or number, lists inside strings, dates of several shapes, fields missing, null or "".</summary>
internal static class Wire
{
    private const NumberStyles Decimals = NumberStyles.Float;

    public static JsonElement? Field(this JsonElement e, string name) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    /// <summary>Text without control characters (PostgreSQL takes no zero byte), null when missing or empty; numbers as written.</summary>
    public static string? Text(this JsonElement e, string name, int maxLength = 500) => e.Field(name)?.Text(maxLength);

    public static string? Text(this JsonElement e, int maxLength = 500) => e.ValueKind switch
    {
        JsonValueKind.String => Clean(e.Whole(), maxLength),
        JsonValueKind.Number => e.GetRawText(),
        _ => null,
    };

    /// <summary>Names are cut in the middle of an emoji: what holds half a character is no text, and must not cost its whole page.</summary>
    private static string? Whole(this JsonElement e)
    {
        try
        {
            return e.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Foreign text made safe to store and to show: no control characters but line breaks, at most so long, null when nothing is left.</summary>
    public static string? Clean(string? text, int maxLength)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (text.Length > maxLength)
            text = text[..(char.IsHighSurrogate(text[maxLength - 1]) ? maxLength - 1 : maxLength)];
        if (text.Any(c => char.IsControl(c) && c != '\n'))
            text = string.Concat(text.Where(c => !char.IsControl(c) || c == '\n'));
        return text.Length == 0 ? null : text;
    }

    public static decimal? Decimal(this JsonElement e, string name) => e.Field(name)?.Decimal();

    public static decimal? Decimal(this JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Number => e.TryGetDecimal(out var number) ? number : null,
        JsonValueKind.String => decimal.TryParse(e.Whole(), Decimals, CultureInfo.InvariantCulture, out var text) ? text : null,
        _ => null,
    };

    public static long? Long(this JsonElement e, string name) => e.Decimal(name) is { } value && value is > long.MinValue and < long.MaxValue ? (long)value : null;

    public static bool? Bool(this JsonElement e, string name) => e.Field(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.String } text => bool.TryParse(text.Whole(), out var value) ? value : null,
        { ValueKind: JsonValueKind.Number } number => number.Decimal() != 0,
        _ => null,
    };

    /// <summary>A price on the grid of ten-thousandths; null for anything else.</summary>
    public static Price? Price(this JsonElement e, string name) => e.Decimal(name) is { } value && Kernel.Price.TryFromDecimal(value, out var price) ? price : null;

    /// <summary>An amount in whole units, rounded down to micro-units; null when missing, negative or absurd.</summary>
    public static long? Micros(this JsonElement e, string name) => e.Decimal(name) is { } value and >= 0 and < 9_000_000_000_000m ? (long)decimal.Floor(value * 1_000_000m) : null;

    public static TokenId? Token(this JsonElement e, string name) => e.Text(name) is { } text && TokenId.TryParse(text, out var token) ? token : null;

    /// <summary>A list, whether an array or an array inside a string; empty when missing or unreadable.</summary>
    public static IReadOnlyList<string> Strings(this JsonElement e, string name)
    {
        if (e.Field(name) is not { } field)
            return [];
        if (field.ValueKind == JsonValueKind.Array)
            return [.. field.EnumerateArray().Select(i => i.Text() ?? "")];
        if (field.ValueKind != JsonValueKind.String || field.Whole() is not { } list || string.IsNullOrWhiteSpace(list))
            return [];
        try
        {
            using var inner = JsonDocument.Parse(list);
            return inner.RootElement.ValueKind == JsonValueKind.Array ? [.. inner.RootElement.EnumerateArray().Select(i => i.Text() ?? "")] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    public static IEnumerable<JsonElement> Items(this JsonElement e, string name) => e.Field(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>RFC 3339 with any number of decimals, "2026-05-28 05:29:05+00", a bare date (UTC), unix seconds or milliseconds.</summary>
    public static DateTimeOffset? Date(this JsonElement e, string name)
    {
        if (e.Text(name) is not { } text)
            return null;
        if (decimal.TryParse(text, Decimals, CultureInfo.InvariantCulture, out var number))
            return number switch
            {
                > 0 and < 100_000_000_000 => DateTimeOffset.UnixEpoch.AddMilliseconds((double)(number * 1000)),
                >= 100_000_000_000 and < 100_000_000_000_000 => DateTimeOffset.UnixEpoch.AddMilliseconds((double)number),
                _ => null,
            };
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? date : null;
    }

    /// <summary>A condition id in lower case; null when it is none. Combos (62 digits, 0x03) are no markets.</summary>
    public static string? Condition(string? text)
    {
        if (text is null || text.Length is not (64 or 66) || !text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) || text.AsSpan(2).ContainsAnyExcept(HexDigits))
            return null;
        var id = text.ToLowerInvariant();
        return id.Length == 64 && id.StartsWith("0x03", StringComparison.Ordinal) ? null : id;
    }

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");
}
