using System.Globalization;
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
        await app.PostAsync("/api/v1/users", new { userId = 1001, username = "ana" });
        var market = (await app.ControlAsync("markets")).EnumerateArray().First(m => m.GetProperty("tick").GetString() == "0.01" && m.GetProperty("outcomes")[0].GetString() == "Yes");
        var conditionId = market.GetProperty("conditionId").GetString()!;
        await app.ControlAsync($"markets/{conditionId}/quote", new { outcome = "Yes", bid = "0.44", ask = "0.45", size = "5000" });

        var order = await app.PostAsync("/api/v1/users/1001/orders", new { marketId = market.GetProperty("marketId").GetString(), outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "50", maxSlippage = "0.05" }, "buy-1");
        order.GetProperty("filledShares").GetString().Should().NotBe("0");
        var positionId = order.GetProperty("positionId").GetString();

        await app.UntilAsync("/api/v1/users/1001/positions?status=active", p => Only(p) is { } one && Number(one, "currentPrice") == 0.44m && Number(one, "sellableSize") == Number(one, "size"));
        await app.PutAsync($"/api/v1/users/1001/positions/{positionId}/tpsl", new { takeProfit = "0.60", stopLoss = "0.30" });
        await app.UntilAsync("/health/websocket", h => h.GetProperty("active_subscriptions").GetInt32() == 1);
        await app.ControlAsync($"markets/{conditionId}/quote", new { outcome = "Yes", bid = "0.69", ask = "0.70", size = "5000" });

        await app.UntilAsync("/api/v1/users/1001/positions?status=closed", p => Only(p) is not null);
        var exit = (await app.UntilAsync("/api/v1/users/1001/exits", e => e.GetProperty("items").EnumerateArray().Any(x => x.GetProperty("status").GetString() == "done"))).GetProperty("items").EnumerateArray()
            .Single(x => x.GetProperty("status").GetString() == "done");
        exit.GetProperty("attempts").GetInt32().Should().Be(1);
        exit.GetProperty("orderHash").GetString().Should().StartWith("0x");
        (await app.ControlAsync("stats")).GetProperty("orders").EnumerateArray().Count(o => o.GetProperty("accepted").GetInt32() > 0).Should().Be(2, "one buy, one sell");
        await app.UntilAsync("/health/websocket", h => h.GetProperty("active_subscriptions").GetInt32() == 0);
    }

    private static JsonElement? Only(JsonElement page) => page.GetProperty("items").GetArrayLength() == 1 ? page.GetProperty("items")[0] : null;

    private static decimal Number(JsonElement element, string name) => decimal.Parse(element.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}
