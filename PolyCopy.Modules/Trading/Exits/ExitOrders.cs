using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading.Orders;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>What the orders table knows of exits: it is the truth about attempts and fills.</summary>
internal sealed class ExitOrders(WorkerScope workers)
{
    /// <summary>Which of these wallets and tokens have sells resting at the venue.</summary>
    public Task<HashSet<(Guid WalletId, TokenId Token)>> RestingAsync(IReadOnlyCollection<Guid> wallets, CancellationToken ct) => workers.ReadAsync(async (db, token) =>
    {
        var resting = await db.Set<OrderRow>().AsNoTracking().Where(o => o.TerminalAt == null && o.Side == Side.Sell && o.Status == OrderStatus.Live && wallets.Contains(o.WalletId))
            .Select(o => new { o.WalletId, o.TokenId }).ToListAsync(token);
        return resting.Select(o => (o.WalletId, o.TokenId)).ToHashSet();
    }, ct);

    /// <summary>All attempts of these exits, oldest first; only those of the given armings count.</summary>
    public Task<List<OrderRow>> AttemptsAsync(IReadOnlyCollection<Guid> exits, CancellationToken ct) => workers.ReadAsync((db, token) =>
        db.Set<OrderRow>().AsNoTracking().Where(o => o.ExitId != null && exits.Contains(o.ExitId.Value)).OrderBy(o => o.ExitArming).ThenBy(o => o.ExitAttempt).ToListAsync(token), ct);

    public Task<List<OrderRow>> ByIdAsync(IReadOnlyCollection<Guid> orders, CancellationToken ct) => workers.ReadAsync((db, token) =>
        db.Set<OrderRow>().AsNoTracking().Where(o => orders.Contains(o.Id)).ToListAsync(token), ct);

    public static OrderOutcome Outcome(OrderRow row) => new(
        row.Id, row.OrderHash, row.Status.Word(), row.IsTerminal, Held: false, null, row.Filled, row.Collateral,
        row.ReasonCode is null ? null : new Error(row.ReasonCode, row.Reason ?? "") { Said = row.Said }, null, row.SubmittedAt, row.AckedAt);
}
