using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Kernel;

/// <summary>A price of one outcome share as an integer of ten-thousandths of a pUSD (0.74 is 7400): every tick size of the venue is exact.</summary>
[JsonConverter(typeof(PriceJsonConverter))]
public readonly record struct Price(int TenThousandths) : IComparable<Price>
{
    /// <summary>Ten-thousandths in one pUSD.</summary>
    public const int Scale = 10_000;

    /// <summary>The price of a worthless share; also "no level on this side".</summary>
    public static Price Zero => default;

    /// <summary>The price of a winning share, 1 pUSD.</summary>
    public static Price One => new(Scale);

    /// <summary>The price of the opposite outcome: 1 minus this.</summary>
    public Price Complement => new(Scale - TenThousandths);

    /// <summary>The price as a decimal number of pUSD.</summary>
    public decimal ToDecimal() => TenThousandths / (decimal)Scale;

    /// <summary>The exact price of a decimal that lies on the grid of ten-thousandths.</summary>
    /// <returns>False when the value has more than four decimals or does not fit.</returns>
    public static bool TryFromDecimal(decimal value, out Price price)
    {
        price = default;
        if (value is < -1_000m or > 1_000m)
            return false;
        var scaled = value * Scale;
        if (decimal.Truncate(scaled) != scaled)
            return false;
        price = new Price((int)scaled);
        return true;
    }

    /// <summary>Parses "0.74", ".74" or "7e-1" exactly.</summary>
    public static bool TryParse(string? text, out Price price)
    {
        price = default;
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && TryFromDecimal(value, out price);
    }

    /// <summary>True when the price is a multiple of the tick and lies in [tick, 1 - tick].</summary>
    public bool IsOnTick(Price tick) =>
        tick.TenThousandths > 0 && TenThousandths >= tick.TenThousandths && TenThousandths <= Scale - tick.TenThousandths && TenThousandths % tick.TenThousandths == 0;

    /// <inheritdoc/>
    public int CompareTo(Price other) => TenThousandths.CompareTo(other.TenThousandths);

    /// <summary>The minimal decimal text, "0.74".</summary>
    public override string ToString() => ToDecimal().ToString("0.####", CultureInfo.InvariantCulture);

    public static bool operator <(Price a, Price b) => a.TenThousandths < b.TenThousandths;
    public static bool operator >(Price a, Price b) => a.TenThousandths > b.TenThousandths;
    public static bool operator <=(Price a, Price b) => a.TenThousandths <= b.TenThousandths;
    public static bool operator >=(Price a, Price b) => a.TenThousandths >= b.TenThousandths;

    private sealed class PriceJsonConverter : JsonConverter<Price>
    {
        public override Price Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var ok = reader.TokenType switch
            {
                JsonTokenType.String => TryParse(reader.GetString(), out var parsed) ? parsed : (Price?)null,
                JsonTokenType.Number => TryFromDecimal(reader.GetDecimal(), out var number) ? number : null,
                _ => null,
            };
            return ok ?? throw new JsonException("A price is a decimal string with at most four decimals.");
        }

        public override void Write(Utf8JsonWriter writer, Price value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
