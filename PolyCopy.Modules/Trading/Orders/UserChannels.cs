using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Keeps a user channel open for every wallet with open orders or unsettled fills, then for those that hold something, and for the most recently active others. Each connect is followed by a reconciliation: the channel replays nothing.</summary>
internal sealed partial class UserChannels(
    WorkerScope workers, IPositionBook book, IUserChannel channel, OrderRecorder recorder, Reconciler reconciler, WalletBalances balances, TradingWallets wallets, TradingOptions options,
    TimeProvider clock, ILogger<UserChannels> logger) : BackgroundService
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);

    private readonly Dictionary<Guid, Line> _lines = [];
    private readonly CancellationTokenSource _stopped = new();

    /// <summary>How many channels are held.</summary>
    public int Open
    {
        get
        {
            lock (_lines)
                return _lines.Count;
        }
    }

    /// <summary>The wallet trades: its channel opens, or stays open.</summary>
    public void Need(TradingWallet wallet)
    {
        lock (_lines)
        {
            if (_stopped.IsCancellationRequested)
                return;
            if (_lines.TryGetValue(wallet.Id, out var line))
            {
                line.NeededAt = clock.GetUtcNow();
                return;
            }
            // needed a moment ago: in a burst of thousands of wallets each would close another's before it has connected. Those beyond the bound are asked about over REST.
            if (_lines.Count >= options.MaxUserChannels && Dispensable().First().Value.NeededAt > clock.GetUtcNow() - SweepEvery)
                return;
            MakeRoom(options.MaxUserChannels - 1);
            var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
            _lines[wallet.Id] = new Line { NeededAt = clock.GetUtcNow(), Stop = stop, Run = Task.Run(() => HoldAsync(wallet, stop.Token), CancellationToken.None) };
        }
    }

    /// <summary>Opens what must be open and closes what nobody needs.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        var (needed, holding) = await workers.ReadAsync(async (db, token) =>
        {
            var open = await db.Set<OrderRow>().AsNoTracking().Where(o => o.TerminalAt == null).Select(o => o.WalletId).Distinct().ToListAsync(token);
            var unsettled = await book.UnsettledAsync(db, null, token);
            return (open.Concat(unsettled.Select(f => f.WalletId)).ToHashSet(), await book.HoldingWalletsAsync(db, token));
        }, ct);
        var found = await wallets.FindAsync([.. needed, .. Watched(needed, holding)], ct);
        foreach (var result in found)
            if (result.Try(out var wallet, out _))
                Need(wallet);
        lock (_lines)
        {
            foreach (var (id, line) in _lines)
                line.IsBusy = needed.Contains(id);
            MakeRoom(options.MaxUserChannels);
            foreach (var (id, line) in _lines.Where(l => !l.Value.IsBusy && clock.GetUtcNow() - l.Value.NeededAt > Idle).ToList())
                Drop(id, line);
        }
    }

    /// <summary>Holders who are worth a channel: what is settled or redeemed is told there. Only as many as have room beside the needed ones, those who have one first: no channel is closed to open another.</summary>
    private List<Guid> Watched(HashSet<Guid> needed, IReadOnlyList<HoldingWallet> holding)
    {
        lock (_lines)
            return [.. holding.Select(h => h.WalletId).Where(id => !needed.Contains(id)).OrderByDescending(_lines.ContainsKey).Take(Math.Max(0, options.MaxUserChannels - needed.Count))];
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        Task[] running;
        lock (_lines)
        {
            _stopped.Cancel();
            running = [.. _lines.Values.Select(l => l.Run)];
            _lines.Clear();
        }
        await Task.WhenAll(running).WaitAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        await ReconcileAllAsync(stopping);
        using var timer = new PeriodicTimer(SweepEvery, clock);
        do
        {
            try
            {
                await SweepAsync(stopping);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                Log.NotSwept(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    /// <summary>Once at start, every wallet that ever traded: what happened while we were away.</summary>
    private async Task ReconcileAllAsync(CancellationToken ct)
    {
        try
        {
            var traded = await workers.ReadAsync((db, token) => db.Set<OrderRow>().AsNoTracking().Select(o => o.WalletId).Union(db.Set<ReconciliationRow>().Select(r => r.WalletId)).ToListAsync(token), ct);
            await Parallel.ForEachAsync(await wallets.FindAsync(traded, ct), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, async (result, token) =>
            {
                if (result.Try(out var wallet, out _))
                    await ReconcileAsync(wallet, attempts: 3, token);
            });
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Log.NotSwept(logger, e);
        }
    }

    private async Task HoldAsync(TradingWallet wallet, CancellationToken ct)
    {
        var failures = 0;
        while (!ct.IsCancellationRequested)
        {
            var since = clock.GetTimestamp();
            using var connection = CancellationTokenSource.CreateLinkedTokenSource(ct);
            try
            {
                await channel.RunAsync(wallet.Account, new Listener(this, wallet, connection.Token), connection.Token);
            }
            catch (Exception e)
            {
                if (!ct.IsCancellationRequested)
                    Log.Broken(logger, wallet.UserId, e);
            }
            await connection.CancelAsync();
            if (ct.IsCancellationRequested)
                return;
            failures = clock.GetElapsedTime(since) > TimeSpan.FromSeconds(30) ? 0 : Math.Min(failures + 1, 7);
            await PauseAsync(failures, ct);
        }
    }

    // full jitter above a floor: a server that accepts and drops must not be hammered by everybody at once
    private async Task PauseAsync(int failures, CancellationToken ct)
    {
        var ceiling = Math.Min(30_000, 500 << failures);
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250 + Random.Shared.Next(ceiling)), clock, ct);
        }
        catch (OperationCanceledException)
        {
            // the loop looks
        }
    }

    private async Task ReconcileAsync(TradingWallet wallet, int attempts, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await reconciler.ReconcileAsync(wallet, ct);
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                Log.NotReconciled(logger, wallet.UserId, e);
                if (attempt >= attempts)
                    return;
            }
            await PauseAsync(attempt, ct);
            if (ct.IsCancellationRequested)
                return;
        }
    }

    /// <summary>Closes the lines longest without need until at most <paramref name="limit"/> are left; busy ones only when there is no other.</summary>
    private void MakeRoom(int limit)
    {
        foreach (var (id, line) in Dispensable().Take(Math.Max(0, _lines.Count - Math.Max(0, limit))).ToList())
            Drop(id, line);
    }

    private IEnumerable<KeyValuePair<Guid, Line>> Dispensable() => _lines.OrderBy(l => l.Value.IsBusy).ThenBy(l => l.Value.NeededAt);

    private void Drop(Guid id, Line line)
    {
        _lines.Remove(id);
        line.Stop.Cancel();
    }

    private sealed class Line
    {
        public required DateTimeOffset NeededAt { get; set; }

        /// <summary>At the last sweep it had open orders or unsettled fills.</summary>
        public bool IsBusy { get; set; } = true;
        public required CancellationTokenSource Stop { get; init; }
        public required Task Run { get; init; }
    }

    /// <summary>What one wallet's channel says. An event that cannot be recorded is found again by a reconciliation.</summary>
    private sealed class Listener(UserChannels owner, TradingWallet wallet, CancellationToken connection) : IUserChannelListener
    {
        public ValueTask ConnectedAsync(CancellationToken ct)
        {
            // beside the channel: events must not wait for REST
            _ = Task.Run(() => owner.ReconcileAsync(wallet, int.MaxValue, connection), CancellationToken.None);
            return ValueTask.CompletedTask;
        }

        public async ValueTask OrderAsync(VenueOrder order, CancellationToken ct)
        {
            await RecordAsync(new Reported(order), ct);
            if (order.Status == VenueOrderStatus.Invalid)
                owner.Recheck(wallet, order); // the venue dropped it: what it thinks we hold has changed
        }

        public ValueTask FillAsync(VenueFill fill, CancellationToken ct) => RecordAsync(new Traded(fill, wallet.Id, wallet.UserId), ct);

        private async ValueTask RecordAsync(Evidence evidence, CancellationToken ct)
        {
            try
            {
                await owner.RecordAsync(evidence, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                Log.NotRecorded(owner.Logger, wallet.UserId, e);
                await ConnectedAsync(ct);
            }
        }
    }

    private ILogger Logger => logger;

    private void Recheck(TradingWallet wallet, VenueOrder order) => _ = Task.Run(() => balances.RecheckAsync(wallet, order.Side == Side.Buy ? null : order.Token));

    private Task RecordAsync(Evidence evidence, CancellationToken ct) => recorder.RecordAsync([evidence], ct);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 40, LogLevel.Warning, "The user channel of user {User} broke; it connects again")]
        public static partial void Broken(ILogger logger, long user, Exception e);

        [LoggerMessage(EventIds.Trading + 41, LogLevel.Warning, "User {User} could not be reconciled with the venue now")]
        public static partial void NotReconciled(ILogger logger, long user, Exception e);

        [LoggerMessage(EventIds.Trading + 42, LogLevel.Warning, "An event of user {User} could not be recorded; a reconciliation will find it")]
        public static partial void NotRecorded(ILogger logger, long user, Exception e);

        [LoggerMessage(EventIds.Trading + 43, LogLevel.Warning, "The user channels could not be swept now")]
        public static partial void NotSwept(ILogger logger, Exception e);
    }
}
