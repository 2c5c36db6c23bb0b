using System.Net;
using System.Text;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Text;

/// <summary>Text that is already Telegram's HTML. The only ways to make one are our own templates and <see cref="Foreign"/>.</summary>
internal readonly record struct Html(string Value)
{
    public static Html Empty => new("");

    /// <summary>Foreign text as harmless HTML: cleaned, cut, escaped, and with no link, mention, hashtag or command left in it.</summary>
    public static Html Foreign(string? text, int most = 120) => new(Escape(BreakLinks(ForeignText.Clean(text, most))));

    /// <summary>Our own words, escaped.</summary>
    public static Html Of(string text) => new(Escape(text));

    public static Html Join(string separator, IEnumerable<Html> parts) => new(string.Join(separator, parts.Select(p => p.Value)));

    /// <summary>The text a reader sees: without tags and entities.</summary>
    public static string Plain(string html)
    {
        var text = new StringBuilder(html.Length);
        for (var i = 0; i < html.Length; i++)
        {
            if (html[i] == '<' && html.IndexOf('>', i) is >= 0 and var end)
                i = end;
            else
                text.Append(html[i]);
        }
        return WebUtility.HtmlDecode(text.ToString());
    }

    public override string ToString() => Value;

    public static Html operator +(Html a, Html b) => new(a.Value + b.Value);

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>Telegram makes links of names with a dot, of @, #, $ and / before a word; an invisible word joiner ends them.</summary>
    /// <remarks>U+2060 is no URL symbol in tdlib's MessageEntity.cpp (is_url_unicode_symbol), 2026-10.</remarks>
    private static string BreakLinks(string text)
    {
        const char joiner = '\u2060';
        var broken = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length; i++)
        {
            broken.Append(text[i]);
            var next = i + 1 < text.Length ? text[i + 1] : ' ';
            var previous = i > 0 ? text[i - 1] : ' ';
            var breaks = text[i] switch
            {
                '.' or '\u3002' => !char.IsWhiteSpace(next) && !char.IsWhiteSpace(previous) && !(char.IsDigit(next) && char.IsDigit(previous) && !LooksLikeAddress(text, i)),
                '@' or '#' => !char.IsWhiteSpace(next),
                '$' => char.IsLetter(next), // $BTC is a cashtag, $5,000 is none
                '/' => IsWord(next) && !IsWord(previous), // /start is a command, 24/7 and and/or are none
                ':' => next is '/',
                _ => false,
            };
            if (breaks)
                broken.Append(joiner);
        }
        return broken.ToString();
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    // 1.5 stays as it is; 1.2.3.4 becomes no link
    private static bool LooksLikeAddress(string text, int dot)
    {
        var (from, to) = (dot, dot);
        while (from > 0 && (char.IsDigit(text[from - 1]) || text[from - 1] == '.'))
            from--;
        while (to + 1 < text.Length && (char.IsDigit(text[to + 1]) || text[to + 1] == '.'))
            to++;
        return text.AsSpan(from, to - from + 1).Count('.') > 1;
    }
}
