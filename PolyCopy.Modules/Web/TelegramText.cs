using System.Net;
using System.Text;
using PolyCopy.Modules.Simulator;

namespace PolyCopy.Modules.Web;

/// <summary>A message's text and entities as HTML: everything is escaped, and the only tags are those written here.</summary>
internal static class TelegramText
{
    public static string Html(string text, IReadOnlyList<SimulatedEntity> entities)
    {
        var html = new StringBuilder(text.Length + 64);
        var open = new Stack<(int End, string Close)>();
        var at = 0;
        foreach (var e in entities.OrderBy(e => e.Offset).ThenByDescending(e => e.Length))
        {
            if (e.Offset < at || e.Length <= 0 || e.Offset + e.Length > text.Length || Tags(e) is not { } tags)
                continue;
            at = CloseUntil(html, text, at, e.Offset, open);
            Escape(html, text, at, e.Offset);
            at = e.Offset;
            // one that reaches beyond the one around it ends with it
            var end = open.TryPeek(out var around) ? Math.Min(around.End, e.Offset + e.Length) : e.Offset + e.Length;
            html.Append(tags.Open);
            open.Push((end, tags.Close));
        }
        at = CloseUntil(html, text, at, text.Length, open);
        Escape(html, text, at, text.Length);
        return html.ToString();
    }

    private static int CloseUntil(StringBuilder html, string text, int at, int until, Stack<(int End, string Close)> open)
    {
        while (open.TryPeek(out var inner) && inner.End <= until)
        {
            Escape(html, text, at, inner.End);
            at = inner.End;
            html.Append(open.Pop().Close);
        }
        return at;
    }

    private static void Escape(StringBuilder html, string text, int from, int to) => html.Append(WebUtility.HtmlEncode(text[from..to]));

    private static (string Open, string Close)? Tags(SimulatedEntity entity) => entity.Type switch
    {
        "bold" => ("<b>", "</b>"),
        "italic" => ("<i>", "</i>"),
        "underline" => ("<u>", "</u>"),
        "strikethrough" => ("<s>", "</s>"),
        "code" => ("<code>", "</code>"),
        "pre" => ("<pre>", "</pre>"),
        "spoiler" => ("<span class=\"spoiler\" tabindex=\"0\">", "</span>"),
        "blockquote" or "expandable_blockquote" => ("<blockquote>", "</blockquote>"),
        "text_link" when Link(entity.Url) is { } link => ($"<a href=\"{WebUtility.HtmlEncode(link)}\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">", "</a>"),
        _ => null,
    };

    /// <summary>Only what a browser opens without running anything.</summary>
    public static string? Link(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var target) && target.Scheme is "http" or "https" or "tg" ? target!.AbsoluteUri : null;
}
