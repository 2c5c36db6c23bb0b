using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Leaders;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator;

/// <summary>Ties accounts to the world: what the world does to users' orders is booked, and what the journal holds is put back into the world at the start.</summary>
internal sealed class VenueOpening(SimWorld world, Books books, OrderDesk orders, CancelDesk cancels, TradeBooking booking, Settler settler, Resolutions resolutions, FaultBoard faults, SimChain chain, RpcHub rpc, MatchFeed feed)
{
    /// <summary>Call once, before anybody can ask.</summary>
    public void Open()
    {
        lock (world.Gate)
        {
            world.MakersHit += OnMakersHit;
            world.OrderRemoved += OnOrderRemoved;
            world.Resolved += resolutions.OnResolved;
            faults.Began += OnFault;
            RestoreMarkets();
            RestoreOrders();
            foreach (var trade in books.Ledger.Trades.Where(trade => !trade.IsOver))
                settler.Schedule(trade);
            chain.Restore();
            world.BookChanged += OnBookChanged;
            booking.Booked += OnBooked;
            settler.Advanced += OnAdvanced;
            resolutions.Booked += chain.IncludeResults;
            rpc.Start();
        }
    }

    private void RestoreMarkets()
    {
        var ledger = books.Ledger;
        resolutions.Restore();
        foreach (var condition in ledger.Proposed.Where(condition => !ledger.Resolved.ContainsKey(condition)))
        {
            if (world.FindCondition(condition) is { Phase: MarketPhase.Open } market)
                world.Propose(market);
        }
        foreach (var quotes in ledger.Quotes.GroupBy(quote => quote.Condition))
        {
            if (world.FindCondition(quotes.Key) is not { } market)
                continue;
            var last = quotes.Last();
            foreach (var quote in quotes.Where(quote => quote != last || market.Phase != MarketPhase.Open))
                world.Bend(market, quote.OutcomeIndex, quote.Bid, quote.Ask, quote.At);
            if (market.Phase == MarketPhase.Open)
                world.SetQuote(market, last.OutcomeIndex, last.Bid, last.Ask, last.Size, DateTimeOffset.FromUnixTimeMilliseconds(last.At));
        }
    }

    private void RestoreOrders()
    {
        var open = books.Ledger.Accounts.Values.SelectMany(account => account.OpenOrders.Values).OrderBy(order => order.Sequence).ToList();
        foreach (var order in open)
        {
            if (world.FindCondition(order.Terms.Condition) is not { Phase: MarketPhase.Open or MarketPhase.Proposed } market)
                End(order, books.Ledger.Resolved.ContainsKey(order.Terms.Condition) ? OrderState.CANCELED_MARKET_RESOLVED : OrderState.CANCELED);
            else if (order.State == OrderState.DELAYED)
                orders.ScheduleRelease(order);
            else if (OrderJudge.ExpiresAt(order.Terms.Kind, order.Terms.Expiration) <= world.Clock.GetUtcNow())
                End(order, OrderState.CANCELED);
            else
                market.Engine.Restore(OrderDesk.EngineOrderOf(order), order.Remaining);
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

    /// <summary>What the tape shows is settled; a match of users replaces its print when it is booked, a moment later.</summary>
    private void OnBookChanged(MarketState market, BookDelta delta)
    {
        foreach (var print in delta.Prints)
        {
            var (fill, block) = StrangerFlow.Of(world.Seed, market, print, world.NowMs);
            chain.IncludeStrangers(fill, block);
            feed.Tell(fill, strangers: true);
        }
    }

    private void OnBooked(VenueTrade trade)
    {
        chain.Forget(trade.Match.Transaction);
        if (world.FindCondition(trade.Match.Condition) is { } market)
            feed.Tell(new FillTx(trade.Match.Transaction, trade.Match.At, market.Market, trade.Match.Taker, trade.Match.Makers));
    }

    private void OnAdvanced(Books.Entry entry, VenueTrade trade)
    {
        if (trade.State is TradeState.MINED)
            chain.Include(trade);
        else if (trade.State is TradeState.FAILED or TradeState.RETRYING)
            chain.Drop(entry, trade.Transaction);
        chain.IncludeResults();
    }

    private void OnOrderRemoved(MarketState market, RestingOrder resting, RemovalReason reason)
    {
        if (books.Ledger.FindOrder(resting.Order.Hash) is not { IsOpen: true } order)
            return;
        End(order, reason == RemovalReason.Resolved ? OrderState.CANCELED_MARKET_RESOLVED : OrderState.CANCELED);
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
                        world.SetQuote(market, 0, null, null, Shares.Scale);
                }
                break;
        }
    }
}
