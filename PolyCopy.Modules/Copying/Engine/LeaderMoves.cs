using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Shares that left a leader's wallet without a trade: told to all who hold them by him, and sold where the rules say so.</summary>
internal sealed class LeaderMoves(WorkerScope workers, FollowBoard board, Standings standings, SellPass sells, DecisionWriter decisions, CopyNews news, IMarketCatalog catalog, IUserEvents events)
{
    public async Task TakeAsync(LeaderMove move, CancellationToken ct)
    {
        var followers = board.OfLeader(move.Leader).Where(f => !f.Rules.Reverse).ToList();
        if (followers.Count == 0 || await workers.ReadAsync((db, t) => db.Set<SignalRow>().AnyAsync(s => s.LeaderTradeId == move.Id, t), ct))
            return;
        var market = catalog.ByToken(move.Token);
        var at = await workers.ReadAsync((db, t) => standings.ForSellsAsync(db, followers, move.Token, t), ct);
        var holders = followers.Where(f => at.TryGetValue(f.Id, out var s) && s.Held > 0).ToList();
        await workers.WriteAsync(async (db, t) =>
        {
            foreach (var follow in holders)
                news.Moved(db, follow, move, market, follow.Rules.OnMove == MovePolicy.Sell);
            await db.SaveChangesAsync(t);
            return true;
        }, ct);
        events.Notify();
        var left = new Shares(-move.Delta);
        var sale = LeaderOrder.Sale(move.Id, move.Leader, move.Token, move.MarketId ?? market?.Id, market?.Outcomes[market.TokenIndex(move.Token)], left, move.HeldBefore, move.SeenAt, move.TransactionHash);
        var sellers = holders.Where(f => (at[f.Id].HeldUnder?.Rules ?? f.Rules).OnMove == MovePolicy.Sell).ToList();
        if (market is null || sellers.Count == 0)
            await decisions.SkipAllAsync(sale, market, holders.Count, "moved", Reasons.Moved.With(left, new Shares(move.HeldBefore), Gap.Word("move", move.Kind)), ct);
        else
            await sells.RunAsync(sale, market, sellers, ct);
    }
}
