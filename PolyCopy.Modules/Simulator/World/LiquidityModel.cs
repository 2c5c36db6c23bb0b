using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Matching;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>The simulator's own levels around a price: which prices hold an offer and how much, each renewed at its own pace.</summary>
internal static class LiquidityModel
{
    private const int Near = 8;
    private const int Middle = 32;
    private const int Far = 96;

    /// <summary>Both sides best first, in terms of outcome 0.</summary>
    /// <param name="probability">The price of outcome 0.</param>
    public static (List<BookRow> Bids, List<BookRow> Asks) Rows(PriceModel model, Price tick, double probability, long ms)
    {
        var grid = tick.TenThousandths;
        var spread = SpreadTicks(model, ms) * grid;
        var top = Price.Scale - grid;
        var bid = (int)Math.Floor((probability * Price.Scale - spread / 2.0) / grid + 0.5) * grid;
        bid = Math.Clamp(bid, 0, top - grid);
        var ask = Math.Max(bid + spread, grid);
        return (Side(model, grid, bid, -1, ms), ask > top ? [] : Side(model, grid, ask, 1, ms));
    }

    private static int SpreadTicks(PriceModel model, long ms) =>
        model.SpreadTicks + (Noise.Unit(Noise.Mix(model.Key, 0x5EED, (ulong)(ms / 97_000))) < 0.2 ? 1 : 0);

    private static List<BookRow> Side(PriceModel model, int grid, int best, int direction, long ms)
    {
        List<BookRow> rows = [];
        for (var distance = 0; distance < Far; distance++)
        {
            var price = best + direction * distance * grid;
            if (price < grid || price > Price.Scale - grid)
                break;
            var place = Noise.Mix(model.Key, (ulong)price, direction > 0 ? 1UL : 0UL);
            // Which prices hold an offer hangs on the price, not on the distance: a move of one tick changes two levels, not thirty.
            var holds = distance < Near || Noise.Unit(Noise.Mix(place, 7)) < (distance < Middle ? 0.33 : 0.1);
            if (holds)
                rows.Add(new BookRow(price, Size(model, place, ms)));
        }
        AddTail(rows, model, grid, direction);
        return rows;
    }

    /// <summary>The heap at the end of the scale that every real book has.</summary>
    private static void AddTail(List<BookRow> rows, PriceModel model, int grid, int direction)
    {
        var price = direction < 0 ? grid : Price.Scale - grid;
        if (rows.Count == 0 || rows[^1].Price == price)
            return;
        rows.Add(new BookRow(price, 1_000_000L * (long)(2_000 + 20_000 * model.Depth * Noise.Unit(Noise.Mix(model.Key, (ulong)price, 99)))));
    }

    private static long Size(PriceModel model, ulong place, long ms)
    {
        // Some levels are renewed every few seconds, some stand for an hour.
        var pace = (long)(PaceMs(model) * (1UL << (int)(Noise.Mix(place, 3) % 6)));
        var epoch = (ms + (long)(Noise.Mix(place, 5) % (ulong)pace)) / pace;
        var draw = Noise.Mix(place, (ulong)epoch, 11);
        var shares = model.Depth * (5 + 1_800 * Math.Pow(Noise.Unit(draw), 3));
        // Half in whole shares, the rest to a tenth or a hundredth, as people type them.
        var unit = (draw & 7) switch { < 4 => 1_000_000L, < 6 => 100_000L, _ => 10_000L };
        return Math.Max(5 * 1_000_000L, (long)(shares * 1_000_000 / unit) * unit);
    }

    private static double PaceMs(PriceModel model) => Math.Clamp(16_000 / Math.Max(model.Liveliness, 0.01), 4_000, 600_000);
}
