using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Streaming;

/// <summary>What is wrong with the live feed, as people read it. A fault travels as its English words; what ended a connection is foreign.</summary>
public static class FeedFaults
{
    internal static readonly Phrase Disabled = new("feed.disabled", "disabled");
    internal static readonly Phrase Connecting = new("feed.connecting", "connecting");
    internal static readonly Phrase Mute = new("feed.mute", "feed mute: the venue has books that it does not send");
    internal static readonly Phrase NoBook = new("feed.no_book", "no book from the feed");
    internal static readonly Phrase Garbled = new("feed.garbled", "unreadable messages: more than 1 % in the last minute");
    internal static readonly Phrase Tokenless = new("feed.tokenless", "no token ids for {0} markets");
    internal static readonly Phrase Blocked = new("feed.blocked", "blocked: the venue refuses our REST requests");
    private static readonly Phrase Ended = new("feed.ended", "{0}");

    /// <summary>The fault of a connection, or of a token that has no live price, as a sentence.</summary>
    public static Said Of(string fault) => (fault == Mute.English ? Mute : fault == NoBook.English ? NoBook : null)?.With() ?? Ended.With(fault);
}
