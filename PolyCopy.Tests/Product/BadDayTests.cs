using System.Net;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>The feed is pulled from under a stop; the product says so, protects it by REST and comes back by itself.</summary>
public class BadDayTests
{
    [Theory]
    [InlineData("F1", "feed mute")]
    [InlineData("F60", "reset")]
    public async Task A_stop_fires_while_the_feed_is_gone_and_the_feed_comes_back(string fault, string reason)
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        var ben = await Trader.WelcomeAsync(app, 1002, market: 1);
        var stopped = await ana.BuyAsync(stopLoss: "0.30");
        await ben.BuyAsync(stopLoss: "0.30");
        await ana.FollowedAsync(2);

        await app.ControlAsync("faults", new { fault, target = "ws/market" });
        await ana.QuoteAsync("0.25", "0.26");
        await ben.QuoteAsync("0.40", "0.41");

        // F1 is told by data that never comes: 10 s of silence and a second look
        var health = await StatusAsync(app, HttpStatusCode.ServiceUnavailable);
        health.GetProperty("websocket_manager").GetString().Should().Be("degraded");
        health.GetProperty("reason").GetString().Should().NotBeNullOrEmpty().And.Contain(reason);
        await ana.PositionIsAsync(stopped, "closed");
        (await app.ControlAsync("stats")).GetProperty("orders").EnumerateArray().Count(o => o.GetProperty("accepted").GetInt32() > 0).Should().Be(3, "two buys, one sell");
        (await ben.EventAsync("protection_lost")).GetProperty("reason").GetString().Should().NotBeNullOrEmpty();

        (await app.Venue.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        await StatusAsync(app, HttpStatusCode.OK);
        await ben.EventAsync("protection_back");
    }

    [Fact]
    public async Task A_cut_connection_comes_back_and_its_late_frames_count_for_nothing()
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        var id = await ana.BuyAsync(takeProfit: "0.60", stopLoss: "0.30");
        await ana.FollowedAsync();

        await app.ControlAsync("faults", new { fault = "F12", target = "ws/market" });
        await ana.QuoteAsync("0.45", "0.46"); // a frame to cut it at
        await StatusAsync(app, HttpStatusCode.OK, h => h.GetProperty("streamer_stats").GetProperty("websocket").GetProperty("reconnects").GetInt64() > 0);
        await ana.QuoteAsync("0.47", "0.48");
        await app.UntilAsync($"{ana.Path}/positions/{id}", p => Trader.Number(p, "currentPrice") == 0.47m && p.GetProperty("status").GetString() == "active");
        await ana.QuoteAsync("0.65", "0.66");
        await ana.PositionIsAsync(id, "closed");
    }

    [Theory]
    [InlineData("F24", "drop", false)]
    [InlineData("F26", null, false)]
    [InlineData("F28", null, true)]
    [InlineData("F30", "1015", true)]
    public async Task A_stop_sells_everything_once_however_the_venue_answers(string fault, string? variant, bool refuses)
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        var id = await ana.BuyAsync(stopLoss: "0.30");
        await ana.FollowedAsync();
        var size = Trader.Number(await app.GetAsync($"{ana.Path}/positions/{id}"), "size");

        await app.ControlAsync("faults", new { fault, target = "clob", variant });
        await ana.QuoteAsync("0.25", "0.26");
        await ana.QuoteAsync("0.24", "0.25"); // the second look of a guarded stop; under F30 no book can be read for it
        if (refuses)
        {
            // the stop stays queued: it is judged and tried again for as long as the venue takes no orders
            await app.UntilAsync($"{ana.Path}/orders", o => o.GetProperty("items").EnumerateArray().Count(x => x.GetProperty("status").GetString() == "rejected") >= 2);
            (await app.GetAsync($"{ana.Path}/positions/{id}")).GetProperty("status").GetString().Should().BeOneOf("active", "closing");
            (await app.Venue.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        }
        await ana.PositionIsAsync(id, "closed", 90);

        (await app.Venue.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        var fills = (await app.GetAsync($"{ana.Path}/fills")).GetProperty("items").EnumerateArray().Where(f => f.GetProperty("side").GetString() == "SELL");
        fills.Sum(f => Trader.Number(f, "shares")).Should().BeInRange(size - 0.01m, size, "all of it, and not twice");
        (await app.ControlAsync("stats")).GetProperty("orders").EnumerateArray().Should().OnlyContain(o => o.GetProperty("accepted").GetInt32() <= 1);
        (await app.PostAsync($"{ana.Path}/positions/sync", new { })).GetProperty("adjustments").GetInt32().Should().Be(0);
    }

    [Theory]
    [InlineData("F1")]
    [InlineData("F2")]
    [InlineData("F38")]
    [InlineData("F60")]
    public async Task Orders_fill_settle_and_sell_without_a_word_of_the_user_channel(string fault)
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        await app.ControlAsync("faults", new { fault, target = "ws/user" });
        var order = await app.PostAsync($"{ana.Path}/orders", new { marketId = ana.MarketId, outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "50", maxSlippage = "0.05", stopLoss = "0.30" }, "buy");
        order.GetProperty("status").GetString().Should().BeOneOf("filled", "matched"); // its trades may take longer to read than the answer waits
        var positions = await app.UntilAsync($"{ana.Path}/positions", l => l.GetProperty("items") is var items && items.GetArrayLength() == 1 && Trader.Number(items[0], "sellableSize") == Trader.Number(items[0], "size"));
        var id = positions.GetProperty("items")[0].GetProperty("id").GetString()!;
        await ana.FollowedAsync();

        await ana.QuoteAsync("0.25", "0.26");

        await ana.PositionIsAsync(id, "closed");
        (await app.PostAsync($"{ana.Path}/positions/sync", new { })).GetProperty("adjustments").GetInt32().Should().Be(0);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("0.5")]
    public async Task F20_a_take_profit_whose_sale_fails_on_chain_sells_again(string fraction)
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        var id = await ana.BuyAsync();
        await ana.FollowedAsync();
        var size = Trader.Number(await app.GetAsync($"{ana.Path}/positions/{id}"), "size");
        var exit = await app.PostAsync($"{ana.Path}/positions/{id}/exits", new { kind = "takeProfit", triggerPrice = "0.60", fraction });
        await app.ControlAsync("settlement", new { next = 1, @as = "fail" });

        await ana.QuoteAsync("0.65", "0.66");

        await ana.EventAsync("settlement_failed");
        var left = fraction == "1" ? 0m : size - Math.Floor(size * 50m) / 100m;
        await app.UntilAsync($"{ana.Path}/orders", o => o.GetProperty("items").EnumerateArray().Count(x => x.GetProperty("side").GetString() == "SELL" && x.GetProperty("status").GetString() is "filled" or "partially_filled" or "failed") == 2);
        await app.UntilAsync($"{ana.Path}/positions/{id}", p => Math.Abs(Trader.Number(p, "size") - left) <= 0.02m);
        var exits = (await app.UntilAsync($"{ana.Path}/exits", e => e.GetProperty("items")[0].GetProperty("status").GetString() == "done")).GetProperty("items");
        exits.GetArrayLength().Should().Be(1);
        exits[0].GetProperty("id").GetString().Should().Be(exit.GetProperty("id").GetString());
        (await app.GetAsync($"{ana.Path}/orders")).GetProperty("items").EnumerateArray().Count(o => o.GetProperty("side").GetString() == "SELL").Should().Be(2);
        (await app.PostAsync($"{ana.Path}/positions/sync", new { })).GetProperty("adjustments").GetInt32().Should().Be(0);
    }

    private static async Task<JsonElement> StatusAsync(TestApp app, HttpStatusCode wanted, Func<JsonElement, bool>? satisfied = null)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var last = "";
        try
        {
            while (await timer.WaitForNextTickAsync(deadline.Token))
            {
                var answer = await app.Api.GetAsync("/health/websocket", deadline.Token);
                last = await answer.Content.ReadAsStringAsync(deadline.Token);
                if (answer.StatusCode == wanted && JsonDocument.Parse(last).RootElement is var health && satisfied?.Invoke(health) != false)
                    return health;
            }
        }
        catch (OperationCanceledException)
        {
            // falls through to the failure with the last answer
        }
        throw new Xunit.Sdk.XunitException($"/health/websocket did not answer {wanted} in a minute; last: {last}");
    }
}
