using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Trading.Exits;

public class ExitFiringTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_take_profit_sells_the_position_once_and_says_how_long_it_took(Db provider)
    {
        await using var lab = await ExitLab.CreateAsync(provider);
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m));
        lab.Tick(0.61m);
        lab.Clock.Advance(TimeSpan.FromMilliseconds(3));

        await lab.SettleAsync();
        await lab.TickAndSettleAsync(0.62m);

        var order = lab.Desk.Sent.Should().ContainSingle().Subject.Decision;
        order.Should().Match<Decision>(d => d.Side == Side.Sell && d.Origin == "exit" && d.WorstPrice == Build.P(0.60m) && d.Shares == Build.S(100) && d.ExitArming == 1 && d.ExitAttempt == 1);
        var row = await lab.RowAsync(exit.Id);
        row.Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(100) && r.Attempts == 1 && r.TickToSubmitMs == 3m && r.OrderHash != null);
        var told = (await lab.EventsAsync(1, "exit_fired")).Should().ContainSingle().Subject;
        var payload = JsonDocument.Parse(told.Payload).RootElement;
        payload.GetProperty("tickToSubmitMs").GetDecimal().Should().Be(3);
        payload.GetProperty("filledShares").GetString().Should().Be("100");
        payload.GetProperty("averagePrice").GetDecimal().Should().Be(0.6m);
    }

    [Fact]
    public async Task A_stop_sells_everything_with_its_slippage_below_the_best_bid()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100.005m);
        await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.46m));

        await lab.TickAndSettleAsync(0.46m);

        var order = lab.Desk.Sent.Single().Decision;
        order.Shares.Should().Be(Build.S(100), "the venue takes hundredths of a share");
        order.WorstPrice.Should().Be(Build.P(0.44m), "0.46 less 5 % is 0.437, up to the tick");
        (await lab.RowsAsync(position.Id)).Single().Status.Should().Be("done", "half a hundredth of a share is dust");
    }

    [Fact]
    public async Task A_take_sells_only_into_what_is_bid_at_its_price_and_stays_armed_for_the_rest()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m));

        await lab.TickAndSettleAsync(0.61m, bids: [(0.61m, 10), (0.60m, 20), (0.59m, 500)]);
        lab.Desk.Sent.Single().Decision.Shares.Should().Be(Build.S(30));
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "armed" && r.Filled == Build.S(30) && r.Target == Build.S(100));

        await lab.TickAndSettleAsync(0.59m);
        await lab.WaitAsync(1);
        lab.Desk.Sent.Should().HaveCount(1, "the bid is below its price again");

        await lab.TickAndSettleAsync(0.60m);
        lab.Desk.Sent.Should().HaveCount(2);
        lab.Desk.Sent[1].Decision.Should().Match<Decision>(d => d.Shares == Build.S(70) && d.ExitAttempt == 2);
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(100) && r.Attempts == 2);
        (await lab.EventsAsync(1, "exit_fired")).Should().ContainSingle("it fired once, in two orders");
    }

    [Fact]
    public async Task Takes_of_one_batch_share_the_levels_of_the_book()
    {
        await using var lab = await ExitLab.CreateAsync();
        var first = lab.APosition(40, user: 1);
        var second = lab.APosition(40, user: 2);
        await lab.ArmAsync(first, new ArmExit(ExitKind.TakeProfit, 0.60m));
        await lab.ArmAsync(second, new ArmExit(ExitKind.TakeProfit, 0.60m));

        await lab.TickAndSettleAsync(0.60m, bids: [(0.60m, 50)]);

        lab.Desk.Batches.Should().ContainSingle();
        lab.Desk.Sent.Select(o => o.Shares).Should().Equal(Build.S(40), Build.S(10));
    }

    [Fact]
    public async Task A_stop_goes_on_until_flat_each_try_as_a_new_attempt()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.Venue = o => new Reply(Math.Min(40, o.Shares.ToDecimal()), 0.44m);

        await lab.TickAndSettleAsync(0.45m);
        await lab.TickAndSettleAsync(0.60m); // recovered, but it has begun to sell
        await lab.WaitAsync(0.1);
        await lab.WaitAsync(0.1);

        lab.Desk.Sent.Select(o => o.Shares).Should().Equal(Build.S(100), Build.S(60), Build.S(20));
        lab.Desk.Sent.Select(o => o.Decision.ExitAttempt).Should().Equal(1, 2, 3);
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(100) && r.Attempts == 3);
    }

    [Theory]
    [InlineData(ExitKind.StopLoss, 0.45)]
    [InlineData(ExitKind.TakeProfit, 0.55)]
    public async Task Shares_bought_while_the_last_order_is_on_its_way_are_sold_too(ExitKind kind, double trigger)
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(kind, (decimal)trigger));
        lab.Desk.BeforeAnswer = _ =>
        {
            lab.Desk.BeforeAnswer = null;
            lab.Positions.Change(position.Id, 30_000_000, settled: false); // a buy fills
            return Task.CompletedTask;
        };

        await lab.TickAndSettleAsync((decimal)trigger);
        (await lab.RowAsync(exit.Id)).Status.Should().NotBe("done");
        if (kind == ExitKind.StopLoss)
            await lab.TickAndSettleAsync(0.60m); // recovered, but a stop that has begun goes on until flat
        await lab.WaitAsync(0.3);
        lab.Desk.Sent.Should().ContainSingle("the shares are still settling");
        lab.Positions.SettleShares(position.Id);
        await lab.WaitAsync(2);

        lab.Desk.Sent.Select(o => o.Shares).Should().Equal(Build.S(100), Build.S(30));
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(130));
        lab.Positions[position.Id].Status.Should().Be("closed");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fraction_whose_sale_fails_on_chain_is_armed_again_for_the_rest(bool killed)
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m, Fraction: 0.5m));
        lab.Desk.Venue = o => new Reply(Math.Min(30, o.Shares.ToDecimal()), 0.60m);
        await lab.TickAndSettleAsync(0.60m);
        await lab.WaitAsync(0.25);
        lab.Desk.Sent.Select(o => o.Shares).Should().Equal(Build.S(50), Build.S(20));
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(50));

        lab.Tick(0.50m);
        await FailAsync(lab, lab.Desk.Sent[0], 30, tell: !killed);
        if (killed)
            await lab.RestartAsync(); // between the commit and what memory makes of it
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "armed" && r.Arming == 2 && r.Filled == Shares.Zero && r.Target == Build.S(30));
        await lab.TickAndSettleAsync(0.60m);

        lab.Desk.Sent.Select(o => o.Shares).Should().Equal(Build.S(50), Build.S(20), Build.S(30));
        (await lab.RowAsync(exit.Id)).Status.Should().Be("done");
        lab.Positions[position.Id].Size.Should().Be(Build.S(50), "half of it was to be sold");
    }

    [Fact]
    public async Task A_fraction_that_has_only_begun_counts_a_failed_sale_as_not_sold()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m, Fraction: 0.5m));
        lab.Desk.Venue = _ => new Reply(20, 0.60m);
        await lab.TickAndSettleAsync(0.60m);
        await lab.TickAndSettleAsync(0.50m);
        await lab.WaitAsync(0.25);
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "armed" && r.Filled == Build.S(20));

        await FailAsync(lab, lab.Desk.Sent[0], 20, tell: true); // at 0.50
        lab.Desk.Venue = o => new Reply(o.Shares.ToDecimal(), 0.60m);
        await lab.SettleAsync();
        await lab.TickAndSettleAsync(0.60m);

        lab.Desk.Sent.Select(o => o.Shares).Should().Equal(Build.S(50), Build.S(50));
        lab.Positions[position.Id].Size.Should().Be(Build.S(50));
    }

    [Fact]
    public async Task The_next_attempt_waits_for_the_end_of_the_one_before()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.Venue = _ => new Reply(Terminal: false);

        await lab.TickAndSettleAsync(0.45m);
        (await lab.RowAsync(exit.Id)).Status.Should().Be("firing");
        await lab.TickAndSettleAsync(0.40m);
        await lab.WaitAsync(4);
        lab.Desk.Sent.Should().ContainSingle();

        lab.Desk.Venue = o => new Reply(o.Shares.ToDecimal(), 0.40m);
        await lab.Desk.SayAsync(lab.Desk.Sent[0].OrderId, new Reply(30, 0.45m));
        await lab.SettleAsync();
        await lab.WaitAsync(0.1);

        lab.Desk.Sent.Should().HaveCount(2);
        lab.Desk.Sent[1].Decision.Should().Match<Decision>(d => d.ExitAttempt == 2 && d.Shares == Build.S(70));
    }

    [Fact]
    public async Task A_fill_that_the_user_channel_tells_before_the_answer_counts_and_the_answer_says_when_it_was_sent()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m));
        lab.Desk.BeforeAnswer = order => lab.Service<ExitOutcomes>().OrderChangedAsync(
            new OrderOutcome(order.OrderId, order.Outgoing.Hash, "filled", true, false, null, Build.S(100), new Usdc(60_000_000), null, order.Decision, null, null), default).AsTask();
        lab.Desk.Venue = _ => new Reply(Terminal: false);

        await lab.TickAndSettleAsync(0.60m);

        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(100) && r.SubmittedAt != null && r.TickToSubmitMs == 0);
    }

    [Fact]
    public async Task A_word_that_no_listener_heard_is_read_from_the_orders()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.Venue = _ => new Reply(Terminal: false);
        await lab.TickAndSettleAsync(0.45m);
        var order = lab.Desk.Sent.Single();
        await lab.WriteAsync(async (db, ct) =>
        {
            var row = db.Set<PolyCopy.Modules.Trading.Orders.OrderRow>().Single(o => o.Id == order.OrderId);
            row.Filled = row.Shares;
            row.Status = PolyCopy.Modules.Trading.Orders.OrderStatus.Filled;
            row.TerminalAt = DateTime.UnixEpoch;
            return await db.SaveChangesAsync(ct);
        });

        lab.Clock.Advance(TimeSpan.FromSeconds(6));
        await lab.Service<ExitSweep>().SweepAsync(5, default);

        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(100));
    }

    [Fact]
    public async Task A_held_back_exit_is_judged_again_and_not_sent_when_the_price_has_recovered()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.Venue = _ => new Reply(Terminal: true, Held: true, Error: "venue.not_ready", RetryAfter: TimeSpan.FromSeconds(2));

        await lab.TickAndSettleAsync(0.45m);
        await lab.WaitAsync(1);
        lab.Desk.Sent.Should().ContainSingle("the venue asked for two seconds");
        lab.Tick(0.50m);
        await lab.WaitAsync(1.1);
        lab.Desk.Sent.Should().ContainSingle();
        (await lab.RowAsync(exit.Id)).Status.Should().Be("armed");

        lab.Desk.Venue = o => new Reply(o.Shares.ToDecimal(), 0.44m);
        await lab.TickAndSettleAsync(0.45m);
        lab.Desk.Sent.Should().HaveCount(2);
        lab.Desk.Sent[1].Decision.ExitAttempt.Should().Be(2);
        (await lab.RowAsync(exit.Id)).Status.Should().Be("done");
    }

    [Fact]
    public async Task Without_a_database_a_stop_is_held_back_and_fires_when_it_answers()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.BeforeDecide = () => throw new IOException("database is away");
        await lab.TickAndSettleAsync(0.45m);
        await lab.WaitAsync(1);

        lab.Desk.BeforeDecide = null;
        await lab.WaitAsync(5);

        lab.Desk.Sent.Should().ContainSingle().Which.Decision.ExitAttempt.Should().Be(1);
        (await lab.RowAsync(exit.Id)).Status.Should().Be("done");
    }

    [Fact]
    public async Task A_decision_whose_commit_was_not_heard_is_not_made_twice()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.LoseDecisions = true;
        await lab.TickAndSettleAsync(0.45m);
        lab.Desk.LoseDecisions = false;

        await lab.WaitAsync(5);
        lab.Desk.Sent.Should().BeEmpty("the first decision may still be sent by whoever committed it");
        var orders = await lab.Service<ExitOrders>().AttemptsAsync([exit.Id], default);
        await lab.Desk.SayAsync(orders.Single().Id, new Reply(Error: "order.not_found"));
        await lab.SettleAsync();
        await lab.WaitAsync(60);

        lab.Desk.Sent.Should().ContainSingle().Which.Decision.ExitAttempt.Should().Be(2);
    }

    [Fact]
    public async Task A_stop_first_cancels_the_users_own_resting_sells()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var other = lab.APosition(100, user: 2);
        await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        await lab.ArmAsync(other, new ArmExit(ExitKind.StopLoss, 0.45m));
        await lab.Desk.RestAsync(position, 60);
        lab.Positions.Reserve(position.Id, 60_000_000);
        lab.Desk.OnCancelSells = (_, _) => lab.Positions.Reserve(position.Id, -60_000_000);

        await lab.TickAndSettleAsync(0.45m);

        lab.Desk.CancelledSells.Should().Equal((position.WalletId, position.Token));
        lab.Desk.Sent.Should().HaveCount(2).And.OnlyContain(o => o.Shares == Build.S(100));
    }

    [Fact]
    public async Task Unsettled_shares_are_waited_for_and_the_latency_counts_from_that_judgement()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100, sellable: 0);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        await lab.TickAndSettleAsync(0.45m);
        lab.Desk.Sent.Should().BeEmpty();

        lab.Clock.Advance(TimeSpan.FromSeconds(1.5));
        lab.Positions.SettleShares(position.Id);
        await lab.WaitAsync(0);

        lab.Desk.Sent.Should().ContainSingle().Which.Shares.Should().Be(Build.S(100));
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.TickToSubmitMs == 0 && r.Attempts == 1);
    }

    [Fact]
    public async Task An_exit_scales_with_shares_that_were_added_or_sold()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m, Fraction: 0.5m));
        await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m, Instant: true));
        lab.Positions.Change(position.Id, 60_000_000);

        await lab.TickAndSettleAsync(0.60m);
        await lab.TickAndSettleAsync(0.45m);
        await lab.WaitAsync(0.3);

        lab.Desk.Sent.Select(o => o.Shares).Should().Equal(Build.S(80), Build.S(80));
    }

    [Fact]
    public async Task A_ladder_sells_its_fractions_of_what_is_held_step_by_step()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m, Fraction: 0.5m));
        await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.70m, Fraction: 0.5m));
        await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.80m));

        await lab.TickAndSettleAsync(0.60m);
        await lab.TickAndSettleAsync(0.70m);
        lab.Positions.Projections[position.Id].TakeProfit.Should().Be(Build.P(0.80m));
        await lab.TickAndSettleAsync(0.80m);

        lab.Desk.Sent.Select(o => o.Shares).Should().Equal(Build.S(50), Build.S(25), Build.S(25));
        (await lab.RowsAsync(position.Id)).Should().OnlyContain(r => r.Status == "done");
    }

    [Fact]
    public async Task The_sibling_covers_what_the_other_left_until_the_position_is_flat()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        (await lab.Exits.SetTpSlAsync(1, position.Id, new TpSl(true, 0.60m, true, 0.40m), default)).IsOk.Should().BeTrue();

        await lab.TickAndSettleAsync(0.60m, bids: [(0.60m, 30), (0.59m, 1_000)]);
        await lab.TickAndSettleAsync(0.57m);
        await lab.WaitAsync(2);
        await lab.TickAndSettleAsync(0.54m);
        await lab.WaitAsync(2);
        await lab.TickAndSettleAsync(0.40m, bids: [(0.40m, 1_000)]); // a fall of more than a tenth: a second look
        lab.Tick(0.40m);
        await lab.WaitAsync(0.25);

        lab.Desk.Sent.Select(o => o.Shares).Should().Equal(Build.S(30), Build.S(70));
        lab.Positions[position.Id].Status.Should().Be("closed");
        lab.Service<ExitBook>().Exits.Should().BeEmpty();
        var rows = await lab.RowsAsync(position.Id);
        rows.Single(r => r.Kind == ExitKind.StopLoss).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(70));
        rows.Single(r => r.Kind == ExitKind.TakeProfit).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(30) && r.Reason == "position.closed");
    }

    [Fact]
    public async Task A_killed_try_is_repeated_on_the_present_book_and_rests_when_the_price_has_recovered()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.Venue = _ => new Reply(Error: "order.no_match");
        await lab.TickAndSettleAsync(0.45m);
        lab.Tick(0.43m);
        await lab.WaitAsync(0.2);
        lab.Desk.Sent.Select(o => o.Decision.WorstPrice).Should().Equal(Build.P(0.43m), Build.P(0.41m));

        lab.Tick(0.50m);
        await lab.WaitAsync(1);

        lab.Desk.Sent.Should().HaveCount(2);
        (await lab.RowAsync(exit.Id)).Status.Should().Be("armed");
        (await lab.EventsAsync(1)).Should().BeEmpty("nothing was sold and nothing is wrong");
    }

    [Fact]
    public async Task A_venue_that_refuses_is_asked_ever_more_rarely_and_the_owner_is_told_once()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.Venue = _ => new Reply(Error: "order.blocked");
        await lab.TickAndSettleAsync(0.45m);
        for (var i = 0; i < 20; i++)
            await lab.WaitAsync(1);

        lab.Desk.Sent.Count.Should().BeInRange(3, 5);
        (await lab.EventsAsync(1)).Should().ContainSingle().Which.Kind.Should().Be("exit_held");
        (await lab.RowAsync(exit.Id)).Reason.Should().StartWith("order.blocked");

        lab.Desk.Venue = o => new Reply(o.Shares.ToDecimal(), 0.44m);
        await lab.WaitAsync(60);
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.Reason == null);
    }

    [Fact]
    public async Task Dust_ends_an_exit_with_a_reason()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(3);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.Venue = _ => new Reply(Error: "order.min_size");

        await lab.TickAndSettleAsync(0.45m);

        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "cancelled" && r.Reason!.StartsWith("dust"));
    }

    [Fact]
    public async Task When_nobody_bids_a_stop_looks_again_each_second()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m, Instant: true));
        await lab.TickAndSettleAsync(0, 0.50m, bids: [(0, 0)]);
        await lab.WaitAsync(1);
        lab.Desk.Batches.Should().BeEmpty();

        lab.Tick(0.20m);
        await lab.WaitAsync(1);

        lab.Desk.Sent.Should().ContainSingle().Which.Decision.WorstPrice.Should().Be(Build.P(0.19m));
    }

    [Fact]
    public async Task A_stop_and_a_time_stop_of_one_position_sell_it_once()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        await lab.ArmAsync(position, new ArmExit(ExitKind.TimeStop, At: lab.Clock.GetUtcNow().AddMinutes(1)));
        lab.Clock.Advance(TimeSpan.FromMinutes(1));

        await lab.TickAndSettleAsync(0.45m);
        await lab.WaitAsync(5);

        lab.Desk.Sent.Sum(o => o.Shares.Micros).Should().Be(100_000_000);
    }

    [Fact]
    public async Task A_burst_of_a_thousand_is_one_decision_and_one_sending()
    {
        await using var lab = await ExitLab.CreateAsync();
        await lab.ArmManyAsync(Enumerable.Range(1, 1_000).Select(user => (lab.APosition(10, user), user % 2 == 0 ? ExitKind.StopLoss : ExitKind.TakeProfit, user % 2 == 0 ? 0.49m : 0.53m)));
        lab.Tick(0.53m);
        lab.Tick(0.49m, bids: [(0.53m, 100_000)]);

        await lab.SettleAsync();

        lab.Desk.Batches.Should().ContainSingle().Which.Should().HaveCount(1_000);
        lab.Desk.Sent.Select(o => o.Key).Should().OnlyHaveUniqueItems().And.HaveCount(1_000);
        lab.Desk.Batches[0].Take(500).Should().OnlyContain(d => d.UserId % 2 == 0, "stops leave first");
    }

    /// <summary>What the recorder does in one transaction when a settlement fails, and what memory is told after it.</summary>
    private static async Task FailAsync(ExitLab lab, CommittedOrder order, decimal shares, bool tell)
    {
        await lab.WriteAsync(async (db, ct) =>
        {
            var row = db.Set<PolyCopy.Modules.Trading.Orders.OrderRow>().Single(o => o.Id == order.OrderId);
            row.Filled -= Build.S(shares); // not written yet when the exits are told
            await lab.Service<IExitArming>().RearmAsync(db, lab.Positions[order.Decision.PositionId!.Value], ct);
            return await db.SaveChangesAsync(ct);
        });
        lab.Positions.Change(order.Decision.PositionId!.Value, Build.S(shares).Micros, tell: tell);
        if (!tell)
            return;
        lab.Service<IExitArming>().Follow([order.Decision.PositionId!.Value]);
        await lab.SettleAsync();
    }
}
