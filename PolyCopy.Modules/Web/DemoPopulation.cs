using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Web;

/// <summary>First start of a Demo: a user who holds a few positions with exits, opened through the real order path. Demo:Populate=false starts empty.</summary>
internal sealed partial class DemoPopulation(
    IConfiguration settings, IVenueEndpoints venue, IOnboarding onboarding, IMarketCatalog catalog, IPositions positions, ITrading trading, IMarketData data, TimeProvider clock, ILogger<DemoPopulation> logger) : BackgroundService
{
    /// <summary>The demo's user; he is what the overview shows.</summary>
    public const long UserId = 1;

    private const int Wanted = 5;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (venue.Profile != Profile.Demo || settings["Demo:Populate"] is "false" or "False")
            return;
        for (var pause = TimeSpan.FromSeconds(1); ; pause = TimeSpan.FromSeconds(Math.Min(30, pause.TotalSeconds * 2)))
        {
            try
            {
                if (await PopulateAsync(stoppingToken))
                    return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Later(logger, pause.TotalSeconds, e);
            }
            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    /// <returns>True when there is nothing left to do. Keys are fixed, so a cut-off start goes on where it stopped.</returns>
    private async Task<bool> PopulateAsync(CancellationToken ct)
    {
        if (!(await onboarding.WelcomeAsync(UserId, "demo", ct)).IsOk)
            return false;
        if ((await positions.ListAsync(UserId, null, 1, null, ct)).Items.Count > 0)
            return true;
        var opened = 0;
        foreach (var market in (await catalog.ListAsync(null, null, 60, null, ct)).Items.Where(m => m.IsTradable && m.TakerDelay == TimeSpan.Zero))
        {
            if (opened == Wanted)
                break;
            if (await data.BookAsync(market.Tokens[0], ct) is not { Bids: [var bid, ..], Asks: [var ask, ..] } || bid.Price.TenThousandths is < 2_000 or > 7_500)
                continue;
            var order = new PlaceOrder(market.Id, market.Outcomes[0], Side.Buy, OrderType.Fak, AmountUsd: 20 + (10 * opened), MaxSlippage: 0.05m,
                TakeProfit: OnTick(ask.Price, market.TickSize, 12), StopLoss: OnTick(bid.Price, market.TickSize, -10));
            if ((await trading.PlaceAsync(UserId, $"demo-{market.Id}", order, ct)).IsOk)
                opened++;
        }
        if (opened > 0)
            Log.Populated(logger, opened);
        return opened > 0;
    }

    private static decimal OnTick(Price from, Price tick, int percent)
    {
        var target = from.TenThousandths + (from.TenThousandths * percent / 100);
        var snapped = Math.Clamp(target / tick.TenThousandths * tick.TenThousandths, tick.TenThousandths, Price.Scale - tick.TenThousandths);
        return new Price(snapped).ToDecimal();
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Web + 1, LogLevel.Information, "The demo user holds {Count} positions")]
        public static partial void Populated(ILogger logger, int count);

        [LoggerMessage(EventIds.Web + 2, LogLevel.Warning, "The demo could not be populated; again in {Seconds} s")]
        public static partial void Later(ILogger logger, double seconds, Exception e);
    }
}
