using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>How much to sell and how low: pure arithmetic on the bids of a book, best first.</summary>
internal static class ExitSizing
{
    /// <summary>The venue takes sells in hundredths of a share; what is less can not be sold.</summary>
    public static readonly Shares Smallest = new(Shares.Lot);

    /// <summary>Down to what the venue takes.</summary>
    public static Shares Whole(Shares shares) => new(shares.Micros - shares.Micros % Smallest.Micros);

    /// <summary>The part of a position that an exit sells: all of it, or its fraction rounded down.</summary>
    public static Shares Part(Shares size, decimal fraction) => fraction >= 1 ? size : new Shares((long)decimal.Floor(size.Micros * fraction));

    /// <summary>The lowest price a stop's try accepts: the best bid less the slippage, on the tick, never below one tick.</summary>
    public static Price Floor(Price bestBid, decimal slippage, Price tick)
    {
        var lowest = UpToTick(new Price((int)decimal.Ceiling(bestBid.TenThousandths * (1 - slippage))), tick);
        // a slippage smaller than a tick still accepts the best bid itself
        return new Price(Math.Max(tick.TenThousandths, Math.Min(lowest.TenThousandths, bestBid.TenThousandths / tick.TenThousandths * tick.TenThousandths)));
    }

    /// <summary>The price, or the next one up that lies on the tick.</summary>
    public static Price UpToTick(Price price, Price tick) => new((price.TenThousandths + tick.TenThousandths - 1) / tick.TenThousandths * tick.TenThousandths);

    /// <summary>What the bids at or above a price hold.</summary>
    public static Shares Depth(IReadOnlyList<Level> bids, Price atOrAbove)
    {
        var sum = Shares.Zero;
        foreach (var level in bids)
        {
            if (level.Price < atOrAbove)
                break;
            sum += level.Size;
        }
        return sum;
    }

    /// <summary>The bid level at which the cumulative size from the best reaches the minimum order; zero when it never does.</summary>
    public static Price TriggerBid(IReadOnlyList<Level> bids, Shares minOrderSize)
    {
        var sum = Shares.Zero;
        foreach (var level in bids)
        {
            sum += level.Size;
            if (sum >= minOrderSize)
                return level.Price;
        }
        return Price.Zero;
    }

    /// <summary>What the bids give for the shares now, not below a price.</summary>
    public static ExitPreview Preview(IReadOnlyList<Level> bids, Shares shares, Price atOrAbove)
    {
        var left = shares;
        decimal proceeds = 0;
        Price? worst = null;
        foreach (var level in bids)
        {
            if (left <= Shares.Zero || level.Price < atOrAbove)
                break;
            var sold = Shares.Min(left, level.Size);
            proceeds += sold.ToDecimal() * level.Price.ToDecimal();
            left -= sold;
            worst = level.Price;
        }
        var total = shares - left;
        return new ExitPreview(total, total > Shares.Zero ? decimal.Round(proceeds / total.ToDecimal(), 6) : null, worst, left <= Shares.Zero);
    }
}
