using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Copying;

/// <summary>What other rules would have done with what was recorded.</summary>
public class ReplayTests
{
    [Fact]
    public async Task A_preview_judges_the_recorded_trades_by_other_rules_and_changes_nothing()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.FollowAsync(CopyLab.Fixed(9m));
        await lab.TradeAsync(lab.ATrade(shares: 100m));
        await lab.ConfirmAsync();
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(2));
        lab.Venue.FillPrice = new Price(4400);
        await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 100m, price: 0.44m));
        var before = await lab.DecisionsAsync();

        var same = (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, CopyLab.Fixed(9m), 7, default)).Value;
        var pickier = (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, CopyLab.Fixed(9m) with { MinLeaderTrade = 100m }, 7, default)).Value;

        (same.Trades, same.Copied, same.Skipped, same.Assumed).Should().Be((2, 2, 0, 0));
        (same.Spent, same.Received, same.Pnl).Should().Be((9m, 8.8m, -0.2m), "what really happened: 20 shares at 0.45, sold at 0.44");
        pickier.Copied.Should().Be(0);
        pickier.ByRule.Should().ContainSingle().Which.Should().Be(new RuleCount("leader_minimum", 1));
        (await lab.DecisionsAsync()).Should().HaveCount(before.Count);
    }

    [Fact]
    public async Task The_same_tape_gives_the_same_lines_and_a_leader_nobody_follows_is_assumed()
    {
        await using var lab = await CopyLab.CreateAsync();
        for (var i = 0; i < 5; i++)
        {
            lab.Leaders.Move(lab.ATrade(shares: 50m + i, price: 0.45m));
            lab.Trading.Clock.Advance(TimeSpan.FromMinutes(3));
        }
        lab.Leaders.Move(lab.ATrade(Side.Sell, shares: 100m, price: 0.50m));

        var first = (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, CopyLab.Fixed(5m), 7, default)).Value;
        var again = (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, CopyLab.Fixed(5m), 7, default)).Value;

        again.Lines.Should().Equal(first.Lines);
        (first.Trades, first.Assumed, first.Copied).Should().Be((6, 6, 6));
        first.Lines[0].Should().Contain("bought 10.869565", "5 pUSD at a tick above his price");
    }

    [Theory]
    [InlineData(0.50, 0.57, 0.53, "take-profit 0.56", 12.1688, 0.004108)] // 21.73 at 0.56 although 0.565 was bid: it was crossed on the way
    [InlineData(0.42, 0.35, 0.50, "stop-loss 0.36", 7.3882, 0.004108)]    // 21.73 at 0.34: what was bid once the stop had been crossed
    [InlineData(0.50, 0.40, 0.50, null, 0, 9.782608)]
    public async Task Take_profits_and_stops_fire_on_the_recorded_prices(double then, double crossing, double after, string? fired, double received, double rest)
    {
        await using var lab = await CopyLab.CreateAsync();
        lab.Leaders.Move(lab.ATrade(shares: 100m, price: 0.45m));
        var start = lab.Now;
        lab.Trading.MarketData.Histories[Yes] = [Point(-5, 0.10m), Point(0, 0.30m), Point(5, (decimal)then), Point(10, (decimal)crossing), Point(15, (decimal)after), Point(20, 1m), Point(25, 0m)];
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(30));
        if (fired is not null)
            lab.Leaders.Move(lab.ATrade(Side.Sell, shares: 100m, price: 0.60m)); // less than a hundredth of a share is left to be sold after him
        var rules = CopyLab.Fixed(10m) with { TakeProfitPercent = 20m, StopLossPercent = 20m };

        var preview = (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, rules, 7, default)).Value;
        var again = (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, rules, 7, default)).Value;

        // 10 pUSD at 0.46, a tick above his 0.45, are 21.739130 shares; what is left is worth 0.45
        (preview.Copied, preview.Exits, preview.Spent, preview.Received).Should().Be((1, fired is null ? 0 : 1, 9.999999m, (decimal)received));
        preview.Lines.Where(l => fired is not null && l.Contains(fired)).Should().HaveCount(preview.Exits);
        preview.Pnl.Should().Be((decimal)received + (decimal)rest - 9.999999m);
        System.Text.Json.JsonSerializer.Serialize(again).Should().Be(System.Text.Json.JsonSerializer.Serialize(preview));

        PricePoint Point(int minutes, decimal price) => new(start + TimeSpan.FromMinutes(minutes), price);
    }

    [Fact]
    public async Task Replayed_exits_are_those_that_a_live_copy_was_given()
    {
        await using var lab = await CopyLab.CreateAsync();
        var rules = CopyLab.Fixed(9m) with { TakeProfitPercent = 33m, StopLossPercent = 17m };
        await lab.FollowAsync(rules);
        var trade = await lab.TradeAsync(lab.ATrade(shares: 100m));
        lab.Trading.MarketData.Histories[Yes] = [new PricePoint(lab.Now + TimeSpan.FromMinutes(1), 0.96m)];
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(5));

        var preview = (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, rules, 7, default)).Value;
        var live = (await lab.DecisionAsync(trade)).TakeProfit;
        preview.Lines.Should().ContainSingle(l => l.Contains($"take-profit {live} of")).Which.Should().Contain("sold 20 for");
    }

    [Fact]
    public async Task Stops_without_known_prices_are_said_to_be_hardly_played()
    {
        await using var lab = await CopyLab.CreateAsync();
        lab.Leaders.Move(lab.ATrade(shares: 100m, price: 0.45m));
        lab.Trading.MarketData.Histories.Clear();
        var rules = CopyLab.Fixed(10m) with { StopLossPercent = 20m };
        (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, rules, 7, default)).Value.Unpriced.Should().Be(1);
        (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, CopyLab.Fixed(10m), 7, default)).Value.Unpriced.Should().Be(0);
    }

    [Fact]
    public async Task The_same_rules_over_the_recorded_tape_give_the_verdicts_that_were_given_live()
    {
        await using var lab = await CopyLab.CreateAsync();
        var rules = CopyLab.Fixed(9m) with { MaxPerDay = 40m, MaxPerMarket = 500m, MinLeaderTrade = 20m, MaxSlippage = 0.08m, FirstEntryOnly = false };
        await lab.FollowAsync(rules);
        var random = new Random(7);
        for (var i = 0; i < 25; i++)
        {
            var (sells, price) = (random.Next(5) == 0, random.Next(40, 48) / 100m);
            await lab.TradeAsync(lab.ATrade(sells ? Side.Sell : Side.Buy, shares: random.Next(10, 200), price: price, order: random.Next(3) == 0 ? $"0xorder{i}" : null));
            await lab.ConfirmAsync();
            lab.Trading.Clock.Advance(TimeSpan.FromSeconds(random.Next(20, 200)));
        }
        var live = (await lab.DecisionsAsync()).Select(d => d.Verdict == Modules.Copying.Engine.Verdict.Copied ? "copied" : d.Rule!).ToList();

        var preview = (await lab.Copying.PreviewAsync(Ana, CopyLab.Leader, rules, 7, default)).Value;

        var replayed = preview.Lines.Select(l => l[(l.LastIndexOf(": copied", StringComparison.Ordinal) is > 0 and var at ? at + 2 : l.IndexOf(": skipped, ", StringComparison.Ordinal) + 11)..].Split(',', ':')[0]).ToList();
        live.Distinct().Should().HaveCountGreaterThan(3, "several rules speak");
        replayed.Should().Equal(live);
    }

    [Fact]
    public async Task A_shared_follow_is_a_review_clamped_to_the_readers_means()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.Trading.FundAsync(1002, 30m);
        var follow = await lab.FollowAsync(CopyLab.Fixed(25m) with { MaxPerDay = 500m });
        var id = (await lab.Copying.ShareAsync(Ana, follow.Id, default)).Value;

        var shared = (await lab.Copying.SharedAsync(1002, id, default)).Value;

        shared.Rules.MaxPerDay.Should().Be(30m);
        shared.Rules.AmountUsd.Should().Be(25m);
        shared.Differences.Select(d => d.Field).Should().Equal("maxPerTrade", "maxPerDay", "maxPerMarket");
        (await lab.Copying.ListAsync(1002, 10, null, default)).Items.Should().BeEmpty("a review starts nothing");
        (await lab.Copying.SharedAsync(1002, "nothing", default)).Error!.Code.Should().Be("share.unknown");
    }
}
