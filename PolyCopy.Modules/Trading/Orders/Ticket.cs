using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>An order ready to be decided: the market and the wallet are known, the amounts are what the venue accepts.</summary>
/// <param name="MayShrink">A SELL by code takes what is sellable when that is less than asked.</param>
/// <param name="FeeReserve">BUY: reserved on top of the maker amount.</param>
/// <param name="ExpiresAt">GTD: when the user wants it to end; the venue is told a minute more.</param>
internal sealed record Ticket(
    Decision Decision, Market Market, TradingWallet Wallet, OrderAmounts Amounts, Usdc FeeReserve, bool MayShrink = false,
    bool PostOnly = false, DateTimeOffset? ExpiresAt = null, Price? TakeProfit = null, Price? StopLoss = null)
{
    /// <summary>The venue ends a GTD order about a minute before the expiration it is told.</summary>
    /// <remarks>docs.polymarket.com orders, 2026-10; facts F50.</remarks>
    public static readonly TimeSpan ExpirationMargin = TimeSpan.FromSeconds(60);

    // more than any wallet holds, and far below where micro-units overflow
    private const decimal Largest = 1_000_000_000m;

    public TokenId? ReservedToken => Decision.Side == Side.Buy ? null : Decision.Token;

    public long ToReserve => (long)Amounts.MakerAmount + (Decision.Side == Side.Buy ? FeeReserve.Micros : 0);

    public OrderDraft Draft => new(
        Market.ConditionId, Decision.Token, Decision.Side, Decision.Type, (long)Amounts.MakerAmount, (long)Amounts.TakerAmount,
        PostOnly, ExpiresAt + ExpirationMargin, Market.NegRisk, Market.Version);

    /// <summary>The ticket of a decision by code.</summary>
    /// <returns>market.closed, order.amount, order.tick.</returns>
    public static Result<Ticket> Of(Decision decision, Market market, TradingWallet wallet)
    {
        if (!market.IsTradable)
            return new Error("market.closed", "The market takes no orders now.");
        if (market.TokenIndex(decision.Token) < 0)
            return new Error("market.outcome", "The token is not of this market.");
        var size = decision.Type.IsImmediate() && decision.Side == Side.Buy ? decision.Amount?.ToDecimal() : decision.Shares?.ToDecimal();
        if (size is not { } wanted)
            return new Error("order.amount", "The decision names no amount.");
        if (!AmountsOf(decision.Side, decision.Type, decision.WorstPrice, wanted, market.TickSize).Try(out var amounts, out var error))
            return error;
        return new Ticket(decision, market, wallet, amounts, Room(market, decision.Side, decision.Type, amounts, decision.WorstPrice, decision.WorstPrice, postOnly: false), MayShrink: decision.Side == Side.Sell, TakeProfit: decision.TakeProfit, StopLoss: decision.StopLoss);
    }

    /// <summary>The same SELL for fewer shares.</summary>
    public Result<Ticket> Shrink(Shares sellable) =>
        AmountsOf(Decision.Side, Decision.Type, Decision.WorstPrice, sellable.ToDecimal(), Market.TickSize).Try(out var amounts, out var error)
            ? this with { Amounts = amounts }
            : error;

    /// <summary>Amounts the venue accepts, never more than asked: FAK and FOK have two and four decimals, resting orders two for the shares and four for the pUSD.</summary>
    /// <param name="size">BUY by FAK or FOK: pUSD; else shares.</param>
    /// <returns>order.amount, order.tick.</returns>
    public static Result<OrderAmounts> AmountsOf(Side side, OrderType type, Price price, decimal size, Price tick)
    {
        if (size is <= 0 or > Largest)
            return new Error("order.amount", size > Largest ? "The amount is too large." : "The amount must be more than zero.");
        var result = type.IsImmediate() ? Signing.Amounts.Market(side, price, size, tick) : Signing.Amounts.Limit(side, price, WholeCollateral(size, price), tick);
        if (!result.Try(out var amounts, out var error))
            return error.Code == "order.price_off_tick" ? new Error("order.tick", error.Message) : new Error("order.amount", error.Message);
        return amounts.MakerAmount == 0 || amounts.TakerAmount == 0 ? new Error("order.amount", "The amount is too small: nothing is left after rounding.") : amounts;
    }

    /// <summary>What fees may add to a BUY that takes.</summary>
    public static Usdc Room(Market market, Side side, OrderType type, OrderAmounts amounts, Price best, Price limit, bool postOnly) =>
        side == Side.Sell || postOnly ? Usdc.Zero
        : type.IsImmediate() ? OrderFees.RoomForCash(market.Fee, amounts.Collateral, best, limit)
        : OrderFees.RoomForShares(market.Fee, amounts.Shares, limit);

    /// <summary>Shares, in cents, whose value at the price has at most four decimals: the venue's cap for resting orders on fine ticks.</summary>
    /// <remarks>py-clob-client-v2 #99 (2026-07): "maker amount a max accuracy of 4 decimals, taker amount a max of 2 decimals".</remarks>
    private static decimal WholeCollateral(decimal shares, Price price)
    {
        if (price.TenThousandths <= 0)
            return shares; // the price is refused where ticks are judged
        var step = 100 / (int)System.Numerics.BigInteger.GreatestCommonDivisor(100, price.TenThousandths);
        var cents = decimal.Floor(shares * 100);
        return (cents - cents % step) / 100;
    }
}
