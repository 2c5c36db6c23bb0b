using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>The taker's fee (facts 2.6): shares × rate × (p(1-p))^exponent in pUSD, rounded to five decimals, nothing below 0.00001.</summary>
internal static class Fees
{
    /// <summary>micro-pUSD for micro-shares at a price in ten-thousandths.</summary>
    public static long Of(FeeSchedule schedule, long shares, int price) =>
        (long)(decimal.Round(new Shares(shares).ToDecimal() * PerShare(schedule, price), 5, MidpointRounding.AwayFromZero) * Usdc.Scale);

    /// <summary>The most that buying these shares up to this price can cost in fees: at r below 1 shares × p + fee grows with p, so the limit is the worst.</summary>
    public static long RoomForShares(FeeSchedule schedule, long shares, int limit) => Of(schedule, shares, limit) + OneUnit(schedule);

    /// <summary>The most that spending this pUSD between the best ask and the limit can cost in fees.</summary>
    public static long RoomForCash(FeeSchedule schedule, long cash, int bestAsk, int limit)
    {
        // Per pUSD the fee is r p^(e-1) (1-p)^e: it falls with p when e is 1, and peaks at (e-1)/(2e-1) otherwise.
        var peak = (int)(Price.Scale * (schedule.Exponent - 1m) / (2m * schedule.Exponent - 1m));
        var worst = Math.Clamp(peak, Math.Min(bestAsk, limit), limit);
        if (worst <= 0)
            return 0;
        var perCash = PerShare(schedule, worst) / new Price(worst).ToDecimal();
        return (long)decimal.Ceiling(new Usdc(cash).ToDecimal() * perCash * 100_000m) * 10 + OneUnit(schedule);
    }

    private static decimal PerShare(FeeSchedule schedule, int price)
    {
        var p = new Price(price).ToDecimal();
        var perShare = schedule.Rate;
        for (var i = 0; i < schedule.Exponent; i++)
            perShare *= p * (1 - p);
        return perShare;
    }

    // Each price level rounds on its own; one unit keeps the reservation above their sum.
    private static long OneUnit(FeeSchedule schedule) => schedule.Enabled ? 10 : 0;
}
