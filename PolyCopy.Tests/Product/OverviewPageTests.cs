using System.Globalization;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>The overview in a real browser, on a phone and on a desk.</summary>
public class OverviewPageTests
{
    [Fact]
    public async Task The_first_paint_is_of_now()
    {
        await using var app = await TestApp.StartAsync();
        (await app.Api.GetStringAsync("/")).Should().Contain("Nothing is held.");
        var demo = await Trader.WelcomeAsync(app, 1);
        (await app.Api.GetStringAsync("/")).Should().Contain("<b>$1,000.00</b>");
        await demo.BuyAsync();
        var question = (await app.GetAsync($"/api/v1/markets/{demo.MarketId}")).GetProperty("question").GetString()!;
        (await app.Api.GetStringAsync("/")).Should().NotContain("Nothing is held.").And.Contain($"<td>{question[..20]}");
    }

    [Theory]
    [InlineData(390, 844)]
    [InlineData(1280, 900)]
    public async Task Shows_a_position_whose_price_moves_and_keeps_foreign_text_text(int width, int height)
    {
        await using var app = await TestApp.StartAsync();
        var demo = await Trader.WelcomeAsync(app, 1); // the user whom the overview shows
        await using var page = await Chromium.OpenAsync(app.Api.BaseAddress!, width, height);
        await page.UntilAsync("document.querySelector('.badge')?.innerText === 'DEMO'");

        await demo.BuyAsync(takeProfit: "0.60", stopLoss: "0.30");
        await demo.FollowedAsync();
        await page.UntilAsync("document.querySelector('main table tbody tr')?.innerText.includes('0.44')");
        const string Pnl = "document.querySelector('main table tbody tr').children[5].innerText";
        var before = (await page.EvaluateAsync(Pnl)).GetString()!;
        await demo.QuoteAsync("0.52", "0.53");
        await page.UntilAsync($"{Pnl} !== {System.Text.Json.JsonSerializer.Serialize(before)} && {Pnl}.startsWith('+')");

        await app.PostAsync("/api/v1/admin/pause", new { userId = 1, reason = "<img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script>" });
        await page.UntilAsync("document.querySelector('.log').innerText.includes('<img src=x')");
        (await page.EvaluateAsync("window.hurt === undefined && document.querySelectorAll('.log img, .log script').length === 0")).GetBoolean().Should().BeTrue("foreign text is data");

        await demo.QuoteAsync("0.66", "0.67");
        await page.UntilAsync("document.querySelector('.two table')?.innerText.includes('ms')");
        var overflow = (await page.EvaluateAsync("document.documentElement.scrollWidth - window.innerWidth")).GetInt32();
        overflow.Should().BeLessThanOrEqualTo(0, "nothing hangs over at {0} px", width.ToString(CultureInfo.InvariantCulture));
    }
}
