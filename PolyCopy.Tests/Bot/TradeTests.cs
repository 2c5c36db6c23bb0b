using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Bot.Support;
using static PolyCopy.Tests.Bot.Support.BotLab;

namespace PolyCopy.Tests.Bot;

/// <summary>Money: the review shows what is sent, a confirmation is used once, nothing is sent without one.</summary>
public class TradeTests
{
    [Fact]
    public async Task A_confirmed_purchase_sends_exactly_what_the_review_showed()
    {
        await using var lab = await StartAsync();
        await ReviewAsync(lab, "$10.00");

        lab.Telegram.Press(Ana, "Confirm");
        var receipt = await lab.Telegram.ShowsAsync(Ana, "Done");

        var (user, key, order) = lab.Core.Placed.Should().ContainSingle().Subject;
        user.Should().Be(Ana);
        key.Should().NotBeNullOrEmpty();
        order.Should().Be(new PlaceOrder(Core.MarketId, "Yes", Side.Buy, OrderType.Fak, AmountUsd: 10m, LimitPrice: 0.47m));
        receipt.Text.Should().Contain("Bought <b>20</b> shares at 45¢").And.Contain("DEMO");
        lab.Telegram.Chat(Ana).Should().ContainSingle("the review became the receipt");
    }

    [Fact]
    public async Task The_review_names_shares_price_worst_price_fee_and_minute()
    {
        await using var lab = await StartAsync();

        var review = await ReviewAsync(lab, "$10.00");

        review.Text.Should().ContainAll("$10.00", "22.22", "45¢", "47¢", "$0.02", "60 seconds");
    }

    [Fact]
    public async Task A_double_tap_buys_once()
    {
        await using var lab = await StartAsync();
        var review = await ReviewAsync(lab, "$10.00");
        var data = lab.Telegram.Press(Ana, "Confirm");
        lab.Telegram.PressData(Ana, review.Id, data);
        lab.Telegram.PressData(Ana, review.Id, data);

        await lab.Telegram.ShowsAsync(Ana, "Done");
        lab.Telegram.Type(Ana, "/help"); // behind the taps
        await lab.Telegram.ShowsAsync(Ana, "❓ Help");

        lab.Core.Placed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_confirmation_after_a_minute_shows_the_review_again_and_sends_nothing()
    {
        await using var lab = await StartAsync();
        var review = await ReviewAsync(lab, "$10.00");
        var old = review.Keyboard.SelectMany(r => r).First(k => k.Text.Contains("Confirm")).Data;
        lab.Clock.Advance(TimeSpan.FromSeconds(61));

        lab.Telegram.Press(Ana, "Confirm");
        var again = await lab.Telegram.ShowsAsync(Ana, "too old");

        lab.Core.Placed.Should().BeEmpty();
        again.Keyboard.SelectMany(r => r).First(k => k.Text.Contains("Confirm")).Data.Should().NotBe(old);
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "Done");
        lab.Core.Placed.Should().ContainSingle();
    }

    [Fact]
    public async Task Somebody_elses_confirmation_does_nothing()
    {
        await using var lab = await StartAsync();
        var review = await ReviewAsync(lab, "$10.00");
        var data = review.Keyboard.SelectMany(r => r).First(k => k.Text.Contains("Confirm")).Data!;
        await lab.GreetAsync(Ben);

        lab.Telegram.PressData(Ben, review.Id, data);
        lab.Telegram.Type(Ben, "/help");
        await lab.Telegram.ShowsAsync(Ben, "❓ Help");

        lab.Core.Placed.Should().BeEmpty();
    }

    [Fact]
    public async Task A_confirmation_on_another_message_does_nothing()
    {
        await using var lab = await StartAsync();
        var review = await ReviewAsync(lab, "$10.00");
        var data = review.Keyboard.SelectMany(r => r).First(k => k.Text.Contains("Confirm")).Data!;

        lab.Telegram.PressData(Ana, review.Id + 1, data);
        await lab.Telegram.ShowsAsync(Ana, "Net worth");

        lab.Core.Placed.Should().BeEmpty();
    }

    [Theory]
    [InlineData("1,5")]
    [InlineData("1.5")]
    public async Task A_typed_amount_is_repeated_by_the_review(string typed)
    {
        await using var lab = await StartAsync();
        await FormAsync(lab);

        lab.Telegram.Type(Ana, typed);

        (await lab.Telegram.ShowsAsync(Ana, "Review")).Text.Should().Contain("Amount: <b>$1.50</b>");
    }

    [Fact]
    public async Task An_amount_with_group_separators_is_asked_again()
    {
        await using var lab = await StartAsync();
        await FormAsync(lab);

        lab.Telegram.Type(Ana, "1,000");
        await lab.Telegram.ShowsAsync(Ana, "not a number I can be sure of");
        lab.Telegram.Type(Ana, "1000");

        (await lab.Telegram.ShowsAsync(Ana, "Review")).Text.Should().Contain("$1000.00");
    }

    [Fact]
    public async Task An_amount_typed_before_an_outage_only_draws_the_review()
    {
        await using var lab = await StartAsync();
        await FormAsync(lab);

        lab.Telegram.Type(Ana, "25", lab.Clock.GetUtcNow().AddHours(-2));

        await lab.Telegram.ShowsAsync(Ana, "Review");
        lab.Core.Placed.Should().BeEmpty();
    }

    [Fact]
    public async Task A_limit_order_with_exits_is_put_together_step_by_step()
    {
        await using var lab = await StartAsync();
        await ReviewAsync(lab, "$25.00");

        lab.Telegram.Press(Ana, "Limit");
        await lab.Telegram.ShowsAsync(Ana, "At which price");
        lab.Telegram.Press(Ana, "44¢");
        await lab.Telegram.ShowsAsync(Ana, "waits in the book");
        lab.Telegram.Press(Ana, "Post-only");
        await lab.Telegram.ShowsAsync(Ana, "never takes");
        lab.Telegram.Press(Ana, "Take-profit");
        await lab.Telegram.ShowsAsync(Ana, "Sell with a profit");
        lab.Telegram.Press(Ana, "+50 %");
        await lab.Telegram.ShowsAsync(Ana, "Take-profit at 66¢");
        lab.Telegram.Press(Ana, "Stop-loss");
        await lab.Telegram.ShowsAsync(Ana, "limit the loss");
        lab.Telegram.Type(Ana, "30");
        await lab.Telegram.ShowsAsync(Ana, "Stop-loss at 30¢");
        lab.Core.Venue = _ => Task.FromResult<Result<OrderPlaced>>(new OrderPlaced(Guid.Empty, "0x1", "live", Shares.Zero, null, null));
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "📌 In the book");

        lab.Core.Placed.Should().ContainSingle().Which.Order.Should().Be(new PlaceOrder(Core.MarketId, "Yes", Side.Buy, OrderType.Gtc, AmountUsd: 25m, LimitPrice: 0.44m, PostOnly: true, TakeProfit: 0.66m, StopLoss: 0.30m));
    }

    [Fact]
    public async Task A_refusal_is_said_and_the_form_is_kept()
    {
        await using var lab = await StartAsync();
        lab.Core.Venue = _ => Task.FromResult<Result<OrderPlaced>>(new Error("order.balance", "Only 3 pUSD are free."));
        await ReviewAsync(lab, "$10.00");

        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "Only 3 pUSD are free.");
        lab.Telegram.Press(Ana, "Review again");

        await lab.Telegram.ShowsAsync(Ana, "Amount: <b>$10.00</b>");
    }

    [Fact]
    public async Task An_order_without_an_answer_is_never_called_failed()
    {
        await using var lab = await StartAsync();
        lab.Core.Venue = _ => Task.FromResult<Result<OrderPlaced>>(new OrderPlaced(Guid.Empty, "0x1", "unknown", Shares.Zero, null, null));
        await ReviewAsync(lab, "$10.00");

        lab.Telegram.Press(Ana, "Confirm");

        (await lab.Telegram.ShowsAsync(Ana, "No answer yet")).Text.Should().Contain("never sent twice");
    }

    [Fact]
    public async Task While_an_order_is_on_its_way_its_button_is_grey()
    {
        await using var lab = await StartAsync();
        var answer = new TaskCompletionSource<Result<OrderPlaced>>();
        lab.Core.Venue = _ => answer.Task;
        await ReviewAsync(lab, "$10.00");

        lab.Telegram.Press(Ana, "Confirm");
        var pending = await lab.Telegram.ShowsAsync(Ana, "On its way");

        pending.Keyboard.SelectMany(r => r).Should().ContainSingle().Which.IsDisabled.Should().BeTrue();
        answer.SetResult(new OrderPlaced(Guid.Empty, "0x1", "filled", new Shares(1_000_000), 0.45m, null));
        await lab.Telegram.ShowsAsync(Ana, "Done");
    }

    [Theory]
    [InlineData("Sell 25 %", 3.75)]
    [InlineData("Sell 100 %", 15)]
    [InlineData("My stake", 15)]
    public async Task Only_what_can_be_sold_is_offered(string button, decimal shares)
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Core.Held.Add(Core.APosition(Ana));
        lab.Telegram.Press(Ana, "Positions");
        await lab.Telegram.ShowsAsync(Ana, "Open: 1");
        lab.Telegram.Press(Ana, "1. Yes");
        (await lab.Telegram.ShowsAsync(Ana, "15 confirmed + 5 settling")).Text.Should().Contain("15 can be sold");

        lab.Telegram.Press(Ana, button);
        await lab.Telegram.ShowsAsync(Ana, "Review: sell");
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "Done");

        var order = lab.Core.Placed.Should().ContainSingle().Subject.Order;
        order.Side.Should().Be(Side.Sell);
        order.Shares.Should().Be(shares);
    }

    [Fact]
    public async Task Exits_are_set_from_the_position()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Core.Held.Add(Core.APosition(Ana));
        lab.Telegram.Type(Ana, "/positions");
        await lab.Telegram.ShowsAsync(Ana, "Open: 1");
        lab.Telegram.Press(Ana, "1. Yes");
        await lab.Telegram.ShowsAsync(Ana, "15 confirmed");
        lab.Telegram.Press(Ana, "Exits");
        await lab.Telegram.ShowsAsync(Ana, "No exits are armed");
        lab.Telegram.Press(Ana, "Trailing");
        await lab.Telegram.ShowsAsync(Ana, "follows the highest bid");
        lab.Telegram.Press(Ana, "5¢");
        await lab.Telegram.ShowsAsync(Ana, "Armed: 📉 Trailing stop, 5¢ below the peak");
        lab.Telegram.Press(Ana, "Ladder");
        await lab.Telegram.UntilAsync(() => lab.Core.Exits.Count == 4, "the ladder");
        lab.Telegram.Press(Ana, "Careful");
        await lab.Telegram.UntilAsync(() => lab.Core.Exits.Count == 5, "the preset");

        lab.Core.Exits.Select(e => e.Change).Should().Equal(
            new ArmExit(ExitKind.Trailing, Trail: 0.05m),
            new ArmExit(ExitKind.TakeProfit, 0.54m, Fraction: 0.25m), new ArmExit(ExitKind.TakeProfit, 0.63m, Fraction: 0.333333m), new ArmExit(ExitKind.TakeProfit, 0.81m, Fraction: 0.5m),
            new TpSl(true, 0.52m, true, 0.41m));
    }

    [Fact]
    public async Task A_form_of_long_ago_says_that_it_is_out_of_date()
    {
        await using var lab = await StartAsync();
        var review = await ReviewAsync(lab, "$10.00");
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "Done");

        lab.Telegram.PressData(Ana, review.Id, review.Keyboard.SelectMany(r => r).First(k => k.Text.Contains("Limit")).Data!);

        await lab.Telegram.ShowsAsync(Ana, "out of date");
        lab.Core.Placed.Should().ContainSingle();
    }

    [Fact]
    public async Task The_chart_and_the_cards_are_photos_whose_captions_hold_the_numbers()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Type(Ana, $"/start m_{Core.MarketId}");
        await lab.Telegram.ShowsAsync(Ana, "Will it rain?");
        lab.Telegram.Press(Ana, "Chart");
        var chart = await lab.Telegram.ShowsAsync(Ana, "44.7¢");
        chart.IsPhoto.Should().BeTrue();
        lab.Telegram.Press(Ana, "1 week");
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Any(c => c.Method == "editMessageMedia"), "the other span in place");
        lab.Telegram.Press(Ana, "Home");
        await lab.Telegram.ShowsAsync(Ana, "Net worth");
        await lab.Telegram.UntilAsync(() => lab.Telegram.Chat(Ana).All(m => !m.IsPhoto), "the photo to go");
        lab.Telegram.Press(Ana, "History");
        await lab.Telegram.ShowsAsync(Ana, "+$12.34");
        lab.Telegram.Press(Ana, "Today");

        (await lab.Telegram.ShowsAsync(Ana, "Open: ")).Should().Match<Shown>(m => m.IsPhoto && m.Text.Contains("+$12.34") && m.Text.Contains("DEMO"));
    }

    private static async Task FormAsync(BotLab lab)
    {
        lab.Telegram.Type(Ana, $"/start m_{Core.MarketId}");
        await lab.Telegram.ShowsAsync(Ana, "Will it rain?");
        lab.Telegram.Press(Ana, "Buy Yes");
        await lab.Telegram.ShowsAsync(Ana, "For how much?");
    }

    private static async Task<Shown> ReviewAsync(BotLab lab, string amount)
    {
        await FormAsync(lab);
        lab.Telegram.Press(Ana, amount);
        return await lab.Telegram.ShowsAsync(Ana, "Review: buy");
    }
}
