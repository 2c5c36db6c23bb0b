using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>A newcomer's first ten minutes, in a real browser on a phone: the bot by the chat page, a trade, its exit, the day's result.</summary>
public class ChatWalkTests
{
    [Fact]
    public async Task From_start_to_the_days_picture()
    {
        await using var app = await TestApp.StartAsync();
        using var venue = new ChatDriver(app.Venue.BaseAddress!.ToString(), 1001);
        var market = await venue.MarketAsync("0.44", "0.45");
        var question = (await app.GetAsync($"/api/v1/markets/{market.Id}")).GetProperty("question").GetString()!;
        await using var page = await Chromium.OpenAsync(new Uri(app.Api.BaseAddress!, "chat?id=1001"), 390, 844, dark: true);

        await page.UntilAsync("document.querySelector('.start')");
        await page.ShootAsync("01-empty");
        // the circuit may just be coming up: a press before it is lost
        await page.UntilAsync("document.querySelector('.messages').innerText.includes('Net worth') || (document.querySelector('.start')?.click(), false)");
        await page.ShootAsync("02-home");

        await SayAsync(page, question);
        await ShowsAsync(page, "🔎 " + question[..20]);
        await page.ShootAsync("03-search");
        await PressAsync(page, "1. " + question[..20]);
        await ShowsAsync(page, "spread");
        await page.ShootAsync("04-market");
        await PressAsync(page, "Chart");
        await page.UntilAsync("document.querySelector('.row.bot .bubble img')?.naturalWidth === 1080");
        await page.ShootAsync("05-chart");
        await PressAsync(page, "Back");
        await ShowsAsync(page, "spread");
        await PressAsync(page, "Buy Yes");
        await ShowsAsync(page, "For how much?");
        await page.ShootAsync("06-amount");
        await PressAsync(page, "$25.00");
        await ShowsAsync(page, "Review: buy");
        await PressAsync(page, "Take-profit");
        await ShowsAsync(page, "Sell with a profit");
        await page.ShootAsync("07-take-profit");
        await PressAsync(page, "+25 %");
        await ShowsAsync(page, "Take-profit at 56¢");
        await PressAsync(page, "Stop-loss");
        await ShowsAsync(page, "Sell to limit the loss");
        await PressAsync(page, "−20 %");
        await ShowsAsync(page, "Stop-loss at 36¢");
        await page.ShootAsync("08-review");
        await PressAsync(page, "Confirm");
        await ShowsAsync(page, "Bought");
        await page.ShootAsync("09-receipt");
        await PressAsync(page, "Position");
        await ShowsAsync(page, "what a sale would get");
        await app.UntilAsync("/api/v1/users/1001/positions?status=active", p => p.GetProperty("items")[0] is var held && Trader.Number(held, "sellableSize") == Trader.Number(held, "size"));
        await PressAsync(page, "Refresh");
        await ShowsAsync(page, "; 53.49 can be sold now");
        await page.ShootAsync("10-position");

        // only 20 shares of bids at the take-profit's price: it sells these and stays armed for the rest
        await app.UntilAsync("/health/websocket", h => h.GetProperty("active_subscriptions").GetInt32() == 1 && h.GetProperty("websocket_manager").GetString() == "healthy");
        await venue.QuoteAsync(market, "0.57", "0.58", "20");
        await ShowsAsync(page, "ms from price tick to order");
        await page.ShootAsync("11-alert");
        await venue.QuoteAsync(market, "0.52", "0.53");

        await SayAsync(page, "/positions");
        await ShowsAsync(page, "Open: 1 ·");
        await page.ShootAsync("12-positions");
        await PressAsync(page, "1. Yes");
        await PressAsync(page, "Sell 100 %");
        await ShowsAsync(page, "Review: sell");
        await page.ShootAsync("13-sell");
        await PressAsync(page, "Confirm");
        await ShowsAsync(page, "Sold");
        await page.ShootAsync("14-sold");

        await SayAsync(page, "/history");
        await ShowsAsync(page, "Profit and loss by day");
        await page.ShootAsync("15-history");
        await PressAsync(page, "Today");
        await ShowsAsync(page, "Still open: $0.00");
        await page.UntilAsync("document.querySelector('.row.bot .bubble img')?.naturalHeight === 880");
        await page.ShootAsync("16-day");
        await PressAsync(page, "History");
        await PressAsync(page, "Exits fired");
        await ShowsAsync(page, "tick to order");
        await page.ShootAsync("17-exits");
        await SayAsync(page, "/settings");
        await ShowsAsync(page, "Time zone: UTC");
        await page.ShootAsync("18-settings");
        await SayAsync(page, "/help");
        await ShowsAsync(page, "Came by it");
        await page.ShootAsync("19-help");
        await SayAsync(page, "/status");
        await ShowsAsync(page, "Messages waiting");
        await page.ShootAsync("20-status");

        (await page.EvaluateAsync("document.documentElement.scrollWidth - window.innerWidth")).GetInt32().Should().BeLessThanOrEqualTo(0, "nothing hangs over");
    }

    /// <summary>Waits until the newest message, which is the first in the page, holds the words.</summary>
    private static Task ShowsAsync(Chromium page, string words) => page.UntilAsync($"document.querySelector('.row.bot .text')?.innerText.includes({Text(words)})");

    private static async Task SayAsync(Chromium page, string text) => await page.EvaluateAsync(
        $$"""(() => { const box = document.querySelector('footer form input'); box.value = {{Text(text)}}; box.dispatchEvent(new Event('input', { bubbles: true })); setTimeout(() => box.form.requestSubmit(), 50); })()""");

    /// <summary>Presses the button of the newest message that holds the words.</summary>
    private static Task PressAsync(Chromium page, string words) =>
        page.UntilAsync($"(b => b && (b.click(), true))([...document.querySelector('.row.bot').querySelectorAll('button.key')].find(b => !b.disabled && b.innerText.includes({Text(words)})))");

    private static string Text(string text) => JsonSerializer.Serialize(text);
}
