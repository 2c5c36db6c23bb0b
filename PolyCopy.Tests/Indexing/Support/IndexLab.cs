using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Feeds;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.Telling;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;

namespace PolyCopy.Tests.Indexing.Support;

/// <summary>The indexing module through its door; its loops stand still and are stepped by the test.</summary>
internal sealed class IndexLab : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly int _nodes;
    private readonly bool _owns;
    private readonly IHost _host;

    private IndexLab(TestDatabase database, int nodes, IndexLab? before, IChain? chain = null)
    {
        (_database, _nodes, _owns) = (database, nodes, before is null);
        // a real node has real time, and dates the blocks of a reorganisation some seconds back: what is older than the watch would be history
        Clock = before?.Clock ?? new AwaitedClock(chain is null ? new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero) : TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1));
        Chain = before?.Chain ?? new FakeChain(Clock, nodes);
        History = before?.History ?? new FakeHistory();
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration["Indexing:SmartTraders"] = "0";
        database.AddTo(builder.Services);
        builder.Services.AddLogging();
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddSingleton<IVenueClock>(new SameClock(Clock));
        builder.Services.AddSingleton(chain ?? Chain);
        builder.Services.AddSingleton<ITradeFeed>(new SilentFeed());
        builder.Services.AddSingleton<ITradeHistory>(History);
        builder.Services.AddSingleton<FakeMarkets>();
        builder.Services.AddSingleton<IMarketCatalog>(s => s.GetRequiredService<FakeMarkets>());
        builder.Services.AddSingleton<IMarketData>(s => s.GetRequiredService<FakeMarkets>());
        builder.Services.AddSingleton<ILeaderTradeListener>(Listener);
        builder.Services.AddSingleton<IWatchSource>(Follows);
        builder.Services.AddSingleton<IWallets>(Wallets);
        builder.AddAccounts().AddIndexing();
        _host = builder.Build();
    }

    public AwaitedClock Clock { get; }

    public FakeChain Chain { get; }

    public FakeHistory History { get; }

    public RecordingListener Listener { get; } = new();

    public FakeFollows Follows { get; } = new();

    public FakeWallets Wallets { get; } = new();

    public ILeaders Leaders => Get<ILeaders>();

    public ChainState State => Get<ChainState>();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    /// <param name="provider">Where it is stored.</param>
    /// <param name="nodes">How many nodes the chain has.</param>
    /// <param name="chain">Another chain than the fake one.</param>
    public static async Task<IndexLab> StartAsync(Db provider = Db.Sqlite, int nodes = 1, IChain? chain = null)
    {
        var lab = new IndexLab(await TestDatabase.CreateAsync(provider), nodes, null, chain);
        await lab.LoadAsync();
        return lab;
    }

    /// <summary>As after a kill: another process on the same database and the same chain.</summary>
    public async Task<IndexLab> RestartAsync()
    {
        var lab = new IndexLab(_database, _nodes, this);
        await lab.LoadAsync();
        return lab;
    }

    public async Task<string> WatchAsync(Address leader)
    {
        (await Leaders.WatchAsync(leader.ToString(), "leader", "test", default)).IsOk.Should().BeTrue();
        await Get<WatchKeeper>().WalletsAsync(default);
        return leader.ToLower();
    }

    /// <summary>Two seconds later: reads the chain and tells what it found.</summary>
    public async Task<bool> RoundAsync()
    {
        Clock.Advance(TimeSpan.FromSeconds(2));
        var read = await Get<ChainListener>().RoundAsync(default);
        await TellAsync();
        return read;
    }

    public async Task TellAsync()
    {
        while (await Get<Teller>().TellAsync(default) > 0)
        {
            // until there is nothing more
        }
    }

    /// <summary>The feed tells.</summary>
    public async Task HearAsync(params FeedTrade[] trades)
    {
        await Get<TradeBook>().StoreFeedAsync(trades, LeaderTradeSource.Rtds, isHistory: false, Get<WatchBook>().Now, default);
        await TellAsync();
    }

    public async Task AuditAsync()
    {
        await Get<Auditor>().AuditAsync(default);
        await TellAsync();
    }

    public Task<List<LeaderTradeRow>> RowsAsync() => _database.Workers.ReadAsync((db, ct) => db.Set<LeaderTradeRow>().AsNoTracking().OrderBy(t => t.Seq).ToListAsync(ct), default);

    public Task<int> WriteAsync(Func<PolyContext, CancellationToken, Task<int>> work) => _database.Workers.WriteAsync(work, default);

    public FeedTrade Told(Address wallet, Side side, long token, decimal shares, decimal price, Bytes32? transaction = null, int occurrence = 0) => new(
        wallet.ToLower(), (transaction ?? FakeLog.NewTransaction()).ToString(), TokenId.Parse($"{token}"), null, "Yes", side, Shares.Floor(shares), price, occurrence, "trades", Clock.GetUtcNow(), "somebody");

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        if (_owns)
            await _database.DisposeAsync();
    }

    private async Task LoadAsync()
    {
        await Get<WatchStore>().LoadAsync(default);
        await Get<ChainListener>().LoadAsync(default);
    }

    private sealed class SameClock(TimeProvider clock) : IVenueClock
    {
        public DateTimeOffset UtcNow => clock.GetUtcNow();
    }

    private sealed class SilentFeed : ITradeFeed
    {
        public Task<string> RunAsync(ITradeFeedListener listener, CancellationToken ct) => Task.FromResult("silent");
    }
}

/// <summary>Writes down what it is told, as one line each.</summary>
internal sealed class RecordingListener : ILeaderTradeListener
{
    public List<string> Heard { get; } = [];

    public List<LeaderTrade> Trades { get; } = [];

    public List<LeaderMove> Moves { get; } = [];

    /// <summary>Throws for leaders in here.</summary>
    public HashSet<string> Refuses { get; } = [];

    public Task TradesAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct)
    {
        Check(trades[0].Leader);
        Trades.AddRange(trades);
        Heard.AddRange(trades.Select(t => $"{t.Side} {t.Shares} of {t.Token} at {t.Price:0.00}"));
        return Task.CompletedTask;
    }

    public Task RemovedAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct)
    {
        Check(trades[0].Leader);
        Heard.AddRange(trades.Select(t => $"not {t.Side} {t.Shares} of {t.Token}"));
        return Task.CompletedTask;
    }

    public Task MovedAsync(IReadOnlyList<LeaderMove> moves, CancellationToken ct)
    {
        Check(moves[0].Leader);
        Moves.AddRange(moves);
        Heard.AddRange(moves.Select(m => $"{m.Kind} {m.Delta / 1_000_000m:0.##} of {m.Token}, had {m.HeldBefore / 1_000_000m:0.##}"));
        return Task.CompletedTask;
    }

    private void Check(string leader)
    {
        if (Refuses.Contains(leader))
            throw new InvalidOperationException("not now");
    }
}

internal sealed class FakeFollows : IWatchSource
{
    public HashSet<string> Wanted { get; } = [];

    public Task<IReadOnlyCollection<string>> LeadersAsync(CancellationToken ct) => Task.FromResult<IReadOnlyCollection<string>>([.. Wanted]);
}

internal sealed class FakeHistory : ITradeHistory
{
    public List<FeedTrade> Trades { get; } = [];

    public Dictionary<TokenId, Shares> Holdings { get; } = [];

    public VenueException? Fault { get; set; }

    public Task<IReadOnlyList<FeedTrade>> TradesAsync(string wallet, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        Fault is { } fault ? Task.FromException<IReadOnlyList<FeedTrade>>(fault)
        : Task.FromResult<IReadOnlyList<FeedTrade>>([.. Trades.Where(t => t.Wallet == wallet && t.At >= from && t.At <= to).OrderBy(t => t.At)]);

    public Task<IReadOnlyDictionary<TokenId, Shares>> HoldingsAsync(string wallet, CancellationToken ct) => Task.FromResult<IReadOnlyDictionary<TokenId, Shares>>(Holdings);

    public decimal? Value { get; set; }

    public Task<decimal?> ValueAsync(string wallet, CancellationToken ct) => Fault is { } fault ? Task.FromException<decimal?>(fault) : Task.FromResult(Value);

    public Task<IReadOnlyList<BoardRow>> LeaderboardAsync(int limit, CancellationToken ct) => Task.FromResult<IReadOnlyList<BoardRow>>([]);
}

/// <summary>Knows the markets it is given.</summary>
internal sealed class FakeMarkets : IMarketCatalog, IMarketData
{
    public ConcurrentDictionary<TokenId, Market> Known { get; } = new();

    public ConcurrentDictionary<TokenId, string> Conditions { get; } = new();

    /// <summary>An open Yes/No market at 0.50 whose Yes is this token.</summary>
    public Market Add(long token, decimal liquidity = 5_000, DateTimeOffset updatedAt = default) => Known[TokenId.Parse($"{token}")] = new Market(
        $"m{token}", $"0xc{token}", "Will it rain?", $"rain-{token}", ["Yes", "No"], [TokenId.Parse($"{token}"), TokenId.Parse($"9{token}")], [0.5m, 0.5m], null, "poll", updatedAt, updatedAt, new Price(100), new Shares(5_000_000), false, "v1",
        FeeSchedule.None, TimeSpan.Zero, true, false, true, null, null, null, 0, liquidity, null, null, null, null, null, [], null);

    public Market? ByToken(TokenId token) => Known.GetValueOrDefault(token);

    public Task<string?> ConditionOfAsync(TokenId token, CancellationToken ct) => Task.FromResult(Conditions.GetValueOrDefault(token));

    public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => ValueTask.FromResult(Known.Values.FirstOrDefault(m => m.ConditionId == idConditionOrSlug));

    public Market? TryGet(string idConditionOrSlug) => Known.Values.FirstOrDefault(m => m.ConditionId == idConditionOrSlug);

    public void Viewed(string marketId)
    {
    }

    /// <summary>What the venue says when it is asked again.</summary>
    public ConcurrentDictionary<string, Market> Later { get; } = new();

    public Task<Market?> RefreshAsync(string marketId, CancellationToken ct)
    {
        if (!Later.TryGetValue(marketId, out var market))
            throw new VenueException(VenueFailure.Unreachable, "the venue is away");
        foreach (var token in market.Tokens)
            Known[token] = market;
        return Task.FromResult<Market?>(market);
    }

    public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    Task<VenueMarket?> IMarketData.FindAsync(string idConditionOrSlug, CancellationToken ct) => throw new NotSupportedException();
    public Task<VenueMarketPage> ListAsync(MarketFilter filter, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> ByConditionAsync(IReadOnlyCollection<string> conditionIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> SearchAsync(string query, int limit, CancellationToken ct) => throw new NotSupportedException();
    public Task<TradingRules?> RulesAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<TokenId, decimal>?> PayoutsAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<BookSnapshot>> BooksAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct) => throw new NotSupportedException();
    public Task<DateTimeOffset> TimeAsync(CancellationToken ct) => throw new NotSupportedException();
}
