using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Trading.Exits;

public class ExitArmingTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<ArmExit, string> Wrong => new()
    {
        { new ArmExit(ExitKind.TakeProfit, 0.50m), "exit.side" },
        { new ArmExit(ExitKind.TakeProfit, 0.40m), "exit.side" },
        { new ArmExit(ExitKind.StopLoss, 0.50m), "exit.side" },
        { new ArmExit(ExitKind.StopLoss, 0.60m), "exit.side" },
        { new ArmExit(ExitKind.BreakEven, 0.45m), "exit.side" },
        { new ArmExit(ExitKind.BreakEven, 0.52m), "exit.side" }, // it was bought at 0.53
        { new ArmExit(ExitKind.TakeProfit, 1m), "exit.range" },
        { new ArmExit(ExitKind.TakeProfit, 0m), "exit.range" },
        { new ArmExit(ExitKind.TakeProfit, -0.5m), "exit.range" },
        { new ArmExit(ExitKind.TakeProfit), "exit.range" },
        { new ArmExit(ExitKind.TakeProfit, 79228162514264337593543950335m), "exit.range" },
        { new ArmExit(ExitKind.TakeProfit, 0.605m), "exit.tick" },
        { new ArmExit(ExitKind.StopLoss, 0.123456789m), "exit.tick" },
        { new ArmExit(ExitKind.Trailing), "exit.range" },
        { new ArmExit(ExitKind.Trailing, Trail: 0.055m), "exit.tick" },
        { new ArmExit(ExitKind.Trailing, Trail: 0.50m), "exit.side" },
        { new ArmExit(ExitKind.TakeProfit, 0.60m, Fraction: 0), "exit.fraction" },
        { new ArmExit(ExitKind.TakeProfit, 0.60m, Fraction: 1.1m), "exit.fraction" },
        { new ArmExit(ExitKind.TakeProfit, 0.60m, Fraction: 0.12345678m), "exit.fraction" },
        { new ArmExit(ExitKind.TimeStop, At: Noon), "exit.time" },
        { new ArmExit(ExitKind.TimeStop), "exit.time" },
        { new ArmExit(ExitKind.BeforeResolution), "exit.time" },
        { new ArmExit(ExitKind.BeforeResolution, Before: TimeSpan.FromDays(30)), "exit.time" },
        { new ArmExit((ExitKind)99, 0.60m), "exit.kind" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public async Task What_makes_no_sense_is_refused_with_its_code(ArmExit exit, string code)
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(entry: 0.53m);

        var result = await lab.Exits.ArmAsync(1, position.Id, exit, default);

        result.Error!.Code.Should().Be(code);
        (await lab.RowsAsync(position.Id)).Should().BeEmpty();
        lab.Service<ExitBook>().Exits.Should().BeEmpty();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Take_profit_and_stop_loss_are_set_changed_and_cleared(Db provider)
    {
        await using var lab = await ExitLab.CreateAsync(provider);
        var position = lab.APosition();

        var set = await lab.Exits.SetTpSlAsync(1, position.Id, new TpSl(true, 0.70m, true, 0.40m), default);
        (set.Value.TakeProfit, set.Value.StopLoss).Should().Be((Build.P(0.70m), Build.P(0.40m)));
        lab.Board.Interest.Should().Contain("7");

        var changed = await lab.Exits.SetTpSlAsync(1, position.Id, new TpSl(true, 0.65m, false, null), default);
        (changed.Value.TakeProfit, changed.Value.StopLoss).Should().Be((Build.P(0.65m), Build.P(0.40m)), "what is absent stays");
        (await lab.RowsAsync(position.Id)).Should().HaveCount(2).And.ContainSingle(r => r.Arming == 2);

        var cleared = await lab.Exits.SetTpSlAsync(1, position.Id, new TpSl(false, null, true, null), default);
        (cleared.Value.TakeProfit, cleared.Value.StopLoss).Should().Be((Build.P(0.65m), (Price?)null), "null clears");

        await lab.TickAndSettleAsync(0.40m);
        await lab.TickAndSettleAsync(0.65m);
        lab.Desk.Sent.Should().ContainSingle().Which.Decision.Should().Match<Decision>(d => d.WorstPrice == Build.P(0.65m) && d.ExitArming == 2);
    }

    [Theory]
    [InlineData("""{"kind":"takeProfit","trigger":0.6,"fraction":0.5}""")]
    [InlineData("""{"kind":"takeProfit","triggerPrice":0.6,"fraction":0.5}""")]
    public void An_exit_is_asked_for_by_trigger_or_trigger_price(string json) =>
        System.Text.Json.JsonSerializer.Deserialize<ArmExit>(json, System.Text.Json.JsonSerializerOptions.Web).Should().Be(new ArmExit(ExitKind.TakeProfit, 0.6m, Fraction: 0.5m));

    [Fact]
    public async Task A_refused_leg_changes_neither()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        await lab.Exits.SetTpSlAsync(1, position.Id, new TpSl(true, 0.70m, true, 0.40m), default);

        (await lab.Exits.SetTpSlAsync(1, position.Id, new TpSl(true, 0.65m, true, 0.60m), default)).Error!.Code.Should().Be("exit.side");

        (await lab.RowsAsync(position.Id)).Should().OnlyContain(r => r.Arming == 1);
        await lab.TickAndSettleAsync(0.69m);
        lab.Desk.Sent.Should().BeEmpty();
        await lab.TickAndSettleAsync(0.70m);
        lab.Desk.Sent.Should().ContainSingle();
    }

    [Fact]
    public async Task Positions_of_others_unknown_and_closed_ones_take_no_exits()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var closed = lab.APosition();
        lab.Positions.Change(closed.Id, -100_000_000);
        var exit = new ArmExit(ExitKind.TakeProfit, 0.60m);

        (await lab.Exits.ArmAsync(2, position.Id, exit, default)).Error!.Code.Should().Be("position.unknown");
        (await lab.Exits.ArmAsync(1, Guid.Empty, exit, default)).Error!.Code.Should().Be("position.unknown");
        (await lab.Exits.ArmAsync(1, closed.Id, exit, default)).Error!.Code.Should().Be("position.closed");
        (await lab.Exits.SetTpSlAsync(1, closed.Id, new TpSl(true, 0.60m, false, null), default)).Error!.Code.Should().Be("position.closed");
    }

    [Fact]
    public async Task The_same_exit_is_armed_once_even_when_asked_twice_at_once()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => lab.Exits.ArmAsync(1, position.Id, new ArmExit(ExitKind.TakeProfit, 0.60m), default))));

        results.Count(r => r.IsOk).Should().Be(1);
        results.Where(r => !r.IsOk).Should().OnlyContain(r => r.Error!.Code == "exit.duplicate");
    }

    [Fact]
    public async Task A_position_has_no_endless_number_of_exits()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        for (var i = 0; i < ExitRules.Most; i++)
            await lab.ArmAsync(position, new ArmExit(ExitKind.TimeStop, At: Noon.AddHours(i + 1)));

        (await lab.Exits.ArmAsync(1, position.Id, new ArmExit(ExitKind.TakeProfit, 0.60m), default)).Error!.Code.Should().Be("exit.limit");
    }

    [Fact]
    public async Task Arming_shows_what_the_book_would_give_now()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(100);
        lab.Board.Set(position.Token, 0.50m, 0.51m, (0.50m, 20), (0.48m, 30));

        var armed = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.40m));
        var half = await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m, Fraction: 0.4m));

        armed.Preview.Should().Be(new ExitPreview(Build.S(50), 0.488m, Build.P(0.48m), Complete: false));
        half.Preview.Should().Be(new ExitPreview(Build.S(40), 0.49m, Build.P(0.48m), Complete: true));
    }

    [Fact]
    public async Task A_token_that_is_not_streamed_yet_is_priced_by_rest()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(token: FakeMarkets.No);
        lab.Board.Trust(FakeMarkets.No, QuoteTrust.None);
        lab.Venue.Books[FakeMarkets.No] = FakeVenueBooks.ABook(FakeMarkets.No, 0.31m, (0.30m, 3), (0.28m, 500));

        (await lab.Exits.ArmAsync(1, position.Id, new ArmExit(ExitKind.StopLoss, 0.29m), default)).Error!.Code.Should().Be("exit.side", "the trigger bid is where five shares are reached, 0.28");
        (await lab.Exits.ArmAsync(1, position.Id, new ArmExit(ExitKind.StopLoss, 0.27m), default)).IsOk.Should().BeTrue();
    }

    [Fact]
    public async Task An_exit_taken_back_never_fires_and_is_told_so_once()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));

        (await lab.Exits.DisarmAsync(2, position.Id, exit.Id, default)).Error!.Code.Should().Be("exit.unknown");
        (await lab.Exits.DisarmAsync(1, position.Id, exit.Id, default)).Value.Status.Should().Be("cancelled");
        (await lab.Exits.DisarmAsync(1, position.Id, exit.Id, default)).Error!.Code.Should().Be("exit.ended");

        await lab.TickAndSettleAsync(0.40m);
        lab.Desk.Batches.Should().BeEmpty();
    }

    [Fact]
    public async Task Taking_back_a_firing_exit_lets_its_order_end_and_makes_no_other()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.45m));
        lab.Desk.Venue = _ => new Reply(Terminal: false);
        await lab.TickAndSettleAsync(0.45m);

        (await lab.Exits.SetTpSlAsync(1, position.Id, new TpSl(false, null, true, 0.40m), default)).Error!.Code.Should().Be("exit.firing");
        (await lab.Exits.DisarmAsync(1, position.Id, exit.Id, default)).Value.Reason.Should().Contain("on its way");
        await lab.Desk.SayAsync(lab.Desk.Sent[0].OrderId, new Reply(40, 0.45m));
        await lab.SettleAsync();
        await lab.WaitAsync(5);

        lab.Desk.Sent.Should().ContainSingle();
        (await lab.RowAsync(exit.Id)).Should().Match<ExitRow>(r => r.Status == "cancelled" && r.Filled == Build.S(40));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Exits_are_listed_newest_first_page_by_page(Db provider)
    {
        await using var lab = await ExitLab.CreateAsync(provider);
        var position = lab.APosition();
        var other = lab.APosition(user: 2);
        var armed = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            lab.Clock.Advance(TimeSpan.FromMilliseconds(5));
            armed.Insert(0, (await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m + i * 0.01m))).Id);
        }
        await lab.ArmAsync(other, new ArmExit(ExitKind.TakeProfit, 0.60m));

        var first = await lab.Exits.ListAsync(1, null, 3, null, default);
        var second = await lab.Exits.ListAsync(1, position.Id, 3, first.NextCursor, default);

        first.Items.Concat(second.Items).Select(e => e.Id).Should().Equal(armed);
        second.NextCursor.Should().BeNull();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Exits_attached_to_a_buy_are_armed_by_its_first_fill(Db provider)
    {
        await using var lab = await ExitLab.CreateAsync(provider);
        var position = lab.APosition(sellable: 0);
        await lab.WriteAsync(async (db, ct) =>
        {
            await lab.Service<IExitArming>().AttachAsync(db, position, Build.P(0.60m), Build.P(0.40m), ct);
            // before the commit nothing can be read: neither the sweep nor another fill of the position may use up the news
            lab.Positions.Change(position.Id, 0);
            await lab.Service<ExitSweep>().SweepAsync(1, ct);
            await lab.Service<ExitSweep>().FollowAsync(ct);
            return 0;
        });
        lab.Service<ExitBook>().Exits.Should().BeEmpty("the transaction is not told to have committed");
        lab.Service<IExitArming>().Follow([position.Id]);
        await lab.SettleAsync();
        lab.Positions.Projections[position.Id].Should().Be((Build.P(0.60m), Build.P(0.40m)));

        await lab.TickAndSettleAsync(0.60m);
        lab.Desk.Sent.Should().BeEmpty("its shares are still settling");
        lab.Positions.SettleShares(position.Id);
        await lab.WaitAsync(0);

        lab.Desk.Sent.Should().ContainSingle().Which.Shares.Should().Be(Build.S(100));
    }

    [Fact]
    public async Task A_fill_that_rolls_back_arms_nothing()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var failed = () => lab.WriteAsync<int>(async (db, ct) =>
        {
            await lab.Service<IExitArming>().AttachAsync(db, position, Build.P(0.60m), null, ct);
            throw new IOException("rolled back");
        });
        await failed.Should().ThrowAsync<IOException>();
        lab.Positions.Change(position.Id, 1_000_000);

        await lab.SettleAsync();

        lab.Service<ExitBook>().Exits.Should().BeEmpty();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Exits_whose_commit_nobody_was_told_of_are_found_within_a_minute(Db provider)
    {
        await using var lab = await ExitLab.CreateAsync(provider);
        var position = lab.APosition();
        await lab.WriteAsync(async (db, ct) =>
        {
            await lab.Service<IExitArming>().AttachAsync(db, position, null, Build.P(0.40m), ct);
            return 0; // the answer to the commit is lost
        });
        await lab.TickAndSettleAsync(0.39m);
        lab.Desk.Sent.Should().BeEmpty();

        await lab.Service<ExitSweep>().SweepAsync(60, default);
        await lab.SettleAsync();

        lab.Desk.Sent.Should().ContainSingle().Which.Shares.Should().Be(Build.S(100));
    }

    [Fact]
    public async Task A_break_even_exit_moves_the_stop_to_the_entry_price()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition(entry: 0.4512m);
        await lab.Exits.SetTpSlAsync(1, position.Id, new TpSl(false, null, true, 0.30m), default);
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.BreakEven, 0.55m));

        await lab.TickAndSettleAsync(0.55m);

        lab.Desk.Sent.Should().BeEmpty();
        (await lab.RowAsync(exit.Id)).Status.Should().Be("done");
        lab.Positions.Projections[position.Id].StopLoss.Should().Be(Build.P(0.46m));
        (await lab.EventsAsync(1, "exit_moved")).Should().ContainSingle();
        await lab.TickAndSettleAsync(0.50m);
        await lab.WaitAsync(2);
        await lab.TickAndSettleAsync(0.46m);
        lab.Desk.Sent.Should().ContainSingle();
    }

    [Fact]
    public async Task A_break_even_exit_without_a_stop_makes_one_and_never_lowers_one()
    {
        await using var lab = await ExitLab.CreateAsync();
        var bare = lab.APosition(entry: 0.45m);
        var tight = lab.APosition(entry: 0.45m, user: 2);
        await lab.ArmAsync(bare, new ArmExit(ExitKind.BreakEven, 0.55m));
        await lab.Exits.SetTpSlAsync(2, tight.Id, new TpSl(false, null, true, 0.48m), default);
        await lab.ArmAsync(tight, new ArmExit(ExitKind.BreakEven, 0.55m));

        await lab.TickAndSettleAsync(0.55m);

        lab.Positions.Projections[bare.Id].StopLoss.Should().Be(Build.P(0.45m));
        lab.Positions.Projections[tight.Id].StopLoss.Should().Be(Build.P(0.48m));
    }

    [Fact]
    public async Task A_time_stop_sells_at_its_hour_whatever_the_price()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        await lab.ArmAsync(position, new ArmExit(ExitKind.TimeStop, At: Noon.AddDays(3), Fraction: 0.5m));

        await lab.WaitAsync(2 * 86_400);
        await lab.TickAndSettleAsync(0.70m);
        lab.Desk.Sent.Should().BeEmpty();
        await lab.WaitAsync(86_400);

        lab.Desk.Sent.Should().ContainSingle().Which.Decision.Should().Match<Decision>(d => d.Shares == Build.S(50) && d.WorstPrice == Build.P(0.67m));
    }

    [Fact]
    public async Task A_time_stop_without_a_trusted_book_waits_for_one()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        await lab.ArmAsync(position, new ArmExit(ExitKind.TimeStop, At: Noon.AddHours(1)));
        lab.Board.Trust(FakeMarkets.Yes, QuoteTrust.None);
        lab.Venue.Down = true;
        await lab.WaitAsync(3_600);
        await lab.WaitAsync(1);
        lab.Desk.Sent.Should().BeEmpty();

        lab.Venue.Down = false;
        lab.Venue.Books[FakeMarkets.Yes] = FakeVenueBooks.ABook(FakeMarkets.Yes, 0.51m, (0.50m, 500));
        await lab.WaitAsync(1);

        lab.Desk.Sent.Should().ContainSingle();
    }

    [Fact]
    public async Task A_stop_before_resolution_follows_the_markets_end()
    {
        await using var lab = await ExitLab.CreateAsync();
        var position = lab.APosition();
        var exit = await lab.ArmAsync(position, new ArmExit(ExitKind.BeforeResolution, Before: TimeSpan.FromHours(6)));
        exit.At.Should().Be(new DateTimeOffset(2026, 11, 30, 18, 0, 0, TimeSpan.Zero));
        var before = lab.Markets.Market;
        lab.Markets.Market = before with { EndDate = Noon.AddHours(7) };
        await lab.Service<ExitSuspension>().ChangedAsync(before, lab.Markets.Market, default);

        await lab.WaitAsync(3_599);
        lab.Desk.Sent.Should().BeEmpty();
        await lab.WaitAsync(1);

        lab.Desk.Sent.Should().ContainSingle();
    }
}
