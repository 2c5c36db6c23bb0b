using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Leaders;

/// <summary>One purchase of a seeded leader and its sale; a pure function of seed, leader and number.</summary>
/// <param name="StartMs">When he begins to buy.</param>
/// <param name="EndMs">When he begins to sell.</param>
/// <param name="Shares">micro-shares.</param>
internal sealed record Episode(SeededLeader Leader, long Number, MarketState Market, int Outcome, long StartMs, long EndMs, long Shares, ulong Dice)
{
    /// <summary>An order is filled within this time.</summary>
    public const long OrderMs = 10 * 60_000;

    private const int Tries = 6;
    private const long DayMs = 86_400_000;

    /// <summary>When the n-th episode of a leader begins.</summary>
    public static long StartOf(SeededLeader leader, long number)
    {
        var period = DayMs / leader.Style.PerDay;
        return (long)((number + Noise.Unit(Noise.Mix(leader.Key, (ulong)number, 1))) * period);
    }

    /// <summary>The first number whose episode may begin at or after a time.</summary>
    public static long FirstFrom(SeededLeader leader, long ms) => (long)Math.Floor(ms / (DayMs / leader.Style.PerDay)) - 1;

    /// <param name="markets">Those the leader looks at.</param>
    /// <param name="openedMs">When the venue opened.</param>
    /// <returns>Null when he found nothing to his taste.</returns>
    public static Episode? Make(SeededLeader leader, long number, IReadOnlyList<MarketState> markets, long openedMs)
    {
        var style = leader.Style;
        var dice = Noise.Mix(leader.Key, (ulong)number, 2);
        var start = StartOf(leader, number);
        var hold = Math.Exp(Math.Log(style.HoldMinutes.From) + (Math.Log(style.HoldMinutes.To) - Math.Log(style.HoldMinutes.From)) * Noise.Unit(Noise.Mix(dice, 3)));
        var end = start + OrderMs / 2 + (long)(hold * 60_000);
        var hit = style.OneHit > 0 && number == FirstFrom(leader, openedMs - 3 * DayMs) + 2;
        var knows = hit || Noise.Unit(Noise.Mix(dice, 5)) < style.Edge;
        (MarketState Market, int Outcome, double Price, double Gain)? found = null;
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var market = markets[(int)(Noise.Mix(dice, 4, (ulong)attempt) % (ulong)markets.Count)];
            var (before, after) = (market.Market.Model.Probability(start), market.Market.Model.Probability(end));
            var outcome = knows == after > before ? 0 : 1;
            var price = outcome == 0 ? before : 1 - before;
            if (price < style.Band.From || price > style.Band.To)
                continue;
            // Who knows picks, of what he looked at, what will rise most; who does not takes what comes.
            var gain = Math.Abs(after - before) / price;
            if (found is null || (knows && gain > found.Value.Gain))
                found = (market, outcome, price, gain);
        }
        if (found is not { } chosen)
            return null;
        var spread = Math.Exp(1.2 * (Noise.Unit(Noise.Mix(dice, 6)) + Noise.Unit(Noise.Mix(dice, 7)) - 1));
        var usd = style.Usd * spread * (hit ? style.OneHit : 1) * (start > openedMs - DayMs ? style.Drift : 1);
        var shares = Math.Max(5, (long)(usd / chosen.Price * 100) / 100m);
        return new Episode(leader, number, chosen.Market, chosen.Outcome, start, end, (long)(shares * Kernel.Shares.Scale), dice);
    }

    public bool Rests(Side side) => Noise.Unit(Noise.Mix(Dice, side == Side.Buy ? 8UL : 9UL)) < Leader.Style.MakerShare;

    /// <summary>The fills of one of its orders: when, and how many micro-shares.</summary>
    public IEnumerable<(int Index, long AtMs, long Size)> Fills(Side side)
    {
        var dice = Noise.Mix(Dice, side == Side.Buy ? 10UL : 11UL);
        var count = 1 + (int)(dice % (ulong)Leader.Style.Fills);
        var begin = side == Side.Buy ? StartMs : EndMs;
        for (var i = 0; i < count; i++)
        {
            // Whole cents of a share but for the last, as people's orders are filled.
            var size = i == count - 1 ? Shares - Shares / count / 10_000 * 10_000 * (count - 1) : Shares / count / 10_000 * 10_000;
            yield return (i, begin + (long)(i * OrderMs / 2.0 / count) + (long)(Noise.Mix(dice, (ulong)i) % 20_000), size);
        }
    }

    /// <summary>The price of a fill on the market's grid, ten-thousandths: half a spread against him when he takes, for him when he rests.</summary>
    public int PriceAt(Side side, long ms)
    {
        var tick = Market.Market.Tick.TenThousandths;
        var course = Market.Probability(ms);
        var own = (Outcome == 0 ? course : 1 - course) * Price.Scale;
        var up = side == Side.Buy != Rests(side);
        var half = Market.Market.Model.SpreadTicks * tick / 2.0;
        if (own is < 4 * 100 or > 96 * 100)
            tick = Math.Min(tick, 10);
        var price = up ? Math.Ceiling((own + half) / tick) * tick : Math.Floor((own - half) / tick) * tick;
        return (int)Math.Clamp(price, tick, Price.Scale - tick);
    }
}
