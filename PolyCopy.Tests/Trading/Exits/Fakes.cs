using System.Collections.Concurrent;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Trading.Exits;

/// <summary>A quote board the test writes.</summary>
internal sealed class FakeBoard(TimeProvider clock) : IQuoteBoard, IQuoteInterest
{
    private readonly ConcurrentDictionary<TokenId, int> _slots = new();
    private readonly ConcurrentDictionary<TokenId, Quote> _quotes = new();
    private readonly ConcurrentDictionary<TokenId, BookSnapshot> _books = new();
    private long _version;

    public HashSet<string> Interest { get; } = [];

    public int Slot(TokenId token, Shares minOrderSize) => _slots.GetOrAdd(token, _ => _slots.Count);

    public bool TryRead(TokenId token, out Quote quote) => _quotes.TryGetValue(token, out quote);

    public BookSnapshot? Depth(TokenId token) => TryRead(token, out var quote) && quote.Trust is QuoteTrust.Live or QuoteTrust.Rest ? _books.GetValueOrDefault(token) : null;

    public void Add(string marketId) => Interest.Add(marketId);

    public void Remove(string marketId) => Interest.Remove(marketId);

    public void Set(TokenId token, decimal bid, decimal ask, params (decimal Price, decimal Size)[] bids)
    {
        if (bids.Length == 0)
            bids = [(bid, 100_000)];
        _books[token] = FakeVenueBooks.ABook(token, ask, bids);
        _quotes[token] = new Quote(Slot(token, default), token, Build.P(bid), Build.P(ask), Build.P(bid), Price.Zero, 0, clock.GetTimestamp(), ++_version, QuoteTrust.Live);
    }

    public void Trust(TokenId token, QuoteTrust trust) => _quotes[token] = _quotes[token] with { Trust = trust };
}

/// <summary>REST books the test writes; everything else of the venue is out of reach.</summary>
internal sealed class FakeVenueBooks : IMarketData
{
    public ConcurrentDictionary<TokenId, BookSnapshot> Books { get; } = new();

    public bool Down { get; set; }

    public int Reads { get; private set; }

    public static BookSnapshot ABook(TokenId token, decimal ask, params (decimal Price, decimal Size)[] bids) => new(
        token, "0x01", [.. bids.Where(b => b.Price > 0).Select(b => new Level(Build.P(b.Price), Build.S(b.Size)))], ask >= 1 ? [] : [new Level(Build.P(ask), Build.S(1_000))],
        Build.P(0.01m), Build.S(5), false, null, DateTimeOffset.UnixEpoch, "1");

    public Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct)
    {
        Reads++;
        return Down ? throw new VenueException(VenueFailure.Unreachable, "down") : Task.FromResult(Books.GetValueOrDefault(token));
    }

    public async Task<IReadOnlyList<BookSnapshot>> BooksAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct)
    {
        var books = new List<BookSnapshot>();
        foreach (var token in tokens)
            if (await BookAsync(token, ct) is { } book)
                books.Add(book);
        return books;
    }

    public Task<VenueMarket?> FindAsync(string idConditionOrSlug, CancellationToken ct) => throw new NotSupportedException();
    public Task<VenueMarketPage> ListAsync(MarketFilter filter, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> ByConditionAsync(IReadOnlyCollection<string> conditionIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> SearchAsync(string query, int limit, CancellationToken ct) => throw new NotSupportedException();
    public Task<TradingRules?> RulesAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<TokenId, decimal>?> PayoutsAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct) => throw new NotSupportedException();
    public Task<DateTimeOffset> TimeAsync(CancellationToken ct) => throw new NotSupportedException();
}

/// <summary>One market with two outcomes and a tick of a cent.</summary>
internal sealed class FakeMarkets : IMarketCatalog
{
    public static readonly TokenId Yes = TokenId.Parse("1001");
    public static readonly TokenId No = TokenId.Parse("1002");

    public Market Market { get; set; } = new(
        "7", "0x07", "Will it rain?", "rain", ["Yes", "No"], [Yes, No], [0.5m, 0.5m], 0.5m, "poll", default, default, Build.P(0.01m), Build.S(5), false, "v1", FeeSchedule.None, TimeSpan.Zero,
        true, false, true, null, null, new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), 0, 0, null, null, null, null, null, [], null);

    public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => new(TryGet(idConditionOrSlug));
    public Market? TryGet(string idConditionOrSlug) => idConditionOrSlug == Market.Id ? Market : null;
    public Market? ByToken(TokenId token) => Market.Tokens.Contains(token) ? Market : null;
    public Task<Market?> RefreshAsync(string marketId, CancellationToken ct) => Task.FromResult(TryGet(marketId));
    public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public void Viewed(string marketId) { }
}

/// <summary>Positions in memory: what the ledger would say.</summary>
internal sealed class FakePositions(Func<IEnumerable<IPositionListener>> listeners) : IPositionBook, IPositions
{
    private readonly ConcurrentDictionary<Guid, OpenPosition> _positions = new();
    private readonly ConcurrentDictionary<Guid, long> _reserved = new();
    private long _revision;

    public ConcurrentDictionary<Guid, (Price? TakeProfit, Price? StopLoss)> Projections { get; } = new();

    public OpenPosition this[Guid id] => _positions[id];

    public Task<IReadOnlyList<Exposure>> ExposuresAsync(PolyContext db, IReadOnlyCollection<long>? userIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<Realised>> RealisedAsync(PolyContext db, DateTimeOffset since, IReadOnlyCollection<long>? userIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<ShareMove>> MovesAsync(PolyContext db, IReadOnlyCollection<(Guid WalletId, TokenId Token)> of, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<Guid, Usdc>> RealisedAsync(PolyContext db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<Guid, DateTimeOffset>> ConfirmedAsync(PolyContext db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct) => throw new NotSupportedException();

    public IEnumerable<OpenPosition> All => _positions.Values;

    public OpenPosition Open(long user, TokenId token, Shares size, Shares sellable, decimal entry)
    {
        var revision = Interlocked.Increment(ref _revision);
        var id = new Guid((int)revision, 1, 1, new byte[8]);
        var wallet = new Guid((int)user, 2, 2, new byte[8]);
        var position = new OpenPosition(id, user, wallet, "7", token, token == FakeMarkets.Yes ? "Yes" : "No", "active", "manual",
            size, size - sellable, sellable, sellable, Usdc.Floor(size.ToDecimal() * entry), Usdc.Zero, Usdc.Zero, revision, DateTimeOffset.UnixEpoch);
        return _positions[id] = position;
    }

    /// <summary>Shares come or go, settled.</summary>
    public OpenPosition Change(Guid id, long micros, bool settled = true, bool tell = true)
    {
        var before = _positions[id];
        var size = new Shares(before.Size.Micros + micros);
        var closed = size.Micros < 10_000;
        var after = before with
        {
            Size = size,
            Sellable = settled ? new Shares(before.Sellable.Micros + micros) : before.Sellable,
            Settling = settled ? before.Settling : new Shares(before.Settling.Micros + micros),
            Status = closed ? "closed" : "active",
            Revision = Interlocked.Increment(ref _revision),
        };
        _positions[id] = after;
        if (!tell)
            return after;
        Tell(new Booked(true, after, before.Status == "closed" && !closed, closed, micros, settled ? micros : 0, Usdc.Zero));
        return after;
    }

    /// <summary>Shares that were bought are on chain now.</summary>
    public void SettleShares(Guid id)
    {
        var before = _positions[id];
        _positions[id] = before with { Sellable = before.Size, Settling = Shares.Zero, Revision = Interlocked.Increment(ref _revision) };
        Tell(new Booked(false, _positions[id], false, false, 0, before.Settling.Micros, Usdc.Zero));
    }

    public void Tell(Booked booked)
    {
        foreach (var listener in listeners())
            listener.Committed([booked]);
    }

    public Shares Free(Guid id) => _positions[id].Sellable - new Shares(_reserved.GetValueOrDefault(id));

    public void Reserve(Guid id, long micros) => _reserved.AddOrUpdate(id, micros, (_, now) => now + micros);

    public Task<IReadOnlyList<OpenPosition?>> FindAsync(PolyContext db, IReadOnlyList<Guid> positionIds, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<OpenPosition?>>([.. positionIds.Select(id => _positions.GetValueOrDefault(id))]);

    public Task ProjectExitsAsync(PolyContext db, Guid positionId, Price? takeProfit, Price? stopLoss, CancellationToken ct)
    {
        Projections[positionId] = (takeProfit, stopLoss);
        return Task.CompletedTask;
    }

    public Task<PositionView?> GetAsync(long userId, Guid positionId, CancellationToken ct)
    {
        if (_positions.GetValueOrDefault(positionId) is not { } p || p.UserId != userId)
            return Task.FromResult<PositionView?>(null);
        var (take, stop) = Projections.GetValueOrDefault(positionId);
        return Task.FromResult<PositionView?>(new PositionView(
            p.Id, p.UserId, p.WalletId, p.MarketId, "0x07", "Will it rain?", "rain", p.Token, p.Outcome, p.Size, p.Confirmed, p.Sellable, p.EntryPrice, 0, p.FeesPaid, 0, 0,
            take, stop, p.Status, p.Origin, p.OpenedAt, p.OpenedAt));
    }

    public Task<Page<PositionView>> ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<Page<FillView>> FillsAsync(long userId, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<Page<HistoryEntry>> HistoryAsync(long userId, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<string> ExportAsync(long userId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<DayPnl>> PnlByDayAsync(long userId, DateOnly from, DateOnly to, string timeZone, CancellationToken ct) => throw new NotSupportedException();
    public Task<Portfolio> PortfolioAsync(long userId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<Booked>> BookAsync(PolyContext db, IReadOnlyList<Fill> fills, CancellationToken ct) => throw new NotSupportedException();
    public Task<Booked> SettleAsync(PolyContext db, string orderHash, string tradeId, SettlementStatus status, string? transactionHash, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<Booked>> ResolveAsync(PolyContext db, string marketId, IReadOnlyList<TokenId> tokens, IReadOnlyList<decimal> payouts, CancellationToken ct) => throw new NotSupportedException();
    public Task<Booked> AdjustAsync(PolyContext db, Adjustment adjustment, CancellationToken ct) => throw new NotSupportedException();
    public Task<bool> IsAdjustedAsync(PolyContext db, string key, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<Result<Reservation>>> ReserveAsync(PolyContext db, IReadOnlyList<Reserve> requests, CancellationToken ct) => throw new NotSupportedException();
    public Task ReleaseAsync(PolyContext db, IReadOnlyCollection<Release> orders, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<UnsettledFill>> UnsettledAsync(PolyContext db, Guid? walletId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<Holder>> HoldersAsync(PolyContext db, string marketId, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<HoldingWallet>> HoldingWalletsAsync(PolyContext db, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<Funds>> FundsAsync(PolyContext db, IReadOnlyList<FundsOf> of, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<OpenPosition?>> OpenAsync(PolyContext db, IReadOnlyList<(Guid WalletId, TokenId Token)> of, CancellationToken ct) => throw new NotSupportedException();
}
