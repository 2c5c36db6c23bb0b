using System.Collections.Concurrent;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Tests.Trading.Support;

/// <summary>One wallet per user, its id made of the user's.</summary>
internal sealed class FakeWallets : IWallets
{
    public static Guid IdOf(long userId) => new((int)userId, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

    public Task<Wallet> EnsureAsync(long userId, CancellationToken ct) => Task.FromResult(Make(userId));

    public Task<Wallet?> OfUserAsync(long userId, CancellationToken ct) => Task.FromResult<Wallet?>(userId > 0 ? Make(userId) : null);

    /// <summary>Every wallet there is said to be.</summary>
    public List<Wallet> All { get; } = [];

    public Task<IReadOnlyList<Wallet>> ListAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<Wallet>>([.. All]);

    public Task<Result<ITradingAccount>> TradingAccountAsync(Guid walletId, CancellationToken ct) => Task.FromResult<Result<ITradingAccount>>(new Account(walletId));

    public Task<IReadOnlyList<Result<ITradingAccount>>> TradingAccountsAsync(IReadOnlyList<Guid> walletIds, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<Result<ITradingAccount>>>([.. walletIds.Select(id => (Result<ITradingAccount>)new Account(id))]);

    private static long UserOf(Guid walletId) => BitConverter.ToInt32(walletId.ToByteArray());

    private static Wallet Make(long userId) => new(IdOf(userId), userId, "demo", "deposit", 3, "0xOwner", "0xFunder", DateTimeOffset.UnixEpoch);

    private sealed class Account(Guid id) : ITradingAccount
    {
        public Guid WalletId => id;
        public long UserId => UserOf(id);
        public string Owner => "0xOwner";
        public string Funder => "0xFunder";
        public int SignatureType => 3;
        public string ApiKey => id.ToString();

        public (string Hash, string Signature) Sign(in UnsignedOrder order) => throw new NotSupportedException();

        public IReadOnlyList<KeyValuePair<string, string>> SignRequest(string method, string path, ReadOnlySpan<byte> body, DateTimeOffset now) => throw new NotSupportedException();

        public (string ApiKey, string Secret, string Passphrase) SocketCredentials() => throw new NotSupportedException();
    }
}

internal sealed class FakeCatalog : IMarketCatalog
{
    public ConcurrentDictionary<string, Market> Markets { get; } = new();

    public bool Unreachable { get; set; }

    public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) =>
        Unreachable ? throw new VenueException(VenueFailure.Unreachable, "The line is dead.") : ValueTask.FromResult(TryGet(idConditionOrSlug));

    public Market? TryGet(string idConditionOrSlug) => Markets.Values.FirstOrDefault(m => m.Id == idConditionOrSlug || m.ConditionId == idConditionOrSlug || m.Slug == idConditionOrSlug);

    public Market? ByToken(TokenId token) => Markets.Values.FirstOrDefault(m => m.TokenIndex(token) >= 0);

    public Task<Market?> RefreshAsync(string marketId, CancellationToken ct) => Task.FromResult(TryGet(marketId));

    public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();

    public void Viewed(string marketId)
    {
    }
}

/// <summary>Books by token; the board has none, so every read goes to the venue.</summary>
internal sealed class FakeBooks : IQuoteBoard
{
    public ConcurrentDictionary<TokenId, BookSnapshot> Depths { get; } = new();

    public int Slot(TokenId token, Shares minOrderSize) => 0;

    public bool TryRead(TokenId token, out Quote quote)
    {
        quote = default;
        return false;
    }

    public BookSnapshot? Depth(TokenId token) => Depths.GetValueOrDefault(token);
}

internal sealed class FakeMarketData : IMarketData
{
    public ConcurrentDictionary<TokenId, BookSnapshot> Books { get; } = new();

    public bool Unreachable { get; set; }

    public int Reads { get; private set; }

    /// <summary>What happens while a book is being read.</summary>
    public Func<Task>? WhileRead { get; set; }

    public async Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct)
    {
        Reads++;
        if (WhileRead is { } happens)
            await happens();
        return Unreachable ? throw new VenueException(VenueFailure.Unreachable, "The line is dead.") : Books.GetValueOrDefault(token);
    }

    public Task<VenueMarket?> FindAsync(string idConditionOrSlug, CancellationToken ct) => throw new NotSupportedException();
    public Task<VenueMarketPage> ListAsync(MarketFilter filter, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> ByConditionAsync(IReadOnlyCollection<string> conditionIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> SearchAsync(string query, int limit, CancellationToken ct) => throw new NotSupportedException();
    public Task<TradingRules?> RulesAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<TokenId, decimal>?> PayoutsAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<BookSnapshot>> BooksAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct) => throw new NotSupportedException();
    public ConcurrentDictionary<TokenId, IReadOnlyList<PricePoint>> Histories { get; } = new();

    public Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct) => Task.FromResult(Histories.GetValueOrDefault(token, []));
    public Task<DateTimeOffset> TimeAsync(CancellationToken ct) => throw new NotSupportedException();
}

internal sealed class FakeInterest : IQuoteInterest
{
    public ConcurrentQueue<string> Removed { get; } = new();

    public void Add(string marketId)
    {
    }

    public void Remove(string marketId) => Removed.Enqueue(marketId);
}

internal sealed class FakeSlippage : IUserSlippage
{
    public Task<IReadOnlyDictionary<long, decimal>> MaxSlippageAsync(IReadOnlyCollection<long> userIds, CancellationToken ct) =>
        Task.FromResult<IReadOnlyDictionary<long, decimal>>(userIds.ToDictionary(u => u, _ => 0.05m));
}

internal sealed class FakeArming : IExitArming
{
    public ConcurrentQueue<(Guid Position, Price? TakeProfit, Price? StopLoss)> Attached { get; } = new();

    public ConcurrentQueue<(Guid Position, string Reason)> Cancelled { get; } = new();

    public ConcurrentQueue<Guid> Rearmed { get; } = new();

    /// <summary>Positions whose exits memory was told to follow.</summary>
    public ConcurrentQueue<Guid> Followed { get; } = new();

    public Task AttachAsync(PolyContext db, OpenPosition position, Price? takeProfit, Price? stopLoss, CancellationToken ct)
    {
        Attached.Enqueue((position.Id, takeProfit, stopLoss));
        return Task.CompletedTask;
    }

    public Task RearmAsync(PolyContext db, OpenPosition position, CancellationToken ct)
    {
        Rearmed.Enqueue(position.Id);
        return Task.CompletedTask;
    }

    public Task CancelAsync(PolyContext db, Guid positionId, string reason, CancellationToken ct)
    {
        Cancelled.Enqueue((positionId, reason));
        return Task.CompletedTask;
    }

    public void Follow(IEnumerable<Guid> positionIds)
    {
        foreach (var id in positionIds)
            Followed.Enqueue(id);
    }
}

internal sealed class FakeFeed : IPositionFeed
{
    public ConcurrentQueue<Booked> Published { get; } = new();

    public void Publish(IReadOnlyList<Booked> changes)
    {
        foreach (var change in changes)
            Published.Enqueue(change);
    }
}

/// <summary>Positions straight from the ledger.</summary>
internal sealed class FakePositions(WorkerScope workers, IPositionBook book, FakeCatalog catalog) : IPositions
{
    public async Task<PositionView?> GetAsync(long userId, Guid positionId, CancellationToken ct) =>
        await workers.ReadAsync((db, t) => book.FindAsync(db, positionId, t), ct) is { } p && p.UserId == userId ? await ViewAsync(p, ct) : null;

    public async Task<Page<PositionView>> ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct)
    {
        var views = new List<PositionView>();
        foreach (var market in catalog.Markets.Values)
            foreach (var holder in await workers.ReadAsync((db, t) => book.HoldersAsync(db, market.Id, t), ct))
                if (holder.UserId == userId && await workers.ReadAsync((db, t) => book.OpenAsync(db, holder.WalletId, holder.Token, t), ct) is { } open)
                    views.Add(await ViewAsync(open, ct));
        return new Page<PositionView>(views, null);
    }

    public Task<Page<FillView>> FillsAsync(long userId, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<Page<HistoryEntry>> HistoryAsync(long userId, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<string> ExportAsync(long userId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<DayPnl>> PnlByDayAsync(long userId, DateOnly from, DateOnly to, string timeZone, CancellationToken ct) => throw new NotSupportedException();
    public async Task<Portfolio> PortfolioAsync(long userId, CancellationToken ct)
    {
        var cash = await workers.ReadAsync((db, t) => book.FundsAsync(db, FakeWallets.IdOf(userId), null, t), ct);
        return new Portfolio(0, new Usdc(cash.Free), new Usdc(cash.Reserved), cash.Total / 1_000_000m);
    }

    private async Task<PositionView> ViewAsync(OpenPosition p, CancellationToken ct)
    {
        var funds = await workers.ReadAsync((db, t) => book.FundsAsync(db, p.WalletId, p.Token, t), ct);
        return new PositionView(
            p.Id, p.UserId, p.WalletId, p.MarketId, "", "", "", p.Token, p.Outcome, p.Size, p.Confirmed, new Shares(funds.Free), p.EntryPrice, 0, p.FeesPaid, 0, 0, null, null, p.Status, p.Origin, p.OpenedAt, p.OpenedAt);
    }
}
