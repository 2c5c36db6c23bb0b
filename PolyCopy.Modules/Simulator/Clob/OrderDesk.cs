using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>Takes orders: judges, places, books and journals each in one piece under the world's gate, and answers when it is on disk.</summary>
internal sealed class OrderDesk(SimWorld world, Books books, BalanceView balances, OrderJudge judge, TradeBooking booking, FaultBoard faults)
{
    /// <summary>Judges and places one order. The answer is the venue's; it ends when the journal holds it.</summary>
    public async Task<OrderAnswer> PostAsync(PostedOrder? posted, ApiKey key)
    {
        var (mode, retryAfter) = faults.Mode();
        if (Closed(mode, retryAfter, posted) is { } closed)
            return closed;
        if (posted is null)
            return OrderAnswer.Refused(VenueErrors.InvalidPayload);
        Account account;
        (MarketState Market, int TokenIndex)? found;
        lock (world.Gate)
        {
            account = books.Ledger.Accounts[key.Account];
            found = world.FindToken(posted.Token.Digits);
        }
        if (found is not { } token)
            return OrderAnswer.Refused(VenueErrors.NoOrderbook(posted.Token));

        var (id, error) = judge.Identify(posted, key, account, token.Market.Market);
        if (id is null)
            return OrderAnswer.Refused(error!);
        OrderAnswer answer;
        Task durable;
        lock (world.Gate)
        {
            using var entry = books.Begin();
            answer = error is null ? Place(entry, posted, id, key, token.Market, token.TokenIndex) : OrderAnswer.Refused(error);
            entry.Apply(new OrderReceived(id, posted.Order.Maker, Accepted: answer.Error is null));
            durable = entry.Commit();
        }
        await durable;
        return answer;
    }

    /// <summary>Ends the taker delay of an order: matches it as the book is now.</summary>
    public void Release(string id)
    {
        lock (world.Gate)
        {
            if (books.Ledger.FindOrder(id) is not { State: OrderState.DELAYED } order || world.FindCondition(order.Terms.Condition) is not { } market)
                return;
            using var entry = books.Begin();
            entry.Apply(new OrderReleased(id));
            var (result, _) = market.AcceptsOrders
                ? Match(entry, market, order, EngineOrderOf(order))
                : (new PlaceResult(PlaceStatus.Killed, 0, 0, 0, [], VenueErrors.MatchDelayed), []);
            if (result.Status == PlaceStatus.Killed)
            {
                entry.Apply(new OrderEnded(id, OrderState.UNMATCHED, result.Error));
                booking.Announce(entry, order, "CANCELLATION");
            }
            entry.Commit();
        }
    }

    /// <summary>Puts the end of an order's taker delay on the clock.</summary>
    public void ScheduleRelease(VenueOrder order) =>
        world.Clock.Schedule(DateTimeOffset.FromUnixTimeMilliseconds(order.Terms.DueAt), () => Release(order.Id));

    private static OrderAnswer? Closed(EngineMode mode, int retryAfter, PostedOrder? posted) => mode switch
    {
        EngineMode.Restarting => OrderAnswer.Refused(VenueErrors.ServiceNotReady, 425),
        EngineMode.PostOnly when posted is not { PostOnly: true } => OrderAnswer.Refused(VenueErrors.PostOnlyMode, 503) with { RetryAfterSeconds = retryAfter },
        EngineMode.CancelOnly => OrderAnswer.Refused(VenueErrors.CancelOnlyMode, 503),
        EngineMode.Disabled => OrderAnswer.Refused(VenueErrors.TradingDisabled, 503),
        _ => null,
    };

    private OrderAnswer Place(Books.Entry entry, PostedOrder posted, string id, ApiKey key, MarketState market, int tokenIndex)
    {
        // First of all: a client that asks whether its order arrived sends the same bytes again and trusts this answer.
        if (entry.Ledger.FindOrder(id) is not null)
            return OrderAnswer.Refused(VenueErrors.Duplicated(id));
        if (market.Phase != MarketPhase.Open || faults.Holding("F53", FaultCatalogue.Clob) is not null)
            return OrderAnswer.Refused(VenueErrors.NoOrderbook(posted.Token));
        if (faults.Holding("F46", FaultCatalogue.Clob) is not null)
            return OrderAnswer.Refused(VenueErrors.NotReady);
        if (posted.Order.SignatureType == SignatureType.DepositWallet && entry.Ledger.FindWallet(posted.Order.Maker) is null)
            return OrderAnswer.Refused(VenueErrors.NoDepositWallet);
        var now = world.Clock.GetUtcNow();
        if (judge.Judge(posted, id, market.Tick, market.Market.MinOrderSize, now, out var price) is { } refusal)
            return OrderAnswer.Refused(refusal);

        var engineOrder = OrderJudge.ForEngine(posted, id, tokenIndex);
        var isMarket = posted.Kind is OrderKind.FOK or OrderKind.FAK;
        var marketable = market.Engine.IsMarketable(engineOrder);
        if (posted.Order.Side == Side.Buy && (isMarket || marketable) && posted.MakerAmount < Usdc.Scale)
            return OrderAnswer.Refused(VenueErrors.TooCheap(posted.MakerAmount));
        if (posted.PostOnly && (marketable || faults.Hit("F34", FaultCatalogue.Clob) is not null))
            return OrderAnswer.Refused(VenueErrors.PostOnlyCrosses);

        var feeRoom = posted.Order.Side == Side.Buy && (isMarket || marketable) ? FeeRoom(posted, market, tokenIndex, price, isMarket) : 0;
        if (Poor(posted, feeRoom) is { } poor)
            return OrderAnswer.Refused(poor);

        var delay = marketable && !posted.PostOnly ? Delay(market) : TimeSpan.Zero;
        var (shares, budget) = posted.Order.Side == Side.Buy ? (posted.TakerAmount, isMarket ? posted.MakerAmount : 0) : (posted.MakerAmount, 0);
        entry.Apply(new OrderPlaced(
            id, key.Id, key.Account, posted.Order.Maker, market.Market.ConditionId, posted.Token, tokenIndex, market.Market.Outcomes[tokenIndex], posted.Order.Side, posted.Kind,
            price, shares, budget, posted.MakerAmount, posted.TakerAmount, feeRoom, posted.Order.ExpirationSeconds, now.ToUnixTimeMilliseconds(), delay > TimeSpan.Zero, (now + delay).ToUnixTimeMilliseconds()));
        var order = entry.Ledger.FindOrder(id)!;
        if (delay > TimeSpan.Zero)
        {
            booking.Announce(entry, order, "PLACEMENT");
            ScheduleRelease(order);
            return OrderAnswer.Accepted(id, "delayed");
        }
        if (!isMarket)
            booking.Announce(entry, order, "PLACEMENT");
        return Answer(entry, order, market, Killed(order, market, engineOrder) is { } killed ? (killed, []) : Match(entry, market, order, Truncated(engineOrder)));
    }

    private OrderAnswer Answer(Books.Entry entry, VenueOrder order, MarketState market, (PlaceResult Result, List<VenueTrade> Trades) matched)
    {
        var (result, trades) = matched;
        if (result.Status == PlaceStatus.Killed)
        {
            entry.Apply(new OrderEnded(order.Id, OrderState.CANCELED, result.Error));
            booking.AnnounceKill(entry, order, result.Error!);
            return OrderAnswer.Refused(result.Error!);
        }
        if (result.Status == PlaceStatus.Live)
            return OrderAnswer.Accepted(order.Id, "live");
        return new OrderAnswer(
            order.Id, "matched", Wire.Amount(result.Making), Wire.Amount(result.Taking), [.. trades.Select(trade => trade.Id)],
            order.IsMarketOrder ? null : [.. trades.Select(trade => trade.Match.Transaction)], null, 200);
    }

    /// <summary>Lets the engine match and books what it did; the remainder rests or the order is over.</summary>
    private (PlaceResult Result, List<VenueTrade> Trades) Match(Books.Entry entry, MarketState market, VenueOrder order, EngineOrder engineOrder)
    {
        var result = market.Engine.Place(engineOrder);
        if (result.Status == PlaceStatus.Killed)
            return (result, []);
        var trades = booking.BookTaker(entry, market, order, result.Fills);
        if (result.Resting == 0)
            entry.Apply(new OrderEnded(order.Id, OrderState.MATCHED, null));
        if (trades.Count > 0)
            booking.Announce(entry, order, "UPDATE");
        return (result, trades);
    }

    /// <summary>F32 and F33: a market order that dies although the book would fill it.</summary>
    private PlaceResult? Killed(VenueOrder order, MarketState market, EngineOrder engineOrder)
    {
        if (!order.IsMarketOrder || !faults.Any)
            return null;
        var best = order.Terms.Side == Side.Buy ? market.Engine.BestAsk(order.Terms.OutcomeIndex) : market.Engine.BestBid(order.Terms.OutcomeIndex);
        var atLimit = best is { } price && price.TenThousandths == order.Terms.Price;
        if (!(atLimit && faults.Hit("F32", FaultCatalogue.Clob) is not null) && faults.Hit("F33", FaultCatalogue.Clob) is null)
            return null;
        return new PlaceResult(PlaceStatus.Killed, 0, 0, 0, [], engineOrder.Type == TimeInForce.Fok ? VenueErrors.FokKilled : VenueErrors.FakKilled);
    }

    /// <summary>F40: the venue cuts a hundredth of a share off a market order.</summary>
    private EngineOrder Truncated(EngineOrder order)
    {
        if (order.Type is not (TimeInForce.Fak or TimeInForce.Fok) || order.Shares <= 2 * MatchingEngine.Dust || faults.Hit("F40", FaultCatalogue.Clob) is null)
            return order;
        var kept = order.Shares - MatchingEngine.Dust;
        var cash = (long)((Int128)order.Pusd * kept / order.Shares);
        return order.Side == Side.Buy ? order with { TakerAmount = kept, MakerAmount = cash } : order with { MakerAmount = kept, TakerAmount = cash };
    }

    private long FeeRoom(PostedOrder posted, MarketState market, int tokenIndex, int price, bool isMarket)
    {
        var bestAsk = market.Engine.BestAsk(tokenIndex)?.TenThousandths ?? price;
        return isMarket ? Fees.RoomForCash(market.Market.Fees, posted.MakerAmount, bestAsk, price) : Fees.RoomForShares(market.Market.Fees, posted.TakerAmount, price);
    }

    private string? Poor(PostedOrder posted, long feeRoom)
    {
        var (balance, active, matched) = balances.Of(posted.Order.Maker, posted.Order.Side == Side.Buy ? default : posted.Token);
        var needed = posted.MakerAmount + feeRoom;
        return needed <= balance - active - matched ? null : VenueErrors.NotEnough(balance, active, matched, needed);
    }

    private TimeSpan Delay(MarketState market) => faults.Hit("F26", FaultCatalogue.Clob) is { } fault
        ? TimeSpan.FromSeconds(1 + fault.Next(3))
        : TimeSpan.FromSeconds(market.Market.TakerDelaySeconds);

    /// <summary>The order as the engine takes what is left of it.</summary>
    public static EngineOrder EngineOrderOf(VenueOrder order)
    {
        var terms = order.Terms;
        var (maker, taker) = order.MatchedSize == 0
            ? (terms.MakerAmount, terms.TakerAmount)
            : terms.Side == Side.Buy ? (Money.CostCeil(order.Remaining, terms.Price), order.Remaining) : (order.Remaining, Money.CostFloor(order.Remaining, terms.Price));
        var type = terms.Kind switch { OrderKind.FOK => TimeInForce.Fok, OrderKind.FAK => TimeInForce.Fak, OrderKind.GTD => TimeInForce.Gtd, _ => TimeInForce.Gtc };
        return new EngineOrder(order.Id, terms.Wallet.ToLower(), terms.OutcomeIndex, terms.Side, maker, taker, type, PostOnly: false, OrderJudge.ExpiresAt(terms.Kind, terms.Expiration));
    }
}
