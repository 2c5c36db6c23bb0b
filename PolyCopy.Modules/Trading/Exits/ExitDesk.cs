using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>What owners do with their exits. Memory holds an exit first, so that it cannot fire while it is being changed; then the table; then memory follows the table.</summary>
internal sealed class ExitDesk(
    ExitBook book, ExitArmory armory, PlainExits plain, ExitStore store, ExitPrices prices, ExitSuspension suspension, UserScope users, IPositionBook positions, IPositions views, IMarketCatalog markets, TimeProvider clock) : IExits
{
    public async Task<Result<PositionView>> SetTpSlAsync(long userId, Guid positionId, TpSl change, CancellationToken ct)
    {
        if (!(await FindAsync(userId, positionId, ct)).Try(out var position, out var error) || !(await MarketAsync(position, ct)).Try(out var market, out error))
            return error;
        var (bid, _) = await prices.NowAsync(market, position.Token, ct);
        if (!ExitRules.Leg(ExitKind.TakeProfit, change.TakeProfit, market, bid).Try(out var take, out error) || !ExitRules.Leg(ExitKind.StopLoss, change.StopLoss, market, bid).Try(out var stop, out error))
            return error;

        var outcome = await EditAsync(positionId, e => PlainExits.IsPlain(e.Kind, e.Fraction) && (e.IsUpper ? change.HasTakeProfit : change.HasStopLoss), async () =>
            await users.WriteAsync<Result<List<ExitRow>>>(userId, async (db, token) =>
                await StillOpenAsync(db, positionId, token) is { } now ? await plain.ApplyAsync(db, now, (change.HasTakeProfit, take), (change.HasStopLoss, stop), token) : Closed, ct), ct);
        if (!outcome.IsOk)
            return outcome.Error;
        return await views.GetAsync(userId, positionId, ct) is { } view ? view : Unknown;
    }

    public async Task<Result<ExitView>> ArmAsync(long userId, Guid positionId, ArmExit exit, CancellationToken ct)
    {
        if (!(await FindAsync(userId, positionId, ct)).Try(out var position, out var error) || !(await MarketAsync(position, ct)).Try(out var market, out error))
            return error;
        var (bid, bids) = await prices.NowAsync(market, position.Token, ct);
        if (ExitRules.Check(exit, market, bid, clock.GetUtcNow()) is { } wrong)
            return wrong;
        if (exit.Kind == ExitKind.BreakEven && exit.TriggerPrice <= position.EntryPrice)
            return new Error("exit.side", $"{exit.TriggerPrice} is not above the entry price {decimal.Round(position.EntryPrice, 4)}.");
        var row = Row(position, exit, market, bid);
        if (suspension.IsSuspended(position.Token))
            (row.Status, row.Reason) = (ExitStatus.Suspended, Reasons.NoBook.English);
        var outcome = await EditAsync(positionId, static _ => false, async () =>
            await users.WriteAsync<Result<List<ExitRow>>>(userId, async (db, token) =>
            {
                if (await StillOpenAsync(db, positionId, token) is null)
                    return Closed;
                var open = await ExitStore.Open(db, positionId).ToListAsync(token);
                if (open.Count >= ExitRules.Most)
                    return Reasons.MostExits.Refuse("exit.limit", ExitRules.Most);
                if (open.Exists(r => IsSame(r, row)))
                    return new Error("exit.duplicate", "The same exit is armed already.");
                db.Add(row);
                await db.SaveChangesAsync(token);
                await store.ProjectAsync(db, positionId, token);
                open.Add(row);
                return open;
            }, ct), ct);
        if (!outcome.IsOk)
            return outcome.Error;
        var preview = row.Kind == ExitKind.BreakEven || bids is null ? null : ExitSizing.Preview(bids, ExitSizing.Part(position.Size, row.Fraction), Price.Zero);
        return View(row) with { Preview = preview };
    }

    public async Task<Result<ExitView>> DisarmAsync(long userId, Guid positionId, Guid exitId, CancellationToken ct)
    {
        var editing = book.Editing(positionId);
        await editing.WaitAsync(ct);
        try
        {
            var exit = book.Find(exitId) is { } found && found.UserId == userId && found.PositionId == positionId ? found : null;
            var firing = exit is not null && !Hold(exit);
            var result = await users.WriteAsync<Result<ExitRow>>(userId, async (db, token) =>
            {
                if (await db.Set<ExitRow>().SingleOrDefaultAsync(e => e.Id == exitId && e.UserId == userId && e.PositionId == positionId, token) is not { } row)
                    return new Error("exit.unknown", "There is no such exit.");
                if (!row.IsOpen)
                    return Reasons.ExitEnded.Refuse("exit.ended", Gap.Word("exit_status", row.Status));
                row.Status = ExitStatus.Cancelled;
                row.Reason = firing ? "taken back by its owner; an order was already on its way" : "taken back by its owner";
                row.UpdatedAt = clock.GetUtcNow().UtcDateTime;
                await db.SaveChangesAsync(token);
                await store.ProjectAsync(db, positionId, token);
                return row;
            }, ct);
            if (exit is not null && result.IsOk)
                book.Remove(exit);
            else if (exit is { State: ExitState.Held })
                armory.Rearm(exit);
            return result.Try(out var ended, out var error) ? View(ended) : error;
        }
        finally
        {
            editing.Release();
        }
    }

    public async Task<Page<ExitView>> ListAsync(long userId, Guid? positionId, int limit, string? cursor, CancellationToken ct)
    {
        var take = Math.Clamp(limit, 1, 200);
        var before = Guid.TryParse(cursor, out var last) ? last : (Guid?)null;
        var rows = await users.ReadAsync(userId, (db, token) =>
        {
            var exits = db.Set<ExitRow>().AsNoTracking().Where(e => e.UserId == userId);
            if (positionId is { } of)
                exits = exits.Where(e => e.PositionId == of);
            if (before is { } id)
                exits = exits.Where(e => e.Id.CompareTo(id) < 0);
            return exits.OrderByDescending(e => e.Id).Take(take + 1).ToListAsync(token);
        }, ct);
        return new Page<ExitView>([.. rows.Take(take).Select(View)], rows.Count > take ? rows[take - 1].Id.ToString() : null);
    }

    /// <summary>Holds the exits in question, changes the table, and lets memory follow; what could not be changed goes back to where it was.</summary>
    private async Task<Result<List<ExitRow>>> EditAsync(Guid positionId, Func<ArmedExit, bool> affected, Func<Task<Result<List<ExitRow>>>> write, CancellationToken ct)
    {
        var editing = book.Editing(positionId);
        await editing.WaitAsync(ct);
        var held = book.Position(positionId); // from here on commits tell its size
        var exits = held.Exits.Where(affected).ToList();
        try
        {
            if (exits.Find(e => !Hold(e)) is not null)
                return new Error("exit.firing", "The exit has just fired; its order is on the way.");
            var result = await write();
            if (result.IsOk)
                await armory.SyncAsync(positionId, result.Value, ct);
            return result;
        }
        finally
        {
            foreach (var exit in exits.Where(e => e.State == ExitState.Held))
                armory.Rearm(exit);
            book.Release(held);
            editing.Release();
        }
    }

    // Whatever has no order on the way can be held; who waits for his next attempt starts anew with the change.
    private static bool Hold(ArmedExit exit)
    {
        foreach (var from in (ReadOnlySpan<ExitState>)[ExitState.Armed, ExitState.Queued, ExitState.Waiting, ExitState.Suspended])
            if (exit.Slot.Move(exit, from, ExitState.Held))
                return true;
        return exit.State is ExitState.Held or ExitState.Off;
    }

    private static Error Unknown => new("position.unknown", "There is no such position.");

    private static Error Closed => new("position.closed", "The position is closed.");

    private async Task<Result<OpenPosition>> FindAsync(long userId, Guid positionId, CancellationToken ct)
    {
        var position = await users.ReadAsync(userId, (db, token) => positions.FindAsync(db, positionId, token), ct);
        if (position is null || position.UserId != userId)
            return Unknown;
        return position.Status is "active" or "closing" ? position : Closed;
    }

    private async Task<OpenPosition?> StillOpenAsync(PolyContext db, Guid positionId, CancellationToken ct) =>
        await positions.FindAsync(db, positionId, ct) is { Status: "active" or "closing" } position ? position : null;

    private async Task<Result<Market>> MarketAsync(OpenPosition position, CancellationToken ct)
    {
        try
        {
            return await markets.FindAsync(position.MarketId, ct) is { } market ? market : new Error("market.unknown", "The position's market is not known.");
        }
        catch (VenueException)
        {
            return new Error("venue.unavailable", "The venue cannot be asked about the market now.");
        }
    }

    private ExitRow Row(OpenPosition position, ArmExit exit, Market market, Price? bid)
    {
        var row = PlainExits.New(position, exit.Kind, clock.GetUtcNow().UtcDateTime, clock);
        row.TriggerPrice = exit.Kind is ExitKind.TakeProfit or ExitKind.StopLoss or ExitKind.BreakEven ? new Price((int)(exit.TriggerPrice!.Value * Price.Scale)) : null;
        row.Trail = exit.Kind == ExitKind.Trailing ? new Price((int)(exit.Trail!.Value * Price.Scale)) : null;
        row.PeakPrice = exit.Kind == ExitKind.Trailing ? bid : null;
        row.Fraction = exit.Fraction;
        row.At = exit.Kind switch
        {
            ExitKind.TimeStop => exit.At!.Value.UtcDateTime,
            ExitKind.BeforeResolution => (market.EndDate!.Value - exit.Before!.Value).UtcDateTime,
            _ => null,
        };
        row.BeforeSeconds = exit.Kind == ExitKind.BeforeResolution ? (long)exit.Before!.Value.TotalSeconds : null;
        if (exit.Instant)
            row.Guard = ExitWords.Instant;
        if (PlainExits.IsPlain(row.Kind, row.Fraction))
            row.GroupId = position.Id;
        return row;
    }

    private static bool IsSame(ExitRow a, ExitRow b) =>
        a.Kind == b.Kind && a.TriggerPrice == b.TriggerPrice && a.Trail == b.Trail && a.BeforeSeconds == b.BeforeSeconds && (a.Kind != ExitKind.TimeStop || a.At == b.At);

    internal static ExitView View(ExitRow row) => new(
        row.Id, row.PositionId, row.MarketId, row.Kind, row.TriggerPrice, row.Trail, row.PeakPrice, row.Fraction, row.At, row.Attempts,
        row.TickReceivedAt, row.DecidedAt, row.SubmittedAt, row.AckedAt, row.TickToSubmitMs, row.OrderHash, row.Status, row.Reason, row.Filled, row.CreatedAt,
        row.BeforeSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null, row.Guard == ExitWords.Instant);
}
