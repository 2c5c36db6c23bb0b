using System.Globalization;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Reading;

/// <summary>Decisions as people read them; trades that were skipped for all followers alike appear in each follower's list.</summary>
internal sealed class DecisionViews(UserScope users, WorkerScope workers, IMarketCatalog catalog)
{
    public async Task<Page<DecisionView>> ListAsync(long userId, Guid? followId, string? verdict, int limit, string? cursor, CancellationToken ct)
    {
        var before = Guid.TryParse(cursor, out var id) ? id : (Guid?)null;
        var (own, follows) = await users.ReadAsync(userId, async (db, token) =>
        {
            var rows = db.Set<DecisionRow>().AsNoTracking().Where(d => d.UserId == userId);
            if (followId is { } follow)
                rows = rows.Where(d => d.FollowId == follow);
            if (verdict is not null)
                rows = rows.Where(d => d.Verdict == verdict);
            if (before is { } last)
                rows = rows.Where(d => d.Id.CompareTo(last) < 0);
            var mine = await db.Set<FollowRow>().AsNoTracking().Where(f => f.UserId == userId && (followId == null || f.Id == followId)).ToListAsync(token);
            return (await rows.OrderByDescending(d => d.Id).Take(limit + 1).ToListAsync(token), mine);
        }, ct);
        var shared = verdict is null or Verdict.Skipped ? await SharedAsync(follows, before, limit + 1, ct) : [];
        var signals = await SignalsAsync([.. own.Select(d => d.SignalId).Distinct()], ct);
        var all = own.Select(d => View(d, signals.GetValueOrDefault(d.SignalId))).Concat(shared).OrderByDescending(v => v.Id.ToString("N"), StringComparer.Ordinal).Take(limit + 1).ToList();
        return new Page<DecisionView>([.. all.Take(limit)], all.Count > limit ? all[limit - 1].Id.ToString("D", CultureInfo.InvariantCulture) : null);
    }

    public async Task<DecisionView?> GetAsync(long userId, Guid decisionId, CancellationToken ct)
    {
        var (row, follows) = await users.ReadAsync(userId, async (db, token) => (
            await db.Set<DecisionRow>().AsNoTracking().FirstOrDefaultAsync(d => d.UserId == userId && d.Id == decisionId, token),
            await db.Set<FollowRow>().AsNoTracking().Where(f => f.UserId == userId).ToListAsync(token)), ct);
        var signal = (await SignalsAsync([row?.SignalId ?? decisionId], ct)).GetValueOrDefault(row?.SignalId ?? decisionId);
        if (row is not null)
            return View(row, signal);
        return signal is { Rule: not null } && follows.Find(f => Concerns(f, signal)) is { } follow ? View(follow, signal) : null;
    }

    public DecisionView View(DecisionRow d, SignalRow? signal)
    {
        var (shares, collateral) = (d.FilledBefore + d.Filled, d.CollateralBefore + d.Collateral);
        return new DecisionView(
            d.Id, d.FollowId, d.Leader, d.LeaderTradeId, d.MarketId, Question(d.MarketId), d.Outcome, d.Side, d.LeaderSide, decimal.Round(d.LeaderPrice, 6), d.LeaderAmount, d.Verdict, d.Rule, d.Reason, [.. d.Steps.Select(s => s.Text)], d.RulesVersion,
            d.Side == Side.Buy ? new Usdc(d.State == DecisionState.Done ? collateral : d.Amount) : null, new Shares(shares), shares == 0 ? null : decimal.Round(collateral / (decimal)shares, 6), d.WorstPrice, signal?.Reference,
            signal is null ? null : signal.TokenId == d.TokenId ? signal.Book : signal.OtherBook, d.Feed, d.OrderHash, d.OrderId, d.OrderStatus,
            new DecisionStamps(Utc(d.MatchedAt), d.Block, Utc(d.SeenAt)!.Value, Utc(d.DecidedAt)!.Value, Utc(d.SubmittedAt), Utc(d.AckedAt), Utc(d.ConfirmedAt), Utc(d.BlockAt)), d.Said, d.Steps);
    }

    private DecisionView View(FollowRow follow, SignalRow s) => new(
        s.Id, follow.Id, s.Leader, s.LeaderTradeId, s.MarketId, Question(s.MarketId), s.Trade.Outcome, s.Side, s.Side, s.Shares == 0 ? 0 : decimal.Round(s.Collateral / (decimal)s.Shares, 6), s.Collateral / 1_000_000m,
        Verdict.Skipped, s.Rule, s.Reason, [], follow.RulesVersion, null, Shares.Zero, null, null, s.Reference, s.Book, s.Trade.Source switch { Indexing.LeaderTradeSource.Chain => "chain", Indexing.LeaderTradeSource.Rtds => "rtds", _ => "data" },
        null, null, null, new DecisionStamps(s.Trade.MatchedAt, s.Trade.BlockNumber, Utc(s.SeenAt)!.Value, Utc(s.DecidedAt)!.Value, null, null, null, s.Trade.BlockAt), s.Said);

    // The signals are nobody's own rows; which of them a user may read is decided by his follows.
    private async Task<IEnumerable<DecisionView>> SharedAsync(List<FollowRow> follows, Guid? before, int limit, CancellationToken ct)
    {
        if (follows.Count == 0)
            return [];
        var leaders = follows.Select(f => f.Leader).Distinct().ToList();
        var since = follows.Min(f => f.CreatedAt);
        var rows = await workers.ReadAsync((db, token) =>
        {
            var signals = db.Set<SignalRow>().AsNoTracking().Where(s => s.Rule != null && s.TradedAt >= since && leaders.Contains(s.Leader));
            if (before is { } last)
                signals = signals.Where(s => s.Id.CompareTo(last) < 0);
            return signals.OrderByDescending(s => s.Id).Take(limit).ToListAsync(token);
        }, ct);
        return rows.Select(s => (Signal: s, Follow: follows.Find(f => Concerns(f, s)))).Where(p => p.Follow is not null).Select(p => View(p.Follow!, p.Signal));
    }

    private static bool Concerns(FollowRow follow, SignalRow signal) =>
        follow.Leader == signal.Leader && Follow.IsSince(new DateTimeOffset(follow.CreatedAt, TimeSpan.Zero), new DateTimeOffset(signal.TradedAt, TimeSpan.Zero)) && (follow.DeletedAt is not { } end || end > signal.TradedAt);

    private Task<Dictionary<Guid, SignalRow>> SignalsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        workers.ReadAsync((db, token) => db.Set<SignalRow>().AsNoTracking().Where(s => ids.Contains(s.Id)).ToDictionaryAsync(s => s.Id, token), ct);

    private string? Question(string? marketId) => marketId is null ? null : catalog.TryGet(marketId)?.Question;

    private static DateTimeOffset? Utc(DateTime? at) => at is { } time ? new DateTimeOffset(time, TimeSpan.Zero) : null;
}
