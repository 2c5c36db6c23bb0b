using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Writes what became of copies' orders: into the decision, the holdings and the owner's events, in one transaction.</summary>
internal sealed partial class CopyOutcomes(
    WorkerScope workers, Holdings holdings, CopyNews news, IOrderDesk desk, IPositionBook book, IUserEvents events, TimeProvider clock, ILogger<CopyOutcomes> logger) : IOrderListener, IPositionListener
{
    /// <summary>Orders of one trade end together, and each is heard of twice, matched and filled: one statement for all.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);

    // Full: the word is lost here, and the sweep asks the desk itself.
    private readonly Channel<OrderOutcome> _heard = Channel.CreateBounded<OrderOutcome>(new BoundedChannelOptions(65_536) { SingleReader = true });

    // Full: the holdings lag until the next change; sells are folded from the ledger anyway.
    private readonly Channel<(Guid WalletId, TokenId Token)> _changed = Channel.CreateBounded<(Guid, TokenId)>(new BoundedChannelOptions(65_536) { SingleReader = true });
    private readonly SemaphoreSlim _one = new(1, 1);

    public ValueTask OrderChangedAsync(OrderOutcome outcome, CancellationToken ct)
    {
        if (outcome.Decision is { Origin: "copy" })
            _heard.Writer.TryWrite(outcome);
        return ValueTask.CompletedTask;
    }

    public void Committed(IReadOnlyList<Booked> changes)
    {
        foreach (var change in changes)
            if (change is { SharesDelta: not 0, Position: { } position })
                _changed.Writer.TryWrite((position.WalletId, position.Token));
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        var (orders, positions) = (Task.FromResult(true), Task.FromResult(true));
        while (true)
        {
            try
            {
                await TakeInAsync(stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
            {
                Log.NotWritten(logger, e);
            }
            await Task.Delay(Gather, clock, stopping);
            orders = orders.IsCompleted ? _heard.Reader.WaitToReadAsync(stopping).AsTask() : orders;
            positions = positions.IsCompleted ? _changed.Reader.WaitToReadAsync(stopping).AsTask() : positions;
            await await Task.WhenAny(orders, positions);
        }
    }

    /// <summary>Takes in what listeners have heard so far.</summary>
    public async Task TakeInAsync(CancellationToken ct)
    {
        var batch = new Dictionary<Guid, OrderOutcome>();
        while (batch.Count < 1_000 && _heard.Reader.TryRead(out var outcome))
            if (outcome.Terminal || !batch.TryGetValue(outcome.OrderId, out var before) || !before.Terminal)
                batch[outcome.OrderId] = outcome;
        await ApplyAsync([.. batch.Values], ct);
        var changed = new HashSet<(Guid WalletId, TokenId Token)>();
        while (changed.Count < 1_000 && _changed.Reader.TryRead(out var pair))
            changed.Add(pair);
        if (changed.Count == 0)
            return;
        await _one.WaitAsync(ct);
        try
        {
            await workers.WriteAsync(async (db, token) =>
            {
                Guid[] wallets = [.. changed.Select(c => c.WalletId).Distinct()];
                var known = (await db.Set<HoldingRow>().AsNoTracking().Where(h => wallets.Contains(h.WalletId) && h.Shares > 0).Select(h => new { h.WalletId, h.TokenId }).ToListAsync(token)).Select(h => (h.WalletId, h.TokenId)).ToHashSet();
                await holdings.RefreshAsync(db, [.. changed.Where(known.Contains)], token);
                return true;
            }, ct);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Decisions that end without an order, or wait.</summary>
    public async Task EndAsync(IReadOnlyList<DecisionEnd> ends, CancellationToken ct)
    {
        if (ends.Count == 0)
            return;
        await _one.WaitAsync(ct);
        try
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
        }
        finally
        {
            _one.Release();
        }
        events.Notify();
    }

    /// <summary>What the desk or a listener says of orders; hearing the same twice changes nothing.</summary>
    public async Task ApplyAsync(IReadOnlyList<OrderOutcome> heard, CancellationToken ct)
    {
        if (heard.Count > 0)
            await AloneAsync(() => WriteAsync(heard, ct), ct);
    }

    /// <summary>Until the work has ended nothing that arrives is written into decisions: a fill is either in what the work sees, or comes after what it commits.</summary>
    public async Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            return await work();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>For work that is alone: takes in what the desk knows of these follows' entries of a token beyond what stands in their decisions.</summary>
    /// <returns>Whether there was any: what was read before may lack it, or count it twice.</returns>
    public async Task<bool> CatchUpAloneAsync(IReadOnlyCollection<Guid> follows, TokenId of, CancellationToken ct)
    {
        var open = await OpenBuysAsync(follows, of, ct);
        if (open.Count == 0)
            return false;
        var known = await desk.FindAsync([.. open.Select(KeyOfOrder)], ct);
        var news = open.Where(row => known.TryGetValue(KeyOfOrder(row), out var order) && (row.OrderId != order.OrderId || row.Filled != order.Filled.Micros || order.Terminal)).Select(row => known[KeyOfOrder(row)]).ToList();
        return news.Count > 0 && await WriteAsync(news, ct);
    }

    private async Task<bool> WriteAsync(IReadOnlyList<OrderOutcome> heard, CancellationToken ct)
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

    /// <summary>Takes in what the desk knows of these follows' entries of a token: a sell must not count as still coming what has arrived.</summary>
    public async Task CatchUpAsync(IReadOnlyCollection<Guid> follows, TokenId of, CancellationToken ct)
    {
        var open = await OpenBuysAsync(follows, of, ct);
        if (open.Count > 0)
            await ApplyAsync([.. (await desk.FindAsync([.. open.Select(KeyOfOrder)], ct)).Values], ct);
    }

    /// <summary>Asks the desk about orders that should have ended, and the ledger about settlement.</summary>
    public async Task CatchUpAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow().UtcDateTime - TimeSpan.FromSeconds(20);
        var open = await workers.ReadAsync((db, token) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.State == DecisionState.Ordered && (d.SubmittedAt ?? d.DecidedAt) < before).OrderBy(d => d.Id).Take(1_000).ToListAsync(token), ct);
        if (open.Count > 0)
            await ApplyAsync([.. (await desk.FindAsync([.. open.Select(KeyOfOrder)], ct)).Values], ct);
        var since = clock.GetUtcNow().UtcDateTime - TimeSpan.FromHours(1);
        var settling = await workers.ReadAsync((db, token) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.State == DecisionState.Done && d.OrderId != null && d.ConfirmedAt == null && d.Filled > 0 && d.DecidedAt >= since)
            .OrderByDescending(d => d.Id).Take(1_000).Select(d => new { d.Id, OrderId = d.OrderId!.Value }).ToListAsync(token), ct);
        if (settling.Count == 0)
            return;
        var confirmed = await workers.ReadAsync((db, token) => book.ConfirmedAsync(db, [.. settling.Select(s => s.OrderId)], token), ct);
        var ended = settling.Where(s => confirmed.ContainsKey(s.OrderId)).ToList();
        if (ended.Count == 0)
            return;
        var at = new BulkColumn("confirmed_at", ended.Select(s => confirmed[s.OrderId].UtcDateTime).ToArray());
        await _one.WaitAsync(ct);
        try
        {
            await workers.WriteAsync((db, token) => db.BulkUpdateAsync(new BulkUpdate("decisions", new BulkColumn("id", ended.Select(s => s.Id).ToArray()), null, [at], Wait: true), token), ct);
        }
        finally
        {
            _one.Release();
        }
    }

    private Task<List<DecisionRow>> OpenBuysAsync(IReadOnlyCollection<Guid> follows, TokenId of, CancellationToken ct) =>
        workers.ReadAsync((db, token) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.State != DecisionState.Done && d.Side == Side.Buy && d.TokenId == of && follows.Contains(d.FollowId)).ToListAsync(token), ct);

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

    private static TimeSpan Pause(DecisionRow row, OrderOutcome answer) =>
        answer.Held ? answer.RetryAfter ?? TimeSpan.FromSeconds(1)
        : answer.Filled > Shares.Zero ? TimeSpan.FromMilliseconds(500)
        : TimeSpan.FromSeconds(Math.Min(30, 1 << Math.Min(row.Attempt, 5)));

    private static string KeyOfOrder(DecisionRow row) => row.Side == Side.Buy ? CopyExecutor.Key(row) : KeyOfSell(row, row.Attempt);

    private static string KeyOfSell(DecisionRow row, int attempt) => $"copy:{row.FollowId:N}:{row.LeaderTradeId}:{attempt}";

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 21, LogLevel.Warning, "What became of copies could not be written now; it is asked again")]
        public static partial void NotWritten(ILogger logger, Exception e);
    }
}
