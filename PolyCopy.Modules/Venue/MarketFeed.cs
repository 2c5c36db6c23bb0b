using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Venue;

/// <summary>The venue's market channel: quotes in. Which tokens a connection carries, and when it is given up, is the streamer's business.</summary>
public interface IMarketFeed
{
    /// <summary>Opens a connection that reads on a thread of its own; nothing is subscribed yet.</summary>
    /// <param name="sink">Hears everything that arrives, on that thread.</param>
    /// <param name="ct">Gives the attempt up.</param>
    /// <exception cref="VenueException">Blocked (403), RateLimited or Unreachable.</exception>
    Task<IMarketConnection> ConnectAsync(IMarketSink sink, CancellationToken ct);
}

/// <summary>An open connection. Sending may be done from any thread; disposing closes it at once.</summary>
public interface IMarketConnection : IDisposable
{
    /// <summary>Completes when no more frames will come, with the reason; never faults.</summary>
    Task<string> Closed { get; }

    /// <summary>Asks for tokens; the venue answers with one array of their books, and not at all for tokens it already sends here.</summary>
    /// <exception cref="IOException">The connection is gone; <see cref="Closed"/> completes too.</exception>
    void Subscribe(IReadOnlyCollection<TokenId> tokens);

    /// <summary>Gives tokens up; a later <see cref="Subscribe"/> brings a fresh book.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    void Unsubscribe(IReadOnlyCollection<TokenId> tokens);

    /// <summary>Sends the text PING that the venue wants every 10 s.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    void Ping();
}

/// <summary>Hears one connection on its reader thread. Tokens are numbers that the sink itself gives out; spans are valid during the call only.</summary>
/// <remarks>Facts: CLOB market channel, docs.polymarket.com 2026-10. Must not wait, allocate or throw on <see cref="Changes"/>.</remarks>
public interface IMarketSink
{
    /// <summary>A block of bytes was read: the calls up to <see cref="End"/> come from it.</summary>
    void Begin();

    /// <summary>The block's end.</summary>
    /// <param name="frames">Messages in it, PONG and notices included.</param>
    void End(int frames);

    /// <summary>The sink's number of a token, negative when it is of no interest (the venue sends siblings unasked).</summary>
    /// <param name="token">Decimal digits in UTF-8.</param>
    int Find(ReadOnlySpan<byte> token);

    /// <summary>A whole book: replaces what was known.</summary>
    void Book(in BookMessage book);

    /// <summary>Changes of levels, all of one message, of tokens the sink knows.</summary>
    void Changes(ReadOnlySpan<LevelChange> changes, long venueMs);

    /// <summary>A print on a token; one per settlement transaction.</summary>
    void Trade(int token, Price price, long venueMs);

    /// <summary>The price grid became finer or coarser: the book's levels are void.</summary>
    void TickSize(int token, Price tick, long venueMs);

    /// <summary>The market is decided.</summary>
    void Resolved(ReadOnlySpan<byte> conditionId, ReadOnlySpan<byte> winner);

    /// <summary>PONG: proves the socket, not the feed.</summary>
    void Pong();

    /// <summary>A text that is no JSON (NO NEW ASSETS, INVALID OPERATION), "[]" (none of the tokens has a book) or an event of a kind we do not know.</summary>
    void Notice(ReadOnlySpan<byte> text);

    /// <summary>A message that could not be read; something may have been missed.</summary>
    void Malformed(ReadOnlySpan<byte> message);
}

/// <summary>A level's new aggregate size.</summary>
/// <param name="Token">The sink's number.</param>
/// <param name="Size">Zero removes the level.</param>
/// <param name="BestBid">After the change: zero when there is no bid, negative when the message does not say.</param>
/// <param name="BestAsk">After the change: one when there is no ask, negative when the message does not say.</param>
public readonly record struct LevelChange(int Token, Side Side, Price Price, Shares Size, Price BestBid, Price BestAsk);

/// <summary>A book as it came, levels in the order of the message.</summary>
public readonly ref struct BookMessage
{
    /// <summary>The sink's number.</summary>
    public int Token { get; init; }

    public ReadOnlySpan<Level> Bids { get; init; }

    public ReadOnlySpan<Level> Asks { get; init; }

    /// <summary>Zero when the message does not say.</summary>
    public Price TickSize { get; init; }

    /// <summary>Zero when the message does not say.</summary>
    public Shares MinOrderSize { get; init; }

    /// <summary>The venue's time of the book, Unix milliseconds.</summary>
    public long VenueMs { get; init; }
}
