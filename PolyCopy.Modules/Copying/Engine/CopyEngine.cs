using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Turns what leaders do into decisions: one order at a time, all its followers in one pass and one transaction. What is decided stands in the database before anything is ordered.</summary>
/// <remarks>Told again after a crash, a trade that has its row is passed over; decisions without an order are taken up by <see cref="CopyExecutor"/>.</remarks>
internal sealed class CopyEngine(
    WorkerScope workers, FollowBoard board, BuyPass buys, SellPass sells, LeaderMoves moved, RemovedTrades removed, DecisionWriter decisions, LeaderWatch watch,
    IOrderDesk desk, ILeaders leaders, IMarketCatalog catalog, CopyingOptions options, TimeProvider clock) : ILeaderTradeListener
{
    private readonly SemaphoreSlim _one = new(1, 1);

    public Task TradesAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct) => AloneAsync(async () =>
    {
        var ids = trades.Select(t => t.Id).Distinct(StringComparer.Ordinal).ToList();
        var known = await workers.ReadAsync((db, token) => db.Set<SignalRow>().Where(s => ids.Contains(s.LeaderTradeId)).Select(s => s.LeaderTradeId).ToHashSetAsync(token), ct);
        var fresh = trades.Where(t => board.OfLeader(t.Leader).Count > 0 && known.Add(t.Id)).ToList();
        if (fresh.Count == 0)
            return;
        await watch.CounterpartiesAsync(fresh, ct);
        var own = await desk.OwnAsync([.. fresh.Select(t => t.OrderHash).OfType<string>().Distinct(StringComparer.Ordinal)], ct);
        var held = await HeldBeforeAsync(fresh, ct);
        foreach (var fills in LeaderOrder.ByOrder(fresh))
            await DecideAsync(new LeaderOrder(fills, held[fills[0].Id]), fills[0].OrderHash is { } hash && own.Contains(hash), ct);
    }, ct);

    public Task MovedAsync(IReadOnlyList<LeaderMove> moves, CancellationToken ct) => AloneAsync(async () =>
    {
        foreach (var move in moves.Where(m => m.Delta < 0))
            await moved.TakeAsync(move, ct);
    }, ct);

    public Task RemovedAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct) => AloneAsync(async () =>
    {
        foreach (var trade in trades)
            await removed.TakeAsync(trade, ct);
    }, ct);

    /// <summary>Sells all that a follow holds; the user's own wish.</summary>
    public async Task<IReadOnlyList<DecisionRow>> CloseAllAsync(Follow follow, CancellationToken ct)
    {
        var made = new List<DecisionRow>();
        await AloneAsync(async () =>
        {
            foreach (var holding in await workers.ReadAsync((db, token) => db.Set<HoldingRow>().AsNoTracking().Where(h => h.FollowId == follow.Id && h.Shares > 0).ToListAsync(token), ct))
            {
                var sale = LeaderOrder.Sale($"close:{follow.Id:N}:{Ids.New(clock):N}", follow.Leader, holding.TokenId, holding.MarketId, holding.Outcome, new Shares(holding.Shares), holding.Shares, clock.GetUtcNow());
                // the sale names what is held: for a reversed follow that is the other outcome already
                if (await MarketAsync(sale.First, ct) is { } market)
                    made.AddRange(await sells.RunAsync(sale, market, [follow with { SellsAll = true, Rules = follow.Rules with { Reverse = false } }], ct));
            }
        }, ct);
        return made;
    }

    /// <summary>A holding of the leader from before the follow, for that follow alone.</summary>
    public Task BaselineAsync(Follow follow, LeaderTrade holding, CancellationToken ct) => AloneAsync(async () =>
    {
        if (await MarketAsync(holding, ct) is { IsTradable: true } market && !await workers.ReadAsync((db, t) => db.Set<SignalRow>().AnyAsync(s => s.LeaderTradeId == holding.Id, t), ct))
            await buys.RunAsync(new LeaderOrder([holding], 0), market, [follow], ct);
    }, ct);

    private async Task AloneAsync(Func<Task> work, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            await work();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What the leader held of each trade's token just before it, micro-shares.</summary>
    private async Task<Dictionary<string, long>> HeldBeforeAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct)
    {
        var before = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var group in trades.GroupBy(t => (t.Leader, t.Token)))
        {
            var now = await leaders.HoldingAsync(group.Key.Leader, group.Key.Token, ct);
            foreach (var trade in group.Reverse())
            {
                now += trade.Side == Side.Sell ? trade.Shares.Micros : -trade.Shares.Micros;
                before[trade.Id] = Math.Max(0, now);
            }
        }
        return before;
    }

    /// <summary>The floors that hold for all followers alike; who gets past them is judged follow by follow.</summary>
    private async Task DecideAsync(LeaderOrder order, bool own, CancellationToken ct)
    {
        var first = order.First;
        var followers = board.OfLeader(order.Leader);
        var market = await MarketAsync(first, ct);
        if (own)
            await SkipAsync("own_order", Reasons.OwnOrder.With());
        else if (market is null || market.TokenIndex(order.Token) < 0)
            await decisions.SkipAllAsync(order, null, followers.Count, "market_unknown", Reasons.MarketUnknown.With(), ct);
        else if (first.Side == Side.Sell)
            await sells.RunAsync(order, market, followers, ct);
        else if (clock.GetUtcNow() - order.At is var late && (first.IsBackfilled || late > TimeSpan.FromSeconds(options.MaxBuyAgeSeconds)))
            await SkipAsync("late", (first.IsBackfilled ? Reasons.LateBackfilled : Reasons.Late).With(Gap.Number(Math.Round((decimal)late.TotalSeconds, MidpointRounding.AwayFromZero)), options.MaxBuyAgeSeconds));
        else if (!market.IsTradable)
            await SkipAsync("market_closed", Reasons.MarketClosed.With());
        else if (order.Collateral / 1_000_000m is var amount && amount < options.DustUsd)
            await SkipAsync("dust", Reasons.Dust.With(Gap.Usd(amount), Gap.Usd(options.DustUsd)));
        else
            await buys.RunAsync(order, market, [.. followers.Where(f => f.Status != FollowStatus.Deleted && Follow.IsSince(f.CreatedAt, order.At))], ct);

        Task SkipAsync(string rule, Said reason) => decisions.SkipAllAsync(order, market, followers.Count, rule, reason, ct);
    }

    private async ValueTask<Market?> MarketAsync(LeaderTrade trade, CancellationToken ct)
    {
        if ((trade.MarketId is { } id ? catalog.TryGet(id) : null) is { } known)
            return known;
        if (catalog.ByToken(trade.Token) is { } byToken)
            return byToken;
        try
        {
            return trade.ConditionId is { } condition ? await catalog.FindAsync(condition, ct) : null;
        }
        catch (VenueException)
        {
            return null;
        }
    }
}
