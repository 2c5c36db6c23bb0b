using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Trading.Exits;

public class ExitRestartTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task Armed_exits_come_back_and_fire_on_the_first_book(Db provider)
    {
        await using var lab = await ExitLab.CreateAsync(provider);
        var position = lab.APosition();
        await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Board.Set(FakeMarkets.Yes, 0.44m, 0.45m); // nobody hears it

        await lab.RestartAsync();
        await lab.SettleAsync();

        lab.Desk.Sent.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_trailing_stop_keeps_its_peak(Db provider)
    {
        await using var lab = await ExitLab.CreateAsync(provider);
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.Trailing, Trail: 0.05m));
        exit.Peak.Should().Be(Build.P(0.50m), "it trails from the price at which it was armed");
        lab.Tick(0.60m);
        (await lab.RowAsync(exit.Id)).PeakPrice.Should().Be(Build.P(0.50m), "the tick path writes nothing");
        await lab.Service<ExitSweep>().SweepAsync(10, default);
        (await lab.RowAsync(exit.Id)).PeakPrice.Should().Be(Build.P(0.60m));

        lab.Board.Set(FakeMarkets.Yes, 0.57m, 0.58m);
        await lab.RestartAsync();
        await lab.TickAndSettleAsync(0.56m);
        lab.Desk.Sent.Should().BeEmpty();
        await lab.TickAndSettleAsync(0.55m);

        lab.Desk.Sent.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Killed_between_decision_and_sending_the_next_attempt_waits_for_that_orders_end(Db provider)
    {
        await using var lab = await ExitLab.CreateAsync(provider);
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.DieBeforeSend = true;
        await lab.TickAndSettleAsync(0.45m);
        lab.Desk.DieBeforeSend = false;

        await lab.RestartAsync();
        await lab.TickAndSettleAsync(0.44m);
        await lab.WaitAsync(10);
        lab.Desk.Sent.Should().BeEmpty();
        (await lab.RowAsync(exit.Id)).Status.Should().Be("armed", "nobody wrote anything after the decision");

        var planned = (await lab.Service<ExitOrders>().AttemptsAsync([exit.Id], default)).Single();
        await lab.Desk.SayAsync(planned.Id, new Reply(Error: "order.not_found"));
        await lab.SettleAsync();
        await lab.WaitAsync(3);

        lab.Desk.Sent.Should().ContainSingle().Which.Decision.ExitAttempt.Should().Be(2);
        (await lab.RowAsync(exit.Id)).Status.Should().Be("done");
    }

    [Fact]
    public async Task Killed_after_a_partial_fill_a_stop_goes_on_with_what_is_left()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.Venue = _ => new Reply(30, 0.45m);
        await lab.TickAndSettleAsync(0.45m);
        lab.Desk.Venue = o => new Reply(o.Shares.ToDecimal(), 0.45m);
        lab.Board.Set(FakeMarkets.Yes, 0.60m, 0.61m);

        await lab.RestartAsync();
        await lab.WaitAsync(0);

        lab.Desk.Sent.Should().HaveCount(2);
        lab.Desk.Sent[1].Decision.Should().Match<Decision>(d => d.ExitAttempt == 2 && d.Shares == Build.S(70));
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(100));
    }

    [Fact]
    public async Task An_exit_that_had_sold_all_but_was_not_written_down_ends_at_the_start()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m));
        lab.Desk.Venue = _ => new Reply(Terminal: false);
        await lab.TickAndSettleAsync(0.60m);
        await lab.Desk.SayAsync(lab.Desk.Sent[0].OrderId, new Reply(100, 0.60m)); // heard, and then the process dies

        await lab.RestartAsync();

        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "done" && r.Filled == Build.S(100));
        lab.Service<ExitBook>().Exits.Should().BeEmpty();
    }

    [Fact]
    public async Task Suspended_exits_stay_suspended_over_a_restart()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        await lab.Service<ExitSuspension>().SuspendAsync([FakeMarkets.Yes], new Phrase("test", "no book").With(), default);

        await lab.RestartAsync();
        await lab.TickAndSettleAsync(0.45m);
        lab.Desk.Sent.Should().BeEmpty();
        await lab.Service<ExitSweep>().SweepAsync(1, default);
        await lab.Service<ExitSweep>().SweepAsync(2, default);
        await lab.SettleAsync();

        lab.Desk.Sent.Should().ContainSingle();
        (await lab.RowAsync(exit.Id)).Status.Should().Be("done");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_sale_that_fails_on_chain_brings_the_position_and_its_exits_back(Db provider)
    {
        await using var lab = await ExitLab.CreateAsync(provider);
        var position = lab.APosition(100);
        await lab.Exits.SetTpSlAsync(1, position.Id, new TpSl(true, 0.60m, true, 0.40m), default);
        await lab.TickAndSettleAsync(0.60m);
        await lab.WriteAsync(async (db, ct) =>
        {
            await lab.Service<IExitArming>().CancelAsync(db, position.Id, "position.closed", ct);
            foreach (var order in db.Set<PolyCopy.Modules.Trading.Orders.OrderRow>())
                order.Filled = Shares.Zero; // reversed
            return await db.SaveChangesAsync(ct);
        });
        (await lab.RowsAsync(position.Id)).Select(r => r.Status).Should().BeEquivalentTo("done", "cancelled");

        lab.Tick(0.50m);
        await lab.WriteAsync(async (db, ct) =>
        {
            await lab.Service<IExitArming>().RearmAsync(db, position with { Status = "active" }, ct);
            return 0;
        });
        lab.Service<IExitArming>().Follow([position.Id]);
        lab.Positions.Change(position.Id, 100_000_000);
        await lab.SettleAsync();
        lab.Positions.Projections[position.Id].Should().Be((Build.P(0.60m), Build.P(0.40m)));
        await lab.TickAndSettleAsync(0.60m);

        lab.Desk.Sent.Should().HaveCount(2);
        lab.Desk.Sent[1].Decision.ExitArming.Should().Be(2);
    }

    [Fact]
    public async Task A_position_closed_by_other_means_ends_its_exits()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));

        lab.Positions.Change(position.Id, -100_000_000);
        await lab.TickAndSettleAsync(0.40m);

        lab.Desk.Batches.Should().BeEmpty();
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "cancelled" && r.Reason == "position.closed");
    }
}
