using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying;

/// <summary>Follows, their rules, and why each trade of a leader was copied or not. Has an HTTP twin.</summary>
/// <remarks>
/// Pause, resume, delete and close-all are four verbs: none of the first three sells anything, and none stops mirrored sells of what is held. Only the rules' sells = none or manual,
/// or deleting with keepSells false, do that.
/// </remarks>
public interface ICopying
{
    /// <summary>Starts to follow; the call is the confirmation. What the leader holds already is not copied unless the rules ask.</summary>
    /// <returns>rules.* (a rule that cannot hold), leader.invalid, follow.self (an own wallet), follow.cycle (the leader follows the user, over however many others), follow.duplicate, wallet.unknown.</returns>
    Task<Result<FollowView>> CreateAsync(long userId, string leader, FollowRules rules, CancellationToken ct);

    /// <summary>A new version of the rules for entries from now on; what is held keeps the version it was opened under. rules.*, follow.unknown, follow.deleted.</summary>
    Task<Result<FollowView>> ChangeAsync(long userId, Guid followId, FollowRules rules, CancellationToken ct);

    /// <summary>Stops entries. Mirrored sells go on. follow.unknown, follow.deleted.</summary>
    Task<Result<FollowView>> PauseAsync(long userId, Guid followId, string? reason, CancellationToken ct);

    /// <summary>Lets entries happen again. follow.unknown, follow.deleted.</summary>
    Task<Result<FollowView>> ResumeAsync(long userId, Guid followId, CancellationToken ct);

    /// <summary>Ends the follow. What it holds is still sold when the leader sells, unless keepSells is false. follow.unknown.</summary>
    Task<Result<FollowView>> DeleteAsync(long userId, Guid followId, bool keepSells, CancellationToken ct);

    /// <summary>Sells all that the follow holds, and nothing else of the wallet. Follows go on as they were. follow.unknown.</summary>
    /// <returns>One decision per outcome held.</returns>
    Task<Result<IReadOnlyList<DecisionView>>> CloseAllAsync(long userId, Guid followId, CancellationToken ct);

    /// <summary>Without the deleted ones that hold nothing, newest first.</summary>
    Task<Page<FollowView>> ListAsync(long userId, int limit, string? cursor, CancellationToken ct);

    Task<FollowView?> GetAsync(long userId, Guid followId, CancellationToken ct);

    /// <summary>Rules as of a version; null when there is none.</summary>
    Task<FollowRules?> RulesAsync(long userId, Guid followId, int version, CancellationToken ct);

    /// <summary>One line per leader trade and follow, newest first; trades skipped for every follower alike are among them.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="followId">Null: of all follows.</param>
    /// <param name="verdict">copied, skipped, failed or null for all.</param>
    /// <param name="limit">1 to 200.</param>
    /// <param name="cursor">From the previous page.</param>
    /// <param name="ct">Cancels the read.</param>
    Task<Page<DecisionView>> DecisionsAsync(long userId, Guid? followId, string? verdict, int limit, string? cursor, CancellationToken ct);

    /// <summary>Why: everything that led to a decision.</summary>
    Task<DecisionView?> DecisionAsync(long userId, Guid decisionId, CancellationToken ct);

    /// <summary>What these rules would have done with the leader's trades of the last days; changes nothing. rules.*, leader.invalid.</summary>
    Task<Result<CopyPreview>> PreviewAsync(long userId, string leader, FollowRules rules, int days, CancellationToken ct);

    /// <summary>A link id under which others may review these rules. follow.unknown.</summary>
    Task<Result<string>> ShareAsync(long userId, Guid followId, CancellationToken ct);

    /// <summary>A shared follow, clamped to the reader's own limits; nothing starts by it. share.unknown.</summary>
    Task<Result<SharedFollow>> SharedAsync(long userId, string shareId, CancellationToken ct);
}

/// <summary>The recorded tape through the rules that judge live, for whoever operates.</summary>
public interface IReplay
{
    /// <param name="leader">Whose trades.</param>
    /// <param name="rules">By which rules.</param>
    /// <param name="cash">pUSD to begin with.</param>
    /// <param name="days">How far back, 1 to 90.</param>
    /// <param name="ct">Cancels the reading.</param>
    /// <returns>rules.*, leader.invalid.</returns>
    Task<Result<CopyPreview>> RunAsync(string leader, FollowRules rules, decimal cash, int days, CancellationToken ct);
}

/// <param name="Status">active, paused, deleted (and still selling what it holds).</param>
/// <param name="Reason">Why it is paused.</param>
/// <param name="Holdings">What it holds now, by its own orders.</param>
/// <param name="ReasonSaid">The reason for other languages; null: the owner's own words.</param>
public sealed record FollowView(
    Guid Id, string Leader, FollowRules Rules, int RulesVersion, string Status, string? Reason, IReadOnlyList<FollowHolding> Holdings, decimal SpentToday, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    Said? ReasonSaid = null);

/// <param name="RulesVersion">Under which it was opened.</param>
/// <param name="Cost">pUSD paid for what is held.</param>
public sealed record FollowHolding(string MarketId, string Outcome, TokenId TokenId, Shares Shares, Usdc Cost, int RulesVersion);

/// <summary>What became of one leader trade in one follow.</summary>
/// <param name="Verdict">copied, skipped or failed.</param>
/// <param name="Rule">The first rule that spoke against it; null when copied.</param>
/// <param name="Reason">In words, with the numbers.</param>
/// <param name="Steps">How the size came about.</param>
/// <param name="Amount">pUSD spent or to be spent (BUY).</param>
/// <param name="Shares">Filled.</param>
/// <param name="Book">The book that was seen, best levels.</param>
/// <param name="Feed">chain, rtds, data.</param>
/// <param name="ReasonSaid">The reason for other languages; null: foreign words, or none.</param>
/// <param name="StepsSaid">The steps for other languages.</param>
public sealed record DecisionView(
    Guid Id, Guid FollowId, string Leader, string LeaderTradeId, string? MarketId, string? Question, string? Outcome, Side Side, Side LeaderSide, decimal LeaderPrice, decimal LeaderAmount,
    string Verdict, string? Rule, string? Reason, IReadOnlyList<string> Steps, int RulesVersion, Usdc? Amount, Shares Shares, decimal? AveragePrice, Price? WorstPrice, decimal? Reference,
    BookSeen? Book, string Feed, string? OrderHash, Guid? OrderId, string? OrderStatus, DecisionStamps Stamps, Said? ReasonSaid = null, IReadOnlyList<Said>? StepsSaid = null);

/// <param name="Matched">By the venue, as the leader's source says.</param>
/// <param name="Block">Number of the block.</param>
/// <param name="Confirmed">Our last fill was confirmed on chain.</param>
public sealed record DecisionStamps(
    DateTimeOffset? Matched, long? Block, DateTimeOffset Seen, DateTimeOffset Decided, DateTimeOffset? Submitted, DateTimeOffset? Acked, DateTimeOffset? Confirmed, DateTimeOffset? BlockAt = null);

/// <summary>The best levels of a book at a decision, best first.</summary>
public sealed record BookSeen(IReadOnlyList<SeenLevel> Bids, IReadOnlyList<SeenLevel> Asks, string Version, DateTimeOffset At);

public sealed record SeenLevel(Price Price, Shares Size);

/// <param name="Trades">Of the leader, in the time.</param>
/// <param name="Spent">pUSD, buys.</param>
/// <param name="Pnl">pUSD, with what would still be held at present prices.</param>
/// <param name="Assumed">Trades whose book was not recorded: filled at the leader's price and a tick.</param>
/// <param name="Exits">Take-profits and stops of the rules that would have fired.</param>
/// <param name="Unpriced">Outcomes with a take-profit or a stop whose prices between the trades are not known: those fire only where a book was recorded.</param>
public sealed record CopyPreview(int Days, int Trades, int Copied, int Skipped, IReadOnlyList<RuleCount> ByRule, decimal Spent, decimal Received, decimal Pnl, int Assumed, int Exits, int Unpriced, IReadOnlyList<string> Lines);

public sealed record RuleCount(string Rule, int Count);

/// <param name="Differences">What was clamped to the reader's limits.</param>
public sealed record SharedFollow(string ShareId, string Leader, FollowRules Rules, IReadOnlyList<SharedDifference> Differences, DateTimeOffset SharedAt);

public sealed record SharedDifference(string Field, string Shared, string Yours);
