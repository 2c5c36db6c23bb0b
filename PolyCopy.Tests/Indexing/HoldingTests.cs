using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Tests.Indexing.Support;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Indexing;

/// <summary>What leaders hold, and what leaves their hands without a trade.</summary>
public class HoldingTests
{
    private static readonly Address Ana = Address.Parse("0x3229011cf0EFfA1cC64c05C768A3469563370dAA");
    private static readonly Address Bob = Address.Parse("0xf2e730cc4ce2625a3240c85700c349816af9e64e");
    private static readonly Address Adapter = Address.Parse("0xAdA100Db00Ca00073811820692005400218FcE1f");
    private static readonly TokenId Token = TokenId.Parse("77");

    [Fact]
    public async Task A_trade_moves_the_holding_and_is_no_move()
    {
        await using var lab = await IndexLab.StartAsync();
        var ana = await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var (buy, sell) = (FakeLog.NewTransaction(), FakeLog.NewTransaction());
        lab.Chain.Mine(FakeLog.Transfer(Bob, Ana, 77, 10, buy), FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, buy));
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Transfer(Ana, Bob, 77, 4, sell), FakeLog.Fill(Ana, Side.Sell, 77, 4, 0.60m, sell));
        await lab.RoundAsync();
        lab.Chain.Mine();
        await lab.RoundAsync();
        (await lab.Leaders.HoldingAsync(ana, Token, default)).Should().Be(6_000_000);
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55", "Sell 4 of 77 at 0.60");
    }

    [Fact]
    public async Task A_bankroll_is_cash_by_the_chain_and_positions_by_the_venue_and_unknown_without_either()
    {
        await using var lab = await IndexLab.StartAsync();
        var ana = await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var money = lab.Get<ILeaderMoney>();
        (await money.BankrollAsync(ana, default)).Should().BeNull("nobody says what his positions are worth");
        lab.History.Value = 250.5m;
        (await money.BankrollAsync(ana, default)).Should().BeNull("nobody says what cash he has");
        lab.Chain.Balances[(Ana, default)] = 1_000_000_000;
        (await money.BankrollAsync(ana, default)).Should().Be(1_250.5m);

        lab.History.Fault = new Modules.Venue.VenueException(Modules.Venue.VenueFailure.Unreachable, "down");
        (await money.BankrollAsync(ana, default)).Should().Be(1_250.5m, "it was asked a moment ago");
        lab.Clock.Advance(TimeSpan.FromMinutes(11));
        (await money.BankrollAsync(ana, default)).Should().BeNull();
    }

    [Theory]
    [InlineData("PositionsMerge(address,address,bytes32,bytes32,uint256[],uint256)", 4, "merge")]
    [InlineData("PayoutRedemption(address,address,bytes32,bytes32,uint256[],uint256)", 4, "redeem")]
    [InlineData("PositionsConverted(address,bytes32,uint256,uint256)", 4, "convert")]
    [InlineData("PositionsMerged(address,bytes31,address,uint256)", 4, "merge")]
    [InlineData(null, 0, "transfer")]
    public async Task What_leaves_without_a_trade_is_told_by_its_kind_with_what_was_held(string? beside, int topics, string kind)
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Balances[(Ana, 77)] = 20_000_000;
        var transaction = FakeLog.NewTransaction();
        lab.Chain.Mine(beside is null
            ? [FakeLog.Transfer(Ana, Bob, 77, 5, transaction)]
            : [FakeLog.Transfer(Ana, Adapter, 77, 5, transaction), FakeLog.Event(beside, topics, transaction)]);
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal($"{kind} -5 of 77, had 20");
        var move = lab.Listener.Moves[0];
        (move.Delta, move.HeldBefore, move.Wallet).Should().Be((-5_000_000L, 20_000_000L, Ana.ToLower()));
    }

    [Fact]
    public async Task Shares_that_come_from_nowhere_are_a_split()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Transfer(Address.Zero, Ana, 77, 5));
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("split 5 of 77, had 0");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_reorganisation_takes_transfers_back_too(Db provider)
    {
        await using var lab = await IndexLab.StartAsync(provider);
        var ana = await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        var buy = FakeLog.NewTransaction();
        lab.Chain.Mine(FakeLog.Transfer(Bob, Ana, 77, 10, buy), FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m, buy));
        await lab.RoundAsync();
        lab.Chain.Drop(1);
        lab.Chain.Mine();
        await lab.RoundAsync();
        (await lab.Leaders.HoldingAsync(ana, Token, default)).Should().Be(0);
    }

    [Fact]
    public async Task A_token_that_never_moved_is_asked_of_the_chain_and_else_of_the_venues_books()
    {
        await using var lab = await IndexLab.StartAsync();
        var ana = await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.History.Holdings[Token] = new Shares(3_000_000);
        (await lab.Leaders.HoldingAsync(ana, Token, default)).Should().Be(3_000_000);
        lab.Chain.Balances[(Ana, 77)] = 20_000_000;
        (await lab.Leaders.HoldingAsync(ana, Token, default)).Should().Be(20_000_000);
    }

    [Fact]
    public async Task A_node_that_serves_another_chain_is_not_asked_what_is_held()
    {
        await using var lab = await IndexLab.StartAsync(nodes: 2);
        lab.Chain.All[0].Id = 1;
        lab.Chain.All[0].Balance = 99_000_000;
        var ana = await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Clock.Advance(TimeSpan.FromMinutes(2)); // the wrong node may be tried again
        lab.Chain.Balances[(Ana, 77)] = 20_000_000;
        (await lab.Leaders.HoldingAsync(ana, Token, default)).Should().Be(20_000_000);
    }

    public static TheoryData<Db> Both => TestDatabase.Both;
}
