using System.Text.Json.Serialization;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Indexing;

/// <summary>What a watched wallet traded, in its own token and side.</summary>
/// <param name="Id">The trade's identity: transaction, wallet, token, side, micro-shares, occurrence in the transaction. No price: sources round it differently.</param>
/// <param name="Leader">The address that was given to be watched, lower-case 0x.</param>
/// <param name="Wallet">The wallet that traded: the leader, or one derived from it.</param>
/// <param name="OrderHash">The leader's order; null when the source does not say. Fills of one order are one intention.</param>
/// <param name="MarketId">Null while the catalogue does not know the token.</param>
/// <param name="Collateral">pUSD moved, without the fee.</param>
/// <param name="IsTaker">The leader's order was the aggressor; null when the source does not say.</param>
/// <param name="Counterparty">The other wallet, where the source names it.</param>
/// <param name="IsAdvance">Seen in a feed before the chain; the chain fill of the same wallet, token, side and size consumes it.</param>
/// <param name="IsBackfilled">Found while catching up: too late to buy after.</param>
/// <param name="MatchedAt">When the venue matched it, if the source says.</param>
/// <param name="SeenAt">When we saw it.</param>
public sealed record LeaderTrade(
    string Id, string Leader, string Wallet, LeaderTradeSource Source, string TransactionHash, string? OrderHash,
    TokenId Token, string? ConditionId, string? MarketId, string? Outcome, Side Side, Shares Shares, Usdc Collateral, bool? IsTaker, string? Counterparty,
    bool IsAdvance, bool IsBackfilled, DateTimeOffset? MatchedAt, long? BlockNumber, DateTimeOffset? BlockAt, DateTimeOffset SeenAt)
{
    /// <summary>pUSD per share, without the fee; fills are off the grid.</summary>
    public decimal Price => Shares.Micros == 0 ? 0 : Collateral.Micros / (decimal)Shares.Micros;
}

[JsonConverter(typeof(JsonStringEnumConverter<LeaderTradeSource>))]
public enum LeaderTradeSource
{
    [JsonStringEnumMemberName("chain")] Chain,
    [JsonStringEnumMemberName("rtds")] Rtds,
    [JsonStringEnumMemberName("data")] DataApi,
}

/// <summary>Shares that left or reached a watched wallet without a trade: merge, split, conversion, redemption or transfer.</summary>
/// <param name="Id">Unique for ever.</param>
/// <param name="Kind">merge, split, convert, redeem, transfer.</param>
/// <param name="Delta">Signed micro-shares of the wallet.</param>
/// <param name="HeldBefore">What the wallet held just before, micro-shares: the share that left is -Delta / HeldBefore.</param>
public sealed record LeaderMove(string Id, string Leader, string Wallet, string Kind, TokenId Token, string? MarketId, long Delta, long HeldBefore, string TransactionHash, DateTimeOffset SeenAt);

/// <summary>Hears what leaders do, after it was stored; at least once, in each leader's order.</summary>
/// <remarks>A call that throws is repeated, also after a restart: what was stored and not taken is told again.</remarks>
public interface ILeaderTradeListener
{
    Task TradesAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct);

    /// <summary>A reorganisation of the chain removed trades that had been told.</summary>
    Task RemovedAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct);

    /// <summary>Shares moved without a trade.</summary>
    Task MovedAsync(IReadOnlyList<LeaderMove> moves, CancellationToken ct);
}

/// <summary>Whoever needs leaders to be watched besides those added by hand; asked at start, after <see cref="ILeaders.RefreshAsync"/> and every minute.</summary>
public interface IWatchSource
{
    /// <summary>Lower-case 0x addresses.</summary>
    Task<IReadOnlyCollection<string>> LeadersAsync(CancellationToken ct);
}
