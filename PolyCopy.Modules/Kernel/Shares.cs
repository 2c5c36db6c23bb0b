using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Kernel;

/// <summary>A number of outcome shares in micro-shares (10⁻⁶), as the chain counts them.</summary>
[JsonConverter(typeof(SharesJsonConverter))]
public readonly record struct Shares(long Micros) : IComparable<Shares>
{
    /// <summary>Micro-units in one share.</summary>
    public const long Scale = 1_000_000;

    /// <summary>Micro-shares in a hundredth of a share: the venue takes sells in these, and what is less cannot be sold.</summary>
    public const long Lot = Scale / 100;

    public static Shares Zero => default;

    /// <summary>The amount as a decimal number of whole units.</summary>
    public decimal ToDecimal() => Micros / (decimal)Scale;

    /// <summary>The exact amount of a decimal with at most six decimals.</summary>
    /// <returns>False when the value is finer than a micro-unit or does not fit.</returns>
    public static bool TryFromDecimal(decimal value, out Shares amount)
    {
        amount = default;
        if (value is < -9_000_000_000_000m or > 9_000_000_000_000m)
            return false;
        var scaled = value * Scale;
        if (decimal.Truncate(scaled) != scaled)
            return false;
        amount = new Shares((long)scaled);
        return true;
    }

    /// <summary>The amount of a decimal, rounded down to the micro-unit.</summary>
    public static Shares Floor(decimal value) => new((long)decimal.Floor(value * Scale));

    /// <summary>Parses "12.5", ".5" or "9e-6" exactly.</summary>
    public static bool TryParse(string? text, out Shares amount)
    {
        amount = default;
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && TryFromDecimal(value, out amount);
    }

    /// <inheritdoc/>
    public int CompareTo(Shares other) => Micros.CompareTo(other.Micros);

    /// <summary>The minimal decimal text, "12.5".</summary>
    public override string ToString() => ToDecimal().ToString("0.######", CultureInfo.InvariantCulture);

    public static Shares operator +(Shares a, Shares b) => new(checked(a.Micros + b.Micros));
    public static Shares operator -(Shares a, Shares b) => new(checked(a.Micros - b.Micros));
    public static Shares operator -(Shares a) => new(-a.Micros);
    public static bool operator <(Shares a, Shares b) => a.Micros < b.Micros;
    public static bool operator >(Shares a, Shares b) => a.Micros > b.Micros;
    public static bool operator <=(Shares a, Shares b) => a.Micros <= b.Micros;
    public static bool operator >=(Shares a, Shares b) => a.Micros >= b.Micros;
    public static Shares Min(Shares a, Shares b) => a.Micros <= b.Micros ? a : b;
    public static Shares Max(Shares a, Shares b) => a.Micros >= b.Micros ? a : b;

    private sealed class SharesJsonConverter : JsonConverter<Shares>
    {
        public override Shares Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var parsed = reader.TokenType switch
            {
                JsonTokenType.String => TryParse(reader.GetString(), out var text) ? text : (Shares?)null,
                JsonTokenType.Number => TryFromDecimal(reader.GetDecimal(), out var number) ? number : null,
                _ => null,
            };
            return parsed ?? throw new JsonException("An amount is a decimal string with at most six decimals.");
        }

        public override void Write(Utf8JsonWriter writer, Shares value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
