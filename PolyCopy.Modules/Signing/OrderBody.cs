using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Signing;

/// <summary>The exact bytes of POST /order; the L2 signature covers them, so they are written once and kept.</summary>
/// <remarks>Key order of clob-client-v2 1.1.0; the venue does not ask for it.</remarks>
public static class OrderBody
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes one order.</summary>
    /// <param name="order">The order that was signed.</param>
    /// <param name="signature">Its signature.</param>
    /// <param name="owner">The CLOB API key (a UUID).</param>
    /// <param name="orderType">GTC, GTD, FOK or FAK.</param>
    /// <param name="postOnly">Only with GTC and GTD.</param>
    /// <exception cref="ArgumentOutOfRangeException">The salt does not survive JSON.</exception>
    public static byte[] Write(Order order, ReadOnlySpan<byte> signature, string owner, string orderType, bool postOnly)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order.Salt, Order.MaxSalt, nameof(order));
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            Open(json, postOnly);
            json.WriteNumber("salt"u8, order.Salt);
            json.WriteString("maker"u8, order.Maker.ToString());
            json.WriteString("signer"u8, order.Signer.ToString());
            json.WriteString("tokenId"u8, order.TokenId.ToString());
            json.WriteString("makerAmount"u8, order.MakerAmount.ToString());
            json.WriteString("takerAmount"u8, order.TakerAmount.ToString());
            json.WriteString("side"u8, Word(order.Side));
            json.WriteNumber("signatureType"u8, (int)order.SignatureType);
            json.WriteString("timestamp"u8, ((UInt256)order.TimestampMs).ToString());
            json.WriteString("expiration"u8, ((UInt256)order.ExpirationSeconds).ToString());
            json.WriteString("metadata"u8, order.Metadata.ToString());
            json.WriteString("builder"u8, order.Builder.ToString());
            Close(json, signature, owner, orderType);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes one order of the first exchange.</summary>
    /// <inheritdoc cref="Write(Order, ReadOnlySpan{byte}, string, string, bool)"/>
    public static byte[] Write(LegacyOrder order, ReadOnlySpan<byte> signature, string owner, string orderType, bool postOnly)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order.Salt, Order.MaxSalt, nameof(order));
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            Open(json, postOnly);
            json.WriteNumber("salt"u8, order.Salt);
            json.WriteString("maker"u8, order.Maker.ToString());
            json.WriteString("signer"u8, order.Signer.ToString());
            json.WriteString("taker"u8, order.Taker.ToString());
            json.WriteString("tokenId"u8, order.TokenId.ToString());
            json.WriteString("makerAmount"u8, order.MakerAmount.ToString());
            json.WriteString("takerAmount"u8, order.TakerAmount.ToString());
            json.WriteString("side"u8, Word(order.Side));
            json.WriteString("expiration"u8, order.Expiration.ToString());
            json.WriteString("nonce"u8, order.Nonce.ToString());
            json.WriteString("feeRateBps"u8, order.FeeRateBps.ToString());
            json.WriteNumber("signatureType"u8, (int)order.SignatureType);
            Close(json, signature, owner, orderType);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Open(Utf8JsonWriter json, bool postOnly)
    {
        json.WriteStartObject();
        json.WriteBoolean("deferExec"u8, false);
        json.WriteBoolean("postOnly"u8, postOnly);
        json.WriteStartObject("order"u8);
    }

    private static void Close(Utf8JsonWriter json, ReadOnlySpan<byte> signature, string owner, string orderType)
    {
        json.WriteString("signature"u8, Hex.Write(signature));
        json.WriteEndObject();
        json.WriteString("owner"u8, owner);
        json.WriteString("orderType"u8, orderType);
        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> Word(Side side) => side == Side.Buy ? "BUY"u8 : "SELL"u8;
}
