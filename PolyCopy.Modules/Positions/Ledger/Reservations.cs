using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Positions.Ledger;

/// <summary>What orders hold back. Reservations are read before totals: a booking that commits in between can then only make less look free, never more.</summary>
internal static class Reservations
{
    public static async Task<IReadOnlyList<Result<Reservation>>> ReserveAsync(PolyContext db, IReadOnlyList<Reserve> requests, DateTime now, CancellationToken ct)
    {
        FundsOf[] of = [.. requests.Select(r => new FundsOf(r.WalletId, r.Token)).Distinct()];
        await db.LockAsync([.. of.Select(o => o.Token is { } token ? Locks.Token(o.WalletId, token) : Locks.Cash(o.WalletId))], ct);
        var funds = await FundsAsync(db, of, ct);
        var free = new Dictionary<FundsOf, long>();
        for (var i = 0; i < of.Length; i++)
            free[of[i]] = funds[i].Free;
        var results = new List<Result<Reservation>>(requests.Count);
        var rows = new List<ReservationRow>(requests.Count);
        foreach (var request in requests)
        {
            if (request.Micros <= 0)
                throw new ArgumentOutOfRangeException(nameof(requests), "A reservation is above zero.");
            var place = new FundsOf(request.WalletId, request.Token);
            if (request.Micros > free[place])
            {
                results.Add(Refusal(request, free[place]));
                continue;
            }
            free[place] -= request.Micros;
            rows.Add(new ReservationRow { OrderId = request.OrderId, UserId = request.UserId, WalletId = request.WalletId, TokenId = request.Token, Micros = request.Micros, At = now });
            results.Add(new Reservation(request.OrderId, request.Token, request.Micros));
        }
        await db.InsertAsync(rows, ct);
        return results;
    }

    public static async Task ReleaseAsync(PolyContext db, IReadOnlyCollection<Release> orders, CancellationToken ct)
    {
        Guid[] freed = [.. orders.Where(o => o.RemainingMicros <= 0).Select(o => o.OrderId)];
        if (freed.Length > 0)
            await db.Set<ReservationRow>().Where(r => freed.Contains(r.OrderId)).ExecuteDeleteAsync(ct);
        var kept = orders.Where(o => o.RemainingMicros > 0).ToList();
        if (kept.Count > 0)
            await db.BulkUpdateAsync(
                new BulkUpdate("reservations", new BulkColumn("order_id", kept.Select(k => k.OrderId).ToArray()), null, [new BulkColumn("micros", kept.Select(k => k.RemainingMicros).ToArray())], Wait: true), ct);
    }

    public static async Task<IReadOnlyList<Funds>> FundsAsync(PolyContext db, IReadOnlyList<FundsOf> of, CancellationToken ct)
    {
        Guid[] wallets = [.. of.Select(o => o.WalletId).Distinct()];
        TokenId[] tokens = [.. of.Select(o => o.Token).OfType<TokenId>().Distinct()];
        var reserved = await db.Set<ReservationRow>().Where(r => wallets.Contains(r.WalletId) && (r.TokenId == null || tokens.Contains(r.TokenId.Value)))
            .GroupBy(r => new { r.WalletId, r.TokenId }).Select(g => new { g.Key.WalletId, g.Key.TokenId, Micros = g.Sum(r => r.Micros) }).ToListAsync(ct);
        var held = reserved.ToDictionary(r => new FundsOf(r.WalletId, r.TokenId), r => r.Micros);
        var total = new Dictionary<FundsOf, long>();
        if (of.Any(o => o.Token is null))
            foreach (var cash in await db.Set<CashRow>().AsNoTracking().Where(c => wallets.Contains(c.WalletId)).ToListAsync(ct))
                total[new FundsOf(cash.WalletId, null)] = cash.Balance;
        if (tokens.Length > 0)
            foreach (var row in await db.Set<PositionRow>().AsNoTracking().Where(p => p.ClosedAt == null && wallets.Contains(p.WalletId) && tokens.Contains(p.TokenId)).ToListAsync(ct))
                total[new FundsOf(row.WalletId, row.TokenId)] = row.State.Sellable;
        return [.. of.Select(o => new Funds(total.GetValueOrDefault(o), held.GetValueOrDefault(o)))];
    }

    private static readonly Phrase TooLittleCash = new("order.balance_free", "Not enough pUSD: {0} is free, {1} is needed.");
    private static readonly Phrase TooFewShares = new("order.sellable", "Only {0} shares can be sold now, {1} were asked for.");

    private static Error Refusal(Reserve request, long free) => request.Token is null
        ? TooLittleCash.Refuse("order.balance", new Usdc(free), new Usdc(request.Micros))
        : TooFewShares.Refuse("order.not_sellable", new Shares(free), new Shares(request.Micros));
}
