using System.Globalization;
using System.Text.RegularExpressions;

namespace PolyCopy.Modules.Simulator.Faults;

/// <summary>Other spellings of the same answer, as the venue's serializers have produced them (F15, F37, F46, F55).</summary>
internal static partial class Spelling
{
    /// <summary>Hashes that match nothing.</summary>
    public static string WrongHashes(string json) => HashField().Replace(json, match => "\"hash\":\"" + new string('f', match.Groups[1].Length) + "\"");

    /// <summary>TRADE_STATUS_MATCHED, ORDER_STATUS_LIVE, "" for zero.</summary>
    public static string LongWords(string json)
    {
        var prefix = json.Contains("\"event_type\":\"trade\"", StringComparison.Ordinal) ? "TRADE_STATUS_" : "ORDER_STATUS_";
        json = StatusField().Replace(json, match => $"\"status\":\"{prefix}{match.Groups[1].Value}\"");
        return ZeroField().Replace(json, match => $"\"{match.Groups[1].Value}\":\"\"");
    }

    /// <summary>".48" for "0.48", 4.8e-1 for 0.48, addresses in lower case.</summary>
    public static string OddNumbers(string json)
    {
        json = TextFraction().Replace(json, "\".");
        json = NumberFraction().Replace(json, match => Exponent(decimal.Parse(match.Value, CultureInfo.InvariantCulture)));
        return AddressText().Replace(json, match => match.Value.ToLowerInvariant());
    }

    /// <summary>Markets whose tokens are not known yet.</summary>
    public static string NoTokens(string json) => TokensField().Replace(json, "\"clobTokenIds\":\"[]\"");

    private static string Exponent(decimal value)
    {
        var text = value.ToString("E12", CultureInfo.InvariantCulture);
        var at = text.IndexOf('E');
        return text[..at].TrimEnd('0').TrimEnd('.') + "e" + int.Parse(text[(at + 1)..], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("\"hash\":\"([0-9a-f]+)\"")]
    private static partial Regex HashField();

    [GeneratedRegex("\"status\":\"([A-Z]+)\"")]
    private static partial Regex StatusField();

    [GeneratedRegex("\"(size_matched|fee_rate_bps)\":\"0\"")]
    private static partial Regex ZeroField();

    [GeneratedRegex("\"0\\.(?=\\d+\")")]
    private static partial Regex TextFraction();

    [GeneratedRegex("(?<=[:\\[,])-?\\d+\\.\\d+(?=[,}\\]])")]
    private static partial Regex NumberFraction();

    [GeneratedRegex("\"0x[0-9a-fA-F]{40}\"")]
    private static partial Regex AddressText();

    [GeneratedRegex("\"clobTokenIds\":\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex TokensField();
}
