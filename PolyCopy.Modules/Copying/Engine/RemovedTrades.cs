using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Trades that a reorganisation of the chain took back: told to all who copied them, and what was copied is sold where the rules say so.</summary>
internal sealed partial class RemovedTrades(
    WorkerScope workers, FollowBoard board, SellPass sells, CopyNews news, IMarketCatalog catalog, IUserEvents events, TimeProvider clock, ILogger<RemovedTrades> logger)
{
    public async Task TakeAsync(LeaderTrade trade, CancellationToken ct)
    {
        var signal = await workers.ReadAsync((db, t) => db.Set<SignalRow>().AsNoTracking().FirstOrDefaultAsync(s => s.LeaderTradeId == trade.Id, t), ct);
        if (signal is null)
            return;
        var copies = await CopiesAsync(signal, ct);
        var market = signal.MarketId is { } id ? catalog.TryGet(id) : null;
        if (signal.RemovedAt is null)
            await TellAsync(trade, signal, market, copies, ct);
        // told again after a crash, it may have been reported and not sold
        foreach (var token in copies.Where(Sells).GroupBy(c => c.TokenId))
        {
            var undo = LeaderOrder.Sale(
                $"removed:{trade.Id}{(token.Key == trade.Token ? "" : ":reversed")}", trade.Leader, token.Key, signal.MarketId, token.First().Outcome, trade.Shares, trade.Shares.Micros, clock.GetUtcNow());
            if (market is null || await workers.ReadAsync((db, t) => db.Set<SignalRow>().AnyAsync(s => s.LeaderTradeId == undo.First.Id, t), ct))
                continue;
            await sells.CancelBuysAsync([.. token.Select(c => board.Find(c.FollowId)).OfType<Follow>()], token.Key, ct);
            // only what this trade's copy bought; the trade names what is held, for a reversed follow the other outcome
            var bought = (await CopiesAsync(signal, ct)).Where(c => c.TokenId == token.Key && c.Filled > 0 && Sells(c)).ToList();
            await sells.RunAsync(undo, market, [.. bought.Select(c => board.Find(c.FollowId)! with { SellsAll = true, SellsAtMost = c.Filled, Rules = board.Find(c.FollowId)!.Rules with { Reverse = false } })], ct);
        }
    }

    private async Task TellAsync(LeaderTrade trade, SignalRow signal, Market? market, List<DecisionRow> copies, CancellationToken ct)
    {
        await workers.WriteAsync(async (db, t) =>
        {
            foreach (var copy in copies)
                news.Removed(db, copy, market, Sells(copy));
            var now = clock.GetUtcNow().UtcDateTime;
            await db.Set<SignalRow>().Where(s => s.Id == signal.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.RemovedAt, now), t);
            await db.SaveChangesAsync(t);
            return true;
        }, ct);
        events.Notify();
        Log.Removed(logger, trade.Id, trade.Leader, copies.Count);
    }

    private Task<List<DecisionRow>> CopiesAsync(SignalRow signal, CancellationToken ct) =>
        workers.ReadAsync((db, t) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.SignalId == signal.Id && d.Verdict == Verdict.Copied).ToListAsync(t), ct);

    private bool Sells(DecisionRow copy) => copy.Side == Side.Buy && board.Find(copy.FollowId) is { Rules.OnRemoved: RemovedPolicy.Sell };

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 1, LogLevel.Warning, "A reorganisation removed trade {Trade} of leader {Leader}; {Copies} follows had copied it")]
        public static partial void Removed(ILogger logger, string trade, string leader, int copies);
    }
}
