using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Polymarket;

public class MarketDataTests
{
    private static readonly JsonElement Page = WireSample.Json("gamma-page.json");
    private static readonly string Rain = Page.GetProperty("markets")[0].GetProperty("conditionId").GetString()!;

    [Fact]
    public async Task A_market_is_read_with_its_odd_encodings()
    {
        var market = (await ListAsync()).Single(m => m.Id == "4100001");
        market.Outcomes.Should().Equal("Yes", "No");
        market.OutcomePrices.Should().Equal(0.34m, 0.66m);
        market.Tokens.Should().HaveCount(2).And.OnlyHaveUniqueItems();
        market.TickSize.Should().Be(new Price(100));
        market.MinOrderSize.Should().Be(new Shares(5_000_000));
        market.Fee.Should().Be(new FeeSchedule(0.05m, 1));
        market.Volume24h.Should().Be(9_000m);
        market.EndDate.Should().Be(new DateTimeOffset(2026, 12, 2, 0, 0, 0, TimeSpan.Zero));
        market.StartDate!.Value.Second.Should().Be(30);
        market.Description.Should().Be("Resolves to Yes if the station reports rain.\nSecond line.", "a zero byte cannot be stored");
        market.EventTitle.Should().Be("Lisbon weather");
        market.Tags.Should().Equal("Weather", "Science");
        market.ResolutionStatus.Should().BeNull();
    }

    [Fact]
    public async Task Numbers_may_be_text_and_lists_may_be_lists()
    {
        var market = (await ListAsync()).Single(m => m.Id == "4100002");
        market.OutcomePrices.Should().Equal(0.48m, 0.52m);
        market.TickSize.Should().Be(new Price(10));
        market.MinOrderSize.Should().Be(new Shares(15_000_000));
        market.Volume24h.Should().Be(120.5m);
        market.Volume.Should().Be(99_000.25m);
        market.Fee.Should().Be(new FeeSchedule(0.07m, 1));
    }

    [Fact]
    public async Task A_half_broken_row_keeps_what_can_be_read()
    {
        var market = (await ListAsync()).Single(m => m.Id == "4100005");
        market.Tokens.Should().BeEmpty();
        market.OutcomePrices.Should().BeEmpty();
        market.TickSize.Should().Be(new Price(100));
        market.Volume24h.Should().Be(0);
        market.EndDate.Should().Be(new DateTimeOffset(2026, 12, 2, 0, 0, 0, TimeSpan.Zero), "the bare date is left");
        market.EventId.Should().BeNull();
    }

    [Fact]
    public async Task One_bad_row_does_not_cost_the_page()
    {
        var page = await PageAsync();
        page.Markets.Select(m => m.Id).Should().Equal("4100001", "4100002", "4100005", "4100006", "4100007", "4100008");
        page.NextCursor.Should().Be("eyJpZCI6NH0=");
    }

    [Fact]
    public async Task The_version_and_not_what_is_there_decides_the_token_list()
    {
        var markets = await ListAsync();
        var second = markets.Single(m => m.Id == "4100006");
        second.Tokens.Select(t => t.Digits).Should().Equal(Page.GetProperty("markets")[0].GetProperty("positionIds").EnumerateArray().Select(p => p.GetString()));
        second.ConditionId.Should().HaveLength(64);
        markets.Single(m => m.Id == "4100008").ConditionId.Should().MatchRegex("^0x[0-9a-f]{64}$");
        markets.Single(m => m.Id == "4100007").ResolutionStatus.Should().Be("proposed");
    }

    [Fact]
    public async Task A_filter_the_venue_ignored_is_applied_here()
    {
        var rows = Page.GetProperty("markets").EnumerateArray().Take(2).Select(r => r.GetRawText()).ToList();
        var closed = rows[0].Replace("\"closed\": false", "\"closed\": true", StringComparison.Ordinal);
        var parts = new VenueParts(StubVenue.Always(Reply.Ok($$"""{"markets":[{{closed}},{{rows[1]}}]}""")));
        (await parts.Data.ListAsync(new MarketFilter(), null, default)).Markets.Should().ContainSingle().Which.Id.Should().Be("4100002");
        (await parts.Data.ByConditionAsync([Rain], default)).Should().ContainSingle("the other row was not asked for").Which.ConditionId.Should().Be(Rain);
        (await parts.Data.FindAsync("nobody-knows-me", default)).Should().BeNull("an answer about another market is no answer");
    }

    [Fact]
    public async Task A_closed_market_is_found_by_condition_too()
    {
        var row = Page.GetProperty("markets")[0].GetRawText().Replace("\"closed\": false", "\"closed\": true", StringComparison.Ordinal);
        var stub = new StubVenue((asked, _) => Reply.Ok(asked.Address.Query.Contains("closed=true", StringComparison.Ordinal) ? $$"""{"markets":[{{row}}]}""" : """{"markets":[]}"""));
        (await new VenueParts(stub).Data.FindAsync(Rain.ToUpperInvariant().Replace("0X", "0x", StringComparison.Ordinal), default))!.Closed.Should().BeTrue();
    }

    [Theory]
    [InlineData("4100001", "/gamma/markets/4100001")]
    [InlineData("will-it-rain-in-lisbon-on-december-1", "/gamma/markets/slug/will-it-rain-in-lisbon-on-december-1")]
    public async Task A_market_is_found_by_id_and_by_slug(string key, string path)
    {
        var row = Page.GetProperty("markets")[0].GetRawText();
        var stub = new StubVenue((asked, _) => asked.Path == path ? Reply.Ok(row) : new Reply(404, """{"type":"not found error","error":"not found"}"""));
        (await new VenueParts(stub).Data.FindAsync(key, default))!.Id.Should().Be("4100001");
    }

    [Fact]
    public async Task Search_reads_nested_markets_and_asks_again_for_slim_ones()
    {
        var search = WireSample.Text("gamma-search.json");
        var slim = WireSample.Json("gamma-search.json").GetProperty("events")[0].GetProperty("markets")[1].GetProperty("conditionId").GetString();
        var whole = Page.GetProperty("markets")[0].GetRawText().Replace(Rain, slim, StringComparison.Ordinal).Replace("4100001", "4100010", StringComparison.Ordinal);
        var stub = new StubVenue((asked, _) => Reply.Ok(asked.Path.EndsWith("public-search", StringComparison.Ordinal) ? search : $$"""{"markets":[{{whole}}]}"""));
        var found = await new VenueParts(stub).Data.SearchAsync("lisbon & rain", 20, default);
        found.Select(m => m.Id).Should().Equal("4100001", "4100010");
        found[0].EventTitle.Should().Be("Lisbon weather");
        found[0].Tags.Should().Equal("Weather");
        stub.Requests.First().Address.Query.Should().Contain("q=lisbon%20%26%20rain");
    }

    [Fact]
    public async Task A_book_is_sorted_best_first()
    {
        var token = TokenId.Parse(WireSample.Json("clob-book.json").GetProperty("asset_id").GetString());
        var book = await new VenueParts(StubVenue.Always(Reply.Ok(WireSample.Text("clob-book.json")))).Data.BookAsync(token, default);
        book!.Bids.Select(l => l.Price.TenThousandths).Should().Equal(3400, 3300, 100);
        book.Asks.Select(l => l.Price.TenThousandths).Should().Equal(3500, 3600, 9900);
        book.Asks[1].Size.Micros.Should().Be(310_123_456);
        book.At.ToUnixTimeMilliseconds().Should().Be(1_795_000_000_123);
        book.LastTrade.Should().Be(new Price(3400));
    }

    [Fact]
    public async Task Books_are_matched_by_token_and_strangers_dropped()
    {
        var rows = WireSample.Json("clob-books.json");
        var no = TokenId.Parse(rows[0].GetProperty("asset_id").GetString());
        var yes = TokenId.Parse(rows[3].GetProperty("asset_id").GetString());
        var stub = StubVenue.Always(Reply.Ok(WireSample.Text("clob-books.json")));
        var books = await new VenueParts(stub).Data.BooksAsync([yes, TokenId.Parse("12345"), no], default);
        books.Select(b => b.Token).Should().BeEquivalentTo([yes, no]);
        var empty = books.Single(b => b.Token == no);
        empty.Bids.Should().BeEmpty();
        empty.Asks.Should().Equal(new Level(new Price(6700), new Shares(100_000_000)));
        empty.LastTrade.Should().BeNull();
        stub.Requests.Single().Body.Should().StartWith("""[{"token_id":""");
    }

    [Fact]
    public async Task No_more_than_500_books_are_asked_at_once()
    {
        var stub = StubVenue.Always(Reply.Ok("[]"));
        await new VenueParts(stub).Data.BooksAsync([.. Enumerable.Range(1, 1_001).Select(i => TokenId.Parse(i.ToString(System.Globalization.CultureInfo.InvariantCulture)))], default);
        stub.Requests.Select(r => r.Body.Split("token_id").Length - 1).Should().Equal(500, 500, 1);
    }

    [Fact]
    public async Task The_clobs_rules_and_winner_are_read()
    {
        var rules = await new VenueParts(StubVenue.Always(Reply.Ok(WireSample.Text("clob-market-info.json")))).Data.RulesAsync(Rain, default);
        rules!.TickSize.Should().Be(new Price(10));
        rules.NegRisk.Should().BeTrue();
        rules.TakerDelay.Should().Be(TimeSpan.FromSeconds(3));
        rules.Fee.Should().Be(new FeeSchedule(0.05m, 1));
        rules.Tokens.Select(t => t.Outcome).Should().Equal("Yes", "No");

        var payouts = await new VenueParts(StubVenue.Always(Reply.Ok(WireSample.Text("clob-market-resolved.json")))).Data.PayoutsAsync(Rain, default);
        payouts!.Single(p => p.Value == 1).Key.Should().Be(rules.Tokens[0].Token);
        payouts!.Values.Sum().Should().Be(1);
    }

    [Fact]
    public async Task A_tie_pays_half_and_an_open_market_nothing_yet()
    {
        var resolved = WireSample.Text("clob-market-resolved.json");
        var tie = resolved.Replace("\"winner\": true", "\"winner\": false", StringComparison.Ordinal).Replace("\"is_50_50_outcome\": false", "\"is_50_50_outcome\": true", StringComparison.Ordinal);
        (await new VenueParts(StubVenue.Always(Reply.Ok(tie))).Data.PayoutsAsync(Rain, default))!.Values.Should().AllBeEquivalentTo(0.5m);
        var open = resolved.Replace("\"closed\": true", "\"closed\": false", StringComparison.Ordinal);
        (await new VenueParts(StubVenue.Always(Reply.Ok(open))).Data.PayoutsAsync(Rain, default)).Should().BeNull();
        (await new VenueParts(StubVenue.Always(new Reply(404, """{"error":"market not found"}"""))).Data.PayoutsAsync(Rain, default)).Should().BeEmpty();
    }

    [Fact]
    public async Task History_is_in_order_and_free_of_nonsense()
    {
        var history = await new VenueParts(StubVenue.Always(Reply.Ok(WireSample.Text("prices-history.json")))).Data.HistoryAsync(TokenId.Parse("1"), "1d", 5, default);
        history.Select(p => p.Price).Should().Equal(0.345m, 0.35m, 0.36m);
        history.Should().BeInAscendingOrder(p => p.At);
    }

    [Theory]
    [InlineData("\"2026-05-28 05:29:05+00\"", "2026-05-28T05:29:05Z")]
    [InlineData("\"2026-06-18T00:02:51.727205Z\"", "2026-06-18T00:02:51.727205Z")]
    [InlineData("\"2026-06-18T00:02:51.123456789+02:00\"", "2026-06-17T22:02:51.1234568Z")]
    [InlineData("\"2026-10-29\"", "2026-10-29T00:00:00Z")]
    [InlineData("1795000000", "2026-11-18T11:06:40Z")]
    [InlineData("\"1795000000\"", "2026-11-18T11:06:40Z")]
    [InlineData("\"1795000000123\"", "2026-11-18T11:06:40.123Z")]
    [InlineData("\"\"", null)]
    [InlineData("null", null)]
    [InlineData("\"soon\"", null)]
    [InlineData("-5", null)]
    [InlineData("1e300", null)]
    public void Dates_come_in_many_shapes(string json, string? expected)
    {
        var date = JsonDocument.Parse($$"""{"d":{{json}}}""").RootElement.Date("d");
        date.Should().Be(expected is null ? null : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("0.5", "0.5")]
    [InlineData("\".5\"", "0.5")]
    [InlineData("9e-6", "0.000009")]
    [InlineData("\"9E-6\"", "0.000009")]
    [InlineData("1", "1")]
    [InlineData("\"\"", null)]
    [InlineData("null", null)]
    [InlineData("\"NaN\"", null)]
    [InlineData("\"1,5\"", null)]
    [InlineData("1e400", null)]
    [InlineData("true", null)]
    public void Decimals_come_in_many_shapes(string json, string? expected) =>
        JsonDocument.Parse($$"""{"d":{{json}}}""").RootElement.Decimal("d").Should().Be(expected is null ? null : decimal.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));

    private static async Task<VenueMarketPage> PageAsync() => await new VenueParts(StubVenue.Always(Reply.Ok(WireSample.Text("gamma-page.json")))).Data.ListAsync(new MarketFilter(), null, default);

    private static async Task<IReadOnlyList<VenueMarket>> ListAsync() => (await PageAsync()).Markets;
}
