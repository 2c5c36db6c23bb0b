using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Positions.Ledger;

internal sealed class PositionsRebuild(WorkerScope workers, TimeProvider clock) : IPositionsRebuild
{
    private const int PageSize = 500;

    public async Task<RebuildReport> RunAsync(bool repair, CancellationToken ct)
    {
        var differences = new List<RebuildDifference>();
        var (positions, rows, last) = (0, 0L, Guid.Empty);
        while (true)
        {
            var ids = await workers.ReadAsync((db, token) => db.Set<LedgerRow>().Where(r => r.PositionId != null && r.PositionId.Value > last)
                .Select(r => r.PositionId!.Value).Distinct().OrderBy(id => id).Take(PageSize).ToListAsync(token), ct);
            if (ids.Count == 0)
                break;
            rows += await workers.WriteAsync((db, token) => FoldAsync(db, ids, repair, differences, token), ct);
            positions += ids.Count;
            last = ids[^1];
        }
        differences.AddRange(await workers.ReadAsync(StrangersAsync, ct));
        var wallets = await workers.WriteAsync((db, token) => CashAsync(db, repair, differences, token), ct);
        return new RebuildReport(positions, wallets, rows, differences);
    }

    /// <summary>Under the wallets' lock: no booking is half read.</summary>
    private async Task<int> FoldAsync(PolyContext db, List<Guid> ids, bool repair, List<RebuildDifference> differences, CancellationToken ct)
    {
        var wallets = await db.Set<LedgerRow>().Where(r => r.PositionId != null && ids.Contains(r.PositionId.Value)).Select(r => r.WalletId).Distinct().ToListAsync(ct);
        await db.LockRowsAsync("cash", "wallet_id", wallets, ct);
        var stored = await db.Set<PositionRow>().AsNoTracking().Where(p => ids.Contains(p.Id)).ToDictionaryAsync(p => p.Id, ct);
        var ledger = await db.Set<LedgerRow>().AsNoTracking().Where(r => r.PositionId != null && ids.Contains(r.PositionId.Value)).OrderBy(r => r.Sequence).ToListAsync(ct);
        var (wrong, missing) = (new List<PositionRow>(), new List<PositionRow>());
        foreach (var episode in ledger.GroupBy(r => r.PositionId!.Value))
        {
            var folded = Fold([.. episode], stored.GetValueOrDefault(episode.Key));
            if (!stored.TryGetValue(episode.Key, out var row))
            {
                differences.Add(new RebuildDifference("positions", episode.Key, "row", "missing", $"{folded.Status}, {folded.Size} shares"));
                missing.Add(folded);
                continue;
            }
            var found = Compare(row, folded, episode.Sum(r => r.Realised)).ToList();
            differences.AddRange(found);
            if (found.Count > 0)
                wrong.Add(folded);
        }
        if (!repair)
            return ledger.Count;
        if (wrong.Count > 0)
            await db.BulkUpdateAsync(new BulkUpdate("positions", db.Columns(wrong, nameof(PositionRow.Id))[0], null, db.Columns(wrong, Booking.Folded), Wait: true), ct);
        await db.InsertAsync(missing, ct);
        return ledger.Count;
    }

    /// <summary>The episode as its rows say; prices and the projection of exits are kept from what is stored.</summary>
    private PositionRow Fold(List<LedgerRow> rows, PositionRow? stored)
    {
        var (first, state) = (rows[0], PositionFold.Of(rows));
        var status = PositionFold.Status(rows, state);
        var row = new PositionRow
        {
            Id = first.PositionId!.Value,
            UserId = first.UserId,
            WalletId = first.WalletId,
            MarketId = first.MarketId!,
            ConditionId = first.ConditionId!,
            TokenId = first.TokenId!.Value,
            Outcome = first.Outcome!,
            Origin = stored?.Origin ?? first.Origin,
            OpenedAt = stored?.OpenedAt ?? first.At,
            TakeProfit = stored?.TakeProfit,
            StopLoss = stored?.StopLoss,
            Status = status,
            State = state,
            Revision = (stored?.Revision ?? 0) + 1,
            ClosedAt = status == PositionStatus.Active ? null : stored?.ClosedAt ?? rows.Last(r => r.Shares < 0).At,
        };
        row.Price(stored?.CurrentPrice ?? state.EntryPrice, clock.GetUtcNow().UtcDateTime);
        return row;
    }

    private static IEnumerable<RebuildDifference> Compare(PositionRow stored, PositionRow folded, long realised)
    {
        foreach (var (field, was, should) in Fields(stored, folded, realised))
            if (!Equals(was, should))
                yield return new RebuildDifference("positions", stored.Id, field, $"{was}", $"{should}");
    }

    private static IEnumerable<(string Field, object Stored, object Ledger)> Fields(PositionRow stored, PositionRow folded, long realised) =>
    [
        ("status", stored.Status, folded.Status), ("closed", stored.ClosedAt is not null, folded.ClosedAt is not null), ("bought", stored.Bought, folded.Bought), ("sold", stored.Sold, folded.Sold),
        ("mined", stored.Mined, folded.Mined), ("confirmed", stored.Confirmed, folded.Confirmed), ("failed", stored.Failed, folded.Failed), ("pending_fills", stored.PendingFills, folded.PendingFills),
        ("cost", stored.Cost, folded.Cost), ("bought_cost", stored.BoughtCost, folded.BoughtCost), ("proceeds", stored.Proceeds, folded.Proceeds), ("fees", stored.Fees, folded.Fees),
        ("size", stored.Size, folded.Size), ("entry_price", stored.EntryPrice, folded.EntryPrice), ("pnl_amount", stored.PnlAmount, folded.PnlAmount), ("pnl_percentage", stored.PnlPercentage, folded.PnlPercentage),
        ("ledger.realised", realised, folded.State.Realised - folded.Fees),
    ];

    /// <summary>Positions that no ledger row speaks of. They are shown, never deleted.</summary>
    private static async Task<List<RebuildDifference>> StrangersAsync(PolyContext db, CancellationToken ct)
    {
        var ids = await db.Set<PositionRow>().Where(p => !db.Set<LedgerRow>().Any(r => r.PositionId == p.Id)).Select(p => p.Id).ToListAsync(ct);
        return ids.ConvertAll(id => new RebuildDifference("positions", id, "row", "present", "no rows"));
    }

    private async Task<int> CashAsync(PolyContext db, bool repair, List<RebuildDifference> differences, CancellationToken ct)
    {
        var ids = await db.Set<CashRow>().Select(c => c.WalletId).ToListAsync(ct);
        await db.LockRowsAsync("cash", "wallet_id", ids, ct);
        var stored = await db.Set<CashRow>().AsNoTracking().ToDictionaryAsync(c => c.WalletId, ct);
        var ledger = await db.Set<LedgerRow>().GroupBy(r => new { r.WalletId, r.UserId }).Select(g => new { g.Key.WalletId, g.Key.UserId, Balance = g.Sum(r => r.Usdc - r.Fee) }).ToListAsync(ct);
        var (wrong, missing) = (new List<CashRow>(), new List<CashRow>());
        foreach (var fold in ledger)
        {
            var row = new CashRow { WalletId = fold.WalletId, UserId = fold.UserId, Balance = fold.Balance, UpdatedAt = clock.GetUtcNow().UtcDateTime };
            if (stored.GetValueOrDefault(fold.WalletId) is { } cash && cash.Balance == fold.Balance)
                continue;
            differences.Add(new RebuildDifference("cash", fold.WalletId, "balance", stored.GetValueOrDefault(fold.WalletId)?.Balance.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "missing", $"{fold.Balance}"));
            (stored.ContainsKey(fold.WalletId) ? wrong : missing).Add(row);
        }
        foreach (var cash in stored.Values.Where(c => c.Balance != 0 && !ledger.Exists(l => l.WalletId == c.WalletId)))
            differences.Add(new RebuildDifference("cash", cash.WalletId, "balance", $"{cash.Balance}", "no rows"));
        if (repair && wrong.Count > 0)
            await db.BulkUpdateAsync(
                new BulkUpdate("cash", db.Columns(wrong, nameof(CashRow.WalletId))[0], null, db.Columns(wrong, nameof(CashRow.Balance), nameof(CashRow.UpdatedAt)), Wait: true), ct);
        if (repair)
            await db.InsertAsync(missing, ct);
        return ledger.Count;
    }
}
