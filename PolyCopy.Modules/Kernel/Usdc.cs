using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Kernel;

/// <summary>An amount of pUSD in micro-units (10⁻⁶), as the chain counts it.</summary>
[JsonConverter(typeof(UsdcJsonConverter))]
public readonly record struct Usdc(long Micros) : IComparable<Usdc>
{
    /// <summary>Micro-units in one pUSD.</summary>
    public const long Scale = 1_000_000;

    public static Usdc Zero => default;

    /// <summary>The amount as a decimal number of whole units.</summary>
    public decimal ToDecimal() => Micros / (decimal)Scale;

    /// <summary>The exact amount of a decimal with at most six decimals.</summary>
    /// <returns>False when the value is finer than a micro-unit or does not fit.</returns>
    public static bool TryFromDecimal(decimal value, out Usdc amount)
    {
        amount = default;
        if (value is < -9_000_000_000_000m or > 9_000_000_000_000m)
            return false;
        var scaled = value * Scale;
        if (decimal.Truncate(scaled) != scaled)
            return false;
        amount = new Usdc((long)scaled);
        return true;
    }

    /// <summary>The amount of a decimal, rounded down to the micro-unit.</summary>
    public static Usdc Floor(decimal value) => new((long)decimal.Floor(value * Scale));

    /// <summary>Parses "12.5", ".5" or "9e-6" exactly.</summary>
    public static bool TryParse(string? text, out Usdc amount)
    {
        amount = default;
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && TryFromDecimal(value, out amount);
    }

    /// <inheritdoc/>
    public int CompareTo(Usdc other) => Micros.CompareTo(other.Micros);

    /// <summary>The minimal decimal text, "12.5".</summary>
    public override string ToString() => ToDecimal().ToString("0.######", CultureInfo.InvariantCulture);

    public static Usdc operator +(Usdc a, Usdc b) => new(checked(a.Micros + b.Micros));
    public static Usdc operator -(Usdc a, Usdc b) => new(checked(a.Micros - b.Micros));
    public static Usdc operator -(Usdc a) => new(-a.Micros);
    public static bool operator <(Usdc a, Usdc b) => a.Micros < b.Micros;
    public static bool operator >(Usdc a, Usdc b) => a.Micros > b.Micros;
    public static bool operator <=(Usdc a, Usdc b) => a.Micros <= b.Micros;
    public static bool operator >=(Usdc a, Usdc b) => a.Micros >= b.Micros;
    public static Usdc Min(Usdc a, Usdc b) => a.Micros <= b.Micros ? a : b;
    public static Usdc Max(Usdc a, Usdc b) => a.Micros >= b.Micros ? a : b;

    private sealed class UsdcJsonConverter : JsonConverter<Usdc>
    {
        public override Usdc Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var parsed = reader.TokenType switch
            {
                JsonTokenType.String => TryParse(reader.GetString(), out var text) ? text : (Usdc?)null,
                JsonTokenType.Number => TryFromDecimal(reader.GetDecimal(), out var number) ? number : null,
                _ => null,
            };
            return parsed ?? throw new JsonException("An amount is a decimal string with at most six decimals.");
        }

        public override void Write(Utf8JsonWriter writer, Usdc value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
