using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Turns what leaders do into decisions: one trade at a time, all its followers in one pass and one transaction. What is decided stands in the database before anything is ordered.</summary>
/// <remarks>Told again after a crash, a trade that has its row is passed over; decisions without an order are taken up by <see cref="CopyExecutor"/>.</remarks>
internal sealed partial class CopyEngine(
    WorkerScope workers, FollowBoard board, Standings standings, CopyBooks books, ReferencePrices references, CopyExecutor executor, CopyOutcomes outcomes, LeaderWatch watch, CopyNews news,
    IOrderDesk desk, ILeaders leaders, ILeaderMoney money, IMarketCatalog catalog, IUserEvents events, CopyingOptions options, TimeProvider clock, ILogger<CopyEngine> logger) : ILeaderTradeListener
{
    private readonly SemaphoreSlim _one = new(1, 1);

    public async Task TradesAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            var ids = trades.Select(t => t.Id).Distinct(StringComparer.Ordinal).ToList();
            var known = await workers.ReadAsync((db, token) => db.Set<SignalRow>().Where(s => ids.Contains(s.LeaderTradeId)).Select(s => s.LeaderTradeId).ToHashSetAsync(token), ct);
            var fresh = trades.Where(t => board.OfLeader(t.Leader).Count > 0 && known.Add(t.Id)).ToList();
            if (fresh.Count == 0)
                return;
            await watch.CounterpartiesAsync(fresh, ct);
            var own = await desk.OwnAsync([.. fresh.Select(t => t.OrderHash).OfType<string>().Distinct(StringComparer.Ordinal)], ct);
            var held = await HeldBeforeAsync(fresh, ct);
            foreach (var fills in ByOrder(fresh))
                await DecideAsync(fills, fills[0].OrderHash is { } hash && own.Contains(hash), held[fills[0].Id], ct);
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task MovedAsync(IReadOnlyList<LeaderMove> moves, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            foreach (var move in moves.Where(m => m.Delta < 0))
                await MovedAsync(move, ct);
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task RemovedAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            foreach (var trade in trades)
                await RemovedAsync(trade, ct);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Sells all that a follow holds; the user's own wish.</summary>
    public async Task<IReadOnlyList<DecisionRow>> CloseAllAsync(Follow follow, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            var held = await workers.ReadAsync((db, token) => db.Set<HoldingRow>().AsNoTracking().Where(h => h.FollowId == follow.Id && h.Shares > 0).ToListAsync(token), ct);
            var made = new List<DecisionRow>();
            foreach (var holding in held)
            {
                var trade = Synthetic($"close:{follow.Id:N}:{Ids.New(clock):N}", follow.Leader, holding.TokenId, holding.MarketId, holding.Outcome, new Shares(holding.Shares), Side.Sell);
                // the trade names what is held: for a reversed follow that is the other outcome already
                made.AddRange(await SellAsync([trade], trade.Shares.Micros, [follow with { SellsAll = true, Rules = follow.Rules with { Reverse = false } }], ct));
            }
            return made;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>A holding of the leader from before the follow, for that follow alone.</summary>
    public async Task BaselineAsync(Follow follow, LeaderTrade holding, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (await MarketAsync(holding, ct) is { IsTradable: true } market && !await workers.ReadAsync((db, t) => db.Set<SignalRow>().AnyAsync(s => s.LeaderTradeId == holding.Id, t), ct))
                await BuyAsync([holding], market, 0, [follow], ct);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task DecideAsync(IReadOnlyList<LeaderTrade> fills, bool own, long heldBefore, CancellationToken ct)
    {
        var first = fills[0];
        var followers = board.OfLeader(first.Leader);
        var market = await MarketAsync(first, ct);
        if (own)
            await SkipAllAsync(fills, market, followers, "own_order", Reasons.OwnOrder.With(), ct);
        else if (market is null || market.TokenIndex(first.Token) < 0)
            await SkipAllAsync(fills, null, followers, "market_unknown", Reasons.MarketUnknown.With(), ct);
        else if (first.Side == Side.Sell)
            await SellAsync(fills, heldBefore, followers, ct);
        else if (LateBy(first) is { } late && (first.IsBackfilled || late > TimeSpan.FromSeconds(options.MaxBuyAgeSeconds)))
            await SkipAllAsync(fills, market, followers, "late", (first.IsBackfilled ? Reasons.LateBackfilled : Reasons.Late).With(Gap.Number(Math.Round((decimal)late.TotalSeconds, MidpointRounding.AwayFromZero)), options.MaxBuyAgeSeconds), ct);
        else if (!market.IsTradable)
            await SkipAllAsync(fills, market, followers, "market_closed", Reasons.MarketClosed.With(), ct);
        else if (fills.Sum(f => f.Collateral.ToDecimal()) is var amount && amount < options.DustUsd)
            await SkipAllAsync(fills, market, followers, "dust", Reasons.Dust.With(Gap.Usd(amount), Gap.Usd(options.DustUsd)), ct);
        else
            await BuyAsync(fills, market, heldBefore, [.. followers.Where(f => f.Status != FollowStatus.Deleted && Follow.IsSince(f.CreatedAt, At(first)))], ct);
    }

    private async Task BuyAsync(IReadOnlyList<LeaderTrade> fills, Market market, long heldBefore, IReadOnlyList<Follow> followers, CancellationToken ct)
    {
        var first = fills[0];
        var (shares, collateral) = (fills.Sum(f => f.Shares.Micros), fills.Sum(f => f.Collateral.Micros));
        var group = await GroupAsync(first, ct);
        var blind = (await leaders.CoverageAsync(first.Leader, ct))?.State == "blind";
        var other = Other(market, first.Token);
        var scenes = new Dictionary<TokenId, Scene>();
        var moved = await MovedAtAsync(first.Leader, market, At(first), ct);
        var bankroll = followers.Any(f => f.Rules is { Mode: CopyMode.Bankroll, LeaderBankroll: null }) ? await money.BankrollAsync(first.Leader, ct) : null;
        var signal = Signal(fills, market, group, heldBefore);
        foreach (var token in new[] { followers.Any(f => !f.Rules.Reverse) ? first.Token : (TokenId?)null, followers.Any(f => f.Rules.Reverse) ? other : null }.OfType<TokenId>())
        {
            var book = await books.ReadAsync(token, ct);
            var reference = await references.BeforeAsync(token, At(first), moved, ct);
            var price = collateral / (decimal)Math.Max(1, shares);
            scenes[token] = new Scene(
                Side.Buy, token == first.Token ? price : 1 - price, collateral / 1_000_000m, shares, heldBefore, market, token, token == first.Token ? other : first.Token, book, reference?.Price, blind, clock.GetUtcNow(), bankroll);
            (signal.Reference, signal.ReferenceSource) = token == first.Token || signal.Reference is null ? (reference?.Price, reference?.Source) : (signal.Reference, signal.ReferenceSource);
            if (token == first.Token)
                signal.Book = book?.Seen;
            else
                signal.OtherBook = book?.Seen;
        }
        var rows = new List<DecisionRow>(followers.Count);
        foreach (var side in Rotate(followers, first.Id).GroupBy(f => f.Rules.Reverse))
        {
            var follows = side.ToList();
            if ((side.Key ? other : first.Token) is not { } token)
            {
                rows.AddRange(follows.Select(f => Row(f, signal, first, market, Refused(f, "no_opposite", Reasons.NoOpposite.With(), first.Token), 0)));
                continue;
            }
            var at = await workers.ReadAsync((db, t) => standings.ForBuysAsync(db, follows, market.Id, token, side.Key ? first.Token : other, group, t), ct);
            foreach (var follow in follows)
                rows.Add(Row(follow, signal, first, market, CopyJudge.Judge(follow, scenes[token], at[follow.Id]), at[follow.Id].Day));
        }
        await CommitAsync(fills, signal, market, rows, ct);
    }

    private async Task<IReadOnlyList<DecisionRow>> SellAsync(IReadOnlyList<LeaderTrade> fills, long heldBefore, IReadOnlyList<Follow> followers, CancellationToken ct)
    {
        var first = fills[0];
        if (await MarketAsync(first, ct) is not { } market)
            return [];
        var signal = Signal(fills, market, first.Id, heldBefore);
        var sides = new List<(TokenId Token, List<Follow> Follows, WorkingBook? Book)>();
        foreach (var side in Rotate(followers, first.Id).GroupBy(f => f.Rules.Reverse))
        {
            if ((side.Key ? Other(market, first.Token) : first.Token) is not { } token)
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
                var scene = new Scene(
                    Side.Sell, first.Price, fills.Sum(f => f.Collateral.ToDecimal()), fills.Sum(f => f.Shares.Micros), heldBefore, market, token, null, book, null, false, clock.GetUtcNow());
                rows.AddRange(follows.Where(f => at.ContainsKey(f.Id)).Select(f => Row(f, signal, first, market, CopyJudge.Judge(f, scene, at[f.Id]), at[f.Id].Day)));
            }
            if (rows.Count == 0)
                signal.Because("not_held", Reasons.NotHeld.With());
            await CommitAsync(fills, signal, market, rows, ct);
            return rows;
        }, ct);
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

    /// <summary>Entries on their way are taken back before anything is sold; what arrived of them is part of what is sold.</summary>
    private async Task CancelBuysAsync(IReadOnlyList<Follow> follows, TokenId token, CancellationToken ct)
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

    private async Task CommitAsync(IReadOnlyList<LeaderTrade> fills, SignalRow signal, Market? market, List<DecisionRow> rows, CancellationToken ct)
    {
        signal.Followers = rows.Count == 0 ? signal.Followers : rows.Count;
        signal.Copied = rows.Count(r => r.Verdict == Verdict.Copied);
        var also = fills.Skip(1).Select(fill =>
        {
            var row = Signal([fill], market, signal.GroupId, signal.LeaderHeld);
            row.Because("same_order", Reasons.SameOrder.With(fills[0].Id));
            row.Followers = signal.Followers;
            return row;
        });
        await workers.WriteAsync(async (db, token) =>
        {
            await db.InsertAsync([signal, .. also], token);
            await db.InsertAsync(rows, token);
            news.Decided(db, rows, fills[0], market);
            await db.SaveChangesAsync(token);
            return true;
        }, ct);
        events.Notify();
        var planned = rows.Where(r => r.State == DecisionState.Planned).ToList();
        Log.Decided(logger, fills[0].Side, fills[0].Shares, fills[0].Leader, market?.Id, planned.Count, rows.Count, (clock.GetUtcNow() - fills[0].SeenAt).TotalMilliseconds);
        executor.Take(planned);
    }

    private Task SkipAllAsync(IReadOnlyList<LeaderTrade> fills, Market? market, IReadOnlyList<Follow> followers, string rule, Said reason, CancellationToken ct)
    {
        var signal = Signal(fills, market, fills[0].Id, 0);
        signal.Because(rule, reason);
        signal.Followers = followers.Count;
        return CommitAsync(fills, signal, market, [], ct);
    }

    private async Task MovedAsync(LeaderMove move, CancellationToken ct)
    {
        var followers = board.OfLeader(move.Leader).Where(f => !f.Rules.Reverse).ToList();
        if (followers.Count == 0 || await workers.ReadAsync((db, t) => db.Set<SignalRow>().AnyAsync(s => s.LeaderTradeId == move.Id, t), ct))
            return;
        var market = catalog.ByToken(move.Token);
        var trade = Synthetic(move.Id, move.Leader, move.Token, move.MarketId ?? market?.Id, market?.Outcomes[market.TokenIndex(move.Token)], new Shares(-move.Delta), Side.Sell) with { TransactionHash = move.TransactionHash, SeenAt = move.SeenAt };
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
        var sellers = holders.Where(f => (at[f.Id].HeldUnder?.Rules ?? f.Rules).OnMove == MovePolicy.Sell).ToList();
        if (market is null || sellers.Count == 0)
            await SkipAllAsync([trade], market, holders, "moved", Reasons.Moved.With(new Shares(-move.Delta), new Shares(move.HeldBefore), Gap.Word("move", move.Kind)), ct);
        else
            await SellAsync([trade], move.HeldBefore, sellers, ct);
    }

    private async Task RemovedAsync(LeaderTrade trade, CancellationToken ct)
    {
        var signal = await workers.ReadAsync((db, t) => db.Set<SignalRow>().AsNoTracking().FirstOrDefaultAsync(s => s.LeaderTradeId == trade.Id, t), ct);
        if (signal is null)
            return;
        Task<List<DecisionRow>> CopiesAsync() => workers.ReadAsync((db, t) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.SignalId == signal.Id && d.Verdict == Verdict.Copied).ToListAsync(t), ct);
        bool Sells(DecisionRow copy) => copy.Side == Side.Buy && board.Find(copy.FollowId) is { Rules.OnRemoved: RemovedPolicy.Sell };
        var copies = await CopiesAsync();
        var market = signal.MarketId is { } id ? catalog.TryGet(id) : null;
        if (signal.RemovedAt is null)
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
        // told again after a crash, it may have been reported and not sold
        foreach (var token in copies.Where(Sells).GroupBy(c => c.TokenId))
        {
            var undo = Synthetic($"removed:{trade.Id}{(token.Key == trade.Token ? "" : ":reversed")}", trade.Leader, token.Key, signal.MarketId, token.First().Outcome, trade.Shares, Side.Sell);
            if (market is null || await workers.ReadAsync((db, t) => db.Set<SignalRow>().AnyAsync(s => s.LeaderTradeId == undo.Id, t), ct))
                continue;
            await CancelBuysAsync([.. token.Select(c => board.Find(c.FollowId)).OfType<Follow>()], token.Key, ct);
            // only what this trade's copy bought; the trade names what is held, for a reversed follow the other outcome
            var bought = (await CopiesAsync()).Where(c => c.TokenId == token.Key && c.Filled > 0 && Sells(c)).ToList();
            await SellAsync([undo], undo.Shares.Micros, [.. bought.Select(c => board.Find(c.FollowId)! with { SellsAll = true, SellsAtMost = c.Filled, Rules = board.Find(c.FollowId)!.Rules with { Reverse = false } })], ct);
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

    /// <summary>Fills of one order that were told together are one trade.</summary>
    private static IEnumerable<IReadOnlyList<LeaderTrade>> ByOrder(IReadOnlyList<LeaderTrade> trades)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var trade in trades)
        {
            if (!taken.Add(trade.Id))
                continue;
            List<LeaderTrade> fills = [trade];
            if (trade.OrderHash is { } hash)
                fills.AddRange(trades.Where(t => t.OrderHash == hash && t.Leader == trade.Leader && t.Token == trade.Token && t.Side == trade.Side && t.IsBackfilled == trade.IsBackfilled && taken.Add(t.Id)));
            yield return fills;
        }
    }

    /// <summary>The intention a trade belongs to: its order's, or that of his other orders on the token and side just before.</summary>
    private async Task<string> GroupAsync(LeaderTrade trade, CancellationToken ct)
    {
        var at = At(trade).UtcDateTime;
        var since = at - TimeSpan.FromSeconds(options.GroupSeconds);
        return await workers.ReadAsync(async (db, token) =>
        {
            if (trade.OrderHash is { } hash && await db.Set<SignalRow>().Where(s => s.OrderHash == hash && s.Leader == trade.Leader && s.TokenId == trade.Token && s.Side == trade.Side && s.Rule == null).OrderBy(s => s.Id).Select(s => s.GroupId).FirstOrDefaultAsync(token) is { } same)
                return same;
            return await db.Set<SignalRow>().Where(s => s.Leader == trade.Leader && s.TokenId == trade.Token && s.Side == trade.Side && s.Rule == null && s.GroupId == s.LeaderTradeId && s.TradedAt >= since && s.TradedAt <= at)
                .OrderByDescending(s => s.TradedAt).Select(s => s.GroupId).FirstOrDefaultAsync(token) ?? trade.Id;
        }, ct);
    }

    private Task<List<DateTimeOffset>> MovedAtAsync(string leader, Market market, DateTimeOffset before, CancellationToken ct)
    {
        var (since, until) = ((before - ReferencePrices.Window - TimeSpan.FromMinutes(1)).UtcDateTime, before.UtcDateTime);
        return workers.ReadAsync(async (db, token) => (await db.Set<SignalRow>().Where(s => s.Leader == leader && s.MarketId == market.Id && s.TradedAt >= since && s.TradedAt < until).Select(s => s.TradedAt).ToListAsync(token))
            .ConvertAll(t => new DateTimeOffset(t, TimeSpan.Zero)), ct);
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

    private SignalRow Signal(IReadOnlyList<LeaderTrade> fills, Market? market, string group, long heldBefore)
    {
        var first = fills[0];
        return new SignalRow
        {
            Id = Ids.New(clock),
            LeaderTradeId = first.Id,
            Leader = first.Leader,
            GroupId = group,
            OrderHash = first.OrderHash,
            MarketId = market?.Id ?? first.MarketId,
            TokenId = first.Token,
            Side = first.Side,
            Shares = fills.Sum(f => f.Shares.Micros),
            Collateral = fills.Sum(f => f.Collateral.Micros),
            LeaderHeld = heldBefore,
            Trade = first,
            TradedAt = At(first).UtcDateTime,
            SeenAt = first.SeenAt.UtcDateTime,
            DecidedAt = clock.GetUtcNow().UtcDateTime,
        };
    }

    private DecisionRow Row(Follow follow, SignalRow signal, LeaderTrade trade, Market market, Judgement judged, int day)
    {
        var copied = judged.Verdict == Verdict.Copied;
        var index = market.TokenIndex(judged.Token);
        return new DecisionRow
        {
            Id = Ids.New(clock),
            UserId = follow.UserId,
            FollowId = follow.Id,
            WalletId = follow.WalletId,
            SignalId = signal.Id,
            LeaderTradeId = signal.LeaderTradeId,
            GroupId = signal.GroupId,
            Leader = signal.Leader,
            MarketId = market.Id,
            TokenId = judged.Token,
            Outcome = index < 0 ? trade.Outcome : market.Outcomes[index],
            Side = judged.Side,
            LeaderSide = trade.Side,
            LeaderPrice = signal.Shares == 0 ? 0 : signal.Collateral / (decimal)signal.Shares,
            LeaderAmount = signal.Collateral / 1_000_000m,
            Verdict = judged.Verdict,
            Rule = judged.Rule,
            Reason = judged.Reason?.Text,
            Said = judged.Reason,
            Steps = judged.Steps,
            RulesVersion = judged.RulesVersion,
            State = copied ? DecisionState.Planned : DecisionState.Done,
            Day = day,
            Amount = judged.Amount,
            Committed = judged.Committed,
            WouldSpend = judged.WouldSpend,
            Carry = judged.Carry,
            Target = judged.Target,
            Fraction = judged.Fraction,
            WorstPrice = judged.Worst,
            TakeProfit = judged.TakeProfit,
            StopLoss = judged.StopLoss,
            Feed = Feed(trade.Source),
            MatchedAt = trade.MatchedAt?.UtcDateTime,
            Block = trade.BlockNumber,
            BlockAt = trade.BlockAt?.UtcDateTime,
            SeenAt = trade.SeenAt.UtcDateTime,
            DecidedAt = clock.GetUtcNow().UtcDateTime,
        };
    }

    private static Judgement Refused(Follow follow, string rule, Said reason, TokenId token) => new(Verdict.Skipped, rule, reason, []) { Side = Side.Buy, Token = token, RulesVersion = follow.RulesVersion };

    private LeaderTrade Synthetic(string id, string leader, TokenId token, string? marketId, string? outcome, Shares shares, Side side) => new(
        id, leader, leader, LeaderTradeSource.Chain, "", null, token, null, marketId, outcome, side, shares, Usdc.Zero, null, null, false, false, null, null, null, clock.GetUtcNow());

    /// <summary>Every trade begins with another follower: nobody is always served first.</summary>
    private static IEnumerable<Follow> Rotate(IReadOnlyList<Follow> follows, string tradeId)
    {
        if (follows.Count == 0)
            return [];
        var sorted = follows.OrderBy(f => f.Id).ToList();
        var hash = 2166136261u;
        foreach (var c in tradeId)
            hash = (hash ^ c) * 16777619u;
        var start = (int)(hash % (uint)sorted.Count);
        return sorted.Skip(start).Concat(sorted.Take(start));
    }

    private TimeSpan LateBy(LeaderTrade trade) => clock.GetUtcNow() - At(trade);

    private static DateTimeOffset At(LeaderTrade trade) => trade.MatchedAt ?? trade.BlockAt ?? trade.SeenAt;

    private static TokenId? Other(Market market, TokenId token) => market.Tokens.Count == 2 ? market.Tokens[1 - market.TokenIndex(token)] : null;

    private static string Feed(LeaderTradeSource source) => source switch { LeaderTradeSource.Chain => "chain", LeaderTradeSource.Rtds => "rtds", _ => "data" };

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying, LogLevel.Information, "Leader {Leader} {Side} {Shares} in market {Market}: {Copies} of {Followers} follows copy it, decided {Milliseconds} ms after it was seen")]
        public static partial void Decided(ILogger logger, Side side, Shares shares, string leader, string? market, int copies, int followers, double milliseconds);

        [LoggerMessage(EventIds.Copying + 1, LogLevel.Warning, "A reorganisation removed trade {Trade} of leader {Leader}; {Copies} follows had copied it")]
        public static partial void Removed(ILogger logger, string trade, string leader, int copies);

        [LoggerMessage(EventIds.Copying + 2, LogLevel.Information, "{Count} copies were dropped before they were ordered: the leader sold")]
        public static partial void Dropped(ILogger logger, int count);
    }
}
