using PolyCopy.Modules.Bot.Screens.Copying;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Kernel;
using PolyCopy.Tests.Bot.Support;
using static PolyCopy.Tests.Bot.Support.BotLab;

namespace PolyCopy.Tests.Bot;

/// <summary>From the leaderboard to a follow, its four verbs, and why each trade was copied or not.</summary>
public class FollowTests
{
    [Fact]
    public async Task The_leaderboard_is_sorted_paged_and_leads_to_the_card()
    {
        await using var lab = await StartAsync();
        for (var i = 1; i <= 8; i++)
            lab.Copying.Cards.Add(CopyCore.ACard($"0x{i:x40}", null, i) with { Volume = 1_000_000m * i });
        await lab.GreetAsync();
        lab.Telegram.Press(Ana, "Leaders");
        var list = await lab.Telegram.ShowsAsync(Ana, "wins 62 %");
        list.Text.Should().ContainAll("Nate &lt;b&gt;", "48 % – 74 %", "+$1234.50", "🟢");
        lab.Telegram.Press(Ana, "Volume");
        (await lab.Telegram.ShowsAsync(Ana, "0x0000…0003")).Text.Should().NotContain("Nate");
        lab.Telegram.Press(Ana, "Next");
        (await lab.Telegram.ShowsAsync(Ana, "0x0000…0001")).Text.Should().Contain("Nate").And.NotContain("0x0000…0008");
        lab.Telegram.Press(Ana, "Nate");

        var card = await lab.Telegram.ShowsAsync(Ana, "without the best market");
        card.Text.Should().ContainAll("+$800.00", "between 48 % and 74 %", "31 closed", "30 h", "21 % of it as maker", "Largest fall $210.00", "8 % of the volume left out", "complete", "2 trades recovered", "3.5 s", "survivors");
        lab.Telegram.Press(Ana, "Trades");
        (await lab.Telegram.ShowsAsync(Ana, "Trades of")).Text.Should().ContainAll("100 Yes", "55¢", "Will it rain?");
        lab.Telegram.Press(Ana, "Back");
        await lab.Telegram.ShowsAsync(Ana, "without the best market");
        lab.Telegram.Press(Ana, "Chart");
        await lab.Telegram.UntilAsync(() => lab.Telegram.Chat(Ana).Any(m => m.IsPhoto && m.Text.Contains("+$1234.50")), "the curve");
    }

    [Theory]
    [InlineData(CopyCore.Leader)]
    [InlineData("https://polymarket.com/profile/0x00000000000000000000000000000000000000AB")]
    public async Task A_pasted_address_opens_the_card(string pasted)
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Telegram.Type(Ana, pasted);
        (await lab.Telegram.ShowsAsync(Ana, "without the best market")).Keyboard.SelectMany(r => r).Should().Contain(k => k.Data == $"v1:fw:{CopyCore.Leader}");
        lab.Telegram.Type(Ana, "0x00000000000000000000000000000000000000ff");
        (await lab.Telegram.ShowsAsync(Ana, "Nobody watches this trader yet")).Keyboard.SelectMany(r => r).Should().Contain(k => k.Text.Contains("Follow"));
    }

    [Fact]
    public async Task A_follow_button_for_somebody_who_is_followed_opens_his_rules()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Copying.Follows.Add(lab.Copying.AFollow(new FollowRules { AmountUsd = 25m }, holds: false));
        lab.Telegram.Type(Ana, CopyCore.Leader);
        var card = await lab.Telegram.ShowsAsync(Ana, "without the best market");
        lab.Telegram.PressData(Ana, card.Id, $"v1:fw:{CopyCore.Leader}");
        (await lab.Telegram.ShowsAsync(Ana, "Review: new rules")).Text.Should().Contain("Amount: <b>$25.00</b>");
    }

    [Fact]
    public async Task A_follow_begins_with_its_confirmation_and_with_exactly_the_reviewed_rules()
    {
        await using var lab = await StartAsync();
        await ReviewAsync(lab);
        lab.Copying.Calls.Should().BeEmpty("nothing begins before the confirmation");
        lab.Telegram.Press(Ana, "Caps");
        await lab.Telegram.ShowsAsync(Ana, "cannot be switched off");
        lab.Telegram.Press(Ana, "Per day");
        await lab.Telegram.ShowsAsync(Ana, "Type an amount");
        lab.Telegram.Type(Ana, "1,000");
        await lab.Telegram.ShowsAsync(Ana, "not a number I can be sure of");
        lab.Telegram.Type(Ana, "75,5");
        await lab.Telegram.ShowsAsync(Ana, "Per day: <b>$75.50</b>");
        lab.Telegram.Press(Ana, "Review");
        await lab.Telegram.ShowsAsync(Ana, "Review: follow");
        lab.Telegram.Press(Ana, "Sells");
        await lab.Telegram.ShowsAsync(Ana, "get out again");
        lab.Telegram.Press(Ana, "His sells");
        await lab.Telegram.ShowsAsync(Ana, "Choose:");
        lab.Telegram.Press(Ana, "sell all at");
        await lab.Telegram.ShowsAsync(Ana, "His sells: <b>sell all");
        lab.Telegram.Press(Ana, "Review");
        var review = await lab.Telegram.ShowsAsync(Ana, "Review: follow");
        review.Text.Should().ContainAll("Amount: <b>$25.00</b>", "Per trade: <b>$50.00</b>", "Per day: <b>$75.50</b>", "Slippage: <b>5 %</b>", "only his trades from now on", "60 seconds", "26 of his 40 trades", "+$21.50", "price above the cap (12)", "take-profits and stops fired 3 times", "prices of 1 outcomes are not known");

        var data = lab.Telegram.Press(Ana, "Confirm");
        lab.Telegram.PressData(Ana, review.Id, data); // a double tap
        await lab.Telegram.ShowsAsync(Ana, "You follow");
        lab.Telegram.Type(Ana, "/follows");
        await lab.Telegram.ShowsAsync(Ana, "1. <b>0x0000…00ab");

        lab.Copying.Calls.Should().Equal($"create {CopyCore.Leader}");
        lab.Copying.Follows.Should().ContainSingle().Which.Rules.Should().BeEquivalentTo(new FollowRules { AmountUsd = 25m, Percent = 10m, Factor = 0.1m, MaxPerDay = 75.5m, Sells = SellMode.All });
    }

    [Fact]
    public async Task A_confirmation_after_a_minute_shows_the_rules_again()
    {
        await using var lab = await StartAsync();
        await ReviewAsync(lab);
        lab.Clock.Advance(TimeSpan.FromSeconds(61));
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "too old");
        lab.Copying.Calls.Should().BeEmpty();
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "You follow");
    }

    [Fact]
    public async Task A_refusal_of_the_core_leads_back_to_the_review()
    {
        await using var lab = await StartAsync();
        await ReviewAsync(lab);
        lab.Copying.Refusal = new Error("follow.cycle", "The leader follows you.");
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "The leader follows you.");
        lab.Telegram.Press(Ana, "Review again");
        await lab.Telegram.ShowsAsync(Ana, "Review: follow");
    }

    [Fact]
    public async Task Changed_rules_are_reviewed_as_a_difference()
    {
        await using var lab = await StartAsync();
        await FollowAsync(lab);
        lab.Telegram.Press(Ana, "✏️ Rules");
        await lab.Telegram.ShowsAsync(Ana, "Review: new rules");
        lab.Telegram.Press(Ana, "Filters");
        await lab.Telegram.ShowsAsync(Ana, "copied at all");
        lab.Telegram.Press(Ana, "Price up to");
        await lab.Telegram.ShowsAsync(Ana, "Type a price");
        lab.Telegram.Type(Ana, "90");
        await lab.Telegram.ShowsAsync(Ana, "Price up to: <b>90¢</b>");
        lab.Telegram.Press(Ana, "Review");
        (await lab.Telegram.ShowsAsync(Ana, "Review: new rules")).Text.Should().Contain("✏️ Price up to: none → <b>90¢</b>").And.Contain("keeps the rules it was opened under");
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "rules version 2");
        lab.Copying.Follows[0].Rules.MaxPrice.Should().Be(0.9m);
    }

    [Fact]
    public async Task Pause_resume_close_and_delete_are_four_verbs_and_what_moves_money_is_confirmed()
    {
        await using var lab = await StartAsync();
        var card = await FollowAsync(lab);
        card.Text.Should().ContainAll("Status: <b>▶️ active", "Spent today: $10.00 of $200.00", "Positions held: 1", "20 Yes", "+$1.00");
        lab.Telegram.Press(Ana, "Pause");
        await lab.Telegram.ShowsAsync(Ana, "Sells are mirrored as before");
        lab.Telegram.Press(Ana, "Resume");
        await lab.Telegram.ShowsAsync(Ana, "Entries go on");
        lab.Telegram.Press(Ana, "Close all");
        await lab.Telegram.ShowsAsync(Ana, "nothing else of your wallet");
        lab.Copying.Calls.Should().Equal("pause", "resume");
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "1 sales are on their way");
        lab.Copying.Follows[0] = lab.Copying.AFollow();
        lab.Telegram.Press(Ana, "Delete");
        await lab.Telegram.ShowsAsync(Ana, "What becomes of them?");
        lab.Telegram.Press(Ana, "Leave them to me");
        await lab.Telegram.ShowsAsync(Ana, "no more sells are mirrored");
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "The follow has ended");

        lab.Copying.Calls.Should().Equal("pause", "resume", "close", "delete False");
    }

    [Fact]
    public async Task Shared_rules_open_the_review_alone_cut_to_ones_own_limits()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Copying.Links["abcdefghijklmnopqrstuv"] = new SharedFollow("abcdefghijklmnopqrstuv", CopyCore.Leader, new FollowRules { AmountUsd = 50m, MaxPerDay = 100m }, [new SharedDifference("amountUsd", "400", "50"), new SharedDifference("maxPerTrade", "500.5", "50"), new SharedDifference("copyBaseline", "true", "false")], DateTimeOffset.UnixEpoch);
        lab.Telegram.Type(Ana, "/start c_abcdefghijklmnopqrstuv");
        var review = await lab.Telegram.ShowsAsync(Ana, "Somebody shared");
        review.Text.Should().ContainAll("🔴 Amount: $400.00 → <b>$50.00</b>", "🔴 Per trade: $500.50 → <b>$50.00</b>", "Per day: <b>$100.00</b>", "🔴 Copy what he holds: yes → <b>no</b>");
        lab.Copying.Calls.Should().BeEmpty();
        lab.Telegram.Press(Ana, "Confirm");
        await lab.Telegram.ShowsAsync(Ana, "You follow");
        lab.Copying.Follows[0].Rules.Should().Match<FollowRules>(r => r.AmountUsd == 50m && r.MaxPerTrade == 50m && !r.CopyBaseline);
        lab.Telegram.Type(Ana, "/start c_0000000000000000000000");
        await lab.Telegram.ShowsAsync(Ana, "do not know this link");
    }

    [Fact]
    public async Task A_follow_is_shared_by_an_id_of_the_server()
    {
        await using var lab = await StartAsync();
        await FollowAsync(lab);
        lab.Telegram.Press(Ana, "Share rules");
        (await lab.Telegram.ShowsAsync(Ana, "Whoever opens this link")).Text.Should().Contain("start=c_abcdefghijklmnopqrstuv");
    }

    [Fact]
    public async Task Why_a_trade_was_skipped_is_told_with_its_numbers()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Copying.Follows.Add(lab.Copying.AFollow());
        lab.Copying.Decisions.Add(CopyCore.ADecision());
        lab.Telegram.Type(Ana, "/why");
        (await lab.Telegram.ShowsAsync(Ana, "📜 Decisions")).Text.Should().Contain("⏭").And.Contain("0.5775").And.Contain("&lt;b&gt;rain");
        lab.Telegram.Press(Ana, "❔ 1");
        var why = await lab.Telegram.ShowsAsync(Ana, "Not copied");
        why.Text.Should().ContainAll("price above the cap", "0.65", "0.5775", "10 cut to 8", "in block 123", "seen", "+12 ms", "the chain", "rules version 2", "100 @ 54¢");
    }

    [Fact]
    public async Task Why_a_trade_was_copied_is_told_with_order_and_times()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Copying.Follows.Add(lab.Copying.AFollow());
        lab.Copying.Decisions.Add(CopyCore.ADecision("copied"));
        lab.Telegram.Type(Ana, "/why 01930000-0000-7000-8000-0000000000d1");
        (await lab.Telegram.ShowsAsync(Ana, "✅ Copied")).Text.Should().ContainAll("14 Yes", "56¢", "filled", "Never worse than 57¢", "sent", "+18 ms", "🐢");
    }

    [Fact]
    public async Task The_operator_watches_addresses_and_lifts_breakers_with_a_reason()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync(Boss);
        lab.Telegram.Type(Boss, $"/watch {CopyCore.Leader} smart");
        await lab.Telegram.ShowsAsync(Boss, "Watched: 0x");
        lab.Copying.Limits.Add(new RiskState(new RiskScope("leader", CopyCore.Leader), new RiskLimits(MaxDailyLoss: 50m), "lost 51.20 of 50", DateTimeOffset.UnixEpoch));
        lab.Telegram.Type(Boss, "/breakers");
        await lab.Telegram.ShowsAsync(Boss, "lost 51.20 of 50");
        lab.Telegram.Press(Boss, "Resume leader");
        await lab.Telegram.ShowsAsync(Boss, "Write the reason");
        lab.Telegram.Type(Boss, "checked the fills");
        await lab.Telegram.ShowsAsync(Boss, "Entries go on");
        lab.Copying.Calls.Should().Equal($"watch {CopyCore.Leader} smart_trader telegram:{Boss}", $"resume leader {CopyCore.Leader}: checked the fills (telegram:{Boss})");

        await lab.GreetAsync();
        lab.Telegram.Type(Ana, "/breakers");
        await lab.Telegram.ShowsAsync(Ana, "❓ Help");
    }

    [Fact]
    public void Every_rule_is_shown_set_and_cleared_by_its_own_field()
    {
        var rules = new FollowRules { Mode = CopyMode.Multiplier };
        foreach (var field in RuleFields.All.Where(f => f.Unit is not (RuleUnit.Choice or RuleUnit.Switch) && RuleFields.Applies(f, rules)))
        {
            var typed = field.Type(rules, field.Unit switch { RuleUnit.Tiers => "100:0.5", RuleUnit.Words => "rain, snow", RuleUnit.Cents => "40", _ => "7" });
            typed.Should().NotBeNull(field.Name);
            field.Get(typed!).Should().NotBe(field.Get(rules), field.Name);
            RuleFields.All.Count(f => !Equals(System.Text.Json.JsonSerializer.Serialize(f.Get(typed!)), System.Text.Json.JsonSerializer.Serialize(f.Get(rules)))).Should().Be(1, field.Name);
            if (field.CanClear)
                System.Text.Json.JsonSerializer.Serialize(field.Set(typed!, null)).Should().Be(System.Text.Json.JsonSerializer.Serialize(rules), field.Name);
        }
        RuleFields.Find("tiers")!.Type(rules, "100").Should().BeNull();
    }

    private static async Task<Shown> FollowAsync(BotLab lab)
    {
        await lab.GreetAsync();
        lab.Core.Held.Add(Core.APosition(Ana));
        lab.Copying.Follows.Add(lab.Copying.AFollow());
        lab.Telegram.Type(Ana, "/follows");
        await lab.Telegram.ShowsAsync(Ana, "1. <b>0x0000…00ab");
        lab.Telegram.Press(Ana, "1. 0x0000");
        return await lab.Telegram.ShowsAsync(Ana, "Status: ");
    }

    private static async Task ReviewAsync(BotLab lab)
    {
        await lab.GreetAsync();
        lab.Telegram.Type(Ana, CopyCore.Leader);
        await lab.Telegram.ShowsAsync(Ana, "without the best market");
        lab.Telegram.Press(Ana, "Follow");
        await lab.Telegram.ShowsAsync(Ana, "How much");
        lab.Telegram.Press(Ana, "$25.00");
        await lab.Telegram.ShowsAsync(Ana, "Amount: <b>$25.00</b>");
        lab.Telegram.Press(Ana, "Review");
        await lab.Telegram.ShowsAsync(Ana, "Review: follow");
    }
}
