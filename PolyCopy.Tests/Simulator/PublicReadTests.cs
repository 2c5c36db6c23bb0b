using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

public class PublicReadTests : IAsyncLifetime
{
    private Lab _lab = null!;
    private SimWorld _world = null!;
    private MarketState _market = null!;

    public async ValueTask InitializeAsync()
    {
        _lab = await Lab.DrivenAsync();
        _world = _lab.Service<SimWorld>();
        _market = _world.Markets.Single(m => m.Market.Question.StartsWith("Will the Fed leave rates unchanged"));
    }

    public async ValueTask DisposeAsync() => await _lab.DisposeAsync();

    private string Token(int index) => _market.Market.TokenIds[index];

    private async Task<(HttpStatusCode Status, string Body)> Get(string path)
    {
        using var response = await _lab.Http.GetAsync(path);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<(HttpStatusCode Status, string Body)> Post(string path, object body)
    {
        using var response = await _lab.Http.PostAsync(path, new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static object[] Tokens(IEnumerable<string> tokens) => [.. tokens.Select(t => new { token_id = t })];

    [Fact]
    public async Task The_books_of_the_two_tokens_are_mirrors_with_the_best_level_last()
    {
        var yes = await _lab.GetAsync($"clob/book?token_id={Token(0)}");
        var no = await _lab.GetAsync($"clob/book?token_id={Token(1)}");

        yes.GetProperty("market").GetString().Should().Be(_market.Market.ConditionId);
        yes.GetProperty("hash").GetString().Should().HaveLength(40).And.NotBe(no.GetProperty("hash").GetString());
        yes.GetProperty("neg_risk").GetBoolean().Should().BeTrue();
        Levels(yes, "bids").Should().BeInAscendingOrder(l => l.Price).And.NotBeEmpty();
        Levels(yes, "asks").Should().BeInDescendingOrder(l => l.Price).And.NotBeEmpty();
        Levels(no, "asks").Should().Equal(Levels(yes, "bids").Select(l => (1 - l.Price, l.Size)));
        Levels(no, "bids").Should().Equal(Levels(yes, "asks").Select(l => (1 - l.Price, l.Size)));
        yes.GetProperty("last_trade_price").GetString().Should().Be(no.GetProperty("last_trade_price").GetString());
        foreach (var number in yes.GetProperty("bids").EnumerateArray().SelectMany(l => new[] { l.GetProperty("price").GetString()!, l.GetProperty("size").GetString()! }))
            number.Should().NotMatchRegex(@"\.\d*0$|\.$|^\.", "decimals are minimal");
    }

    [Fact]
    public async Task Prices_come_from_the_side_of_the_book()
    {
        var (bid, ask) = (_market.Engine.BestBid(0)!.Value, _market.Engine.BestAsk(0)!.Value);

        (await Get($"clob/price?token_id={Token(0)}&side=BUY")).Body.Should().Be($$"""{"price":"{{bid}}"}""");
        (await Get($"clob/price?token_id={Token(0)}&side=SELL")).Body.Should().Be($$"""{"price":"{{ask}}"}""");
        (await Get($"clob/price?token_id={Token(1)}&side=BUY")).Body.Should().Be($$"""{"price":"{{ask.Complement}}"}""");
        (await Get($"clob/price?token_id={Token(0)}&side=UP")).Should().Be((HttpStatusCode.BadRequest, """{"error":"Invalid side"}"""));
        var mid = ((bid.ToDecimal() + ask.ToDecimal()) / 2).ToString("0.#####", System.Globalization.CultureInfo.InvariantCulture);
        (await Get($"clob/midpoint?token_id={Token(0)}")).Body.Should().Be($$"""{"mid":"{{mid}}"}""");
        (await Get($"clob/spread?token_id={Token(0)}")).Body.Should().Be($$"""{"spread":"{{new Price(ask.TenThousandths - bid.TenThousandths)}}"}""");
        (await Get($"clob/tick-size?token_id={Token(0)}")).Body.Should().Be("""{"minimum_tick_size":0.001}""");
        (await Get($"clob/neg-risk?token_id={Token(0)}")).Body.Should().Be("""{"neg_risk":true}""");
        (await Get($"clob/fee-rate?token_id={Token(0)}")).Body.Should().Be("""{"base_fee":1000}""");
        (await _lab.GetAsync($"clob/last-trade-price?token_id={Token(0)}")).GetProperty("side").GetString().Should().BeOneOf("BUY", "SELL");
    }

    [Theory]
    [InlineData("clob/book?token_id=abc", 400, "Invalid token id")]
    [InlineData("clob/book", 400, "Invalid token id")]
    [InlineData("clob/book?token_id=123", 404, "No orderbook exists for the requested token id")]
    [InlineData("clob/midpoint?token_id=123", 404, "No orderbook exists for the requested token id")]
    [InlineData("clob/fee-rate?token_id=123", 404, "fee rate not found for market")]
    [InlineData("clob/books", 400, "Invalid payload")]
    [InlineData("clob/prices", 400, "Invalid payload")]
    [InlineData("clob/midpoints", 400, "Invalid payload")]
    [InlineData("clob/markets/0x12", 404, "market not found")]
    [InlineData("clob/markets?next_cursor=LTE=", 400, "Next item should be greater than or equal to 0")]
    public async Task Refusals_are_the_venues(string path, int status, string error) =>
        (await Get(path)).Should().Be(((HttpStatusCode)status, $$"""{"error":"{{error}}"}"""));

    [Fact]
    public async Task A_proposed_market_has_no_book_although_gamma_still_takes_orders()
    {
        _world.Propose(_market);

        (await Get($"clob/book?token_id={Token(0)}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await Post("clob/books", Tokens([Token(0)]))).Body.Should().Be("[]");
        var gamma = await _lab.GetAsync($"gamma/markets/{_market.Market.Id}");
        gamma.GetProperty("acceptingOrders").GetBoolean().Should().BeTrue();
        gamma.GetProperty("umaResolutionStatus").GetString().Should().Be("proposed");
        (await _lab.GetAsync($"clob/clob-markets/{_market.Market.ConditionId}")).GetProperty("ao").GetBoolean().Should().BeFalse();
    }

    [Fact]
    public async Task Many_books_leave_out_the_unknown_and_keep_their_own_order()
    {
        var tokens = _world.Markets.Where(m => m.AcceptsOrders).Take(5).Select(m => m.Market.TokenIds[0]).ToList();

        var books = JsonDocument.Parse((await Post("clob/books", Tokens([.. tokens, "77"]))).Body).RootElement.EnumerateArray().Select(b => b.GetProperty("asset_id").GetString()).ToList();

        books.Should().BeEquivalentTo(tokens);
        (await Post("clob/books", Tokens(Enumerable.Repeat(tokens[0], 501)))).Should().Be((HttpStatusCode.BadRequest, """{"error":"Payload exceeds the limit"}"""));
        (await Post("clob/books", "{}")).Should().Be((HttpStatusCode.BadRequest, """{"error":"Invalid payload"}"""));
        (await Post("clob/books", "nonsense")).Should().Be((HttpStatusCode.BadRequest, """{"error":"Invalid payload"}"""));
        var prices = JsonDocument.Parse((await Post("clob/prices", new object[] { new { token_id = tokens[0], side = "BUY" }, new { token_id = tokens[0], side = "SELL" }, new { token_id = tokens[1] } })).Body).RootElement;
        prices.GetProperty(tokens[0]).EnumerateObject().Select(p => p.Name).Should().Equal("BUY", "SELL");
        prices.GetProperty(tokens[1]).EnumerateObject().Select(p => p.Name).Should().Equal("SELL");
        JsonDocument.Parse((await Post("clob/midpoints", Tokens(tokens))).Body).RootElement.EnumerateObject().Should().HaveCount(5);
        JsonDocument.Parse((await Post("clob/last-trades-prices", Tokens(tokens))).Body).RootElement.GetArrayLength().Should().Be(5);
    }

    [Fact]
    public async Task The_history_ends_now_at_the_present_price()
    {
        var points = (await _lab.GetAsync($"clob/prices-history?market={Token(0)}&interval=1w&fidelity=60")).GetProperty("history").EnumerateArray().ToList();

        points.Count.Should().BeInRange(168, 170);
        points.Select(p => p.GetProperty("t").GetInt64()).Should().BeInAscendingOrder();
        points[^1].GetProperty("t").GetInt64().Should().Be(Lab.Start.ToUnixTimeSeconds());
        var mid = await _lab.GetAsync($"clob/midpoint?token_id={Token(0)}");
        points[^1].GetProperty("p").GetDecimal().Should().Be(decimal.Parse(mid.GetProperty("mid").GetString()!));
        points.Select(p => p.GetProperty("p").GetDecimal()).Distinct().Count().Should().BeGreaterThan(20);
        points.Should().OnlyContain(p => p.GetProperty("p").GetDecimal() > 0 && p.GetProperty("p").GetDecimal() < 1);
        (await Get($"clob/prices-history?market={Token(0)}&interval=1m&fidelity=1")).Status.Should().Be(HttpStatusCode.BadRequest);
        (await Get($"clob/prices-history?market={Token(0)}")).Status.Should().Be(HttpStatusCode.BadRequest);
        var start = Lab.Start.ToUnixTimeSeconds();
        (await _lab.GetAsync($"clob/prices-history?market={Token(1)}&startTs={start - 600}&endTs={start - 60}&fidelity=1")).GetProperty("history").GetArrayLength().Should().Be(10);
        var batch = JsonDocument.Parse((await Post("clob/batch-prices-history", new { markets = new[] { Token(0), "5" }, interval = "1h" })).Body).RootElement;
        batch.GetProperty("history").EnumerateObject().Select(p => p.Name).Should().Equal(Token(0));
    }

    [Fact]
    public async Task Market_objects_agree_about_tokens_and_parameters()
    {
        var game = _world.Markets.First(m => m.Market.TakerDelaySeconds == 3).Market;
        var full = await _lab.GetAsync($"clob/markets/{game.ConditionId}");
        var compact = await _lab.GetAsync($"clob/clob-markets/{game.ConditionId}");

        full.GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("token_id").GetString()).Should().Equal(game.TokenIds);
        full.GetProperty("seconds_delay").GetInt32().Should().Be(3);
        compact.GetProperty("t").EnumerateArray().Select(t => t.GetProperty("o").GetString()).Should().Equal(game.Outcomes);
        compact.GetProperty("sd").GetInt32().Should().Be(3);
        compact.GetProperty("fd").GetProperty("r").GetDecimal().Should().Be(0.05m);
        compact.TryGetProperty("nr", out _).Should().BeFalse();
        var free = _world.Markets.First(m => !m.Market.Fees.Enabled).Market;
        (await _lab.GetAsync($"clob/clob-markets/{free.ConditionId}")).TryGetProperty("fd", out _).Should().BeFalse();
        var swapped = _world.Markets.First(m => m.Market.PrimaryIsSecond).Market;
        (await _lab.GetAsync($"clob/markets-by-token/{swapped.TokenIds[0]}")).GetProperty("primary_token_id").GetString().Should().Be(swapped.TokenIds[1]);
        var resolved = _world.Markets.First(m => m.Winner == 0);
        (await _lab.GetAsync($"clob/markets/{resolved.Market.ConditionId}")).GetProperty("tokens")[0].GetProperty("winner").GetBoolean().Should().BeTrue();
    }

    [Fact]
    public async Task Lists_come_in_pages_that_end()
    {
        var page = await _lab.GetAsync("clob/markets?next_cursor=MA==");

        page.GetProperty("data").GetArrayLength().Should().Be(page.GetProperty("count").GetInt32()).And.Be(_world.Markets.Count);
        page.GetProperty("next_cursor").GetString().Should().Be("LTE=");
        (await _lab.GetAsync("clob/sampling-simplified-markets")).GetProperty("count").GetInt32().Should().BeInRange(50, _world.Markets.Count - 50);
    }

    [Fact]
    public async Task The_same_seed_clock_and_requests_give_the_same_bytes()
    {
        static async Task<string> Play(Lab lab, string token, string condition)
        {
            var said = new StringBuilder();
            foreach (var path in (string[])[$"clob/book?token_id={token}", "gamma/markets/keyset?limit=100", "gamma/events?limit=5", $"clob/prices-history?market={token}&interval=1d"])
            {
                await lab.AdvanceAsync(7.3);
                said.Append(await lab.Http.GetStringAsync(path));
            }
            await lab.Http.PostAsJsonAsync($"control/markets/{condition}/quote", new { outcome = "Yes", bid = "0.5", ask = "0.51", size = "100" });
            await lab.AdvanceAsync(90);
            return said.Append(await lab.Http.GetStringAsync($"clob/book?token_id={token}")).ToString();
        }

        await using var other = await Lab.DrivenAsync();
        var first = await Play(_lab, Token(0), _market.Market.ConditionId);
        (await Play(other, Token(0), _market.Market.ConditionId) == first).Should().BeTrue();
    }

    private static List<(decimal Price, decimal Size)> Levels(JsonElement book, string side) =>
        [.. book.GetProperty(side).EnumerateArray().Select(l => (decimal.Parse(l.GetProperty("price").GetString()!), decimal.Parse(l.GetProperty("size").GetString()!)))];
}
