using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Data API v2.</summary>
/// <remarks>
/// Answers are cached by address for up to five minutes whatever the headers say, so every request carries a number of its own; /v2/activity is used for trades, as it
/// is cached for 15 s at most and holds maker rows without being asked (/v2/trades wants taker_only=false for that). Cursors first; where the venue gives none although
/// there is more, the window is moved instead. Sources: recordings of 2026-09 and 2026-10.
/// </remarks>
internal sealed class DataClient(VenueHttp http, IVenueEndpoints endpoints, VenueLimits limits, TimeProvider clock) : ITradeHistory
{
    private const int PageSize = 500;
    private const int MostPages = 200;
    private long _unique = clock.GetUtcNow().Ticks;

    public async Task<IReadOnlyList<FeedTrade>> TradesAsync(string wallet, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var rows = new List<FeedTrade>();
        long start = from.ToUnixTimeSeconds(), end = to.ToUnixTimeSeconds();
        string? cursor = null;
        var sinceMoved = 0; // rows of the present window, from the newest down
        for (var page = 0; ; page++)
        {
            if (page == MostPages)
                throw new VenueException(VenueFailure.Malformed, "/v2/activity did not come to an end");
            using var json = await GetAsync($"v2/activity?user={wallet}&type=TRADE&start={start}&end={end}&limit={PageSize}&sort_direction=DESC{Cursor(cursor)}", limits.DataActivity, ct);
            var before = rows.Count;
            var seen = 0;
            foreach (var row in json.RootElement.Items("data"))
            {
                seen++;
                // filters that the venue ignored are checked here
                if (row.Text("type")?.ToUpperInvariant() is null or "TRADE" && string.Equals(row.Text("proxy_wallet"), wallet, StringComparison.OrdinalIgnoreCase)
                    && TradeReader.Read(row, TradeReader.Snake, wallet, "") is { } trade && trade.At.ToUnixTimeSeconds() >= start && trade.At.ToUnixTimeSeconds() <= end)
                    rows.Add(trade);
            }
            sinceMoved += rows.Count - before;
            var pagination = json.RootElement.Field("pagination");
            var more = pagination?.Bool("has_more") == true;
            var next = pagination?.Text("next_cursor", 4_000);
            if (!more || seen == 0)
                return Numbered(rows);
            if (next is not null && next != cursor)
            {
                cursor = next;
                continue;
            }
            // no way on by cursor: ask again for what is not newer than the oldest row, without the rows of that second that we have
            if (sinceMoved == 0 || rows.Count == 0)
                throw new VenueException(VenueFailure.Malformed, "/v2/activity has more, and no way to get it");
            var oldest = rows[^1].At.ToUnixTimeSeconds();
            if (oldest == end && sinceMoved >= PageSize)
                throw new VenueException(VenueFailure.Malformed, "/v2/activity has more trades in one second than a page holds");
            end = oldest;
            rows.RemoveAll(r => r.At.ToUnixTimeSeconds() == oldest);
            cursor = null;
            sinceMoved = 0;
        }
    }

    public async Task<IReadOnlyDictionary<TokenId, Shares>> HoldingsAsync(string wallet, CancellationToken ct)
    {
        var held = new Dictionary<TokenId, Shares>();
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            using var json = await GetAsync($"v2/positions?user={wallet}&status=OPEN&limit={PageSize}{Cursor(cursor)}", limits.DataPositions, ct);
            foreach (var row in json.RootElement.Items("data"))
                if (row.Token("token_id") is { } token && row.Micros("current_size") is { } micros)
                    held[token] = new Shares(micros);
            var pagination = json.RootElement.Field("pagination");
            if (pagination?.Bool("has_more") != true || pagination?.Text("next_cursor", 4_000) is not { } next || next == cursor)
                break;
            cursor = next;
        }
        return held;
    }

    public async Task<decimal?> ValueAsync(string wallet, CancellationToken ct)
    {
        using var json = await GetAsync($"v2/value?user={wallet}", limits.DataOther, ct);
        return json.RootElement.Field("data")?.Decimal("value") is { } value and >= 0 ? value : null;
    }

    public async Task<IReadOnlyList<BoardRow>> LeaderboardAsync(int limit, CancellationToken ct)
    {
        using var json = await GetAsync($"v2/leaderboard?time_period=month&sort_by=PNL&limit={Math.Clamp(limit, 1, 100)}", limits.DataOther, ct);
        var rows = new List<BoardRow>();
        foreach (var row in json.RootElement.Items("data"))
            if (row.Text("user_id")?.ToLowerInvariant() is { Length: 42 } wallet)
                rows.Add(new BoardRow(wallet, row.Text("user_name", 60), row.Decimal("pnl") ?? 0));
        return rows;
    }

    private async Task<JsonDocument> GetAsync(string path, Pace pace, CancellationToken ct)
    {
        var unique = Interlocked.Increment(ref _unique).ToString(CultureInfo.InvariantCulture);
        return await http.GetAsync(new Uri(endpoints.Data, $"{path}&_={unique}"), pace, null, ct) ?? throw new VenueException(VenueFailure.Malformed, $"the Data API has no {path[..path.IndexOf('?')]}");
    }

    private static string Cursor(string? cursor) => cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";

    /// <summary>Oldest first; identical fills of one transaction are told apart by their number, as the chain's are.</summary>
    private static List<FeedTrade> Numbered(List<FeedTrade> rows)
    {
        rows.Reverse();
        var seen = new Dictionary<(string, TokenId, Side, Shares), int>();
        for (var i = 0; i < rows.Count; i++)
        {
            var key = (rows[i].Transaction, rows[i].Token, rows[i].Side, rows[i].Shares);
            var occurrence = seen.GetValueOrDefault(key);
            seen[key] = occurrence + 1;
            rows[i] = rows[i] with { Occurrence = occurrence };
        }
        return rows;
    }
}
