using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Stores what was decided about a leader's order, the signal and a row for each follow, in one transaction; only then hands it on to be ordered.</summary>
internal sealed partial class DecisionWriter(WorkerScope workers, CopyNews news, CopyExecutor executor, IUserEvents events, TimeProvider clock, ILogger<DecisionWriter> logger)
{
    /// <summary>The leader's order as the engine sees it; it is not stored before the commit.</summary>
    public SignalRow Signal(LeaderOrder order, Market? market, string group)
    {
        var first = order.First;
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
            Shares = order.Shares,
            Collateral = order.Collateral,
            LeaderHeld = order.HeldBefore,
            Trade = first,
            TradedAt = order.At.UtcDateTime,
            SeenAt = first.SeenAt.UtcDateTime,
            DecidedAt = clock.GetUtcNow().UtcDateTime,
        };
    }

    /// <summary>What one follow does; it is not stored before the commit.</summary>
    /// <param name="day">The user's, yyyymmdd.</param>
    public DecisionRow Row(Follow follow, SignalRow signal, LeaderOrder order, Market market, Judgement judged, int day)
    {
        var trade = order.First;
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

    public async Task CommitAsync(LeaderOrder order, SignalRow signal, Market? market, List<DecisionRow> rows, CancellationToken ct)
    {
        var first = order.First;
        signal.Followers = rows.Count == 0 ? signal.Followers : rows.Count;
        signal.Copied = rows.Count(r => r.Verdict == Verdict.Copied);
        var also = order.Fills.Skip(1).Select(fill =>
        {
            var row = Signal(new LeaderOrder([fill], signal.LeaderHeld), market, signal.GroupId);
            row.Because("same_order", Reasons.SameOrder.With(first.Id));
            row.Followers = signal.Followers;
            return row;
        });
        await workers.WriteAsync(async (db, token) =>
        {
            await db.InsertAsync([signal, .. also], token);
            await db.InsertAsync(rows, token);
            news.Decided(db, rows, first, market);
            await db.SaveChangesAsync(token);
            return true;
        }, ct);
        events.Notify();
        var planned = rows.Where(r => r.State == DecisionState.Planned).ToList();
        Log.Decided(logger, first.Side, first.Shares, first.Leader, market?.Id, planned.Count, rows.Count, (clock.GetUtcNow() - first.SeenAt).TotalMilliseconds);
        executor.Take(planned);
    }

    /// <summary>One row of the leader's says for all followers why nobody copies it.</summary>
    public Task SkipAllAsync(LeaderOrder order, Market? market, int followers, string rule, Said reason, CancellationToken ct)
    {
        order = order with { HeldBefore = 0 };
        var signal = Signal(order, market, order.First.Id);
        signal.Because(rule, reason);
        signal.Followers = followers;
        return CommitAsync(order, signal, market, [], ct);
    }

    private static string Feed(LeaderTradeSource source) => source switch { LeaderTradeSource.Chain => "chain", LeaderTradeSource.Rtds => "rtds", _ => "data" };

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying, LogLevel.Information, "Leader {Leader} {Side} {Shares} in market {Market}: {Copies} of {Followers} follows copy it, decided {Milliseconds} ms after it was seen")]
        public static partial void Decided(ILogger logger, Side side, Shares shares, string leader, string? market, int copies, int followers, double milliseconds);
    }
}
