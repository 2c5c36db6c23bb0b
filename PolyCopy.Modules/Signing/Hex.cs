namespace PolyCopy.Modules.Signing;

/// <summary>0x-prefixed hexadecimal text, lower case when written, either case when read.</summary>
public static class Hex
{
    /// <summary>"0x" and two lower-case digits per byte.</summary>
    public static string Write(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexStringLower(bytes);

    /// <summary>Reads text of exactly <paramref name="bytes"/>.Length bytes, with or without 0x.</summary>
    /// <returns>False, with <paramref name="bytes"/> in any state, when the length or a digit is wrong.</returns>
    public static bool TryRead(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        var digits = Digits(text);
        return digits.Length == bytes.Length * 2
            && Convert.FromHexString(digits, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    /// <summary>Reads text of any length, with or without 0x.</summary>
    /// <exception cref="FormatException">Not hexadecimal, or an odd number of digits.</exception>
    public static byte[] Read(ReadOnlySpan<char> text) => Convert.FromHexString(Digits(text));

    private static ReadOnlySpan<char> Digits(ReadOnlySpan<char> text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
}
