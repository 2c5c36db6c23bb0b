using System.Security.Cryptography;

namespace PolyCopy.Modules.Signing;

/// <summary>The nonces of RFC 6979 section 3.2 with HMAC-SHA-256, for a 256-bit order; call <see cref="Next"/> until one fits.</summary>
internal ref struct DeterministicNonce
{
    private const int Size = 32;

    private readonly Span<byte> _key;
    private readonly Span<byte> _value;
    private bool _again;

    /// <param name="privateKey">The 32-byte key.</param>
    /// <param name="reducedDigest">The digest modulo n.</param>
    /// <param name="workspace">64 bytes owned by this value; the caller zeroes them.</param>
    public DeterministicNonce(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> reducedDigest, Span<byte> workspace)
    {
        _key = workspace[..Size];
        _value = workspace.Slice(Size, Size);
        _key.Clear();
        _value.Fill(0x01);

        Span<byte> message = stackalloc byte[Size + 1 + Size + Size];
        privateKey.CopyTo(message[(Size + 1)..]);
        reducedDigest.CopyTo(message[(2 * Size + 1)..]);
        for (byte step = 0; step < 2; step++)
        {
            _value.CopyTo(message);
            message[Size] = step;
            HMACSHA256.HashData(_key, message, _key);
            HMACSHA256.HashData(_key, _value, _value);
        }

        CryptographicOperations.ZeroMemory(message);
    }

    /// <summary>Writes the next candidate, 32 bytes, which may still be 0 or n and above.</summary>
    public void Next(Span<byte> nonce)
    {
        if (_again)
        {
            Span<byte> message = stackalloc byte[Size + 1];
            _value.CopyTo(message);
            message[Size] = 0;
            HMACSHA256.HashData(_key, message, _key);
            HMACSHA256.HashData(_key, _value, _value);
        }

        _again = true;
        HMACSHA256.HashData(_key, _value, _value);
        _value.CopyTo(nonce);
    }
}
