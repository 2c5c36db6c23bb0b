using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using PolyCopy.Tests.Simulator;
using PolyCopy.Tests.Support;
using MarketState = PolyCopy.Modules.Simulator.World.MarketState;

namespace PolyCopy.Tests.Trading.Support;

/// <summary>Trading with every real part: adapters, sockets, signatures, ledger, against a simulator of its own that outlives restarts. Product and venue share one driven clock.</summary>
internal sealed class SimulatedProduct : IAsyncDisposable
{
    public const long Ana = 1001;

    private readonly string _folder = Directory.CreateTempSubdirectory("product-").FullName;
    private IHost _host = null!;

    private SimulatedProduct(TestDatabase database, FakeTimeProvider clock, Lab venue) => (Database, Clock, Venue) = (database, clock, venue);

    public TestDatabase Database { get; }
    public FakeTimeProvider Clock { get; }
    public Lab Venue { get; }
    public MarketState Market { get; private set; } = null!;
    public string Funder { get; private set; } = "";
    public Guid Wallet { get; private set; }

    /// <summary>What kills the next process.</summary>
    public Guillotine? Guillotine { get; set; }

    public ITrading Trading => Get<ITrading>();
    public IOrderDesk Desk => Get<IOrderDesk>();
    public string MarketId => Market.Market.Id;
    public TokenId Yes => TokenId.Parse(Market.Market.TokenIds[0]);

    /// <summary>Ana with 1,000 pUSD, and a market at 0.44 to 0.45 with 1,000 shares a side.</summary>
    public static async Task<SimulatedProduct> StartAsync(Db provider = Db.Sqlite, bool channels = false)
    {
        var clock = new FakeTimeProvider(Lab.Start);
        var product = new SimulatedProduct(await TestDatabase.CreateAsync(provider), clock, await Lab.StartAsync(clock));
        product.Market = await product.Venue.MarketAsync();
        await product.BuildAsync();
        var wallet = await product.Get<IWallets>().EnsureAsync(Ana, default);
        (product.Funder, product.Wallet) = (wallet.Funder, wallet.Id);
        await product.Venue.PostAsync($"control/wallets/{wallet.Funder}/fund", new { pusd = "1000" });
        (await product.Trading.SyncAsync(Ana, default)).Value.Adjustments.Should().Be(1);
        if (channels)
            product.Get<UserChannels>().Need(await product.WalletAsync());
        return product;
    }

    public PlaceOrder ABuy(decimal usd = 45m, OrderType type = OrderType.Fak) => new(MarketId, Market.Market.Outcomes[0], Side.Buy, type, AmountUsd: usd);

    public PlaceOrder ASell(decimal shares) => new(MarketId, Market.Market.Outcomes[0], Side.Sell, OrderType.Fak, Shares: shares);

    public PlaceOrder ARest(Side side, decimal shares, decimal limit) => new(MarketId, Market.Market.Outcomes[0], side, OrderType.Gtc, Shares: shares, LimitPrice: limit);

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public async Task<TradingWallet> WalletAsync() => (await Get<TradingWallets>().OfUserAsync(Ana, default)).Value;

    public async Task<OrderPlaced> PlaceAsync(string key, PlaceOrder order) => (await FinishAsync(Trading.PlaceAsync(Ana, key, order, default))).Value;

    /// <summary>Buys and lets it settle.</summary>
    public async Task<OrderPlaced> BuyAsync(decimal usd = 45m)
    {
        var placed = await PlaceAsync("buy", ABuy(usd));
        await SettleAsync();
        return placed;
    }

    /// <summary>Twenty seconds for the chain, then a look.</summary>
    public async Task SettleAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5); // the venue's own threads
        }
        await Get<Reconciler>().ReconcileAsync(await WalletAsync(), default);
    }

    /// <summary>Lets time pass, the resolver looking; slower than real time, so that nothing in flight times out.</summary>
    public async Task UntilAsync(Func<Task<bool>> holds, string because = "it should have come true by now")
    {
        for (var tries = 0; !await holds(); tries++)
        {
            tries.Should().BeLessThan(1_200, because);
            Clock.Advance(TimeSpan.FromMilliseconds(250));
            await Get<OrderResolver>().RunDueAsync(default);
            await Task.Delay(5);
        }
    }

    public async Task<T> FinishAsync<T>(Task<T> task)
    {
        for (var tries = 0; !task.IsCompleted; tries++)
        {
            tries.Should().BeLessThan(400, "the task should have ended");
            if (await Task.WhenAny(task, Task.Delay(150)) != task)
                Clock.Advance(TimeSpan.FromMilliseconds(100));
        }
        return await task;
    }

    public Task FaultAsync(string fault, string target, int after = 0, double? seconds = null, string? variant = null) => Ok(Venue.FaultAsync(fault, target, after, seconds, variant: variant));

    public async Task HealAsync() => (await Venue.Http.DeleteAsync("control/faults")).EnsureSuccessStatusCode();

    public Task QuoteAsync(string? bid, string? ask, string size = "1000") => Venue.QuoteAsync(Market, bid, ask, size);

    public Task<OrderRow> RowAsync(Guid id) => Database.Workers.ReadAsync((db, ct) => db.Set<OrderRow>().AsNoTracking().FirstAsync(o => o.Id == id, ct), default);

    public Task<List<OrderRow>> RowsAsync() => Database.Workers.ReadAsync((db, ct) => db.Set<OrderRow>().AsNoTracking().OrderBy(o => o.Id).ToListAsync(ct), default);

    public Task<Funds> FundsAsync(TokenId? token = null) => Database.Workers.ReadAsync((db, ct) => Get<IPositionBook>().FundsAsync(db, Wallet, token, ct), default);

    public Task<OpenPosition?> PositionAsync() => Database.Workers.ReadAsync((db, ct) => Get<IPositionBook>().OpenAsync(db, Wallet, Yes, ct), default);

    public async Task<IReadOnlyList<UserEvent>> EventsAsync(string kind) => [.. (await Get<IUserEvents>().ReadAsync(null, 0, 1_000, default)).Where(e => e.Kind == kind)];

    /// <summary>What the venue says of every order it ever saw.</summary>
    public async Task<IReadOnlyList<(string Hash, int Received, int Accepted)>> OrdersAsync() => [.. (await Venue.GetAsync("control/stats")).GetProperty("orders").EnumerateArray()
        .Select(o => (o.GetProperty("hash").GetString()!, o.GetProperty("received").GetInt32(), o.GetProperty("accepted").GetInt32()))];

    /// <summary>pUSD, or shares, as the venue's ledger has them; micro-units.</summary>
    public async Task<long> AtVenueAsync(TokenId? token = null) => await Get<ITradingVenue>().BalanceAsync((await WalletAsync()).Account, token, refresh: true, default);

    /// <summary>A new process on the same database and venue.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await BuildAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Venue.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task Ok(Task<(int Status, JsonElement Body)> answer) => (await answer).Status.Should().BeInRange(200, 299);

    private async Task BuildAsync()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Simulator:Url"] = Venue.Http.BaseAddress!.ToString();
        builder.Services.AddLogging();
        builder.Services.AddSingleton<TimeProvider>(Clock);
        var database = Guillotine is null ? Database.Reopen() : Database.Reopen(new DatabaseSteps(Guillotine), new CommitSteps(Guillotine));
        builder.Services.AddSingleton(Database.Options).AddSingleton(new DataDirectory(_folder)).AddSingleton(new UserScope(database)).AddSingleton(new WorkerScope(database));
        builder.AddCaching().AddAccounts().AddPolymarket().AddWallets().AddMarkets().AddPositions().AddTrading().AddStreaming();
        if (Guillotine is { } guillotine)
        {
            var real = builder.Services.Last(s => s.ServiceType == typeof(ITradingVenue));
            builder.Services.AddSingleton(s => guillotine.Under((ITradingVenue)ActivatorUtilities.CreateInstance(s, real.ImplementationType!)));
        }
        _host = builder.Build();
        await Get<VenueClock>().RefreshAsync(Get<VenueClock>().Offset, default);
        await Get<KillSwitch>().StartAsync(default);
    }

    private async Task StopAsync()
    {
        await Get<UserChannels>().StopAsync(default);
        if (_host is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
        else
            _host.Dispose();
    }
}
