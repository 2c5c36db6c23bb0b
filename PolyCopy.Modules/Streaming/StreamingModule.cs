using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace PolyCopy.Modules.Streaming;

public static class StreamingModule
{
    /// <summary>Adds the streamer. Needs IMarketFeed, IMarketData and IMarketCatalog; hears every IQuoteListener, IFeedListener and IInterestSource there is.</summary>
    public static IHostApplicationBuilder AddStreaming(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(StreamerOptions.From(builder.Configuration));
        services.AddSingleton<QuoteBoard>();
        services.AddSingleton<IQuoteBoard>(s => s.GetRequiredService<QuoteBoard>());
        services.AddSingleton<QuoteInterest>();
        services.AddSingleton<IQuoteInterest>(s => s.GetRequiredService<QuoteInterest>());
        services.AddSingleton(s => ActivatorUtilities.CreateInstance<FeedCounters>(s).Expose());
        services.AddSingleton<FeedEvents>();
        services.AddSingleton(s => new Lazy<IReadOnlyList<IFeedListener>>(() => [.. s.GetServices<IFeedListener>()]));
        services.AddSingleton<QuotePublisher>();
        services.AddSingleton<ShardSet>();
        services.AddSingleton<RestBooks>();
        services.AddSingleton<FeedWatchdog>();
        services.AddSingleton<Protection>();
        services.AddSingleton(s => new StreamHealth(
            s.GetRequiredService<ShardSet>(), s.GetRequiredService<QuoteInterest>(), s.GetRequiredService<FeedCounters>(),
            s.GetRequiredService<RestBooks>(), s.GetRequiredService<Protection>(), s.GetRequiredService<StreamerOptions>()));
        services.AddSingleton<ICoreStatus, CoreStatus>();
        services.AddHostedService<Streamer>();
        return builder;
    }
}
