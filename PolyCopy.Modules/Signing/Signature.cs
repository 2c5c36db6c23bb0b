namespace PolyCopy.Modules.Signing;

/// <summary>A recoverable secp256k1 signature; <paramref name="V"/> is 27 or 28 as the contracts expect.</summary>
public readonly record struct Signature(Bytes32 R, Bytes32 S, byte V)
{
    /// <summary>Bytes on the wire: r, s, v.</summary>
    public const int Size = 65;

    /// <summary>Reads r || s || v.</summary>
    /// <returns>False when the length is not 65 or v is neither 27 nor 28.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Signature signature)
    {
        var ok = bytes.Length == Size && bytes[64] is 27 or 28;
        signature = ok ? new Signature(new Bytes32(bytes[..32]), new Bytes32(bytes[32..64]), bytes[64]) : default;
        return ok;
    }

    /// <summary>Writes r || s || v, 65 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        R.CopyTo(destination);
        S.CopyTo(destination[32..]);
        destination[64] = V;
    }

    /// <summary>r || s || v.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>0x and 130 lower-case digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Hex.Write(bytes);
    }
}
