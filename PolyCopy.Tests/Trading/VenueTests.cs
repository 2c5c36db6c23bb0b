using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Trading.Support;

namespace PolyCopy.Tests.Trading;

/// <summary>Orders through the real adapters against the simulator and its faults.</summary>
public class VenueTests
{
    [Fact]
    public async Task A_buy_and_its_close_leave_ledger_and_venue_equal()
    {
        await using var product = await SimulatedProduct.StartAsync();

        var bought = await product.BuyAsync();
        (bought.Status, bought.AveragePrice).Should().Be(("filled", 0.45m));
        var sold = await product.FinishAsync(product.Trading.CloseAsync(SimulatedProduct.Ana, "close", bought.PositionId!.Value, 1m, default));
        await product.SettleAsync();

        sold.Value.Status.Should().Be("filled");
        (await product.PositionAsync()).Should().BeNull();
        (await product.FundsAsync()).Should().BeEquivalentTo(new { Total = await product.AtVenueAsync(), Reserved = 0L });
        (await product.Trading.SyncAsync(SimulatedProduct.Ana, default)).Value.Adjustments.Should().Be(0);
    }

    [Theory]
    [InlineData("drop")]
    [InlineData("502")]
    public async Task F24_a_lost_answer_is_one_order(string variant)
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F24", "clob", seconds: 3, variant: variant);

        var placed = await product.PlaceAsync("k1", product.ABuy());
        placed.Status.Should().BeOneOf("unknown", "filled"); // the user channel may tell before the caller is answered
        await product.UntilAsync(async () => (await product.RowAsync(placed.OrderId)).IsTerminal);

        (await product.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        (await product.OrdersAsync()).Should().ContainSingle().Which.Should().Match<(string Hash, int Received, int Accepted)>(o => o.Hash == placed.OrderHash && o.Accepted == 1);
        (await product.RowsAsync()).Should().ContainSingle();
        (await product.FundsAsync()).Reserved.Should().Be(0);
    }

    [Fact]
    public async Task F26_a_delayed_order_ends_with_what_it_got()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F26", "clob", seconds: 1);

        var placed = await product.PlaceAsync("k1", product.ABuy());
        placed.Status.Should().Be("delayed");
        (await product.FundsAsync()).Reserved.Should().BePositive();
        await product.UntilAsync(async () => (await product.RowAsync(placed.OrderId)).IsTerminal);

        (await product.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        (await product.OrdersAsync()).Should().ContainSingle().Which.Received.Should().Be(1);
    }

    [Theory]
    [InlineData("F28", null, "venue.restarting")]
    [InlineData("F28", "post-only", "venue.post_only")]
    [InlineData("F28", "cancel-only", "venue.cancel_only")]
    [InlineData("F30", "1015", "venue.rate_limited")]
    public async Task F28_F30_an_engine_that_takes_no_orders_now_is_said_so_and_nothing_stays_reserved(string fault, string? variant, string code)
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.Trading.PreviewAsync(SimulatedProduct.Ana, product.ABuy(), default); // the book is known before the trouble
        await product.FaultAsync(fault, "clob", seconds: 30, variant: variant);

        var placed = await product.PlaceAsync("k1", product.ABuy() with { LimitPrice = 0.47m });

        placed.Status.Should().Be("rejected");
        placed.Error!.Code.Should().Be(code);
        placed.Error.Message.Should().StartWith("Not accepted now: The venue ").And.Contain("nothing is reserved; try again in ");
        (await product.FundsAsync()).Reserved.Should().Be(0);
        (await product.EventsAsync("order_rejected")).Should().ContainSingle().Which.Payload.Should().Contain("\"notNow\":true").And.Contain(code);
        await product.HealAsync();
        (await product.PlaceAsync("k2", product.ABuy())).Status.Should().Be("filled", "trying again is all there is to do");
    }

    [Fact]
    public async Task F33_a_FAK_that_finds_nobody_is_refused()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F33", "clob");

        var placed = await product.PlaceAsync("k1", product.ABuy());

        (placed.Status, placed.Error!.Code).Should().Be(("rejected", "order.no_match"));
    }

    [Fact]
    public async Task F16_nothing_is_bought_at_market_on_a_ghost_book()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F16", "clob");

        (await product.FinishAsync(product.Trading.PlaceAsync(SimulatedProduct.Ana, "k1", product.ABuy(), default))).Error!.Code.Should().Be("order.no_liquidity");

        (await product.OrdersAsync()).Should().BeEmpty();
        await product.HealAsync();
        product.Clock.Advance(TimeSpan.FromSeconds(2)); // a book is kept for a second
        (await product.PlaceAsync("k1", product.ABuy())).Status.Should().Be("filled", "a refusal does not use the key up");
    }

    [Fact]
    public async Task F35_an_order_refused_at_a_cut_over_is_signed_once_more_for_the_new_exchange()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F35", "clob");

        var placed = await product.PlaceAsync("k1", product.ABuy());
        var next = await product.PlaceAsync("k2", product.ABuy());
        await product.HealAsync(); // the venue goes back
        var back = await product.PlaceAsync("k3", product.ABuy());

        (placed.Status, next.Status, back.Status).Should().Be(("filled", "filled", "filled"));
        (await product.PlaceAsync("k1", product.ABuy())).OrderId.Should().Be(placed.OrderId, "the key stands for the order that was taken");
        (await product.RowsAsync()).GroupBy(r => r.ReasonCode ?? "").ToDictionary(g => g.Key, g => g.Count()).Should().Equal(new Dictionary<string, int> { ["order.version"] = 2, [""] = 3 });
        (await product.OrdersAsync()).Sum(o => o.Accepted).Should().Be(3);
        (await product.FundsAsync()).Reserved.Should().Be(0);
    }

    [Fact]
    public async Task F34_a_post_only_order_that_the_venue_calls_crossing_is_refused_and_may_be_priced_again()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F34", "clob");

        var refused = await product.PlaceAsync("k1", product.ARest(Side.Buy, 10m, 0.40m) with { PostOnly = true });

        (refused.Status, refused.Error!.Code).Should().Be(("rejected", "order.post_only_crosses"));
        (await product.FundsAsync()).Reserved.Should().Be(0);
        (await product.EventsAsync("order_rejected")).Should().ContainSingle().Which.Payload.Should().Contain("order.post_only_crosses");
        await product.HealAsync();
        (await product.PlaceAsync("k2", product.ARest(Side.Buy, 10m, 0.39m) with { PostOnly = true })).Status.Should().Be("live");
    }

    [Fact]
    public async Task A_GTD_order_ends_at_its_time_and_frees_its_money()
    {
        await using var product = await SimulatedProduct.StartAsync(channels: true);
        var end = product.Get<IVenueClock>().UtcNow.AddSeconds(200);
        var placed = await product.PlaceAsync("k1", product.ARest(Side.Buy, 100m, 0.10m) with { Type = OrderType.Gtd, ExpiresAt = end });
        placed.Status.Should().Be("live");
        (await product.FundsAsync()).Reserved.Should().BeGreaterThanOrEqualTo(10_000_000);
        await product.QuoteAsync("0.08", "0.10", "30"); // 30 of it are hit before
        await product.UntilAsync(async () => (await product.RowAsync(placed.OrderId)).Filled == new Shares(30_000_000));
        await product.QuoteAsync("0.44", "0.45");

        await product.UntilAsync(async () => (await product.RowAsync(placed.OrderId)).IsTerminal);

        product.Clock.GetUtcNow().Should().BeCloseTo(end, TimeSpan.FromSeconds(20), "the venue ends it a minute early and was told a minute more");
        var row = await product.RowAsync(placed.OrderId);
        (row.Status, row.Filled).Should().Be((OrderStatus.PartiallyFilled, new Shares(30_000_000)));
        (await product.FundsAsync()).Reserved.Should().Be(0);
        (await product.Trading.SyncAsync(SimulatedProduct.Ana, default)).Value.Adjustments.Should().Be(0);
    }

    [Fact]
    public async Task F34_a_post_only_order_that_crosses_is_refused_and_one_that_rests_is_live()
    {
        await using var product = await SimulatedProduct.StartAsync();

        var crossing = await product.PlaceAsync("k1", product.ARest(Side.Buy, 10m, 0.45m) with { PostOnly = true });
        var resting = await product.PlaceAsync("k2", product.ARest(Side.Buy, 10m, 0.40m) with { PostOnly = true });

        (crossing.Status, crossing.Error?.Code).Should().Be(("rejected", "order.post_only_crosses"));
        resting.Status.Should().Be("live");
        (await product.Trading.CancelAsync(SimulatedProduct.Ana, resting.OrderId, default)).Value.Status.Should().Be("cancelled");
        (await product.FundsAsync()).Reserved.Should().Be(0);
    }

    [Theory]
    [InlineData("F31")]
    [InlineData("F40")]
    [InlineData("F37")]
    [InlineData("F55")]
    public async Task Amounts_and_spellings_of_the_venue_do_not_disturb_an_order(string fault)
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync(fault, "clob");

        var placed = await product.PlaceAsync("k1", product.ABuy(33.33m) with { MaxSlippage = 0.1m });
        await product.SettleAsync();
        await product.HealAsync();

        placed.Status.Should().BeOneOf("filled", "partially_filled");
        (await product.PositionAsync())!.Size.Micros.Should().Be(await product.AtVenueAsync(product.Yes));
        (await product.FundsAsync()).Should().BeEquivalentTo(new { Total = await product.AtVenueAsync(), Reserved = 0L });
    }

    [Fact]
    public async Task F32_a_worst_price_with_room_survives_a_venue_that_kills_at_the_limit()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F32", "clob");

        (await product.PlaceAsync("k1", product.ABuy())).Status.Should().Be("filled");
    }

    [Fact]
    public async Task F38_F41_what_the_channel_drops_and_repeats_is_booked_once()
    {
        await using var product = await SimulatedProduct.StartAsync(channels: true);
        var placed = await product.PlaceAsync("k1", product.ARest(Side.Buy, 50m, 0.43m));
        placed.Status.Should().Be("live");
        await product.FaultAsync("F41", "ws/user");
        await product.FaultAsync("F38", "ws/user", seconds: 1);

        await product.QuoteAsync("0.42", "0.43"); // somebody sells into it
        await product.UntilAsync(async () => (await product.RowAsync(placed.OrderId)).IsTerminal);
        await product.SettleAsync();

        var row = await product.RowAsync(placed.OrderId);
        (row.Status, row.Filled.ToDecimal(), row.Fee).Should().Be((OrderStatus.Filled, 50m, Usdc.Zero));
        (await product.PositionAsync())!.Size.ToDecimal().Should().Be(50m);
        (await product.FundsAsync()).Total.Should().Be(await product.AtVenueAsync());
    }

    [Fact]
    public async Task F19_a_ghost_fill_is_told_and_its_shares_are_not_offered()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F19", "clob");
        var placed = await product.PlaceAsync("k1", product.ABuy());
        product.Clock.Advance(TimeSpan.FromSeconds(61));

        await product.Get<SettlementWatch>().LookAsync(default);

        (await product.EventsAsync("settlement_delayed")).Should().ContainSingle();
        (await product.Trading.CloseAsync(SimulatedProduct.Ana, "close", placed.PositionId!.Value, 1m, default)).Error!.Code.Should().Be("order.not_sellable");
    }

    [Fact]
    public async Task F20_a_trade_that_fails_on_chain_is_reversed()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F20", "clob");
        var placed = await product.PlaceAsync("k1", product.ABuy());
        placed.Status.Should().Be("filled");

        await product.SettleAsync();

        (await product.PositionAsync()).Should().BeNull();
        (await product.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Failed);
        (await product.EventsAsync("settlement_failed")).Should().ContainSingle();
        (await product.FundsAsync()).Should().BeEquivalentTo(new { Total = 1_000_000_000L, Reserved = 0L });
    }

    [Fact]
    public async Task F23_a_sell_before_the_venue_has_read_the_chain_passes_at_the_second_try()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F23", "clob");
        var bought = await product.BuyAsync();

        var first = await product.FinishAsync(product.Trading.CloseAsync(SimulatedProduct.Ana, "c1", bought.PositionId!.Value, 1m, default));
        (first.Value.Status, first.Value.Error!.Code).Should().Be(("rejected", "order.balance"));
        var tries = 1;
        await product.UntilAsync(async () => (await product.FinishAsync(product.Trading.CloseAsync(SimulatedProduct.Ana, $"c{++tries}", bought.PositionId.Value, 1m, default))).Value.Status == "filled");

        (await product.PositionAsync()).Should().BeNull();
    }

    [Fact]
    public async Task F49_a_dropped_order_frees_its_money()
    {
        await using var product = await SimulatedProduct.StartAsync(channels: true);
        var placed = await product.PlaceAsync("k1", product.ARest(Side.Buy, 50m, 0.40m));

        await product.FaultAsync("F49", "clob");
        await product.UntilAsync(async () => (await product.RowAsync(placed.OrderId)).IsTerminal);

        (await product.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Cancelled);
        (await product.FundsAsync()).Reserved.Should().Be(0);
    }

    [Fact]
    public async Task F53_a_market_under_resolution_takes_no_orders()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F53", "clob");

        (await product.Trading.PlaceAsync(SimulatedProduct.Ana, "k1", product.ABuy(), default)).Error!.Code.Should().Be("market.closed");
    }

    [Fact]
    public async Task F57_what_was_signed_before_another_reading_moved_the_clock_may_be_signed_again()
    {
        await using var product = await SimulatedProduct.StartAsync();
        var clock = product.Get<VenueClock>();
        var signedUnder = clock.Offset;
        await product.FaultAsync("F57", "clob");
        product.Clock.Advance(TimeSpan.FromSeconds(3));
        await clock.RefreshAsync(clock.Offset, default); // for another order that was refused

        (await clock.RefreshAsync(signedUnder, default)).Should().BeTrue("the reading is fresh, and not the one it was signed under");
        (await clock.RefreshAsync(clock.Offset, default)).Should().BeFalse();
    }

    [Fact]
    public async Task F57_a_venue_whose_clock_is_ahead_takes_orders_all_the_same()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.FaultAsync("F57", "clob");
        product.Clock.Advance(TimeSpan.FromSeconds(3)); // the clock is read at most every two seconds

        (await product.PlaceAsync("k1", product.ABuy())).Status.Should().Be("filled");
        (await product.OrdersAsync()).Should().ContainSingle().Which.Accepted.Should().Be(1);
    }

    [Fact]
    public async Task F48_many_resting_orders_are_cancelled_within_the_signers_buckets()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.BuyAsync(100m);
        for (var i = 0; i < 30; i++)
            (await product.PlaceAsync($"rest{i}", product.ARest(Side.Sell, 5m, 0.90m))).Status.Should().Be("live");
        await product.FaultAsync("F48", "clob");

        await product.Desk.CancelSellsAsync(product.Wallet, product.Yes, default);

        (await product.FundsAsync(product.Yes)).Reserved.Should().Be(0);
    }

    [Fact]
    public async Task A_resolved_market_pays_what_the_venue_pays()
    {
        await using var product = await SimulatedProduct.StartAsync();
        await product.BuyAsync();
        (await product.Venue.PostAsync($"control/markets/{product.Market.Market.ConditionId}/resolve", new { winner = product.Market.Market.Outcomes[0] })).Status.Should().Be(200);

        await product.Get<MarketResolution>().ResolvedAsync(product.Market.Market.ConditionId, product.Yes, default);
        product.Clock.Advance(TimeSpan.FromSeconds(10));

        (await product.PositionAsync()).Should().BeNull();
        await product.UntilAsync(async () => await product.AtVenueAsync() == (await product.FundsAsync()).Total, "the venue redeems by itself");
    }
}
