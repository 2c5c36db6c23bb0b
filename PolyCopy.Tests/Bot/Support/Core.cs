using System.Collections.Concurrent;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Bot.Support;

/// <summary>The core as the bot sees it, with what a test wants to be there. Users, events and the bot's state are the real ones.</summary>
internal sealed class Core(IAccounts accounts) : IOnboarding, IMarketCatalog, IMarketData, IPositions, ITrading, IExits, ICoreStatus
{
    public const string MarketId = "2589812";
    public static readonly TokenId Yes = TokenId.Parse("111");
    public static readonly TokenId No = TokenId.Parse("222");
    public static readonly Guid PositionId = Guid.Parse("01930000-0000-7000-8000-0000000000aa");

    public ConcurrentDictionary<string, Market> Markets { get; } = new() { [MarketId] = AMarket() };

    public List<PositionView> Held { get; } = [];

    public ConcurrentQueue<(long User, string Key, PlaceOrder Order)> Placed { get; } = new();

    public ConcurrentQueue<(Guid Position, object Change)> Exits { get; } = new();

    public ConcurrentQueue<(long? User, bool Paused)> Pauses { get; } = new();

    public string? Paused { get; set; }

    /// <summary>Runs inside every read of the portfolio: a test may hold it or fail it.</summary>
    public Func<long, Task> BeforePortfolio { get; set; } = _ => Task.CompletedTask;

    public Func<PlaceOrder, Task<Result<OrderPlaced>>> Venue { get; set; } = order => Task.FromResult<Result<OrderPlaced>>(new OrderPlaced(Guid.Parse("01930000-0000-7000-8000-0000000000bb"), "0xabcdef0123456789", "filled", new Shares(20_000_000), 0.45m, PositionId));

    public static Market AMarket(string id = MarketId, string question = "Will it rain?", string slug = "will-it-rain") => new(
        id, "0x" + new string('a', 64), question, slug, ["Yes", "No"], [Yes, No], [0.45m, 0.55m], 0.445m, "poll", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch,
        new Price(100), new Shares(5_000_000), false, "v1", default, TimeSpan.Zero, true, false, true, null, null, new DateTimeOffset(2026, 12, 31, 0, 0, 0, TimeSpan.Zero), 1_000, 5_000, null, null, null, null, null, ["Weather"], null);

    public static PositionView APosition(long user) => new(
        PositionId, user, Guid.Empty, MarketId, "0x", "Will it rain?", "will-it-rain", Yes, "Yes", new Shares(20_000_000), new Shares(15_000_000), new Shares(15_000_000), 0.45m, 0.50m, new Usdc(20_000), 0.98m, 10.9m,
        new Price(7_000), new Price(3_000), "active", "manual", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);

    public async Task<Result<User>> WelcomeAsync(long userId, string? username, CancellationToken ct) => await accounts.RegisterAsync(userId, username, ct);

    public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => ValueTask.FromResult(TryGet(idConditionOrSlug));

    public Market? TryGet(string idConditionOrSlug) => Markets.Values.FirstOrDefault(m => m.Id == idConditionOrSlug || m.Slug == idConditionOrSlug);

    public Market? ByToken(TokenId token) => Markets.Values.FirstOrDefault(m => m.TokenIndex(token) >= 0);

    public Task<Market?> RefreshAsync(string marketId, CancellationToken ct) => Task.FromResult(TryGet(marketId));

    public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct)
    {
        var found = Markets.Values.Where(m => search is null || m.Question.Contains(search, StringComparison.OrdinalIgnoreCase)).OrderBy(m => m.Id, StringComparer.Ordinal).Where(m => cursor is null || string.CompareOrdinal(m.Id, cursor) > 0).ToList();
        return Task.FromResult(new Page<Market>([.. found.Take(limit)], found.Count > limit ? found[limit - 1].Id : null));
    }

    public void Viewed(string marketId)
    {
    }

    public Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct) => Task.FromResult<BookSnapshot?>(new BookSnapshot(
        token, "0x", [new Level(new Price(token == Yes ? 4_400 : 5_500), new Shares(1_000_000_000))], [new Level(new Price(token == Yes ? 4_500 : 5_600), new Shares(1_000_000_000))], new Price(100), new Shares(5_000_000), false, null, DateTimeOffset.UnixEpoch, "1"));

    public Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<PricePoint>>([.. Enumerable.Range(0, 48).Select(i => new PricePoint(new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero).AddMinutes(30 * i), 0.40m + (0.001m * i)))]);

    Task<VenueMarket?> IMarketData.FindAsync(string idConditionOrSlug, CancellationToken ct) => throw new NotSupportedException();
    public Task<VenueMarketPage> ListAsync(MarketFilter filter, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> ByConditionAsync(IReadOnlyCollection<string> conditionIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> SearchAsync(string query, int limit, CancellationToken ct) => throw new NotSupportedException();
    public Task<TradingRules?> RulesAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<TokenId, decimal>?> PayoutsAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<BookSnapshot>> BooksAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct) => throw new NotSupportedException();
    public Task<DateTimeOffset> TimeAsync(CancellationToken ct) => throw new NotSupportedException();

    Task<Page<PositionView>> IPositions.ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<PositionView>([.. Held.Where(p => p.UserId == userId)], null));

    Task<PositionView?> IPositions.GetAsync(long userId, Guid positionId, CancellationToken ct) => Task.FromResult(Held.FirstOrDefault(p => p.UserId == userId && p.Id == positionId));

    public Task<Page<FillView>> FillsAsync(long userId, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<FillView>([], null));

    public Task<Page<HistoryEntry>> HistoryAsync(long userId, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<HistoryEntry>([], null));

    public Task<string> ExportAsync(long userId, CancellationToken ct) => Task.FromResult("time,kind\r\n");

    public Task<IReadOnlyList<DayPnl>> PnlByDayAsync(long userId, DateOnly from, DateOnly to, string timeZone, CancellationToken ct) => Task.FromResult<IReadOnlyList<DayPnl>>([new DayPnl(to, new Usdc(12_340_000), new Usdc(120_000))]);

    public async Task<Portfolio> PortfolioAsync(long userId, CancellationToken ct)
    {
        await BeforePortfolio(userId).WaitAsync(ct);
        return new Portfolio(25.5m, new Usdc(970_000_000), new Usdc(4_500_000), 1_000m);
    }

    public Task<Result<OrderPreview>> PreviewAsync(long userId, PlaceOrder order, CancellationToken ct)
    {
        var price = order.LimitPrice ?? 0.45m;
        var shares = order.Shares ?? order.AmountUsd!.Value / price;
        return Task.FromResult<Result<OrderPreview>>(new OrderPreview(order.MarketId, order.Outcome, order.Side, order.Type, Shares.Floor(shares), price, new Price(4_700), new Price(4_500), Usdc.Floor(shares * price), new Usdc(20_000), Usdc.Floor((shares * price) + 0.02m), true, []));
    }

    public Task<Result<OrderPlaced>> PlaceAsync(long userId, string idempotencyKey, PlaceOrder order, CancellationToken ct)
    {
        Placed.Enqueue((userId, idempotencyKey, order));
        return Venue(order);
    }

    public Task<Result<OrderView>> CancelAsync(long userId, Guid orderId, CancellationToken ct) => Task.FromResult<Result<OrderView>>(new Error("order.unknown", "There is no such order."));

    Task<OrderView?> ITrading.GetAsync(long userId, Guid orderId, CancellationToken ct) => Task.FromResult<OrderView?>(null);

    Task<Page<OrderView>> ITrading.ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<OrderView>([], null));

    public Task<Result<OrderPlaced>> CloseAsync(long userId, string idempotencyKey, Guid positionId, decimal fraction, CancellationToken ct) => throw new NotSupportedException();

    public Task<Result<SyncReport>> SyncAsync(long userId, CancellationToken ct) => Task.FromResult<Result<SyncReport>>(new SyncReport(1, 2, 0, DateTimeOffset.UnixEpoch));

    public Task PauseAsync(long? userId, bool paused, string reason, string by, CancellationToken ct)
    {
        Pauses.Enqueue((userId, paused));
        Paused = paused ? reason : null;
        return Task.CompletedTask;
    }

    public Task<string?> PausedAsync(long userId, CancellationToken ct) => Task.FromResult(Paused);

    public Task<Result<PositionView>> SetTpSlAsync(long userId, Guid positionId, TpSl change, CancellationToken ct)
    {
        Exits.Enqueue((positionId, change));
        return Task.FromResult<Result<PositionView>>(Held[0]);
    }

    public Task<Result<ExitView>> ArmAsync(long userId, Guid positionId, ArmExit exit, CancellationToken ct)
    {
        Exits.Enqueue((positionId, exit));
        return Task.FromResult<Result<ExitView>>(new ExitView(Guid.Empty, positionId, MarketId, exit.Kind, exit.TriggerPrice is { } t && Price.TryFromDecimal(t, out var p) ? p : null, exit.Trail is { } d && Price.TryFromDecimal(d, out var q) ? q : null,
            null, exit.Fraction, null, 0, null, null, null, null, null, null, "armed", null, Shares.Zero, DateTimeOffset.UnixEpoch));
    }

    public Task<Result<ExitView>> DisarmAsync(long userId, Guid positionId, Guid exitId, CancellationToken ct) => Task.FromResult<Result<ExitView>>(new Error("exit.unknown", "There is no such exit."));

    Task<Page<ExitView>> IExits.ListAsync(long userId, Guid? positionId, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<ExitView>([], null));

    public ValueTask<Profile> ProfileAsync(CancellationToken ct) => ValueTask.FromResult(Profile.Demo);

    public Task<StreamReport> FeedAsync(CancellationToken ct) => Task.FromResult(new StreamReport("healthy", true, true, 1, null, new StreamerStats(true, true, new WebSocketStats(true, 1, 2, 1, 0, 0, 0, 0, 0, 0), new MarketUpdaterStats(1), 0)));
}
