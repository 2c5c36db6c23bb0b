using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Venue;

/// <summary>The venue's live feed of everybody's trades (RTDS): early, lossy, without order hashes.</summary>
/// <remarks>Subscriptions activity/trades (taker and maker rows) and activity/orders_matched (taker rows); either has been dead for weeks while the other lived.</remarks>
public interface ITradeFeed
{
    /// <summary>Holds one connection until it ends, falls silent for 30 s, or is cancelled.</summary>
    /// <returns>Why it ended.</returns>
    Task<string> RunAsync(ITradeFeedListener listener, CancellationToken ct);
}

/// <summary>Hears one connection of the feed on its reader.</summary>
public interface ITradeFeedListener
{
    /// <summary>Whether this wallet is of interest; asked before anything of the frame is read.</summary>
    bool Wants(string wallet);

    /// <summary>A trade arrived, of whomever.</summary>
    /// <param name="type">trades or orders_matched.</param>
    void Alive(string type);

    /// <summary>A trade of a wallet that is wanted.</summary>
    void Trade(FeedTrade trade);
}

/// <param name="Wallet">Lower-case 0x: the wallet whose order was filled.</param>
/// <param name="Occurrence">The how-manieth identical fill of its transaction in this stream, from 0.</param>
/// <param name="ConditionId">Null when the feed leaves it out or it is no market's.</param>
/// <param name="Type">trades or orders_matched; "" from the Data API.</param>
/// <param name="At">By the venue: the match (RTDS) or the block (Data API), whole seconds.</param>
public sealed record FeedTrade(
    string Wallet, string Transaction, TokenId Token, string? ConditionId, string? Outcome, Side Side, Shares Shares, decimal Price, int Occurrence, string Type, DateTimeOffset At, string? Name);

/// <summary>The venue's history (Data API v2): complete but late, and never proof that something did not happen.</summary>
public interface ITradeHistory
{
    /// <summary>A wallet's trades between two times, taker and maker rows, oldest first.</summary>
    /// <exception cref="VenueException">It could not be read whole.</exception>
    Task<IReadOnlyList<FeedTrade>> TradesAsync(string wallet, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>What a wallet holds by the venue's books; seconds late, and an empty answer proves nothing.</summary>
    Task<IReadOnlyDictionary<TokenId, Shares>> HoldingsAsync(string wallet, CancellationToken ct);

    /// <summary>What a wallet's positions are worth by the venue, pUSD; null when it does not say.</summary>
    Task<decimal?> ValueAsync(string wallet, CancellationToken ct);

    /// <summary>The best wallets of the month by P&amp;L, best first.</summary>
    Task<IReadOnlyList<BoardRow>> LeaderboardAsync(int limit, CancellationToken ct);
}

/// <param name="Wallet">Lower-case 0x.</param>
public sealed record BoardRow(string Wallet, string? Name, decimal Pnl);
