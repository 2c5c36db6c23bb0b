using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket.Rpc;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

public static class PolymarketModule
{
    internal const string Reads = "venue-reads";
    internal const string Orders = "venue-orders";
    internal const string Chain = "chain-reads";
    private const int ChainLimitBytes = 64 * 1024 * 1024;
    private const int ReadLimitBytes = 32 * 1024 * 1024; // 500 deep books are some 6 MB, a Gamma page 0.6
    private const int OrderLimitBytes = 4 * 1024 * 1024;

    /// <summary>Adds the venue: addresses by profile, market data, clock, orders, keys, the user channel, the chain and the feeds of everybody's trades.</summary>
    public static IHostApplicationBuilder AddPolymarket(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        var profile = Profiles.Of(builder.Configuration);
        var options = builder.Configuration.GetSection("Venue").Get<VenueOptions>() ?? new VenueOptions();
        var simulator = builder.Configuration["Simulator:Url"] is { Length: > 0 } url ? url : "http://127.0.0.1:5081";
        if (!Uri.TryCreate(simulator, UriKind.Absolute, out var standAlone) || standAlone.Scheme is not ("http" or "https"))
            throw new SettingException("Simulator:Url is not an address that begins with http://.");
        var enableLive = builder.Configuration.GetValue("Trading:EnableLive", false);
        VenueEndpoints At(Func<Uri> simulatorAddress) => new(profile, options, enableLive, simulatorAddress);
        At(() => standAlone); // a wrong setting stops the host here, before anything runs

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<IVenueEndpoints>(s => At(() => s.GetService<ISimulatorAddress>()?.Address ?? standAlone));
        services.AddSingleton<VenueLimits>();
        AddClient(services, Reads, ReadLimitBytes, connections: 32);
        AddClient(services, Orders, OrderLimitBytes, connections: TradingVenue.InFlight);
        AddClient(services, Chain, ChainLimitBytes, connections: 16);
        services.AddSingleton(s => new VenueHttp(s.GetRequiredService<IHttpClientFactory>().CreateClient(Reads), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<VenueHttp>>()));
        services.AddSingleton<GammaClient>();
        services.AddSingleton<ClobClient>();
        services.AddSingleton<IMarketData, MarketData>();
        services.AddSingleton<IMarketBooks>(s => s.GetRequiredService<IMarketData>());
        services.AddSingleton<IMarketFeed, MarketSocketFeed>();
        services.AddSingleton<VenueClock>();
        services.AddSingleton<IVenueClock>(s => s.GetRequiredService<VenueClock>());
        services.AddHostedService(s => s.GetRequiredService<VenueClock>());
        services.AddSingleton<AccountClient>();
        services.AddSingleton<ITradingVenue, TradingVenue>();
        services.AddSingleton<ITradingAuth, TradingAuth>();
        services.AddSingleton<IUserChannel, UserChannel>();
        services.AddSingleton<IChain, RpcChain>();
        services.AddSingleton<ITradeFeed, RtdsFeed>();
        services.AddSingleton<ITradeHistory, DataClient>();
        return builder;
    }

    // no resilience handler: only VenueHttp repeats requests, and only GETs
    private static void AddClient(IServiceCollection services, string name, int maxBytes, int connections) =>
        services.AddHttpClient(name, client =>
            {
                client.Timeout = Timeout.InfiniteTimeSpan;
                client.MaxResponseContentBufferSize = maxBytes;
                // Cloudflare refuses anonymous and library agents
                client.DefaultRequestHeaders.UserAgent.ParseAdd("PolyCopy/1.0");
                client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                MaxConnectionsPerServer = connections,
                EnableMultipleHttp2Connections = true,
                PooledConnectionLifetime = TimeSpan.FromMinutes(15),
                PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
                ConnectTimeout = TimeSpan.FromSeconds(5),
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.All,
                Proxy = new LoopbackBypass(),
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();

    /// <summary>The machine's proxy, but never for the simulator on this machine.</summary>
    private sealed class LoopbackBypass : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : HttpClient.DefaultProxy.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
    }
}
