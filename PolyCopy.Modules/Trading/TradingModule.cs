using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Modules.Trading.Orders;

namespace PolyCopy.Modules.Trading;

public static class TradingModule
{
    /// <summary>Adds orders, their execution and reconciliation, and the exits.</summary>
    public static IHostApplicationBuilder AddTrading(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<TradingOptions>().BindConfiguration("Trading").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(s => s.GetRequiredService<Microsoft.Extensions.Options.IOptions<TradingOptions>>().Value);

        services.AddSingleton<TradingWallets>();
        services.AddSingleton<OrderFeed>();
        services.AddSingleton<OrderWatch>();
        services.AddSingleton<OrderRecorder>();
        services.AddSingleton<OrderSender>();
        services.AddSingleton<OrderResolver>();
        services.AddSingleton<OrderCanceller>();
        services.AddSingleton<IPlacedEntries, PlacedEntries>();
        services.AddSingleton<OrderDecisions>();
        services.AddSingleton<OrderPlacer>();
        services.AddSingleton<Reconciler>();
        services.AddSingleton<WalletBalances>();
        services.AddSingleton<UserChannels>();
        services.AddSingleton<SettlementWatch>();
        services.AddSingleton<KillSwitch>();
        services.AddSingleton<BookReader>();
        services.AddSingleton<ITrading, TradingService>();
        services.AddSingleton<IOrderDesk, OrderDesk>();
        services.AddSingleton<IOnboarding, Onboarding>();
        services.AddSingleton<MarketResolution>();
        services.AddSingleton<IMarketListener>(s => s.GetRequiredService<MarketResolution>());
        services.AddSingleton<IFeedListener>(s => s.GetRequiredService<MarketResolution>());
        services.AddSingleton<IMarketInterest, TradingInterest>();

        services.AddHostedService(s => s.GetRequiredService<KillSwitch>());
        services.AddHostedService(s => s.GetRequiredService<OrderResolver>());
        services.AddHostedService(s => s.GetRequiredService<UserChannels>());
        services.AddHostedService(s => s.GetRequiredService<SettlementWatch>());
        builder.AddExits(); // after the reconciliation has begun
        return builder;
    }
}
