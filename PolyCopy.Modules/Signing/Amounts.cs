using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Signing;

/// <summary>The two amounts of an order in micro-units: BUY gives pUSD for shares, SELL shares for pUSD. Either may round to zero: the caller refuses that.</summary>
public readonly record struct OrderAmounts(Side Side, UInt128 MakerAmount, UInt128 TakerAmount)
{
    /// <summary>The shares bought or sold.</summary>
    /// <exception cref="OverflowException">More than a long holds.</exception>
    public Shares Shares => new(checked((long)(Side == Side.Buy ? TakerAmount : MakerAmount)));

    /// <summary>The pUSD paid or wanted.</summary>
    /// <exception cref="OverflowException">More than a long holds.</exception>
    public Usdc Collateral => new(checked((long)(Side == Side.Buy ? MakerAmount : TakerAmount)));
}

/// <summary>Prices and sizes to the integers that are signed, exactly.</summary>
/// <remarks>
/// clob-client-v2 1.1.0 roundingConfig.ts, where amount decimals are price decimals plus two; it calculates in doubles and is one micro-unit low at times.
/// Refusals: order.price_off_tick, order.size_range.
/// </remarks>
public static class Amounts
{
    private const int CentsPerUnit = 100;
    private const int MicrosPerCent = 10_000;
    private const decimal MaxSize = 1e21m; // keeps every product below 2^128; the venue has no such money

    /// <summary>A resting order: shares floored to two decimals, pUSD = shares × price, which is exact on the tick grid.</summary>
    /// <param name="side">BUY or SELL.</param>
    /// <param name="price">On the tick, in [tick, 1 - tick].</param>
    /// <param name="shares">Whole shares with any decimals.</param>
    /// <param name="tick">The market's tick size.</param>
    public static Result<OrderAmounts> Limit(Side side, Price price, decimal shares, Price tick)
    {
        if (Refusal(price, shares, tick) is { } error)
            return error;
        var cents = Cents(shares);
        var collateral = cents * (UInt128)price.TenThousandths; // cents × 10⁴ micros × price / 10⁴
        return Pair(side, cents * MicrosPerCent, collateral);
    }

    /// <summary>A FAK or FOK order as the venue accepts it: maker amount of two decimals, taker amount of at most four whatever the tick, rounded down.</summary>
    /// <remarks>py-clob-client-v2 #99 (2026-07-04) for the four decimals, py-sdk #291 and #292 (2026-09) for down: shares rounded up never reach an ask at the limit.</remarks>
    /// <param name="side">BUY or SELL.</param>
    /// <param name="price">The worst price, on the tick.</param>
    /// <param name="amount">BUY: pUSD to spend; SELL: shares to sell.</param>
    /// <param name="tick">The market's tick size.</param>
    public static Result<OrderAmounts> Market(Side side, Price price, decimal amount, Price tick) =>
        Market(side, price, amount, tick, Math.Min(AmountDecimals(tick), VenueTakerDecimals));

    /// <summary>A market order as clob-client-v2 rounds it, to the decimals of the tick; the venue refuses five and six of them.</summary>
    /// <inheritdoc cref="Market(Side, Price, decimal, Price)"/>
    public static Result<OrderAmounts> MarketToTick(Side side, Price price, decimal amount, Price tick) =>
        Market(side, price, amount, tick, AmountDecimals(tick));

    private const int VenueTakerDecimals = 4;

    private static Result<OrderAmounts> Market(Side side, Price price, decimal amount, Price tick, int takerDecimals)
    {
        if (Refusal(price, amount, tick) is { } error)
            return error;
        var cents = Cents(amount);
        var taker = side == Side.Buy
            ? cents * MicrosPerCent * Price.Scale / (UInt128)price.TenThousandths
            : cents * (UInt128)price.TenThousandths;
        for (var unit = 6; unit > takerDecimals; unit--)
            taker /= 10;
        for (var unit = 6; unit > takerDecimals; unit--)
            taker *= 10;
        return new OrderAmounts(side, cents * MicrosPerCent, taker);
    }

    private static Error? Refusal(Price price, decimal size, Price tick)
    {
        if (!price.IsOnTick(tick))
            return new Error("order.price_off_tick", $"Price {price} is not on the tick {tick} between {tick} and {tick.Complement}.");
        return size is < 0 or > MaxSize ? new Error("order.size_range", "The size is negative or too large.") : null;
    }

    private static UInt128 Cents(decimal size) => (UInt128)decimal.Floor(size * CentsPerUnit);

    private static OrderAmounts Pair(Side side, UInt128 shares, UInt128 collateral) =>
        side == Side.Buy ? new OrderAmounts(side, collateral, shares) : new OrderAmounts(side, shares, collateral);

    // 0.1: 3, 0.01: 4, 0.005 and 0.001: 5, 0.0025 and 0.0001: 6.
    private static int AmountDecimals(Price tick)
    {
        var decimals = 4;
        for (var units = tick.TenThousandths; decimals > 1 && units % 10 == 0; units /= 10)
            decimals--;
        return decimals + 2;
    }
}
