using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>
/// Moves the markets on a grid of 100 ms: which market acts at which instant, and how, is a function of seed and time.
/// Between two acts a book stands still but for its users.
/// </summary>
internal sealed class PriceProcess(SimWorld world, SimClock clock)
{
    private const long GridMs = 100;

    /// <summary>A jump of the clock is walked in at most this many steps, so that a day costs a second and not a minute.</summary>
    private const int StepsPerJump = 300;

    private const double PrintsPerAct = 0.18;

    private long _lastMs;

    /// <summary>Begins at the next instant of the grid.</summary>
    public void Start()
    {
        _lastMs = Now;
        ScheduleNext();
    }

    /// <summary>Gives a market its first book and, when it is not new, the print that came before.</summary>
    public void Begin(MarketState market)
    {
        var ms = Now;
        RefineTick(market);
        Provide(market, ms);
        var isNew = market.Market.Model is UpOrDown slot && slot.StartMs > ms;
        if (!isNew && (market.Engine.BestBid(0) ?? market.Engine.BestAsk(0)) is { } price)
            market.LastPrint = new Matching.Print(0, "0x" + new string('0', 64), 0, price.TenThousandths, 10_000_000, Side.Buy);
    }

    /// <summary>Outside 0.04 to 0.96 the venue's ticks get finer, and stay so.</summary>
    public void RefineTick(MarketState market)
    {
        if (market.Probability(Now) is >= 0.04 and <= 0.96)
            return;
        var finer = market.Market.Tick.TenThousandths switch { 1000 => 100, 100 or 50 => 10, 25 => 1, var tick => tick };
        if (finer < market.Tick.TenThousandths)
            world.ChangeTick(market, new Price(finer));
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private void ScheduleNext()
    {
        var step = Math.Max(1, (long)clock.Jump.TotalMilliseconds / (StepsPerJump * GridMs)) * GridMs;
        clock.Schedule(DateTimeOffset.FromUnixTimeMilliseconds((Now / step + 1) * step), Step);
    }

    private void Step()
    {
        // First: a step that fails costs its changes, not the process.
        ScheduleNext();
        lock (world.Gate)
        {
            var ms = Now / GridMs * GridMs;
            var seconds = (ms - _lastMs) / 1000.0;
            _lastMs = ms;
            world.Roll(clock.GetUtcNow());
            foreach (var market in world.Markets)
            {
                var model = market.Market.Model;
                if (market.AcceptsOrders && !Stands(market, ms) && Noise.Unit(Noise.Mix(model.Key, (ulong)(ms / GridMs))) < model.Liveliness * seconds / 2)
                    Act(market, ms);
            }
        }
    }

    private void Act(MarketState market, long ms)
    {
        RefineTick(market);
        Provide(market, ms);
        var draw = Noise.Mix(market.Market.Model.Key, (ulong)ms, 0xF10);
        if (Noise.Unit(draw) < PrintsPerAct)
            Trade(market, Noise.Mix(draw));
    }

    private void Provide(MarketState market, long ms)
    {
        var (bids, asks) = LiquidityModel.Rows(market.Market.Model, market.Tick, market.Probability(ms), ms);
        world.Lay(market, bids, asks);
    }

    /// <summary>Somebody takes: mostly a little, now and then through a level.</summary>
    private void Trade(MarketState market, ulong draw)
    {
        var tokenIndex = (int)(draw & 1);
        var side = (draw & 2) == 0 ? Side.Buy : Side.Sell;
        var best = side == Side.Buy ? market.Engine.BestAsk(tokenIndex) : market.Engine.BestBid(tokenIndex);
        if (best is not { } price)
            return;
        var shares = Math.Exp(1.6 + 4.5 * Noise.Unit(Noise.Mix(draw, 1))) * Math.Sqrt(market.Market.Model.Depth);
        world.Hit(market, tokenIndex, side, price, (long)(shares * 100) * 10_000);
    }

    private static bool Stands(MarketState market, long ms) => market.Shifts.Count > 0 && ms < market.Shifts[^1].UntilMs;
}
