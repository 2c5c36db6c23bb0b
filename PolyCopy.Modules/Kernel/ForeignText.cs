using System.Globalization;
using System.Text;

namespace PolyCopy.Modules.Kernel;

/// <summary>Text that others wrote (titles, outcomes, names, venue errors): data, never markup or layout.</summary>
public static class ForeignText
{
    /// <summary>One line without control, bidirectional and invisible characters, cut to <paramref name="most"/> characters. Escaping for HTML or CSV is the medium's own step.</summary>
    public static string Clean(string? text, int most = 200)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var clean = new StringBuilder(Math.Min(text.Length, most + 1));
        var space = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || rune.Value is '\u2028' or '\u2029')
            {
                space = clean.Length > 0;
                continue;
            }
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate
                || rune.Value == 0xFFFD)
                continue;
            if (clean.Length + rune.Utf16SequenceLength + (space ? 1 : 0) > most)
                return clean.Append('…').ToString();
            if (space)
                clean.Append(' ');
            space = false;
            clean.Append(rune);
        }
        return clean.ToString();
    }
}
