using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Every trade of a leader leaves a line for each follower: old skips go. Copies stay, and so do small amounts put aside, which are money; the leader's trade keeps its own line.</summary>
internal sealed partial class OldSkips(WorkerScope workers, CopyingOptions options, TimeProvider clock, ILogger<OldSkips> logger)
{
    /// <summary>In one transaction; others write between two.</summary>
    public const int Batch = 5_000;

    public async Task<int> PruneAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow().UtcDateTime - TimeSpan.FromDays(options.KeepSkipsDays);
        var all = 0;
        for (var gone = Batch; gone == Batch; all += gone)
            gone = await workers.WriteAsync((db, token) => db.Set<DecisionRow>()
                .Where(d => d.Verdict == Verdict.Skipped && d.DecidedAt < before && d.Carry == 0 && d.State == DecisionState.Done).OrderBy(d => d.DecidedAt).Take(Batch).ExecuteDeleteAsync(token), ct);
        if (all > 0)
            Log.Pruned(logger, all, options.KeepSkipsDays);
        return all;
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 23, LogLevel.Information, "{Count} skips older than {Days} days were removed")]
        public static partial void Pruned(ILogger logger, int count, int days);
    }
}
