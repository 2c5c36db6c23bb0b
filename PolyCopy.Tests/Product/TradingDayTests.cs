using System.Net;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>What a user does with orders, exits and the kill switch, over HTTP.</summary>
public class TradingDayTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(1001L)]
    public async Task The_kill_switch_stops_entries_but_neither_closing_nor_exits(long? userId)
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        var ben = await Trader.WelcomeAsync(app, 1002, market: 1);
        var exited = await ana.BuyAsync(stopLoss: "0.30");
        var closed = await ben.BuyAsync();
        await ana.FollowedAsync(2);

        await app.PostAsync("/api/v1/admin/pause", new { userId, reason = "a test" });
        (await BuyAgainAsync(ana, "p1")).Should().Be("trading.paused");
        (await BuyAgainAsync(ben, "p2")).Should().Be(userId is null ? "trading.paused" : null, "only who is meant is paused");
        await app.PostAsync($"{ben.Path}/positions/{closed}/close", new { fraction = "1" }, "close");
        await ana.QuoteAsync("0.25", "0.26");
        await ana.PositionIsAsync(exited, "closed");

        await app.PostAsync("/api/v1/admin/resume", new { userId, reason = "the test is over" });
        (await BuyAgainAsync(ana, "p1")).Should().BeNull("a refusal does not use up the key");
    }

    [Fact]
    public async Task A_pause_of_everybody_reaches_the_chat_of_a_holder()
    {
        await using var app = await TestApp.StartAsync();
        await app.ControlAsync("chat/1001/message", new { text = "/start" });
        await SaysAsync("DEMO");
        var ana = await Trader.WelcomeAsync(app);
        await ana.BuyAsync();

        await app.PostAsync("/api/v1/admin/pause", new { reason = "the venue restarts" });
        await SaysAsync("Entries are stopped: the venue restarts");
        await app.PostAsync("/api/v1/admin/resume", new { reason = "it is back" });
        await SaysAsync("Entries are allowed again: it is back");

        async Task SaysAsync(string text)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            while (!(await app.ControlAsync("chat/1001")).GetProperty("messages").EnumerateArray().Any(m => m.GetProperty("text").GetString()!.Contains(text, StringComparison.Ordinal)))
                await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    [Fact]
    public async Task A_resting_order_fills_in_part_and_is_cancelled()
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        var order = await app.PostAsync($"{ana.Path}/orders", new { marketId = ana.MarketId, outcome = "Yes", side = "BUY", type = "GTC", shares = "100", limitPrice = "0.40" }, "rest");
        var path = $"{ana.Path}/orders/{order.GetProperty("orderId").GetString()}";
        await app.UntilAsync(path, o => o.GetProperty("status").GetString() == "live");
        Trader.Number(await app.GetAsync($"{ana.Path}/portfolio"), "reserved").Should().BeGreaterThanOrEqualTo(40m);

        await ana.QuoteAsync("0.38", "0.40", "30"); // crosses 30 of the 100
        await app.UntilAsync(path, o => Trader.Number(o, "filledShares") == 30m);
        await ana.QuoteAsync("0.44", "0.45");
        var cancelled = await app.SendAsync(HttpMethod.Delete, path, null, null);
        cancelled.StatusCode.Should().Be(HttpStatusCode.OK, await cancelled.Content.ReadAsStringAsync());

        var done = await app.UntilAsync(path, o => o.GetProperty("status").GetString() is "cancelled" or "partially_filled");
        Trader.Number(done, "filledShares").Should().Be(30m);
        Trader.Number(done, "averagePrice").Should().Be(0.40m);
        await app.UntilAsync($"{ana.Path}/portfolio", p => Trader.Number(p, "reserved") == 0m);
        (await app.SendAsync(HttpMethod.Delete, path, null, null)).StatusCode.Should().Be(HttpStatusCode.Conflict);
        var position = (await app.UntilAsync($"{ana.Path}/positions?status=active", p => p.GetProperty("items").GetArrayLength() == 1)).GetProperty("items")[0];
        Trader.Number(position, "size").Should().Be(30m);
        (await app.PostAsync($"{ana.Path}/positions/sync", new { })).GetProperty("adjustments").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task Exits_attached_to_a_resting_buy_are_armed_at_its_first_fill()
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        await app.PostAsync($"{ana.Path}/orders", new { marketId = ana.MarketId, outcome = "Yes", side = "BUY", type = "GTC", shares = "100", limitPrice = "0.40", takeProfit = "0.60", stopLoss = "0.30" }, "rest");
        (await app.GetAsync($"{ana.Path}/exits")).GetProperty("items").GetArrayLength().Should().Be(0);

        await ana.QuoteAsync("0.38", "0.40", "30");
        var exits = (await app.UntilAsync($"{ana.Path}/exits", e => e.GetProperty("items").GetArrayLength() == 2)).GetProperty("items").EnumerateArray().ToList();
        exits.Should().OnlyContain(e => e.GetProperty("status").GetString() == "armed");
        var position = (await app.GetAsync($"{ana.Path}/positions?status=active")).GetProperty("items")[0];
        Trader.Number(position, "takeProfit").Should().Be(0.60m);
        Trader.Number(position, "stopLoss").Should().Be(0.30m);

        await ana.FollowedAsync();
        await ana.QuoteAsync("0.66", "0.67");
        await ana.PositionIsAsync(position.GetProperty("id").GetString()!, "closed");
    }

    [Fact]
    public async Task The_reference_the_contract_and_the_meters_are_served()
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        await ana.BuyAsync();
        var paths = (await app.GetAsync("/openapi/v1.json")).GetProperty("paths");
        foreach (var route in new[] { "/api/v1/markets", "/api/v1/users/{userId}/orders", "/api/v1/users/{userId}/positions/{positionId}/tpsl", "/health/websocket" })
            paths.TryGetProperty(route, out _).Should().BeTrue($"{route} is described");
        (await app.Api.GetStringAsync("/reference")).Should().Contain("<html", "it is a page");
        (await app.Api.GetStringAsync("/health/live")).Should().NotBeEmpty();
        var metrics = await app.Api.GetStringAsync("/metrics");
        metrics.Should().Contain("http_server_request_duration").And.Contain("polycopy", "our own meters are exported");
    }

    /// <returns>The code of the refusal, or null.</returns>
    private static async Task<string?> BuyAgainAsync(Trader trader, string key)
    {
        var answer = await trader.App.SendAsync(HttpMethod.Post, $"{trader.Path}/orders", new { marketId = trader.MarketId, outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "5", maxSlippage = "0.05" }, key);
        return answer.IsSuccessStatusCode ? null : JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString();
    }
}
