using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>What takers pay, before and after the fact. Makers pay nothing.</summary>
internal static class OrderFees
{
    // every level rounds its fee on its own, to five decimals
    private const long Rounding = 50;

    /// <summary>The fee of one fill from what was really paid; its price may lie off the grid.</summary>
    public static Usdc Of(FeeSchedule schedule, Shares shares, Usdc collateral)
    {
        if (schedule.Rate == 0 || shares <= Shares.Zero)
            return Usdc.Zero;
        var exact = collateral.Micros / (decimal)shares.Micros;
        var grid = decimal.Round(exact, 4);
        // collateral is cut to micro-units: a price within that of the grid is the grid's
        var price = Math.Abs(grid * shares.Micros - collateral.Micros) <= 2 ? grid : exact;
        return Usdc.Floor(decimal.Round(shares.ToDecimal() * PerShare(schedule, price), 5, MidpointRounding.AwayFromZero));
    }

    /// <summary>The most that buying these shares at prices up to the limit can cost in fees.</summary>
    public static Usdc RoomForShares(FeeSchedule schedule, Shares shares, Price limit)
    {
        if (schedule.Rate == 0)
            return Usdc.Zero;
        var worst = PerShare(schedule, Math.Min(limit.ToDecimal(), 0.5m)); // p(1-p) peaks at a half
        return new Usdc((long)decimal.Ceiling(shares.Micros * worst) + Rounding);
    }

    /// <summary>The most that spending this cash between the best ask and the limit can cost in fees.</summary>
    public static Usdc RoomForCash(FeeSchedule schedule, Usdc cash, Price best, Price limit) =>
        schedule.Rate == 0 ? Usdc.Zero : new Usdc((long)decimal.Ceiling(cash.Micros * PerUsd(schedule, best, limit)) + Rounding);

    /// <summary>How much of an amount that includes the fee may be spent on shares, in whole cents.</summary>
    public static Usdc Spendable(FeeSchedule schedule, Usdc amount, Price best, Price limit)
    {
        const long cent = 10_000;
        var cents = (long)(amount.Micros / (1 + (schedule.Rate == 0 ? 0 : PerUsd(schedule, best, limit)))) / cent;
        while (cents > 0 && cents * cent + RoomForCash(schedule, new Usdc(cents * cent), best, limit).Micros > amount.Micros)
            cents--;
        return new Usdc(cents * cent);
    }

    // Per pUSD the fee is r p^(e-1) (1-p)^e: it falls with p when e is 1, and peaks at (e-1)/(2e-1) otherwise.
    private static decimal PerUsd(FeeSchedule schedule, Price best, Price limit)
    {
        var (low, high) = best <= limit ? (best.ToDecimal(), limit.ToDecimal()) : (limit.ToDecimal(), best.ToDecimal());
        if (low <= 0)
            low = 0.0001m;
        var peak = Math.Clamp(schedule.Exponent <= 1 ? low : (schedule.Exponent - 1m) / (2m * schedule.Exponent - 1m), low, Math.Max(low, high));
        return new[] { low, peak, Math.Max(low, high) }.Max(p => PerShare(schedule, p) / p);
    }

    private static decimal PerShare(FeeSchedule schedule, decimal price)
    {
        var fee = schedule.Rate;
        for (var i = 0; i < schedule.Exponent; i++)
            fee *= price * (1 - price);
        return fee;
    }
}
