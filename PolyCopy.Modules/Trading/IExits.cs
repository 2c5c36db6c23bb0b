using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Trading;

/// <summary>Take-profits, stops and other exits of positions. Has an HTTP twin.</summary>
public interface IExits
{
    /// <summary>Sets, changes or clears the plain take-profit and stop-loss of a position.</summary>
    /// <returns>exit.side, exit.range, exit.tick, position.unknown, position.closed.</returns>
    Task<Result<PositionView>> SetTpSlAsync(long userId, Guid positionId, TpSl change, CancellationToken ct);

    Task<Result<ExitView>> ArmAsync(long userId, Guid positionId, ArmExit exit, CancellationToken ct);

    Task<Result<ExitView>> DisarmAsync(long userId, Guid positionId, Guid exitId, CancellationToken ct);

    Task<Page<ExitView>> ListAsync(long userId, Guid? positionId, int limit, string? cursor, CancellationToken ct);
}

/// <summary>Arms the exits attached to a buy order inside the transaction of its first fill.</summary>
public interface IExitArming
{
    /// <summary>Adds the exits to the position; in-memory arming follows from <see cref="IPositionListener"/> after the commit.</summary>
    Task AttachAsync(PolyContext db, OpenPosition position, Price? takeProfit, Price? stopLoss, CancellationToken ct);

    /// <summary>Cancels every exit of the position (closed or resolved).</summary>
    Task CancelAsync(PolyContext db, Guid positionId, string reason, CancellationToken ct);
}

/// <summary>Absent (Has… false) leaves a leg unchanged, null clears it.</summary>
public sealed record TpSl(bool HasTakeProfit, decimal? TakeProfit, bool HasStopLoss, decimal? StopLoss);

public enum ExitKind { TakeProfit, StopLoss, Trailing, BreakEven, TimeStop, BeforeResolution }

/// <param name="TriggerPrice">TakeProfit, StopLoss: threshold on the trigger bid; BreakEven: the bid at which the stop moves to entry.</param>
/// <param name="Trail">Trailing: distance below the peak.</param>
/// <param name="Fraction">Of what is held when firing, 0 to 1].</param>
/// <param name="At">TimeStop: when.</param>
/// <param name="Before">BeforeResolution: how long before the market's end.</param>
/// <param name="Instant">Fire without the second look; takes always look twice.</param>
public sealed record ArmExit(ExitKind Kind, decimal? TriggerPrice = null, decimal? Trail = null, decimal Fraction = 1m, DateTimeOffset? At = null, TimeSpan? Before = null, bool Instant = false);

/// <param name="Status">armed, suspended, firing, done, cancelled.</param>
/// <param name="TickToSubmitMs">From the judged tick (or, when shares had to settle, the judgement that led to the order) to the POST.</param>
public sealed record ExitView(
    Guid Id, Guid PositionId, string MarketId, ExitKind Kind, Price? TriggerPrice, Price? Trail, Price? Peak, decimal Fraction, DateTimeOffset? At, int Attempts,
    DateTimeOffset? TickReceivedAt, DateTimeOffset? DecidedAt, DateTimeOffset? SubmittedAt, DateTimeOffset? AckedAt, decimal? TickToSubmitMs,
    string? OrderHash, string Status, string? Reason, Shares FilledShares, DateTimeOffset CreatedAt);
