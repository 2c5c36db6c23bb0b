using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>What follows hold, folded from the ledger; the table of it is only a projection that the caps count.</summary>
internal sealed class Holdings(IPositionBook book, IPlacedEntries placed, TimeProvider clock)
{
    /// <summary>By follow and token, as the ledger says now.</summary>
    public async Task<Dictionary<(Guid Follow, TokenId Token), (long Shares, long Cost, ShareMove Of)>> FoldAsync(PolyContext db, IReadOnlyCollection<(Guid WalletId, TokenId Token)> of, CancellationToken ct)
    {
        var held = new Dictionary<(Guid, TokenId), (long, long, ShareMove)>();
        if (of.Count == 0)
            return held;
        var moves = await book.MovesAsync(db, of, ct);
        var follows = await placed.FollowsOfAsync(db, [.. moves.Select(m => m.OrderId).OfType<Guid>().Distinct()], ct);
        foreach (var group in moves.GroupBy(m => (m.WalletId, m.Token)))
            foreach (var (follow, (shares, cost)) in HoldingFold.Of(group, follows))
                held[(follow, group.Key.Token)] = (shares, cost, group.First());
        return held;
    }

    /// <summary>Brings the projection of these wallets and tokens to what the ledger says.</summary>
    public async Task RefreshAsync(PolyContext db, IReadOnlyCollection<(Guid WalletId, TokenId Token)> of, CancellationToken ct)
    {
        if (of.Count == 0)
            return;
        var held = await FoldAsync(db, of, ct);
        Guid[] wallets = [.. of.Select(o => o.WalletId).Distinct()];
        TokenId[] tokens = [.. of.Select(o => o.Token).Distinct()];
        var pairs = of.ToHashSet();
        var known = (await db.Set<HoldingRow>().AsNoTracking().Where(h => wallets.Contains(h.WalletId) && tokens.Contains(h.TokenId)).ToListAsync(ct)).Where(h => pairs.Contains((h.WalletId, h.TokenId))).ToDictionary(h => (h.FollowId, h.TokenId));
        var opened = held.Keys.Where(k => known.GetValueOrDefault(k) is not { Shares: > 0 }).Select(k => k.Follow).Distinct().ToList();
        var versions = (opened.Count == 0 ? [] : await db.Set<DecisionRow>().AsNoTracking().Where(d => opened.Contains(d.FollowId) && tokens.Contains(d.TokenId) && d.Side == Side.Buy && d.Verdict == Verdict.Copied)
            .Select(d => new { d.FollowId, d.TokenId, d.Id, d.RulesVersion }).ToListAsync(ct)).GroupBy(d => (d.FollowId, d.TokenId)).ToDictionary(g => g.Key, g => g.MaxBy(d => d.Id)!.RulesVersion);
        var now = clock.GetUtcNow().UtcDateTime;
        var rows = new List<HoldingRow>();
        foreach (var (key, (shares, cost, move)) in held)
        {
            var before = known.GetValueOrDefault(key);
            if (before is not null && before.Shares == shares && before.Cost == cost)
                continue;
            rows.Add(new HoldingRow
            {
                Id = HoldingRow.Key(key.Follow, key.Token),
                FollowId = key.Follow,
                TokenId = key.Token,
                UserId = move.UserId,
                WalletId = move.WalletId,
                MarketId = move.MarketId,
                Outcome = move.Outcome,
                Shares = shares,
                Cost = cost,
                RulesVersion = before is { Shares: > 0 } ? before.RulesVersion : versions.TryGetValue(key, out var version) ? version : before?.RulesVersion ?? 1,
                UpdatedAt = now,
            });
        }
        foreach (var (key, row) in known.Where(k => k.Value.Shares > 0 && !held.ContainsKey(k.Key)))
        {
            (row.Shares, row.Cost, row.UpdatedAt) = (0, 0, now);
            rows.Add(row);
        }
        await db.UpsertAsync(rows, ct);
    }
}
