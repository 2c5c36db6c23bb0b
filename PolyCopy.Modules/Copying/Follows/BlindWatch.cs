using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>Tells followers when our picture of a leader has gone blind, and when it is back. Blind for one look only is not told: every start begins blind.</summary>
internal sealed partial class BlindWatch(FollowBoard board, ILeaders leaders, WorkerScope workers, IUserEvents events, TimeProvider clock, ILogger<BlindWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(20);

    // leader to how many looks in a row found him blind
    private readonly Dictionary<string, int> _blind = new(StringComparer.Ordinal);

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
        foreach (var follows in board.All.Where(f => f.IsActive).GroupBy(f => f.Leader))
        {
            var coverage = await leaders.CoverageAsync(follows.Key, ct);
            var looks = _blind.GetValueOrDefault(follows.Key);
            if (coverage?.State == "blind")
            {
                if (looks == 1)
                    await TellAsync("leader_blind", [.. follows], coverage, ct);
                _blind[follows.Key] = looks + 1;
                continue;
            }
            if (looks > 1)
                await TellAsync("leader_seen", [.. follows], null, ct);
            _blind.Remove(follows.Key);
        }
    }

    private async Task TellAsync(string kind, IReadOnlyList<Follow> follows, Coverage? coverage, CancellationToken ct)
    {
        await workers.WriteAsync((db, token) =>
        {
            foreach (var follow in follows)
                events.Append(db, follow.UserId, kind, new { followId = follow.Id, leader = follow.Leader, reason = coverage?.Reason, said = coverage?.ReasonSaid, paused = follow.Rules.PauseWhenBlind });
            return db.SaveChangesAsync(token);
        }, ct);
        events.Notify();
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 40, LogLevel.Warning, "Whether leaders are in sight could not be told; again in 20 s")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
