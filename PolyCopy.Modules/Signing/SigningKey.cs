using System.Security.Cryptography;

namespace PolyCopy.Modules.Signing;

/// <summary>A private key in memory: pinned so that the collector leaves no copies, zeroed on Dispose, never printed.</summary>
/// <remarks>With BouncyCastle a signature makes short-lived copies of the key on the heap; libsecp256k1 makes none.</remarks>
public sealed class SigningKey : IDisposable
{
    private readonly byte[] _secret = GC.AllocateUninitializedArray<byte>(Secp256k1.KeySize, pinned: true);
    private bool _disposed;

    /// <param name="secret">32 bytes, copied; the caller zeroes its own.</param>
    /// <exception cref="CryptographicException">Not a key of the curve.</exception>
    public SigningKey(ReadOnlySpan<byte> secret)
    {
        CurveOrder.RequireKey(secret);
        secret.CopyTo(_secret);
        Address = Secp256k1.AddressOf(_secret);
    }

    /// <summary>The account of the key.</summary>
    public Address Address { get; }

    /// <summary>A key from 64 hexadecimal digits, with or without 0x.</summary>
    /// <exception cref="FormatException">Not 64 hexadecimal digits.</exception>
    /// <exception cref="CryptographicException">Not a key of the curve.</exception>
    public static SigningKey Parse(ReadOnlySpan<char> hex)
    {
        Span<byte> secret = stackalloc byte[Secp256k1.KeySize];
        try
        {
            return Hex.TryRead(hex, secret) ? new SigningKey(secret) : throw new FormatException("A private key is 64 hexadecimal digits.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Signs a digest.</summary>
    public Signature Sign(in Bytes32 digest) => Secp256k1.Sign(digest, Secret);

    internal ReadOnlySpan<byte> Secret
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _secret;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_secret);
    }

    /// <summary>Names the account, never the key.</summary>
    public override string ToString() => $"SigningKey of {Address}";
}
