using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PolyCopy.Modules.Polymarket;

/// <summary>The bytes of a JSON string without its quotes, or of a number or literal. Valid until the message ends.</summary>
internal readonly unsafe struct MarketSocketText(byte* start, int length)
{
    public readonly byte* Start = start;

    /// <summary>Zero for "" and for null.</summary>
    public readonly int Length = length;

    /// <summary>False when the key did not occur.</summary>
    public bool Exists => Start is not null;

    public ReadOnlySpan<byte> Bytes => new(Start, Length);
}

/// <summary>Walks JSON in place. Every method returns the byte after what it read, or null when that is broken.</summary>
/// <remarks>The byte at <see cref="End"/> is zero while a message is read, so a look at it never continues; loads may touch up to 32 bytes beyond.</remarks>
internal unsafe struct MarketSocketJson(byte* end, byte* scratch, int scratchLength)
{
    public readonly byte* End = end;
    private byte* _scratch = scratch;
    private readonly byte* _scratchEnd = scratch + scratchLength;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* White(byte* at)
    {
        while (*at is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            at++;
        return at;
    }

    /// <summary>From an opening quote to behind the colon that follows the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Key(byte* at, out MarketSocketText key)
    {
        if (*at != '"' && *(at = White(at)) != '"')
        {
            key = default;
            return null;
        }
        at = String(at + 1, out key);
        if (at is null)
            return null;
        if (*at != ':' && *(at = White(at)) != ':')
            return null;
        at++;
        return *at <= ' ' ? White(at) : at;
    }

    /// <summary>Any value; what is no string, number or literal gives an empty text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Value(byte* at, out MarketSocketText text)
    {
        if (*at == '"')
            return String(at + 1, out text);
        return Other(at, out text);
    }

    /// <summary>Whether the text is what comes next; then goes behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Is(ref byte* at, ReadOnlySpan<byte> text)
    {
        if (!new ReadOnlySpan<byte>(at, text.Length).SequenceEqual(text))
            return false;
        at += text.Length;
        return true;
    }

    /// <summary>The rest of a string from behind its opening quote; then goes behind the closing one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Text(ref byte* at, out MarketSocketText text)
    {
        var end = String(at, out text);
        at = end;
        return end is not null;
    }

    /// <summary>From behind the opening quote.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* String(byte* at, out MarketSocketText text)
    {
        var start = at;
        for (; ; at += 32)
        {
            var block = Vector256.Load(at);
            var mask = (Vector256.Equals(block, Vector256.Create((byte)'"')) | Vector256.Equals(block, Vector256.Create((byte)'\\'))).ExtractMostSignificantBits();
            if (mask != 0)
            {
                at += BitOperations.TrailingZeroCount(mask);
                break;
            }
            if (at + 32 >= End)
            {
                text = default;
                return null;
            }
        }
        if (at >= End)
        {
            text = default;
            return null;
        }
        if (*at == '\\')
            return Escaped(start, at, out text);
        text = new MarketSocketText(start, (int)(at - start));
        return at + 1;
    }

    /// <summary>Any value without looking at it.</summary>
    public byte* Skip(byte* at)
    {
        var depth = 0;
        do
        {
            at = White(at);
            switch (*at)
            {
                case (byte)'"':
                    at = String(at + 1, out _);
                    if (at is null)
                        return null;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    at++;
                    break;
                case (byte)'}' or (byte)']':
                    if (--depth < 0)
                        return null;
                    at++;
                    break;
                case (byte)',' or (byte)':':
                    if (depth == 0)
                        return null;
                    at++;
                    break;
                default:
                    var scalar = Scalar(at);
                    if (scalar == at)
                        return null;
                    at = scalar;
                    break;
            }
        }
        while (depth > 0);
        return at;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* Other(byte* at, out MarketSocketText text)
    {
        text = new MarketSocketText(at, 0);
        if (*at is (byte)'{' or (byte)'[')
            return Skip(at);
        var end = Scalar(at);
        if (end == at)
            return null;
        if (!new ReadOnlySpan<byte>(at, (int)(end - at)).SequenceEqual("null"u8))
            text = new MarketSocketText(at, (int)(end - at));
        return end;
    }

    // Numbers, true, false, null: judged by who reads them.
    private static byte* Scalar(byte* at)
    {
        while (*at is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'z') or (byte)'E' or (byte)'-' or (byte)'+' or (byte)'.')
            at++;
        return at;
    }

    // The rare string with a backslash: \" \\ \/ and \u00XX are undone into the scratch, anything else makes the text opaque (empty).
    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* Escaped(byte* start, byte* at, out MarketSocketText text)
    {
        var target = _scratch;
        var readable = true;
        text = new MarketSocketText(start, 0);
        for (at = start; at < End && *at != '"';)
        {
            int value = *at++;
            if (value == '\\')
            {
                if (at >= End)
                    return null;
                value = *at++ switch
                {
                    (byte)'"' => '"',
                    (byte)'\\' => '\\',
                    (byte)'/' => '/',
                    (byte)'u' when End - at >= 4 && ushort.TryParse(new ReadOnlySpan<byte>(at, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code) && code < 128 => code,
                    _ => -1,
                };
                if (at[-1] == 'u' && value >= 0)
                    at += 4;
            }
            if (value < 0 || target >= _scratchEnd)
                readable = false;
            else
                *target++ = (byte)value;
        }
        if (at >= End)
            return null;
        if (readable)
        {
            text = new MarketSocketText(_scratch, (int)(target - _scratch));
            _scratch = target;
        }
        return at + 1;
    }
}
