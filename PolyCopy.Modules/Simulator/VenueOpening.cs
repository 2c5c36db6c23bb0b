using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator;

/// <summary>Ties accounts to the world: what the world does to users' orders is booked, and what the journal holds is put back into the world at the start.</summary>
internal sealed class VenueOpening(SimWorld world, Books books, OrderDesk orders, CancelDesk cancels, TradeBooking booking, Settler settler, FaultBoard faults)
{
    /// <summary>A control quote keeps the price process away this long.</summary>
    private static readonly TimeSpan QuoteHolds = TimeSpan.FromSeconds(60);

    /// <summary>Call once, before anybody can ask.</summary>
    public void Open()
    {
        lock (world.Gate)
        {
            world.MakersHit += OnMakersHit;
            world.OrderRemoved += OnOrderRemoved;
            world.Resolved += OnResolved;
            faults.Began += OnFault;
            RestoreMarkets();
            RestoreOrders();
            foreach (var trade in books.Ledger.Trades.Where(trade => !trade.IsOver))
                settler.Schedule(trade);
        }
    }

    private void RestoreMarkets()
    {
        var ledger = books.Ledger;
        foreach (var resolved in ledger.Resolved.Values)
        {
            if (world.FindCondition(resolved.Condition) is { } market)
                world.Resolve(market, Winner(resolved));
        }
        foreach (var condition in ledger.Proposed.Where(condition => !ledger.Resolved.ContainsKey(condition)))
        {
            if (world.FindCondition(condition) is { Phase: MarketPhase.Open } market)
                world.Propose(market);
        }
        var now = world.Clock.GetUtcNow();
        foreach (var quote in ledger.Quotes.Values)
        {
            if (now - DateTimeOffset.FromUnixTimeMilliseconds(quote.At) < QuoteHolds && world.FindCondition(quote.Condition) is { Phase: MarketPhase.Open } market)
                world.SetQuote(market, quote.OutcomeIndex, quote.Bid, quote.Ask, quote.Size);
        }
        // What resolved while the venue was down.
        foreach (var market in world.Markets.Where(market => market.Phase == MarketPhase.Resolved && market.Market.BornResolved is null && !ledger.Resolved.ContainsKey(market.Market.ConditionId)).ToList())
            OnResolved(market);
    }

    private void RestoreOrders()
    {
        var open = books.Ledger.Accounts.Values.SelectMany(account => account.OpenOrders.Values).OrderBy(order => order.Sequence).ToList();
        foreach (var order in open)
        {
            if (world.FindCondition(order.Terms.Condition) is not { AcceptsOrders: true } market)
                End(order, books.Ledger.Resolved.ContainsKey(order.Terms.Condition) ? OrderState.CANCELED_MARKET_RESOLVED : OrderState.CANCELED);
            else if (order.State == OrderState.DELAYED)
                orders.ScheduleRelease(order);
            else if (OrderJudge.ExpiresAt(order.Terms.Kind, order.Terms.Expiration) <= world.Clock.GetUtcNow())
                End(order, OrderState.CANCELED);
            else
                orders.Restore(order, market);
        }
    }

    private void End(VenueOrder order, OrderState state)
    {
        using var entry = books.Begin();
        cancels.Drop(entry, order, state);
        entry.Commit();
    }

    private void OnMakersHit(MarketState market, SimulatedTaker taker)
    {
        using var entry = books.Begin();
        booking.BookMakers(entry, market, taker);
        entry.Commit();
    }

    private void OnOrderRemoved(MarketState market, RestingOrder resting, RemovalReason reason)
    {
        if (books.Ledger.FindOrder(resting.Order.Hash) is not { IsOpen: true } order)
            return;
        End(order, reason == RemovalReason.Resolved ? OrderState.CANCELED_MARKET_RESOLVED : OrderState.CANCELED);
    }

    private void OnResolved(MarketState market)
    {
        var condition = market.Market.ConditionId;
        if (books.Ledger.Resolved.ContainsKey(condition))
            return;
        using var entry = books.Begin();
        foreach (var order in books.Ledger.Accounts.Values.SelectMany(account => account.OpenOrders.Values).Where(order => order.Terms.Condition == condition).OrderBy(order => order.Sequence).ToList())
            cancels.Drop(entry, order, OrderState.CANCELED_MARKET_RESOLVED);
        entry.Apply(new MarketResolved(condition, [.. market.Market.TokenIds.Select(token => TokenId.Parse(token))],
            [market.Payout(0)!.Value, market.Payout(1)!.Value], world.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
        entry.Commit();
    }

    private void OnFault(ActiveFault fault)
    {
        switch (fault.Kind.Code)
        {
            case "F49":
                cancels.DropAll(OrderState.INVALID, fault.Roll);
                break;
            case "F52":
                cancels.DropAll(OrderState.CANCELED, () => true);
                lock (world.Gate)
                {
                    foreach (var market in world.Markets.Where(market => market.AcceptsOrders))
                        world.SetQuote(market, 0, null, null, 0);
                }
                break;
        }
    }

    private static int? Winner(MarketResolved resolved) => resolved.Payouts[0] == resolved.Payouts[1] ? null : resolved.Payouts[0] > resolved.Payouts[1] ? 0 : 1;
}
