using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>Pauses the entries of follows whose leader trades otherwise than he did; sells go on. A resumed follow learns anew from what he does after it.</summary>
internal sealed partial class DriftWatch(FollowBoard board, FollowStore store, ILeaders leaders, IMarketCatalog catalog, TimeProvider clock, ILogger<DriftWatch> logger) : BackgroundService
{
    private const int Trades = 500;
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(5);

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
            var orders = OrdersOf((await leaders.TradesAsync(follows.Key, Trades, null, ct)).Items);
            foreach (var follow in follows)
            {
                // what its owner has changed or resumed since starts from there; the pause itself changed it too
                var known = follow.UpdatedAt > follow.CreatedAt ? orders.Where(o => o.At > follow.UpdatedAt) : orders;
                if (Drift.Evidence(known, follow.UpdatedAt, clock.GetUtcNow()) is { } evidence)
                    await store.SetStatusAsync(follow.Id, FollowStatus.Paused, evidence, ct);
            }
        }
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
