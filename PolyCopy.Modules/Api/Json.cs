using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Api;

/// <summary>The API's JSON: camelCase, quantities as decimal strings, enums by name.</summary>
public static class Json
{
    /// <summary>The rules, for both ends of the wire.</summary>
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    internal static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new DecimalString());
        options.Converters.Add(new TextWithoutNul());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.NumberHandling = JsonNumberHandling.Strict;
        options.AllowDuplicateProperties = false; // an amount given twice is no amount
        return options;
    }

    private static string Text(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A text holds half a character.", e);
        }
    }

    /// <summary>Decimals travel as minimal strings; numbers are read too. "1,5" is not a number.</summary>
    private sealed class DecimalString : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.Number when reader.TryGetDecimal(out var number) => number,
            JsonTokenType.String when decimal.TryParse(Text(reader), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var text) => text,
            _ => throw new JsonException("A quantity is a decimal string such as \"12.5\"."),
        };

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString("0.##########", CultureInfo.InvariantCulture));
    }

    /// <summary>PostgreSQL stores no NUL in a text: refused at the edge, where it is the sender's mistake.</summary>
    private sealed class TextWithoutNul : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String when Text(reader) is var text && !text.Contains('\0') => text,
            JsonTokenType.String => throw new JsonException("A text cannot hold the character NUL."),
            _ => throw new JsonException("A text is expected here."),
        };

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
