using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Writes what became of copies' orders: into the decision, the holdings and the owner's events, in one transaction.</summary>
/// <remarks>One call at a time: <see cref="CopyOutcomes"/> sees to it.</remarks>
internal sealed class OutcomeWriter(WorkerScope workers, Holdings holdings, CopyNews news, IOrderDesk desk, IPositionBook book, IUserEvents events, TimeProvider clock)
{
    /// <summary>The key of the order that a decision made last, or makes first.</summary>
    public static string KeyOfOrder(DecisionRow row) => row.Side == Side.Buy ? CopyExecutor.Key(row) : KeyOfSell(row, row.Attempt);

    /// <summary>What is said of orders; hearing the same twice changes nothing.</summary>
    /// <returns>Whether any of it is about copies.</returns>
    public async Task<bool> ApplyAsync(IReadOnlyList<OrderOutcome> heard, CancellationToken ct)
    {
        var answers = heard.Where(o => o.Decision is { LeaderTradeId: not null, Origin: "copy" }).ToList();
        if (answers.Count == 0)
            return false;
        await workers.WriteAsync(async (db, token) =>
        {
            var trades = answers.Select(a => a.Decision!.LeaderTradeId!).Distinct().ToList();
            Guid[] wallets = [.. answers.Select(a => a.Decision!.WalletId).Distinct()];
            var rows = await db.Set<DecisionRow>().Where(d => trades.Contains(d.LeaderTradeId) && wallets.Contains(d.WalletId)).ToListAsync(token);
            var byName = rows.ToLookup(r => (r.WalletId, r.LeaderTradeId));
            var touched = new HashSet<(Guid, TokenId)>();
            foreach (var answer in answers)
            {
                if (answer.Filled > Shares.Zero)
                    touched.Add((answer.Decision!.WalletId, answer.Decision.Token));
                var parts = answer.Decision!.Key.Split(':');
                if (parts.Length > 1 && Guid.TryParse(parts[1], out var follow) && byName[(answer.Decision.WalletId, answer.Decision.LeaderTradeId!)].FirstOrDefault(r => r.FollowId == follow) is { } row)
                {
                    Apply(row, answer);
                    if (row.Side == Side.Sell && answer.Error?.Code == "order.settlement_failed")
                        await ReverseAsync(row, token);
                }
            }
            await ArrivalsAsync(db, rows, token);
            await TellAsync(db, rows, token);
            await db.SaveChangesAsync(token);
            await holdings.RefreshAsync(db, touched, token);
            return true;
        }, ct);
        events.Notify();
        return true;
    }

    /// <summary>Decisions that end without an order, or wait.</summary>
    public async Task EndAsync(IReadOnlyList<DecisionEnd> ends, CancellationToken ct)
    {
        await workers.WriteAsync(async (db, token) =>
        {
            var byId = ends.ToDictionary(e => e.Id);
            var ended = new List<DecisionRow>();
            foreach (var row in await db.Set<DecisionRow>().Where(d => byId.Keys.Contains(d.Id) && d.State != DecisionState.Done).ToListAsync(token))
            {
                var end = byId[row.Id];
                if (end.Again is { } again)
                {
                    row.DueAt = again.UtcDateTime;
                    continue;
                }
                row.Because(end.Code, end.Reason, end.Foreign);
                (row.State, row.Committed) = (DecisionState.Done, row.Side == Side.Buy ? row.CollateralBefore + row.Collateral : 0);
                row.Verdict = row.FilledBefore + row.Filled > 0 ? Verdict.Copied : Verdict.Failed;
                if (row.Verdict == Verdict.Copied && end.Code == "nothing_left")
                    row.Because(null, null);
                ended.Add(row);
            }
            await TellAsync(db, ended, token);
            await db.SaveChangesAsync(token);
            return true;
        }, ct);
        events.Notify();
    }

    private void Apply(DecisionRow row, OrderOutcome answer)
    {
        var isNew = row.OrderId != answer.OrderId;
        // an earlier attempt has news: the holdings are folded again, the decision goes on from where it is
        if (!isNew && row.State == DecisionState.Done && !answer.Terminal)
            return; // heard late: its end is written already
        if (isNew ? CopyExecutor.Key(row) != answer.Decision!.Key || (row.State == DecisionState.Done && row.OrderId is not null) : row.State == DecisionState.Planned)
            return;
        if (isNew)
        {
            (row.FilledBefore, row.CollateralBefore) = (row.FilledBefore + row.Filled, row.CollateralBefore + row.Collateral);
            (row.Filled, row.Collateral) = (0, 0);
            row.Attempt++;
            (row.OrderId, row.OrderHash, row.State, row.DueAt, row.WorstPrice) = (answer.OrderId, answer.OrderHash, DecisionState.Ordered, null, answer.Decision!.WorstPrice);
        }
        row.OrderStatus = answer.Status;
        (row.Filled, row.Collateral) = (answer.Filled.Micros, answer.Collateral.Micros);
        row.SubmittedAt ??= answer.SubmittedAt?.UtcDateTime;
        row.AckedAt ??= answer.AckedAt?.UtcDateTime;
        if (!answer.Terminal)
            return;
        if (row.Side == Side.Buy)
        {
            row.State = DecisionState.Done;
            row.Committed = row.Collateral;
            row.Verdict = row.Filled > 0 ? Verdict.Copied : Verdict.Failed;
            if (row.Filled > 0)
                row.Because(null, null);
            else if (answer.Error is { } error)
                row.Because(error.Code, error.Said, error.Message);
            else
                row.Because("order.no_match", Reasons.NothingMatched.With());
            return;
        }
        if (row.State == DecisionState.Done)
            return;
        if (row.Target - row.FilledBefore - row.Filled < Shares.Lot)
            row.State = DecisionState.Done;
        else
            (row.State, row.DueAt) = (DecisionState.Planned, clock.GetUtcNow().UtcDateTime + Pause(row, answer));
        if (row.State == DecisionState.Planned)
        {
            (row.FilledBefore, row.CollateralBefore) = (row.FilledBefore + row.Filled, row.CollateralBefore + row.Collateral);
            (row.Filled, row.Collateral) = (0, 0);
        }
    }

    private static TimeSpan Pause(DecisionRow row, OrderOutcome answer) =>
        answer.Held ? answer.RetryAfter ?? TimeSpan.FromSeconds(1)
        : answer.Filled > Shares.Zero ? TimeSpan.FromMilliseconds(500)
        : TimeSpan.FromSeconds(Math.Min(30, 1 << Math.Min(row.Attempt, 5)));

    /// <summary>A sale that failed on chain gave its shares back: what the decision has sold is what its orders have left, and the rest is sold again.</summary>
    private async Task ReverseAsync(DecisionRow row, CancellationToken ct)
    {
        var orders = (await desk.FindAsync([.. Enumerable.Range(1, row.Attempt).Select(n => KeyOfSell(row, n))], ct)).Values;
        var (filled, collateral) = (orders.Sum(o => o.Filled.Micros), orders.Sum(o => o.Collateral.Micros));
        if (row.State == DecisionState.Ordered)
        {
            (row.FilledBefore, row.CollateralBefore) = (filled - row.Filled, collateral - row.Collateral);
            return;
        }
        (row.FilledBefore, row.CollateralBefore, row.Filled, row.Collateral) = (filled, collateral, 0, 0);
        if (row.State == DecisionState.Done && row.Target - filled >= Shares.Lot)
        {
            (row.State, row.DueAt, row.DecidedAt) = (DecisionState.Planned, clock.GetUtcNow().UtcDateTime, clock.GetUtcNow().UtcDateTime);
            row.Because(null, null);
            (row.Verdict, row.Told, row.ConfirmedAt) = (Verdict.Copied, false, null);
        }
    }

    /// <summary>A buy that fills after the leader has sold: the sell takes its share of it too.</summary>
    private async Task ArrivalsAsync(PolyContext db, List<DecisionRow> rows, CancellationToken ct)
    {
        var buys = rows.Where(r => r.Side == Side.Buy && r.Filled > 0).Select(r => (Row: r, More: r.Filled - (long)db.Entry(r).Property(nameof(DecisionRow.Filled)).OriginalValue!)).Where(b => b.More != 0).ToList();
        if (buys.Count == 0)
            return;
        Guid[] follows = [.. buys.Select(b => b.Row.FollowId).Distinct()];
        TokenId[] tokens = [.. buys.Select(b => b.Row.TokenId).Distinct()];
        var since = buys.Min(b => b.Row.DecidedAt);
        var sells = (await db.Set<DecisionRow>().Where(d => follows.Contains(d.FollowId) && tokens.Contains(d.TokenId) && d.LeaderSide == Side.Sell && d.DecidedAt >= since && d.Fraction > 0).OrderBy(d => d.Id).ToListAsync(ct))
            .ToLookup(d => (d.FollowId, d.TokenId));
        foreach (var (buy, arrived) in buys)
        {
            var more = arrived;
            foreach (var sell in sells[(buy.FollowId, buy.TokenId)].Where(s => s.DecidedAt >= buy.DecidedAt))
            {
                var part = (long)decimal.Floor(more * sell.Fraction) / Shares.Lot * Shares.Lot;
                if (part <= 0)
                    continue;
                more -= part;
                sell.Target += part;
                sell.Steps = [.. sell.Steps, Reasons.Arrived.With(new Shares(part))];
                sell.Because(null, null);
                (sell.Verdict, sell.Told) = (Verdict.Copied, false);
                if (sell.State == DecisionState.Done)
                {
                    (sell.FilledBefore, sell.CollateralBefore) = (sell.FilledBefore + sell.Filled, sell.CollateralBefore + sell.Collateral);
                    (sell.Filled, sell.Collateral) = (0, 0);
                    (sell.State, sell.DueAt, sell.DecidedAt) = (DecisionState.Planned, clock.GetUtcNow().UtcDateTime, clock.GetUtcNow().UtcDateTime);
                }
            }
        }
    }

    /// <summary>Tells of decisions whose orders have ended; of a sale also what it brought.</summary>
    private async Task TellAsync(PolyContext db, IReadOnlyList<DecisionRow> rows, CancellationToken ct)
    {
        var told = rows.Where(CopyNews.IsNews).ToList();
        var sales = told.Where(r => r.Side == Side.Sell && r.FilledBefore + r.Filled > 0).ToList();
        var orders = sales.Where(r => r.OrderId is not null).Select(r => (r.Id, OrderId: r.OrderId!.Value)).ToHashSet();
        var attempts = sales.SelectMany(r => Enumerable.Range(1, Math.Max(0, r.Attempt - 1)).Select(n => (r.Id, Key: KeyOfSell(r, n)))).ToList(); // earlier ones; the row knows the last
        if (attempts.Count > 0)
        {
            var known = await desk.FindAsync([.. attempts.Select(a => a.Key)], ct);
            orders.UnionWith(attempts.Where(a => known.ContainsKey(a.Key)).Select(a => (a.Id, known[a.Key].OrderId)));
        }
        var realised = orders.Count == 0 ? null : await book.RealisedAsync(db, [.. orders.Select(o => o.OrderId)], ct);
        var results = orders.ToLookup(o => o.Id, o => realised!.GetValueOrDefault(o.OrderId).Micros);
        foreach (var row in told)
            news.Ended(db, row, results.Contains(row.Id) ? new Usdc(results[row.Id].Sum()) : null);
    }

    private static string KeyOfSell(DecisionRow row, int attempt) => $"copy:{row.FollowId:N}:{row.LeaderTradeId}:{attempt}";
}
