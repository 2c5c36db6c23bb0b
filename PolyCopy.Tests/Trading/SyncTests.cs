using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

public class SyncTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task Orders_trades_and_balances_are_brought_to_what_the_venue_says(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        await lab.BuyAsync(45m);
        lab.Venue.Default = Act.Rest;
        var resting = (await lab.Trading.PlaceAsync(Ana, "rest", ARest(Side.Buy, 100m, 0.40m), default)).Value;
        lab.Venue.Hit(resting.OrderHash, 100m);
        lab.Venue.Foreign(Wallet, ConditionId, No, Side.Buy, 20m, new Price(5500), push: false);
        lab.Venue.Settle(SettlementStatus.Confirmed);
        lab.Venue.Fund(Wallet, 500m);
        lab.Venue.Give(Wallet, Yes, 7m);

        var report = (await lab.Trading.SyncAsync(Ana, default)).Value;

        report.Should().BeEquivalentTo(new { Orders = 1, Fills = 2, Adjustments = 2 });
        (await lab.FundsAsync()).Total.Should().Be(lab.Venue.Matched(Wallet, null));
        (await lab.FundsAsync(Yes)).Total.Should().Be(lab.Venue.Matched(Wallet, Yes));
        (await lab.FundsAsync(No)).Total.Should().Be(20_000_000);
        (await lab.Trading.SyncAsync(Ana, default)).Value.Should().BeEquivalentTo(new { Fills = 0, Adjustments = 0 }, "a second sync finds nothing");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task One_empty_answer_does_not_make_a_position_flat(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var bought = await lab.BuyAsync(45m);
        lab.Venue.FlakyBalances.Enqueue(0);

        (await lab.Trading.SyncAsync(Ana, default)).Value.Adjustments.Should().Be(0);

        (await lab.PositionAsync())!.Size.Should().Be(bought.FilledShares);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_is_on_its_way_to_the_chain_is_not_compared(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var bought = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(45m), default)).Value;

        (await lab.Trading.SyncAsync(Ana, default)).Value.Adjustments.Should().Be(0);

        (await lab.PositionAsync())!.Size.Should().Be(bought.FilledShares);
        (await lab.FundsAsync()).Total.Should().Be(lab.Venue.Matched(Wallet, null));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F40_a_difference_of_a_hundredth_share_is_dust(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        await lab.BuyAsync(45m);
        lab.Venue.Give(Wallet, Yes, 0.009m);

        (await lab.Trading.SyncAsync(Ana, default)).Value.Adjustments.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_deposit_nobody_told_us_of_is_found_when_an_order_needs_it(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider, cash: 5m);
        lab.Venue.Fund(Wallet, 100m);

        (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(50m), default)).Value.Status.Should().Be("filled");
        (await lab.Trading.PlaceAsync(Ana, "k2", ABuy(500m), default)).Error!.Code.Should().Be("order.balance");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_venue_that_cannot_be_read_is_a_refusal(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.ReadsFail = true;

        (await lab.Trading.SyncAsync(Ana, default)).Error!.Code.Should().Be("venue.unavailable");
    }
}
