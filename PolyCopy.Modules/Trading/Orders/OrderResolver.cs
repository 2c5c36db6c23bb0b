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
        OrderLookup found;
        try
        {
            found = await venue.LookupAsync(wallet.Account, hash, new DateTimeOffset(row.DecidedAt), ct);
        }
        catch (VenueException e)
        {
            Log.NotRead(logger, hash, e.Failure, e);
            return null; // a read that failed proves nothing: nothing is sent, nothing is freed
        }
        List<Evidence> evidence = [.. found.Fills.Select(f => new Traded(f, wallet.Id, wallet.UserId)), new LookedUp(hash, found, clock.GetUtcNow())];
        var outcome = (await recorder.RecordAsync(evidence, ct)).Outcomes.FirstOrDefault(o => o.OrderHash == hash);
        if (outcome is { Terminal: false } && found.Order is null && row.Status == OrderStatus.Live)
            watch.Hurry(hash, OrderStatus.Live, OrderRow.AbsenceProof + TimeSpan.FromMilliseconds(100)); // gone, or one read that missed it: the next one tells
        var now = clock.GetUtcNow().UtcDateTime;
        if (found is { Order: null, Fills.Count: 0 } && row.MayResend(now) && (row.LastSentAt is not { } last || now - last >= BetweenSends))
            await sender.ResendAsync(new OutgoingOrder(wallet.Account, hash, row.Body), ct);
        return outcome;
    }

    /// <summary>Looks at everything that is due now.</summary>
    public async Task RunDueAsync(CancellationToken ct)
    {
        while (watch.TryTakeStray(out var stray))
            await CancelStrayAsync(stray.WalletId, stray.Hash, ct);
        for (var due = watch.TakeDue(256); due.Count > 0; due = watch.TakeDue(256))
            await System.Threading.Tasks.Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct }, async (hash, token) =>
            {
                try
                {
                    await CheckAsync(hash, token);
                }
                catch (Exception e) when (!token.IsCancellationRequested)
                {
                    Log.Failed(logger, hash, e);
                }
                watch.Again(hash);
            });
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
