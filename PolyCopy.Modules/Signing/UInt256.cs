using System.Buffers.Binary;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Signing;

/// <summary>An unsigned 256-bit integer as the contracts count; only what encoding needs: parse, print, bytes.</summary>
public readonly record struct UInt256
{
    private const ulong ChunkScale = 10_000_000_000_000_000_000; // 10^19, the largest power of ten in 64 bits
    private const int ChunkDigits = 19;
    private const int MaxDigits = 78;

    private readonly ulong _w3, _w2, _w1, _w0; // most significant first

    private UInt256(ulong w3, ulong w2, ulong w1, ulong w0) => (_w3, _w2, _w1, _w0) = (w3, w2, w1, w0);

    /// <param name="bytes">32 bytes, big-endian.</param>
    public UInt256(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, 32);
        _w3 = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _w2 = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _w1 = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _w0 = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    public static UInt256 MaxValue => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    /// <exception cref="OverflowException">The value is negative.</exception>
    public static implicit operator UInt256(long value) => new(0, 0, 0, checked((ulong)value));

    public static implicit operator UInt256(UInt128 value) => new(0, 0, (ulong)(value >> 64), (ulong)value);

    /// <exception cref="OverflowException">The token id is 2^256 or more.</exception>
    public static explicit operator UInt256(TokenId token) =>
        TryParse(token.Digits, out var value) ? value : throw new OverflowException("A token id is below 2^256.");

    /// <summary>Reads 1 to 78 decimal digits.</summary>
    /// <returns>False for anything else and for 2^256 or more.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out UInt256 value)
    {
        value = default;
        if (text.Length is 0 or > MaxDigits || text.ContainsAnyExceptInRange('0', '9'))
            return false;
        Span<ulong> words = stackalloc ulong[4]; // least significant first
        words.Clear();
        for (var start = 0; start < text.Length;)
        {
            var length = Math.Min(ChunkDigits, text.Length - start);
            var carry = ulong.Parse(text.Slice(start, length), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture);
            var scale = length == ChunkDigits ? ChunkScale : (ulong)UInt128Pow10(length);
            for (var i = 0; i < 4; i++)
            {
                var product = (UInt128)words[i] * scale + carry;
                words[i] = (ulong)product;
                carry = (ulong)(product >> 64);
            }

            if (carry != 0)
                return false;
            start += length;
        }

        value = new UInt256(words[3], words[2], words[1], words[0]);
        return true;
    }

    /// <exception cref="FormatException">Not a decimal number below 2^256.</exception>
    public static UInt256 Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var value) ? value : throw new FormatException("A uint256 is decimal digits below 2^256.");

    /// <summary>Writes 32 big-endian bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _w3);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _w2);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _w1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _w0);
    }

    /// <summary>True and the value when it fits a signed 64-bit integer.</summary>
    public bool TryToInt64(out long value)
    {
        value = (long)_w0;
        return (_w3 | _w2 | _w1) == 0 && value >= 0;
    }

    /// <summary>The 64-bit word that holds bits 64 × <paramref name="index"/> and up.</summary>
    internal ulong Word(int index) => index switch { 0 => _w0, 1 => _w1, 2 => _w2, 3 => _w3, _ => throw new ArgumentOutOfRangeException(nameof(index)) };

    /// <summary>Decimal digits without leading zeros.</summary>
    public override string ToString()
    {
        Span<char> digits = stackalloc char[MaxDigits];
        Span<ulong> words = [_w0, _w1, _w2, _w3];
        var start = MaxDigits;
        do
        {
            var remainder = 0UL;
            for (var i = 3; i >= 0; i--)
            {
                var dividend = ((UInt128)remainder << 64) | words[i];
                var quotient = dividend / ChunkScale;
                words[i] = (ulong)quotient;
                remainder = (ulong)(dividend - quotient * ChunkScale);
            }

            var last = (words[0] | words[1] | words[2] | words[3]) == 0;
            for (var i = 0; i < ChunkDigits && !(last && remainder == 0); i++, remainder /= 10)
                digits[--start] = (char)('0' + remainder % 10);
            if (last)
                break;
        }
        while (true);

        return start == MaxDigits ? "0" : new string(digits[start..]);
    }

    private static UInt128 UInt128Pow10(int exponent)
    {
        UInt128 power = 1;
        for (var i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }
}
