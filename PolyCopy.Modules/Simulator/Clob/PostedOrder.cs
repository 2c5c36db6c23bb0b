using System.Buffers;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>One body of POST /order, read but not judged.</summary>
internal sealed record PostedOrder(Order Order, byte[] Signature, string Owner, OrderKind Kind, bool PostOnly, TokenId Token, long MakerAmount, long TakerAmount)
{
    /// <summary>100 million shares or pUSD: far above any order, far below where products overflow.</summary>
    private const long MaxAmount = 100_000_000L * Usdc.Scale;

    /// <summary>Reads a body; null: "Invalid order payload".</summary>
    public static PostedOrder? Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("order", out var order) || order.ValueKind != JsonValueKind.Object)
            return null;
        if (!Enum.TryParse<OrderKind>(Text(body, "orderType"), out var kind) || !Enum.IsDefined(kind)
            || Side(Text(order, "side")) is not { } side
            || !Address.TryParse(Text(order, "maker"), out var maker)
            || !Address.TryParse(Text(order, "signer"), out var signer)
            || !TokenId.TryParse(Text(order, "tokenId"), out var token) || !UInt256.TryParse(token.Digits, out var tokenNumber)
            || Number(order, "salt") is not { } salt
            || Number(order, "makerAmount") is not (> 0 and <= MaxAmount and var makerAmount)
            || Number(order, "takerAmount") is not (> 0 and <= MaxAmount and var takerAmount)
            || Number(order, "signatureType") is not (>= 0 and <= 3 and var type)
            || Number(order, "timestamp") is not { } timestamp
            || Number(order, "expiration", missing: 0) is not { } expiration
            || Word(order, "metadata") is not { } metadata
            || Word(order, "builder") is not { } builder
            || Signature65Plus(Text(order, "signature")) is not { } signature
            || Text(body, "owner") is not { Length: > 0 } owner)
            return null;
        var signed = new Order(salt, maker, signer, tokenNumber, makerAmount, takerAmount, side, (SignatureType)type, timestamp)
        {
            Metadata = metadata,
            Builder = builder,
            ExpirationSeconds = expiration,
        };
        var postOnly = body.TryGetProperty("postOnly", out var flag) && flag.ValueKind == JsonValueKind.True;
        return new PostedOrder(signed, signature, owner, kind, postOnly, token, makerAmount, takerAmount);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Side? Side(string? word) => word switch { "BUY" => Kernel.Side.Buy, "SELL" => Kernel.Side.Sell, _ => null };

    /// <summary>A non-negative integer, as a number or as digits in a string.</summary>
    private static long? Number(JsonElement element, string name, long? missing = null)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return missing;
        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var number) && number >= 0 => number,
            JsonValueKind.String when UInt256.TryParse(value.GetString(), out var digits) && digits.TryToInt64(out var number) => number,
            _ => null,
        };
    }

    private static Bytes32? Word(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out _))
            return Bytes32.Zero;
        return Bytes32.TryParse(Text(element, name), out var word) ? word : null;
    }

    private static byte[]? Signature65Plus(string? hex)
    {
        if (hex is null || !hex.StartsWith("0x", StringComparison.OrdinalIgnoreCase) || hex.Length % 2 != 0 || hex.Length > 4096)
            return null;
        var bytes = new byte[hex.Length / 2 - 1];
        return Convert.FromHexString(hex.AsSpan(2), bytes, out _, out _) == OperationStatus.Done ? bytes : null;
    }
}
