using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Indexing.Support;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Indexing;

/// <summary>The chain is the truth, but no answer about it is: what moves the cursor, what is told, what is taken back.</summary>
public class ChainListenerTests
{
    private static readonly Address Ana = Address.Parse("0x3229011cf0EFfA1cC64c05C768A3469563370dAA");
    private static readonly Address Bob = Address.Parse("0xf2e730cc4ce2625a3240c85700c349816af9e64e");
    private static readonly VenueException Dead = new(VenueFailure.Unreachable, "node1: the line is dead");

    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_fill_is_told_once_however_often_its_block_is_read(Db provider)
    {
        await using var lab = await IndexLab.StartAsync(provider);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        for (var i = 0; i < 5; i++)
        {
            await lab.RoundAsync();
            lab.Chain.Mine();
        }
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
        var trade = lab.Listener.Trades[0];
        (trade.Leader, trade.Wallet, trade.IsTaker, trade.IsAdvance, trade.IsBackfilled, trade.Source).Should().Be((Ana.ToLower(), Ana.ToLower(), true, false, false, LeaderTradeSource.Chain));
        (await lab.Leaders.FindTradesAsync([trade.Id], default)).Should().ContainSingle();
    }

    [Fact]
    public async Task Identical_fills_of_one_transaction_are_two_trades()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var transaction = FakeLog.NewTransaction();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, transaction, Bob), FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, transaction, Bob));
        await lab.RoundAsync();
        lab.Listener.Trades.Select(t => t.Id).Distinct().Should().HaveCount(2);
        lab.Listener.Trades.Should().OnlyContain(t => t.IsTaker == false && t.Counterparty == Bob.ToLower());
    }

    [Fact]
    public async Task An_aggressor_is_told_with_the_largest_maker_he_met()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var transaction = FakeLog.NewTransaction();
        var small = Address.Parse("0x00000000000000000000000000000000000000aa");
        lab.Chain.Mine(FakeLog.Fill(small, Side.Sell, 77, 1, 0.55m, transaction, Ana), FakeLog.Fill(Bob, Side.Sell, 77, 9, 0.55m, transaction, Ana), FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, transaction));
        await lab.RoundAsync();
        lab.Listener.Trades.Should().ContainSingle().Which.Counterparty.Should().Be(Bob.ToLower());
    }

    [Fact]
    public async Task An_answer_from_a_node_without_the_end_block_moves_nothing()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var before = lab.State.Through;
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        (lab.Chain.All[0].Hides, lab.Chain.All[0].Forgets) = (true, true);
        (await lab.RoundAsync()).Should().BeFalse();
        lab.State.Through.Should().Be(before);

        (lab.Chain.All[0].Hides, lab.Chain.All[0].Forgets) = (false, false);
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
    }

    [Fact]
    public async Task What_one_reading_missed_the_overlap_finds()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        lab.Chain.All[0].Hides = true;
        await lab.RoundAsync();
        lab.Listener.Heard.Should().BeEmpty();
        lab.Chain.All[0].Hides = false;
        lab.Chain.Mine();
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_trade_that_a_reorganisation_drops_is_taken_back(Db provider)
    {
        await using var lab = await IndexLab.StartAsync(provider);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        lab.Chain.Mine();
        await lab.RoundAsync();
        lab.Chain.Drop(2);
        lab.Chain.Mine();
        lab.Chain.Mine();
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55", "not Buy 10 of 77");
        lab.State.Reorgs.Should().Be(1);
        (await lab.Leaders.TradesAsync(Ana.ToLower(), 10, null, default)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task A_trade_that_is_mined_again_in_another_block_is_the_same_trade()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var fill = FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m);
        lab.Chain.Mine(fill);
        await lab.RoundAsync();
        lab.Chain.Drop(1);
        lab.Chain.Mine();
        lab.Chain.Mine(FakeLog.Fill(Bob, Side.Buy, 77, 1, 0.55m), fill);
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
        (await lab.RowsAsync()).Should().ContainSingle().Which.BlockNumber.Should().Be(lab.Chain.Head.Header.Number);
    }

    [Fact]
    public async Task A_trade_that_comes_back_later_is_told_again()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var fill = FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m);
        lab.Chain.Mine(fill);
        await lab.RoundAsync();
        lab.Chain.Drop(1);
        lab.Chain.Mine();
        await lab.RoundAsync();
        lab.Chain.Mine(fill);
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55", "not Buy 10 of 77", "Buy 10 of 77 at 0.55");
        lab.Listener.Trades.Select(t => t.Id).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task A_reorganisation_while_we_were_away_is_noticed()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        await lab.RoundAsync();
        lab.Chain.Drop(1);
        lab.Chain.Mine();
        lab.Chain.Mine();
        await using var again = await lab.RestartAsync();
        await again.RoundAsync();
        again.Listener.Heard.Should().Equal("not Buy 10 of 77");
    }

    [Fact]
    public async Task One_node_that_contradicts_another_is_not_believed()
    {
        await using var lab = await IndexLab.StartAsync(nodes: 2);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        await lab.RoundAsync();
        var astray = new FakeChain(lab.Clock, 0);
        lab.Chain.All[0].Branch = [.. lab.Chain.Blocks[..^1], astray.Head with { Header = astray.Head.Header with { Number = lab.Chain.Head.Header.Number, Parent = lab.Chain.Head.Header.Parent } }];
        lab.Chain.Mine();
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
        lab.State.Through.Should().Be(lab.Chain.Head.Header.Number);
    }

    [Fact]
    public async Task A_node_of_another_chain_is_never_read()
    {
        await using var lab = await IndexLab.StartAsync();
        lab.Chain.All[0].Id = 1;
        await lab.WatchAsync(Ana);
        (await lab.RoundAsync()).Should().BeFalse();
        lab.Chain.All[0].Reads.Should().BeEmpty();
        lab.State.Fault.Should().Be("node1 serves chain 1, not 137");
        var coverage = await lab.Leaders.CoverageAsync(Ana.ToLower(), default);
        (coverage!.State, coverage.Reason!.Contains("not 137")).Should().Be(("blind", true));
    }

    [Fact]
    public async Task A_range_too_wide_is_halved_until_it_is_taken()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        lab.Chain.All[0].MaxSpan = 7;
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        await lab.RoundAsync();
        lab.Chain.All[0].Reads.Should().NotBeEmpty().And.OnlyContain(r => r.To - r.From < 7);
        lab.State.Through.Should().Be(lab.Chain.Head.Header.Number);
    }

    [Fact]
    public async Task A_node_that_says_429_rests_and_the_next_is_asked()
    {
        await using var lab = await IndexLab.StartAsync(nodes: 2);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.All[0].Fault = new VenueException(VenueFailure.RateLimited, "node1 answered 429", TimeSpan.FromSeconds(20));
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        (await lab.RoundAsync()).Should().BeTrue();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
        var calls = lab.Chain.All[0].Calls;
        lab.Chain.Mine();
        await lab.RoundAsync();
        lab.Chain.All[0].Calls.Should().Be(calls);
    }

    [Fact]
    public async Task What_the_first_node_hides_the_second_reading_finds_before_anything_is_final()
    {
        await using var lab = await IndexLab.StartAsync(nodes: 2);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.All[0].Hides = true;
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        for (var i = 0; i < 4; i++)
        {
            lab.Chain.Mine();
            await lab.RoundAsync();
        }
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
        (await lab.RowsAsync()).Should().ContainSingle().Which.IsFinal.Should().BeTrue();
        var coverage = await lab.Leaders.CoverageAsync(Ana.ToLower(), default);
        (coverage!.State, coverage.Recovered, coverage.Gaps).Should().Be(("degraded", 1, 1));
    }

    [Fact]
    public async Task Nothing_becomes_final_that_the_second_node_does_not_know()
    {
        await using var lab = await IndexLab.StartAsync(nodes: 2);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.All[1].Hides = true;
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        for (var i = 0; i < 5; i++)
        {
            lab.Chain.Mine();
            await lab.RoundAsync();
        }
        (await lab.RowsAsync()).Should().ContainSingle().Which.IsFinal.Should().BeFalse();
        (await lab.Leaders.CoverageAsync(Ana.ToLower(), default))!.Reason.Should().Contain("node2 does not know 1 trades");
        lab.Chain.All[1].Hides = false;
        lab.Chain.Mine();
        await lab.RoundAsync();
        (await lab.RowsAsync()).Should().ContainSingle().Which.IsFinal.Should().BeTrue();
        (await lab.Leaders.CoverageAsync(Ana.ToLower(), default))!.State.Should().Be("trusted");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_was_stored_and_not_told_is_told_after_a_crash(Db provider)
    {
        await using var lab = await IndexLab.StartAsync(provider);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Listener.Refuses.Add(Ana.ToLower());
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        await lab.RoundAsync();
        await using var again = await lab.RestartAsync();
        await again.TellAsync();
        again.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");
        await again.TellAsync();
        again.Listener.Heard.Should().HaveCount(1);
    }

    [Fact]
    public async Task A_listener_that_fails_holds_up_one_leader_and_keeps_his_order()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.WatchAsync(Bob);
        await lab.RoundAsync();
        lab.Listener.Refuses.Add(Ana.ToLower());
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Sell, 77, 4, 0.60m), FakeLog.Fill(Bob, Side.Buy, 88, 1, 0.10m));
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 1 of 88 at 0.10");
        lab.Listener.Refuses.Clear();
        lab.Clock.Advance(TimeSpan.FromSeconds(30));
        await lab.TellAsync();
        lab.Listener.Heard.Should().Equal("Buy 1 of 88 at 0.10", "Buy 10 of 77 at 0.55", "Sell 4 of 77 at 0.60");
    }

    [Fact]
    public async Task What_happened_while_we_were_away_is_told_as_late()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Sell, 77, 10, 0.55m));
        for (var i = 0; i < 300; i++)
            lab.Chain.Mine();
        lab.Clock.Advance(TimeSpan.FromMinutes(9));
        lab.Chain.Mine();
        await using var again = await lab.RestartAsync();
        await again.RoundAsync();
        var trade = again.Listener.Trades.Should().ContainSingle().Subject;
        (trade.IsBackfilled, trade.BlockAt < trade.SeenAt - TimeSpan.FromMinutes(9)).Should().Be((true, true));
        var coverage = await again.Leaders.CoverageAsync(Ana.ToLower(), default);
        (coverage!.Recovered, coverage.WorstDelay > TimeSpan.FromMinutes(9)).Should().Be((1, true));
    }

    [Fact]
    public async Task What_happened_before_an_address_was_watched_is_told_to_nobody()
    {
        await using var lab = await IndexLab.StartAsync();
        lab.Chain.Mine(lab.Clock.GetUtcNow() - TimeSpan.FromSeconds(20), FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Listener.Heard.Should().BeEmpty();
        (await lab.RowsAsync()).Should().ContainSingle().Which.IsBackfilled.Should().BeTrue();
    }

    [Fact]
    public async Task The_wallets_behind_an_address_without_code_are_watched_too()
    {
        await using var lab = await IndexLab.StartAsync();
        var wallet = WalletDerivation.Safe(Ana);
        lab.Chain.Code[wallet] = 0;
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(wallet, Side.Buy, 77, 10, 0.55m));
        await lab.RoundAsync();
        var trade = lab.Listener.Trades.Should().ContainSingle().Subject;
        (trade.Leader, trade.Wallet).Should().Be((Ana.ToLower(), wallet.ToLower()));
        (await lab.Leaders.WatchedAsync(10, null, default)).Items.Should().ContainSingle().Which.Wallets.Should().Equal(Ana.ToLower(), wallet.ToLower());
    }

    [Fact]
    public async Task A_chain_that_does_not_answer_makes_leaders_blind_and_says_why()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        (await lab.Leaders.CoverageAsync(Ana.ToLower(), default))!.State.Should().Be("trusted");
        lab.Chain.All[0].Fault = Dead;
        await lab.RoundAsync();
        var coverage = await lab.Leaders.CoverageAsync(Ana.ToLower(), default);
        coverage!.State.Should().Be("blind");
        coverage.Reason.Should().Contain("the line is dead");
    }
}
