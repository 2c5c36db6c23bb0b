using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Reads where follows stand, for thousands at once: a handful of statements whatever the number.</summary>
internal sealed class Standings(IPositionBook book, Holdings holdings, IUserZones zones, ITrading trading, TimeProvider clock)
{
    public async Task<Dictionary<Guid, Standing>> ForBuysAsync(PolyContext db, IReadOnlyList<Follow> follows, string marketId, TokenId token, TokenId? other, string groupId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        Guid[] ids = [.. follows.Select(f => f.Id)];
        Guid[] wallets = [.. follows.Select(f => f.WalletId).Distinct()];
        var offsets = await zones.ZonesAsync([.. follows.Select(f => f.UserId).Distinct()], ct);
        var at = new Dictionary<Guid, Standing>(follows.Count);
        foreach (var follow in follows)
            at[follow.Id] = new Standing { Day = Days.Of(now, offsets[follow.UserId]), Paused = await trading.PausedAsync(follow.UserId, ct) };

        var cash = await book.FundsAsync(db, [.. wallets.Select(w => new FundsOf(w, null))], ct);
        var free = new Dictionary<Guid, long>(wallets.Length);
        for (var i = 0; i < wallets.Length; i++)
            free[wallets[i]] = cash[i].Free;

        int[] days = [.. at.Values.Select(s => s.Day).Distinct()];
        foreach (var spent in await db.Set<DecisionRow>().Where(d => ids.Contains(d.FollowId) && days.Contains(d.Day) && d.Committed > 0)
            .GroupBy(d => new { d.FollowId, d.Day }).Select(g => new { g.Key.FollowId, g.Key.Day, Sum = g.Sum(d => d.Committed) }).ToListAsync(ct))
            if (at[spent.FollowId] is { } s && s.Day == spent.Day)
                s.SpentToday = spent.Sum;
        foreach (var spent in await db.Set<DecisionRow>().Where(d => d.GroupId == groupId && ids.Contains(d.FollowId) && d.Committed > 0)
            .GroupBy(d => d.FollowId).Select(g => new { g.Key, Sum = g.Sum(d => d.Committed) }).ToListAsync(ct))
            at[spent.Key].GroupSpent = spent.Sum;
        foreach (var carried in await db.Set<DecisionRow>().Where(d => ids.Contains(d.FollowId) && d.TokenId == token && d.Carry != 0)
            .GroupBy(d => d.FollowId).Select(g => new { g.Key, Sum = g.Sum(d => d.Carry) }).ToListAsync(ct))
            at[carried.Key].Carried = carried.Sum;
        foreach (var copied in await db.Set<DecisionRow>().Where(d => ids.Contains(d.FollowId) && d.TokenId == token && d.Verdict == Verdict.Copied && d.Side == Side.Buy)
            .Select(d => d.FollowId).Distinct().ToListAsync(ct))
            at[copied].CopiedBefore = true;

        var open = follows.ToDictionary(f => f.Id, _ => new HashSet<TokenId>());
        foreach (var held in await db.Set<HoldingRow>().AsNoTracking().Where(h => ids.Contains(h.FollowId) && h.Shares >= Shares.Lot).Select(h => new { h.FollowId, h.TokenId, h.MarketId, h.Cost }).ToListAsync(ct))
        {
            open[held.FollowId].Add(held.TokenId);
            at[held.FollowId].Bankroll += held.Cost;
            if (held.MarketId == marketId)
                at[held.FollowId].InMarket += held.Cost;
        }
        // entries on their way are not in the projection yet
        foreach (var flying in await db.Set<DecisionRow>().AsNoTracking().Where(d => d.State != DecisionState.Done && d.Side == Side.Buy && ids.Contains(d.FollowId)).Select(d => new { d.FollowId, d.TokenId, d.MarketId, d.Committed }).ToListAsync(ct))
        {
            open[flying.FollowId].Add(flying.TokenId);
            if (flying.MarketId == marketId)
                at[flying.FollowId].InMarket += flying.Committed;
        }
        if (other is { } opposite)
        {
            var across = await db.Set<HoldingRow>().AsNoTracking().Where(h => wallets.Contains(h.WalletId) && h.TokenId == opposite && h.Shares >= Shares.Lot).Select(h => new { h.WalletId, h.FollowId, h.Shares }).ToListAsync(ct);
            var byWallet = across.ToLookup(h => h.WalletId);
            foreach (var follow in follows)
                at[follow.Id].HeldOpposite = byWallet[follow.WalletId].Where(h => h.FollowId != follow.Id).Sum(h => h.Shares);
        }
        foreach (var follow in follows)
        {
            var s = at[follow.Id];
            s.Cash = free[follow.WalletId];
            s.Bankroll += s.Cash;
            s.OpenPositions = open[follow.Id].Count;
            s.HoldsToken = open[follow.Id].Contains(token);
        }
        return at;
    }

    /// <summary>Whether any of them holds the token, or is about to.</summary>
    public static async Task<bool> AnyAsync(PolyContext db, IReadOnlyList<Guid> follows, TokenId token, CancellationToken ct) =>
        await db.Set<HoldingRow>().AnyAsync(h => h.TokenId == token && h.Shares > 0 && follows.Contains(h.FollowId), ct)
        || await db.Set<DecisionRow>().AnyAsync(d => d.State != DecisionState.Done && d.TokenId == token && follows.Contains(d.FollowId), ct);

    /// <summary>Only follows that hold the token, or are about to, are in the answer.</summary>
    public async Task<Dictionary<Guid, Standing>> ForSellsAsync(PolyContext db, IReadOnlyList<Follow> follows, TokenId token, CancellationToken ct)
    {
        Guid[] ids = [.. follows.Select(f => f.Id)];
        var rows = await db.Set<HoldingRow>().AsNoTracking().Where(h => h.TokenId == token && h.Shares > 0 && ids.Contains(h.FollowId)).Select(h => new { h.FollowId, h.RulesVersion }).ToListAsync(ct);
        var flying = await db.Set<DecisionRow>().AsNoTracking().Where(d => d.State != DecisionState.Done && d.TokenId == token && ids.Contains(d.FollowId)).ToListAsync(ct);
        var candidates = rows.Select(r => r.FollowId).Concat(flying.Select(d => d.FollowId)).ToHashSet();
        var concerned = follows.Where(f => candidates.Contains(f.Id)).ToList();
        var held = await holdings.FoldAsync(db, [.. concerned.Select(f => (f.WalletId, token)).Distinct()], ct);
        var versions = rows.ToDictionary(r => r.FollowId, r => r.RulesVersion);
        var old = await OldRulesAsync(db, concerned, versions, ct);
        var selling = flying.Where(d => d.Side == Side.Sell).GroupBy(d => d.FollowId).ToDictionary(g => g.Key, g => g.Sum(d => Math.Max(0, d.Target - d.FilledBefore - d.Filled)));
        var offsets = await zones.ZonesAsync([.. concerned.Select(f => f.UserId).Distinct()], ct);
        var at = new Dictionary<Guid, Standing>(concerned.Count);
        foreach (var follow in concerned)
        {
            var version = versions.GetValueOrDefault(follow.Id, follow.RulesVersion);
            at[follow.Id] = new Standing
            {
                Held = Math.Max(0, held.GetValueOrDefault((follow.Id, token)).Shares - selling.GetValueOrDefault(follow.Id)),
                HeldUnder = version == follow.RulesVersion ? (version, follow.Rules) : old.TryGetValue((follow.Id, version), out var rules) ? (version, rules) : null,
                Day = Days.Of(clock.GetUtcNow(), offsets[follow.UserId]),
            };
        }
        return at;
    }

    private static async Task<Dictionary<(Guid, int), FollowRules>> OldRulesAsync(PolyContext db, IReadOnlyList<Follow> follows, Dictionary<Guid, int> versions, CancellationToken ct)
    {
        var changed = follows.Where(f => versions.TryGetValue(f.Id, out var v) && v != f.RulesVersion).Select(f => f.Id).ToList();
        if (changed.Count == 0)
            return [];
        return (await db.Set<FollowRulesRow>().AsNoTracking().Where(r => changed.Contains(r.FollowId)).ToListAsync(ct)).ToDictionary(r => (r.FollowId, r.Version), r => r.Rules);
    }
}

internal static class Days
{
    /// <summary>The day somewhere, as yyyymmdd.</summary>
    public static int Of(DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        return (local.Year * 10_000) + (local.Month * 100) + local.Day;
    }

    /// <summary>When the day began there.</summary>
    public static DateTime StartOf(DateTimeOffset now, TimeZoneInfo zone)
    {
        var midnight = DateTime.SpecifyKind(TimeZoneInfo.ConvertTime(now, zone).Date, DateTimeKind.Unspecified);
        while (zone.IsInvalidTime(midnight))
            midnight = midnight.AddMinutes(15); // clocks that jump at midnight
        return TimeZoneInfo.ConvertTimeToUtc(midnight, zone);
    }
}
