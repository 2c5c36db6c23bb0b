using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading.Orders;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>What has become of an arming: written after its order was answered, so that nothing waits for it.</summary>
/// <param name="Event">Kind and payload of what the owner must hear, in the same transaction.</param>
internal sealed record ExitRecord(
    Guid Id, int Arming, long UserId, Guid PositionId, string Status, int Attempts, Shares? Target, Shares Filled, DateTimeOffset? TickReceivedAt, DateTimeOffset? DecidedAt,
    DateTimeOffset? SubmittedAt, DateTimeOffset? AckedAt, string? OrderHash, string? Reason, (string Kind, object Payload)? Event)
{
    public static ExitRecord Of(ArmedExit exit, string status, (string Kind, object Payload)? told = null) => new(
        exit.Id, exit.Arming, exit.UserId, exit.PositionId, status, exit.Attempts, exit.Target, exit.Filled, exit.TickReceivedAt, exit.DecidedAt,
        exit.SubmittedAt, exit.AckedAt, exit.OrderHash, exit.Reason, told);
}

/// <summary>The exits table.</summary>
internal sealed class ExitStore(WorkerScope workers, IPositionBook positions, IUserEvents events, TimeProvider clock)
{
    /// <summary>All exits that may still sell.</summary>
    public Task<List<ExitRow>> OpenAsync(CancellationToken ct) =>
        workers.ReadAsync((db, token) => db.Set<ExitRow>().AsNoTracking().Where(e => ExitStatus.Open.Contains(e.Status)).ToListAsync(token), ct);

    /// <summary>Which arming of each of them is the present one.</summary>
    public async Task<List<(Guid Id, int Arming, Guid PositionId)>> ArmingsAsync(CancellationToken ct) =>
        [.. (await workers.ReadAsync((db, token) => db.Set<ExitRow>().Where(e => ExitStatus.Open.Contains(e.Status)).Select(e => new { e.Id, e.Arming, e.PositionId }).ToListAsync(token), ct)).Select(e => (e.Id, e.Arming, e.PositionId))];

    public Task<List<ExitRow>> OpenAsync(Guid positionId, CancellationToken ct) =>
        workers.ReadAsync((db, token) => Open(db, positionId).AsNoTracking().ToListAsync(token), ct);

    public static IQueryable<ExitRow> Open(PolyContext db, Guid positionId) =>
        db.Set<ExitRow>().Where(e => e.PositionId == positionId && ExitStatus.Open.Contains(e.Status));

    /// <summary>Why exits end with their position; the ledger may yet reopen it, when the sale that closed it fails to settle.</summary>
    public const string PositionClosed = "position.closed";

    /// <summary>Arms exits of an open position again after a sale was reversed, inside the caller's transaction: those that its closing cancelled, and those that have sold less than they were to sell.</summary>
    public async Task RearmAsync(PolyContext db, Guid positionId, CancellationToken ct)
    {
        var rows = await db.Set<ExitRow>().Where(e => e.PositionId == positionId && (e.Status == ExitStatus.Done || (e.Status == ExitStatus.Cancelled && e.Reason == PositionClosed)
            || (e.Fraction < 1 && e.Target != null && e.Filled != Shares.Zero && ExitStatus.Open.Contains(e.Status)))).ToListAsync(ct);
        if (rows.Count == 0)
            return;
        var ids = rows.Select(r => r.Id).ToArray();
        // tracked: the reversal is in these rows before it is in the table
        var attempts = await db.Set<OrderRow>().Where(o => o.ExitId != null && ids.Contains(o.ExitId.Value)).ToListAsync(ct);
        var now = clock.GetUtcNow().UtcDateTime;
        var rearmed = false;
        foreach (var row in rows)
        {
            var mine = attempts.Where(o => o.ExitId == row.Id && o.ExitArming == row.Arming).ToList();
            var sold = new Shares(mine.Sum(o => o.Filled.Micros));
            Shares? rest = null; // a full exit sells what is held when it fires
            if (row.IsOpen || row.Status == ExitStatus.Done)
            {
                if (row.Target is not { } target || sold + ExitSizing.Smallest > (row.IsOpen ? row.Filled : target))
                    continue;
                if (row.Fraction < 1)
                    rest = target - sold - new Shares(mine.Where(o => !o.IsTerminal).Sum(o => o.Remaining.Micros)); // what is on its way may still fill
            }
            if (rest < ExitSizing.Smallest)
                continue;
            if (row.Status != ExitStatus.Suspended)
                row.Status = ExitStatus.Armed;
            (row.Reason, row.Arming, row.Attempts, row.Target, row.Filled, row.UpdatedAt) = (null, row.Arming + 1, 0, rest, Shares.Zero, now);
            rearmed = true;
        }
        if (rearmed)
        {
            await db.SaveChangesAsync(ct);
            await ProjectAsync(db, positionId, ct);
        }
    }

    /// <summary>Writes what became of many exits, and tells their owners. An exit that ended meanwhile keeps its end, unless it has sold.</summary>
    public async Task RecordAsync(IReadOnlyList<ExitRecord> records, CancellationToken ct)
    {
        foreach (var chunk in records.Chunk(1_000))
        {
            var ids = chunk.Select(r => r.Id).Distinct().ToArray();
            await workers.WriteAsync(async (db, token) =>
            {
                var rows = await db.Set<ExitRow>().Where(e => ids.Contains(e.Id)).OrderBy(e => e.Id).ToDictionaryAsync(e => e.Id, token);
                var now = clock.GetUtcNow().UtcDateTime;
                foreach (var record in chunk)
                {
                    if (rows.TryGetValue(record.Id, out var row) && row.Arming == record.Arming)
                        Apply(row, record, now);
                    if (record.Event is var (kind, payload))
                        events.Append(db, record.UserId, kind, payload);
                }
                return await db.SaveChangesAsync(token);
            }, ct);
        }
        if (records.Any(r => r.Event is not null))
            events.Notify();
        foreach (var record in records.Where(r => r.Status is ExitStatus.Done or ExitStatus.Cancelled))
            await ProjectAsync(record.PositionId, ct);
    }

    /// <summary>Ends every open exit of a position inside the caller's transaction.</summary>
    public async Task CancelAsync(PolyContext db, Guid positionId, string reason, CancellationToken ct)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var text = Cut(reason);
        await Open(db, positionId).Where(e => e.Filled != Shares.Zero)
            .ExecuteUpdateAsync(s => s.SetProperty(e => e.Status, ExitStatus.Done).SetProperty(e => e.Reason, text).SetProperty(e => e.UpdatedAt, now), ct);
        await Open(db, positionId)
            .ExecuteUpdateAsync(s => s.SetProperty(e => e.Status, ExitStatus.Cancelled).SetProperty(e => e.Reason, text).SetProperty(e => e.UpdatedAt, now), ct);
        await positions.ProjectExitsAsync(db, positionId, null, null, ct);
    }

    /// <summary>Writes the nearest take-profit and stop-loss into the position, inside the caller's transaction.</summary>
    public async Task ProjectAsync(PolyContext db, Guid positionId, CancellationToken ct)
    {
        var open = await Open(db, positionId).AsNoTracking().Where(e => e.Kind == ExitKind.TakeProfit || e.Kind == ExitKind.StopLoss).Select(e => new { e.Kind, e.TriggerPrice }).ToListAsync(ct);
        var takes = open.Where(e => e.Kind == ExitKind.TakeProfit).Select(e => e.TriggerPrice).ToList();
        var stops = open.Where(e => e.Kind == ExitKind.StopLoss).Select(e => e.TriggerPrice).ToList();
        await positions.ProjectExitsAsync(db, positionId, takes.Min(), stops.Max(), ct);
    }

    /// <summary>Suspends or brings back every exit of these tokens that is not firing; owners are told. The exits that changed.</summary>
    public async Task<IReadOnlyList<ExitRow>> SuspendAsync(IReadOnlyCollection<TokenId> tokens, bool suspend, string reason, Func<ExitRow, object> payload, CancellationToken ct)
    {
        var from = suspend ? new[] { ExitStatus.Armed, ExitStatus.Firing } : [ExitStatus.Suspended];
        var changed = await workers.WriteAsync(async (db, token) =>
        {
            var rows = await db.Set<ExitRow>().Where(e => tokens.Contains(e.TokenId) && from.Contains(e.Status)).OrderBy(e => e.Id).ToListAsync(token);
            foreach (var row in rows)
            {
                row.Status = suspend ? ExitStatus.Suspended : ExitStatus.Armed;
                row.Reason = suspend ? Cut(reason) : null;
                row.UpdatedAt = clock.GetUtcNow().UtcDateTime;
                events.Append(db, row.UserId, suspend ? "exit_suspended" : "exit_resumed", payload(row));
            }
            await db.SaveChangesAsync(token);
            return rows;
        }, ct);
        if (changed.Count > 0)
            events.Notify();
        return changed;
    }

    /// <summary>Tells owners something that changes no exit.</summary>
    public async Task TellAsync(IReadOnlyList<(long UserId, string Kind, object Payload)> told, CancellationToken ct)
    {
        if (told.Count == 0)
            return;
        await workers.WriteAsync(async (db, token) =>
        {
            foreach (var (user, kind, payload) in told)
                events.Append(db, user, kind, payload);
            return await db.SaveChangesAsync(token);
        }, ct);
        events.Notify();
    }

    /// <summary>Keeps the peaks of trailing stops for a restart.</summary>
    /// <returns>True when every row was written.</returns>
    public async Task<bool> StorePeaksAsync(IReadOnlyList<(Guid Id, Price Peak)> peaks, CancellationToken ct)
    {
        var written = await workers.WriteAsync((db, token) => db.BulkUpdateAsync(new BulkUpdate(
            "exits", new BulkColumn("id", peaks.Select(p => p.Id).ToArray()), null, [new BulkColumn("peak_price", peaks.Select(p => p.Peak.ToDecimal()).ToArray())]), token), ct);
        return written == peaks.Count;
    }

    private async Task ProjectAsync(Guid positionId, CancellationToken ct) => await workers.WriteAsync(async (db, token) =>
    {
        // one position per transaction: the projection locks its row, and two transactions over many rows could meet
        if (await positions.FindAsync(db, positionId, token) is { Status: "active" or "closing" })
            await ProjectAsync(db, positionId, token);
        return 0;
    }, ct);

    private static void Apply(ExitRow row, ExitRecord record, DateTime now)
    {
        if (row.IsOpen || (record.Status == ExitStatus.Done && record.Filled > Shares.Zero))
        {
            row.Status = record.Status;
            row.Reason = Cut(record.Reason);
        }
        else if (record.Filled > Shares.Zero && row.Reason == PositionClosed)
        {
            (row.Status, row.Reason) = (ExitStatus.Done, null); // its own sale closed the position, which was heard first
        }
        row.Attempts = record.Attempts;
        row.Target = record.Target;
        row.Filled = record.Filled;
        row.TickReceivedAt = record.TickReceivedAt?.UtcDateTime;
        row.DecidedAt = record.DecidedAt?.UtcDateTime;
        row.SubmittedAt = record.SubmittedAt?.UtcDateTime;
        row.AckedAt = record.AckedAt?.UtcDateTime;
        row.TickToSubmitMs = record is { TickReceivedAt: { } tick, SubmittedAt: { } sent } ? decimal.Round((decimal)(sent - tick).TotalMilliseconds, 3) : null;
        row.OrderHash = record.OrderHash;
        row.UpdatedAt = now;
    }

    private static string? Cut(string? text) => text is { Length: > 300 } ? text[..300] : text;
}
