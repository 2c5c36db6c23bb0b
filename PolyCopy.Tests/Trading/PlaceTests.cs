using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

public class PlaceTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_market_buy_is_answered_with_what_was_booked(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(45m), default)).Value;

        placed.Status.Should().Be("filled");
        placed.FilledShares.ToDecimal().Should().Be(100m);
        placed.AveragePrice.Should().Be(0.45m);
        placed.OrderHash.Should().StartWith("0x");
        var position = await lab.PositionAsync();
        position!.Id.Should().Be(placed.PositionId!.Value);
        position.Size.ToDecimal().Should().Be(100m);
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = 955_000_000L, Reserved = 0L });
        (await lab.EventsAsync("fill")).Should().ContainSingle().Which.UserId.Should().Be(Ana);
        lab.Venue.Received.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task The_worst_price_follows_from_the_best_and_the_slippage(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy() with { MaxSlippage = 0.1m }, default)).Value;

        (await lab.RowAsync(placed.OrderId)).Price.Should().Be(new Price(4900), "0.45 + 10 % is 0.495, and a worst price is never worse than asked");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task The_amount_of_a_market_buy_includes_the_fee(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider, cash: 100m);
        lab.Catalog.Markets[MarketId] = AMarket(fee: new FeeSchedule(0.05m, 1));
        lab.Venue.FillPrice = new Price(4500);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(100m), default)).Value;

        placed.Status.Should().Be("filled");
        var row = await lab.RowAsync(placed.OrderId);
        row.Fee.Should().Be(new FeeSchedule(0.05m, 1).On(row.Filled, new Price(4500)));
        (row.Collateral + row.Fee).ToDecimal().Should().BeInRange(99.9m, 100m);
        (await lab.FundsAsync()).Total.Should().Be(100_000_000 - (row.Collateral + row.Fee).Micros);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_resting_order_reserves_until_it_is_cancelled(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Default = Act.Rest;

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ARest(Side.Buy, 100m, 0.40m), default)).Value;
        placed.Status.Should().Be("live");
        (await lab.FundsAsync()).Reserved.Should().Be(40_000_000);

        var cancelled = await lab.Trading.CancelAsync(Ana, placed.OrderId, default);

        cancelled.Value.Status.Should().Be("cancelled");
        (await lab.FundsAsync()).Reserved.Should().Be(0);
        (await lab.Trading.CancelAsync(Ana, placed.OrderId, default)).Error!.Code.Should().Be("order.not_cancellable");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_resting_order_that_was_hit_before_its_cancellation_keeps_what_it_filled(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Default = Act.Rest;
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ARest(Side.Buy, 100m, 0.40m), default)).Value;
        lab.Venue.Hit(placed.OrderHash, 30m);

        var cancelled = (await lab.Trading.CancelAsync(Ana, placed.OrderId, default)).Value;

        cancelled.Status.Should().Be("partially_filled");
        cancelled.FilledShares.ToDecimal().Should().Be(30m);
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = 988_000_000L, Reserved = 0L });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Reservations_shrink_as_fills_arrive(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Default = Act.Rest;
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ARest(Side.Buy, 100m, 0.40m), default)).Value;

        lab.Venue.Hit(placed.OrderHash, 25m);
        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);

        var funds = await lab.FundsAsync();
        funds.Total.Should().Be(990_000_000);
        funds.Reserved.Should().BeInRange(30_000_000, 30_000_001, "75 shares are left at 0.40");
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Live);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_rejected_order_frees_its_money_and_says_why(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.Reject);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;

        placed.Status.Should().Be("rejected");
        placed.Error!.Code.Should().Be("order.no_match");
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = 1_000_000_000L, Reserved = 0L });
        (await lab.EventsAsync("order_rejected")).Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Closing_sells_a_fraction_of_what_is_sellable(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);
        var bought = await lab.BuyAsync(45m);
        lab.Venue.FillPrice = new Price(4400);

        var half = (await lab.Trading.CloseAsync(Ana, "close", bought.PositionId!.Value, 0.5m, default)).Value;
        half.FilledShares.ToDecimal().Should().Be(50m);
        half.AveragePrice.Should().Be(0.44m);

        var again = (await lab.Trading.CloseAsync(Ana, "close", bought.PositionId.Value, 0.5m, default)).Value;
        again.Should().BeEquivalentTo(half, "the same key is the same order");
        (await lab.Trading.CloseAsync(Ana, "rest", bought.PositionId.Value, 1m, default)).Value.FilledShares.ToDecimal().Should().Be(50m);
        (await lab.PositionAsync()).Should().BeNull();
        (await lab.Trading.CloseAsync(Ana, "gone", bought.PositionId.Value, 1m, default)).Error!.Code.Should().Be("position.closed");
        lab.Arming.Cancelled.Should().ContainSingle().Which.Position.Should().Be(bought.PositionId.Value);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Exits_of_a_buy_are_armed_with_its_first_fill(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.TradesPerMatch = 3;

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy() with { TakeProfit = 0.70m, StopLoss = 0.30m }, default)).Value;

        placed.Status.Should().Be("filled");
        lab.Arming.Attached.Should().ContainSingle().Which.Should().Be((placed.PositionId!.Value, new Price(7000), new Price(3000)));
        lab.Arming.Followed.Should().Equal(placed.PositionId!.Value);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Orders_are_listed_newest_first_in_pages(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        for (var i = 0; i < 5; i++)
        {
            await lab.Trading.PlaceAsync(Ana, $"k{i}", ABuy(), default);
            lab.Clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        var first = await lab.Trading.ListAsync(Ana, null, 2, null, default);
        var second = await lab.Trading.ListAsync(Ana, null, 2, first.NextCursor, default);
        var third = await lab.Trading.ListAsync(Ana, null, 2, second.NextCursor, default);

        var all = first.Items.Concat(second.Items).Concat(third.Items).ToList();
        all.Select(o => o.Id).Should().OnlyHaveUniqueItems().And.HaveCount(5);
        all.Select(o => o.CreatedAt).Should().BeInDescendingOrder();
        third.NextCursor.Should().BeNull();
        (await lab.Trading.ListAsync(Ana, "filled", 10, null, default)).Items.Should().HaveCount(5);
        (await lab.Trading.ListAsync(Ana, "live", 10, null, default)).Items.Should().BeEmpty();
        (await lab.Trading.ListAsync(7, null, 10, null, default)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task A_preview_walks_the_book_to_the_worst_price_and_changes_nothing()
    {
        await using var lab = await TradingLab.CreateAsync(Db.Sqlite);
        lab.Quote(Yes, bids: [(0.44m, 30m), (0.43m, 20m), (0.30m, 500m)], asks: [(0.45m, 10m), (0.46m, 10m), (0.50m, 100m)]);
        lab.Catalog.Markets[MarketId] = AMarket(fee: new FeeSchedule(0.05m, 1));

        var buy = (await lab.Trading.PreviewAsync(Ana, ABuy(20m) with { MaxSlippage = 0.1m }, default)).Value;
        (buy.Shares, buy.AveragePrice, buy.BestPrice, buy.WorstPrice, buy.Amount).Should().Be((new Shares(20_000_000), 0.455m, new Price(4500), new Price(4900), new Usdc(9_100_000)));
        buy.Fee.Should().Be(new Usdc(123_750 + 124_200), "level by level: shares x 0.05 x p x (1 - p)");
        buy.Total.Should().Be(buy.Amount + buy.Fee);
        (buy.FillsCompletely, string.Join(' ', buy.Warnings)).Should().Be((false, "The book cannot fill all of it at this worst price."));

        var deeper = (await lab.Trading.PreviewAsync(Ana, ABuy(20m) with { MaxSlippage = 0.2m }, default)).Value;
        (deeper.FillsCompletely, deeper.Warnings.Count).Should().Be((true, 0));
        deeper.AveragePrice.Should().BeInRange(0.47m, 0.50m);
        (deeper.Total.ToDecimal() is > 19.9m and <= 20m).Should().BeTrue("what is asked for includes the fee");

        var sell = (await lab.Trading.PreviewAsync(Ana, ASell(60m) with { MaxSlippage = 0.05m }, default)).Value;
        (sell.Shares, sell.AveragePrice, sell.WorstPrice, sell.FillsCompletely).Should().Be((new Shares(50_000_000), 0.436m, new Price(4200), false), "30 at 0.44 and 20 at 0.43");
        (await lab.RowsAsync()).Should().BeEmpty();
        (await lab.FundsAsync()).Reserved.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task The_orders_table_reads_in_decimals(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(10m), default)).Value;
        var row = await lab.RowAsync(placed.OrderId);

        var read = await lab.Database.Workers.ReadAsync((db, ct) => db.Database.SqlQueryRaw<OrderByHand>("select side, price, shares, filled, collateral, fee from orders").SingleAsync(ct), default);

        read.Should().Be(new OrderByHand("BUY", 0.47m, row.Shares.ToDecimal(), placed.FilledShares.ToDecimal(), row.Collateral.ToDecimal(), 0m));
        read.Filled.Should().BeInRange(20m, 23m, "ten dollars at 0.45");
    }

    private sealed record OrderByHand(string Side, decimal Price, decimal Shares, decimal Filled, decimal Collateral, decimal Fee);
}
