using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Turns firings into orders: one batch is one decision and one sending for up to a thousand exits, stops first.</summary>
internal sealed partial class ExitExecutor(
    ExitBook book, ExitWaits waits, ExitFlights flights, ExitOutcomes outcomes, ExitOrders orders, ExitHoldings holdings, ExitPlanner planner, ExitMoves moves, ExitSuspension suspension, ExitNews news, IOrderDesk desk,
    IUserSlippage slippage, ILogger<ExitExecutor> logger)
{
    private const int BatchSize = 1_000;

    /// <summary>Batches on their way at once: a venue that answers slowly must not keep the next stops waiting.</summary>
    private const int Abreast = 4;

    private const string WaitsForShares = "waits for shares that are settling or reserved";

    private static readonly TimeSpan SecondLook = TimeSpan.FromMilliseconds(250);

    private readonly Queue<Firing> _stops = new();
    private readonly Queue<Firing> _takes = new();
    private readonly SemaphoreSlim _free = new(Abreast, Abreast);
    private readonly List<Task> _running = [];

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (await book.Firings.WaitToReadAsync(stopping))
                await StartAsync(stopping);
        }
        finally
        {
            await IdleAsync(); // what is decided is sent, and what is sent is recorded
        }
    }

    /// <summary>Starts batches for all that has fired so far.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        do
        {
            await _free.WaitAsync(ct);
            _running.RemoveAll(t => t.IsCompleted);
            _running.Add(RunBatchAsync(Claim(), _free, ct));
        }
        while (_stops.Count + _takes.Count > 0);
    }

    /// <summary>Until every batch that was started has its answers.</summary>
    public Task IdleAsync() => Task.WhenAll(_running);

    // Everything that is there is taken out of the channel, so that no take goes before a stop.
    private List<Firing> Claim()
    {
        while (_stops.Count + _takes.Count < ExitBook.Capacity && book.Firings.TryRead(out var firing))
        {
            if (firing.LookAgain)
                waits.Add(firing.Exit, ExitState.Queued, WaitFor.NewerBook, SecondLook, firing.Version);
            else if (firing.Exit.Kind == ExitKind.BreakEven)
                moves.Add(firing);
            else
                (firing.Exit.IsStop ? _stops : _takes).Enqueue(firing);
        }
        var batch = new List<Firing>(Math.Min(BatchSize, _stops.Count + _takes.Count));
        while (batch.Count < BatchSize && (_stops.TryDequeue(out var next) || _takes.TryDequeue(out next)))
            if (next.Exit.Slot.Move(next.Exit, ExitState.Queued, ExitState.Firing))
                batch.Add(next);
        return batch;
    }

    private async Task RunBatchAsync(List<Firing> batch, SemaphoreSlim free, CancellationToken ct)
    {
        await Task.Yield(); // the reader goes on
        try
        {
            if (batch.Count > 0)
                await RunBatchAsync(batch, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            HoldBack([.. batch.Select(f => f.Exit)], e);
        }
        catch (OperationCanceledException)
        {
            // the host stops; what was committed is in the orders table and goes on at the next start
        }
        finally
        {
            free.Release();
        }
    }

    private async Task RunBatchAsync(List<Firing> batch, CancellationToken ct)
    {
        var stops = batch.Where(f => f.Exit.IsStop).ToList();
        var limits = stops.Count == 0 ? null : slippage.MaxSlippageAsync([.. stops.Select(f => f.Exit.UserId).Distinct()], ct);
        var resting = stops.Count == 0 ? null : orders.RestingAsync([.. stops.Select(f => f.Exit.WalletId).Distinct()], ct);
        await holdings.LearnAsync([.. batch.Select(f => f.Exit.PositionId)], ct);
        var plans = planner.Plan(batch, limits is null ? new Dictionary<long, decimal>() : await limits, out var ended);
        await outcomes.WriteAsync(ended, ct);
        var busy = resting is null ? [] : await resting;
        var waiting = plans.Where(p => p.Exit.IsStop && busy.Contains((p.Exit.WalletId, p.Exit.Token))).ToList();
        var ready = waiting.Count == 0 ? plans : [.. plans.Except(waiting)];
        await Task.WhenAll([SendAsync(ready, ct), .. waiting.GroupBy(p => (p.Exit.WalletId, p.Exit.Token)).Select(g => CancelThenSendAsync([.. g], ct))]);
    }

    /// <summary>The user's own resting sells hold the shares that a stop must sell.</summary>
    private async Task CancelThenSendAsync(List<Planned> plans, CancellationToken ct)
    {
        try
        {
            await desk.CancelSellsAsync(plans[0].Exit.WalletId, plans[0].Exit.Token, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            HoldBack([.. plans.Select(p => p.Exit)], e);
            return;
        }
        await SendAsync(plans, ct);
    }

    private async Task SendAsync(List<Planned> plans, CancellationToken ct)
    {
        if (plans.Count == 0)
            return;
        IReadOnlyList<Result<CommittedOrder>> decided;
        try
        {
            decided = await desk.DecideAsync([.. plans.Select(p => p.Decision)], ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            HoldBack([.. plans.Select(p => p.Exit)], e); // should the commit have gone through, the same attempt is a duplicate next time
            return;
        }
        var committed = new List<CommittedOrder>(plans.Count);
        var ended = new List<ExitRecord>();
        for (var i = 0; i < plans.Count; i++)
        {
            var (exit, decision) = plans[i];
            if (!decided[i].Try(out var order, out var error))
            {
                await RefusedAsync(exit, error, ended, ct);
                continue;
            }
            exit.Attempts = decision.ExitAttempt;
            exit.OrderId = order.OrderId;
            exit.OrderHash = order.Outgoing.Hash;
            exit.DecidedAt = order.DecidedAt;
            exit.SubmittedAt = exit.AckedAt = null;
            flights.Add(exit, order.OrderId, sending: true);
            committed.Add(order);
        }
        await outcomes.WriteAsync(ended, ct);
        if (committed.Count == 0)
            return;
        IReadOnlyList<OrderOutcome> answers;
        try
        {
            answers = await desk.SendAsync(committed, CancellationToken.None);
        }
        catch
        {
            foreach (var order in committed)
                flights.Find(order.OrderId)?.Sending = false; // the sweep reads what became of them
            throw;
        }
        await outcomes.SettleAsync([.. answers.Select(a => (Flight: flights.Find(a.OrderId), Answer: a)).Where(p => p.Flight is not null)
            .Select(p => (p.Flight!, ExitFlights.Landed(p.Flight!, p.Answer)))], CancellationToken.None);
    }

    private async Task RefusedAsync(ArmedExit exit, Error error, List<ExitRecord> ended, CancellationToken ct)
    {
        switch (error.Code)
        {
            case "order.not_sellable": // still settling, or behind another order: the position's next change kicks it
                if (exit.Reason != WaitsForShares)
                {
                    exit.Reason = WaitsForShares;
                    ended.Add(ExitRecord.Of(exit, exit.IsStop && exit.Filled > Shares.Zero ? ExitStatus.Firing : ExitStatus.Armed));
                }
                waits.Add(exit, ExitState.Firing, WaitFor.Shares, TimeSpan.FromSeconds(2));
                break;
            case "order.duplicate_decision" or "order.pending_attempt":
                await CatchUpAsync(exit, ct);
                break;
            case "order.amount": // too small for the venue's grid
                outcomes.End(exit, $"dust: {error.Message}", ended);
                break;
            case "market.closed":
                waits.Add(exit, ExitState.Firing, WaitFor.PresentBook, TimeSpan.FromSeconds(5));
                await suspension.SuspendAsync([exit.Token], error.Said ?? Reasons.NoOrders.With(), ct);
                break;
            default:
                exit.Setbacks++;
                exit.Reason = error.ToString();
                ended.Add(ExitRecord.Of(exit, exit.IsStop && exit.Filled > Shares.Zero ? ExitStatus.Firing : ExitStatus.Armed, exit.Troubled ? null : news.Held(exit, error)));
                exit.Troubled = true;
                waits.Add(exit, ExitState.Firing, WaitFor.PresentBook, TimeSpan.FromSeconds(Math.Min(1 << Math.Min(exit.Setbacks, 6), 60)));
                Log.HeldBack(logger, 1, exit.Reason, null);
                break;
        }
    }

    /// <summary>An attempt was committed that memory does not know of: take in what became of it before another is made.</summary>
    private async Task CatchUpAsync(ArmedExit exit, CancellationToken ct)
    {
        try
        {
            var attempts = (await orders.AttemptsAsync([exit.Id], ct)).Where(o => o.ExitArming == exit.Arming).ToList();
            exit.Attempts = attempts.Max(o => o.ExitAttempt) ?? exit.Attempts;
            exit.FilledBefore = new Shares(attempts.Where(o => o.IsTerminal).Sum(o => o.Filled.Micros));
            exit.Filled = new Shares(attempts.Sum(o => o.Filled.Micros));
            if (attempts.Find(o => !o.IsTerminal) is { } open)
            {
                exit.OrderId = open.Id;
                exit.OrderHash = open.OrderHash;
                flights.Add(exit, open.Id, sending: false);
                return;
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.HeldBack(logger, 1, "its orders cannot be read", e);
        }
        waits.Add(exit, ExitState.Firing, WaitFor.PresentBook, TimeSpan.FromMilliseconds(250));
    }

    private void HoldBack(IReadOnlyList<ArmedExit> exits, Exception e)
    {
        Log.HeldBack(logger, exits.Count, "the database does not answer", e);
        foreach (var exit in exits)
        {
            if (exit.OrderId is not null)
                continue; // decided: its order is looked after
            exit.Setbacks++;
            waits.Add(exit, ExitState.Firing, WaitFor.PresentBook, TimeSpan.FromMilliseconds(Math.Min(250 << Math.Min(exit.Setbacks, 5), 5_000)));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(ExitEventIds.HeldBack, LogLevel.Warning, "{Count} exits held back, to be judged again: {Reason}")]
        public static partial void HeldBack(ILogger logger, int count, string reason, Exception? e);
    }
}
