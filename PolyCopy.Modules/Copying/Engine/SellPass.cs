using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>A leader has sold, or his followers sell for another reason: each sells of what his own copies hold, in one pass over one book.</summary>
internal sealed partial class SellPass(WorkerScope workers, Standings standings, CopyBooks books, CopyOutcomes outcomes, DecisionWriter decisions, IOrderDesk desk, TimeProvider clock, ILogger<SellPass> logger)
{
    public async Task<IReadOnlyList<DecisionRow>> RunAsync(LeaderOrder order, Market market, IReadOnlyList<Follow> followers, CancellationToken ct)
    {
        var signal = decisions.Signal(order, market, order.First.Id);
        var sides = new List<(TokenId Token, List<Follow> Follows, WorkingBook? Book)>();
        foreach (var side in order.Rotate(followers).GroupBy(f => f.Rules.Reverse))
        {
            if ((side.Key ? order.Other(market) : order.Token) is not { } token)
                continue;
            var follows = side.ToList();
            await CancelBuysAsync(follows, token, ct);
            if (!await workers.ReadAsync((db, t) => Standings.AnyAsync(db, [.. follows.Select(f => f.Id)], token, t), ct))
                continue;
            var book = await books.ReadAsync(token, ct);
            (signal.Book, signal.OtherBook) = side.Key ? (signal.Book, book?.Seen) : (book?.Seen, signal.OtherBook);
            sides.Add((token, follows, book));
        }
        // an entry that fills now is part of what is held, or it arrives when the sell stands and is added to it
        return await outcomes.AloneAsync<IReadOnlyList<DecisionRow>>(async () =>
        {
            var rows = new List<DecisionRow>();
            foreach (var (token, follows, book) in sides)
            {
                var at = await HeldAsync(follows, token, ct);
                var scene = new Scene(Side.Sell, order.First.Price, order.Collateral / 1_000_000m, order.Shares, order.HeldBefore, market, token, null, book, null, false, clock.GetUtcNow());
                rows.AddRange(follows.Where(f => at.ContainsKey(f.Id)).Select(f => decisions.Row(f, signal, order, market, CopyJudge.Judge(f, scene, at[f.Id]), at[f.Id].Day)));
            }
            if (rows.Count == 0)
                signal.Because("not_held", Reasons.NotHeld.With());
            await decisions.CommitAsync(order, signal, market, rows, ct);
            return rows;
        }, ct);
    }

    /// <summary>Entries on their way are taken back before anything is sold; what arrived of them is part of what is sold.</summary>
    public async Task CancelBuysAsync(IReadOnlyList<Follow> follows, TokenId token, CancellationToken ct)
    {
        Guid[] ids = [.. follows.Select(f => f.Id)];
        await outcomes.CatchUpAsync(ids, token, ct);
        var orders = await workers.ReadAsync((db, t) => db.Set<DecisionRow>().Where(d => d.State == DecisionState.Ordered && d.Side == Side.Buy && d.TokenId == token && ids.Contains(d.FollowId) && d.OrderId != null).Select(d => d.OrderId!.Value).ToListAsync(t), ct);
        if (orders.Count > 0)
        {
            await desk.CancelAsync(orders, ct);
            await outcomes.CatchUpAsync(ids, token, ct);
        }
        var sold = Reasons.LeaderSold.With();
        var dropped = await workers.WriteAsync((db, t) => db.Set<DecisionRow>().Where(d => d.State == DecisionState.Planned && d.Side == Side.Buy && d.TokenId == token && ids.Contains(d.FollowId) && d.OrderId == null)
            .ExecuteUpdateAsync(s => s.SetProperty(d => d.State, DecisionState.Done).SetProperty(d => d.Verdict, Verdict.Skipped).SetProperty(d => d.Rule, "leader_sold")
                .SetProperty(d => d.Reason, sold.Text).SetProperty(d => d.Said, sold).SetProperty(d => d.Committed, 0), t), ct);
        if (dropped > 0)
            Log.Dropped(logger, dropped);
    }

    /// <summary>Ledger and decisions as of one moment: read again while a fill comes in between.</summary>
    private async Task<Dictionary<Guid, Standing>> HeldAsync(List<Follow> follows, TokenId token, CancellationToken ct)
    {
        Guid[] ids = [.. follows.Select(f => f.Id)];
        await outcomes.CatchUpAloneAsync(ids, token, ct);
        for (var looks = 0; ; looks++)
        {
            var at = await workers.ReadAsync((db, t) => standings.ForSellsAsync(db, follows, token, t), ct);
            if (looks == 10 || !await outcomes.CatchUpAloneAsync(ids, token, ct))
                return at;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 2, LogLevel.Information, "{Count} copies were dropped before they were ordered: the leader sold")]
        public static partial void Dropped(ILogger logger, int count);
    }
}
