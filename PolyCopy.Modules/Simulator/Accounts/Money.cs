using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Accounts;

/// <summary>Exact products of micro-shares and prices; the sum of a match always equals what both sides gave.</summary>
internal static class Money
{
    /// <summary>micro-pUSD of shares at a price, rounded down.</summary>
    public static long CostFloor(long shares, int price) => (long)((Int128)shares * price / Price.Scale);

    /// <summary>micro-pUSD of shares at a price, rounded up: what has to be reserved.</summary>
    public static long CostCeil(long shares, int price) => (long)(((Int128)shares * price + (Price.Scale - 1)) / Price.Scale);

    /// <summary>micro-shares that pUSD buys at a price, rounded down.</summary>
    public static long SharesFloor(long cash, int price) => (long)((Int128)cash * Price.Scale / price);
}
