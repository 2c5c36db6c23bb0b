using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>A leader has bought: all his followers in one pass over one book, each seeing the depth that the earlier ones left. Reversed follows go over the book of the other outcome.</summary>
internal sealed class BuyPass(
    WorkerScope workers, Standings standings, CopyBooks books, ReferencePrices references, DecisionWriter decisions, ILeaders leaders, ILeaderMoney money, CopyingOptions options, TimeProvider clock)
{
    public async Task RunAsync(LeaderOrder order, Market market, IReadOnlyList<Follow> followers, CancellationToken ct)
    {
        var (token, other) = (order.Token, order.Other(market));
        var group = await GroupAsync(order, ct);
        var signal = decisions.Signal(order, market, group);
        var scenes = await ScenesAsync(order, market, followers, signal, ct);
        var rows = new List<DecisionRow>(followers.Count);
        foreach (var side in order.Rotate(followers).GroupBy(f => f.Rules.Reverse))
        {
            var follows = side.ToList();
            if ((side.Key ? other : token) is not { } bought)
            {
                rows.AddRange(follows.Select(f => decisions.Row(f, signal, order, market, Refused(f, "no_opposite", Reasons.NoOpposite.With(), token), 0)));
                continue;
            }
            var at = await workers.ReadAsync((db, t) => standings.ForBuysAsync(db, follows, market.Id, bought, side.Key ? token : other, group, t), ct);
            foreach (var follow in follows)
                rows.Add(decisions.Row(follow, signal, order, market, CopyJudge.Judge(follow, scenes[bought], at[follow.Id]), at[follow.Id].Day));
        }
        await decisions.CommitAsync(order, signal, market, rows, ct);
    }

    /// <summary>What is the same for all who buy an outcome; what was seen of it is kept with the signal.</summary>
    private async Task<Dictionary<TokenId, Scene>> ScenesAsync(LeaderOrder order, Market market, IReadOnlyList<Follow> followers, SignalRow signal, CancellationToken ct)
    {
        var (theirs, other) = (order.Token, order.Other(market));
        var blind = (await leaders.CoverageAsync(order.Leader, ct))?.State == "blind";
        var moved = await MovedAtAsync(order, market, ct);
        var bankroll = followers.Any(f => f.Rules is { Mode: CopyMode.Bankroll, LeaderBankroll: null }) ? await money.BankrollAsync(order.Leader, ct) : null;
        var price = order.Collateral / (decimal)Math.Max(1, order.Shares);
        var scenes = new Dictionary<TokenId, Scene>();
        foreach (var token in new[] { followers.Any(f => !f.Rules.Reverse) ? theirs : (TokenId?)null, followers.Any(f => f.Rules.Reverse) ? other : null }.OfType<TokenId>())
        {
            var book = await books.ReadAsync(token, ct);
            var reference = await references.BeforeAsync(token, order.At, moved, ct);
            scenes[token] = new Scene(
                Side.Buy, token == theirs ? price : 1 - price, order.Collateral / 1_000_000m, order.Shares, order.HeldBefore, market, token, token == theirs ? other : theirs, book, reference?.Price, blind, clock.GetUtcNow(), bankroll);
            (signal.Reference, signal.ReferenceSource) = token == theirs || signal.Reference is null ? (reference?.Price, reference?.Source) : (signal.Reference, signal.ReferenceSource);
            if (token == theirs)
                signal.Book = book?.Seen;
            else
                signal.OtherBook = book?.Seen;
        }
        return scenes;
    }

    /// <summary>The intention an order belongs to: its own, or that of his other orders on the token and side just before.</summary>
    private async Task<string> GroupAsync(LeaderOrder order, CancellationToken ct)
    {
        var trade = order.First;
        var at = order.At.UtcDateTime;
        var since = at - TimeSpan.FromSeconds(options.GroupSeconds);
        return await workers.ReadAsync(async (db, token) =>
        {
            if (trade.OrderHash is { } hash && await db.Set<SignalRow>().Where(s => s.OrderHash == hash && s.Leader == trade.Leader && s.TokenId == trade.Token && s.Side == trade.Side && s.Rule == null).OrderBy(s => s.Id).Select(s => s.GroupId).FirstOrDefaultAsync(token) is { } same)
                return same;
            return await db.Set<SignalRow>().Where(s => s.Leader == trade.Leader && s.TokenId == trade.Token && s.Side == trade.Side && s.Rule == null && s.GroupId == s.LeaderTradeId && s.TradedAt >= since && s.TradedAt <= at)
                .OrderByDescending(s => s.TradedAt).Select(s => s.GroupId).FirstOrDefaultAsync(token) ?? trade.Id;
        }, ct);
    }

    /// <summary>When the leader's own trades moved the market just before: they are no reference.</summary>
    private Task<List<DateTimeOffset>> MovedAtAsync(LeaderOrder order, Market market, CancellationToken ct)
    {
        var (leader, since, until) = (order.Leader, (order.At - ReferencePrices.Window - TimeSpan.FromMinutes(1)).UtcDateTime, order.At.UtcDateTime);
        return workers.ReadAsync(async (db, token) => (await db.Set<SignalRow>().Where(s => s.Leader == leader && s.MarketId == market.Id && s.TradedAt >= since && s.TradedAt < until).Select(s => s.TradedAt).ToListAsync(token))
            .ConvertAll(t => new DateTimeOffset(t, TimeSpan.Zero)), ct);
    }

    private static Judgement Refused(Follow follow, string rule, Said reason, TokenId token) => new(Verdict.Skipped, rule, reason, []) { Side = Side.Buy, Token = token, RulesVersion = follow.RulesVersion };
}
