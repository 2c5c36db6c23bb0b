using System.Security.Cryptography;

namespace PolyCopy.Modules.Signing;

/// <summary>One implementation of the curve; two of them must agree byte for byte.</summary>
internal interface ICurve
{
    string Name { get; }

    Signature Sign(in Bytes32 digest, ReadOnlySpan<byte> privateKey);

    void PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey);

    bool TryRecover(in Bytes32 digest, in Signature signature, Span<byte> publicKey);
}

/// <summary>The number of points of the curve, n, and what it forbids.</summary>
internal static class CurveOrder
{
    public static ReadOnlySpan<byte> N =>
    [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE,
        0xBA, 0xAE, 0xDC, 0xE6, 0xAF, 0x48, 0xA0, 0x3B, 0xBF, 0xD2, 0x5E, 0x8C, 0xD0, 0x36, 0x41, 0x41,
    ];

    public static bool IsValidKey(ReadOnlySpan<byte> key) =>
        key.Length == Secp256k1.KeySize && key.ContainsAnyExcept((byte)0) && key.SequenceCompareTo(N) < 0;

    public static void RequireKey(ReadOnlySpan<byte> key)
    {
        if (!IsValidKey(key))
            throw new CryptographicException("The private key is not a number between 1 and the order of secp256k1.");
    }

    /// <summary>Writes the digest reduced modulo n: what RFC 6979 feeds its nonce with and the equation uses.</summary>
    public static void Reduce(in Bytes32 digest, Span<byte> reduced)
    {
        digest.CopyTo(reduced);
        if (reduced.SequenceCompareTo(N) < 0)
            return;
        var borrow = 0; // below 2^256 < 2n, so one subtraction is enough
        for (var i = reduced.Length - 1; i >= 0; i--)
        {
            var difference = reduced[i] - N[i] - borrow;
            borrow = difference < 0 ? 1 : 0;
            reduced[i] = (byte)difference;
        }
    }
}
