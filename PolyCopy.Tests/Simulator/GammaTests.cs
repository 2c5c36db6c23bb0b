using System.Net;
using System.Text.Json;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

public class GammaTests : IAsyncLifetime
{
    private Lab _lab = null!;
    private SimWorld _world = null!;

    public async ValueTask InitializeAsync()
    {
        _lab = await Lab.DrivenAsync();
        _world = _lab.Service<SimWorld>();
    }

    public async ValueTask DisposeAsync() => await _lab.DisposeAsync();

    private async Task<List<JsonElement>> Markets(string query) => [.. (await _lab.GetAsync($"gamma/markets/keyset?{query}")).GetProperty("markets").EnumerateArray()];

    private async Task<List<JsonElement>> All(string list, string query)
    {
        List<JsonElement> items = [];
        string? cursor = null;
        do
        {
            var page = await _lab.GetAsync($"gamma/{list}/keyset?{query}{(cursor is null ? "" : $"&after_cursor={Uri.EscapeDataString(cursor)}")}");
            items.AddRange(page.GetProperty(list).EnumerateArray());
            cursor = page.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        return items;
    }

    private static string Id(JsonElement item) => item.GetProperty("id").GetString()!;

    [Fact]
    public async Task Keyset_pages_tile_the_listing()
    {
        var open = _world.Markets.Where(m => m.Phase != MarketPhase.Resolved).Select(m => m.Market.Id).ToList();

        (await All("markets", "limit=37")).Select(Id).Should().BeEquivalentTo(open).And.OnlyHaveUniqueItems();
        (await All("markets", "limit=50&order=volumeNum&ascending=false")).Select(m => m.GetProperty("volumeNum").GetDecimal()).Should().BeInDescendingOrder().And.HaveCount(open.Count);
        (await All("events", "limit=13")).SelectMany(e => e.GetProperty("markets").EnumerateArray()).Select(Id).Should().BeEquivalentTo(_world.Markets
            .GroupBy(m => m.Market.Event).Where(g => g.Any(m => m.Phase != MarketPhase.Resolved)).SelectMany(g => g).Select(m => m.Market.Id));
        (await Markets("limit=5000")).Should().HaveCount(100, "larger limits are clamped");
        (await Markets("")).Should().HaveCount(20);
    }

    [Fact]
    public async Task Filters_take_repeated_keys_and_ignore_what_they_do_not_know()
    {
        var markets = _world.Markets.Where(m => m.AcceptsOrders).Take(3).Select(m => m.Market).ToList();
        var closed = _world.Markets.First(m => m.Phase == MarketPhase.Resolved).Market;

        (await Markets($"condition_ids={markets[0].ConditionId}&condition_ids={markets[1].ConditionId}")).Select(Id).Should().BeEquivalentTo(markets[0].Id, markets[1].Id);
        (await Markets($"clob_token_ids={markets[2].TokenIds[1]}")).Select(Id).Should().Equal(markets[2].Id);
        (await Markets($"id={markets[0].Id}&id={markets[2].Id}")).Should().HaveCount(2);
        (await Markets($"slug={markets[1].Slug}")).Select(Id).Should().Equal(markets[1].Id);
        (await Markets("tag_id=84&limit=100")).Select(Id).Should().BeEquivalentTo(_world.Markets.Where(m => m.AcceptsOrders && m.Market.Event.Category == "Weather").Select(m => m.Market.Id));
        (await Markets("limit=100&volume_num_min=1000000")).Should().OnlyContain(m => m.GetProperty("volumeNum").GetDecimal() >= 1_000_000).And.NotBeEmpty();
        (await Markets("condition_id=0x00&limit=100")).Should().HaveCount(100, "a typo gives the unfiltered list");
        (await Markets("active=false&limit=100")).Should().HaveCount(100, "keyset ignores active");
        (await Markets($"condition_ids={closed.ConditionId}")).Should().BeEmpty();
        (await Markets($"condition_ids={closed.ConditionId}&closed=true")).Select(Id).Should().Equal(closed.Id);
    }

    [Theory]
    [InlineData("markets/keyset?offset=20", "offset is not allowed on keyset endpoints")]
    [InlineData("markets/keyset?order=volume_num", "order fields are not valid")]
    [InlineData("events/keyset?order=start_date", "order fields are not valid")]
    [InlineData("markets?offset=2001", "offset too large, use /markets/keyset for deeper pagination")]
    public async Task What_the_venue_refuses_is_422(string path, string error)
    {
        using var response = await _lab.Http.GetAsync($"gamma/{path}");

        response.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await response.Content.ReadAsStringAsync()).Should().Be($$"""{"type":"validation error","error":"{{error}}"}""");
    }

    [Fact]
    public async Task The_old_lists_still_answer_and_say_that_they_are_old()
    {
        using var response = await _lab.Http.GetAsync("gamma/markets?limit=3&offset=4");

        response.Headers.GetValues("deprecation").Should().Equal("true");
        response.Headers.GetValues("sunset").Should().Equal("Fri, 01 May 2026 00:00:00 GMT");
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetArrayLength().Should().Be(3);
        var pages = await _lab.GetAsync("gamma/events/pagination?limit=2");
        pages.GetProperty("pagination").GetProperty("hasMore").GetBoolean().Should().BeTrue();
        pages.GetProperty("data").GetArrayLength().Should().Be(2);
    }

    [Fact]
    public async Task Objects_carry_the_venues_odd_encodings()
    {
        var markets = await All("markets", "limit=100");

        foreach (var market in markets)
        {
            market.GetProperty("outcomes").GetString().Should().StartWith("[\"").And.Contain("\", \"");
            JsonSerializer.Deserialize<string[]>(market.GetProperty("clobTokenIds").GetString()!).Should().HaveCount(2);
            JsonSerializer.Deserialize<string[]>(market.GetProperty("outcomePrices").GetString()!)!.Sum(decimal.Parse).Should().Be(1);
            market.GetProperty("volume").ValueKind.Should().Be(JsonValueKind.String);
            decimal.Parse(market.GetProperty("volume").GetString()!).Should().Be(market.GetProperty("volumeNum").GetDecimal());
            market.GetProperty("endDateIso").GetString().Should().HaveLength(10);
            market.GetProperty("events").GetArrayLength().Should().Be(1);
            market.GetProperty("version").GetString().Should().Be("v1");
        }
        (markets.Count(m => !m.TryGetProperty("bestBid", out _)) / (double)markets.Count).Should().BeInRange(0.1, 0.3);
        (markets.Count(m => m.TryGetProperty("positionIds", out var ids) && ids.ValueKind == JsonValueKind.Array) / (double)markets.Count).Should().BeInRange(0.15, 0.45);
        markets.Select(m => m.GetProperty("startDate").GetString()!.Length).Distinct().Count().Should().BeGreaterThan(3);
        markets.Where(m => m.TryGetProperty("gameStartTime", out _)).Should().OnlyContain(m => m.GetProperty("gameStartTime").GetString()!.EndsWith("+00")).And.NotBeEmpty();
        markets.Should().Contain(m => !m.GetProperty("active").GetBoolean() && m.GetProperty("acceptingOrders").GetBoolean());
        markets.Should().Contain(m => !m.GetProperty("feesEnabled").GetBoolean());
    }

    [Fact]
    public async Task Single_objects_are_found_by_id_slug_and_event()
    {
        var market = _world.Markets.First(m => m.Market.NegRisk).Market;

        Id(await _lab.GetAsync($"gamma/markets/{market.Id}")).Should().Be(market.Id);
        Id(await _lab.GetAsync($"gamma/markets/slug/{market.Slug}")).Should().Be(market.Id);
        (await _lab.GetAsync($"gamma/events/slug/{market.Event.Slug}")).GetProperty("markets").GetArrayLength().Should().Be(market.Event.Markets.Count);
        Id(await _lab.GetAsync($"gamma/events/{market.Event.Id}")).Should().Be(market.Event.Id);
        (await _lab.GetAsync($"gamma/markets/{market.Id}/tags"))[0].GetProperty("id").ValueKind.Should().Be(JsonValueKind.String);
        (await _lab.Http.GetAsync("gamma/markets/1")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await _lab.GetAsync("gamma/tags")).GetArrayLength().Should().BeGreaterThan(8);
        (await _lab.GetAsync("gamma/tags/slug/crypto")).GetProperty("label").GetString().Should().Be("Crypto");
    }

    [Fact]
    public async Task A_slot_that_left_the_lists_is_still_found_by_its_names()
    {
        var old = RollingSeries.All[0].Market(_world.Seed, RollingSeries.All[0].SlotAt(Lab.Start) - 200);

        foreach (var path in (string[])[$"gamma/markets/{old.Id}", $"gamma/markets/slug/{old.Slug}", $"clob/markets/{old.ConditionId}", $"clob/markets-by-token/{old.TokenIds[1]}"])
            (await _lab.Http.GetAsync(path)).StatusCode.Should().Be(HttpStatusCode.OK, path);
        (await _lab.GetAsync($"gamma/markets/{old.Id}")).GetProperty("outcomePrices").GetString().Should().BeOneOf("[\"1\", \"0\"]", "[\"0\", \"1\"]");
        (await Markets($"condition_ids={old.ConditionId}&closed=true")).Should().ContainSingle();
    }

    [Fact]
    public async Task Search_finds_words_in_titles_and_changes_shape_when_optimized()
    {
        var found = await _lab.GetAsync("gamma/public-search?q=bitcoin&limit_per_type=2");

        found.GetProperty("events").GetArrayLength().Should().Be(2);
        found.GetProperty("profiles").ValueKind.Should().Be(JsonValueKind.Null);
        found.GetProperty("pagination").GetProperty("hasMore").GetBoolean().Should().BeTrue();
        found.GetProperty("pagination").GetProperty("totalResults").GetInt32().Should().BeGreaterThan(5);
        (await _lab.GetAsync("gamma/public-search?q=premier%20league&optimized=true")).GetProperty("hasMore").GetBoolean().Should().BeFalse();
        (await _lab.GetAsync("gamma/public-search?q=zzzzz")).GetProperty("events").GetArrayLength().Should().Be(0);
        (await _lab.Http.GetAsync("gamma/public-search")).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Foreign_text_travels_as_data()
    {
        var hostile = _world.Markets.Select(m => m.Market).Where(m => m.Question.Contains('<') || m.Question.Contains('\u202E')).ToList();

        hostile.Should().HaveCount(2);
        foreach (var market in hostile)
            (await _lab.GetAsync($"gamma/markets/{market.Id}")).GetProperty("question").GetString().Should().Be(market.Question);
    }
}
