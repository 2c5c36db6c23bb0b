using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Looks after fills that the chain keeps waiting (facts F19: ghost fills), and throws old idempotency keys away.</summary>
internal sealed partial class SettlementWatch(
    WorkerScope workers, IPositionBook book, Reconciler reconciler, TradingWallets wallets, IUserEvents events, TimeProvider clock, ILogger<SettlementWatch> logger) : BackgroundService
{
    /// <summary>A match that is not mined by then is read again over REST, and its owner is told.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    // told once per run of the host; a fill leaves when it settles
    private readonly HashSet<(string, string)> _told = [];

    /// <summary>One look at all fills that wait.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var late = await LateAsync(ct);
        _told.IntersectWith(late.Select(f => (f.OrderHash, f.TradeId)));
        foreach (var walletId in late.Select(f => f.WalletId).Distinct())
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
        foreach (var fill in await LateAsync(ct))
        {
            if (!_told.Add((fill.OrderHash, fill.TradeId)))
                continue;
            await workers.WriteAsync(async (db, token) =>
            {
                events.Append(db, fill.UserId, "settlement_delayed", new { orderHash = fill.OrderHash, tradeId = fill.TradeId, matchedAt = fill.At, status = fill.Status.ToString().ToLowerInvariant() });
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

    private async Task<IReadOnlyList<UnsettledFill>> LateAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Patience;
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
