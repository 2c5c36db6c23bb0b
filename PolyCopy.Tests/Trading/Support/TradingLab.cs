using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Trading.Support;

/// <summary>The Trading module with the real ledger and database, a driven clock and a scripted venue. A restart makes everything new but the database and the venue.</summary>
internal sealed class TradingLab : IAsyncDisposable
{
    public const long Ana = 1001;
    public const string MarketId = "2589812";
    public const string ConditionId = "0xdf9bf27ee5757c55b44b8b9826ddc9ec3a8809aa3278634c45edbb7fc8f1a3e3";

    public static readonly TokenId Yes = TokenId.Parse("111061902544814266207267295505639408607400625795891618462682726460921782993748");
    public static readonly TokenId No = TokenId.Parse("42038775866198212615491650114881818219665139981763207699110491615333273795415");

    private readonly Action<IServiceCollection>? _also;
    private readonly List<IHost> _others = [];
    private IHost _host = null!;

    private TradingLab(TestDatabase database, Action<IServiceCollection>? also)
    {
        Database = database;
        _also = also;
        Venue = new ScriptedVenue(Clock);
        Catalog.Markets[MarketId] = AMarket();
        Quote(Yes, bid: 0.44m, ask: 0.45m);
        Quote(No, bid: 0.55m, ask: 0.56m);
    }

    public TestDatabase Database { get; }
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    public ScriptedVenue Venue { get; }
    public FakeCatalog Catalog { get; } = new();
    public FakeBooks Board { get; } = new();
    public FakeMarketData MarketData { get; } = new();
    public FakeInterest Interest { get; } = new();
    public FakeArming Arming { get; } = new();
    public FakeFeed Feed { get; } = new();

    /// <summary>What kills the next process; set before a restart.</summary>
    public Guillotine? Guillotine { get; set; }

    public ITrading Trading => Get<ITrading>();
    public IOrderDesk Desk => Get<IOrderDesk>();
    public IPositionBook Book => Get<IPositionBook>();
    public OrderResolver Resolver => Get<OrderResolver>();

    public static Guid Wallet => WalletOf(Ana);

    public static Guid WalletOf(long userId) => FakeWallets.IdOf(userId);

    public static async Task<TradingLab> CreateAsync(Db provider, decimal cash = 1_000m, Action<IServiceCollection>? also = null)
    {
        var lab = new TradingLab(await TestDatabase.CreateAsync(provider), also);
        await lab.BuildAsync();
        if (cash > 0)
            await lab.FundAsync(Ana, cash);
        return lab;
    }

    public static Market AMarket(
        string id = MarketId, string conditionId = ConditionId, Price? tick = null, FeeSchedule fee = default, TimeSpan takerDelay = default, bool closed = false, string? resolution = null,
        IReadOnlyList<decimal>? payouts = null, TokenId? yes = null, TokenId? no = null) => new(
            id, conditionId, "Will it rain?", "will-it-rain-" + id, ["Yes", "No"], [yes ?? Yes, no ?? No], [0.45m, 0.55m], 0.445m, "poll", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch,
            tick ?? new Price(100), new Shares(5_000_000), false, "v1", fee, takerDelay, true, closed, !closed, resolution, payouts, null, 0, 0, null, null, null, null, null, [], null);

    public static PlaceOrder ABuy(decimal usd = 10m, OrderType type = OrderType.Fak) => new(MarketId, "Yes", Side.Buy, type, AmountUsd: usd);

    public static PlaceOrder ASell(decimal shares, OrderType type = OrderType.Fak, decimal? limit = null) => new(MarketId, "Yes", Side.Sell, type, Shares: shares, LimitPrice: limit);

    public static PlaceOrder ARest(Side side, decimal shares, decimal limit) => new(MarketId, "Yes", side, OrderType.Gtc, Shares: shares, LimitPrice: limit);

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>A book with one deep level per side.</summary>
    public void Quote(TokenId token, decimal bid, decimal ask, decimal size = 100_000m) => Quote(token, [(bid, size)], [(ask, size)]);

    public void Quote(TokenId token, (decimal Price, decimal Size)[] bids, (decimal Price, decimal Size)[] asks) => MarketData.Books[token] = new BookSnapshot(
        token, ConditionId, [.. bids.Select(Level)], [.. asks.Select(Level)], new Price(100), new Shares(5_000_000), false, null, Clock.GetUtcNow(), "");

    /// <summary>Cash at the venue and in the ledger.</summary>
    public async Task FundAsync(long userId, decimal pusd)
    {
        Venue.Fund(WalletOf(userId), pusd);
        await Database.Workers.WriteAsync((db, ct) => Book.AdjustAsync(
            db, new Adjustment(userId, WalletOf(userId), null, null, null, null, (long)(pusd * 1_000_000), null, "transfer", $"fund:{Ids.New(TimeProvider.System):N}", "funded", Clock.GetUtcNow()), ct), default);
    }

    /// <summary>Shares bought and confirmed, by the same path as everybody's.</summary>
    public async Task<OrderPlaced> BuyAsync(decimal usd = 45m, string key = "buy")
    {
        var placed = (await Trading.PlaceAsync(Ana, key, ABuy(usd), default)).Value;
        Venue.Settle(SettlementStatus.Confirmed, placed.OrderHash);
        await Get<Reconciler>().ReconcileAsync(await WalletAsync(), default);
        return placed;
    }

    public async Task<TradingWallet> WalletAsync(long userId = Ana) => (await Get<TradingWallets>().OfUserAsync(userId, default)).Value;

    public Task<OrderRow> RowAsync(Guid id) => Database.Workers.ReadAsync((db, ct) => db.Set<OrderRow>().AsNoTracking().FirstAsync(o => o.Id == id, ct), default);

    public Task<List<OrderRow>> RowsAsync() => Database.Workers.ReadAsync((db, ct) => db.Set<OrderRow>().AsNoTracking().OrderBy(o => o.Id).ToListAsync(ct), default);

    public Task<Funds> FundsAsync(TokenId? token = null, long userId = Ana) => Database.Workers.ReadAsync((db, ct) => Book.FundsAsync(db, WalletOf(userId), token, ct), default);

    public Task<OpenPosition?> PositionAsync(TokenId? token = null, long userId = Ana) => Database.Workers.ReadAsync((db, ct) => Book.OpenAsync(db, WalletOf(userId), token ?? Yes, ct), default);

    public async Task<IReadOnlyList<UserEvent>> EventsAsync(string kind) => [.. (await Get<IUserEvents>().ReadAsync(null, 0, 1_000, default)).Where(e => e.Kind == kind)];

    /// <summary>Lets time pass in steps, with the resolver looking after each: what the host does, without its threads.</summary>
    public async Task PassAsync(TimeSpan time, TimeSpan? step = null)
    {
        var stride = step ?? TimeSpan.FromMilliseconds(500);
        for (var left = time; left > TimeSpan.Zero; left -= stride)
        {
            Clock.Advance(left < stride ? left : stride);
            await Resolver.RunDueAsync(default);
        }
    }

    /// <summary>Lets time pass until the task ends: for code that waits on the clock on other threads.</summary>
    public async Task<T> FinishAsync<T>(Task<T> task)
    {
        for (var tries = 0; !task.IsCompleted; tries++)
        {
            tries.Should().BeLessThan(5_000, "the task should have ended");
            Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(task, Task.Delay(2));
        }
        return await task;
    }

    /// <summary>Waits for other threads while the clock stands.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; !await holds(); tries++)
        {
            tries.Should().BeLessThan(2_000, "it should have come true by now");
            await Task.Delay(10);
        }
    }

    /// <summary>Lets time pass, the resolver looking, until something holds.</summary>
    public async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; !await holds(); tries++)
        {
            tries.Should().BeLessThan(2_000, "it should have come true by now");
            await PassAsync(TimeSpan.FromMilliseconds(100));
            await Task.Delay(2);
        }
    }

    /// <summary>As after kill -9: a new process on the same database and venue. Its resolver has looked once.</summary>
    public async Task RestartAsync()
    {
        await StopAsync(_host);
        await BuildAsync();
        if (Guillotine is not null)
            return;
        await Resolver.SweepAsync(TimeSpan.Zero, default);
        await Resolver.RunDueAsync(default);
    }

    /// <summary>A second host on the same database and venue.</summary>
    public async Task<ITrading> AnotherProcessAsync()
    {
        var mine = _host;
        await BuildAsync();
        _others.Add(_host);
        (var other, _host) = (_host, mine);
        return other.Services.GetRequiredService<ITrading>();
    }

    public async Task BuildAsync()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        var services = builder.Services;
        services.AddLogging();
        services.AddSingleton<TimeProvider>(Clock);
        var database = Guillotine is null ? Database.Reopen() : Database.Reopen(new DatabaseSteps(Guillotine), new CommitSteps(Guillotine));
        services.AddSingleton(new UserScope(database)).AddSingleton(new WorkerScope(database));
        services.AddSingleton<IUserEvents, Outbox>();
        services.AddSingleton<IUserSlippage, FakeSlippage>();
        services.AddSingleton<IWallets, FakeWallets>();
        services.AddSingleton<FakeCatalog>(Catalog).AddSingleton<IMarketCatalog>(Catalog);
        services.AddSingleton<IMarketData>(MarketData);
        services.AddSingleton<IQuoteBoard>(Board);
        services.AddSingleton<IQuoteInterest>(Interest);
        services.AddSingleton<IPositionBook, PositionBook>();
        services.AddSingleton<IPositionFeed>(Feed);
        services.AddSingleton<IPositions, FakePositions>();
        builder.AddTrading();
        services.AddSingleton<IExitArming>(Arming);
        services.AddSingleton<ITradingVenue>(Venue).AddSingleton<IUserChannel>(Venue).AddSingleton<IVenueClock>(Venue);
        _also?.Invoke(services);
        if (Guillotine is { } guillotine)
        {
            Doom<ITradingVenue>(services, guillotine);
            Doom<IPositionFeed>(services, guillotine);
        }
        _host = builder.Build();
        await Get<KillSwitch>().StartAsync(default);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_host);
        foreach (var other in _others)
            await StopAsync(other);
        await Database.DisposeAsync();
    }

    private static void Doom<T>(IServiceCollection services, Guillotine guillotine)
        where T : class
    {
        var real = services.Last(s => s.ServiceType == typeof(T));
        services.AddSingleton(s => guillotine.Under((T)(real.ImplementationInstance ?? real.ImplementationFactory?.Invoke(s) ?? ActivatorUtilities.CreateInstance(s, real.ImplementationType!))));
    }

    private static async Task StopAsync(IHost host)
    {
        await host.Services.GetRequiredService<UserChannels>().StopAsync(default);
        if (host is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
        else
            host.Dispose();
    }

    private static Level Level((decimal Price, decimal Size) level) => new(new Price((int)(level.Price * Price.Scale)), new Shares((long)(level.Size * 1_000_000)));
}
