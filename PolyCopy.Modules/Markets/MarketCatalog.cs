using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Markets;

/// <summary>The catalogue: memory first, the venue for what is not there, the table behind it.</summary>
internal sealed partial class MarketCatalog(MarketIndex index, MarketStore store, MarketReader reader, IMarketData venue, ICache cache, TimeProvider clock, ILogger<MarketCatalog> logger)
    : IMarketCatalog, IMarketPrices, IHostedService
{
    private const int SearchLimit = 50;
    private const int MostMissing = 10_000;
    private static readonly TimeSpan MissingFor = TimeSpan.FromSeconds(60); // fresh markets need minutes until the venue knows them
    private static readonly TimeSpan SearchFor = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Lazy<Task<Market?>>> _asking = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, long> _missing = new(StringComparer.OrdinalIgnoreCase);

    public Market? TryGet(string idConditionOrSlug) => index.Find(idConditionOrSlug.Trim())?.Market;

    public Market? ByToken(TokenId token) => index.ByToken(token)?.Market;

    public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct)
    {
        var key = idConditionOrSlug.Trim();
        if (index.Find(key) is { } known)
        {
            index.Keep(known);
            return new(known.Market);
        }
        if (!IsKey(key) || (_missing.TryGetValue(key, out var since) && clock.GetElapsedTime(since) < MissingFor))
            return new((Market?)null);
        return new(OnceAsync(key, async stop =>
        {
            if (await venue.FindAsync(key, stop) is { } found)
                return await AdoptAsync(found, stop);
            if (_missing.Count >= MostMissing)
                _missing.Clear();
            _missing[key] = clock.GetTimestamp();
            return null;
        }, ct));
    }

    public Task<Market?> RefreshAsync(string marketId, CancellationToken ct) => OnceAsync("refresh " + marketId, async stop =>
    {
        var key = index.Find(marketId)?.Market.ConditionId ?? marketId;
        return await venue.FindAsync(key, stop) is { } found ? await AdoptAsync(found, stop) : index.Find(marketId)?.Market;
    }, ct);

    public async Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct)
    {
        limit = Math.Clamp(limit, 1, 200);
        var isSearch = !string.IsNullOrWhiteSpace(search);
        if (index.IsEmpty && !isSearch)
            await FirstPageAsync(ct);
        var all = isSearch ? await SearchAsync(search!, ct) : index.Listed();
        var after = Cursor(cursor);
        var page = new List<Market>(limit + 1);
        foreach (var market in all)
        {
            if (page.Count > limit)
                break;
            if (after is { } last && Compare(market, last) <= 0)
                continue;
            if (category is null || market.Tags.Contains(category, StringComparer.OrdinalIgnoreCase))
                page.Add(market);
        }
        if (page.Count <= limit)
            return new Page<Market>(page, null);
        page.RemoveAt(limit);
        return new Page<Market>(page, Cursor(page[^1]));
    }

    public void Viewed(string marketId)
    {
        if (index.Find(marketId) is { } state)
            index.Viewed(state);
    }

    public async Task WriteAsync(IReadOnlyList<MarketPrice> prices, CancellationToken ct)
    {
        if (index.Prices(prices) is { Count: > 0 } changed)
            await store.SavePricesAsync(changed, ct);
    }

    /// <summary>What was known at the last stop; everybody who starts later finds it in memory.</summary>
    public async Task StartAsync(CancellationToken ct) => index.Load(await store.LoadAsync(ct));

    public Task StopAsync(CancellationToken ct) => SaveAsync(ct);

    /// <summary>Writes what changed; when the database does not take it, it is kept for the next time.</summary>
    public async Task SaveAsync(CancellationToken ct)
    {
        var states = index.TakeUnsaved();
        try
        {
            await store.SaveAsync(states, ct);
        }
        catch (Exception e) when (e is System.Data.Common.DbException or TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            index.Unsaved(states);
            if (e is OperationCanceledException && ct.IsCancellationRequested)
                throw;
            Log.NotSaved(logger, states.Count, e);
        }
    }

    private async Task<Market?> AdoptAsync(VenueMarket found, CancellationToken ct)
    {
        var state = index.Gamma(found);
        index.Keep(state);
        await reader.CompleteAsync(state, found, ct);
        await SaveAsync(ct);
        return state.Market;
    }

    private async Task<IReadOnlyList<Market>> SearchAsync(string search, CancellationToken ct)
    {
        var text = string.Join(' ', search.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant();
        if (text.Length > 100)
            text = text[..100];
        var key = $"markets:search:{text}";
        var ids = await cache.GetAsync<string[]>(key, ct);
        if (ids is null || ids.Any(id => index.Find(id) is null))
        {
            try
            {
                var found = await venue.SearchAsync(text, SearchLimit, ct);
                ids = [.. found.Select(m => index.Gamma(m).Market.Id)];
                await cache.SetAsync(key, ids, SearchFor, ct);
            }
            catch (VenueException e)
            {
                Log.SearchFailed(logger, e.Message);
                ids = [.. index.Listed().Where(m => Mentions(m, text)).Take(SearchLimit).Select(m => m.Id)];
            }
        }
        var markets = ids.Select(id => index.Find(id)?.Market).OfType<Market>().Where(m => !m.Closed).ToList();
        if (index.Find(search.Trim())?.Market is { } exact && markets.All(m => m.Id != exact.Id))
            markets.Add(exact);
        markets.Sort(MarketIndex.Order);
        return markets;
    }

    /// <summary>Before the first poll has ended there is nothing to list: the venue is asked for one page.</summary>
    private Task FirstPageAsync(CancellationToken ct) => OnceAsync("first page", async stop =>
    {
        foreach (var market in (await venue.ListAsync(new MarketFilter(), null, stop)).Markets)
            index.Gamma(market);
        return null;
    }, ct);

    /// <summary>However many ask at the same time, the venue is asked once; one who gives up does not take the others along.</summary>
    private async Task<Market?> OnceAsync(string key, Func<CancellationToken, Task<Market?>> ask, CancellationToken ct)
    {
        var once = _asking.GetOrAdd(key, _ => new Lazy<Task<Market?>>(() => ask(CancellationToken.None)));
        try
        {
            return await once.Value.WaitAsync(ct);
        }
        finally
        {
            if (once.Value.IsCompleted)
                _asking.TryRemove(new KeyValuePair<string, Lazy<Task<Market?>>>(key, once));
        }
    }

    private static bool Mentions(Market m, string text) =>
        text.Split(' ').All(word => m.Question.Contains(word, StringComparison.OrdinalIgnoreCase) || m.EventTitle?.Contains(word, StringComparison.OrdinalIgnoreCase) == true || m.Slug.Contains(word, StringComparison.OrdinalIgnoreCase));

    // ids, condition ids and slugs: nothing else is worth a request
    private static bool IsKey(string key) => key.Length is > 0 and <= 200 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static int Compare(Market market, (decimal Volume, string Id) cursor) =>
        cursor.Volume.CompareTo(market.Volume24h) is var byVolume and not 0 ? byVolume : string.CompareOrdinal(market.Id, cursor.Id);

    private static string Cursor(Market last) => Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.Volume24h}|{last.Id}")));

    private static (decimal Volume, string Id)? Cursor(string? cursor)
    {
        Span<byte> bytes = stackalloc byte[200];
        if (cursor is null || !Convert.TryFromBase64String(cursor, bytes, out var length))
            return null;
        var parts = Encoding.UTF8.GetString(bytes[..length]).Split('|');
        return parts.Length == 2 && decimal.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var volume) ? (volume, parts[1]) : null;
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Markets + 2, LogLevel.Error, "{Count} markets could not be saved; trying again with the next poll")]
        public static partial void NotSaved(ILogger logger, int count, Exception e);

        [LoggerMessage(EventIds.Markets + 3, LogLevel.Warning, "The venue's search failed ({Reason}); searching what is in memory")]
        public static partial void SearchFailed(ILogger logger, string reason);
    }
}
