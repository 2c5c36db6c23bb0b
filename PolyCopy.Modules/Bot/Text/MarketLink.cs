using System.Text.RegularExpressions;

namespace PolyCopy.Modules.Bot.Text;

/// <summary>A pasted link to a market. It is read, never fetched: only its slug goes on, as a query.</summary>
/// <param name="EventSlug">Of /event/…; null for /market/….</param>
/// <param name="MarketSlug">Null when the link names only an event.</param>
internal sealed partial record MarketLink(string? EventSlug, string? MarketSlug)
{
    private static readonly string[] Hosts = ["polymarket.com", "www.polymarket.com"];

    /// <summary>The link in a message, if its first word that looks like one is exactly Polymarket's: that host, https or http, no user, no port.</summary>
    public static MarketLink? Find(string text) => PathOf(text) switch
    {
        ["event", var evt] when IsSlug(evt) => new MarketLink(evt, null),
        ["event", var evt, var market] when IsSlug(evt) && IsSlug(market) => new MarketLink(evt, market),
        ["market", var market] when IsSlug(market) => new MarketLink(null, market),
        _ => null,
    };

    /// <summary>The parts of such a link's path, without the language; null when there is no such link.</summary>
    public static string[]? PathOf(string text)
    {
        var word = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(w => w.Contains("polymarket", StringComparison.OrdinalIgnoreCase));
        if (word is not { Length: <= 2_000 })
            return null;
        if (!word.Contains("://", StringComparison.Ordinal))
            word = "https://" + word;
        if (word.Any(c => c is '\\' or '@' or < '!' or > '~') || !Uri.TryCreate(word, UriKind.Absolute, out var uri))
            return null;
        if (uri.Scheme is not ("https" or "http") || uri.UserInfo.Length > 0 || !uri.IsDefaultPort || HasPort(word) || !Hosts.Contains(uri.Host, StringComparer.Ordinal))
            return null;
        var parts = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts is [{ Length: 2 }, ..] ? parts[1..] : parts; // /fr/event/…
    }

    /// <summary>Whether a slug of the venue may go into an address we show.</summary>
    public static bool IsSlug(string? text) => text is not null && Slug().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9-]{1,200}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Slug();

    // Uri hides :443; a port in the text is refused whatever it is
    private static bool HasPort(string word)
    {
        var authority = word[(word.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var end = authority.IndexOfAny(['/', '?', '#']);
        return (end < 0 ? authority : authority[..end]).Contains(':');
    }
}
