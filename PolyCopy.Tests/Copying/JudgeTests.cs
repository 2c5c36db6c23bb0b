using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using PolyCopy.Tests.Trading.Support;

namespace PolyCopy.Tests.Copying;

/// <summary>Each rule alone: no database, no clock.</summary>
public class JudgeTests
{
    private static FollowRules Rules { get; } = new() { Mode = CopyMode.Fixed, AmountUsd = 10m };

    public static TheoryData<string, FollowRules> Filters { get; } = new()
    {
        { "leader_minimum", Rules with { MinLeaderTrade = 50m } },
        { "price_band", Rules with { MaxPrice = 0.40m } },
        { "price_band", Rules with { MinPrice = 0.50m } },
        { "category", Rules with { Categories = ["Politics"] } },
        { "keyword", Rules with { Keywords = ["snow"] } },
        { "keyword", Rules with { ExcludedKeywords = ["RAIN"] } },
        { "liquidity", Rules with { MinLiquidity = 1_000m } },
        { "spread", Rules with { MaxSpread = 0.005m } },
        { "resolution_time", Rules with { MinHoursToResolution = 2m } },
        { "minimum", Rules with { AmountUsd = 3m, MinimumUsd = 5m } },
        { "accumulating", Rules with { AmountUsd = 3m, MinimumUsd = 5m, BelowMinimum = BelowMinimum.Accumulate } },
        { "max_per_day", Rules with { MaxPerDay = 0.5m } },
        { "max_per_market", Rules with { MaxPerMarket = 0.5m } },
    };

    [Theory, MemberData(nameof(Filters))]
    public void A_rule_that_speaks_against_a_copy_is_named(string rule, FollowRules rules)
    {
        var judged = CopyJudge.Judge(Of(rules), AScene(), new Standing { Cash = 100_000_000 });

        judged.Verdict.Should().Be("skipped");
        judged.Rule.Should().Be(rule);
        judged.Reason!.Text.Should().NotBeEmpty();
    }

    [Theory]
    [InlineData(CopyMode.Fixed, "7")]
    [InlineData(CopyMode.PercentOfTrade, "4.5")]
    [InlineData(CopyMode.PercentOfBalance, "10")]
    [InlineData(CopyMode.Bankroll, "9")]
    [InlineData(CopyMode.Multiplier, "22.5")]
    public void Each_mode_sizes_its_own_way(CopyMode mode, string amount)
    {
        var rules = new FollowRules { Mode = mode, AmountUsd = 7m, Percent = 10m, LeaderBankroll = 500m, Factor = 0.1m, Tiers = [new(40m, 0.5m), new(1_000m, 2m)] };
        RulesCheck.Check(rules).Should().BeNull();

        var judged = CopyJudge.Judge(Of(rules), AScene(), new Standing { Cash = 100_000_000, Bankroll = 100_000_000 });

        judged.Amount.Should().Be((long)(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture) * 1_000_000));
    }

    [Fact]
    public void Small_amounts_add_up_until_they_reach_the_minimum()
    {
        var rules = Rules with { AmountUsd = 3m, MinimumUsd = 5m, BelowMinimum = BelowMinimum.Accumulate };
        var first = CopyJudge.Judge(Of(rules), AScene(), new Standing { Cash = 100_000_000 });

        var second = CopyJudge.Judge(Of(rules), AScene(), new Standing { Cash = 100_000_000, Carried = first.Carry });

        first.Carry.Should().Be(3_000_000);
        (second.Amount, second.Carry).Should().Be((6_000_000, -3_000_000));
    }

    [Fact]
    public void Rounding_up_reaches_the_minimum_and_never_passes_a_cap()
    {
        CopyJudge.Judge(Of(Rules with { AmountUsd = 3m, MinimumUsd = 5m, BelowMinimum = BelowMinimum.RoundUp }), AScene(), new Standing { Cash = 100_000_000 }).Amount.Should().Be(5_000_000);
        CopyJudge.Judge(Of(Rules with { MaxPerTrade = 6m }), AScene(), new Standing { Cash = 100_000_000 }).Amount.Should().Be(6_000_000);
        CopyJudge.Judge(Of(Rules with { MaxPerDay = 20m }), AScene(), new Standing { Cash = 100_000_000, SpentToday = 16_000_000 }).Amount.Should().Be(4_000_000);
    }

    [Fact]
    public void Exits_are_set_around_the_price_paid()
    {
        var judged = CopyJudge.Judge(Of(Rules with { TakeProfitPercent = 20m, StopLossPercent = 50m }), AScene(), new Standing { Cash = 100_000_000 });

        (judged.TakeProfit, judged.StopLoss).Should().Be((new Price(5400), new Price(2200)));
    }

    [Fact]
    public void The_other_outcome_in_another_follow_is_skipped_netted_or_allowed()
    {
        var at = new Standing { Cash = 100_000_000, HeldOpposite = 8_000_000 };

        CopyJudge.Judge(Of(Rules), AScene(), at).Rule.Should().Be("opposite");
        var net = CopyJudge.Judge(Of(Rules with { Opposite = OppositePolicy.Net }), AScene(), at);
        (net.Side, net.Token, net.Target).Should().Be((Side.Sell, TradingLab.No, 8_000_000));
        CopyJudge.Judge(Of(Rules with { Opposite = OppositePolicy.Allow }), AScene(), at).Side.Should().Be(Side.Buy);
    }

    [Theory]
    [InlineData(SellMode.Mirror, 5_000_000)]
    [InlineData(SellMode.Percent, 2_000_000)]
    [InlineData(SellMode.All, 20_000_000)]
    public void Sells_take_the_share_that_the_rules_say(SellMode mode, long target)
    {
        var rules = Rules with { Sells = mode, SellPercent = 10m };

        CopyJudge.Judge(Of(rules), AScene() with { Side = Side.Sell, LeaderShares = 25_000_000, LeaderHeld = 100_000_000 }, new Standing { Held = 20_000_000 }).Target.Should().Be(target);
    }

    [Fact]
    public void A_sell_never_goes_below_the_rules_worst_price()
    {
        CopyJudge.SellFloor(new Price(4400), new FollowRules { SellSlippage = 0.1m }, new Price(100)).Should().Be(new Price(4000));
        CopyJudge.SellFloor(new Price(4400), new FollowRules { SellSlippage = 0.1m, WorstSellPrice = 0.42m }, new Price(100)).Should().Be(new Price(4200));
        CopyJudge.SellFloor(new Price(4400), new FollowRules { WorstSellPrice = 0.45m }, new Price(100)).Should().BeNull();
    }

    /// <summary>Random users who follow each other: however they try, nobody ends up copying himself.</summary>
    [Fact]
    public void No_circle_of_follows_can_be_made()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var users = random.Next(2, 9);
            var wallets = Enumerable.Range(1, users).Select(u => new Wallet(new Guid(u, 0, 0, new byte[8]), u, "demo", "deposit", 3, $"0xOWNER{u}", $"0xFUNDER{u}", DateTimeOffset.UnixEpoch)).ToList();
            var follows = new List<Follow>();
            for (var tries = 0; tries < 40; tries++)
            {
                var (user, leader) = (random.Next(1, users + 1), random.Next(2) == 0 ? $"0xfunder{random.Next(1, users + 1)}" : $"0xowner{random.Next(1, users + 1)}");
                var refused = FollowGraph.Refusal(user, leader, wallets, follows);
                if (refused is null)
                    follows.Add(Of(Rules) with { Id = new Guid(seed, (short)tries, 0, new byte[8]), UserId = user, Leader = leader });
                if (leader.EndsWith(user.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal))
                    refused!.Code.Should().Be("follow.self");
            }
            // Kahn: what cannot be taken away one after the other is a circle
            var edges = follows.Select(f => (f.UserId, Leader: long.Parse(f.Leader[^1..], System.Globalization.CultureInfo.InvariantCulture))).Distinct().ToList();
            while (edges.Count > 0)
                edges.RemoveAll(e => !edges.Exists(n => n.UserId == e.Leader)).Should().BeGreaterThan(0, $"seed {seed} has a circle");
        }
    }

    [Fact]
    public void Holdings_follow_their_own_orders_and_other_sells_take_the_oldest()
    {
        var (a, b) = (new Guid(1, 0, 0, new byte[8]), new Guid(2, 0, 0, new byte[8]));
        Guid Order(int n) => new(100 + n, 0, 0, new byte[8]);
        Modules.Positions.ShareMove Move(Guid? order, long shares, long usdc) => new(1, Guid.Empty, TradingLab.Yes, "m", "Yes", order, shares, usdc, DateTimeOffset.UnixEpoch);
        var follows = new Dictionary<Guid, Guid> { [Order(1)] = a, [Order(2)] = b, [Order(3)] = b };

        var held = HoldingFold.Of([Move(Order(1), 10, -5), Move(null, 4, -2), Move(Order(2), 20, -10), Move(Order(3), -5, 3), Move(null, -12, 6)], follows);

        held.Should().HaveCount(1, "the sale by hand took the oldest 12: all of a's 10 and 2 of the manual ones");
        held[b].Should().Be((15L, 8L));
    }

    [Theory]
    [InlineData("0.30,0.31,0.90", "0.31")]
    [InlineData("0.30,0.32", "0.31")]
    [InlineData("", null)]
    public void The_reference_is_the_median_of_the_ten_minutes_before(string prices, string? median)
    {
        var at = DateTimeOffset.UnixEpoch + TimeSpan.FromHours(1);
        PricePoint[] points = [new(at - TimeSpan.FromMinutes(11), 0.01m), .. prices.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((p, i) => new PricePoint(at - TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(i), decimal.Parse(p, System.Globalization.CultureInfo.InvariantCulture))), new(at, 0.99m)];

        ReferencePrices.Median(points, at, [], 1).Should().Be(median is null ? null : decimal.Parse(median, System.Globalization.CultureInfo.InvariantCulture));
        ReferencePrices.Median(points, at, [at - TimeSpan.FromSeconds(330)], 1).Should().Be(null, "he moved it himself");
    }

    private static Follow Of(FollowRules rules) => new(new Guid(7, 0, 0, new byte[8]), 1, Guid.Empty, CopyLab.Leader, FollowStatus.Active, null, false, 1, rules, DateTimeOffset.UnixEpoch);

    private static Scene AScene()
    {
        var market = TradingLab.AMarket() with { Tags = ["Weather"], Liquidity = 500m, EndDate = DateTimeOffset.UnixEpoch + TimeSpan.FromHours(1) };
        var book = new BookSnapshot(TradingLab.Yes, TradingLab.ConditionId, [new Level(new Price(4400), new Shares(1_000_000_000))], [new Level(new Price(4500), new Shares(1_000_000_000))], new Price(100), new Shares(5_000_000), false, null, DateTimeOffset.UnixEpoch, "v");
        return new Scene(Side.Buy, 0.45m, 45m, 100_000_000, 0, market, TradingLab.Yes, TradingLab.No, new WorkingBook(book, 1m), 0.45m, false, DateTimeOffset.UnixEpoch);
    }
}
