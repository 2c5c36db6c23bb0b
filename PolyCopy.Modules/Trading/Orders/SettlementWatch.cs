using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Looks after fills that the chain keeps waiting (facts F19: ghost fills), and throws old idempotency keys away.</summary>
internal sealed partial class SettlementWatch(
    WorkerScope workers, IPositionBook book, Reconciler reconciler, TradingWallets wallets, IMarketCatalog catalog, IUserEvents events, TimeProvider clock, ILogger<SettlementWatch> logger) : BackgroundService
{
    /// <summary>A match that is not mined by then is read again over REST: the chain is slow, or the user channel says nothing though it stands (facts F1, F2). Stops cannot sell its shares before.</summary>
    public static readonly TimeSpan ReadAfter = TimeSpan.FromSeconds(12);

    /// <summary>When its owner is told that it waits.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    // told once per run of the host; a fill leaves when it settles
    private readonly HashSet<(string, string)> _told = [];

    // ever more rarely: when the chain stands still, everybody waits at once
    private readonly Dictionary<Guid, (DateTimeOffset Next, TimeSpan Pause)> _reads = [];

    /// <summary>One look at all fills that wait.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var late = await LateAsync(ReadAfter, ct);
        _told.IntersectWith(late.Select(f => (f.OrderHash, f.TradeId)));
        foreach (var settled in _reads.Keys.Except(late.Select(f => f.WalletId)).ToList())
            _reads.Remove(settled);
        foreach (var walletId in late.GroupBy(f => f.WalletId).Where(IsDue).Select(g => g.Key).ToList())
            if ((await wallets.FindAsync(walletId, ct)).Try(out var wallet, out _))
                try
                {
                    await reconciler.ReconcileAsync(wallet, ct);
                }
                catch (VenueException e)
                {
                    Log.NotRead(logger, wallet.UserId, e);
                }
        if (late.Count == 0)
            return;
        foreach (var fill in await LateAsync(Patience, ct))
        {
            if (!_told.Add((fill.OrderHash, fill.TradeId)))
                continue;
            await workers.WriteAsync(async (db, token) =>
            {
                var market = catalog.ByToken(fill.Token);
                events.Append(db, fill.UserId, "settlement_delayed", new { orderHash = fill.OrderHash, tradeId = fill.TradeId, marketId = market?.Id, question = market?.Question, outcome = market?.Outcomes[market.TokenIndex(fill.Token)], matchedAt = fill.At, status = fill.Status.ToString().ToLowerInvariant() });
                return await db.SaveChangesAsync(token);
            }, ct);
            events.Notify();
            Log.Ghost(logger, fill.TradeId, fill.OrderHash, fill.UserId, (clock.GetUtcNow() - fill.At).TotalSeconds);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        var pruned = DateTimeOffset.MinValue;
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                await LookAsync(stopping);
                if (clock.GetUtcNow() - pruned < PruneEvery)
                    continue;
                pruned = clock.GetUtcNow();
                await workers.WriteAsync((db, token) => OrderPlacer.PruneAsync(db, pruned.UtcDateTime, token), stopping);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                Log.Failed(logger, e);
            }
        }
    }

    /// <summary>Whether the wallet is read now: when its turn has come, and before its owner is told.</summary>
    private bool IsDue(IGrouping<Guid, UnsettledFill> waiting)
    {
        var now = clock.GetUtcNow();
        var known = _reads.TryGetValue(waiting.Key, out var read);
        if (known && now < read.Next && !waiting.Any(f => f.At <= now - Patience && !_told.Contains((f.OrderHash, f.TradeId))))
            return false;
        var pause = known ? TimeSpan.FromTicks(Math.Min(read.Pause.Ticks * 2, LongestPause.Ticks)) : Every;
        _reads[waiting.Key] = (now + pause, pause);
        return true;
    }

    private async Task<IReadOnlyList<UnsettledFill>> LateAsync(TimeSpan age, CancellationToken ct)
    {
        var before = clock.GetUtcNow() - age;
        var unsettled = await workers.ReadAsync((db, token) => book.UnsettledAsync(db, null, token), ct);
        return [.. unsettled.Where(f => f.At <= before && f.Status is SettlementStatus.Matched or SettlementStatus.Retrying)];
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 65, LogLevel.Error, "Trade {Trade} of order {Hash}, user {User}, was matched {Seconds:0} s ago and is not mined; its shares cannot be sold")]
        public static partial void Ghost(ILogger logger, string trade, string hash, long user, double seconds);

        [LoggerMessage(EventIds.Trading + 66, LogLevel.Warning, "Fills of user {User} wait for the chain and the venue cannot be asked about them")]
        public static partial void NotRead(ILogger logger, long user, Exception e);

        [LoggerMessage(EventIds.Trading + 67, LogLevel.Warning, "Waiting fills could not be looked at now")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
