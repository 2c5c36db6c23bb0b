using System.Text.Json.Serialization;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading;

/// <summary>Orders of users. Has an HTTP twin. Refusals carry stable codes (order.*, market.*, position.*, trading.paused, idempotency.*).</summary>
public interface ITrading
{
    /// <summary>What the order would do to the book now: shares, average, worst price, fee.</summary>
    Task<Result<OrderPreview>> PreviewAsync(long userId, PlaceOrder order, CancellationToken ct);

    /// <summary>Decides, commits, sends. The same idempotency key and body give the first answer again.</summary>
    /// <returns>At the latest after 5 s; status "unknown" when the venue has not answered by then.</returns>
    Task<Result<OrderPlaced>> PlaceAsync(long userId, string idempotencyKey, PlaceOrder order, CancellationToken ct);

    /// <summary>Cancels a resting order. order.not_cancellable when it is terminal.</summary>
    Task<Result<OrderView>> CancelAsync(long userId, Guid orderId, CancellationToken ct);

    Task<OrderView?> GetAsync(long userId, Guid orderId, CancellationToken ct);

    Task<Page<OrderView>> ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct);

    /// <summary>Sells a fraction (0 to 1] of what is sellable; fixed to shares when first accepted.</summary>
    Task<Result<OrderPlaced>> CloseAsync(long userId, string idempotencyKey, Guid positionId, decimal fraction, CancellationToken ct);

    /// <summary>Reconciles the user with the venue now: orders, trades, balances.</summary>
    Task<Result<SyncReport>> SyncAsync(long userId, CancellationToken ct);

    /// <summary>The kill switch: stops entries of one user or, with null, of everybody; exits and closing stay allowed. Journalled with the reason.</summary>
    Task PauseAsync(long? userId, bool paused, string reason, string by, CancellationToken ct);

    /// <summary>Whether entries are stopped, and why; null when they are not.</summary>
    Task<string?> PausedAsync(long userId, CancellationToken ct);
}

/// <summary>An order a user wants. Give AmountUsd (a market BUY: includes the fee) or Shares.</summary>
/// <param name="LimitPrice">Worst price; required for GTC and GTD, for FAK and FOK defaults to the best opposite price and MaxSlippage.</param>
/// <param name="MaxSlippage">0 to 1, relative to the best opposite price.</param>
/// <param name="ExpiresAt">GTD only, at least 3 minutes ahead.</param>
public sealed record PlaceOrder(
    string MarketId, string Outcome, Side Side, OrderType Type, decimal? AmountUsd = null, decimal? Shares = null, decimal? LimitPrice = null,
    bool PostOnly = false, decimal? MaxSlippage = null, decimal? TakeProfit = null, decimal? StopLoss = null, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>Its slippage and its limit may not go beyond the user's own maxSlippage: limit.raise. Set by who takes the order, never by who sends it.</summary>
    [JsonIgnore]
    public bool KeepsToSettings { get; init; }
}

/// <param name="WarningsSaid">The warnings for other languages.</param>
public sealed record OrderPreview(
    string MarketId, string Outcome, Side Side, OrderType Type, Shares Shares, decimal? AveragePrice, Price? WorstPrice, Price? BestPrice, Usdc Amount, Usdc Fee, Usdc Total,
    bool FillsCompletely, IReadOnlyList<string> Warnings, IReadOnlyList<Said>? WarningsSaid = null);

/// <param name="Status">submitted, live, matched, filled, partially_filled, delayed, cancelled, rejected, failed, unknown.</param>
public sealed record OrderPlaced(Guid OrderId, string OrderHash, string Status, Shares FilledShares, decimal? AveragePrice, Guid? PositionId, Error? Error = null);

/// <param name="ReasonSaid">The reason for other languages; null: one that its code alone tells.</param>
public sealed record OrderView(
    Guid Id, string OrderHash, string MarketId, string Question, string Outcome, TokenId TokenId, Side Side, OrderType Type, Price? Price, Shares Shares, Shares FilledShares,
    decimal? AveragePrice, Usdc Fee, string Status, string? Reason, string Origin, Guid? PositionId, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string? ReasonCode = null, Said? ReasonSaid = null);

public sealed record SyncReport(int Orders, int Fills, int Adjustments, DateTimeOffset At);

/// <summary>Decides and sends orders for code: exits today, copies tomorrow. One decision is one row, however often it is asked.</summary>
public interface IOrderDesk
{
    /// <summary>In one transaction: locks, reserves, signs and commits every order of the batch whose decision is new. Nothing is sent.</summary>
    /// <remarks>A SELL is cut to what is sellable; attempt n + 1 of an exit is refused while an earlier one may still fill.</remarks>
    /// <returns>One result per request, in order: the committed order, or why not (order.duplicate_decision, order.pending_attempt, order.not_sellable, order.balance, order.amount, trading.paused, market.closed …).</returns>
    Task<IReadOnlyList<Result<CommittedOrder>>> DecideAsync(IReadOnlyList<Decision> batch, CancellationToken ct);

    /// <summary>Sends committed orders in parallel and records each answer; Unknown stays reserved and is looked up by hash in the background.</summary>
    Task<IReadOnlyList<OrderOutcome>> SendAsync(IReadOnlyList<CommittedOrder> orders, CancellationToken ct);

    /// <summary>Cancels the user's own resting sells of a token and waits for the venue's word.</summary>
    Task CancelSellsAsync(Guid walletId, TokenId token, CancellationToken ct);

    /// <summary>Cancels orders that may still fill and waits for the venue's word; those that ended are passed over.</summary>
    Task CancelAsync(IReadOnlyCollection<Guid> orderIds, CancellationToken ct);

    /// <summary>Where the orders of these decisions stand, by key: what a restart asks before it decides again. Keys that never became an order are missing.</summary>
    Task<IReadOnlyDictionary<string, OrderOutcome>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken ct);

    /// <summary>Which of these hashes are orders that this product signed.</summary>
    Task<IReadOnlySet<string>> OwnAsync(IReadOnlyCollection<string> orderHashes, CancellationToken ct);
}

/// <summary>Stands in every transaction that decides entries, by hand or by code: what it refuses is never ordered. Exits are never asked.</summary>
public interface IEntryGuard
{
    /// <summary>Judges BUYs that are about to be reserved, signed and inserted in this transaction, one after the other: each sees those before it.</summary>
    /// <param name="db">The deciding transaction; a user's own (row-level security) or a worker's.</param>
    /// <param name="entries">What would be bought.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>In order: the refusal, or null.</returns>
    Task<IReadOnlyList<Error?>> RefuseAsync(PolyContext db, IReadOnlyList<Entry> entries, CancellationToken ct);
}

/// <summary>What a guard of entries may ask; it stands below the desk, which asks the guards.</summary>
public interface IPlacedEntries
{
    /// <summary>Entries that may still fill, and those decided since a moment; null users: of everybody.</summary>
    Task<IReadOnlyList<PlacedEntry>> ReadAsync(PolyContext db, DateTimeOffset since, IReadOnlyCollection<long>? userIds, CancellationToken ct);

    /// <summary>Which follow each order was made for; orders of no follow are missing.</summary>
    Task<IReadOnlyDictionary<Guid, Guid>> FollowsOfAsync(PolyContext db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct);
}

/// <param name="Reserved">pUSD it may still spend; zero once it has ended.</param>
public sealed record PlacedEntry(long UserId, string MarketId, Guid? FollowId, Usdc Reserved, DateTimeOffset DecidedAt);

/// <param name="Cost">pUSD at most, fees included.</param>
/// <param name="Origin">manual or copy.</param>
public sealed record Entry(long UserId, Guid WalletId, string MarketId, string? EventId, TokenId Token, Usdc Cost, string Origin, Guid? FollowId);

/// <summary>Told after the commit that made an order terminal or changed what it filled.</summary>
public interface IOrderListener
{
    ValueTask OrderChangedAsync(OrderOutcome outcome, CancellationToken ct);
}

/// <summary>Modules above know more users whom a pause of everybody concerns: those who follow somebody.</summary>
public interface IPauseAudience
{
    Task<IReadOnlyCollection<long>> UsersAsync(PolyContext db, CancellationToken ct);
}

/// <summary>A decision to order, by code.</summary>
/// <param name="Key">The decision itself ("exit:{exit}:{arming}:{attempt}", "copy:{follow}:{trade}"): unique for ever.</param>
/// <param name="WorstPrice">Always sent.</param>
/// <param name="Shares">SELL, and BUY by limit.</param>
/// <param name="Amount">BUY by FAK or FOK: pUSD to spend without fee.</param>
/// <param name="Origin">exit or copy.</param>
/// <param name="TickReceivedAt">When the frame that led here was read; null when no tick did.</param>
/// <param name="TakeProfit">BUY: armed with the first fill.</param>
/// <param name="StopLoss">BUY: armed with the first fill.</param>
public sealed record Decision(
    string Key, long UserId, Guid WalletId, string MarketId, TokenId Token, Side Side, OrderType Type, Shares? Shares, Usdc? Amount, Price WorstPrice,
    string Origin, Guid? PositionId, Guid? ExitId, int ExitArming, int ExitAttempt, Guid? FollowId = null, string? LeaderTradeId = null, DateTimeOffset? TickReceivedAt = null,
    Price? TakeProfit = null, Price? StopLoss = null);

/// <summary>An order that stands in the database and may be sent, within 10 s of the decision.</summary>
/// <param name="Shares">What was signed: a SELL may have been cut to what is sellable.</param>
public sealed record CommittedOrder(Guid OrderId, string Key, OutgoingOrder Outgoing, Decision Decision, Shares Shares, DateTimeOffset DecidedAt);

/// <param name="Terminal">No further fills can come, as far as the venue says.</param>
/// <param name="Held">Not accepted now (425, post-only …): judge again after RetryAfter.</param>
public sealed record OrderOutcome(Guid OrderId, string OrderHash, string Status, bool Terminal, bool Held, TimeSpan? RetryAfter, Shares Filled, Usdc Collateral, Error? Error, Decision? Decision, DateTimeOffset? SubmittedAt, DateTimeOffset? AckedAt);
