using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Copying.Reading;
using PolyCopy.Modules.Copying.Risk;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Runs the module: the board before anything else, then ordering, outcomes, and the sweeps.</summary>
internal sealed partial class CopyWorker(
    FollowBoard board, RiskBoard risk, RiskFacts facts, CopyExecutor executor, CopyOutcomes outcomes, ReferencePrices references, CopyDigest digest, OldSkips skips, WorkerScope workers, TimeProvider clock, ILogger<CopyWorker> logger) : BackgroundService, IWatchSource
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private const int SampleEvery = 10;
    private const int DigestEvery = 60;
    private const int PruneEvery = 3_600;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await risk.LoadAsync(cancellationToken);
        await board.LoadAsync(cancellationToken); // a leader's trade must find its followers
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Whom somebody follows, and whose sells are still mirrored.</summary>
    public async Task<IReadOnlyCollection<string>> LeadersAsync(CancellationToken ct)
    {
        var holding = await workers.ReadAsync((db, token) => db.Set<HoldingRow>().Where(h => h.Shares > 0).Select(h => h.FollowId).Distinct().ToListAsync(token), ct);
        return [.. board.All.Where(f => f.Status != FollowStatus.Deleted).Concat(holding.Select(board.Find).OfType<Follow>().Where(f => !f.SellsEnded)).Select(f => f.Leader).Distinct()];
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(executor.RunAsync(stoppingToken), outcomes.RunAsync(stoppingToken), SweepAsync(stoppingToken));

    private async Task SweepAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Beat, clock);
        for (var beats = 0; await timer.WaitForNextTickAsync(stopping); beats++)
            try
            {
                await executor.SweepAsync(stopping);
                await facts.MarkAsync(stopping);
                await risk.SaveAsync(stopping);
                if (beats % DigestEvery == 0)
                    await digest.RunAsync(stopping);
                if (beats % PruneEvery == DigestEvery / 2) // not at the start, when everything else is behind too
                    await skips.PruneAsync(stopping);
                if (beats % SampleEvery == 0)
                    references.Sample(await TokensAsync(stopping));
            }
            catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
            {
                Log.Failed(logger, e);
            }
    }

    /// <summary>What leaders have traded of late, and what is held for them: the likeliest to be traded next.</summary>
    private Task<List<TokenId>> TokensAsync(CancellationToken ct)
    {
        var since = (clock.GetUtcNow() - TimeSpan.FromHours(6)).UtcDateTime;
        return workers.ReadAsync(async (db, token) =>
        {
            var held = await db.Set<HoldingRow>().Where(h => h.Shares > 0).Select(h => h.TokenId).Distinct().ToListAsync(token);
            var traded = await db.Set<SignalRow>().Where(s => s.TradedAt >= since).Select(s => s.TokenId).Distinct().Take(5_000).ToListAsync(token);
            return held.Union(traded).ToList();
        }, ct);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 22, LogLevel.Warning, "The sweep of copies failed; the next one is in a second")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
