using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>The main job, over HTTP, through every real part: prices move a position, a take-profit sells it.</summary>
public class MainJobTests
{
    [Fact]
    public async Task A_take_profit_sells_once_when_the_price_is_pushed_over_it()
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        var positionId = await ana.BuyAsync();

        await app.UntilAsync("/api/v1/users/1001/positions?status=active", p => Only(p) is { } one && Trader.Number(one, "currentPrice") == 0.44m);
        await app.PutAsync($"/api/v1/users/1001/positions/{positionId}/tpsl", new { takeProfit = "0.60", stopLoss = "0.30" });
        await app.UntilAsync("/health/websocket", h => h.GetProperty("active_subscriptions").GetInt32() == 1);
        await ana.QuoteAsync("0.69", "0.70");

        await app.UntilAsync("/api/v1/users/1001/positions?status=closed", p => Only(p) is not null);
        var exit = (await app.UntilAsync("/api/v1/users/1001/exits", e => e.GetProperty("items").EnumerateArray().Any(x => x.GetProperty("status").GetString() == "done"))).GetProperty("items").EnumerateArray()
            .Single(x => x.GetProperty("status").GetString() == "done");
        exit.GetProperty("attempts").GetInt32().Should().Be(1);
        exit.GetProperty("orderHash").GetString().Should().StartWith("0x");
        (await app.ControlAsync("stats")).GetProperty("orders").EnumerateArray().Count(o => o.GetProperty("accepted").GetInt32() > 0).Should().Be(2, "one buy, one sell");
        await app.UntilAsync("/health/websocket", h => h.GetProperty("active_subscriptions").GetInt32() == 0);
    }

    private static JsonElement? Only(JsonElement page) => page.GetProperty("items").GetArrayLength() == 1 ? page.GetProperty("items")[0] : null;
}
