using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Positions;

/// <summary>The module on a database of its own, with stand-ins around it, and words to write histories with.</summary>
internal sealed class Bench : IAsyncDisposable
{
    public static readonly Guid Ana = new("00000000-0000-7000-8000-0000000000a1");
    public static readonly Guid Bob = new("00000000-0000-7000-8000-0000000000b2");
    public static readonly TokenId Yes = TokenId.Parse("111111111111111111111111111111111111111111111111111111111111111111111111111");
    public static readonly TokenId No = TokenId.Parse("222222222222222222222222222222222222222222222222222222222222222222222222222");
    public const string Market = "501";
    private int _next;

    private readonly ServiceProvider _services;

    private Bench(TestDatabase database)
    {
        Database = database;
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        database.AddTo(builder.Services);
        builder.Services.AddLogging(l => l.AddFakeLogging().SetMinimumLevel(LogLevel.Debug));
        builder.Services.AddSingleton<TimeProvider>(Clock).AddSingleton<IQuoteBoard>(Board).AddSingleton<IQuoteInterest>(Interest).AddSingleton<IMarketCatalog>(Catalog)
            .AddSingleton<IMarketPrices>(Prices).AddSingleton<ICache>(Cache).AddSingleton<IWallets>(Wallets).AddSingleton<IPositionListener>(Listener);
        builder.AddPositions();
        _services = builder.Services.BuildServiceProvider();
    }

    public TestDatabase Database { get; }
    public FakeBoard Board { get; } = new();
    public FakeInterest Interest { get; } = new();
    public FakeCatalog Catalog { get; } = new();
    public FakePrices Prices { get; } = new();
    public FakeCache Cache { get; } = new();
    public FakeWallets Wallets { get; } = new();
    public FakeListener Listener { get; } = new();
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    public IPositionBook Book => Get<IPositionBook>();
    public IPositions Views => Get<IPositions>();
    public IPositionFeed Feed => Get<IPositionFeed>();
    public PnlBoard Pnl => Get<PnlBoard>();
    public PriceWriter Writer => _services.GetServices<IHostedService>().OfType<PriceWriter>().Single();
    public PriceWriterHealth Health => Get<PriceWriterHealth>();
    public FakeLogCollector Logs => _services.GetFakeLogCollector();

    public static async Task<Bench> OpenAsync(Db db) => new(await TestDatabase.CreateAsync(db));

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>A tick: the board first, then the P&amp;L, as the streamer does it.</summary>
    public void Tick(TokenId token, decimal bid, decimal? ask = null, QuoteTrust trust = QuoteTrust.Live) => Pnl.OnQuote(Board.Set(token, bid, ask, trust));

    public static long User(Guid wallet) => wallet == Ana ? 7 : 8;

    public static decimal Usd(Usdc amount) => amount.ToDecimal();

    public Fill AFill(
        Side side, decimal shares, decimal price, Guid? wallet = null, TokenId? token = null, string? trade = null, string? order = null, decimal fee = 0,
        SettlementStatus status = SettlementStatus.Matched)
    {
        var number = Interlocked.Increment(ref _next);
        Clock.Advance(TimeSpan.FromMilliseconds(1)); // ids, and so the order of lists, follow the clock
        return new Fill(
            User(wallet ?? Ana), wallet ?? Ana, Market, "0xc0", token ?? Yes, (token ?? Yes) == Yes ? "Yes" : "No", side, Shares.Floor(shares), Usdc.Floor(shares * price), Usdc.Floor(fee),
            order ?? $"0x{number:x64}", trade ?? $"t{number}", null, "manual", status, Clock.GetUtcNow(), null);
    }

    public Fill ABuy(decimal shares, decimal price, Guid? wallet = null, TokenId? token = null, decimal fee = 0, SettlementStatus status = SettlementStatus.Matched) =>
        AFill(Side.Buy, shares, price, wallet, token, fee: fee, status: status);

    public Fill ASell(decimal shares, decimal price, Guid? wallet = null, TokenId? token = null, decimal fee = 0, SettlementStatus status = SettlementStatus.Matched) =>
        AFill(Side.Sell, shares, price, wallet, token, fee: fee, status: status);

    public Adjustment AnAdjustment(long delta, TokenId? token, decimal? price = null, string kind = "adjust", string? key = null, Guid? wallet = null) =>
        new(User(wallet ?? Ana), wallet ?? Ana, Market, "0xc0", token, token == No ? "No" : "Yes", delta, price, kind, key ?? $"k{Interlocked.Increment(ref _next)}", "test", Clock.GetUtcNow());

    public Task<T> WriteAsync<T>(Func<PolyContext, Task<T>> work) => Database.Workers.WriteAsync((db, _) => work(db), default);

    public Task<T> ReadAsync<T>(Func<PolyContext, Task<T>> work) => Database.Workers.ReadAsync((db, _) => work(db), default);

    /// <summary>Books and tells, as callers do after their commit.</summary>
    public async Task<Booked> TradeAsync(Fill fill)
    {
        var booked = await BookAsync(fill);
        Feed.Publish([booked]);
        return booked;
    }

    public Task<Booked> BookAsync(Fill fill) => WriteAsync(db => Book.BookAsync(db, fill, default));

    public Task<Booked> SettleAsync(Fill fill, SettlementStatus status) => WriteAsync(db => Book.SettleAsync(db, fill.OrderHash, fill.TradeId, status, "0xtx", default));

    public Task<Booked> AdjustAsync(Adjustment adjustment) => WriteAsync(db => Book.AdjustAsync(db, adjustment, default));

    public Task<IReadOnlyList<Booked>> ResolveAsync(decimal yes) => WriteAsync(db => Book.ResolveAsync(db, Market, [Yes, No], [yes, 1 - yes], default));

    public Task<OpenPosition?> OpenAsync(TokenId? token = null, Guid? wallet = null) => ReadAsync(db => Book.OpenAsync(db, wallet ?? Ana, token ?? Yes, default));

    public Task<Funds> FundsAsync(TokenId? token = null, Guid? wallet = null) => ReadAsync(db => Book.FundsAsync(db, wallet ?? Ana, token, default));

    public async Task<decimal> CashAsync(Guid? wallet = null) => (await FundsAsync(wallet: wallet)).Total / 1_000_000m;

    public Task<List<PositionRow>> PositionsAsync() => ReadAsync(db => db.Set<PositionRow>().AsNoTracking().OrderBy(p => p.Id).ToListAsync());

    public Task<List<LedgerRow>> LedgerAsync() => ReadAsync(db => db.Set<LedgerRow>().AsNoTracking().OrderBy(p => p.Sequence).ToListAsync());

    /// <summary>An empty ledger again.</summary>
    public Task<int> ClearAsync() => WriteAsync(async db =>
        await db.Set<PositionRow>().ExecuteDeleteAsync() + await db.Set<CashRow>().ExecuteDeleteAsync() + await db.Set<ReservationRow>().ExecuteDeleteAsync() + await db.Set<LedgerRow>().ExecuteDeleteAsync());

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Database.DisposeAsync();
    }
}
