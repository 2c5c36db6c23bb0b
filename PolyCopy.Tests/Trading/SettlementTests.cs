using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.DoubtTests;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

/// <summary>From the match to the chain, and when the chain says no.</summary>
public class SettlementTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task F19_a_match_that_is_never_mined_is_read_again_and_alerts_once(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(45m), default)).Value;
        var watch = lab.Get<SettlementWatch>();

        lab.Clock.Advance(TimeSpan.FromSeconds(59));
        await watch.LookAsync(default);
        (await lab.EventsAsync("settlement_delayed")).Should().BeEmpty();
        lab.Clock.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 3; i++)
            await watch.LookAsync(default);

        (await lab.EventsAsync("settlement_delayed")).Should().ContainSingle().Which.Payload.Should().Contain(placed.OrderHash);
        (await lab.Desk.DecideAsync([AnExit(placed, 1)], default)).Single().Error!.Code.Should().Be("order.not_sellable");
        lab.Venue.Settle(SettlementStatus.Confirmed, push: false);
        lab.Clock.Advance(TimeSpan.FromSeconds(60));
        await watch.LookAsync(default);
        (await lab.PositionAsync())!.Confirmed.Micros.Should().BePositive("50 s late is not never");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_a_deaf_channel_never_told_is_read_after_twelve_seconds(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        await lab.Trading.PlaceAsync(Ana, "k1", ABuy(45m), default);
        lab.Venue.Settle(SettlementStatus.Mined, push: false);
        var watch = lab.Get<SettlementWatch>();

        lab.Clock.Advance(TimeSpan.FromSeconds(11));
        await watch.LookAsync(default);
        (await lab.PositionAsync())!.Sellable.Should().Be(Shares.Zero);
        lab.Clock.Advance(TimeSpan.FromSeconds(2));
        await watch.LookAsync(default);

        (await lab.PositionAsync())!.Sellable.Micros.Should().BePositive("a stop can sell them now");
        (await lab.EventsAsync("settlement_delayed")).Should().BeEmpty();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F20_a_failed_buy_is_reversed_and_its_owner_told(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(45m), default)).Value;
        (await lab.PositionAsync()).Should().NotBeNull();

        lab.Venue.Settle(SettlementStatus.Failed);
        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);

        (await lab.PositionAsync()).Should().BeNull();
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = 1_000_000_000L, Reserved = 0L });
        var row = await lab.RowAsync(placed.OrderId);
        (row.Status, row.Filled, row.ReasonCode).Should().Be((OrderStatus.Failed, Shares.Zero, "order.settlement_failed"));
        (await lab.EventsAsync("settlement_failed")).Should().ContainSingle();
        lab.Venue.Received.Should().ContainSingle("it is not bought again blindly");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F20_a_failed_sell_gives_the_shares_back(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);
        var bought = await lab.BuyAsync();
        var sold = (await lab.Trading.CloseAsync(Ana, "close", bought.PositionId!.Value, 1m, default)).Value;
        (await lab.PositionAsync()).Should().BeNull();

        lab.Venue.Settle(SettlementStatus.Failed, sold.OrderHash);
        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);

        var position = await lab.PositionAsync();
        position!.Size.ToDecimal().Should().Be(100m);
        lab.Arming.Rearmed.Should().Equal(position.Id);
        lab.Arming.Followed.Should().Equal(position.Id);
        (await lab.FundsAsync()).Total.Should().Be(955_000_000);
        (await lab.Desk.DecideAsync([AnExit(bought, 1)], default)).Single().Value.Shares.ToDecimal().Should().Be(100m, "they can be sold again");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F20_one_of_two_trades_fails(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.TradesPerMatch = 2;
        lab.Venue.FillPrice = new Price(4500);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(45m), default)).Value;
        var trades = lab.Venue.Trades();

        await lab.Get<OrderRecorder>().RecordAsync([new Traded(trades[0] with { Status = SettlementStatus.Failed }, Wallet, Ana), new Traded(trades[1] with { Status = SettlementStatus.Mined }, Wallet, Ana)], default);

        var row = await lab.RowAsync(placed.OrderId);
        (row.Status, row.Filled.ToDecimal(), row.Collateral.ToDecimal()).Should().Be((OrderStatus.PartiallyFilled, 50m, 22.5m));
        (await lab.FundsAsync()).Total.Should().Be(977_500_000);
        (await lab.PositionAsync())!.Sellable.ToDecimal().Should().Be(50m);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_fill_first_heard_of_as_failed_changes_no_money(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.LoseAnswer);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(45m), default)).Value;
        lab.Venue.Settle(SettlementStatus.Failed);

        await lab.PassAsync(TimeSpan.FromSeconds(20));

        var row = await lab.RowAsync(placed.OrderId);
        row.IsTerminal.Should().BeTrue();
        row.Filled.Should().Be(Shares.Zero);
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = 1_000_000_000L, Reserved = 0L });
        (await lab.PositionAsync()).Should().BeNull();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F23_a_sell_refused_over_the_balance_makes_the_venue_read_the_chain_again(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var bought = await lab.BuyAsync();
        lab.Venue.Rejection = new Error("order.balance", "not enough balance / allowance");
        lab.Venue.Script(Act.Reject);
        var before = lab.Venue.BalanceRefreshes;

        (await lab.Trading.CloseAsync(Ana, "close", bought.PositionId!.Value, 1m, default)).Value.Status.Should().Be("rejected");

        await lab.UntilAsync(() => Task.FromResult(lab.Venue.BalanceRefreshes > before));
        (await lab.FundsAsync(Yes)).Reserved.Should().Be(0);
        (await lab.Trading.CloseAsync(Ana, "again", bought.PositionId!.Value, 1m, default)).Value.Status.Should().Be("filled");
    }
}
