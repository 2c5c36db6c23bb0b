using System.Text.Json;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Gamma: what markets there are. Its prices are often minutes old, so prices come from the CLOB.</summary>
/// <remarks>The keyset endpoints ignore what they do not know, a misspelt filter included: every result is checked against the filter.</remarks>
internal sealed partial class GammaClient(VenueHttp http, IVenueEndpoints endpoints, VenueLimits limits, ILogger<GammaClient> logger)
{
    // a request line of 50 condition ids is 4 kB; the page limit is 100
    private const int IdsPerRequest = 50;
    private const int PageLimit = 100;

    public async Task<VenueMarket?> FindAsync(string key, CancellationToken ct)
    {
        if (key.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return Wire.Condition(key) is { } condition ? (await ByConditionAsync([condition], ct)).FirstOrDefault() : null;
        var isId = !key.AsSpan().ContainsAnyExceptInRange('0', '9');
        return (isId ? await OneAsync($"markets/{key}", m => m.Id == key, ct) : null)
            ?? await OneAsync($"markets/slug/{Uri.EscapeDataString(key)}", m => string.Equals(m.Slug, key, StringComparison.OrdinalIgnoreCase), ct);
    }

    public async Task<VenueMarketPage> ListAsync(MarketFilter filter, string? cursor, CancellationToken ct)
    {
        var limit = Math.Clamp(filter.Limit, 1, PageLimit);
        var query = $"markets/keyset?limit={limit}&order={Uri.EscapeDataString(filter.Order)}&ascending={(filter.Ascending ? "true" : "false")}&closed={(filter.Closed ? "true" : "false")}&include_tag=true"
            + (filter.TagId is null ? "" : $"&tag_id={Uri.EscapeDataString(filter.TagId)}") + (cursor is null ? "" : $"&after_cursor={Uri.EscapeDataString(cursor)}");
        using var json = await GetAsync(query, ct) ?? throw new VenueException(VenueFailure.Malformed, "Gamma has no market list");
        var rows = Rows(json.RootElement).ToList();
        var markets = GammaReader.ReadAll(rows);
        var matching = markets.Where(m => m.Closed == filter.Closed).ToList();
        if (matching.Count < markets.Count || !IsOrdered(matching, filter) || rows.Count > limit)
            Log.FilterIgnored(logger, filter.Order, filter.Closed, markets.Count - matching.Count, markets.Count);
        return new VenueMarketPage(matching, json.RootElement.Text("next_cursor", 4_000) is { } next && next != cursor && rows.Count > 0 ? next : null);
    }

    public async Task<IReadOnlyList<VenueMarket>> ByConditionAsync(IReadOnlyCollection<string> conditionIds, CancellationToken ct)
    {
        var wanted = conditionIds.Select(Wire.Condition).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var found = new List<VenueMarket>(wanted.Count);
        foreach (var closed in (bool[])[false, true]) // a closed market is found with closed=true only
        {
            foreach (var chunk in wanted.Chunk(IdsPerRequest).ToList())
            {
                using var json = await GetAsync($"markets/keyset?limit={PageLimit}&closed={(closed ? "true" : "false")}&include_tag=true{string.Concat(chunk.Select(c => "&condition_ids=" + c))}", ct);
                foreach (var market in json is null ? [] : GammaReader.ReadAll(Rows(json.RootElement)))
                    if (wanted.Remove(market.ConditionId)) // also drops what was not asked for
                        found.Add(market);
            }
            if (wanted.Count == 0)
                break;
        }
        return found;
    }

    public async Task<IReadOnlyList<VenueMarket>> SearchAsync(string query, int limit, CancellationToken ct)
    {
        using var json = await http.GetAsync(new Uri(endpoints.Gamma, $"public-search?q={Uri.EscapeDataString(query)}&limit_per_type={Math.Clamp(limit, 1, 50)}&search_profiles=false"), limits.GammaSearch, null, ct);
        if (json is null)
            return [];
        var found = new List<VenueMarket>();
        var bare = new List<string>();
        foreach (var venueEvent in json.RootElement.Items("events"))
            foreach (var row in venueEvent.Items("markets"))
            {
                if (GammaReader.ReadAll([row], venueEvent) is [{ } market] && market.Tokens.Count > 0)
                    found.Add(market);
                else if (Wire.Condition(row.Text("conditionId")) is { } condition && bare.Count < limit)
                    bare.Add(condition); // slim rows leave out the token ids
            }
        if (bare.Count > 0)
            found.AddRange(await ByConditionAsync(bare, ct));
        return found.DistinctBy(m => m.Id).Take(limit).ToList();
    }

    private async Task<VenueMarket?> OneAsync(string path, Predicate<VenueMarket> asked, CancellationToken ct)
    {
        try
        {
            using var json = await GetAsync(path + "?include_tag=true", ct);
            return json is null ? null : GammaReader.ReadAll([json.RootElement]).Find(asked);
        }
        catch (VenueException e) when (e.Failure == VenueFailure.Refused)
        {
            return null; // 422: no id of Gamma's
        }
    }

    private Task<JsonDocument?> GetAsync(string path, CancellationToken ct) => http.GetAsync(new Uri(endpoints.Gamma, path), limits.GammaMarkets, null, ct);

    private static IEnumerable<JsonElement> Rows(JsonElement root) => root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : root.Items("markets");

    private static bool IsOrdered(List<VenueMarket> markets, MarketFilter filter)
    {
        if (filter.Order != "volume24hr")
            return true;
        for (var i = 1; i < markets.Count; i++)
            if (filter.Ascending ? markets[i].Volume24h < markets[i - 1].Volume24h : markets[i].Volume24h > markets[i - 1].Volume24h)
                return false;
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Polymarket + 2, LogLevel.Warning, "Gamma ignored a filter (order {Order}, closed {Closed}): {Dropped} of {Rows} rows dropped")]
        public static partial void FilterIgnored(ILogger logger, string order, bool closed, int dropped, int rows);
    }
}
