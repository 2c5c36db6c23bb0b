using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Positions.Reading;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Positions;

public static class PositionsModule
{
    /// <summary>Adds the ledger, its positions, their prices and P&amp;L.</summary>
    public static IHostApplicationBuilder AddPositions(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IPositionBook, PositionBook>();
        services.AddSingleton<IPositions, PositionViews>();
        services.AddSingleton<IPositionsRebuild, PositionsRebuild>();
        services.AddSingleton<PnlBoard>();
        services.AddSingleton<IQuoteListener>(s => s.GetRequiredService<PnlBoard>());
        services.AddSingleton(s => new Lazy<IReadOnlyList<IPositionListener>>(() => [.. s.GetServices<IPositionListener>()]));
        services.AddSingleton<PositionFeed>();
        services.AddSingleton<IPositionFeed>(s => s.GetRequiredService<PositionFeed>());
        services.AddSingleton<IInterestSource>(s => s.GetRequiredService<PositionFeed>());
        services.AddSingleton<IMarketInterest>(s => s.GetRequiredService<PositionFeed>());
        services.AddSingleton<PriceWriterHealth>();
        services.AddHostedService<PriceWriter>();
        return builder;
    }
}
