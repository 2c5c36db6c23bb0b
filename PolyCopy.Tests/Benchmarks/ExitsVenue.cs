using System.Collections.Concurrent;
using System.Diagnostics;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Benchmarks;

/// <summary>Signs like the real adapter, notes when each POST would leave, and fills all of every order at once.</summary>
internal sealed class InstantVenue(TimeProvider clock) : ITradingVenue, IUserChannel
{
    private readonly ConcurrentDictionary<string, VenueFill> _fills = new();
    private readonly ConcurrentDictionary<string, OrderDraft> _drafts = new();

    public ConcurrentQueue<(string Hash, Guid Wallet, long At)> Posts { get; } = new();

    public SignedOrder Sign(ITradingAccount account, OrderDraft draft)
    {
        var timestamp = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var salt = Random.Shared.NextInt64(1, Order.MaxSalt);
        var (hash, signature) = account.Sign(new UnsignedOrder(salt, draft.Token, draft.Side, draft.MakerAmount, draft.TakerAmount, timestamp, draft.NegRisk, draft.Version));
        var maker = Address.Parse(account.Funder);
        var order = new Order(salt, maker, maker, (UInt256)draft.Token, draft.MakerAmount, draft.TakerAmount, draft.Side, SignatureType.DepositWallet, timestamp);
        _drafts[hash] = draft;
        return new SignedOrder(hash, OrderBody.Write(order, Hex.Read(signature), account.ApiKey, "FAK", false));
    }

    public Task<IReadOnlyList<PostAnswer>> PostAsync(IReadOnlyList<OutgoingOrder> batch, CancellationToken ct)
    {
        var at = Stopwatch.GetTimestamp();
        var answers = new List<PostAnswer>(batch.Count);
        foreach (var order in batch)
        {
            Posts.Enqueue((order.Hash, order.Account.WalletId, at));
            var draft = _drafts[order.Hash];
            var trade = $"t{order.Hash}";
            _fills[order.Hash] = new VenueFill(order.Hash, trade, FixedMarket.Condition, draft.Token, draft.Side, new Shares(draft.Side == Side.Sell ? draft.MakerAmount : draft.TakerAmount), new Usdc(draft.Side == Side.Sell ? draft.TakerAmount : draft.MakerAmount), true, SettlementStatus.Confirmed, clock.GetUtcNow(), null);
            answers.Add(new PostAnswer(order.Hash, PostStatus.Matched, draft.MakerAmount, draft.TakerAmount, [trade], null, null));
        }
        return Task.FromResult<IReadOnlyList<PostAnswer>>(answers);
    }

    public Task<OrderLookup> LookupAsync(ITradingAccount account, string hash, DateTimeOffset since, CancellationToken ct) =>
        Task.FromResult(new OrderLookup(null, _fills.TryGetValue(hash, out var fill) ? [fill] : []));

    public Task<IReadOnlyList<CancelAnswer>> CancelAsync(ITradingAccount account, IReadOnlyCollection<string> hashes, CancellationToken ct) => Task.FromResult<IReadOnlyList<CancelAnswer>>([.. hashes.Select(h => new CancelAnswer(h, null))]);
    public Task<IReadOnlyList<VenueOrder>> OpenOrdersAsync(ITradingAccount account, CancellationToken ct) => Task.FromResult<IReadOnlyList<VenueOrder>>([]);
    public Task<IReadOnlyList<VenueFill>> FillsAsync(ITradingAccount account, DateTimeOffset? after, CancellationToken ct) => Task.FromResult<IReadOnlyList<VenueFill>>([]);
    public Task<long> BalanceAsync(ITradingAccount account, TokenId? token, bool refresh, CancellationToken ct) => throw new VenueException(VenueFailure.Unreachable, "balances are not measured");
    public Task RunAsync(ITradingAccount account, IUserChannelListener listener, CancellationToken ct) => Task.Delay(Timeout.Infinite, ct);
}

internal sealed class WallClock(TimeProvider clock) : IVenueClock
{
    public DateTimeOffset UtcNow => clock.GetUtcNow();
}

/// <summary>Gives everybody a key.</summary>
internal sealed class OpenDoor : ITradingAuth
{
    private static readonly ApiCredentials Key = new("00000000-0000-0000-0000-000000000001", Convert.ToBase64String(new byte[32]), "pass");

    public Task<ApiCredentials?> DeriveAsync(IReadOnlyList<KeyValuePair<string, string>> l1Headers, CancellationToken ct) => Task.FromResult<ApiCredentials?>(Key);
    public Task<ApiCredentials?> CreateAsync(IReadOnlyList<KeyValuePair<string, string>> l1Headers, CancellationToken ct) => Task.FromResult<ApiCredentials?>(Key);
}

/// <summary>One market whose quote the benchmark sets.</summary>
internal sealed class FixedMarket : IMarketCatalog, IMarketPrices, IMarketData, IQuoteBoard, IQuoteInterest
{
    public const string Id = "1";
    public const string Condition = "0x0000000000000000000000000000000000000000000000000000000000000001";
    public static readonly TokenId Yes = TokenId.Parse("111061902544814266207267295505639408607400625795891618462682726460921782993748");
    private static readonly TokenId No = TokenId.Parse("42038775866198212615491650114881818219665139981763207699110491615333273795415");

    private static readonly Market Market = new(
        Id, Condition, "?", "m", ["Yes", "No"], [Yes, No], [0.5m, 0.5m], 0.5m, "poll", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, new Price(100), new Shares(5 * Shares.Scale),
        false, "v1", FeeSchedule.None, TimeSpan.Zero, true, false, true, null, null, null, 0, 0, null, null, null, null, null, [], null);

    private long _version;

    /// <summary>For the quotes of other markets, too.</summary>
    public QuoteBoard Board { get; } = new();

    public Quote Set(Price bid)
    {
        var quote = new Quote(Slot(Yes, Shares.Zero), Yes, bid, new Price(bid.TenThousandths + 100), bid, default, 0, Stopwatch.GetTimestamp(), ++_version, QuoteTrust.Live);
        Board.Write(quote);
        return quote;
    }

    public int Slot(TokenId token, Shares minOrderSize) => Board.Slot(token, minOrderSize);

    public bool TryRead(TokenId token, out Quote quote) => Board.TryRead(token, out quote);

    public BookSnapshot? Depth(TokenId token) =>
        TryRead(token, out var quote) ? new BookSnapshot(token, Condition, [new Level(quote.BestBid, new Shares(100_000_000 * Shares.Scale))], [new Level(quote.BestAsk, new Shares(100_000_000 * Shares.Scale))], new Price(100), new Shares(5 * Shares.Scale), false, null, default, "") : null;

    public void Add(string marketId) { }
    public void Remove(string marketId) { }
    public void Viewed(string marketId) { }
    public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => new(TryGet(idConditionOrSlug));
    public Market? TryGet(string idConditionOrSlug) => idConditionOrSlug is Id or Condition ? Market : null;
    public Market? ByToken(TokenId token) => token == Yes || token == No ? Market : null;
    public Task<Market?> RefreshAsync(string marketId, CancellationToken ct) => Task.FromResult(TryGet(marketId));
    public Task WriteAsync(IReadOnlyList<MarketPrice> prices, CancellationToken ct) => Task.CompletedTask;
    public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct) => Task.FromResult(Depth(token));
    public Task<IReadOnlyList<BookSnapshot>> BooksAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct) => Task.FromResult<IReadOnlyList<BookSnapshot>>([]);
    public Task<VenueMarketPage> ListAsync(MarketFilter filter, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> ByConditionAsync(IReadOnlyCollection<string> conditionIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> SearchAsync(string query, int limit, CancellationToken ct) => throw new NotSupportedException();
    public Task<TradingRules?> RulesAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<TokenId, decimal>?> PayoutsAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<PricePoint>>([.. Enumerable.Range(1, 9).Select(i => new PricePoint(TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(10 - i), 0.46m))]);
    public Task<DateTimeOffset> TimeAsync(CancellationToken ct) => throw new NotSupportedException();
    Task<VenueMarket?> IMarketData.FindAsync(string idConditionOrSlug, CancellationToken ct) => throw new NotSupportedException();
}
