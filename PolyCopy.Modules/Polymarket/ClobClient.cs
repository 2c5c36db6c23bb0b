using System.Buffers;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>The CLOB's public reads.</summary>
internal sealed class ClobClient(VenueHttp http, IVenueEndpoints endpoints, VenueLimits limits, TimeProvider clock)
{
    private const int BooksPerRequest = 500;

    public async Task<TradingRules?> RulesAsync(string conditionId, CancellationToken ct)
    {
        using var json = await GetAsync($"clob-markets/{conditionId}", limits.ClobOther, ct);
        return json is null ? null : ClobReader.Rules(json.RootElement) is { } rules && rules.ConditionId == conditionId.ToLowerInvariant() ? rules : null;
    }

    public async Task<IReadOnlyDictionary<TokenId, decimal>?> PayoutsAsync(string conditionId, CancellationToken ct)
    {
        using var json = await GetAsync($"markets/{conditionId}", limits.ClobOther, ct);
        return json is null ? new Dictionary<TokenId, decimal>() : ClobReader.Payouts(json.RootElement);
    }

    public async Task<string?> ConditionOfAsync(TokenId token, CancellationToken ct)
    {
        using var json = await GetAsync($"markets-by-token/{token}", limits.ClobOther, ct);
        return json is null ? null : Wire.Condition(json.RootElement.Text("condition_id"));
    }

    public async Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct)
    {
        try
        {
            using var json = await GetAsync($"book?token_id={token}", limits.ClobBook, ct);
            return json is not null && ClobReader.Book(json.RootElement, clock.GetUtcNow()) is { } book && book.Token == token ? book : null;
        }
        catch (VenueException e) when (e.Failure == VenueFailure.Refused)
        {
            return null; // 400 Invalid token id
        }
    }

    public async Task<IReadOnlyList<BookSnapshot>> BooksAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct)
    {
        var books = new List<BookSnapshot>(tokens.Count);
        foreach (var chunk in tokens.Distinct().Chunk(BooksPerRequest))
        {
            using var json = await http.SendAsync(HttpMethod.Post, new Uri(endpoints.Clob, "books"), TokenList(chunk), null, limits.ClobBooks, ct);
            if (json is null || json.RootElement.ValueKind != JsonValueKind.Array)
                continue;
            var asked = chunk.ToHashSet(); // the answer has its own order and leaves tokens out
            foreach (var row in json.RootElement.EnumerateArray())
                if (ClobReader.Book(row, clock.GetUtcNow()) is { } book && asked.Remove(book.Token))
                    books.Add(book);
        }
        return books;
    }

    public async Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct)
    {
        using var json = await GetAsync($"prices-history?market={token}&interval={Uri.EscapeDataString(interval)}&fidelity={fidelityMinutes}", limits.ClobHistory, ct);
        return json is null ? [] : ClobReader.History(json.RootElement);
    }

    public async Task<DateTimeOffset> TimeAsync(CancellationToken ct)
    {
        using var json = await GetAsync("time", limits.ClobOther, ct);
        return Time(json);
    }

    /// <summary>GET /time answers bare unix seconds.</summary>
    /// <exception cref="VenueException">It did not.</exception>
    public static DateTimeOffset Time(JsonDocument? json) =>
        json?.RootElement.Decimal() is { } seconds and > 0 and < 100_000_000_000 ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : throw new VenueException(VenueFailure.Malformed, "/time is no number of seconds");

    private Task<JsonDocument?> GetAsync(string path, Pace pace, CancellationToken ct) => http.GetAsync(new Uri(endpoints.Clob, path), pace, null, ct);

    private static ReadOnlyMemory<byte> TokenList(TokenId[] tokens)
    {
        var buffer = new ArrayBufferWriter<byte>(tokens.Length * 100);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var token in tokens)
            {
                json.WriteStartObject();
                json.WriteString("token_id"u8, token.Digits);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return buffer.WrittenMemory;
    }
}
