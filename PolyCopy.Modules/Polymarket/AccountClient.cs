using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>The private reads and cancels of one account at a time.</summary>
internal sealed class AccountClient(VenueHttp http, IVenueEndpoints endpoints, VenueLimits limits, VenueClock clock, ILogger<AccountClient> logger)
{
    private const string LastCursor = "LTE="; // -1; sending it back is a 400
    private const int MostPages = 2_000;
    // a cancel of more than the signer's burst never succeeds, however long one waits
    private const int CancelsPerRequest = 100;
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(60);

    public async Task<OrderLookup> LookupAsync(ITradingAccount account, string hash, DateTimeOffset since, CancellationToken ct)
    {
        VenueOrder? order = null;
        try
        {
            using var json = await GetAsync(account, $"/data/order/{hash}", "", limits.OneOrder, ct);
            order = json is null ? null : AccountReader.Order(json.RootElement, logger); // null or {} once it is no longer active
        }
        catch (VenueException e) when (e.Failure == VenueFailure.Refused)
        {
            // 400: the venue has never seen the id
        }
        var fills = await FillsAsync(account, since - ClockSlack, ct);
        return new OrderLookup(order, [.. fills.Where(f => string.Equals(f.OrderHash, hash, StringComparison.OrdinalIgnoreCase))]);
    }

    public async Task<IReadOnlyList<VenueOrder>> OpenOrdersAsync(ITradingAccount account, CancellationToken ct)
    {
        var orders = new List<VenueOrder>();
        await EachAsync(account, "/data/orders", "", limits.OpenOrders, row =>
        {
            if (AccountReader.Order(row, logger) is { } order)
                orders.Add(order);
        }, ct);
        return [.. orders.DistinctBy(o => o.Hash)];
    }

    public async Task<IReadOnlyList<VenueFill>> FillsAsync(ITradingAccount account, DateTimeOffset? after, CancellationToken ct)
    {
        var fills = new List<VenueFill>();
        var query = after is { } from ? $"after={from.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}" : "";
        await EachAsync(account, "/data/trades", query, limits.Trades, row => fills.AddRange(AccountReader.Fills(row, account, logger)), ct);
        // a trade that settles while we page may be read twice: the later reading counts
        return [.. fills.GroupBy(f => (f.OrderHash, f.TradeId)).Select(g => g.Last()).OrderBy(f => f.MatchedAt)];
    }

    public async Task<IReadOnlyList<CancelAnswer>> CancelAsync(ITradingAccount account, IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        var answers = new List<CancelAnswer>(hashes.Count);
        foreach (var chunk in hashes.Distinct(StringComparer.OrdinalIgnoreCase).Chunk(CancelsPerRequest))
        {
            try
            {
                answers.AddRange(await CancelAsync(account, chunk, ct));
            }
            catch (VenueException e)
            {
                var code = e.Failure switch { VenueFailure.RateLimited => "venue.rate_limited", VenueFailure.NotReady => "venue.restarting", VenueFailure.Blocked => "venue.blocked", VenueFailure.Unauthorized => "venue.unauthorized", _ => "venue.unreachable" };
                answers.AddRange(chunk.Select(h => new CancelAnswer(h, new Error(code, e.Message)))); // the other chunks' answers still count
            }
        }
        return answers;
    }

    public async Task<long> BalanceAsync(ITradingAccount account, TokenId? token, bool refresh, CancellationToken ct)
    {
        var asset = token is not { } t ? "COLLATERAL" : Exchanges.IsProtocolV2((UInt256)t) ? "CONDITIONAL-V2" : "CONDITIONAL";
        var query = $"asset_type={asset}{(token is null ? "" : $"&token_id={token}")}&signature_type={account.SignatureType}";
        if (refresh)
            (await GetAsync(account, "/balance-allowance/update", query, limits.BalanceUpdate, ct))?.Dispose();
        using var json = await GetAsync(account, "/balance-allowance", query, limits.Balance, ct);
        return json?.RootElement.Long("balance") ?? throw new VenueException(VenueFailure.Malformed, "/balance-allowance names no balance");
    }

    private async Task<IEnumerable<CancelAnswer>> CancelAsync(ITradingAccount account, string[] hashes, CancellationToken ct)
    {
        const string path = "/orders";
        var body = JsonSerializer.SerializeToUtf8Bytes(hashes);
        using var json = await http.SendAsync(HttpMethod.Delete, new Uri(endpoints.Trading, path[1..]), body, account.SignRequest("DELETE", path, body, clock.UtcNow), limits.Cancels, ct);
        var cancelled = json?.RootElement.Strings("canceled").ToHashSet(StringComparer.OrdinalIgnoreCase) ?? [];
        var refused = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (json?.RootElement.Field("not_canceled") is { ValueKind: JsonValueKind.Object } reasons)
            foreach (var reason in reasons.EnumerateObject())
                refused[reason.Name] = reason.Value.Text(200) ?? "";
        return hashes.Select(hash => new CancelAnswer(hash,
            cancelled.Contains(hash) ? null
            : refused.TryGetValue(hash, out var why) ? VenueWords.Said.Refuse("order.not_cancellable", why)
            : new Error("venue.malformed", "The venue did not say whether it cancelled the order"))).ToList();
    }

    private async Task EachAsync(ITradingAccount account, string path, string query, Pace pace, Action<JsonElement> row, CancellationToken ct)
    {
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var full = cursor is null ? query : $"{query}{(query.Length == 0 ? "" : "&")}next_cursor={Uri.EscapeDataString(cursor)}";
            using var json = await GetAsync(account, path, full, pace, ct);
            if (json is null)
                return;
            foreach (var item in json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray() : json.RootElement.Items("data"))
                row(item);
            var next = json.RootElement.Text("next_cursor");
            if (next is null or LastCursor)
                return;
            if (next == cursor)
                break;
            cursor = next;
        }
        throw new VenueException(VenueFailure.Malformed, $"{path} has no last page");
    }

    /// <summary>Signed GET; after a 401 the venue's clock is read again, and if it had moved the request is sent once more.</summary>
    private async Task<JsonDocument?> GetAsync(ITradingAccount account, string path, string query, Pace pace, CancellationToken ct)
    {
        var address = new Uri(endpoints.Trading, path[1..] + (query.Length == 0 ? "" : "?" + query));
        var offset = clock.Offset;
        IReadOnlyList<KeyValuePair<string, string>> Headers() => account.SignRequest("GET", path, [], clock.UtcNow);
        try
        {
            return await http.GetAsync(address, pace, Headers, ct);
        }
        catch (VenueException e) when (e.Failure == VenueFailure.Unauthorized)
        {
            if (!await clock.RefreshAsync(offset, ct))
                throw;
            return await http.GetAsync(address, pace, Headers, ct);
        }
    }
}
