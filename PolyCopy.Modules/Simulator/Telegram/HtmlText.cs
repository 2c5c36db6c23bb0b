using System.Globalization;
using System.Text;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>Telegram's parse_mode HTML: plain text and entities, or the refusal in Telegram's words.</summary>
internal static class HtmlText
{
    /// <exception cref="BotRefusal">400 "can't parse entities: …".</exception>
    public static (string Text, IReadOnlyList<TextEntity> Entities) Parse(string html)
    {
        var text = new StringBuilder(html.Length);
        var entities = new List<TextEntity>();
        var open = new Stack<(string Tag, string Attributes, int Start)>();
        var at = 0;
        while (at < html.Length)
        {
            if (html[at] == '&')
            {
                at = Character(html, at, text);
            }
            else if (html[at] != '<')
            {
                text.Append(html[at++]);
            }
            else
            {
                var end = html.IndexOf('>', at);
                var isEnd = at + 1 < html.Length && html[at + 1] == '/';
                if (end < 0)
                    throw Refuse($"Unclosed {(isEnd ? "end" : "start")} tag at byte offset {Bytes(html, at)}");
                var inside = html[(at + (isEnd ? 2 : 1))..end].Trim();
                var space = inside.IndexOfAny([' ', '\n', '\t', '\r']);
                var tag = (space < 0 ? inside : inside[..space]).ToLowerInvariant();
                if (isEnd)
                    Close(html, at, tag, open, text, entities);
                else if (Kind(tag) is null)
                    throw Refuse($"Unsupported start tag \"{tag}\" at byte offset {Bytes(html, at)}");
                else
                    open.Push((tag, space < 0 ? "" : inside[space..], text.Length));
                at = end + 1;
            }
        }
        if (open.TryPeek(out var left))
            throw Refuse($"Can't find end tag corresponding to start tag \"{left.Tag}\"");
        return Trim(text.ToString(), entities);
    }

    /// <summary>Telegram cuts white space at both ends.</summary>
    public static (string Text, IReadOnlyList<TextEntity> Entities) Trim(string text, IReadOnlyList<TextEntity> entities)
    {
        var cut = text.Length - text.TrimStart().Length;
        var trimmed = text.Trim();
        var kept = from e in entities
                   let start = Math.Clamp(e.Offset - cut, 0, trimmed.Length)
                   let end = Math.Clamp(e.Offset - cut + e.Length, 0, trimmed.Length)
                   where end > start
                   orderby start, end descending
                   select e with { Offset = start, Length = end - start };
        return (trimmed, [.. kept]);
    }

    private static void Close(string html, int at, string tag, Stack<(string Tag, string Attributes, int Start)> open, StringBuilder text, List<TextEntity> entities)
    {
        if (!open.TryPop(out var start))
            throw Refuse($"Unexpected end tag at byte offset {Bytes(html, at)}");
        if (tag.Length > 0 && tag != start.Tag)
            throw Refuse($"Unmatched end tag at byte offset {Bytes(html, at)}, expected \"</{start.Tag}>\", found \"</{tag}>\"");
        var length = text.Length - start.Start;
        if (length == 0)
            return;
        if (start.Tag == "a")
        {
            var url = Attribute(start.Attributes, "href") ?? text.ToString(start.Start, length);
            if (Uri.TryCreate(url.Contains("://", StringComparison.Ordinal) ? url : "http://" + url, UriKind.Absolute, out var target) && target.Scheme is "http" or "https" or "tg" or "ftp")
                entities.Add(new TextEntity("text_link", start.Start, length, target.ToString()));
        }
        else if (start.Tag != "span" || Attribute(start.Attributes, "class") == "tg-spoiler")
        {
            var kind = start.Tag == "blockquote" && start.Attributes.Contains("expandable", StringComparison.OrdinalIgnoreCase) ? "expandable_blockquote" : Kind(start.Tag)!;
            entities.Add(new TextEntity(kind, start.Start, length));
        }
    }

    private static string? Kind(string tag) => tag switch
    {
        "b" or "strong" => "bold",
        "i" or "em" => "italic",
        "u" or "ins" => "underline",
        "s" or "strike" or "del" => "strikethrough",
        "tg-spoiler" or "span" => "spoiler",
        "a" => "text_link",
        "code" => "code",
        "pre" => "pre",
        "blockquote" => "blockquote",
        "tg-emoji" => "custom_emoji",
        _ => null,
    };

    private static string? Attribute(string attributes, string name)
    {
        var at = attributes.IndexOf(name + "=", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return null;
        var rest = attributes[(at + name.Length + 1)..];
        if (rest.Length > 0 && rest[0] is '"' or '\'')
        {
            var end = rest.IndexOf(rest[0], 1);
            rest = rest[1..(end < 0 ? rest.Length : end)];
        }
        else
        {
            rest = rest.Split(' ')[0];
        }
        var decoded = new StringBuilder();
        for (var i = 0; i < rest.Length;)
        {
            if (rest[i] == '&')
                i = Character(rest, i, decoded);
            else
                decoded.Append(rest[i++]);
        }
        return decoded.ToString();
    }

    /// <summary>Only four names are known, and numbers; anything else after &amp; stays as it is.</summary>
    private static int Character(string html, int at, StringBuilder text)
    {
        var end = html.IndexOf(';', at);
        var name = end > at && end - at < 12 ? html[(at + 1)..end] : "";
        var found = name switch
        {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "quot" => "\"",
            ['#', 'x' or 'X', ..] when int.TryParse(name.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) && Rune.IsValid(hex) && hex > 0 => new Rune(hex).ToString(),
            ['#', ..] when int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Rune.IsValid(number) && number > 0 => new Rune(number).ToString(),
            _ => null,
        };
        text.Append(found ?? "&");
        return found is null ? at + 1 : end + 1;
    }

    private static int Bytes(string html, int at) => Encoding.UTF8.GetByteCount(html.AsSpan(0, at));

    private static BotRefusal Refuse(string why) => new(400, "Bad Request: can't parse entities: " + why);
}
