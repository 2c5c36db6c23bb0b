using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.ApiClient;

public static class ApiClientModule
{
    private const string DefaultUrl = "http://127.0.0.1:5080";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>Adds what the bot needs of the core, over HTTP: Bot:BackendUrl says where it is, Bot:BackendKey who we are. Nothing here touches a database.</summary>
    /// <exception cref="SettingException">Bot:BackendUrl is no address.</exception>
    public static IHostApplicationBuilder AddApiClient(this IHostApplicationBuilder builder)
    {
        var address = Address(builder.Configuration["Bot:BackendUrl"]);
        var key = builder.Configuration["Bot:BackendKey"];
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new Backend(Client(address, key)));

        services.AddSingleton<IAccounts, AccountsClient>();
        services.AddSingleton<IOnboarding, OnboardingClient>();
        services.AddSingleton<IBotState, BotStateClient>();
        services.AddSingleton<IEventDelivery, EventsClient>();
        services.AddSingleton<IMarketBrowser, MarketsClient>();
        services.AddSingleton<IMarketBooks, BooksClient>();
        services.AddSingleton<IPositions, PositionsClient>();
        services.AddSingleton<ITrading, TradingClient>();
        services.AddSingleton<IExits, ExitsClient>();
        services.AddSingleton<ILeaders, LeadersClient>();
        services.AddSingleton<ICopying, CopyingClient>();
        services.AddSingleton<IRisk, RiskClient>();
        services.AddSingleton<ICoreStatus, CoreStatusClient>();

        services.AddHealthChecks().AddCheck<BackendHealth>("core");
        services.AddSingleton<EventWake>();
        services.AddHostedService(s => s.GetRequiredService<EventWake>());
        return builder;
    }

    private static Uri Address(string? setting) =>
        Uri.TryCreate(setting is { Length: > 0 } ? setting.TrimEnd('/') + "/" : DefaultUrl, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address : throw new SettingException("Bot:BackendUrl is not an address that begins with http:// or https://.");

    // no retries: what may be asked again is decided where it is asked
    private static HttpClient Client(Uri address, string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(3), PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false, UseCookies = false, UseProxy = !address.IsLoopback })
        {
            BaseAddress = address,
            Timeout = Timeout,
        };
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (key is { Length: > 0 })
            client.DefaultRequestHeaders.Add("X-Api-Key", key);
        return client;
    }
}
