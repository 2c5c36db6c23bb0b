using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Indexing.Feeds;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Indexing.Support;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Indexing;

/// <summary>A trade told by a feed, the chain and the venue's history is one trade, told once.</summary>
public class FeedTests
{
    private static readonly Address Ana = Address.Parse("0x3229011cf0EFfA1cC64c05C768A3469563370dAA");

    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task F61_the_chains_fill_consumes_the_advance_whatever_its_transaction(Db provider)
    {
        await using var lab = await IndexLab.StartAsync(provider);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        await lab.HearAsync(lab.Told(Ana, Side.Buy, 77, 10, 0.55m));
        lab.Listener.Trades.Should().ContainSingle().Which.IsAdvance.Should().BeTrue();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m)); // sent again under another hash
        await lab.RoundAsync();
        lab.Chain.Mine();
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
        var row = (await lab.RowsAsync()).Should().ContainSingle().Subject;
        (row.IsAdvance, row.OrderHash is not null, row.BlockNumber).Should().Be((false, true, lab.Chain.Blocks[^2].Header.Number));
        row.Id.Should().Be(lab.Listener.Trades[0].Id);
    }

    [Fact]
    public async Task F41_the_same_fill_by_both_subscriptions_the_chain_and_the_history_is_told_once()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var transaction = FakeLog.NewTransaction();
        var told = lab.Told(Ana, Side.Buy, 77, 10, 0.55m, transaction);
        await lab.HearAsync(told);
        await lab.HearAsync(told with { Type = "orders_matched" });
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, transaction));
        await lab.RoundAsync();
        lab.History.Trades.Add(told with { Type = "", Price = 0.5500001m });
        await lab.AuditAsync();
        lab.Clock.Advance(TimeSpan.FromMinutes(2));
        lab.Chain.Mine();
        await lab.RoundAsync();
        await lab.AuditAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
        (await lab.Leaders.CoverageAsync(Ana.ToLower(), default))!.Gaps.Should().Be(0);
    }

    [Fact]
    public async Task A_feed_that_comes_after_the_chain_tells_nothing_new()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        await lab.RoundAsync();
        await lab.HearAsync(lab.Told(Ana, Side.Buy, 77, 10, 0.55m));
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
    }

    [Fact]
    public async Task F61_both_subscriptions_at_once_with_a_hash_the_chain_never_had_tell_nothing_new()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        await lab.RoundAsync();
        var told = lab.Told(Ana, Side.Buy, 77, 10, 0.55m);
        await lab.HearAsync(told, told with { Type = "orders_matched" });
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
        (await lab.RowsAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task Two_equal_trades_of_which_the_feed_told_one_are_two()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var (first, second) = (FakeLog.NewTransaction(), FakeLog.NewTransaction());
        await lab.HearAsync(lab.Told(Ana, Side.Buy, 77, 10, 0.55m, second));
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, first)); // takes the second one's advance
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, second));
        await lab.RoundAsync();
        lab.Chain.Mine();
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55", "Buy 10 of 77 at 0.55");
        lab.Listener.Trades.Select(t => t.Id).Distinct().Should().HaveCount(2);
    }

    [Fact]
    public async Task An_advance_that_never_settles_is_taken_back()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        await lab.HearAsync(lab.Told(Ana, Side.Buy, 77, 10, 0.55m));
        for (var i = 0; i < 4; i++)
        {
            lab.Clock.Advance(TimeSpan.FromMinutes(2));
            lab.Chain.Mine();
            await lab.RoundAsync();
        }
        await lab.AuditAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55", "not Buy 10 of 77");
    }

    [Fact]
    public async Task An_advance_is_kept_while_the_chain_cannot_be_read()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        await lab.HearAsync(lab.Told(Ana, Side.Buy, 77, 10, 0.55m));
        lab.Chain.All[0].Fault = new VenueException(VenueFailure.Unreachable, "dead");
        lab.Clock.Advance(TimeSpan.FromMinutes(20));
        await lab.RoundAsync();
        await lab.AuditAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
    }

    [Fact]
    public async Task F58_a_resting_order_that_the_feed_leaves_out_is_told_by_the_chain()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Sell, 77, 10, 0.55m, aggressor: Address.Parse("0xf2e730cc4ce2625a3240c85700c349816af9e64e")));
        await lab.RoundAsync();
        lab.Listener.Trades.Should().ContainSingle().Which.IsTaker.Should().BeFalse();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_the_chains_reading_missed_the_history_recovers(Db provider)
    {
        await using var lab = await IndexLab.StartAsync(provider);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        await lab.AuditAsync();
        lab.History.Trades.Add(lab.Told(Ana, Side.Sell, 77, 10, 0.55m));
        for (var i = 0; i < 3; i++)
        {
            lab.Clock.Advance(TimeSpan.FromMinutes(1));
            lab.Chain.Mine();
            await lab.RoundAsync();
            await lab.AuditAsync();
        }
        var trade = lab.Listener.Trades.Should().ContainSingle().Subject;
        (trade.Source, trade.IsBackfilled).Should().Be((LeaderTradeSource.DataApi, true));
        var coverage = await lab.Leaders.CoverageAsync(Ana.ToLower(), default);
        (coverage!.State, coverage.Gaps, coverage.Recovered).Should().Be(("degraded", 1, 1));
    }

    [Fact]
    public async Task The_history_takes_over_while_the_chain_is_down()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        await lab.AuditAsync();
        lab.Chain.All[0].Fault = new VenueException(VenueFailure.Unreachable, "dead");
        lab.Clock.Advance(TimeSpan.FromMinutes(1));
        await lab.RoundAsync();
        lab.History.Trades.Add(lab.Told(Ana, Side.Buy, 77, 10, 0.55m));
        lab.Clock.Advance(TimeSpan.FromSeconds(20));
        await lab.AuditAsync();
        lab.Listener.Trades.Should().ContainSingle().Which.IsBackfilled.Should().BeFalse();
        var coverage = await lab.Leaders.CoverageAsync(Ana.ToLower(), default);
        coverage!.State.Should().Be("degraded");
        coverage.Reason.Should().Contain("only the Data API tells");
    }

    [Fact]
    public async Task F43_an_empty_history_takes_nothing_away()
    {
        await using var lab = await IndexLab.StartAsync();
        var ana = await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var buy = FakeLog.NewTransaction();
        lab.Chain.Mine(FakeLog.Transfer(Address.Parse("0xf2e730cc4ce2625a3240c85700c349816af9e64e"), Ana, 77, 10, buy), FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, buy));
        await lab.RoundAsync();
        for (var i = 0; i < 5; i++)
        {
            lab.Clock.Advance(TimeSpan.FromMinutes(2));
            lab.Chain.Mine();
            await lab.RoundAsync();
            await lab.AuditAsync();
        }
        (await lab.Leaders.HoldingAsync(ana, TokenId.Parse("77"), default)).Should().Be(10_000_000);
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
    }

    [Fact]
    public async Task A_holding_counts_what_feeds_told_before_the_chain_was_read()
    {
        await using var lab = await IndexLab.StartAsync();
        var ana = await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        await lab.AuditAsync();
        var venue = Address.Parse("0xf2e730cc4ce2625a3240c85700c349816af9e64e");
        var (buy, sell) = (FakeLog.NewTransaction(), FakeLog.NewTransaction());
        lab.Chain.Mine(FakeLog.Transfer(venue, Ana, 77, 10, buy), FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, buy));
        await lab.RoundAsync();
        lab.Chain.All[0].Fault = new VenueException(VenueFailure.Unreachable, "dead");
        lab.Clock.Advance(TimeSpan.FromMinutes(1));
        await lab.RoundAsync();

        lab.History.Trades.Add(lab.Told(Ana, Side.Sell, 77, 4, 0.55m, sell));
        lab.Clock.Advance(TimeSpan.FromSeconds(20));
        await lab.AuditAsync();
        (await HeldAsync()).Should().Be(6_000_000, "the history tells while the chain is down");
        await lab.HearAsync(lab.Told(Ana, Side.Sell, 77, 1, 0.55m));
        (await HeldAsync()).Should().Be(5_000_000, "so does the feed");

        lab.Chain.All[0].Fault = null;
        lab.Chain.Mine(FakeLog.Transfer(Ana, venue, 77, 4, sell), FakeLog.Fill(Ana, Side.Sell, 77, 4, 0.55m, sell));
        lab.Clock.Advance(TimeSpan.FromMinutes(1));
        await lab.RoundAsync();
        (await HeldAsync()).Should().Be(5_000_000, "what the chain has read counts once");

        Task<long> HeldAsync() => lab.Leaders.HoldingAsync(ana, TokenId.Parse("77"), default);
    }

    [Fact]
    public async Task F44_a_history_that_is_down_degrades_nothing_the_chain_tells_and_says_so()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.History.Fault = new VenueException(VenueFailure.Unreachable, "/v2/activity answered 503: dependency_unavailable");
        await lab.Invoking(l => l.AuditAsync()).Should().ThrowAsync<VenueException>();
        (await lab.Leaders.CoverageAsync(Ana.ToLower(), default))!.State.Should().Be("trusted");
        lab.History.Fault = null;
        await lab.AuditAsync();
        lab.Get<AuditState>().IsAlive.Should().BeTrue();
    }

    [Fact]
    public async Task The_last_days_of_a_new_leader_are_fetched_and_told_to_nobody()
    {
        await using var lab = await IndexLab.StartAsync();
        for (var i = 1; i <= 5; i++)
            lab.History.Trades.Add(lab.Told(Ana, i % 2 == 1 ? Side.Buy : Side.Sell, 77, 10, 0.40m + (i * 0.02m)) with { At = lab.Clock.GetUtcNow() - TimeSpan.FromDays(6 - i) });
        var ana = await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        await lab.AuditAsync();
        lab.Listener.Heard.Should().BeEmpty();
        var trades = await lab.Leaders.TradesAsync(ana, 2, null, default);
        trades.Items.Should().HaveCount(2).And.OnlyContain(t => t.IsBackfilled);
        trades.Items[0].MatchedAt.Should().BeNull();
        (await lab.Leaders.TradesAsync(ana, 10, trades.NextCursor, default)).Items.Should().HaveCount(3);
        var card = (await lab.Leaders.GetAsync(ana, default))!;
        (card.Name, card.Trades, card.Closed, card.WinRate).Should().Be(("somebody", 5, 2, 1m));
        card.Pnl.Should().Be(0.4m); // twice ten shares, two cents each
    }
}
