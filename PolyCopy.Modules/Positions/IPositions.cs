using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Positions;

/// <summary>What users hold and what it is worth. Has an HTTP twin.</summary>
public interface IPositions
{
    /// <param name="userId">Whose.</param>
    /// <param name="status">active (with closing), closed, resolved or null for all.</param>
    /// <param name="limit">1 to 200.</param>
    /// <param name="cursor">From the previous page.</param>
    /// <param name="ct">Cancels the read.</param>
    Task<Page<PositionView>> ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct);

    Task<PositionView?> GetAsync(long userId, Guid positionId, CancellationToken ct);

    Task<Page<FillView>> FillsAsync(long userId, int limit, string? cursor, CancellationToken ct);

    /// <summary>Closed episodes and realised P&amp;L, newest first.</summary>
    Task<Page<HistoryEntry>> HistoryAsync(long userId, int limit, string? cursor, CancellationToken ct);

    /// <summary>Everything that changed shares or cash, oldest first, as CSV (RFC 4180) for a spreadsheet or a tax return. Foreign text in it is no formula.</summary>
    Task<string> ExportAsync(long userId, CancellationToken ct);

    /// <summary>Realised P&amp;L of each day on which there was any, oldest first.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="from">First day.</param>
    /// <param name="to">Last day, included.</param>
    /// <param name="timeZone">IANA name; an unknown one counts as UTC.</param>
    /// <param name="ct">Cancels the read.</param>
    Task<IReadOnlyList<DayPnl>> PnlByDayAsync(long userId, DateOnly from, DateOnly to, string timeZone, CancellationToken ct);

    /// <summary>The four numbers of the home screen.</summary>
    Task<Portfolio> PortfolioAsync(long userId, CancellationToken ct);
}

/// <summary>One episode of holding one outcome. Prices and P&amp;L are live from the quote board where it is followed.</summary>
/// <param name="Size">Shares held by the venue's matching, settled or not.</param>
/// <param name="SettledSize">Confirmed on chain.</param>
/// <param name="SellableSize">Mined or confirmed, minus what live orders reserve.</param>
/// <param name="EntryPrice">Average paid per share, without fees.</param>
/// <param name="CurrentPrice">The trigger bid.</param>
/// <param name="PnlAmount">pUSD: realised and unrealised, net of the fees already paid.</param>
/// <param name="PnlPercentage">"12.5" is 12.5 % of entryPrice × size.</param>
/// <param name="TakeProfit">Projection of the exits: the nearest armed take-profit.</param>
public sealed record PositionView(
    Guid Id, long UserId, Guid WalletId, string MarketId, string ConditionId, string Question, string Slug, TokenId TokenId, string Outcome,
    Shares Size, Shares SettledSize, Shares SellableSize, decimal EntryPrice, decimal CurrentPrice, Usdc FeesPaid,
    decimal PnlAmount, decimal PnlPercentage, Price? TakeProfit, Price? StopLoss, string Status, string Origin, DateTimeOffset OpenedAt, DateTimeOffset UpdatedAt);

public sealed record FillView(
    Guid Id, Guid? OrderId, Guid? PositionId, string MarketId, TokenId TokenId, Side Side, decimal Price, Shares Shares, Usdc Fee, string Status, DateTimeOffset At);

/// <param name="Kind">closed, resolved, transfer.</param>
/// <param name="Shares">All that was bought in the episode.</param>
/// <param name="ExitPrice">Average received per share.</param>
/// <param name="RealisedPnl">Net of fees.</param>
/// <param name="Amount">pUSD received for the shares, or moved by the transfer (negative: out).</param>
public sealed record HistoryEntry(
    Guid Id, string Kind, string MarketId, string Question, string Outcome, Shares Shares, decimal EntryPrice, decimal ExitPrice, Usdc RealisedPnl, Usdc Fees, DateTimeOffset At, Usdc Amount);

/// <param name="Realised">Net of fees.</param>
public sealed record DayPnl(DateOnly Day, Usdc Realised, Usdc Fees);

/// <param name="PositionsValue">At trigger bids.</param>
/// <param name="Cash">pUSD not reserved.</param>
/// <param name="Reserved">pUSD behind live and unknown orders.</param>
public sealed record Portfolio(decimal PositionsValue, Usdc Cash, Usdc Reserved, decimal NetWorth);
