using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Matching;

/// <summary>An order while it walks the book: what it may still take, and what it took.</summary>
internal struct Taker
{
    private long _ratioPusd;
    private long _ratioShares;

    /// <summary>Micro-shares wanted, or, when it spends a budget, micro-pUSD.</summary>
    private long _wanted;

    public int TokenIndex { get; private init; }

    public Side Side { get; private init; }

    /// <summary>A market BUY (FAK, FOK) spends exactly its pUSD; everything else trades shares.</summary>
    public bool SpendsBudget { get; private init; }

    /// <summary>Micro-shares taken so far.</summary>
    public long Shares { get; private set; }

    /// <summary>Micro-pUSD paid (BUY) or received (SELL) so far, before fees.</summary>
    public long Pusd { get; private set; }

    /// <summary>Micro-shares still wanted; without meaning for a budget.</summary>
    public readonly long SharesLeft => _wanted - Shares;

    public readonly bool IsDone => SpendsBudget ? Pusd >= _wanted : SharesLeft < MatchingEngine.Dust;

    /// <summary>True when it takes from the offers of outcome 0.</summary>
    public readonly bool BuysFirst => Side == Side.Buy == (TokenIndex == 0);

    public static Taker Of(EngineOrder order)
    {
        var budget = order.Side == Side.Buy && (order.Type == TimeInForce.Fak || order.Type == TimeInForce.Fok);
        return new Taker
        {
            TokenIndex = order.TokenIndex,
            Side = order.Side,
            SpendsBudget = budget,
            _wanted = budget ? order.Pusd : order.Shares,
            _ratioPusd = order.Pusd,
            _ratioShares = order.Shares,
        };
    }

    /// <summary>The simulator's own flow, with a limit on the grid.</summary>
    public static Taker Simulated(int tokenIndex, Side side, int limit, long size) =>
        new() { TokenIndex = tokenIndex, Side = side, _wanted = size, _ratioPusd = limit, _ratioShares = Price.Scale };

    /// <summary>A price of outcome 0's book in the taker's own token.</summary>
    public readonly int OwnPrice(int bookPrice) => TokenIndex == 0 ? bookPrice : Price.Scale - bookPrice;

    /// <summary>Judged on the exact ratio that was signed, not on a rounded price: an implied limit a hair short does not reach (facts F32).</summary>
    public readonly bool Reaches(int bookPrice)
    {
        Int128 price = OwnPrice(bookPrice);
        return Side == Side.Buy
            ? (Int128)_ratioPusd * Price.Scale >= price * _ratioShares
            : (Int128)_ratioPusd * Price.Scale <= price * _ratioShares;
    }

    /// <summary>Takes what it can of a maker at a price of the taker's token and counts it.</summary>
    /// <returns>Micro-shares, and micro-pUSD of the taker and of the maker (paid or received); size 0: nothing can be done.</returns>
    public (long Size, long TakerPusd, long MakerPusd) Meet(MatchKind kind, long available, int price)
    {
        var affordable = SpendsBudget ? (long)((Int128)(_wanted - Pusd) * Price.Scale / price) : SharesLeft;
        var size = Math.Min(available, affordable);
        long paid;
        if (SpendsBudget && affordable <= available)
            paid = _wanted - Pusd; // the last of the budget: exactly all of it
        else
        {
            // A full set costs exactly 1: sizes whose parts are no whole micro-units are cut to the grid (at most a hundredth of a share).
            if (kind != MatchKind.Complementary)
                size -= size % Grid(price);
            paid = (long)((Int128)size * price / Price.Scale);
        }
        if (size <= 0)
            return default;
        Shares += size;
        Pusd += paid;
        return (size, paid, kind == MatchKind.Complementary ? paid : size - paid);
    }

    private static long Grid(int price)
    {
        var (a, b) = (Price.Scale, price);
        while (b != 0)
            (a, b) = (b, a % b);
        return Price.Scale / a;
    }
}
