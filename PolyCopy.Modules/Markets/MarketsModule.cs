using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace PolyCopy.Modules.Markets;

public static class MarketsModule
{
    /// <summary>Adds the catalogue, loaded when the host starts; <see cref="AddMarketPolling"/> keeps it fresh.</summary>
    public static IHostApplicationBuilder AddMarkets(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<MarketNotices>();
        services.AddSingleton<MarketIndex>();
        services.AddSingleton<MarketStore>();
        services.AddSingleton<MarketReader>();
        services.AddSingleton<MarketCatalog>();
        services.AddSingleton<IMarketCatalog>(s => s.GetRequiredService<MarketCatalog>());
        services.AddSingleton<IMarketBrowser>(s => s.GetRequiredService<MarketCatalog>());
        services.AddSingleton<IMarketPrices>(s => s.GetRequiredService<MarketCatalog>());
        services.AddHostedService(s => s.GetRequiredService<MarketCatalog>());
        return builder;
    }

    /// <summary>Adds the poller and the notices to <see cref="IMarketListener"/>; to be called after the modules that listen, so that they run first.</summary>
    public static IHostApplicationBuilder AddMarketPolling(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PollHealth>();
        builder.Services.AddHealthChecks().AddCheck<PollHealth>("markets");
        builder.Services.AddHostedService<MarketNotifier>();
        builder.Services.AddSingleton<MarketPoller>();
        builder.Services.AddHostedService(s => s.GetRequiredService<MarketPoller>());
        return builder;
    }
}
