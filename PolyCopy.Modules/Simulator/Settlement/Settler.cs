using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Sockets;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Settlement;

/// <summary>
/// Takes each match to the chain on the venue's clock: MATCHED, MINED, CONFIRMED; or RETRYING and a second transaction; or FAILED.
/// Money moves when a trade is mined.
/// </summary>
internal sealed class Settler(SimWorld world, Books books, UserFeed feed, FaultBoard faults)
{
    private const long LateMinMs = 10_000;
    private const long LateMaxMs = 50_000;

    /// <summary>Raised under the gate at each state of a trade; what the chain shows follows from it.</summary>
    public event Action<Books.Entry, VenueTrade>? Advanced;

    /// <summary>How and when the next trade settles.</summary>
    public (SettleAs Plan, bool FromNext, long MineAt, long ConfirmAt) PlanNext(long tradeNumber, long at)
    {
        var ledger = books.Ledger;
        var (mineAt, confirmAt) = SettlementTimes.For(ledger.Seed, tradeNumber, attempt: 0, at);
        if (ledger.NextTrades is { Count: > 0, Plan: var planned })
            return (planned, true, mineAt, confirmAt);
        if (faults.Hit("F19") is { } ghost)
        {
            if (ghost.Request.Variant != "late")
                return (SettleAs.Ghost, false, mineAt, confirmAt);
            var late = LateMinMs + ghost.Next((int)(LateMaxMs - LateMinMs));
            return (SettleAs.Confirm, false, mineAt + late, confirmAt + late);
        }
        return (faults.Hit("F20") is null ? SettleAs.Confirm : SettleAs.Fail, false, mineAt, confirmAt);
    }

    /// <summary>Puts a trade's next step on the clock.</summary>
    public void Schedule(VenueTrade trade)
    {
        var due = trade.State switch
        {
            TradeState.MATCHED or TradeState.RETRYING when trade.Plan is not SettleAs.Ghost => trade.MineAt,
            TradeState.MINED => trade.ConfirmAt,
            _ => (long?)null,
        };
        if (due is { } at)
            world.Clock.Schedule(DateTimeOffset.FromUnixTimeMilliseconds(at), () => Step(trade, at));
    }

    /// <summary>Decides a trade's fate now. False when there is no such trade or its fate is sealed.</summary>
    public bool Force(Books.Entry entry, string tradeId, SettleAs plan)
    {
        if (entry.Ledger.FindTrade(tradeId) is not { IsOver: false } trade)
            return false;
        switch (plan)
        {
            case SettleAs.Confirm:
                if (trade.State is not TradeState.MINED)
                    Move(entry, trade, TradeState.MINED);
                Move(entry, trade, TradeState.CONFIRMED);
                break;
            case SettleAs.Fail:
                Move(entry, trade, TradeState.FAILED);
                break;
            case SettleAs.Retry:
                Move(entry, trade, TradeState.RETRYING);
                break;
            case SettleAs.Ghost:
                if (trade.State is TradeState.MINED)
                    return false;
                entry.Apply(new TradePlanned(trade.Id, SettleAs.Ghost, trade.MineAt, trade.ConfirmAt));
                break;
        }
        Schedule(trade);
        return true;
    }

    /// <summary>Tells the parties of a trade where it stands.</summary>
    public void Announce(Books.Entry entry, VenueTrade trade)
    {
        var at = world.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var party in trade.UserLegs.GroupBy(leg => leg.Account))
        {
            var frame = Wire.TradeFrame(trade, party.First(), at);
            var account = party.Key;
            entry.Afterwards(() => feed.Send(account, trade.Match.Condition, frame));
        }
    }

    private void Step(VenueTrade trade, long due)
    {
        lock (world.Gate)
        {
            if (trade.IsOver || trade.Plan is SettleAs.Ghost || due != (trade.State is TradeState.MINED ? trade.ConfirmAt : trade.MineAt))
                return;
            using var entry = books.Begin();
            Move(entry, trade, trade switch
            {
                { State: TradeState.MINED } => TradeState.CONFIRMED,
                { Plan: SettleAs.Fail } => TradeState.FAILED,
                { Plan: SettleAs.Retry, State: TradeState.MATCHED } => TradeState.RETRYING,
                _ => TradeState.MINED,
            });
            Schedule(trade);
            entry.Commit();
        }
    }

    private void Move(Books.Entry entry, VenueTrade trade, TradeState state)
    {
        var seed = entry.Ledger.Seed;
        var at = world.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var transaction = trade.Transaction;
        if (state is TradeState.MINED or TradeState.RETRYING && transaction.Length == 0)
            transaction = trade.Match.Transaction;
        else if (state is TradeState.MINED)
            transaction = new Bytes32(SeededIds.Bytes(seed, "retry", trade.Sequence)).ToString();
        var (mineAt, confirmAt) = state is TradeState.RETRYING
            ? SettlementTimes.For(seed, trade.Sequence, attempt: 1, at)
            : (trade.MineAt, Math.Max(trade.ConfirmAt, at));
        var hidden = state is TradeState.MINED ? faults.Hit("F23") : null;
        entry.Apply(new TradeAdvanced(trade.Id, state, transaction, at, mineAt, confirmAt));
        if (hidden is not null)
            Hide(hidden, trade);
        Announce(entry, trade);
        Advanced?.Invoke(entry, trade);
    }

    /// <summary>F23: the shares are on chain, the venue's cache does not know yet.</summary>
    private static void Hide(ActiveFault fault, VenueTrade trade)
    {
        foreach (var leg in trade.UserLegs.Where(leg => leg.Side == Side.Buy))
            fault.Hidden[(leg.Wallet, leg.Token)] = fault.Hidden.GetValueOrDefault((leg.Wallet, leg.Token)) + leg.Size;
    }
}
