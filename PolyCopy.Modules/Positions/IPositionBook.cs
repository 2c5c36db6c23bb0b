using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Positions;

/// <summary>The ledger and its folds, used inside the caller's transaction (WorkerScope or UserScope): append-only rows first, positions and cash follow from them.</summary>
/// <remarks>
/// Each list variant is a handful of statements whatever its length; use it when several wallets change in one transaction, it takes its locks in one fixed order.
/// Booking locks the wallets' cash rows. Reserving takes the <see cref="Locks"/> itself; callers that read funds before they size an order take them before they read.
/// </remarks>
public interface IPositionBook
{
    /// <summary>Appends a trade row per fill and folds it into its position (opening an episode if there is none) and the wallet's cash.
    /// A fill seen before changes nothing, except that a later status than the known one is booked as by SettleAsync.</summary>
    /// <returns>What each fill changed, in order; <see cref="Booked.IsNew"/> false for a repeat.</returns>
    Task<IReadOnlyList<Booked>> BookAsync(PolyContext db, IReadOnlyList<Fill> fills, CancellationToken ct);

    /// <inheritdoc cref="BookAsync(PolyContext, IReadOnlyList{Fill}, CancellationToken)"/>
    async Task<Booked> BookAsync(PolyContext db, Fill fill, CancellationToken ct) => (await BookAsync(db, [fill], ct))[0];

    /// <summary>Appends what became of a fill: mined or confirmed makes shares sellable, failed appends the reversal. Repeats and steps backwards change nothing, nor does a fill that was never booked.</summary>
    /// <remarks>A failure recomputes the episode as if the fill had never been: a closed one reopens, or hands its shares over when a newer one is open.
    /// Confirmed and failed are final; what contradicts them is left to the sync, which compares balances.</remarks>
    Task<Booked> SettleAsync(PolyContext db, string orderHash, string tradeId, SettlementStatus status, string? transactionHash, CancellationToken ct);

    /// <summary>Pays every open position of a resolved market (payout per share by outcome index) and closes it as resolved.</summary>
    Task<IReadOnlyList<Booked>> ResolveAsync(PolyContext db, string marketId, IReadOnlyList<TokenId> tokens, IReadOnlyList<decimal> payouts, CancellationToken ct);

    /// <summary>Brings shares or cash to what the venue reports, by an appended adjust or transfer row that says why. Never takes more shares than there are.</summary>
    Task<Booked> AdjustAsync(PolyContext db, Adjustment adjustment, CancellationToken ct);

    /// <summary>Whether an adjustment with this key has been booked.</summary>
    Task<bool> IsAdjustedAsync(PolyContext db, string key, CancellationToken ct);

    /// <summary>Reserves cash (token null) or shares for orders, in order, with a few set-based statements. One that is refused (order.balance or order.not_sellable: not enough free) leaves the others alone.</summary>
    Task<IReadOnlyList<Result<Reservation>>> ReserveAsync(PolyContext db, IReadOnlyList<Reserve> requests, CancellationToken ct);

    /// <summary>Sets what orders still reserve; zero frees it. Orders that reserve nothing are passed over. Set-based.</summary>
    Task ReleaseAsync(PolyContext db, IReadOnlyCollection<Release> orders, CancellationToken ct);

    /// <summary>Fills that are neither confirmed nor failed, oldest first; null wallet: of every wallet.</summary>
    Task<IReadOnlyList<UnsettledFill>> UnsettledAsync(PolyContext db, Guid? walletId, CancellationToken ct);

    /// <summary>Who holds the tokens of a market now: what must be locked before it is resolved.</summary>
    Task<IReadOnlyList<Holder>> HoldersAsync(PolyContext db, string marketId, CancellationToken ct);

    /// <summary>Every wallet that holds something now, in whatever market; the one with the newest position first.</summary>
    Task<IReadOnlyList<HoldingWallet>> HoldingWalletsAsync(PolyContext db, CancellationToken ct);

    /// <summary>What each wallet has free now: cash, or sellable shares of a token; in order.</summary>
    Task<IReadOnlyList<Funds>> FundsAsync(PolyContext db, IReadOnlyList<FundsOf> of, CancellationToken ct);

    /// <inheritdoc cref="FundsAsync(PolyContext, IReadOnlyList{FundsOf}, CancellationToken)"/>
    async Task<Funds> FundsAsync(PolyContext db, Guid walletId, TokenId? token, CancellationToken ct) => (await FundsAsync(db, [new FundsOf(walletId, token)], ct))[0];

    /// <summary>The open episode of each wallet and token, in order; null when flat.</summary>
    Task<IReadOnlyList<OpenPosition?>> OpenAsync(PolyContext db, IReadOnlyList<(Guid WalletId, TokenId Token)> of, CancellationToken ct);

    /// <inheritdoc cref="OpenAsync(PolyContext, IReadOnlyList{ValueTuple{Guid, TokenId}}, CancellationToken)"/>
    async Task<OpenPosition?> OpenAsync(PolyContext db, Guid walletId, TokenId token, CancellationToken ct) => (await OpenAsync(db, [(walletId, token)], ct))[0];

    /// <summary>By id, open or closed; in order, null for an unknown id.</summary>
    Task<IReadOnlyList<OpenPosition?>> FindAsync(PolyContext db, IReadOnlyList<Guid> positionIds, CancellationToken ct);

    /// <inheritdoc cref="FindAsync(PolyContext, IReadOnlyList{Guid}, CancellationToken)"/>
    async Task<OpenPosition?> FindAsync(PolyContext db, Guid positionId, CancellationToken ct) => (await FindAsync(db, [positionId], ct))[0];

    /// <summary>What moved the shares of the open episodes, oldest first, without fills that failed: whoever attributes shares to orders folds these.</summary>
    Task<IReadOnlyList<ShareMove>> MovesAsync(PolyContext db, IReadOnlyCollection<(Guid WalletId, TokenId Token)> of, CancellationToken ct);

    /// <summary>What is at stake in open positions, by user and market; null users: of everybody.</summary>
    Task<IReadOnlyList<Exposure>> ExposuresAsync(PolyContext db, IReadOnlyCollection<long>? userIds, CancellationToken ct);

    /// <summary>Realised P&amp;L since a moment, net of fees, by user, market and order; null users: of everybody.</summary>
    Task<IReadOnlyList<Realised>> RealisedAsync(PolyContext db, DateTimeOffset since, IReadOnlyCollection<long>? userIds, CancellationToken ct);

    /// <summary>What these orders have realised so far, net of fees; those that realised nothing are not in it.</summary>
    Task<IReadOnlyDictionary<Guid, Usdc>> RealisedAsync(PolyContext db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct);

    /// <summary>Which of these orders have only fills that are confirmed on chain, and when the last one was.</summary>
    Task<IReadOnlyDictionary<Guid, DateTimeOffset>> ConfirmedAsync(PolyContext db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct);

    /// <summary>Writes the projection take_profit and stop_loss of a position's exits.</summary>
    Task ProjectExitsAsync(PolyContext db, Guid positionId, Price? takeProfit, Price? stopLoss, CancellationToken ct);
}

/// <param name="Cost">pUSD paid for what is held, without fees.</param>
/// <param name="Value">pUSD at the trigger bid.</param>
public sealed record Exposure(long UserId, string MarketId, Usdc Cost, Usdc Value);

/// <param name="OrderId">Ours; null for what was moved, redeemed or traded elsewhere.</param>
/// <param name="Micros">Signed micro-pUSD.</param>
public sealed record Realised(long UserId, string MarketId, Guid? OrderId, long Micros);

/// <param name="OrderId">Ours; null for what was moved otherwise.</param>
/// <param name="Shares">Signed micro-shares.</param>
/// <param name="Usdc">Signed micro-pUSD without the fee.</param>
public sealed record ShareMove(long UserId, Guid WalletId, TokenId Token, string MarketId, string Outcome, Guid? OrderId, long Shares, long Usdc, DateTimeOffset At);

/// <summary>Told after a commit that changed positions; P&amp;L, interest and exits follow from it.</summary>
public interface IPositionListener
{
    /// <summary>In memory only, quick, off the tick path; runs after the transaction committed.</summary>
    void Committed(IReadOnlyList<Booked> changes);
}

/// <summary>Tells the listeners, once the transaction has committed.</summary>
public interface IPositionFeed
{
    void Publish(IReadOnlyList<Booked> changes);
}

public static class Locks
{
    /// <summary>Serialises cash of a wallet.</summary>
    public static string Cash(Guid walletId) => $"cash:{walletId:N}";

    /// <summary>Serialises shares of a wallet's token.</summary>
    public static string Token(Guid walletId, TokenId token) => $"token:{walletId:N}:{token}";
}

/// <summary>A fill of one of our orders, or of the same wallet from elsewhere (import, sync).</summary>
/// <param name="Collateral">pUSD moved, without the fee.</param>
/// <param name="Fee">pUSD, on top of a BUY, out of a SELL.</param>
/// <param name="Origin">manual, exit, copy, import, sync.</param>
public sealed record Fill(
    long UserId, Guid WalletId, string MarketId, string ConditionId, TokenId Token, string Outcome, Side Side,
    Shares Shares, Usdc Collateral, Usdc Fee, string OrderHash, string TradeId, Guid? OrderId, string Origin,
    SettlementStatus Status, DateTimeOffset At, string? TransactionHash);

/// <param name="IsNew">Something was appended: publish it. False for a repeat.</param>
/// <param name="Position">State after; null when only cash moved.</param>
/// <param name="Opened">This opened the episode, or reopened a closed one (its closing sell failed).</param>
/// <param name="Closed">The episode is flat now (below 0.01 share) or resolved.</param>
/// <param name="SharesDelta">Signed change of size.</param>
/// <param name="SellableDelta">Signed change of mined or confirmed shares.</param>
/// <param name="RealisedPnl">Signed change of realised P&amp;L, net of fees: a buy costs its fee.</param>
/// <param name="Act">What was booked; a fill that is told again with a later status is a settlement or a failure.</param>
public sealed record Booked(bool IsNew, OpenPosition? Position, bool Opened, bool Closed, long SharesDelta, long SellableDelta, Usdc RealisedPnl, BookedAct Act = BookedAct.Other);

public enum BookedAct
{
    /// <summary>Resolution, adjustment, or nothing.</summary>
    Other,

    /// <summary>A fill the ledger had not known.</summary>
    Traded,

    /// <summary>A known fill was mined or confirmed.</summary>
    Settled,

    /// <summary>A known fill failed and was reversed.</summary>
    Failed,
}

/// <summary>A position as its ledger says it is, in micro-units.</summary>
/// <param name="Settling">Matched, not yet mined.</param>
/// <param name="Sellable">Mined or confirmed, before reservations.</param>
/// <param name="Cost">pUSD paid for what is held now, without fees.</param>
/// <param name="Realised">pUSD gained on what was sold or redeemed, before fees.</param>
public sealed record OpenPosition(
    Guid Id, long UserId, Guid WalletId, string MarketId, TokenId Token, string Outcome, string Status, string Origin,
    Shares Size, Shares Settling, Shares Sellable, Shares Confirmed, Usdc Cost, Usdc FeesPaid, Usdc Realised, long Revision, DateTimeOffset OpenedAt)
{
    /// <summary>Average paid per share, pUSD, without fees.</summary>
    public decimal EntryPrice => Size.Micros == 0 ? 0 : Cost.Micros / (decimal)Size.Micros;
}

/// <param name="Token">Null: cash.</param>
/// <param name="Delta">Signed micro-units.</param>
/// <param name="PricePerShare">What the shares count as having cost or brought; null: the present price coming in, their own cost going out. Split and merge move that much cash.</param>
/// <param name="Kind">transfer, adjust, split or merge.</param>
/// <param name="Key">Unique in the database (name the wallet in it): the same adjustment is booked once.</param>
public sealed record Adjustment(
    long UserId, Guid WalletId, string? MarketId, string? ConditionId, TokenId? Token, string? Outcome, long Delta, decimal? PricePerShare, string Kind, string Key, string Reason, DateTimeOffset At);

/// <param name="Token">Null: cash.</param>
public sealed record Reserve(Guid OrderId, long UserId, Guid WalletId, TokenId? Token, long Micros);

/// <param name="Token">Null: cash.</param>
public readonly record struct FundsOf(Guid WalletId, TokenId? Token);

public sealed record Reservation(Guid OrderId, TokenId? Token, long Micros);

/// <param name="RemainingMicros">What stays reserved; zero frees the order.</param>
public sealed record Release(Guid OrderId, long RemainingMicros);

/// <summary>A fill on its way to the chain: matched, mined or retrying.</summary>
public sealed record UnsettledFill(long UserId, Guid WalletId, TokenId Token, string OrderHash, string TradeId, SettlementStatus Status, DateTimeOffset At);

public sealed record Holder(long UserId, Guid WalletId, TokenId Token);

public sealed record HoldingWallet(Guid WalletId, long UserId);

/// <param name="Total">Cash, or mined and confirmed shares, micro-units.</param>
/// <param name="Reserved">Behind live, delayed and unknown orders.</param>
public sealed record Funds(long Total, long Reserved)
{
    public long Free => Math.Max(0, Total - Reserved);
}
