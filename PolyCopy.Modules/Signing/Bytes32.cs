using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Signing;

/// <summary>32 bytes as Solidity's bytes32: a hash, a salt, a builder code. Default is all zeros.</summary>
[JsonConverter(typeof(Bytes32JsonConverter))]
public readonly record struct Bytes32
{
    /// <summary>Bytes in a value.</summary>
    public const int Size = 32;

    private readonly ulong _a, _b, _c, _d; // big-endian words, so that equality and hashing need no loop

    /// <param name="bytes">Exactly 32 bytes.</param>
    public Bytes32(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    public static Bytes32 Zero => default;

    /// <summary>Reads 64 hexadecimal digits, with or without 0x.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var ok = Hex.TryRead(text, bytes);
        value = ok ? new Bytes32(bytes) : default;
        return ok;
    }

    /// <exception cref="FormatException">Not 64 hexadecimal digits.</exception>
    public static Bytes32 Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var value) ? value : throw new FormatException("32 bytes are 64 hexadecimal digits.");

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    /// <summary>0x and 64 lower-case digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Hex.Write(bytes);
    }

    private sealed class Bytes32JsonConverter : JsonConverter<Bytes32>
    {
        public override Bytes32 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var value) ? value : throw new JsonException("32 bytes are 64 hexadecimal digits.");

        public override void Write(Utf8JsonWriter writer, Bytes32 value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
