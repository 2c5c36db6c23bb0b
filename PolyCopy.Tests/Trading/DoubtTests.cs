using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

/// <summary>What happens when an answer is lost, late or says little.</summary>
public class DoubtTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task F24_an_order_whose_answer_was_lost_is_looked_up_and_never_sent_as_another(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.LoseAnswer);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        placed.Status.Should().Be("unknown");
        (await lab.FundsAsync()).Reserved.Should().BePositive("until it is terminal its cash stays reserved");
        await lab.PassAsync(TimeSpan.FromSeconds(2));

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        lab.Venue.Orders().Should().ContainSingle().Which.Should().Be((placed.OrderHash, 1, 1));
        (await lab.FundsAsync()).Reserved.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F24_a_lost_request_is_sent_again_with_the_same_bytes(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.LoseRequest, Act.LoseRequest);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        await lab.PassAsync(TimeSpan.FromSeconds(6));

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        lab.Venue.Orders().Should().ContainSingle().Which.Should().Be((placed.OrderHash, 3, 1));
        (await lab.RowsAsync()).Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Nothing_is_sent_later_than_ten_seconds_after_the_decision(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Default = Act.LoseRequest;

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        var sent = lab.Venue.Received.Count;
        sent.Should().BeGreaterThan(2);
        var row = await lab.RowAsync(placed.OrderId);
        row.Status.Should().Be(OrderStatus.Unknown);
        row.LastSentAt.Should().BeBefore(row.DecidedAt.AddSeconds(10));

        await lab.PassAsync(TimeSpan.FromSeconds(11));
        lab.Venue.Received.Should().HaveCount(sent);
        await lab.PassAsync(TimeSpan.FromSeconds(4));

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Failed, "15 s after the last send neither orders nor trades know it");
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = 1_000_000_000L, Reserved = 0L });
        lab.Venue.Received.Should().HaveCount(sent);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task While_the_venue_cannot_be_read_nothing_is_sent_again_and_nothing_is_freed(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.LoseAnswer);
        lab.Venue.ReadsFail = true;

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        await lab.PassAsync(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(5));
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Unknown);
        (await lab.FundsAsync()).Reserved.Should().BePositive();
        lab.Venue.Received.Should().ContainSingle();

        lab.Venue.ReadsFail = false;
        await lab.PassAsync(TimeSpan.FromSeconds(5));
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task An_order_that_was_given_up_and_fills_after_all_is_booked_and_alerts(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.LoseAnswer);
        lab.Venue.TradesHidden = true;
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(45m), default)).Value;
        lab.Venue.Default = Act.LoseRequest;
        await lab.PassAsync(TimeSpan.FromSeconds(40));
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Failed);

        lab.Venue.TradesHidden = false;
        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        (await lab.PositionAsync())!.Size.Should().Be((await lab.RowAsync(placed.OrderId)).Filled);
        (await lab.EventsAsync("late_fill")).Should().ContainSingle();
        (await lab.FundsAsync()).Total.Should().Be(lab.Venue.Matched(Wallet, null));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_duplicate_without_trades_after_the_delay_and_five_seconds_was_killed(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.LoseAnswer); // accepted, nothing matched
        lab.Venue.Fraction = 0;

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        await lab.PassAsync(TimeSpan.FromSeconds(4));
        var row = await lab.RowAsync(placed.OrderId);
        row.Accepted.Should().BeTrue("Duplicated. proves that the first send was taken");
        row.Status.Should().Be(OrderStatus.Unknown);
        await lab.PassAsync(TimeSpan.FromSeconds(5));

        row = await lab.RowAsync(placed.OrderId);
        row.Status.Should().Be(OrderStatus.Cancelled);
        row.ReasonCode.Should().Be("order.no_match");
        (await lab.FundsAsync()).Reserved.Should().Be(0);
        lab.Venue.Orders().Should().ContainSingle().Which.Accepted.Should().Be(1);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_resting_order_whose_answer_was_lost_is_live_when_the_venue_lists_it(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.RestAndLoseAnswer);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ARest(Side.Buy, 10m, 0.40m), default)).Value;
        placed.Status.Should().Be("unknown");
        await lab.PassAsync(TimeSpan.FromSeconds(1));

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Live);
        lab.Venue.Received.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_refused_second_send_proves_nothing_about_the_first(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.TradesHidden = true;
        lab.Venue.Script(Act.LoseRequest, Act.Reject);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        lab.Venue.Default = Act.LoseRequest;

        await lab.PassAsync(TimeSpan.FromSeconds(3));

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Unknown);
        (await lab.FundsAsync()).Reserved.Should().BePositive();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F26_a_delayed_order_stays_open_until_the_venue_tells(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Catalog.Markets[MarketId] = AMarket(takerDelay: TimeSpan.FromSeconds(3));
        lab.Venue.Script(Act.Delay);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        placed.Status.Should().Be("delayed");
        await lab.PassAsync(TimeSpan.FromSeconds(2));
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Delayed);
        (await lab.FundsAsync()).Reserved.Should().BePositive();
        lab.Venue.Hit(placed.OrderHash, 20m);
        lab.Venue.Drop(placed.OrderHash, VenueOrderStatus.Cancelled, "CANCELED");
        await lab.PassAsync(TimeSpan.FromSeconds(2));

        var row = await lab.RowAsync(placed.OrderId);
        row.Status.Should().Be(OrderStatus.PartiallyFilled);
        row.Filled.ToDecimal().Should().Be(20m);
        (await lab.FundsAsync()).Reserved.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F26_a_delayed_order_that_nobody_knows_any_more_was_killed(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Catalog.Markets[MarketId] = AMarket(takerDelay: TimeSpan.FromSeconds(3));
        lab.Venue.Script(Act.Delay);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        lab.Venue.Drop(placed.OrderHash, VenueOrderStatus.Cancelled, "CANCELED", push: false);

        await lab.PassAsync(TimeSpan.FromSeconds(7));
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Delayed, "3 s and 5 s have not passed");
        await lab.PassAsync(TimeSpan.FromSeconds(6));

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Cancelled);
        lab.Venue.Received.Should().ContainSingle("a delayed order was accepted: it is not sent again");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F28_an_engine_that_restarts_holds_the_order_and_says_when(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);
        var bought = await lab.BuyAsync();
        lab.Venue.Script(Act.Hold);
        var decided = (await lab.Desk.DecideAsync([AnExit(bought, attempt: 1)], default)).Single().Value;

        var outcome = (await lab.Desk.SendAsync([decided], default)).Single();

        outcome.Should().BeEquivalentTo(new { Held = true, Terminal = true, RetryAfter = TimeSpan.FromSeconds(79), Status = "rejected" });
        (await lab.FundsAsync(Yes)).Reserved.Should().Be(0, "the next attempt is judged on the book of then");
        (await lab.Desk.DecideAsync([AnExit(bought, attempt: 2)], default)).Single().IsOk.Should().BeTrue();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_refusal_that_comes_while_the_order_is_looked_up_is_not_sent_over(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.Reject);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        var row = await lab.RowAsync(placed.OrderId);

        // a reconciliation that read the row before the answer thinks that it may send the same bytes again
        await lab.Get<OrderSender>().ResendAsync(new OutgoingOrder((await lab.WalletAsync()).Account, row.OrderHash, row.Body), default);
        await lab.PassAsync(TimeSpan.FromSeconds(20));

        lab.Venue.Received.Should().ContainSingle();
        (await lab.RowAsync(placed.OrderId)).Should().BeEquivalentTo(new { Status = OrderStatus.Rejected, Sends = 1, ReasonCode = "order.no_match" });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F33_a_killed_FAK_is_an_ordinary_refusal(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.Reject);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;

        (placed.Status, placed.Error!.Code).Should().Be(("rejected", "order.no_match"));
        (await lab.Trading.PlaceAsync(Ana, "k2", ABuy(), default)).Value.Status.Should().Be("filled");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F30_a_throttled_order_is_held_and_not_sent_again_by_itself(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.HoldFor = TimeSpan.FromSeconds(1);
        lab.Venue.Script(Act.Hold);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        await lab.PassAsync(TimeSpan.FromSeconds(30));

        placed.Status.Should().Be("rejected");
        lab.Venue.Received.Should().ContainSingle();
        (await lab.FundsAsync()).Reserved.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F57_an_order_refused_over_a_drifted_clock_passes_once_the_clock_is_set(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.HoldFor = TimeSpan.Zero;
        lab.Venue.Script(Act.Hold);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;

        placed.Status.Should().Be("filled");
        lab.Venue.Orders().Should().ContainSingle().Which.Should().Be((placed.OrderHash, 2, 1));
        lab.Venue.Script(Act.Hold, Act.Hold);
        (await lab.Trading.PlaceAsync(Ana, "k2", ABuy(), default)).Value.Status.Should().Be("rejected", "once");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F34_a_post_only_order_that_crosses_is_refused_without_a_trace_of_money(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Rejection = new Error("order.post_only_crosses", "invalid post-only order: order crosses book");
        lab.Venue.Script(Act.Reject);

        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ARest(Side.Buy, 10m, 0.50m) with { PostOnly = true }, default)).Value;

        placed.Error!.Code.Should().Be("order.post_only_crosses");
        (await lab.FundsAsync()).Reserved.Should().Be(0);
        var preview = (await lab.Trading.PreviewAsync(Ana, ARest(Side.Buy, 10m, 0.50m) with { PostOnly = true }, default)).Value;
        preview.Warnings.Should().Contain(w => w.Contains("post-only"));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F40_a_cent_of_a_share_less_than_ordered_is_filled(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Default = Act.Rest;
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ARest(Side.Buy, 10m, 0.40m), default)).Value;

        lab.Venue.Hit(placed.OrderHash, 9.995m);
        lab.Venue.Drop(placed.OrderHash, VenueOrderStatus.Matched, "MATCHED");
        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        (await lab.FundsAsync()).Reserved.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task An_answer_slower_than_five_seconds_leaves_the_caller_with_unknown_and_is_recorded_when_it_comes(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.Hang);

        var placing = lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default);
        var placed = (await lab.FinishAsync(placing)).Value;
        placed.Status.Should().Be("unknown");
        (await lab.RowAsync(placed.OrderId)).SubmittedAt.Should().NotBeNull("it was sent, whoever tells of it first");
        (await lab.FundsAsync()).Reserved.Should().BePositive();
        var same = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        same.Should().BeEquivalentTo(placed, "the same key gets the first answer");

        lab.Venue.LetGo();
        await lab.UntilAsync(async () => (await lab.RowAsync(placed.OrderId)).IsTerminal);
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        lab.Venue.Orders().Should().ContainSingle().Which.Should().Be((placed.OrderHash, 1, 1));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_match_whose_trades_are_not_listed_yet_waits_for_them(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.TradesHidden = true;

        var placing = lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default);
        await EventuallyAsync(async () => await lab.RowsAsync() is [{ Status: OrderStatus.Matched }]);
        var placed = (await lab.FinishAsync(placing)).Value;
        placed.Status.Should().Be("matched");
        placed.FilledShares.Should().Be(Shares.Zero, "amounts of the answer are provisional");
        (await lab.FundsAsync()).Reserved.Should().BePositive();

        lab.Venue.TradesHidden = false;
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = lab.Venue.Matched(Wallet, null), Reserved = 0L });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task An_order_that_rises_after_it_was_given_up_is_cancelled_at_the_venue(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.RestAndLoseAnswer);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ARest(Side.Buy, 10m, 0.40m), default)).Value;
        await lab.Get<OrderRecorder>().RecordAsync([new Ended(placed.OrderHash, new Error("order.not_found", "given up"))], default);

        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);
        await lab.Resolver.RunDueAsync(default);

        lab.Venue.Cancelled.Should().Contain(placed.OrderHash);
    }

    internal static Decision AnExit(OrderPlaced bought, int attempt, decimal shares = 100m, int arming = 1, Price? worst = null) => new(
        $"exit:{bought.PositionId}:{arming}:{attempt}", Ana, Wallet, MarketId, Yes, Side.Sell, OrderType.Fak, new Shares((long)(shares * 1_000_000)), null, worst ?? new Price(4200),
        "exit", bought.PositionId, bought.PositionId, arming, attempt);
}
