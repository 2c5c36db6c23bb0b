using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;

namespace PolyCopy.Tests.Trading.Exits;

public class ExitGuardTests
{
    private static async Task<ExitLab> FallenAsync(bool instant = false)
    {
        var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m, Instant: instant));
        await lab.TickAndSettleAsync(0.50m);
        await lab.TickAndSettleAsync(0.40m);
        return lab;
    }

    [Fact]
    public async Task A_guarded_stop_fires_at_the_second_look_when_a_newer_book_still_crosses()
    {
        await using var lab = await FallenAsync();
        lab.Desk.Sent.Should().BeEmpty();
        lab.Tick(0.41m);
        await lab.WaitAsync(0.24);
        lab.Desk.Sent.Should().BeEmpty();

        await lab.WaitAsync(0.01);

        lab.Desk.Sent.Should().ContainSingle().Which.Decision.WorstPrice.Should().Be(Build.P(0.39m));
        lab.Venue.Reads.Should().Be(0, "the board had a newer book");
        (await lab.EventsAsync(1, "exit_fired")).Should().ContainSingle();
    }

    [Fact]
    public async Task A_dip_that_is_over_at_the_second_look_fires_nothing_and_stays_armed()
    {
        await using var lab = await FallenAsync();
        lab.Tick(0.49m);
        await lab.WaitAsync(0.25);
        lab.Desk.Sent.Should().BeEmpty();

        lab.Tick(0.45m);
        await lab.SettleAsync();

        lab.Desk.Sent.Should().ContainSingle();
    }

    [Fact]
    public async Task Without_a_newer_book_the_second_look_reads_one_by_rest()
    {
        await using var lab = await FallenAsync();
        lab.Venue.Books[FakeMarkets.Yes] = FakeVenueBooks.ABook(FakeMarkets.Yes, 0.42m, (0.40m, 500));

        await lab.WaitAsync(0.25);

        lab.Venue.Reads.Should().Be(1);
        lab.Desk.Sent.Should().ContainSingle();
    }

    [Fact]
    public async Task When_both_looks_fail_it_is_looked_at_again_each_second()
    {
        await using var lab = await FallenAsync();
        lab.Venue.Down = true;
        await lab.WaitAsync(0.25);
        await lab.WaitAsync(1);
        await lab.WaitAsync(1);
        lab.Venue.Reads.Should().Be(3);
        lab.Desk.Sent.Should().BeEmpty();

        lab.Venue.Down = false;
        lab.Venue.Books[FakeMarkets.Yes] = FakeVenueBooks.ABook(FakeMarkets.Yes, 0.99m, (0.01m, 500));
        await lab.WaitAsync(1);
        lab.Desk.Sent.Should().BeEmpty("a ghost book is no look");

        lab.Tick(0.39m);
        await lab.WaitAsync(1);
        lab.Desk.Sent.Should().ContainSingle();
    }

    [Fact]
    public async Task An_instant_stop_does_not_wait()
    {
        await using var lab = await FallenAsync(instant: true);

        lab.Desk.Sent.Should().ContainSingle();
    }

    [Fact]
    public async Task An_exit_that_waits_for_its_second_look_can_be_taken_back()
    {
        await using var lab = await FallenAsync();
        var exit = lab.Service<ExitBook>().Exits.Single();

        await lab.Exits.DisarmAsync(1, exit.PositionId, exit.Id, default);
        lab.Tick(0.39m);
        await lab.WaitAsync(5);

        lab.Desk.Sent.Should().BeEmpty();
    }

    [Fact]
    public async Task Without_a_book_exits_are_suspended_and_armed_again_when_it_is_back()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        var feed = lab.Service<IFeedListener>();

        await feed.BookChangedAsync(FakeMarkets.Yes, exists: false, default);
        await lab.TickAndSettleAsync(0.45m);
        lab.Desk.Sent.Should().BeEmpty();
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "suspended" && r.Reason != null);
        await feed.BookChangedAsync(FakeMarkets.Yes, exists: false, default);

        await feed.BookChangedAsync(FakeMarkets.Yes, exists: true, default);
        (await lab.RowAsync(exit.Id)).Status.Should().Be("armed");
        lab.Tick(0.50m);
        await lab.TickAndSettleAsync(0.45m);
        lab.Desk.Sent.Should().ContainSingle();
        (await lab.EventsAsync(1)).Select(e => e.Kind).Should().Equal("exit_suspended", "exit_resumed", "exit_fired");
    }

    [Fact]
    public async Task A_404_at_the_second_look_suspends()
    {
        await using var lab = await FallenAsync();

        await lab.WaitAsync(0.25);

        (await lab.RowsAsync(lab.Service<ExitBook>().Exits.Single().PositionId)).Single().Status.Should().Be("suspended");
        lab.Tick(0.39m);
        await lab.Service<ExitSweep>().SweepAsync(1, default);
        await lab.SettleAsync();
        await lab.Service<ExitSweep>().SweepAsync(2, default);
        await lab.SettleAsync();
        lab.Desk.Sent.Should().ContainSingle("a live book says it is back");
    }

    [Fact]
    public async Task A_proposed_resolution_suspends_and_its_withdrawal_arms_again()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m));
        var open = lab.Markets.Market;
        var proposed = open with { ResolutionStatus = "proposed" };
        lab.Markets.Market = proposed;
        await lab.Service<ExitSuspension>().ChangedAsync(open, proposed, default);
        await lab.Service<ExitSweep>().SweepAsync(1, default);
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "suspended" && r.Reason!.Contains("proposed"));

        lab.Markets.Market = open;
        await lab.Service<ExitSuspension>().ChangedAsync(proposed, open, default);

        (await lab.RowAsync(exit.Id)).Status.Should().Be("armed");
    }

    [Fact]
    public async Task A_market_that_takes_no_orders_suspends_until_it_does()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        var open = lab.Markets.Market;
        lab.Markets.Market = open with { AcceptingOrders = false };
        lab.Desk.Refuse = new Error("market.closed", "The market takes no orders now.");
        await lab.TickAndSettleAsync(0.45m);
        (await lab.RowAsync(exit.Id)).Status.Should().Be("suspended");
        await lab.Service<ExitSweep>().SweepAsync(1, default);
        (await lab.RowAsync(exit.Id)).Status.Should().Be("suspended", "the catalogue still says so");

        lab.Markets.Market = open;
        lab.Desk.Refuse = null;
        await lab.Service<ExitSweep>().SweepAsync(2, default);
        await lab.Service<ExitSweep>().SweepAsync(3, default);
        await lab.SettleAsync();

        lab.Desk.Sent.Should().ContainSingle();
    }

    [Fact]
    public async Task Owners_are_told_once_when_live_protection_stops_and_when_it_is_back()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m));
        lab.APosition(user: 2);
        var feed = lab.Service<IFeedListener>();

        await feed.ProtectionChangedAsync([FakeMarkets.Yes], live: true, "connected", default);
        await feed.ProtectionChangedAsync([FakeMarkets.Yes], live: false, "mute", default);
        await feed.ProtectionChangedAsync([FakeMarkets.Yes], live: false, "mute", default);
        await feed.ProtectionChangedAsync([FakeMarkets.Yes], live: true, "connected", default);

        (await lab.EventsAsync(1)).Select(e => e.Kind).Should().Equal("protection_lost", "protection_back");
        (await lab.EventsAsync(2)).Should().BeEmpty();
    }
}
