using System.Text.Json.Serialization;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Trading;

/// <summary>Take-profits, stops and other exits of positions. Has an HTTP twin.</summary>
public interface IExits
{
    /// <summary>Sets, changes or clears the plain take-profit and stop-loss of a position.</summary>
    /// <returns>exit.side, exit.range, exit.tick, exit.firing (its order is on the way), position.unknown, position.closed.</returns>
    Task<Result<PositionView>> SetTpSlAsync(long userId, Guid positionId, TpSl change, CancellationToken ct);

    /// <summary>Arms one more exit and shows what the book would give for it now.</summary>
    /// <returns>exit.side, exit.range, exit.tick, exit.fraction, exit.time, exit.duplicate, exit.limit, position.unknown, position.closed.</returns>
    Task<Result<ExitView>> ArmAsync(long userId, Guid positionId, ArmExit exit, CancellationToken ct);

    /// <summary>Takes an exit back. One that is firing makes no further attempt; an order already decided still counts.</summary>
    /// <returns>exit.unknown, exit.ended.</returns>
    Task<Result<ExitView>> DisarmAsync(long userId, Guid positionId, Guid exitId, CancellationToken ct);

    Task<Page<ExitView>> ListAsync(long userId, Guid? positionId, int limit, string? cursor, CancellationToken ct);
}

/// <summary>Arms the exits attached to a buy order inside the transaction of its first fill.</summary>
public interface IExitArming
{
    /// <summary>Adds the exits to the position; memory follows when <see cref="Follow"/> is called after the commit.</summary>
    Task AttachAsync(PolyContext db, OpenPosition position, Price? takeProfit, Price? stopLoss, CancellationToken ct);

    /// <summary>A sale of the open position failed on chain and was reversed in this transaction: exits that ended with the position, or that have sold less than they took for sold, are armed again for the rest.</summary>
    Task RearmAsync(PolyContext db, OpenPosition position, CancellationToken ct);

    /// <summary>Cancels every exit of the position (closed or resolved).</summary>
    Task CancelAsync(PolyContext db, Guid positionId, string reason, CancellationToken ct);

    /// <summary>The transaction that attached or armed exits of these positions has committed: memory follows the table.</summary>
    void Follow(IEnumerable<Guid> positionIds);
}

/// <summary>Absent (Has… false) leaves a leg unchanged, null clears it.</summary>
public sealed record TpSl(bool HasTakeProfit, decimal? TakeProfit, bool HasStopLoss, decimal? StopLoss);

[JsonConverter(typeof(JsonStringEnumConverter<ExitKind>))]
public enum ExitKind
{
    /// <summary>Sells at its price or above once the bid is there; stays armed for what the book could not take.</summary>
    [JsonStringEnumMemberName("takeProfit")] TakeProfit,

    /// <summary>Sells all once the bid is at its price or below, until flat.</summary>
    [JsonStringEnumMemberName("stopLoss")] StopLoss,

    /// <summary>A stop that follows the highest bid at a distance.</summary>
    [JsonStringEnumMemberName("trailing")] Trailing,

    /// <summary>Moves the stop-loss to the entry price once the bid is at its price or above; sells nothing itself.</summary>
    [JsonStringEnumMemberName("breakEven")] BreakEven,

    /// <summary>Sells at a time, whatever the price.</summary>
    [JsonStringEnumMemberName("timeStop")] TimeStop,

    /// <summary>Sells some time before the market's end.</summary>
    [JsonStringEnumMemberName("beforeResolution")] BeforeResolution,
}

/// <param name="TriggerPrice">TakeProfit, StopLoss: threshold on the trigger bid; BreakEven: the bid at which the stop moves to entry.</param>
/// <param name="Trail">Trailing: distance below the peak.</param>
/// <param name="Fraction">Of what is held when firing, 0 to 1].</param>
/// <param name="At">TimeStop: when.</param>
/// <param name="Before">BeforeResolution: how long before the market's end.</param>
/// <param name="Instant">A stop fires without the second look; takes always do, for they sell only at their price or above.</param>
public sealed record ArmExit(ExitKind Kind, decimal? TriggerPrice = null, decimal? Trail = null, decimal Fraction = 1m, DateTimeOffset? At = null, TimeSpan? Before = null, bool Instant = false)
{
    /// <summary>Another name of TriggerPrice in JSON.</summary>
    public decimal? Trigger { init => TriggerPrice ??= value; }
}

/// <param name="Status">armed, suspended, firing, done, cancelled.</param>
/// <param name="TickToSubmitMs">From the judged tick (or, when shares had to settle, the judgement that led to the order) to the POST.</param>
public sealed record ExitView(
    Guid Id, Guid PositionId, string MarketId, ExitKind Kind, Price? TriggerPrice, Price? Trail, Price? Peak, decimal Fraction, DateTimeOffset? At, int Attempts,
    DateTimeOffset? TickReceivedAt, DateTimeOffset? DecidedAt, DateTimeOffset? SubmittedAt, DateTimeOffset? AckedAt, decimal? TickToSubmitMs,
    string? OrderHash, string Status, string? Reason, Shares FilledShares, DateTimeOffset CreatedAt, TimeSpan? Before = null, bool Instant = false, ExitPreview? Preview = null);

/// <summary>What the bids of the present book would give for the exit's shares; only on the answer to arming.</summary>
/// <param name="Shares">What could be sold, at most what the exit would sell now.</param>
/// <param name="AveragePrice">Null when there is no bid.</param>
/// <param name="WorstPrice">The lowest level touched.</param>
/// <param name="Complete">The bids take all of it.</param>
public sealed record ExitPreview(Shares Shares, decimal? AveragePrice, Price? WorstPrice, bool Complete);
