using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Api;
using PolyCopy.Modules.ApiClient;
using PolyCopy.Modules.Bot;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Observability;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using PolyCopy.Modules.Web;

namespace PolyCopy.Host;

/// <summary>Puts the modules together. The order of the hosted services is the order of the lines.</summary>
internal static class Composition
{
    public static WebApplication Serve(string[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory, ApplicationName = typeof(Composition).Assembly.GetName().Name });
        builder.Configuration.AddLegacyNames();
        if (BotBackends.Of(builder.Configuration) == BotBackend.Http)
            return ServeBot(builder);
        var profile = ProfileRules.Apply(builder.Configuration);
        Listening.Configure(builder);
        builder.WebHost.UseStaticWebAssets();
        builder
            .AddObservability()
            .AddPersistence()
            .AddCaching()
            .AddAccounts();
        if (profile != Profile.Live)
            builder.AddSimulator(); // before its clients
        builder
            .AddPolymarket()
            .AddWallets()
            .AddMarkets()
            .AddPositions()
            .AddTrading()
            .AddCopying()
            .AddStreaming()
            .AddMarketPolling()
            .AddIndexing()
            .AddApi()
            .AddBot()
            .AddWeb();

        var app = builder.Build();
        app.MapObservability();
        app.MapApi();
        app.MapWeb();
        return app;
    }

    /// <summary>The bot alone: no database, no venue, no lock; the core is elsewhere. It listens for its health only.</summary>
    private static WebApplication ServeBot(WebApplicationBuilder builder)
    {
        Listening.ConfigureBot(builder);
        builder
            .AddObservability()
            .AddApiClient()
            .AddBot();
        var app = builder.Build();
        app.UseBackendKey();
        app.MapObservability();
        return app;
    }

    /// <summary>A host with the database only, never started: for verbs that do one thing and stop.</summary>
    public static IHost Worker(string[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = settings, ContentRootPath = AppContext.BaseDirectory });
        builder.AddObservability().AddPersistence();
        return builder.Build();
    }

    public static IConfiguration Configuration(string[] settings) => new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
        .AddEnvironmentVariables()
        .AddCommandLine(settings)
        .Build();
}
