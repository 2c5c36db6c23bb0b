using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Kernel;

/// <summary>An outcome token: a uint256 in decimal digits (up to 78), the venue's asset_id. Never a JSON number.</summary>
[JsonConverter(typeof(TokenIdJsonConverter))]
public readonly record struct TokenId
{
    private readonly string? _digits;

    private TokenId(string digits) => _digits = digits;

    /// <summary>The decimal digits without leading zeros; "0" for the default value.</summary>
    public string Digits => _digits ?? "0";

    /// <summary>True for a value that was parsed, false for default.</summary>
    public bool HasValue => _digits is not null;

    /// <summary>Accepts 1 to 78 decimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TokenId token)
    {
        token = default;
        if (text.Length is 0 or > 78 || text.ContainsAnyExceptInRange('0', '9'))
            return false;
        var trimmed = text.TrimStart('0');
        token = new TokenId(trimmed.Length == 0 ? "0" : trimmed.ToString());
        return true;
    }

    /// <summary>Parses digits that are known to be a token id.</summary>
    /// <exception cref="FormatException">The text is not 1 to 78 decimal digits.</exception>
    public static TokenId Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var token) ? token : throw new FormatException("A token id is 1 to 78 decimal digits.");

    /// <inheritdoc/>
    public override string ToString() => Digits;

    private sealed class TokenIdJsonConverter : JsonConverter<TokenId>
    {
        public override TokenId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var token) ? token : throw new JsonException("A token id is a string of decimal digits.");

        public override void Write(Utf8JsonWriter writer, TokenId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Digits);

        public override TokenId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString());

        public override void WriteAsPropertyName(Utf8JsonWriter writer, TokenId value, JsonSerializerOptions options) => writer.WritePropertyName(value.Digits);
    }
}
