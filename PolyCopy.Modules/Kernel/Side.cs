using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Kernel;

/// <summary>The side of an order or fill; the numbers are those of the signed order (0 BUY, 1 SELL).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Side>))]
public enum Side
{
    [JsonStringEnumMemberName("BUY")] Buy = 0,
    [JsonStringEnumMemberName("SELL")] Sell = 1,
}
