using System.Globalization;
using System.Net;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>Each fault of reads does what its line in the catalogue says.</summary>
public class HttpFaultTests
{
    private static async Task<(Lab Lab, MarketState Market)> SceneAsync()
    {
        var lab = await Lab.DrivenAsync();
        return (lab, await lab.MarketAsync());
    }

    private static string Book(MarketState market) => "clob/book?token_id=" + market.Market.TokenIds[0];

    private static async Task<(HttpStatusCode Status, string Body)> AskAsync(Lab lab, string path)
    {
        using var response = await lab.Http.GetAsync(path);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task F15_the_books_hash_is_wrong()
    {
        var (lab, market) = await SceneAsync();
        await using var _ = lab;
        await lab.FaultAsync("F15", "clob");
        (await lab.GetAsync(Book(market))).GetProperty("hash").GetString().Should().Be(new string('f', 40));
    }

    [Fact]
    public async Task F16_the_ghost_book()
    {
        var (lab, market) = await SceneAsync();
        await using var _ = lab;
        await lab.FaultAsync("F16", "clob");
        var book = await lab.GetAsync(Book(market));
        book.GetProperty("bids").EnumerateArray().Single().GetProperty("price").GetString().Should().Be("0.01");
        book.GetProperty("asks").EnumerateArray().Single().GetProperty("price").GetString().Should().Be("0.99");
        (await lab.GetAsync($"clob/price?token_id={market.Market.TokenIds[0]}&side=BUY")).GetProperty("price").GetString().Should().Be("0.44", "only the book is stale");
    }

    [Theory]
    [InlineData("clob")]
    [InlineData("gamma")]
    public async Task F29_blocked_with_a_page(string target)
    {
        var (lab, market) = await SceneAsync();
        await using var _ = lab;
        await lab.FaultAsync("F29", target);
        var (status, body) = await AskAsync(lab, target == "clob" ? Book(market) : "gamma/markets/keyset?limit=1");
        status.Should().Be(HttpStatusCode.Forbidden);
        body.Should().StartWith("<!DOCTYPE html>");
    }

    [Fact]
    public async Task F30_too_many_in_every_spelling()
    {
        var (lab, market) = await SceneAsync();
        await using var _ = lab;
        await lab.FaultAsync("F30", "clob", seed: 2);
        HashSet<string> bodies = [], waits = [];
        for (var i = 0; i < 60; i++)
        {
            using var response = await lab.Http.GetAsync(Book(market));
            response.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
            bodies.Add((await response.Content.ReadAsStringAsync())[..9]);
            waits.Add(response.Headers.RetryAfter?.ToString() ?? "none");
        }
        bodies.Should().BeEquivalentTo("{\"error\":", "error cod", "<!DOCTYPE");
        waits.Should().BeEquivalentTo("0", "1", "none");
    }

    [Theory]
    [InlineData("F46")]
    [InlineData("F53")]
    public async Task F46_and_F53_there_is_no_book_and_no_order(string fault)
    {
        var (lab, market) = await SceneAsync();
        await using var _ = lab;
        var ana = await Trader.FundedAsync(lab, 1);
        await lab.FaultAsync(fault, "clob");

        (await AskAsync(lab, Book(market))).Should().Be((HttpStatusCode.NotFound, """{"error":"No orderbook exists for the requested token id"}"""));
        (await lab.PostAsync("clob/books", new[] { new { token_id = market.Market.TokenIds[0] } })).Body.GetArrayLength().Should().Be(0);
        (await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.40m, 50))).Body.GetProperty("error").GetString()
            .Should().Be(fault == "F46" ? "the market is not yet ready to process new orders" : $"the orderbook {market.Market.TokenIds[0]} does not exist");
        (await lab.GetAsync($"gamma/markets/{market.Market.Id}")).GetProperty("acceptingOrders").GetBoolean().Should().BeTrue();
    }

    [Fact]
    public async Task F46_gamma_does_not_know_the_tokens_yet()
    {
        var (lab, market) = await SceneAsync();
        await using var _ = lab;
        await lab.FaultAsync("F46", "gamma");
        (await lab.GetAsync($"gamma/markets/{market.Market.Id}")).GetProperty("clobTokenIds").GetString().Should().Be("[]");
    }

    [Fact]
    public async Task F47_gamma_fails_now_and_then()
    {
        var (lab, _) = await SceneAsync();
        await using var __ = lab;
        await lab.FaultAsync("F47", "gamma", probability: 0.5, seed: 11);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 20; i++)
            statuses.Add((await AskAsync(lab, "gamma/markets/keyset?limit=1")).Status);
        statuses.Distinct().Should().BeEquivalentTo([HttpStatusCode.OK, HttpStatusCode.InternalServerError]);
    }

    [Fact]
    public async Task F55_numbers_in_other_spellings()
    {
        var (lab, market) = await SceneAsync();
        await using var _ = lab;
        await lab.FaultAsync("F55", "clob");
        await lab.FaultAsync("F55", "gamma");
        (await lab.GetAsync(Book(market))).GetProperty("bids").EnumerateArray().Last().GetProperty("price").GetString().Should().Be(".44");
        var row = (await lab.GetAsync($"gamma/markets/{market.Market.Id}")).GetProperty("bestBid");
        row.GetRawText().Should().Contain("e-1");
        row.GetDecimal().Should().Be(0.44m, "it is the same number");
    }

    [Fact]
    public async Task F56_the_other_outcome_first()
    {
        var (lab, market) = await SceneAsync();
        await using var _ = lab;
        var path = "clob/markets-by-token/" + market.Market.TokenIds[0];
        var before = await lab.GetAsync(path);
        await lab.FaultAsync("F56", "clob");
        (await lab.GetAsync(path)).GetProperty("primary_token_id").GetString().Should().Be(before.GetProperty("secondary_token_id").GetString());
        var tokens = (await lab.GetAsync("clob/markets/" + market.Market.ConditionId)).GetProperty("tokens");
        (tokens[0].GetProperty("token_id").GetString(), tokens[0].GetProperty("outcome").GetString()).Should().Be((market.Market.TokenIds[1], market.Market.Outcomes[1]));
    }

    [Fact]
    public async Task F35_and_F57_version_and_time_say_so()
    {
        var (lab, _) = await SceneAsync();
        await using var __ = lab;
        await lab.FaultAsync("F35", "clob");
        await lab.FaultAsync("F57", "clob");
        (await AskAsync(lab, "clob/version")).Body.Should().Be("""{"version":3}""");
        (await AskAsync(lab, "clob/time")).Body.Should().Be((Lab.Start.ToUnixTimeSeconds() + 600).ToString(CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("clob")]
    [InlineData("gamma")]
    public async Task F60_requests_are_cut(string target)
    {
        var (lab, market) = await SceneAsync();
        await using var _ = lab;
        await lab.FaultAsync("F60", target);
        await FluentActions.Awaiting(() => AskAsync(lab, target == "clob" ? Book(market) : "gamma/markets/keyset?limit=1")).Should().ThrowAsync<HttpRequestException>();
    }
}
