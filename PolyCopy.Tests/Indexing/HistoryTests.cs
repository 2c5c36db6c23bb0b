using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Polymarket;

namespace PolyCopy.Tests.Indexing;

/// <summary>The Data API's wire: cached, capped, sometimes down.</summary>
public class HistoryTests
{
    private const string Wallet = "0x510f4963b66b1b18505faab74b0bb943d1dda43c";
    private static readonly DateTimeOffset From = DateTimeOffset.FromUnixTimeSeconds(1_787_000_000);
    private static readonly DateTimeOffset To = DateTimeOffset.FromUnixTimeSeconds(1_787_200_000);
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_795_000_000));

    [Fact]
    public async Task F42_no_address_is_asked_twice_so_no_cache_can_answer()
    {
        var stub = StubVenue.Always(Page(false, null, Row(1, 1_787_100_000)));
        var client = Client(stub);
        await client.TradesAsync(Wallet, From, To, default);
        await client.TradesAsync(Wallet, From, To, default);
        stub.Requests.Select(r => r.Address.ToString()).Distinct().Should().HaveCount(2);
        stub.Requests.Should().OnlyContain(r => r.Path.EndsWith("/v2/activity") && r.Address.Query.Contains($"user={Wallet}"));
    }

    [Theory]
    [InlineData("""{"data":{"proxy_wallet":"0x1","value":1234.5678}}""", 1234.5678)]
    [InlineData("""{"data":{"proxy_wallet":"0x1","value":9e-6}}""", 0.000009)]
    [InlineData("""{"data":{"proxy_wallet":"0x1"}}""", null)]
    [InlineData("""{"data":null}""", null)]
    public async Task What_positions_are_worth_is_read_or_not_known(string body, double? value) =>
        (await Client(StubVenue.Always(Reply.Ok(body))).ValueAsync(Wallet, default)).Should().Be((decimal?)value);

    [Fact]
    public async Task F45_a_long_history_is_read_by_cursors_to_its_end_oldest_first()
    {
        var stub = new StubVenue((asked, _) => asked.Address.Query.Contains("cursor=next") ? Page(false, null, Row(1, 1_787_100_000)) : Page(true, "next", Row(3, 1_787_100_009), Row(2, 1_787_100_005)));
        var trades = await Client(stub).TradesAsync(Wallet, From, To, default);
        trades.Select(t => t.Shares.Micros / 1_000_000).Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task F45_where_there_is_more_and_no_cursor_the_window_is_moved()
    {
        var stub = new StubVenue((asked, _) =>
        {
            var end = long.Parse(asked.Address.Query.Split('&').Single(p => p.StartsWith("end=", StringComparison.Ordinal))[4..], CultureInfo.InvariantCulture);
            return end > 1_787_100_005 ? Page(true, null, Row(4, 1_787_100_009), Row(3, 1_787_100_005)) : Page(false, null, Row(3, 1_787_100_005), Row(2, 1_787_100_005), Row(1, 1_787_100_001));
        });
        var trades = await Client(stub).TradesAsync(Wallet, From, To, default);
        trades.Select(t => t.Shares.Micros / 1_000_000).Should().Equal(1, 2, 3, 4);
    }

    [Fact]
    public async Task F44_a_503_is_asked_again_and_a_lasting_one_is_said()
    {
        var down = new Reply(503, """{"error":"upstream","code":"dependency_unavailable","retryable":true,"trace_id":"x"}""");
        var stub = StubVenue.InTurn(down, Page(false, null, Row(1, 1_787_100_000)));
        (await RunAsync(Client(stub).TradesAsync(Wallet, From, To, default))).Should().ContainSingle();

        var dead = Client(StubVenue.Always(down));
        await FluentActions.Awaiting(() => RunAsync(dead.TradesAsync(Wallet, From, To, default))).Should().ThrowAsync<VenueException>().WithMessage("*503*");
    }

    [Fact]
    public async Task F54_combos_other_peoples_rows_and_rows_out_of_the_window_are_left_out()
    {
        var stub = StubVenue.Always(Page(false, null,
            Row(5, 1_787_100_004).Replace(Condition, "0x03" + new string('7', 60)), Row(4, 1_787_100_003).Replace(Wallet, "0x" + new string('a', 40)), Row(3, 1_786_000_000),
            Row(2, 1_787_100_001).Replace("\"size\":2", "\"size\":9e-6"), Row(1, 1_787_100_000)));
        var trades = await Client(stub).TradesAsync(Wallet, From, To, default);
        trades.Select(t => t.Shares.Micros).Should().Equal(1_000_000, 9);
    }

    [Fact]
    public async Task A_name_cut_in_the_middle_of_an_emoji_costs_no_trade()
    {
        var stub = StubVenue.Always(Page(false, null, Row(2, 1_787_100_004).Replace("PPMT", "PP\\ud83d"), Row(1, 1_787_100_000)));
        (await Client(stub).TradesAsync(Wallet, From, To, default)).Select(t => (t.Shares.Micros, t.Name)).Should().Equal((1_000_000, "PPMT"), (2_000_000, null));
    }

    [Fact]
    public async Task Identical_fills_of_one_transaction_are_numbered()
    {
        var stub = StubVenue.Always(Page(false, null, Row(1, 1_787_100_000), Row(1, 1_787_100_000)));
        (await Client(stub).TradesAsync(Wallet, From, To, default)).Select(t => t.Occurrence).Should().Equal(0, 1);
    }

    private const string Condition = "0x1d8720896546460a48d4f7fd5b3f0705a8d427921222de498d1cd334d4890c52";

    private static string Row(int size, long at) =>
        $$"""{"proxy_wallet":"{{Wallet}}","timestamp":{{at}},"condition_id":"{{Condition}}","type":"TRADE","size":{{size}},"usdc_size":0.7,"transaction_hash":"0xb6acf6859bc84216f4b3e2567fb392a2eae19d275340ad96ea17218ccfec27b7","price":0.26,"token_id":"7255","side":"BUY","outcome_index":1,"title":"","slug":"","icon":"","event_slug":"","outcome":"No","name":"PPMT"}""";

    private static Reply Page(bool more, string? next, params string[] rows) =>
        Reply.Ok($$$"""{"data":[{{{string.Join(',', rows)}}}],"pagination":{"limit":500,"offset":0,"has_more":{{{(more ? "true" : "false")}}},"next_cursor":{{{(next is null ? "null" : $"\"{next}\"")}}}}}""");

    private DataClient Client(StubVenue stub) => new(
        new VenueHttp(stub.CreateClient(""), _clock, NullLogger<VenueHttp>.Instance),
        new VenueEndpoints(Profile.Demo, new VenueOptions(), enableLive: false, () => new Uri("http://127.0.0.1:9/")), new VenueLimits(_clock), _clock);

    private async Task<T> RunAsync<T>(Task<T> work)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!work.IsCompleted)
        {
            TimeProvider.System.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(60));
            _clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
        return await work;
    }
}
