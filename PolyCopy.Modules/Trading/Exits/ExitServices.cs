using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Trading.Exits;

internal static class ExitServices
{
    /// <summary>Everything about exits; the host among the hosted services must stand before the streamer.</summary>
    public static IHostApplicationBuilder AddExits(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ExitBook>().AddSingleton<IQuoteListener>(s => s.GetRequiredService<ExitBook>());
        services.AddSingleton<ExitWaits>().AddSingleton<ExitFlights>().AddSingleton<ExitOrders>().AddSingleton<ExitStore>().AddSingleton<ExitNews>();
        services.AddSingleton<ExitHoldings>().AddSingleton<IPositionListener>(s => s.GetRequiredService<ExitHoldings>());
        services.AddSingleton<ExitOutcomes>().AddSingleton<IOrderListener>(s => s.GetRequiredService<ExitOutcomes>());
        services.AddSingleton<ExitSuspension>().AddSingleton<IFeedListener>(s => s.GetRequiredService<ExitSuspension>()).AddSingleton<IMarketListener>(s => s.GetRequiredService<ExitSuspension>());
        services.AddSingleton<PlainExits>().AddSingleton<ExitPrices>().AddSingleton<ExitArmory>().AddSingleton<ExitMoves>().AddSingleton<ExitJudge>().AddSingleton<ExitPlanner>().AddSingleton<ExitExecutor>().AddSingleton<ExitSweep>().AddSingleton<ExitRehearsal>();
        services.AddSingleton<IExitArming, ExitArming>();
        services.AddSingleton<IExits, ExitDesk>();
        services.AddSingleton<IInterestSource, ExitInterest>();
        services.AddHostedService<ExitHost>();
        return builder;
    }
}
