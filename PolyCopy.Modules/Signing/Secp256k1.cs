using System.Security.Cryptography;

namespace PolyCopy.Modules.Signing;

/// <summary>Ethereum's signatures: secp256k1, deterministic nonces (RFC 6979 with SHA-256), low s, recovery id.</summary>
/// <remarks>
/// libsecp256k1 is used when the machine has it (Debian: libsecp256k1-1), about four times as fast; else BouncyCastle.
/// Both give the same bytes; the library is only trusted after it has reproduced a signature of the managed code.
/// </remarks>
public static class Secp256k1
{
    /// <summary>Bytes of a private key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of an uncompressed public key without its leading 04.</summary>
    public const int PublicKeySize = 64;

    private static readonly ICurve Curve = (ICurve?)NativeCurve.TryLoad() ?? BouncyCastleCurve.Instance;

    /// <summary>"libsecp256k1" or "BouncyCastle".</summary>
    public static string Backend => Curve.Name;

    /// <summary>Signs a 32-byte digest.</summary>
    /// <exception cref="CryptographicException">The key is not in 1 .. n-1.</exception>
    public static Signature Sign(in Bytes32 digest, ReadOnlySpan<byte> privateKey) => Curve.Sign(digest, privateKey);

    /// <summary>Writes X and Y of the key's point, 64 bytes.</summary>
    /// <exception cref="CryptographicException">The key is not in 1 .. n-1.</exception>
    public static void PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => Curve.PublicKey(privateKey, publicKey);

    /// <summary>The account of a private key.</summary>
    /// <exception cref="CryptographicException">The key is not in 1 .. n-1.</exception>
    public static Address AddressOf(ReadOnlySpan<byte> privateKey)
    {
        Span<byte> publicKey = stackalloc byte[PublicKeySize];
        Curve.PublicKey(privateKey, publicKey);
        return Address.OfPublicKey(publicKey);
    }

    /// <summary>The account that signed the digest.</summary>
    /// <returns>False when no key can have made this signature.</returns>
    public static bool TryRecover(in Bytes32 digest, in Signature signature, out Address signer)
    {
        Span<byte> publicKey = stackalloc byte[PublicKeySize];
        var ok = Curve.TryRecover(digest, signature, publicKey);
        signer = ok ? Address.OfPublicKey(publicKey) : default;
        return ok;
    }

    /// <summary>Fills 32 bytes with a fresh private key. The caller zeroes them.</summary>
    public static void NewKey(Span<byte> privateKey)
    {
        do
            RandomNumberGenerator.Fill(privateKey[..KeySize]);
        while (!CurveOrder.IsValidKey(privateKey));
    }
}
