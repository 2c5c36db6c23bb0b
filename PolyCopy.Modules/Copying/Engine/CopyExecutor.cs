using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Orders what was decided, by the desk that orders for exits too. What memory loses, the sweep finds in the table.</summary>
internal sealed partial class CopyExecutor(
    WorkerScope workers, FollowBoard board, CopyBooks books, CopyOutcomes outcomes, Holdings holdings, IOrderDesk desk, IMarketCatalog catalog, CopyingOptions options, TimeProvider clock, ILogger<CopyExecutor> logger)
{
    private const int BatchSize = 1_000;

    /// <summary>Nothing is sent later than the desk would send it: the price was judged at the decision.</summary>
    private static readonly TimeSpan BuyWindow = TimeSpan.FromSeconds(8);

    /// <summary>A mirrored sell that no bid will take is given up after this; the holding stays, and the user is told.</summary>
    private static readonly TimeSpan SellWindow = TimeSpan.FromMinutes(30);

    /// <summary>Batches that are being posted while the next one is decided.</summary>
    private const int Flights = 4;

    // Full: the rows stand in the table and the sweep takes them up a second later.
    private readonly Channel<DecisionRow> _fresh = Channel.CreateBounded<DecisionRow>(new BoundedChannelOptions(50_000) { SingleReader = true });
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly SemaphoreSlim _flights = new(Flights, Flights);
    private int _inHand;

    /// <summary>Orders these soon; they are committed.</summary>
    public void Take(IReadOnlyList<DecisionRow> planned)
    {
        foreach (var row in planned)
        {
            if (!_fresh.Writer.TryWrite(row))
                return;
            Interlocked.Increment(ref _inHand);
        }
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (await _fresh.Reader.WaitToReadAsync(stopping))
            {
                await _flights.WaitAsync(stopping);
                var flight = Task.CompletedTask;
                try
                {
                    flight = await DecideFreshAsync(stopping);
                }
                catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
                {
                    Log.Failed(logger, e); // the sweep goes on from the table
                }
                finally
                {
                    _ = LandAsync(flight);
                }
            }
        }
        finally
        {
            for (var i = 0; i < Flights; i++)
                await _flights.WaitAsync(CancellationToken.None); // what is being posted is heard out
        }

        async Task LandAsync(Task flight)
        {
            try
            {
                await flight;
            }
            catch (Exception e)
            {
                Log.Failed(logger, e);
            }
            finally
            {
                _flights.Release();
            }
        }
    }

    /// <summary>Orders what has been decided so far.</summary>
    public async Task OrderFreshAsync(CancellationToken ct) => await await DecideFreshAsync(ct);

    public bool HasFresh => _fresh.Reader.Count > 0;

    /// <summary>Takes up what is due in the table: sells to be tried again, and what a crash left.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var before = now - (Volatile.Read(ref _inHand) == 0 ? TimeSpan.FromSeconds(1) : BuyWindow); // what is fresh is in hand
        var due = await workers.ReadAsync((db, token) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.State == DecisionState.Planned && (d.DueAt != null ? d.DueAt <= now : d.DecidedAt <= before)).OrderBy(d => d.Id).Take(BatchSize).ToListAsync(token), ct);
        await await DecideAsync(due, recovered: true, ct);
        await outcomes.CatchUpAsync(ct);
    }

    private async Task<Task> DecideFreshAsync(CancellationToken ct)
    {
        var batch = new List<DecisionRow>();
        while (batch.Count < BatchSize && _fresh.Reader.TryRead(out var row))
            batch.Add(row);
        var flight = Task.CompletedTask;
        try
        {
            flight = await DecideAsync(batch, recovered: false, ct);
        }
        finally
        {
            flight = AfterAsync(flight, batch.Count);
        }
        return flight;

        async Task AfterAsync(Task sending, int count)
        {
            try
            {
                await sending;
            }
            finally
            {
                Interlocked.Add(ref _inHand, -count);
            }
        }
    }

    /// <summary>Decides and commits the orders of these rows.</summary>
    /// <returns>Their posting: the next batch need not wait for it.</returns>
    private async Task<Task> DecideAsync(List<DecisionRow> rows, bool recovered, CancellationToken ct)
    {
        if (rows.Count == 0)
            return Task.CompletedTask;
        await _one.WaitAsync(ct);
        try
        {
            if (recovered)
                rows = await WithoutOrderAsync(rows, ct);
            var plans = new List<(DecisionRow Row, Decision Decision)>(rows.Count);
            var ended = new List<DecisionEnd>();
            var sells = rows.Where(r => r.Side == Side.Sell).Select(r => (r.WalletId, r.TokenId)).Distinct().ToList();
            var held = sells.Count == 0 ? [] : await workers.ReadAsync((db, token) => holdings.FoldAsync(db, sells, token), ct);
            foreach (var row in rows)
                if (await PlanAsync(row, held.GetValueOrDefault((row.FollowId, row.TokenId)).Shares, ended, ct) is { } decision)
                    plans.Add((row, decision));
            var committed = new List<CommittedOrder>(plans.Count);
            if (plans.Count > 0)
            {
                var decided = await desk.DecideAsync([.. plans.Select(p => p.Decision)], ct);
                for (var i = 0; i < plans.Count; i++)
                    if (decided[i].Try(out var order, out var error))
                        committed.Add(order);
                    else
                        Refused(plans[i].Row, error, ended);
            }
            await outcomes.EndAsync(ended, ct);
            return SendAsync(committed);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Answers reach the decisions as all news of orders do; only one that could not be recorded is told here.</summary>
    private async Task SendAsync(IReadOnlyList<CommittedOrder> committed)
    {
        var answers = await desk.SendAsync(committed, CancellationToken.None);
        await outcomes.ApplyAsync([.. answers.Where(a => a.SubmittedAt is null)], CancellationToken.None);
    }

    /// <summary>Before anything is decided again: which of these have their order already?</summary>
    private async Task<List<DecisionRow>> WithoutOrderAsync(List<DecisionRow> rows, CancellationToken ct)
    {
        var found = await desk.FindAsync([.. rows.Select(Key)], ct);
        if (found.Count > 0)
            await outcomes.ApplyAsync([.. found.Values], ct);
        // the table may have moved on since it was read
        var ids = rows.Where(r => !found.ContainsKey(Key(r))).Select(r => r.Id).ToList();
        return await workers.ReadAsync((db, token) => db.Set<DecisionRow>().AsNoTracking().Where(d => ids.Contains(d.Id) && d.State == DecisionState.Planned).OrderBy(d => d.Id).ToListAsync(token), ct);
    }

    /// <param name="row">What was decided.</param>
    /// <param name="held">What its follow holds now: a sell of its own takes no more, whatever it once aimed at.</param>
    /// <param name="ended">What ends or waits instead.</param>
    /// <param name="ct">Cancels.</param>
    private async Task<Decision?> PlanAsync(DecisionRow row, long held, List<DecisionEnd> ended, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var decidedAt = new DateTimeOffset(row.DecidedAt, TimeSpan.Zero);
        if (row.Side == Side.Buy)
        {
            if (now - decidedAt > BuyWindow)
            {
                ended.Add(new DecisionEnd(row.Id, "late_order", Reasons.LateOrder.With(Gap.Number((decimal)BuyWindow.TotalSeconds)), null));
                return null;
            }
            return new Decision(
                Key(row), row.UserId, row.WalletId, row.MarketId!, row.TokenId, Side.Buy, OrderType.Fak, null, new Usdc(row.Amount), row.WorstPrice!.Value, "copy", null, null, 0, 0,
                row.FollowId, row.LeaderTradeId, TakeProfit: row.TakeProfit, StopLoss: row.StopLoss);
        }
        var own = row.LeaderSide == Side.Sell; // a net sell belongs to no follow: the oldest lots go
        var left = own ? Math.Min(row.Target - row.FilledBefore, held) : row.Target - row.FilledBefore;
        if (left < Shares.Lot)
        {
            ended.Add(new DecisionEnd(row.Id, "nothing_left", Reasons.NothingLeft.With(), null));
            return null;
        }
        if (now - decidedAt > SellWindow || row.Attempt >= options.SellAttempts)
        {
            ended.Add(new DecisionEnd(row.Id, "no_bids", Reasons.NoBids.With(new Shares(left)), null));
            return null;
        }
        var market = row.MarketId is { } id ? catalog.TryGet(id) : null;
        var book = await books.ReadAsync(row.TokenId, ct);
        var rules = await RulesAsync(row, ct);
        if (market is null || book?.BestBid is not { } bid || CopyJudge.SellFloor(bid, rules, market.TickSize) is not { } floor)
        {
            ended.Add(new DecisionEnd(row.Id, null, null, now + TimeSpan.FromSeconds(2)));
            return null;
        }
        var (shares, _) = book.Sell(left, floor);
        shares -= shares % Shares.Lot;
        if (shares <= 0)
        {
            ended.Add(new DecisionEnd(row.Id, null, null, now + TimeSpan.FromSeconds(1))); // those before it have taken these bids
            return null;
        }
        return new Decision(
            Key(row), row.UserId, row.WalletId, row.MarketId!, row.TokenId, Side.Sell, OrderType.Fak, new Shares(shares), null, floor, "copy", null, null, 0, 0,
            own ? row.FollowId : null, row.LeaderTradeId);
    }

    private async Task<FollowRules> RulesAsync(DecisionRow row, CancellationToken ct)
    {
        if (board.Find(row.FollowId) is { } follow && follow.RulesVersion == row.RulesVersion)
            return follow.Rules;
        return await workers.ReadAsync((db, token) => db.Set<FollowRulesRow>().AsNoTracking().Where(r => r.FollowId == row.FollowId && r.Version == row.RulesVersion).Select(r => r.Rules).FirstOrDefaultAsync(token), ct)
            ?? board.Find(row.FollowId)?.Rules ?? new FollowRules();
    }

    private void Refused(DecisionRow row, Error error, List<DecisionEnd> ended)
    {
        var now = clock.GetUtcNow();
        switch (error.Code)
        {
            case "order.duplicate_decision":
                ended.Add(new DecisionEnd(row.Id, null, null, now)); // the sweep reads what became of it
                break;
            case "order.not_sellable" when row.Side == Side.Sell: // still settling, or behind another order
                ended.Add(new DecisionEnd(row.Id, null, null, now + TimeSpan.FromSeconds(2)));
                break;
            case "venue.unavailable" when row.Side == Side.Sell:
                ended.Add(new DecisionEnd(row.Id, null, null, now + TimeSpan.FromSeconds(5)));
                break;
            default:
                ended.Add(new DecisionEnd(row.Id, error.Code, error.Said, null, error.Message));
                break;
        }
    }

    /// <summary>The decision's name at the desk; each attempt of a sell is one of its own.</summary>
    public static string Key(DecisionRow row) => row.Side == Side.Buy ? $"copy:{row.FollowId:N}:{row.LeaderTradeId}" : $"copy:{row.FollowId:N}:{row.LeaderTradeId}:{row.Attempt + 1}";

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 20, LogLevel.Warning, "Copies could not be ordered now; they are taken up again")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}

/// <param name="Code">Why it ends; null: it is tried again.</param>
/// <param name="Again">When.</param>
/// <param name="Foreign">The reason, where it is nobody's phrase.</param>
internal sealed record DecisionEnd(Guid Id, string? Code, Said? Reason, DateTimeOffset? Again, string? Foreign = null);
