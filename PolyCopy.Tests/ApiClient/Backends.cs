using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.ApiClient;
using PolyCopy.Tests.Product;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.ApiClient;

/// <summary>One running product, and beside it a host with nothing but the HTTP client.</summary>
public sealed class Backends : IAsyncLifetime
{
    private const string Key = "a key of the bot";

    private IHost _client = null!;
    private long _users = 7_000;

    public TestApp App { get; private set; } = null!;

    /// <summary>A user nobody else has.</summary>
    public long NewUser() => Interlocked.Increment(ref _users);

    public T Get<T>(bool overHttp) where T : notnull => (overHttp ? _client.Services : App.Services).GetRequiredService<T>();

    /// <summary>A user with money and the first market, set to 0.44 / 0.45.</summary>
    internal Task<Trader> TraderAsync() => Trader.WelcomeAsync(App, NewUser());

    public async ValueTask InitializeAsync()
    {
        App = await TestApp.StartAsync("--Bot:Enabled", "false", "--Bot:BackendKey", Key);
        App.Api.DefaultRequestHeaders.Add("X-Api-Key", Key);
        _client = Client(App.Api.BaseAddress!, Key);
        await _client.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.StopAsync();
        _client.Dispose();
        await App.DisposeAsync();
    }

    public static IHost Client(Uri core, string? key)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, Args = ["--Bot:BackendUrl", core.ToString(), .. key is null ? Array.Empty<string>() : ["--Bot:BackendKey", key]] });
        builder.Logging.ClearProviders();
        builder.AddApiClient();
        return builder.Build();
    }

}

[CollectionDefinition(nameof(Backends))]
public sealed class BackendsCollection : ICollectionFixture<Backends>;

/// <summary>What an interface promises, wherever the core is. Each contract runs in the process and over HTTP.</summary>
public abstract class Contract<T>(Backends backends, bool overHttp) where T : notnull
{
    protected Backends Backends { get; } = backends;

    /// <summary>The one under test.</summary>
    protected T It { get; } = backends.Get<T>(overHttp);

    /// <summary>The core's own service, to arrange what only the core can.</summary>
    protected TService Core<TService>() where TService : notnull => Backends.Get<TService>(overHttp: false);
}
