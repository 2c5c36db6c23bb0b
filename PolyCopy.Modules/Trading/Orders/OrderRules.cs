using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>A user's order after it was checked: what would be signed.</summary>
/// <param name="Best">The best opposite price; null when the book could not be read or is empty there.</param>
internal sealed record OrderPlan(TokenId Token, string Outcome, OrderAmounts Amounts, Price Worst, Price? Best, Usdc FeeReserve, Price? TakeProfit, Price? StopLoss);

/// <summary>Checks a user's order at the edge. Refusals change nothing; every code is stable.</summary>
internal static class OrderRules
{
    /// <summary>How far ahead a GTD order must end: the venue refuses less.</summary>
    /// <remarks>ts-sdk limit.ts, 2026-10: at least three minutes.</remarks>
    public static readonly TimeSpan ShortestGtd = TimeSpan.FromSeconds(180);

    private static readonly TimeSpan LongestGtd = TimeSpan.FromDays(5 * 365);
    private static readonly Usdc SmallestTake = new(1_000_000); // "invalid amount for a marketable BUY order ($0.5), min size: $1"

    /// <summary>What can be judged without the book.</summary>
    /// <returns>The refusal, or null.</returns>
    public static Error? Refusal(PlaceOrder order, Market market, DateTimeOffset venueNow)
    {
        if (!Enum.IsDefined(order.Side) || !Enum.IsDefined(order.Type))
            return new Error("order.type", "Side is BUY or SELL, type is FAK, FOK, GTC or GTD.");
        if (market.OutcomeIndex(order.Outcome) < 0)
            return Reasons.Outcomes.Refuse("market.outcome", string.Join(", ", market.Outcomes));
        if (!market.IsTradable)
            return market.ResolutionStatus is { Length: > 0 } status ? Reasons.BeingResolved.Refuse("market.closed", Gap.Word("resolution", status)) : new Error("market.closed", "The market takes no orders.");
        if (order.AmountUsd is null == order.Shares is null)
            return new Error("order.amount", "Give either amountUsd or shares.");
        if (order.AmountUsd is { } usd && (usd <= 0 || !Usdc.TryFromDecimal(usd, out _)) || order.Shares is { } shares && (shares <= 0 || !Shares.TryFromDecimal(shares, out _)))
            return new Error("order.amount", "An amount is more than zero and has at most six decimals.");
        if (order.MaxSlippage is < 0 or > 1)
            return new Error("order.slippage", "maxSlippage is a fraction from 0 to 1.");
        if (order.PostOnly && order.Type.IsImmediate())
            return new Error("order.post_only", "A post-only order rests: use GTC or GTD.");
        if (!order.Type.IsImmediate() && order.LimitPrice is null)
            return new Error("order.price", "A resting order needs a limitPrice.");
        if (order.LimitPrice is { } limit && Limit(limit, market.TickSize, "limitPrice", "order") is { } wrong)
            return wrong;
        if (order.Type == OrderType.Gtd && (order.ExpiresAt is not { } end || end < venueNow + ShortestGtd || end > venueNow + LongestGtd))
            return new Error("order.expiry", "A GTD order ends at least three minutes from now.");
        if (order.Type != OrderType.Gtd && order.ExpiresAt is not null)
            return new Error("order.expiry", "Only a GTD order has an end.");
        if (order.Side == Side.Sell && (order.TakeProfit ?? order.StopLoss) is not null)
            return new Error("order.exits", "Exits belong to a BUY.");
        return null;
    }

    /// <summary>The refusal of an order that would pay more, or take less, than the user's own slippage allows; where nobody is on the other side it can only rest.</summary>
    /// <param name="slippage">0 to 1, the user's.</param>
    public static Error? Raise(PlaceOrder order, Market market, BookSnapshot book, decimal slippage)
    {
        if (order.MaxSlippage > slippage)
            return new Error("limit.raise", $"A user's key keeps to the user's maxSlippage of {slippage}: more takes the operator's key, or the chat.");
        if (order.LimitPrice is not { } limit || Best(book, order.Side) is not { } best)
            return null;
        var worst = Worst(best, order.Side, slippage, market.TickSize);
        return (order.Side == Side.Buy ? Exact(limit) <= worst : Exact(limit) >= worst) ? null
            : new Error("limit.raise", $"A user's key keeps to the user's maxSlippage of {slippage}: {worst} is the worst limitPrice now. More takes the operator's key, or the chat.");
    }

    /// <summary>The amounts and the worst price, given the book; null book: it could not be read, which only an order with a limit survives.</summary>
    /// <param name="slippage">0 to 1, the order's own or the user's.</param>
    public static Result<OrderPlan> Plan(PlaceOrder order, Market market, BookSnapshot? book, decimal slippage)
    {
        var index = market.OutcomeIndex(order.Outcome);
        var best = Best(book, order.Side);
        if (order.LimitPrice is null && best is null)
            return new Error("order.no_liquidity", "Nobody is on the other side of the book now.");
        if (order.LimitPrice is null && IsPhantom(book!))
            return Reasons.EmptyBook.Refuse("order.no_liquidity");
        var worst = order.LimitPrice is { } limit ? Exact(limit) : Worst(best!.Value, order.Side, slippage, market.TickSize);
        if (!Amounts(order, market, book, best, worst).Try(out var amounts, out var error))
            return error;
        var takes = best is { } opposite && (order.Side == Side.Buy ? worst >= opposite : worst <= opposite);
        if (!order.Type.IsImmediate() && amounts.Shares < market.MinOrderSize)
            return Reasons.RestingMinimum.Refuse("order.min_size", market.MinOrderSize);
        if (order.Side == Side.Buy && (order.Type.IsImmediate() || takes && !order.PostOnly) && amounts.Collateral < SmallestTake)
            return Reasons.TakingMinimum.Refuse("order.min_size");
        var exits = Exits(order, market.TickSize, Best(book, Side.Sell) ?? worst);
        if (exits.Error is not null)
            return exits.Error;
        var room = Ticket.Room(market, order.Side, order.Type, amounts, best is { } b && b <= worst ? b : market.TickSize, worst, order.PostOnly);
        return new OrderPlan(market.Tokens[index], market.Outcomes[index], amounts, worst, best, room, exits.Value.TakeProfit, exits.Value.StopLoss);
    }

    /// <summary>The best price an order of this side meets; null when that side is empty.</summary>
    public static Price? Best(BookSnapshot? book, Side side)
    {
        var levels = side == Side.Buy ? book?.Asks : book?.Bids;
        return levels is { Count: > 0 } ? levels[0].Price : null;
    }

    /// <summary>The worst price within a slippage of the best, on the tick and in range; never better than the best itself.</summary>
    public static Price Worst(Price best, Side side, decimal slippage, Price tick)
    {
        var unit = tick.TenThousandths;
        var exact = best.TenThousandths * (side == Side.Buy ? 1 + slippage : 1 - slippage);
        var steps = side == Side.Buy ? decimal.Floor(exact / unit) : decimal.Ceiling(exact / unit);
        var price = new Price((int)Math.Clamp(steps * unit, unit, Price.Scale - unit));
        return side == Side.Buy ? (price < best ? best : price) : price > best ? best : price;
    }

    private static Result<OrderAmounts> Amounts(PlaceOrder order, Market market, BookSnapshot? book, Price? best, Price worst)
    {
        decimal size;
        if (order.Type.IsImmediate() && order.Side == Side.Buy)
            size = order.AmountUsd is { } usd
                ? OrderFees.Spendable(market.Fee, Cash(usd), best is { } b && b <= worst ? b : market.TickSize, worst).ToDecimal()
                : CostOf(book, Size(order.Shares!.Value), worst, market.Fee).ToDecimal();
        else if (order.Shares is { } shares)
            size = shares;
        else if (order.Type.IsImmediate() && book is not null)
            size = SharesFor(book, Cash(order.AmountUsd!.Value), worst, market.Fee).ToDecimal();
        else
            size = order.AmountUsd!.Value / worst.ToDecimal();
        return Ticket.AmountsOf(order.Side, order.Type, worst, size, market.TickSize);
    }

    /// <summary>What a number of shares costs in this book; what it does not hold counts at the worst price.</summary>
    private static Usdc CostOf(BookSnapshot? book, Shares wanted, Price worst, FeeSchedule fees)
    {
        var walk = book is null ? default : BookWalk.ForShares(book, Side.Buy, wanted, worst, fees);
        var rest = (Int128)(wanted - walk.Shares).Micros * worst.TenThousandths / Price.Scale;
        return new Usdc((long)Int128.Min(long.MaxValue / 4, walk.Collateral.Micros + rest));
    }

    /// <summary>The shares whose sale brings an amount in this book; what it does not hold counts at the worst price.</summary>
    private static Shares SharesFor(BookSnapshot book, Usdc wanted, Price worst, FeeSchedule fees)
    {
        var walk = BookWalk.ForCash(book, Side.Sell, wanted, worst, fees);
        var rest = walk.Complete ? 0 : (long)Int128.Min(long.MaxValue / 4, (Int128)(wanted - walk.Collateral).Micros * Price.Scale / worst.TenThousandths);
        return walk.Shares + new Shares(rest);
    }

    private static Result<(Price? TakeProfit, Price? StopLoss)> Exits(PlaceOrder order, Price tick, Price reference)
    {
        if (order.TakeProfit is { } take && Limit(take, tick, "takeProfit", "exit") is { } wrongTake)
            return wrongTake;
        if (order.StopLoss is { } stop && Limit(stop, tick, "stopLoss", "exit") is { } wrongStop)
            return wrongStop;
        if (order.TakeProfit is { } t && Exact(t) <= reference || order.StopLoss is { } s && Exact(s) >= reference)
            return Reasons.ExitSides.Refuse("exit.side", reference);
        return (order.TakeProfit is { } tp ? Exact(tp) : (Price?)null, order.StopLoss is { } sl ? Exact(sl) : (Price?)null);
    }

    private static Error? Limit(decimal value, Price tick, string name, string module)
    {
        if (value is <= 0 or >= 1)
            return Reasons.BetweenZeroAndOne.Refuse(module == "exit" ? "exit.range" : "order.price", Gap.Word("field", name));
        return Price.TryFromDecimal(value, out var price) && price.IsOnTick(tick) ? null : Reasons.OnTick.Refuse($"{module}.tick", Gap.Word("field", name), tick, tick.Complement);
    }

    // bid at most one tick and ask at least one minus a tick: a ghost or an empty book, whose best prices mean nothing (facts F16)
    private static bool IsPhantom(BookSnapshot book) =>
        (Best(book, Side.Sell) ?? Price.Zero) <= book.TickSize && (Best(book, Side.Buy) ?? Price.One) >= book.TickSize.Complement
        || Best(book, Side.Sell) is { } bid && Best(book, Side.Buy) is { } ask && bid >= ask;

    private static Price Exact(decimal value) => Price.TryFromDecimal(value, out var price) ? price : throw new InvalidOperationException("Checked before.");

    private static Usdc Cash(decimal value) => Usdc.TryFromDecimal(value, out var cash) ? cash : throw new InvalidOperationException("Checked before.");

    private static Shares Size(decimal value) => Shares.TryFromDecimal(value, out var size) ? size : throw new InvalidOperationException("Checked before.");
}
