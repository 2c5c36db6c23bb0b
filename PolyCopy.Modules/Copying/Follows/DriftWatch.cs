using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>Pauses the entries of follows whose leader trades otherwise than he did; sells go on. A resumed follow learns anew from what he does after it.</summary>
/// <remarks>A leader is looked at again when he has traded, and never while we are blind: what we do not see is no change of his. Without a chain the venue's feeds are sight enough.</remarks>
internal sealed partial class DriftWatch(FollowBoard board, FollowStore store, ILeaders leaders, IMarketCatalog catalog, TimeProvider clock, ILogger<DriftWatch> logger) : BackgroundService, ILeaderTradeListener
{
    private const int Page = 500;
    private const int MostPages = 10;
    private const int Enough = 4 * Drift.Most; // orders: the recent ones, and three times as many to compare them with
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(5);

    // leader to whether he has traded since he was looked at; lost at a restart: then all are looked at
    private readonly ConcurrentDictionary<string, bool> _traded = new(StringComparer.Ordinal);

    public Task TradesAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct)
    {
        foreach (var leader in trades.Select(t => t.Leader).Distinct())
            _traded[leader] = true;
        return Task.CompletedTask;
    }

    public Task RemovedAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct) => Task.CompletedTask;

    public Task MovedAsync(IReadOnlyList<LeaderMove> moves, CancellationToken ct) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, e);
            }
    }

    internal async Task LookAsync(CancellationToken ct)
    {
        foreach (var follows in board.All.Where(f => f.IsActive && f.Rules.PauseOnDrift).GroupBy(f => f.Leader))
        {
            if (!_traded.GetValueOrDefault(follows.Key, true) || (await leaders.CoverageAsync(follows.Key, ct))?.State is null or "blind")
                continue;
            _traded[follows.Key] = false;
            var orders = await OrdersAsync(follows.Key, ct);
            foreach (var follow in follows)
            {
                // what its owner has changed or resumed since starts from there; the pause itself changed it too
                var known = follow.UpdatedAt > follow.CreatedAt ? orders.Where(o => o.At > follow.UpdatedAt) : orders;
                if (Drift.Evidence(known, follow.UpdatedAt, clock.GetUtcNow()) is { } evidence)
                    await store.SetStatusAsync(follow, FollowStatus.Paused, evidence, ct, ifUnchanged: true); // what its owner has just changed is not this follow any more
            }
        }
    }

    private async Task<List<LeaderOrder>> OrdersAsync(string leader, CancellationToken ct)
    {
        var trades = new List<LeaderTrade>();
        string? cursor = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var page = await leaders.TradesAsync(leader, Page, cursor, ct);
            trades.AddRange(page.Items);
            if ((cursor = page.NextCursor) is null || trades.Select(t => t.OrderHash ?? t.TransactionHash).Distinct(StringComparer.Ordinal).Count() >= Enough)
                break;
        }
        return OrdersOf(trades);
    }

    private List<LeaderOrder> OrdersOf(IEnumerable<LeaderTrade> trades) =>
        [.. trades.GroupBy(t => (t.OrderHash ?? t.TransactionHash, t.Token, t.Side)).Select(g =>
        {
            var first = g.MinBy(At)!;
            var market = first.ConditionId ?? first.MarketId;
            return new LeaderOrder(At(first), market ?? first.Token.ToString(), first.Token, first.Side, g.Sum(t => t.Collateral.Micros) / 1_000_000m, market is null ? null : catalog.TryGet(market)?.Tags.FirstOrDefault());
        })];

    private static DateTimeOffset At(LeaderTrade trade) => trade.MatchedAt ?? trade.BlockAt ?? trade.SeenAt;

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 41, LogLevel.Warning, "Whether leaders drift could not be told; again in 5 minutes")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
