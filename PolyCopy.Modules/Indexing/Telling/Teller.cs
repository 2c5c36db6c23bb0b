using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Indexing.Telling;

/// <summary>Tells the listeners what is stored and not told yet, each leader's in order; marked only when all have taken it, so a crash repeats and loses nothing.</summary>
internal sealed partial class Teller(WorkerScope workers, IEnumerable<ILeaderTradeListener> listeners, Outgoing outgoing, TimeProvider clock, ILogger<Teller> logger) : BackgroundService
{
    private const int Most = 500;
    private const string Move = "move";
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(5);
    private readonly ILeaderTradeListener[] _listeners = [.. listeners];
    private readonly Dictionary<string, (DateTimeOffset Until, int Failures)> _resting = new(StringComparer.Ordinal);

    public override async Task StartAsync(CancellationToken ct)
    {
        outgoing.Above(await workers.ReadAsync(async (db, stop) => Math.Max(
            await db.Set<LeaderTradeRow>().MaxAsync(t => (long?)t.Seq, stop) ?? 0, await db.Set<LeaderMoveRow>().MaxAsync(m => (long?)m.Seq, stop) ?? 0), ct));
        await base.StartAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                try
                {
                    while (await TellAsync(ct) == Most)
                    {
                        // there may be more
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
                {
                    Log.NotRead(logger, e);
                }
                await outgoing.WaitAsync(Sweep, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping
        }
    }

    /// <summary>Tells what there is, at most five hundred things.</summary>
    /// <returns>How many were taken.</returns>
    public async Task<int> TellAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var resting = _resting.Where(r => r.Value.Until > now).Select(r => r.Key).ToList();
        var news = await workers.ReadAsync(async (db, stop) =>
        {
            var trades = await db.Set<LeaderTradeRow>().AsNoTracking().Where(t => t.Tell != null && !resting.Contains(t.Leader)).OrderBy(t => t.Seq).Take(Most).ToListAsync(stop);
            var moves = await db.Set<LeaderMoveRow>().AsNoTracking().Where(m => m.Tell != null && !resting.Contains(m.Leader)).OrderBy(m => m.Seq).Take(Most).ToListAsync(stop);
            return trades.Select(t => new News(t.Leader, t.Seq, t.Tell!, t, null)).Concat(moves.Select(m => new News(m.Leader, m.Seq, Move, null, m))).OrderBy(n => n.Seq).Take(Most).ToList();
        }, ct);
        var taken = 0;
        foreach (var leader in news.GroupBy(n => n.Leader))
            taken += await TellAsync(leader.Key, [.. leader], ct);
        return taken;
    }

    private async Task<int> TellAsync(string leader, List<News> news, CancellationToken ct)
    {
        var taken = 0;
        for (var start = 0; start < news.Count;)
        {
            var end = start + 1;
            while (end < news.Count && news[end].Kind == news[start].Kind)
                end++;
            var run = news[start..end];
            try
            {
                foreach (var listener in _listeners)
                    await TellAsync(listener, run, ct);
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                // what comes after waits for this: a leader's sale is never told before his purchase
                var failures = _resting.GetValueOrDefault(leader).Failures + 1;
                _resting[leader] = (clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(30, Math.Pow(2, Math.Min(failures, 5)) / 2)), failures);
                Log.NotTaken(logger, run.Count, leader, e);
                return taken;
            }
            await MarkAsync(run, ct);
            taken += run.Count;
            start = end;
        }
        _resting.Remove(leader);
        return taken;
    }

    private static Task TellAsync(ILeaderTradeListener listener, List<News> run, CancellationToken ct) => run[0].Kind switch
    {
        LeaderTradeRow.TellTrade => listener.TradesAsync([.. run.Select(n => n.Trade!.ToTrade())], ct),
        LeaderTradeRow.TellRemoval => listener.RemovedAsync([.. run.Select(n => n.Trade!.ToTrade())], ct),
        _ => listener.MovedAsync([.. run.Select(n => n.Move!.ToMove())], ct),
    };

    private Task<int> MarkAsync(List<News> run, CancellationToken ct) => workers.WriteAsync(async (db, stop) =>
    {
        var ids = run.Select(n => n.Trade?.Id ?? n.Move!.Id).ToList();
        if (run[0].Kind == Move)
            return await db.Set<LeaderMoveRow>().Where(m => ids.Contains(m.Id)).ExecuteUpdateAsync(s => s.SetProperty(m => m.Tell, (string?)null), stop);
        await db.LockAsync(TradeBook.Lock, stop);
        foreach (var row in await db.Set<LeaderTradeRow>().Where(t => ids.Contains(t.Id)).ToListAsync(stop))
        {
            // the chain may have changed its mind while this was told: then the opposite is to be told next
            row.Told = run[0].Kind == LeaderTradeRow.TellTrade;
            (row.Tell, row.Seq) = row.Told == !row.Removed ? (null, row.Seq) : (row.Removed ? LeaderTradeRow.TellRemoval : LeaderTradeRow.TellTrade, outgoing.Next());
        }
        return await db.SaveChangesAsync(stop);
    }, ct);

    private sealed record News(string Leader, long Seq, string Kind, LeaderTradeRow? Trade, LeaderMoveRow? Move);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Indexing + 50, LogLevel.Error, "{Count} things of leader {Leader} were not taken; told again soon")]
        public static partial void NotTaken(ILogger logger, int count, string leader, Exception e);

        [LoggerMessage(EventIds.Indexing + 51, LogLevel.Error, "What leaders did could not be read from the database; trying on")]
        public static partial void NotRead(ILogger logger, Exception e);
    }
}
