using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Tests.Bot.Support;
using static PolyCopy.Tests.Bot.Support.BotLab;

namespace PolyCopy.Tests.Bot;

/// <summary>What leaders do is told once, with its latency and a way to the reason.</summary>
public class CopyAlertTests
{
    private const string Leader = "0x00000000000000000000000000000000000000ab";
    private static readonly Guid Decision = Guid.Parse("01930000-0000-7000-8000-0000000000d1");
    private static readonly Guid Follow = Guid.Parse("01930000-0000-7000-8000-0000000000f1");

    [Fact]
    public async Task A_copy_is_told_with_its_latency_and_swallows_its_fills()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        await lab.TellAsync(Ana, ("fill", new { question = "Will it rain?", outcome = "Yes", side = "BUY", shares = new Shares(20_000_000), price = 0.45m, origin = "copy" }), ("copied", Copied()));

        var alert = await lab.Telegram.ShowsAsync(Ana, "Copied: bought 20 Yes");
        alert.Text.Should().ContainAll("45.5¢", "0x0000…00ab paid 45¢", "12.3 ms", "2.2 s behind", "DEMO");
        alert.Keyboard.SelectMany(r => r).Select(k => k.Data![..7]).Should().BeEquivalentTo("v1:why:", "v1:fol:");
        await lab.HeardAsync(Ana);
        lab.Telegram.Chat(Ana).Should().HaveCount(2, "the greeting and one alert");
    }

    [Fact]
    public async Task A_copied_sale_is_told_with_its_result_as_every_sale_is()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        await lab.TellAsync(Ana, "copied", new { decisionId = Decision, followId = Follow, leader = Leader, question = "Will it rain?", outcome = "Yes", side = "SELL", shares = new Shares(20_000_000), price = 0.4m, leaderPrice = 0.41m, realisedPnl = new Usdc(-1_200_000), seenToSubmitMs = 9m });
        (await lab.Telegram.ShowsAsync(Ana, "Copied: sold 20 Yes")).Text.Should().Contain("got 41¢\nResult <b>−$1.20</b>\n⚡ 9 ms");
    }

    [Fact]
    public async Task A_leader_whose_sale_is_left_to_the_user_and_one_who_moved_shares_are_told()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        await lab.TellAsync(Ana, "leader_sold", new { decisionId = Decision, leader = Leader, question = "Will it rain?", outcome = "Yes", shares = new Shares(7_000_000), price = 0.6m });
        (await lab.Telegram.ShowsAsync(Ana, "sold 7 Yes")).Text.Should().Contain("leave selling to you");

        await lab.TellAsync(Ana, "leader_moved", new { followId = Follow, leader = Leader, kind = "merge", question = "Will it <b>rain</b>?", outcome = "Yes", shares = new Shares(5_000_000), heldBefore = new Shares(10_000_000), sells = true });
        (await lab.Telegram.ShowsAsync(Ana, "left the wallet")).Text.Should().ContainAll("5 of 10 Yes", "merged into cash", "&lt;b&gt;rain", "the same share of yours is sold");

        await lab.TellAsync(Ana, "leader_removed", new { decisionId = Decision, followId = Follow, leader = Leader, question = "Will it rain?", outcome = "Yes", shares = new Shares(24_260_000), amount = new Usdc(9_990_000), sells = false });
        var removed = await lab.Telegram.ShowsAsync(Ana, "chain took back");
        removed.Text.Should().ContainAll("24.26 Yes for $9.99", "the copy is kept");
        removed.Keyboard.SelectMany(r => r).Should().Contain(k => k.Data == "v1:pos_list:");
    }

    [Fact]
    public async Task A_pause_that_was_not_the_users_own_names_its_reason()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        await lab.TellAsync(Ana, "follow_paused", new { followId = Follow, leader = Leader, reason = "the counterparty of your fill was the leader himself" });

        (await lab.Telegram.ShowsAsync(Ana, "are paused")).Text.Should().ContainAll("0x0000…00ab", "the leader himself");
    }

    [Fact]
    public async Task Skips_come_as_a_digest_and_days_as_a_summary()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        await lab.TellAsync(Ana, "copy_digest", new { count = 14, byRule = new[] { new { rule = "price_cap", count = 12 }, new { rule = "something_new", count = 2 } } });
        var digest = await lab.Telegram.ShowsAsync(Ana, "Trades not copied: 14");
        digest.Text.Should().Contain("price above the cap (12), something new (2)");
        digest.Keyboard.SelectMany(r => r).Should().Contain(k => k.Data == "v1:decs:");

        await lab.TellAsync(Ana, "copy_summary", new { day = 20261121, copied = 3, skipped = 14, failed = 1, spent = new Usdc(42_500_000), saved = new Usdc(9_000_000), cost = new Usdc(21_000_000) });
        (await lab.Telegram.ShowsAsync(Ana, "Copies of Sat 21 Nov")).Text.Should().ContainAll("3 copied, 14 skipped, 1 failed", "$42.50", "saved $9.00", "cost $21.00");
    }

    [Fact]
    public async Task Smart_money_is_told_to_whoever_switched_it_on_with_a_way_to_the_market_and_to_a_follow()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        var payload = new
        {
            moves = new[]
            {
                new { marketId = "511", question = "Will it <b>rain</b>?", outcome = "Yes", side = "BUY", count = 3, usd = 1_260m, price = 0.42m, minutes = 8, traders = new[] { new { address = Leader, name = (string?)"moby" }, new { address = Leader, name = (string?)null } } },
                new { marketId = "512", question = "Will it snow?", outcome = "No", side = "SELL", count = 1, usd = 450m, price = 0.5m, minutes = 1, traders = new[] { new { address = Leader, name = (string?)null } } },
            },
            more = 2,
        };
        await lab.TellAsync(Ana, ("smart_money", payload), ("leader_seen", new { followId = Follow, leader = Leader }));
        (await lab.Telegram.ShowsAsync(Ana, "in sight again")).Text.Should().NotContain("Smart money", "it is off until it is switched on");
        await lab.HeardAsync(Ana);

        await lab.Accounts.ChangeSettingsAsync(Ana, new UserSettingsChange(Notifications: new Dictionary<string, string> { ["smart_money"] = "on" }), default);
        lab.Clock.Advance(TimeSpan.FromMinutes(2)); // the bot keeps settings for a minute
        await lab.TellAsync(Ana, "smart_money", payload);
        var alert = await lab.Telegram.ShowsAsync(Ana, "Smart money");
        lab.Telegram.Chat(Ana).Count(m => m.Text.Contains("Smart money")).Should().Be(1);
        alert.Text.Should().ContainAll("3 smart traders bought Yes", "in 8 min: $1260.00 at 42¢", "&lt;b&gt;rain", "moby, 0x0000…00ab", "0x0000…00ab</b> sold <b>No</b>: $450.00 at 50¢", "and 2 more");
        alert.Keyboard.SelectMany(r => r).Select(k => k.Data).Should().Equal("v1:mkt:511", "v1:fw:" + Leader, "v1:mkt:512", "v1:fw:" + Leader);
    }

    [Fact]
    public async Task A_leader_out_of_sight_and_back_is_told()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        await lab.TellAsync(Ana, "leader_blind", new { followId = Follow, leader = Leader, reason = "no node answers", paused = true });
        (await lab.Telegram.ShowsAsync(Ana, "is blind")).Text.Should().ContainAll("no node answers", "no entries until it is back");
        await lab.TellAsync(Ana, "leader_seen", new { followId = Follow, leader = Leader });
        await lab.Telegram.ShowsAsync(Ana, "in sight again");
    }

    [Theory]
    [InlineData("0x00000000000000000000000000000000000000AB", Leader)]
    [InlineData("look: 0x00000000000000000000000000000000000000ab !", Leader)]
    [InlineData("https://polymarket.com/profile/0x00000000000000000000000000000000000000ab?tab=positions", Leader)]
    [InlineData("polymarket.com/fr/profile/0x00000000000000000000000000000000000000AB", Leader)]
    [InlineData("https://polymarket.com.evil.example/profile/0x00000000000000000000000000000000000000ab", null)]
    [InlineData("https://polymarket.com@evil.example/profile/0x00000000000000000000000000000000000000ab", null)]
    [InlineData("https://polymarket.com/profile/ana", null)]
    [InlineData("0x00000000000000000000000000000000000000abcd", null)]
    [InlineData("0x00000000000000000000000000000000000000zz", null)]
    public void An_address_is_read_from_what_was_pasted(string text, string? address) => LeaderLink.Find(text).Should().Be(address);

    private static object Copied() => new
    {
        decisionId = Decision,
        followId = Follow,
        leader = Leader,
        marketId = Core.MarketId,
        question = "Will it rain?",
        outcome = "Yes",
        side = "BUY",
        shares = new Shares(20_000_000),
        amount = new Usdc(9_100_000),
        price = 0.455m,
        leaderPrice = 0.45m,
        seenToSubmitMs = 12.3m,
        behindLeaderMs = 2_200m,
    };
}
