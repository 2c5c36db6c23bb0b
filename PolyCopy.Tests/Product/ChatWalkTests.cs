using System.Globalization;
using System.Text.Json;

namespace PolyCopy.Tests.Product;

/// <summary>A newcomer's first ten minutes in the chat page: a trade, its exit, the day's result; and a leader followed, copied and explained.</summary>
public class ChatWalkTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task From_start_to_the_days_picture(bool botAlone)
    {
        await using var page = await ChatPage.OpenAsync(botAlone);
        var (app, venue) = (page.App, page.Venue);
        var market = await venue.MarketAsync("0.44", "0.45");
        var question = (await app.GetAsync($"/api/v1/markets/{market.Id}")).GetProperty("question").GetString()!;
        await page.StartAsync();

        await page.SayAsync(question);
        await page.ShowsAsync("🔎 " + question[..20]);
        await page.ShootAsync("03-search");
        await page.PressAsync("1. " + question[..20]);
        await page.ShowsAsync("spread");
        await page.ShootAsync("04-market");
        await page.PressAsync("Chart");
        await page.PictureAsync(1080, 810);
        await page.ShootAsync("05-chart");
        await page.PressAsync("Back");
        await page.ShowsAsync("spread");
        await venue.QuoteAsync(market, "0.44", "0.45"); // a quote stands for a minute: from here on there is a whole one
        await page.PressAsync("Buy Yes");
        await page.ShowsAsync("For how much?");
        await page.ShootAsync("06-amount");
        await page.PressAsync("$25.00");
        await page.ShowsAsync("Review: buy");
        await page.PressAsync("Take-profit");
        await page.ShowsAsync("Sell with a profit");
        await page.ShootAsync("07-take-profit");
        await page.PressAsync("+25 %");
        await page.ShowsAsync("Take-profit at 56¢");
        await page.PressAsync("Stop-loss");
        await page.ShowsAsync("Sell to limit the loss");
        await page.PressAsync("−20 %");
        await page.ShowsAsync("Stop-loss at 36¢");
        await page.ShootAsync("08-review");
        await page.PressAsync("Confirm");
        await page.ShowsAsync("Bought");
        await page.ShootAsync("09-receipt");
        await page.PressAsync("Position");
        await page.ShowsAsync("what a sale would get");
        await app.UntilAsync("/api/v1/users/1001/positions?status=active", p => p.GetProperty("items")[0] is var held && Trader.Number(held, "sellableSize") == Trader.Number(held, "size"));
        await page.PressAsync("Refresh");
        await page.ShowsAsync("; 53.49 can be sold now");
        await page.ShootAsync("10-position");

        // only 20 shares of bids at the take-profit's price: it sells these and stays armed for the rest
        await app.UntilAsync("/health/websocket", h => h.GetProperty("active_subscriptions").GetInt32() == 1 && h.GetProperty("websocket_manager").GetString() == "healthy");
        await venue.QuoteAsync(market, "0.57", "0.58", "20");
        await page.ShowsAsync("ms from price tick to order");
        await page.ShootAsync("11-alert");
        await venue.QuoteAsync(market, "0.52", "0.53");

        await page.SayAsync("/positions");
        await page.ShowsAsync("Open: 1 ·");
        await page.ShootAsync("12-positions");
        await page.PressAsync("1. Yes");
        await page.PressAsync("Sell 100 %");
        await page.ShowsAsync("Review: sell");
        await page.ShootAsync("13-sell");
        await page.PressAsync("Confirm");
        await page.ShowsAsync("Sold");
        await page.ShootAsync("14-sold");

        await page.SayAsync("/history");
        await page.ShowsAsync("Profit and loss by day");
        await page.ShootAsync("15-history");
        await page.PressAsync("CSV");
        await page.ShowsAsync("All your trades");
        var csv = await page.FileAsync();
        csv.Split("\r\n").Should().HaveCount(6, "header, play money, a purchase, two sales, and nothing behind them");
        csv.Should().Contain(",buy,").And.Contain(",sell,").And.Contain(",exit,demo,");
        await page.ShootAsync("15-csv");
        await page.SayAsync("/history");
        await page.ShowsAsync("Profit and loss by day");
        await page.PressAsync("Today");
        await page.ShowsAsync("Still open: $0.00");
        await page.PictureAsync(1080, 880);
        await page.ShootAsync("16-day");
        await page.PressAsync("History");
        await page.PressAsync("Exits fired");
        await page.ShowsAsync("tick to order");
        await page.ShootAsync("17-exits");
        await page.SayAsync("/settings");
        await page.ShowsAsync("Time zone: UTC");
        await page.ShootAsync("18-settings");
        await page.SayAsync("/help");
        await page.ShowsAsync("Came by it");
        await page.ShootAsync("19-help");
        await page.SayAsync("/status");
        await page.ShowsAsync("Messages waiting");
        await page.ShootAsync("20-status");

        await page.NothingHangsOverAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task From_a_leader_to_the_reasons(bool botAlone)
    {
        await using var page = await ChatPage.OpenAsync(botAlone);
        var app = page.App;
        var leader = (await app.UntilAsync("/api/v1/leaders", l => l.GetProperty("items").GetArrayLength() > 0)).GetProperty("items")[0];
        var (address, name) = (leader.GetProperty("address").GetString()!, leader.GetProperty("name").GetString()!);
        var market = (await app.ControlAsync("markets")).EnumerateArray().First(m => m.GetProperty("ask").ValueKind == JsonValueKind.String && decimal.Parse(m.GetProperty("ask").GetString()!, CultureInfo.InvariantCulture) is > 0.3m and < 0.6m);
        await app.ControlAsync("chain/finality", new { lag = 200 }); // what is final cannot be taken back
        await page.StartAsync();

        await page.SayAsync("/leaders");
        await page.ShowsAsync(name);
        await page.ShootAsync("30-leaders");
        await page.PressAsync(name + " ·");
        await page.ShowsAsync(address);
        await page.ShootAsync("31-leader");
        await page.PressAsync("Follow");
        await page.ShowsAsync("How much");
        await page.PressAsync("$10.00");
        await page.PressAsync("Review");
        await page.ShowsAsync("Review: follow");
        await page.PressAsync("Caps");
        await page.PressAsync("Slippage");
        await page.ShowsAsync("Type a percentage");
        await page.SayAsync("50");
        await page.ShowsAsync("Slippage: 50 %");
        await page.PressAsync("Review");
        await page.PressAsync("Filters");
        await page.ShowsAsync("First entry only: no");
        await page.PressAsync("Leader spends from");
        await page.ShowsAsync("Type an amount");
        await page.SayAsync("20");
        await page.ShowsAsync("Leader spends from: $20.00");
        await page.PressAsync("Review");
        await page.ShowsAsync("Valid for 60 seconds");
        await page.ShootAsync("32-rules");
        await page.PressAsync("Confirm: follow");
        await page.ShowsAsync("You follow");

        var copied = await TradeAsync("200");
        await page.ShowsAsync("ms from seeing the trade to our order");
        await page.ShootAsync("33-copied");
        await page.PressAsync("Why");
        await page.ShowsAsync("How the size came about");
        await page.ShootAsync("34-why");
        await TradeAsync("5");
        await app.UntilAsync("/api/v1/users/1001/decisions?verdict=skipped", d => d.GetProperty("items").GetArrayLength() == 1);
        await page.SayAsync("/why");
        await page.ShowsAsync("Decisions");
        await page.PressAsync("❔ 1");
        await page.ShowsAsync("the least is 20 pUSD");
        await page.ShootAsync("35-skipped");

        await app.ControlAsync("clock", new { drive = true }); // no block comes between the count and what is counted
        var newest = Convert.ToInt64((await app.VenueAsync("rpc", new { jsonrpc = "2.0", id = 1, method = "eth_blockNumber", @params = Array.Empty<object>() })).GetProperty("result").GetString(), 16);
        await app.ControlAsync("chain/reorg", new { depth = newest - copied.GetProperty("blockNumber").GetInt64() + 2, removed = true, fills = "drop" });
        await app.ControlAsync("clock", new { drive = false });
        await page.ShowsAsync("The chain took back a trade");
        await page.ShootAsync("36-taken-back");
        await page.PressAsync("Follow");
        await page.ShowsAsync("Positions held: 1");
        await page.ShootAsync("37-follow");
        await page.NothingHangsOverAsync();

        Task<JsonElement> TradeAsync(string shares) => app.ControlAsync($"leaders/{address}/trade", new { conditionId = market.GetProperty("conditionId").GetString(), outcome = market.GetProperty("outcomes")[0].GetString(), side = "BUY", shares, price = market.GetProperty("ask").GetString() });
    }
}
