using System.Text.RegularExpressions;

namespace PolyCopy.Modules.Bot.Text;

/// <summary>Texts that may be a key to somebody's money. They are looked at here and nowhere else: not searched for, not kept, not logged.</summary>
internal static partial class Secrets
{
    private static readonly int[] PhraseLengths = [12, 15, 18, 21, 24];

    /// <summary>A private key (64 hex digits; a hash looks the same, and no screen needs one typed) or a recovery phrase (BIP-39: 12 to 24 short lower-case words).</summary>
    public static bool LooksLikeOne(string text) => Key().IsMatch(text) || IsPhrase(text);

    private static bool IsPhrase(string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return PhraseLengths.Contains(words.Length) && words.All(w => w.Length is >= 3 and <= 8 && w.All(c => c is >= 'a' and <= 'z'));
    }

    [GeneratedRegex(@"(?<![0-9a-fA-F])(0[xX])?[0-9a-fA-F]{64}(?![0-9a-fA-F])", RegexOptions.CultureInvariant)]
    private static partial Regex Key();
}
