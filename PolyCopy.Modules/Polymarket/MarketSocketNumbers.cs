using System.Globalization;
using System.Runtime.CompilerServices;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Reads the venue's decimal texts straight to integers: eight digits at a time where the shape is usual, exactly by decimal where it is not (".48", "9e-6", 0.5).</summary>
/// <remarks>Every method reads up to 16 bytes beyond the text: the buffers of the socket have that slack.</remarks>
internal static unsafe class MarketSocketNumbers
{
    /// <summary>The text is no number, or does not fit.</summary>
    public const int Invalid = -1;

    private const ulong Zeros = 0x3030303030303030;

    /// <summary>A price in ten-thousandths; <see cref="Invalid"/> when empty, negative, above one or off the grid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Price(in MarketSocketText text)
    {
        var digits = text.Length - 2;
        if (digits is >= 1 and <= 4 && *(ushort*)text.Start == ('0' | '.' << 8))
        {
            var keep = uint.MaxValue >> (32 - 8 * digits);
            var value = ((*(uint*)(text.Start + 2) & keep) | (0x30303030 & ~keep)) - 0x30303030;
            if (((value | (value + 0x76767676)) & 0x80808080) == 0)
            {
                value = (value * 10 + (value >> 8)) & 0x00FF00FF;
                return (int)((value & 0xFF) * 100 + (value >> 16));
            }
        }
        return OtherPrice(text);
    }

    /// <summary>A size in micro-units, finer parts dropped; negative when it is no number or does not fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Size(in MarketSocketText text)
    {
        var length = text.Length;
        if (length is >= 1 and <= 15)
        {
            var whole = Whole(text.Start, length);
            var fraction = length - whole - 1;
            if (whole is >= 1 and <= 8 && fraction <= 6)
            {
                var value = Aligned(*(ulong*)text.Start, whole);
                if (fraction <= 0)
                {
                    if (IsDigits(value))
                        return (long)EightDigits(value) * Shares.Scale;
                }
                else
                {
                    var keep = ulong.MaxValue >> (64 - 8 * fraction);
                    var rest = (*(ulong*)(text.Start + whole + 1) & keep) | (Zeros & ~keep);
                    if (IsDigits(value) && IsDigits(rest))
                        return (long)EightDigits(value) * Shares.Scale + EightDigits(rest) / 100;
                }
            }
        }
        return OtherSize(text);
    }

    /// <summary>Unix milliseconds; zero when it is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Milliseconds(in MarketSocketText text)
    {
        if (text.Length == 13 && IsDigits(*(ulong*)text.Start))
        {
            var rest = Aligned(*(ulong*)(text.Start + 8), 5);
            if (IsDigits(rest))
                return EightDigits(*(ulong*)text.Start) * 100_000L + EightDigits(rest);
        }
        return long.TryParse(text.Bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }

    // The number of bytes before the dot; the length when there is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Whole(byte* start, int length)
    {
        var dots = System.Runtime.Intrinsics.Vector128.Equals(System.Runtime.Intrinsics.Vector128.Load(start), System.Runtime.Intrinsics.Vector128.Create((byte)'.'));
        var mask = System.Runtime.Intrinsics.Vector128.ExtractMostSignificantBits(dots) | 1u << length;
        return System.Numerics.BitOperations.TrailingZeroCount(mask);
    }

    // The first `count` digits moved to the end, zeros before them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Aligned(ulong text, int count) => count == 8 ? text : (text << (64 - 8 * count)) | (Zeros >> (8 * count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsDigits(ulong text)
    {
        var value = text - Zeros;
        return ((value | (value + 0x7676767676767676)) & 0x8080808080808080) == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint EightDigits(ulong text)
    {
        text -= Zeros;
        text = text * 10 + (text >> 8);
        return (uint)(((text & 0x000000FF000000FF) * 0x000F424000000064 + ((text >> 16) & 0x000000FF000000FF) * 0x0000271000000001) >> 32);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int OtherPrice(in MarketSocketText text)
    {
        if (text.Length == 1)
            return *text.Start switch { (byte)'0' => 0, (byte)'1' => Kernel.Price.Scale, _ => Invalid };
        return TryDecimal(text, out var value) && Kernel.Price.TryFromDecimal(value, out var price) && price.TenThousandths is >= 0 and <= Kernel.Price.Scale
            ? price.TenThousandths
            : Invalid;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long OtherSize(in MarketSocketText text) =>
        TryDecimal(text, out var value) && value is >= 0 and <= 9_000_000_000_000m ? (long)(value * Shares.Scale) : Invalid;

    private static bool TryDecimal(in MarketSocketText text, out decimal value) =>
        decimal.TryParse(text.Bytes, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);
}
