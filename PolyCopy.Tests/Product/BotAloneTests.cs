using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>The bot in a process of its own beside the core, both against one simulator: a trade from the chat, core and bot killed in between, and nothing lost.</summary>
public class BotAloneTests
{
    private const long Ana = 1001;

    [Fact]
    public async Task A_trade_from_the_chat_with_kills_of_core_and_bot_in_between()
    {
        using var folder = new TempFolder();
        using var nowhere = new TempFolder();
        var (venueUrl, coreUrl, botUrl) = (Free(), Free(), Free());
        string[] core = ["--Urls", coreUrl, "--Simulator:Url", venueUrl, "--Simulator:Embedded", "false", "--Data:Path", folder.Path, "--Demo:Populate", "false", "--Bot:Enabled", "false", "--Bot:BackendKey", "key", "--Serilog:MinimumLevel:Default", "Warning"];
        await using var simulator = HostProcess.Start("simulator", "--Simulator:Url", venueUrl, "--Data:Path", folder.Path);
        using var chat = new ChatDriver(venueUrl, Ana);
        await simulator.AnswersAsync(chat.Venue, "/control/stats");
        using var api = new HttpClient { BaseAddress = new Uri(coreUrl) };
        await using var first = HostProcess.Start(core);
        await first.AnswersAsync(api, "/health/live");
        string[] alone = ["--Urls", botUrl, "--SKIP_DB", "true", "--Bot:BackendUrl", coreUrl, "--Bot:BackendKey", "key", "--Simulator:Url", venueUrl, "--Data:Path", nowhere.Path, "--Serilog:MinimumLevel:Default", "Warning"];
        await using var bot = HostProcess.Start(alone);
        using var botHttp = new HttpClient { BaseAddress = new Uri(botUrl) };
        await bot.AnswersAsync(botHttp, "/health/ready");

        var market = await chat.MarketAsync("0.44", "0.45");
        await chat.SayAsync("/start");
        await chat.ShowsAsync("Net worth");
        await chat.SayAsync($"/start m_{market.Id}");
        await chat.PressAsync("Buy Yes");
        await chat.PressAsync("$25.00");
        await chat.PressAsync("Take-profit");
        await chat.ShowsAsync("Sell with a profit");
        await chat.SayAsync("60");
        await chat.ShowsAsync("Take-profit at 60¢");
        await chat.PressAsync("Stop-loss");
        await chat.ShowsAsync("Sell to limit the loss");
        await chat.SayAsync("30");
        (await chat.ShowsAsync("Stop-loss at 30¢")).Should().Contain("Review: buy").And.Contain("Take-profit at 60¢");
        await chat.PressAsync("Confirm");
        await chat.ShowsAsync("Bought");

        await first.KillAsync();
        await chat.SayAsync("/positions");
        await chat.ShowsAsync("core is not answering");
        (await botHttp.GetAsync("/health/ready")).IsSuccessStatusCode.Should().BeFalse("the bot says what it misses");
        (await botHttp.GetAsync("/health/live")).IsSuccessStatusCode.Should().BeTrue();

        await using var second = HostProcess.Start(core);
        await chat.ShowsAsync("Open: 1 ·", "what was asked meanwhile is answered when the core is back");
        await second.AnswersAsync(api, "/health/live");
        api.DefaultRequestHeaders.Add("X-Api-Key", "key");
        await FollowedAsync(api);
        await chat.QuoteAsync(market, "0.61", "0.62", "20"); // no more than that is sold at the take-profit's price
        (await chat.ShowsAsync("fired: sold")).Should().Contain("Take-profit").And.Contain("sold 20 Yes").And.Contain("ms from price tick to order");

        await bot.KillAsync();
        await chat.QuoteAsync(market, "0.62", "0.63");
        await ClosedAsync(api);
        await using var anotherBot = HostProcess.Start(alone);
        await chat.ShowsAsync("Take-profit at 60¢: sold 33.4", "what happened while the bot was dead is told when it is back");

        Directory.EnumerateFileSystemEntries(nowhere.Path).Should().BeEmpty("the bot alone has no database, no lock and no journal");
    }

    private static string Free() => $"http://127.0.0.1:{HostProcess.FreePort()}";

    private static Task FollowedAsync(HttpClient api) =>
        api.UntilAsync("/health/websocket", h => h.GetProperty("active_subscriptions").GetInt32() == 1 && h.GetProperty("websocket_manager").GetString() == "healthy");

    private static Task ClosedAsync(HttpClient api) => api.UntilAsync($"/api/v1/users/{Ana}/positions?status=active", p => p.GetProperty("items").GetArrayLength() == 0);
}
