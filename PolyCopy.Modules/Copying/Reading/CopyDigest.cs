using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Reading;

/// <summary>Skips are told together: a digest now and then, and once a day what the filters saved and cost at present prices.</summary>
internal sealed class CopyDigest(WorkerScope workers, FollowBoard board, IUserEvents events, IUserZones zones, IMarketCatalog catalog, CopyingOptions options, TimeProvider clock)
{
    public async Task RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var users = board.All.Select(f => f.UserId).Distinct().ToList();
        if (users.Count == 0)
            return;
        var days = (await zones.ZonesAsync(users, ct)).ToDictionary(z => z.Key, z => Days.Of(now, z.Value));
        var known = await workers.ReadAsync((db, token) => db.Set<DigestRow>().AsNoTracking().ToDictionaryAsync(d => d.UserId, token), ct);
        var changed = new List<DigestRow>();
        var told = new List<(long UserId, string Kind, object Payload)>();
        // who was told at the same moment is read with the same statement
        foreach (var due in users.Where(u => !known.TryGetValue(u, out var d) || now.UtcDateTime - d.ToldUntil >= TimeSpan.FromMinutes(options.DigestMinutes)).GroupBy(u => known.GetValueOrDefault(u)?.ToldUntil))
        {
            foreach (var user in due)
                changed.Add(new DigestRow { UserId = user, ToldUntil = now.UtcDateTime, SummaryDay = known.GetValueOrDefault(user)?.SummaryDay ?? days[user] });
            if (due.Key is { } since)
                told.AddRange(await SkipsAsync([.. due], since, now, ct));
        }
        foreach (var (user, row) in known.Where(k => days.TryGetValue(k.Key, out var day) && k.Value.SummaryDay < day))
        {
            var next = changed.Find(c => c.UserId == user);
            if (next is null)
                changed.Add(next = new DigestRow { UserId = user, ToldUntil = row.ToldUntil });
            next.SummaryDay = days[user];
            if (await SummaryAsync(user, row.SummaryDay, ct) is { } summary)
                told.Add((user, "copy_summary", summary));
        }
        if (changed.Count == 0)
            return;
        await workers.WriteAsync(async (db, token) =>
        {
            await db.UpsertAsync(changed, token);
            foreach (var (user, kind, payload) in told)
                events.Append(db, user, kind, payload);
            return await db.SaveChangesAsync(token);
        }, ct);
        if (told.Count > 0)
            events.Notify();
    }

    private async Task<List<(long UserId, string Kind, object Payload)>> SkipsAsync(List<long> users, DateTime since, DateTimeOffset now, CancellationToken ct)
    {
        var until = now.UtcDateTime;
        var follows = board.All.Where(f => f.Status != FollowStatus.Deleted).ToLookup(f => f.UserId);
        var (own, shared) = await workers.ReadAsync(async (db, token) => (
            (await db.Set<DecisionRow>().Where(d => users.Contains(d.UserId) && d.Verdict == Verdict.Skipped && d.DecidedAt > since && d.DecidedAt <= until)
                .GroupBy(d => new { d.UserId, d.Rule }).Select(g => new { g.Key.UserId, g.Key.Rule, Count = g.Count() }).ToListAsync(token)).ToLookup(o => o.UserId, o => (Rule: o.Rule ?? "", o.Count)),
            await SharedAsync(db, since, until, token)), ct);
        // a follow that is younger than this digest has missed what came before it
        var young = new Dictionary<(string, DateTimeOffset), ILookup<string, (string Rule, int Count)>>();
        foreach (var follow in users.SelectMany(u => follows[u]).Where(f => f.CreatedAt.UtcDateTime > since && shared.Contains(f.Leader)))
            if (!young.ContainsKey((follow.Leader, follow.CreatedAt)))
                young[(follow.Leader, follow.CreatedAt)] = await workers.ReadAsync((db, token) => SharedAsync(db, since, until, token, follow.Leader, follow.CreatedAt.UtcDateTime), ct);
        var told = new List<(long, string, object)>();
        foreach (var user in users)
        {
            var rules = own[user].Concat(follows[user].SelectMany(f => young.GetValueOrDefault((f.Leader, f.CreatedAt), shared)[f.Leader]))
                .GroupBy(r => r.Rule, StringComparer.Ordinal).Select(g => new RuleCount(g.Key, g.Sum(r => r.Count))).OrderByDescending(r => r.Count).ThenBy(r => r.Rule, StringComparer.Ordinal).ToList();
            if (rules.Count == 0)
                continue;
            var count = rules.Sum(r => r.Count);
            told.Add((user, "copy_digest", new { since = new DateTimeOffset(since, TimeSpan.Zero), until = now, count, byRule = rules, reason = $"{count} trades were not copied: {string.Join(", ", rules.Take(4).Select(r => $"{r.Count} {r.Rule.Replace('_', ' ')}"))}." }));
        }
        return told;
    }

    /// <summary>What was skipped for all followers alike, by leader.</summary>
    private static async Task<ILookup<string, (string Rule, int Count)>> SharedAsync(PolyContext db, DateTime since, DateTime until, CancellationToken ct, string? leader = null, DateTime tradedSince = default)
    {
        var rows = await db.Set<SignalRow>().Where(s => s.Rule != null && s.Rule != "same_order" && s.Rule != "not_held" && s.Rule != "moved" && s.DecidedAt > since && s.DecidedAt <= until && (leader == null || s.Leader == leader) && s.TradedAt >= tradedSince)
            .GroupBy(s => new { s.Leader, s.Rule }).Select(g => new { g.Key.Leader, g.Key.Rule, Count = g.Count() }).ToListAsync(ct);
        return rows.ToLookup(r => r.Leader, r => (r.Rule!, r.Count));
    }

    /// <summary>A day's copies and skips; null when there were none.</summary>
    private async Task<object?> SummaryAsync(long userId, int day, CancellationToken ct)
    {
        var rows = await workers.ReadAsync((db, token) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.UserId == userId && d.Day == day).ToListAsync(token), ct);
        if (rows.Count == 0)
            return null;
        var skipped = rows.Where(r => r.Verdict == Verdict.Skipped).ToList();
        var byRule = skipped.GroupBy(r => r.Rule ?? "", StringComparer.Ordinal).Select(g => new
        {
            rule = g.Key,
            count = g.Count(),
            saved = new Usdc(g.Sum(r => Math.Max(0, -Gain(r)))),
            cost = new Usdc(g.Sum(r => Math.Max(0, Gain(r)))),
        }).OrderByDescending(r => r.count).ThenBy(r => r.rule, StringComparer.Ordinal).ToList();
        var (saved, cost) = (new Usdc(byRule.Sum(r => r.saved.Micros)), new Usdc(byRule.Sum(r => r.cost.Micros)));
        var copied = rows.Count(r => r.Verdict == Verdict.Copied);
        return new
        {
            day,
            copied,
            skipped = skipped.Count,
            failed = rows.Count(r => r.Verdict == Verdict.Failed),
            spent = new Usdc(rows.Where(r => r.Side == Side.Buy).Sum(r => r.CollateralBefore + r.Collateral)),
            saved,
            cost,
            byRule,
            reason = $"{copied} copied, {skipped.Count} skipped; at present prices the filters saved {saved} and cost {cost} pUSD.",
        };
    }

    /// <summary>What a skipped buy would have gained by now, micro-pUSD.</summary>
    private long Gain(DecisionRow row)
    {
        if (row.WouldSpend <= 0 || row.Side != Side.Buy || row.MarketId is null || catalog.TryGet(row.MarketId) is not { } market || market.TokenIndex(row.TokenId) is not (>= 0 and var index))
            return 0;
        var paid = board.Find(row.FollowId)?.Rules.Reverse == true ? 1 - row.LeaderPrice : row.LeaderPrice;
        var prices = market.Payouts ?? market.Prices;
        return paid <= 0 || index >= prices.Count ? 0 : (long)(row.WouldSpend * (prices[index] / paid - 1));
    }
}
