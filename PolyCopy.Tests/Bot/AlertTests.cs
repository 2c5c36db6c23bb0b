using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Tests.Bot.Support;
using static PolyCopy.Tests.Bot.Support.BotLab;

namespace PolyCopy.Tests.Bot;

/// <summary>Alerts: never lost, told once unless a crash comes between, many made into one, the blocked left in peace.</summary>
public class AlertTests
{
    private static readonly Guid Position = Core.PositionId;

    [Fact]
    public async Task A_fill_is_told_with_a_way_to_its_position_and_then_acknowledged()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();

        await lab.TellAsync(Ana, "fill", Fill());
        var alert = await lab.Telegram.ShowsAsync(Ana, "Bought 20 Yes");

        alert.Text.Should().ContainAll("45¢", "Will it rain?", "$9.00", "DEMO");
        alert.Keyboard.SelectMany(r => r).Should().Contain(k => k.Data!.StartsWith("v1:pos:"));
        await lab.HeardAsync(Ana);
        lab.Clock.Advance(TimeSpan.FromMinutes(5));
        await lab.GreetAsync();
        lab.Telegram.Chat(Ana).Count(m => m.Text.Contains("Bought 20 Yes")).Should().Be(1);
    }

    [Fact]
    public async Task A_crash_between_fill_and_alert_loses_nothing()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Telegram.Faults = c => c.Method == "sendMessage" && c.Text.Contains("Bought") ? new Trouble(502, "", Raw: "bad gateway") : null;
        await lab.TellAsync(Ana, "fill", Fill());
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Any(c => c.Text.Contains("Bought")), "the first try");
        lab.Telegram.Chat(Ana).Should().NotContain(m => m.Text.Contains("Bought"));

        await lab.StopAsync();
        lab.Telegram.Faults = _ => null;
        await lab.RestartAfterStopAsync();

        await lab.Telegram.ShowsAsync(Ana, "Bought 20 Yes");
    }

    [Fact]
    public async Task What_waits_for_Telegram_stays_claimed_as_long_as_the_bot_lives()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Telegram.Faults = c => c.Method == "sendMessage" ? new Trouble(502, "", Raw: "bad gateway") : null;
        await lab.TellAsync(Ana, "fill", Fill());
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Any(c => c.Text.Contains("Bought")), "the first try");
        for (var i = 0; i < 10; i++)
        {
            lab.Clock.Advance(TimeSpan.FromSeconds(6));
            await lab.ClaimedAsync(Ana, TimeSpan.FromSeconds(9));
        }
        (await lab.Events.ClaimAsync(10, TimeSpan.FromSeconds(1), default)).Should().BeEmpty("nobody else may tell it");

        lab.Telegram.Faults = _ => null;
        await lab.Telegram.ShowsAsync(Ana, "Bought 20 Yes");
    }

    [Fact]
    public async Task Many_things_at_once_become_one_message()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        await lab.TellAsync(Ana, "fill", [.. Enumerable.Range(0, 7).Select(i => Fill(market: $"m{i % 3}"))]);

        await lab.Telegram.ShowsAsync(Ana, "7 fills in 3 markets: bought $63.00");

        lab.Telegram.Chat(Ana).Should().HaveCount(2);
    }

    [Fact]
    public async Task An_exit_tells_its_latency_and_swallows_its_own_fill()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        await lab.TellAsync(Ana, ("fill", Fill(side: "SELL", origin: "exit")), ("exit_fired", new { positionId = Position, question = "Will it rain?", outcome = "Yes", kind = "stop_loss", filledShares = new Shares(20_000_000), averagePrice = 0.41m, tickToSubmitMs = 34.2m, status = "done" }));

        var alert = await lab.Telegram.ShowsAsync(Ana, "fired");
        alert.Text.Should().Contain("🛑 Stop-loss <b>fired: sold 20 Yes").And.Contain("34.2 ms");
        var start = lab.Clock.GetUtcNow();
        await lab.Telegram.UntilAsync(() => lab.Clock.GetUtcNow() - start > TimeSpan.FromSeconds(5), "five seconds");

        lab.Telegram.Chat(Ana).Should().NotContain(m => m.Text.Contains("💵 <b>Sold"));
    }

    [Fact]
    public async Task The_rest_of_a_take_profit_is_told_as_its_own()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        var exit = Guid.Parse("01930000-0000-7000-8000-0000000000ee");
        var fired = new { exitId = exit, positionId = Position, question = "Will it rain?", outcome = "Yes", kind = "take_profit", triggerPrice = "0.56", target = "53.49", filledShares = "20", averagePrice = 0.57m, tickToSubmitMs = 34.2m, status = "armed" };
        await lab.TellAsync(Ana, ("fill", Sale("20", "2.22")), ("exit_fired", fired), ("fill", Sale("5", "0.55")));

        var alert = await lab.Telegram.ShowsAsync(Ana, "fired");
        alert.Text.Should().ContainAll("🎯 Take-profit at 56¢ <b>fired: sold 20 Yes</b> at 57¢", "Result <b>+$2.22</b>", "20 of 53.49 sold so far", "🎯 Take-profit at 56¢: <b>sold 5 Yes</b>");
        await lab.TellAsync(Ana, "fill", Sale("28.49", "3"));
        (await lab.Telegram.ShowsAsync(Ana, "28.49")).Text.Should().ContainAll("🎯 Take-profit at 56¢: <b>sold 28.49 Yes</b>", "Result <b>+$3.00</b>");

        object Sale(string shares, string realisedPnl) => new { orderId = exit, positionId = Position, marketId = Core.MarketId, question = "Will it rain?", outcome = "Yes", side = "SELL", shares, amount = "11.4", price = "0.57", fee = "0.02", origin = "exit", exitId = exit, exit = "take_profit", triggerPrice = "0.56", realisedPnl };
    }

    [Fact]
    public async Task A_stop_somebody_pressed_himself_is_not_told_him_on_top()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();

        await lab.TellAsync(Ana, ("paused", new { reason = "mine", by = $"telegram:{Ana}", everybody = false }), ("paused", new { reason = "the operator's", by = $"telegram:{Boss}", everybody = true }));

        (await lab.Telegram.ShowsAsync(Ana, "Entries are stopped")).Text.Should().Contain("operator's").And.NotContain("mine");
    }

    [Fact]
    public async Task A_fill_the_receipt_showed_is_not_told_again()
    {
        await using var lab = await StartAsync();
        var order = Guid.Parse("01930000-0000-7000-8000-0000000000bb");
        lab.Core.Venue = async _ =>
        {
            await lab.TellAsync(Ana, "fill", Fill(order: order));
            return new OrderPlaced(order, "0x1", "filled", new Shares(20_000_000), 0.45m, Position);
        };
        lab.Telegram.Type(Ana, $"/start m_{Core.MarketId}");
        await lab.Telegram.ShowsAsync(Ana, "Will it rain?");
        lab.Telegram.Press(Ana, "Buy Yes");
        await lab.Telegram.ShowsAsync(Ana, "For how much?");
        lab.Telegram.Press(Ana, "$10.00");
        await lab.Telegram.ShowsAsync(Ana, "Review: buy");
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "Done");
        var start = lab.Clock.GetUtcNow();
        await lab.Telegram.UntilAsync(() => lab.Clock.GetUtcNow() - start > TimeSpan.FromSeconds(5), "five seconds");

        lab.Telegram.Chat(Ana).Should().ContainSingle();
        await lab.HeardAsync(Ana);
    }

    [Fact]
    public async Task Who_blocked_the_bot_is_left_in_peace_until_he_writes_again()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Telegram.Faults = c => c.Method == "sendMessage" ? new Trouble(403, "Forbidden: bot was blocked by the user") : null;
        await lab.TellAsync(Ana, "fill", Fill());
        await lab.Telegram.UntilAsync(() => lab.State.AudienceAsync(77, default).Result.Blocked == 1, "the block to be kept");
        var tries = lab.Telegram.Calls.Count(c => c.Method == "sendMessage");

        await lab.TellAsync(Ana, "fill", Fill());
        await lab.HeardAsync(Ana);
        lab.Telegram.Calls.Count(c => c.Method == "sendMessage").Should().Be(tries);

        lab.Telegram.Faults = _ => null;
        lab.Telegram.Type(Ana, "/home");
        await lab.Telegram.UntilAsync(() => lab.State.AudienceAsync(77, default).Result.Blocked == 0, "the chat to open again");
        await lab.TellAsync(Ana, "fill", Fill());
        await lab.Telegram.ShowsAsync(Ana, "Bought 20 Yes");
    }

    [Fact]
    public async Task Events_of_users_who_never_wrote_are_put_aside()
    {
        await using var lab = await StartAsync();
        await lab.Accounts.RegisterAsync(55, null, default);
        await lab.TellAsync(55, "fill", Fill());
        await lab.GreetAsync();
        await lab.HeardAsync(55);

        lab.Telegram.Calls.Should().NotContain(c => c.Chat == 55);
    }

    [Theory]
    [InlineData("silent", true, 1)]
    [InlineData("off", false, 0)]
    public async Task Each_kind_is_on_silent_or_off(string level, bool silent, int messages)
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        await lab.Accounts.ChangeSettingsAsync(Ana, new UserSettingsChange(Notifications: new Dictionary<string, string> { ["fill"] = level }), default);
        lab.Clock.Advance(TimeSpan.FromMinutes(2)); // the bot keeps settings for a minute

        await lab.TellAsync(Ana, "fill", Fill());
        await lab.TellAsync(Ana, "resolved", new { question = "Will it rain?", positions = new[] { new { outcome = "Yes", shares = "20", payout = "1", realisedPnl = "11" } } });
        await lab.Telegram.ShowsAsync(Ana, "Resolved");

        lab.Telegram.Chat(Ana).Count(m => m.Text.Contains("Bought 20")).Should().Be(messages);
        if (messages > 0)
            lab.Telegram.Chat(Ana).Should().Contain(m => m.Text.Contains("Bought 20") && (m.IsSilent == silent || m.Text.Contains("Resolved")));
    }

    [Fact]
    public async Task An_event_of_tomorrow_is_still_told()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();

        await lab.TellAsync(Ana, "something_new", new { question = "Will it <b>rain</b>?", reason = 5 });

        (await lab.Telegram.ShowsAsync(Ana, "something new")).Text.Should().Contain("&lt;b&gt;");
    }

    private static object Fill(string side = "BUY", string origin = "manual", string market = Core.MarketId, Guid? order = null) => new
    {
        orderId = order ?? Guid.Parse("01930000-0000-7000-8000-0000000000cc"),
        positionId = Position,
        marketId = market,
        question = "Will it rain?",
        outcome = "Yes",
        side,
        shares = new Shares(20_000_000),
        amount = new Usdc(9_000_000),
        price = 0.45m,
        fee = new Usdc(20_000),
        origin,
        status = "filled",
    };
}
