using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Copying.CopyLab;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Copying;

/// <summary>From a leader's trade to the order and its reasons.</summary>
public class CopyTests
{
    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_leaders_buy_is_copied_and_explained(Db provider)
    {
        await using var lab = await CopyLab.CreateAsync(provider);
        var follow = await lab.FollowAsync(Fixed(9m));

        var trade = await lab.TradeAsync(lab.ATrade(shares: 200m));

        var decision = (await lab.Copying.DecisionsAsync(Ana, null, null, 10, null, default)).Items.Single();
        decision.Verdict.Should().Be("copied");
        decision.LeaderTradeId.Should().Be(trade.Id);
        decision.Shares.ToDecimal().Should().Be(20m);
        decision.Steps.Should().Contain("fixed 9");
        decision.StepsSaid!.Select(s => s.Text).Should().Equal(decision.Steps);
        decision.StepsSaid![0].Should().BeEquivalentTo(new { Code = "copy.step.fixed", Gaps = new[] { new { Kind = "usd", Value = "9" } } });
        decision.WorstPrice.Should().Be(new Price(4700), "0.45 plus 5 % is 0.4725");
        decision.Reference.Should().Be(0.45m);
        decision.Book!.Asks[0].Price.Should().Be(new Price(4500));
        decision.Stamps.Submitted.Should().NotBeNull();
        (await lab.Copying.DecisionAsync(Ana, decision.Id, default))!.Reason.Should().Be(decision.Reason);
        (await lab.Copying.GetAsync(Ana, follow.Id, default))!.Holdings.Single().Shares.ToDecimal().Should().Be(20m);
        (await lab.Trading.EventsAsync("copied")).Should().ContainSingle();
        (await lab.Copying.DecisionAsync(1002, decision.Id, default)).Should().BeNull("it is another user's");
    }

    [Fact]
    public async Task A_trade_told_twice_is_decided_once()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.FollowAsync();
        var trade = await lab.TradeAsync(lab.ATrade());

        await lab.Engine.TradesAsync([trade], default);
        await lab.RestartAsync();
        await lab.Engine.TradesAsync([trade], default);
        await lab.PassAsync(5);

        (await lab.DecisionsAsync()).Should().ContainSingle();
        lab.Venue.Orders().Should().ContainSingle();
    }

    [Fact]
    public async Task A_fixed_amount_is_spent_once_per_order_and_once_per_minute()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.FollowAsync(Fixed(10m));

        await lab.TradeAsync(lab.ATrade(order: "0xorder"));
        var same = await lab.TradeAsync(lab.ATrade(order: "0xorder"));
        var next = await lab.TradeAsync(lab.ATrade(order: "0xother"));
        lab.Trading.Clock.Advance(TimeSpan.FromSeconds(61));
        var later = await lab.TradeAsync(lab.ATrade(order: "0xthird"));

        (await lab.DecisionAsync(same)).Rule.Should().Be("group_spent");
        (await lab.DecisionAsync(next)).Rule.Should().Be("group_spent");
        (await lab.DecisionAsync(later)).Verdict.Should().Be("copied");
    }

    [Fact]
    public async Task Fills_of_one_order_told_together_are_one_copy()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.FollowAsync(new FollowRules { Mode = CopyMode.PercentOfTrade, Percent = 10m });
        var fills = new[] { lab.ATrade(shares: 20m, order: "0xo"), lab.ATrade(shares: 30m, order: "0xo"), lab.ATrade(shares: 50m, order: "0xo") };

        await lab.Engine.TradesAsync(fills, default);
        await lab.SettleAsync();

        (await lab.DecisionsAsync()).Single().Amount.Should().Be(4_500_000, "10 % of 100 shares at 0.45");
        (await lab.SignalsAsync()).Select(s => s.Rule).Order().Should().Equal(null, "same_order", "same_order");
    }

    [Fact]
    public async Task Two_leaders_and_a_manual_buy_hold_one_token_and_only_the_sellers_share_goes()
    {
        await using var lab = await CopyLab.CreateAsync();
        var first = await lab.FollowAsync(Fixed(9m));
        var second = await lab.FollowAsync(Fixed(18m), Second);
        await lab.Trading.Trading.PlaceAsync(Ana, "manual", ABuy(4.5m), default);
        await lab.TradeAsync(lab.ATrade(shares: 100m));
        await lab.TradeAsync(lab.ATrade(shares: 100m, leader: Second));
        await lab.ConfirmAsync();

        lab.Venue.FillPrice = new Price(4400);
        var sell = await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 50m, price: 0.44m));

        (await lab.HeldAsync(first.Id)).Should().Be(10m, "he sold half of his 100, so half of 20 go");
        (await lab.HeldAsync(second.Id)).Should().Be(40m);
        (await lab.Trading.PositionAsync())!.Size.ToDecimal().Should().Be(60m);
        (await lab.DecisionAsync(sell)).Steps.Should().Contain(s => s.Text.Contains("sold 50 of 100", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_late_buy_is_skipped_for_all_and_a_late_sell_is_sold()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(Fixed(9m));
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(10));

        var late = await lab.TradeAsync(lab.ATrade(age: TimeSpan.FromMinutes(5)));
        var backfilled = await lab.TradeAsync(lab.ATrade(backfilled: true, age: TimeSpan.FromMinutes(5)));
        lab.Venue.FillPrice = new Price(4400);
        await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 300m, age: TimeSpan.FromMinutes(4), backfilled: true));

        (await lab.HeldAsync(follow.Id)).Should().Be(0);
        (await lab.DecisionsAsync()).Select(d => d.LeaderTradeId).Should().NotContain([late.Id, backfilled.Id]);
        var shown = (await lab.Copying.DecisionsAsync(Ana, follow.Id, "skipped", 10, null, default)).Items;
        shown.Should().HaveCount(2).And.OnlyContain(d => d.Rule == "late");
        (await lab.Copying.DecisionAsync(Ana, shown[0].Id, default))!.Reason.Should().Contain("the most is 30 s");
    }

    [Fact]
    public async Task A_fill_that_we_signed_is_no_signal()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.FollowAsync();
        var mine = (await lab.Trading.Trading.PlaceAsync(Ana, "mine", ABuy(9m), default)).Value;

        await lab.TradeAsync(lab.ATrade(order: mine.OrderHash));

        (await lab.DecisionsAsync()).Should().BeEmpty();
        (await lab.SignalsAsync()).Single().Rule.Should().Be("own_order");
    }

    [Fact]
    public async Task A_paused_follow_buys_nothing_and_still_sells()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(Fixed(9m));
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        (await lab.Copying.PauseAsync(Ana, follow.Id, "enough", default)).Value.Status.Should().Be("paused");

        var buy = await lab.TradeAsync(lab.ATrade());
        await lab.Trading.Trading.PauseAsync(null, true, "night", "test", default);
        lab.Venue.FillPrice = new Price(4400);
        await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 200m));

        (await lab.DecisionAsync(buy)).Rule.Should().Be("paused");
        (await lab.HeldAsync(follow.Id)).Should().Be(0);
    }

    [Fact]
    public async Task Deleting_keeps_mirroring_sells_unless_asked_not_to()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(Fixed(9m));
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        await lab.Copying.DeleteAsync(Ana, follow.Id, keepSells: true, default);
        (await lab.Trading.Get<Modules.Indexing.IWatchSource>().LeadersAsync(default)).Should().Equal(Leader);
        lab.Venue.FillPrice = new Price(4400);

        await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 50m));
        (await lab.HeldAsync(follow.Id)).Should().Be(10m);
        await lab.Copying.DeleteAsync(Ana, follow.Id, keepSells: false, default);
        await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 50m));

        (await lab.HeldAsync(follow.Id)).Should().Be(10m);
        (await lab.DecisionsAsync())[^1].Rule.Should().Be("sells_ended");
    }

    [Fact]
    public async Task Close_all_sells_what_the_follow_holds_and_nothing_else()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(Fixed(9m) with { Sells = SellMode.None });
        await lab.Trading.Trading.PlaceAsync(Ana, "manual", ABuy(4.5m), default);
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        lab.Venue.FillPrice = new Price(4400);

        var made = (await lab.Copying.CloseAllAsync(Ana, follow.Id, default)).Value;
        await lab.SettleAsync();

        made.Should().ContainSingle();
        (await lab.HeldAsync(follow.Id)).Should().Be(0);
        (await lab.Trading.PositionAsync())!.Size.ToDecimal().Should().Be(10m);
    }

    [Fact]
    public async Task A_thin_book_sells_the_rest_later()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(Fixed(9m));
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        lab.Trading.Clock.Advance(TimeSpan.FromSeconds(2)); // the book is read again
        lab.Trading.Quote(Yes, [(0.44m, 5m)], [(0.46m, 100m)]);
        lab.Venue.FillPrice = new Price(4400);

        await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 100m));
        (await lab.HeldAsync(follow.Id)).Should().Be(15m);
        lab.Trading.Quote(Yes, 0.44m, 0.46m);
        await lab.PassAsync(5);

        (await lab.HeldAsync(follow.Id)).Should().Be(0);
        var row = (await lab.DecisionsAsync())[^1];
        (row.State, row.FilledBefore + row.Filled).Should().Be(("done", 20_000_000));
    }

    [Fact]
    public async Task Followers_share_the_depth_one_after_the_other()
    {
        await using var lab = await CopyLab.CreateAsync();
        foreach (var user in Enumerable.Range(2001, 8))
        {
            await lab.Trading.FundAsync(user, 100m);
            await lab.FollowAsync(Fixed(10m), user: user);
        }
        lab.Trading.Quote(Yes, [(0.44m, 100m)], [(0.45m, 100m)]); // 45 pUSD, of which followers may take half

        await lab.TradeAsync(lab.ATrade(shares: 1_000m));

        var rows = await lab.DecisionsAsync();
        rows.Should().HaveCount(8);
        rows.Sum(r => r.Amount).Should().BeLessThanOrEqualTo(22_500_000);
        rows.Where(r => r.Verdict == "copied").Should().HaveCount(3);
        rows.Where(r => r.Verdict == "skipped").Should().OnlyContain(r => r.Rule == "depth");
    }

    [Fact]
    public async Task The_cap_is_the_lower_of_the_leaders_price_and_the_markets_own()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.FollowAsync(Fixed() with { MaxSlippage = 0.02m });
        lab.History(Yes, 0.30m); // he has pushed it to 0.45

        var pushed = await lab.TradeAsync(lab.ATrade());
        lab.Trading.MarketData.Histories.Clear();
        lab.Trading.Clock.Advance(TimeSpan.FromSeconds(61));
        var unknown = await lab.TradeAsync(lab.ATrade());

        (await lab.DecisionAsync(pushed)).Rule.Should().Be("price_cap");
        (await lab.DecisionAsync(pushed)).Reason.Should().Contain("0.45").And.Contain("0.306");
        (await lab.DecisionAsync(unknown)).Rule.Should().Be("no_reference");
    }

    [Fact]
    public async Task A_leader_on_the_other_side_of_our_trade_pauses_the_follow()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync();
        ((FakeWallets)lab.Trading.Get<Modules.Wallets.IWallets>()).All.Add(new(Wallet, Ana, "demo", "deposit", 3, "0xOwner", "0xAnasFunder", DateTimeOffset.UnixEpoch));

        await lab.TradeAsync(lab.ATrade(counterparty: "0xanasfunder"));

        (await lab.Copying.GetAsync(Ana, follow.Id, default))!.Status.Should().Be("paused");
        (await lab.Trading.EventsAsync("follow_paused")).Should().ContainSingle();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_removed_trade_is_reported_and_its_copy_sold_when_the_rules_say_so(bool reverse)
    {
        await using var lab = await CopyLab.CreateAsync();
        var (token, price) = reverse ? (No, 5600) : (Yes, 4500);
        lab.Venue.FillPrice = new Price(price);
        var follow = await lab.FollowAsync(new FollowRules { Mode = CopyMode.PercentOfTrade, Percent = 20, OnRemoved = RemovedPolicy.Sell, Reverse = reverse, MaxSlippage = 0.2m });
        var kept = await lab.FollowAsync(new FollowRules { Mode = CopyMode.PercentOfTrade, Percent = 20, Reverse = reverse, MaxSlippage = 0.2m }, Second);
        await lab.TradeAsync(lab.ATrade(shares: 100m));
        var before = await lab.HeldAsync(follow.Id, token);
        var removed = await lab.TradeAsync(lab.ATrade(shares: 50m));
        var others = await lab.TradeAsync(lab.ATrade(leader: Second));
        (await lab.HeldAsync(follow.Id, token)).Should().BeGreaterThan(before);
        await lab.ConfirmAsync();
        lab.Venue.FillPrice = new Price(price - 100);

        await lab.Engine.RemovedAsync([removed, others], default);
        await lab.RestartAsync();
        await lab.Engine.RemovedAsync([removed, others], default);
        await lab.PassAsync(3);

        (await lab.Trading.EventsAsync("leader_removed")).Should().HaveCount(2);
        (await lab.HeldAsync(follow.Id, token)).Should().BeInRange(before, before + 0.01m, "the other trade stands");
        (await lab.HeldAsync(kept.Id, token)).Should().BePositive("its rules keep");
    }

    [Fact]
    public async Task A_removal_that_was_reported_and_not_sold_before_a_crash_is_sold_after_it()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(Fixed(9m) with { OnRemoved = RemovedPolicy.Sell });
        var trade = await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        await lab.Trading.Database.Workers.WriteAsync((db, ct) => db.Set<SignalRow>().Where(s => s.LeaderTradeId == trade.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.RemovedAt, lab.Now.UtcDateTime), ct), default);
        lab.Venue.FillPrice = new Price(4400);

        await lab.RestartAsync();
        await lab.Engine.RemovedAsync([trade], default);
        await lab.SettleAsync();

        (await lab.HeldAsync(follow.Id)).Should().Be(0);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task F20_a_mirrored_sell_that_fails_on_chain_is_sold_again(Db provider)
    {
        await using var lab = await CopyLab.CreateAsync(provider);
        var follow = await lab.FollowAsync(Fixed(9m));
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        lab.Trading.Clock.Advance(TimeSpan.FromSeconds(2)); // the book is read again
        lab.Trading.Quote(Yes, [(0.44m, 5m)], [(0.46m, 100m)]);
        lab.Venue.FillPrice = new Price(4400);
        var sell = await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 100m));
        var first = (await lab.DecisionAsync(sell)).OrderHash!;
        lab.Trading.Quote(Yes, 0.44m, 0.46m);
        await lab.PassAsync(5);
        (await lab.HeldAsync(follow.Id)).Should().Be(0, "sold in two attempts");
        var brought = await SumAsync("fill");
        brought.Should().BeNegative("bought at 45, sold at 44");
        (await SumAsync("copied")).Should().Be(brought, "the alert tells both attempts");
        var second = (await lab.DecisionAsync(sell)).OrderHash!;

        lab.Venue.Settle(SettlementStatus.Failed, first);
        lab.Venue.Settle(SettlementStatus.Confirmed, second);
        await lab.Trading.Get<Modules.Trading.Orders.Reconciler>().ReconcileAsync(await lab.Trading.WalletAsync(), default);
        (await lab.HeldAsync(follow.Id)).Should().Be(5m, "the first attempt was reversed");
        await lab.PassAsync(5);

        (await lab.HeldAsync(follow.Id)).Should().Be(0);
        var row = await lab.DecisionAsync(sell);
        (row.State, row.FilledBefore + row.Filled, row.Attempt).Should().Be(("done", 20_000_000, 3));
        (await lab.Trading.EventsAsync("copied")).Where(IsSale).Should().HaveCount(2);
        (await SumAsync("copied", 1)).Should().Be(brought, "what was reversed brought nothing, and was sold again at the same price");

        async Task<decimal> SumAsync(string kind, int skip = 0) => (await lab.Trading.EventsAsync(kind)).Where(IsSale).Skip(skip).Sum(e => decimal.Parse(Told(e, "realisedPnl"), CultureInfo.InvariantCulture));
        static bool IsSale(Modules.Accounts.UserEvent e) => Told(e, "side") == "SELL";
        static string Told(Modules.Accounts.UserEvent e, string field) => JsonDocument.Parse(e.Payload).RootElement.GetProperty(field).GetString()!;
    }

    [Fact]
    public async Task Shares_that_leave_without_a_trade_are_reported_or_sold_as_the_rules_say()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(Fixed(9m) with { OnMove = MovePolicy.Sell });
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        lab.Venue.FillPrice = new Price(4400);
        var move = new Modules.Indexing.LeaderMove("move1", Leader, Leader, "merge", Yes, MarketId, -25_000_000, 100_000_000, "0xtx", lab.Now);

        await lab.Engine.MovedAsync([move], default);
        await lab.Engine.MovedAsync([move], default);
        await lab.SettleAsync();

        (await lab.Trading.EventsAsync("leader_moved")).Should().ContainSingle();
        (await lab.HeldAsync(follow.Id)).Should().Be(15m, "a quarter of 20 went");
    }

    [Fact]
    public async Task News_of_an_order_that_comes_late_changes_nothing_that_has_ended()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.FollowAsync();
        var trade = await lab.TradeAsync(lab.ATrade());
        var before = await lab.DecisionAsync(trade);
        before.Filled.Should().BePositive();
        var outcome = (await lab.Trading.Get<IOrderDesk>().FindAsync([CopyExecutor.Key(before)], default)).Values.Single();

        await lab.Trading.Get<CopyOutcomes>().ApplyAsync([outcome with { Terminal = false, Status = "matched", Filled = Shares.Zero, Collateral = Usdc.Zero }], default);

        var after = await lab.DecisionAsync(trade);
        (after.State, after.Verdict, after.Filled, after.Collateral, after.OrderStatus).Should().Be((before.State, before.Verdict, before.Filled, before.Collateral, before.OrderStatus));
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Old_skips_go_in_batches_and_copies_and_money_put_aside_stay(Db provider)
    {
        await using var lab = await CopyLab.CreateAsync(provider);
        await lab.FollowAsync(Fixed() with { MinLeaderTrade = 20m });
        await lab.TradeAsync(lab.ATrade()); // copied
        await lab.TradeAsync(lab.ATrade(shares: 10m, order: "0xsmall")); // skipped
        var (copied, skipped) = ((await lab.DecisionsAsync())[0], (await lab.DecisionsAsync())[1]);
        (copied.Verdict, skipped.Verdict, skipped.Rule).Should().Be(("copied", "skipped", "leader_minimum"));
        await lab.Trading.Database.Workers.WriteAsync(async (db, ct) =>
        {
            var more = Enumerable.Range(0, OldSkips.Batch).Select(i => Again(skipped, i, 0)).Append(Again(skipped, -1, 500_000)).ToList();
            await db.InsertAsync(more, ct);
            return 0;
        }, default);
        var prune = lab.Trading.Get<OldSkips>();

        lab.Trading.Clock.Advance(TimeSpan.FromDays(89));
        (await prune.PruneAsync(default)).Should().Be(0);
        lab.Trading.Clock.Advance(TimeSpan.FromDays(2));
        (await prune.PruneAsync(default)).Should().Be(OldSkips.Batch + 1);

        (await lab.DecisionsAsync()).Select(d => (d.Verdict, d.Carry)).Should().BeEquivalentTo([("copied", 0L), ("skipped", 500_000L)]);
        (await lab.SignalsAsync()).Should().HaveCount(2, "what the leader did is told once and kept");
        static DecisionRow Again(DecisionRow like, int i, long carry) => new()
        {
            Id = new Guid(i, 0, 0, new byte[8]),
            UserId = like.UserId,
            FollowId = like.FollowId,
            WalletId = like.WalletId,
            SignalId = like.SignalId,
            LeaderTradeId = $"old{i}",
            GroupId = like.GroupId,
            Leader = like.Leader,
            TokenId = like.TokenId,
            Verdict = like.Verdict,
            State = like.State,
            Feed = like.Feed,
            SeenAt = like.SeenAt,
            DecidedAt = like.DecidedAt,
            Carry = carry,
        };
    }

    [Fact]
    public async Task A_bankroll_that_the_rules_leave_out_is_the_leaders_own_or_the_trade_is_skipped()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.FollowAsync(new FollowRules { Mode = CopyMode.Bankroll, MaxPerTrade = 100m });

        var unknown = await lab.DecisionAsync(await lab.TradeAsync(lab.ATrade()));
        lab.Leaders.Bankroll = 900m;
        var known = await lab.DecisionAsync(await lab.TradeAsync(lab.ATrade(order: "0xother")));

        (unknown.Verdict, unknown.Rule).Should().Be(("skipped", "leader_bankroll"));
        known.Amount.Should().Be(50_000_000, "the leader put 45 of 900 in, and the follower has 1,000");
        known.Steps.Should().Contain(s => s.Text.Contains("45 of 900 that he has in cash and positions"));
    }

    [Fact]
    public async Task A_sell_that_the_venue_tells_before_the_chain_is_read_is_the_share_it_is()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(Fixed(9m));
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        lab.Venue.FillPrice = new Price(4400);
        var sell = lab.ATrade(Side.Sell, shares: 50m, price: 0.44m) with { Source = LeaderTradeSource.DataApi, BlockNumber = null };

        await lab.TradeAsync(sell); // the holding knows every stored trade, read from the chain or not

        (await lab.DecisionAsync(sell)).Fraction.Should().Be(0.5m, "he sold 50 of 100");
        (await lab.HeldAsync(follow.Id)).Should().Be(10m);
    }
}
