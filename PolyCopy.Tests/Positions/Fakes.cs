using System.Collections.Concurrent;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Tests.Positions;

internal sealed class FakeInterest : IQuoteInterest
{
    public ConcurrentQueue<string> Said { get; } = new();

    public void Add(string marketId) => Said.Enqueue("+" + marketId);

    public void Remove(string marketId) => Said.Enqueue("-" + marketId);
}

internal sealed class FakeListener : IPositionListener
{
    public List<Booked> Heard { get; } = [];

    public Action<IReadOnlyList<Booked>> Then { get; set; } = _ => { };

    public void Committed(IReadOnlyList<Booked> changes)
    {
        Heard.AddRange(changes);
        Then(changes);
    }
}

internal sealed class FakePrices : IMarketPrices
{
    public List<MarketPrice> Written { get; } = [];

    public Task WriteAsync(IReadOnlyList<MarketPrice> prices, CancellationToken ct)
    {
        Written.AddRange(prices);
        return Task.CompletedTask;
    }
}

internal sealed class FakeCache : ICache
{
    public ConcurrentQueue<string> Removed { get; } = new();

    public ValueTask<T?> GetAsync<T>(string key, CancellationToken ct) => default;

    public ValueTask SetAsync<T>(string key, T value, TimeSpan ttl, CancellationToken ct) => default;

    public ValueTask RemoveAsync(string key, CancellationToken ct)
    {
        Removed.Enqueue(key);
        return default;
    }
}

internal sealed class FakeWallets : IWallets
{
    private static Wallet? Of(long userId) =>
        userId is 7 or 8 ? new Wallet(userId == 7 ? Bench.Ana : Bench.Bob, userId, "demo", "deposit", 3, "0x1", "0x2", DateTimeOffset.UnixEpoch) : null;

    public Task<Wallet?> OfUserAsync(long userId, CancellationToken ct) => Task.FromResult(Of(userId));

    public Task<Wallet> EnsureAsync(long userId, CancellationToken ct) => throw new NotSupportedException();


    public Task<IReadOnlyList<Wallet>> ListAsync(CancellationToken ct) => throw new NotSupportedException();

    public Task<Result<ITradingAccount>> TradingAccountAsync(Guid walletId, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<Result<ITradingAccount>>> TradingAccountsAsync(IReadOnlyList<Guid> walletIds, CancellationToken ct) => throw new NotSupportedException();
}

/// <summary>Knows one market, once told to.</summary>
internal sealed class FakeCatalog : IMarketCatalog
{
    public bool Knows { get; set; } = true;

    public Market? TryGet(string idConditionOrSlug) => Knows && idConditionOrSlug == Bench.Market
        ? new Market(
            Bench.Market, "0xc0", "Will it rain?", "will-it-rain", ["Yes", "No"], [Bench.Yes, Bench.No], [0.5m, 0.5m], null, "poll", default, default, new Price(100), new Shares(5_000_000), false, "v2",
            FeeSchedule.None, TimeSpan.Zero, true, false, true, null, null, null, 0, 0, null, null, null, null, null, [], null)
        : null;

    public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => new(TryGet(idConditionOrSlug));

    public Market? ByToken(TokenId token) => TryGet(Bench.Market);

    public Task<Market?> RefreshAsync(string marketId, CancellationToken ct) => Task.FromResult(TryGet(marketId));

    public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();

    public void Viewed(string marketId)
    {
    }
}
