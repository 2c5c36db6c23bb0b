using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Signing;

/// <summary>A 20-byte account of an EVM chain. Text of either case is the same address; written with the EIP-55 checksum.</summary>
[JsonConverter(typeof(AddressJsonConverter))]
public readonly record struct Address
{
    /// <summary>Bytes in an address.</summary>
    public const int Size = 20;

    private readonly ulong _a, _b;
    private readonly uint _c;

    /// <param name="bytes">Exactly 20 bytes.</param>
    public Address(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    public static Address Zero => default;

    /// <summary>The account of an uncompressed public key: the last 20 bytes of its Keccak-256.</summary>
    /// <param name="publicKey">X and Y, 64 bytes, without the leading 04.</param>
    public static Address OfPublicKey(ReadOnlySpan<byte> publicKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKey.Length, 64);
        Span<byte> hash = stackalloc byte[32];
        Keccak.Hash(publicKey, hash);
        return new Address(hash[12..]);
    }

    /// <summary>Reads 40 hexadecimal digits after 0x, in any case; the checksum is not judged.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Address address)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var ok = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && Hex.TryRead(text, bytes);
        address = ok ? new Address(bytes) : default;
        return ok;
    }

    /// <exception cref="FormatException">Not 0x and 40 hexadecimal digits.</exception>
    public static Address Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var address) ? address : throw new FormatException("An address is 0x and 40 hexadecimal digits.");

    /// <summary>Writes the 20 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], _c);
    }

    /// <summary>0x and 40 lower-case digits, for keys and comparisons with foreign text.</summary>
    public string ToLower()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Hex.Write(bytes);
    }

    /// <summary>The EIP-55 spelling.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        Span<char> text = stackalloc char[2 + 2 * Size];
        "0x".CopyTo(text);
        var digits = text[2..];
        Convert.TryToHexStringLower(bytes, digits, out _);

        Span<byte> ascii = stackalloc byte[2 * Size];
        Encoding.ASCII.GetBytes(digits, ascii);
        Span<byte> hash = stackalloc byte[32];
        Keccak.Hash(ascii, hash);
        for (var i = 0; i < digits.Length; i++)
        {
            var nibble = (hash[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 0xF;
            if (nibble >= 8)
                digits[i] = char.ToUpperInvariant(digits[i]);
        }

        return new string(text);
    }

    private sealed class AddressJsonConverter : JsonConverter<Address>
    {
        public override Address Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var value) ? value : throw new JsonException("An address is 0x and 40 hexadecimal digits.");

        public override void Write(Utf8JsonWriter writer, Address value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
