using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>The latest quote of every token somebody cares about. Reading is lock-free and never waits for the feed.</summary>
public interface IQuoteBoard
{
    /// <summary>The dense number of a token, made on first use and kept for the process's life; arrays are indexed by it.</summary>
    /// <param name="token">The outcome token.</param>
    /// <param name="minOrderSize">The market's minimum order: the trigger bid is the level where this size is reached.</param>
    int Slot(TokenId token, Shares minOrderSize);

    /// <summary>The latest quote; false while none was ever seen.</summary>
    bool TryRead(TokenId token, out Quote quote);

    /// <summary>A copy of the whole book, best first; null when it is not followed or not trusted now. Allocates: never on the tick path.</summary>
    BookSnapshot? Depth(TokenId token);
}

/// <summary>One token's quote after a change of its book.</summary>
/// <param name="Slot">The token's dense number.</param>
/// <param name="BestBid">Zero when there is no bid.</param>
/// <param name="BestAsk">One when there is no ask.</param>
/// <param name="TriggerBid">The bid level at which the cumulative size from the best reaches the minimum order; zero when it never does. Stops and takes are judged by it, P&amp;L is shown at it.</param>
/// <param name="LastTrade">The last print seen on this token, or on its sibling at the complement; zero when none.</param>
/// <param name="LastTradeAt">TimeProvider.GetTimestamp of that print.</param>
/// <param name="ReceivedAt">TimeProvider.GetTimestamp at which the frame was read from the socket (or the REST answer arrived).</param>
/// <param name="Version">Grows with every change of the token's book.</param>
/// <param name="Trust">Whether it may fire exits.</param>
public readonly record struct Quote(
    int Slot, TokenId Token, Price BestBid, Price BestAsk, Price TriggerBid, Price LastTrade, long LastTradeAt, long ReceivedAt, long Version, QuoteTrust Trust)
{
    /// <summary>Between bid and ask; null when a side is empty.</summary>
    public decimal? Mid => BestBid > Price.Zero && BestAsk < Price.One ? (BestBid.TenThousandths + BestAsk.TenThousandths) / (2m * Price.Scale) : null;
}

public enum QuoteTrust : byte
{
    /// <summary>No snapshot yet, the connection is gone, or its watchdog fired: for display only.</summary>
    None,

    /// <summary>From a live connection's snapshot and changes.</summary>
    Live,

    /// <summary>From REST while the socket is down.</summary>
    Rest,

    /// <summary>Bid at or above ask: waits to uncross or be re-seeded; never fires.</summary>
    Crossed,

    /// <summary>Bid at most one tick, ask at least one minus a tick: an empty or ghost book; never fires.</summary>
    Phantom,
}

/// <summary>Hears every change on the socket's thread, exits first. Must not wait, allocate or throw.</summary>
/// <remarks>One token is never told from two threads at once, different tokens are (one thread per 200 tokens). The board already shows the quote. A quote of trust None says that the price is no longer live.</remarks>
public interface IQuoteListener
{
    /// <summary>Lower is told first: exits 0, display 100.</summary>
    int Order { get; }

    void OnQuote(in Quote quote);
}

/// <summary>Hears what the feed says about whole markets and about itself; called off the tick path, may wait.</summary>
public interface IFeedListener
{
    /// <summary>The venue's feed announced the winner. The catalogue has been refreshed where it could be.</summary>
    ValueTask ResolvedAsync(string conditionId, TokenId winner, CancellationToken ct);

    /// <summary>Tick size changed: resting orders and thresholds off the new grid need attention.</summary>
    ValueTask TickSizeChangedAsync(TokenId token, Price tick, CancellationToken ct);

    /// <summary>Exits of these tokens lost (or regained) their live price; while lost they are read by REST each second.</summary>
    ValueTask ProtectionChangedAsync(IReadOnlyCollection<TokenId> tokens, bool live, string reason, CancellationToken ct);

    /// <summary>The venue has no book for the token any more (404: proposed, closed) or has one again.</summary>
    ValueTask BookChangedAsync(TokenId token, bool exists, CancellationToken ct);
}

/// <summary>What must be streamed: markets somebody holds or has armed. Both tokens of a market are followed.</summary>
public interface IQuoteInterest
{
    /// <summary>Follows the market from now on; idempotent, returns at once.</summary>
    void Add(string marketId);

    /// <summary>Nobody needs the market any more.</summary>
    void Remove(string marketId);
}

/// <summary>The truth behind the interest, read at start and swept every 5 minutes. Implemented by Positions and Trading.</summary>
public interface IInterestSource
{
    /// <param name="ct">Cancels the read.</param>
    /// <returns>Market ids, and the tokens of them that have armed exits.</returns>
    Task<IReadOnlyCollection<(string MarketId, IReadOnlyCollection<TokenId> Armed)>> InterestAsync(CancellationToken ct);
}
