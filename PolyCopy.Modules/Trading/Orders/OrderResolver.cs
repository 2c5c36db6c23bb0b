using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Ends doubt: asks the venue about every open order that is unknown, delayed, matched without fills or long without news, sends the same bytes again while that is allowed, and finds after a restart what the last process left.</summary>
internal sealed partial class OrderResolver(
    WorkerScope workers, ITradingVenue venue, OrderRecorder recorder, OrderSender sender, OrderWatch watch, TradingWallets wallets, TimeProvider clock, ILogger<OrderResolver> logger) : BackgroundService
{
    private const int Batch = 512;
    private const int Parallel = 16;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenSends = TimeSpan.FromSeconds(1);

    // younger ones are being sent by whoever decided them
    private static readonly TimeSpan LeftBehind = OrderRow.SendWindow + TimeSpan.FromSeconds(2);

    /// <summary>Looks one order up and draws the consequences.</summary>
    /// <returns>The order after that; null when there is no such order, or the venue cannot be asked.</returns>
    public async Task<OrderOutcome?> CheckAsync(string hash, CancellationToken ct)
    {
        var row = await workers.ReadAsync((db, t) => db.Set<OrderRow>().AsNoTracking().FirstOrDefaultAsync(o => o.OrderHash == hash, t), ct);
        if (row is null or { IsTerminal: true })
        {
            watch.Forget(hash);
            return null;
        }
        if (!(await wallets.FindAsync(row.WalletId, ct)).Try(out var wallet, out var error))
        {
            Log.NoWallet(logger, hash, error.ToString());
            return null;
        }
        if (await LookAsync(row, wallet, ct) is not { } looked)
            return null;
        var outcome = (await recorder.RecordAsync([.. looked.Evidence], ct)).Outcomes.FirstOrDefault(o => o.OrderHash == hash);
        await FollowUpAsync(looked, outcome, ct);
        return outcome;
    }

    /// <summary>Looks at everything that is due now.</summary>
    public async Task RunDueAsync(CancellationToken ct)
    {
        while (watch.TryTakeStray(out var stray))
            await CancelStrayAsync(stray.WalletId, stray.Hash, ct);
        for (var due = watch.TakeDue(Batch); due.Count > 0; due = watch.TakeDue(Batch))
        {
            try
            {
                await CheckAsync(due, ct);
            }
            finally
            {
                foreach (var hash in due)
                    watch.Again(hash);
            }
        }
    }

    /// <summary>Looks many orders up side by side. What has been heard by then is recorded together: thousands may be matched at once, and a transaction for each would take the machine from the orders still to be sent.</summary>
    private async Task CheckAsync(IReadOnlyList<string> hashes, CancellationToken ct)
    {
        var rows = await workers.ReadAsync((db, t) => db.Set<OrderRow>().AsNoTracking().Where(o => hashes.Contains(o.OrderHash) && o.TerminalAt == null).ToListAsync(t), ct);
        foreach (var gone in hashes.Except(rows.Select(r => r.OrderHash), StringComparer.Ordinal))
            watch.Forget(gone);
        var found = await wallets.FindAsync([.. rows.Select(r => r.WalletId)], ct);
        var heard = Channel.CreateUnbounded<Looked>(new UnboundedChannelOptions { SingleReader = true }); // holds this call's answers, no more
        var looking = System.Threading.Tasks.Parallel.ForEachAsync(rows.Zip(found), new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct }, async (pair, token) =>
        {
            try
            {
                if (!pair.Second.Try(out var wallet, out var error))
                    Log.NoWallet(logger, pair.First.OrderHash, error.ToString());
                else if (await LookAsync(pair.First, wallet, token) is { } looked)
                    heard.Writer.TryWrite(looked);
            }
            catch (Exception e) when (!token.IsCancellationRequested)
            {
                Log.Failed(logger, pair.First.OrderHash, e);
            }
        });
        _ = looking.ContinueWith(_ => heard.Writer.Complete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        using var turns = new SemaphoreSlim(Parallel);
        var followUps = new List<Task>();
        await foreach (var batch in heard.BatchesAsync(looking))
            foreach (var (looked, outcome) in await RecordAsync(batch, ct))
                followUps.Add(InTurnAsync(looked, outcome));
        await Task.WhenAll(followUps);
        await looking;

        async Task InTurnAsync(Looked looked, OrderOutcome? outcome)
        {
            await turns.WaitAsync(ct);
            try
            {
                await FollowUpAsync(looked, outcome, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                Log.Failed(logger, looked.Row.OrderHash, e);
            }
            finally
            {
                turns.Release();
            }
        }
    }

    private async Task<IReadOnlyList<(Looked Looked, OrderOutcome? Outcome)>> RecordAsync(IReadOnlyList<Looked> batch, CancellationToken ct)
    {
        try
        {
            var outcomes = (await recorder.RecordAsync([.. batch.SelectMany(l => l.Evidence)], ct)).Outcomes.ToDictionary(o => o.OrderHash, StringComparer.Ordinal);
            return [.. batch.Select(l => (l, outcomes.GetValueOrDefault(l.Row.OrderHash)))];
        }
        catch (Exception e) when (batch.Count == 1 && !ct.IsCancellationRequested)
        {
            Log.Failed(logger, batch[0].Row.OrderHash, e);
            return [];
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // one that cannot be recorded must not keep the others: each by itself
            var each = new List<(Looked, OrderOutcome?)>(batch.Count);
            foreach (var looked in batch)
                each.AddRange(await RecordAsync([looked], ct));
            return each;
        }
    }

    /// <returns>Null: the venue cannot be read. That proves nothing: nothing is sent, nothing is freed.</returns>
    private async Task<Looked?> LookAsync(OrderRow row, TradingWallet wallet, CancellationToken ct)
    {
        try
        {
            return new Looked(row, wallet, await venue.LookupAsync(wallet.Account, row.OrderHash, new DateTimeOffset(row.DecidedAt), ct), clock.GetUtcNow());
        }
        catch (VenueException e)
        {
            Log.NotRead(logger, row.OrderHash, e.Failure, e);
            return null;
        }
    }

    private async Task FollowUpAsync(Looked looked, OrderOutcome? outcome, CancellationToken ct)
    {
        var (row, wallet, found, _) = looked;
        if (outcome is { Terminal: false } && found.Order is null && row.Status == OrderStatus.Live)
            watch.Hurry(row.OrderHash, OrderStatus.Live, OrderRow.AbsenceProof + TimeSpan.FromMilliseconds(100)); // gone, or one read that missed it: the next one tells
        var now = clock.GetUtcNow().UtcDateTime;
        // one that was just decided is being sent by whoever decided it
        if (found is { Order: null, Fills.Count: 0 } && row.MayResend(now) && now - (row.LastSentAt ?? row.DecidedAt) >= BetweenSends)
            await sender.ResendAsync(new OutgoingOrder(wallet.Account, row.OrderHash, row.Body), ct);
    }

    /// <summary>Finds open orders that nobody watches: those of a process that died, and those whose answer could not be stored.</summary>
    /// <param name="age">Only orders decided at least this long ago.</param>
    /// <param name="ct">Cancels the read.</param>
    public async Task SweepAsync(TimeSpan age, CancellationToken ct)
    {
        var before = (clock.GetUtcNow() - age).UtcDateTime;
        var open = await workers.ReadAsync((db, t) => db.Set<OrderRow>().AsNoTracking().Where(o => o.TerminalAt == null && o.DecidedAt <= before)
            .Select(o => new { o.OrderHash, o.Status }).ToListAsync(t), ct);
        foreach (var order in open)
            if (!watch.Knows(order.OrderHash))
                watch.Hurry(order.OrderHash, order.Status);
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        var age = TimeSpan.Zero; // at start nobody else has any order in hand
        var swept = DateTimeOffset.MinValue;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (clock.GetUtcNow() - swept >= SweepEvery)
                {
                    await SweepAsync(age, stopping);
                    (swept, age) = (clock.GetUtcNow(), LeftBehind);
                }
                await RunDueAsync(stopping);
                await watch.WaitAsync(SweepEvery, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.Held(logger, e);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, CancellationToken.None); // the database is away: the orders stay where they are
            }
        }
    }

    private async Task CancelStrayAsync(Guid walletId, string hash, CancellationToken ct)
    {
        if (!(await wallets.FindAsync(walletId, ct)).Try(out var wallet, out _))
            return;
        try
        {
            await venue.CancelAsync(wallet.Account, [hash], ct);
        }
        catch (VenueException e)
        {
            Log.NotRead(logger, hash, e.Failure, e); // the next reconciliation reports it again
        }
    }

    /// <summary>What the venue said of an order as it stood.</summary>
    private sealed record Looked(OrderRow Row, TradingWallet Wallet, OrderLookup Found, DateTimeOffset At)
    {
        public IEnumerable<Evidence> Evidence => [.. Found.Fills.Select(f => new Traded(f, Wallet.Id, Wallet.UserId)), new LookedUp(Row.OrderHash, Found, At)];
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 20, LogLevel.Warning, "Order {Hash} cannot be looked up: {Failure}")]
        public static partial void NotRead(ILogger logger, string hash, VenueFailure failure, Exception e);

        [LoggerMessage(EventIds.Trading + 21, LogLevel.Error, "Order {Hash} cannot be looked up: {Refusal}")]
        public static partial void NoWallet(ILogger logger, string hash, string refusal);

        [LoggerMessage(EventIds.Trading + 22, LogLevel.Warning, "Order {Hash} could not be resolved now")]
        public static partial void Failed(ILogger logger, string hash, Exception e);

        [LoggerMessage(EventIds.Trading + 23, LogLevel.Warning, "Open orders cannot be read now; they are asked about again")]
        public static partial void Held(ILogger logger, Exception e);
    }
}
