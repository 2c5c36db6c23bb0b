using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Trading.Exits;

/// <summary>Exits against the simulated venue over its real protocols, with the real streamer, ledger and desk.</summary>
public sealed class ExitVenueTests : IAsyncLifetime
{
    private const long User = 1001;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"polycopy-exits-{Environment.ProcessId}-{Ids.New(TimeProvider.System):N}");
    private IHost _host = null!;
    private HttpClient _control = null!;
    private JsonElement _market;

    public static TheoryData<ExitKind, decimal, string, string> Pushes => new()
    {
        { ExitKind.TakeProfit, 0.46m, "0.46", "0.47" },
        { ExitKind.StopLoss, 0.42m, "0.42", "0.43" },
    };

    public async ValueTask InitializeAsync()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Data:Path"] = _folder, ["Simulator:Url"] = "http://127.0.0.1:0", ["Simulator:Embedded"] = "true" });
        builder.Services.AddLogging();
        builder.AddPersistence().AddCaching().AddAccounts().AddSimulator().AddPolymarket().AddWallets().AddMarkets().AddPositions().AddTrading().AddStreaming();
        builder.Services.TryAddSingleton<IOnboarding, Onboarding>();
        _host = builder.Build();
        await _host.StartAsync();
        _control = new HttpClient { BaseAddress = Get<ISimulatorAddress>().Address };
        var markets = await _control.GetFromJsonAsync<JsonElement>("control/markets");
        _market = markets.EnumerateArray().First(m => m.GetProperty("tick").GetString() == "0.01" && m.GetProperty("outcomes")[0].GetString() == "Yes");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
        _control.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory, MemberData(nameof(Pushes))]
    public async Task An_exit_fills_once_when_the_price_is_pushed_to_it_and_the_market_is_left(ExitKind kind, decimal trigger, string bid, string ask)
    {
        await QuoteAsync("0.44", "0.45");
        (await Get<IOnboarding>().WelcomeAsync(User, "ana", default)).Error.Should().BeNull();
        var marketId = _market.GetProperty("marketId").GetString()!;
        var bought = await Get<ITrading>().PlaceAsync(User, "buy", new PlaceOrder(marketId, "Yes", Side.Buy, OrderType.Fak, AmountUsd: 45m), default);
        bought.Error.Should().BeNull();
        var position = (await UntilAsync(async () => (await Get<IPositions>().ListAsync(User, "active", 10, null, default)).Items.SingleOrDefault(p => p.SellableSize == p.Size))).Id;
        var exit = (await Get<IExits>().ArmAsync(User, position, new ArmExit(kind, trigger), default)).Value;
        exit.Preview!.Complete.Should().BeTrue();
        await UntilAsync(async () => (await TokensAsync()).Contains(_market.GetProperty("tokenIds")[0].GetString()!) ? "streamed" : null);

        await QuoteAsync(bid, ask);

        var done = await UntilAsync(async () => (await Get<IExits>().ListAsync(User, position, 10, null, default)).Items.SingleOrDefault(e => e.Status == "done"));
        done.FilledShares.Should().BeGreaterThan(new Shares(95_000_000), "45 pUSD with the fee buy that much at 0.45");
        done.Attempts.Should().Be(1);
        done.TickToSubmitMs.Should().BeInRange(0, 5_000);
        (await Get<IPositions>().GetAsync(User, position, default))!.Status.Should().Be("closed");
        var orders = (await _control.GetFromJsonAsync<JsonElement>("control/stats")).GetProperty("orders").EnumerateArray().ToList();
        orders.Should().HaveCount(2).And.OnlyContain(o => o.GetProperty("received").GetInt32() == 1 && o.GetProperty("accepted").GetInt32() == 1);
        orders.Should().ContainSingle(o => o.GetProperty("hash").GetString() == done.OrderHash);
        (await Get<IUserEvents>().ReadAsync(User, 0, 100, default)).Should().ContainSingle(e => e.Kind == "exit_fired");
        await UntilAsync(async () => (await TokensAsync()).Count == 0 ? "left" : null);
    }

    private T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    private async Task QuoteAsync(string bid, string ask)
    {
        var answer = await _control.PostAsJsonAsync($"control/markets/{_market.GetProperty("conditionId").GetString()}/quote", new { outcome = "Yes", bid, ask, size = "5000" });
        answer.EnsureSuccessStatusCode();
    }

    private async Task<List<string>> TokensAsync() => [.. (await _control.GetFromJsonAsync<JsonElement>("control/stats")).GetProperty("connections").EnumerateArray()
        .Where(c => c.GetProperty("channel").GetString() == "market").SelectMany(c => c.GetProperty("tokens").EnumerateArray()).Select(t => t.GetString()!)];

    private static async Task<T> UntilAsync<T>(Func<Task<T?>> look) where T : class
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await look() is { } found)
                return found;
            Stopwatch.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(60), "it should have happened by now");
            await Task.Delay(20);
        }
    }
}
