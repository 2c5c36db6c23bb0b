using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Positions;

public class BookingTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_buy_opens_an_episode_at_its_price_and_costs_cash_and_fee(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.AdjustAsync(bench.AnAdjustment(1_000_000_000, null, kind: "transfer"));
        bench.Board.Set(Bench.Yes, 0.69m);

        var booked = await bench.BookAsync(bench.ABuy(100, 0.45m, fee: 0.4m));

        booked.Should().Match<Booked>(b => b.IsNew && b.Opened && !b.Closed && b.SharesDelta == 100_000_000 && b.SellableDelta == 0 && b.RealisedPnl == new Usdc(-400_000));
        (await bench.CashAsync()).Should().Be(1000m - 45m - 0.4m);
        var row = (await bench.PositionsAsync()).Single();
        row.Should().BeEquivalentTo(new { Size = 100m, EntryPrice = 0.45m, CurrentPrice = 0.69m, PnlAmount = 24m - 0.4m, PnlPercentage = 52.4444m, Status = "active", UserId = 7L, MarketId = Bench.Market });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_fill_seen_again_changes_nothing(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var fill = bench.ABuy(100, 0.45m);
        await bench.BookAsync(fill);

        var again = await bench.BookAsync(fill);
        var twice = await bench.WriteAsync(c => bench.Book.BookAsync(c, [fill, fill], default));

        again.IsNew.Should().BeFalse();
        twice.Should().OnlyContain(b => !b.IsNew && b.Position!.Size == new Shares(100_000_000));
        (await bench.LedgerAsync()).Should().HaveCount(1);
        (await bench.CashAsync()).Should().Be(-45m);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task One_trade_id_shared_by_two_users_is_two_fills(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);

        await bench.BookAsync(bench.AFill(Side.Buy, 10, 0.5m, Bench.Ana, trade: "shared"));
        await bench.BookAsync(bench.AFill(Side.Buy, 10, 0.5m, Bench.Bob, trade: "shared"));

        (await bench.PositionsAsync()).Should().HaveCount(2);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Shares_are_sellable_when_mined_and_settled_when_confirmed(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var fill = bench.ABuy(100, 0.45m);
        await bench.BookAsync(fill);
        (await bench.OpenAsync())!.Should().Match<OpenPosition>(p => p.Settling == p.Size && p.Sellable == Shares.Zero);

        var mined = await bench.SettleAsync(fill, SettlementStatus.Mined);
        var repeated = await bench.SettleAsync(fill, SettlementStatus.Mined);
        var confirmed = await bench.SettleAsync(fill, SettlementStatus.Confirmed);
        var backwards = await bench.SettleAsync(fill, SettlementStatus.Mined);

        mined.Should().Match<Booked>(b => b.IsNew && b.SellableDelta == 100_000_000 && b.Position!.Confirmed == Shares.Zero);
        repeated.IsNew.Should().BeFalse();
        confirmed.Should().Match<Booked>(b => b.IsNew && b.SellableDelta == 0 && b.Position!.Confirmed == b.Position.Size);
        backwards.IsNew.Should().BeFalse();
        (await bench.FundsAsync(Bench.Yes)).Should().Be(new Funds(100_000_000, 0));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_repeat_with_a_later_status_settles_the_fill(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var fill = bench.ABuy(100, 0.45m);
        await bench.BookAsync(fill);

        var booked = await bench.BookAsync(fill with { Status = SettlementStatus.Confirmed });

        booked.Should().Match<Booked>(b => b.IsNew && b.SharesDelta == 0 && b.SellableDelta == 100_000_000 && b.Position!.Confirmed == b.Position.Size);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Selling_realises_against_the_average_cost_and_closes_below_a_hundredth(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.BookAsync(bench.ABuy(100, 0.40m, status: SettlementStatus.Confirmed));
        await bench.BookAsync(bench.ABuy(100, 0.60m, status: SettlementStatus.Confirmed));

        var part = await bench.BookAsync(bench.ASell(50, 0.70m, fee: 0.1m));
        var rest = await bench.BookAsync(bench.ASell(149.995m, 0.30m));

        part.Should().Match<Booked>(b => !b.Closed && b.RealisedPnl == new Usdc(9_900_000) && b.SellableDelta == -50_000_000 && b.Position!.EntryPrice == 0.5m);
        rest.Closed.Should().BeTrue();
        (await bench.OpenAsync()).Should().BeNull();
        var row = (await bench.PositionsAsync()).Single();
        row.Status.Should().Be("closed");
        row.ClosedAt.Should().NotBeNull();
        (await bench.BookAsync(bench.ASell(0.005m, 0.30m))).Should().Match<Booked>(b => b.Position!.Id == row.Id && b.Closed, "crumbs of the closing sell belong to the closed episode");
        (await bench.PositionsAsync()).Single().Size.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Dust_of_a_closed_episode_moves_into_the_next(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.BookAsync(bench.ABuy(10, 0.40m, status: SettlementStatus.Confirmed));
        await bench.BookAsync(bench.ASell(9.995m, 0.50m));

        var booked = await bench.BookAsync(bench.ABuy(20, 0.60m));

        booked.Should().Match<Booked>(b => b.Opened && b.Position!.Size == new Shares(20_005_000) && b.Position.Cost == new Usdc(12_002_000));
        (await bench.PositionsAsync()).Select(p => p.Size).Should().Equal(0m, 20.005m);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Yes_and_No_are_two_positions(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);

        await bench.WriteAsync(c => bench.Book.BookAsync(c, [bench.ABuy(10, 0.4m), bench.ABuy(10, 0.6m, token: Bench.No)], default));

        (await bench.PositionsAsync()).Select(p => p.Outcome).Should().BeEquivalentTo("Yes", "No");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Selling_more_than_the_ledger_knew_is_shown_as_an_adjustment_never_as_a_negative_position(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.BookAsync(bench.ABuy(60, 0.5m, status: SettlementStatus.Confirmed));

        var booked = await bench.BookAsync(bench.ASell(100, 0.6m));

        booked.Should().Match<Booked>(b => b.Closed && b.Position!.Size == Shares.Zero && b.RealisedPnl == new Usdc(6_000_000));
        (await bench.LedgerAsync()).Should().ContainSingle(r => r.Kind == "adjust" && r.Shares == 40_000_000 && r.Reason!.Contains("more than the ledger"));
        (await bench.CashAsync()).Should().Be(30m);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_resolution_pays_every_holder_and_closes(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.BookAsync(bench.ABuy(100, 0.4m, status: SettlementStatus.Confirmed));
        await bench.BookAsync(bench.ABuy(10, 0.7m, token: Bench.No));
        await bench.BookAsync(bench.ABuy(50, 0.5m, wallet: Bench.Bob));

        var booked = await bench.ResolveAsync(yes: 1);
        var again = await bench.ResolveAsync(yes: 1);

        booked.Should().HaveCount(3).And.OnlyContain(b => b.Closed && b.Position!.Status == "resolved");
        again.Should().BeEmpty();
        (await bench.CashAsync()).Should().Be(60m - 7m);
        (await bench.CashAsync(Bench.Bob)).Should().Be(25m);
        (await bench.PositionsAsync()).Should().OnlyContain(p => p.Status == "resolved" && p.Size == 0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_fifty_fifty_resolution_pays_half(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.BookAsync(bench.ABuy(100, 0.4m));

        var booked = await bench.ResolveAsync(yes: 0.5m);

        booked.Single().RealisedPnl.Should().Be(new Usdc(10_000_000));
        (await bench.CashAsync()).Should().Be(10m);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Extra_shares_found_by_a_sync_become_an_adjustment_once(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        bench.Board.Set(Bench.Yes, 0.3m);
        var found = bench.AnAdjustment(25_000_000, Bench.Yes);

        var booked = await bench.AdjustAsync(found);
        var again = await bench.AdjustAsync(found);

        booked.Should().Match<Booked>(b => b.Opened && b.Position!.Origin == "sync" && b.Position.Sellable == new Shares(25_000_000) && b.Position.EntryPrice == 0.3m);
        again.IsNew.Should().BeFalse();
        (await bench.CashAsync()).Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task An_adjustment_never_takes_more_than_there_is(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.BookAsync(bench.ABuy(10, 0.4m, status: SettlementStatus.Confirmed));

        var booked = await bench.AdjustAsync(bench.AnAdjustment(-15_000_000, Bench.Yes));
        var flat = await bench.AdjustAsync(bench.AnAdjustment(-15_000_000, Bench.Yes));

        booked.Should().Match<Booked>(b => b.Closed && b.SharesDelta == -10_000_000 && b.RealisedPnl == Usdc.Zero);
        flat.IsNew.Should().BeFalse();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Splitting_and_merging_move_cash_and_shares(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);

        await bench.AdjustAsync(bench.AnAdjustment(10_000_000, Bench.Yes, 0.5m, "split"));
        await bench.AdjustAsync(bench.AnAdjustment(10_000_000, Bench.No, 0.5m, "split"));
        (await bench.CashAsync()).Should().Be(-10m);
        await bench.AdjustAsync(bench.AnAdjustment(-10_000_000, Bench.Yes, 0.5m, "merge"));
        await bench.AdjustAsync(bench.AnAdjustment(-10_000_000, Bench.No, 0.5m, "merge"));

        (await bench.CashAsync()).Should().Be(0m);
        (await bench.PositionsAsync()).Should().OnlyContain(p => p.Status == "closed" && p.PnlAmount == 0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Exits_are_projected_without_touching_what_was_booked(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var id = (await bench.BookAsync(bench.ABuy(10, 0.4m))).Position!.Id;

        await bench.WriteAsync(async c =>
        {
            await bench.Book.ProjectExitsAsync(c, id, new Price(7000), null, default);
            return 0;
        });
        await bench.BookAsync(bench.ABuy(10, 0.4m));

        (await bench.PositionsAsync()).Single().Should().BeEquivalentTo(new { TakeProfit = 0.7m, StopLoss = (decimal?)null, Size = 20m, Revision = 2L });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Unsettled_fills_are_those_neither_confirmed_nor_failed(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        Fill matched = bench.ABuy(1, 0.4m), mined = bench.ABuy(1, 0.4m, status: SettlementStatus.Mined), failed = bench.ABuy(1, 0.4m), sold = bench.ASell(1, 0.4m);
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [matched, mined, failed, sold, bench.ABuy(1, 0.4m, status: SettlementStatus.Confirmed)], default));
        await bench.SettleAsync(failed, SettlementStatus.Failed);

        var unsettled = await bench.ReadAsync(c => bench.Book.UnsettledAsync(c, Bench.Ana, default));

        unsettled.Select(u => (u.TradeId, u.Status)).Should().Equal((matched.TradeId, SettlementStatus.Matched), (mined.TradeId, SettlementStatus.Mined), (sold.TradeId, SettlementStatus.Matched));
        (await bench.ReadAsync(c => bench.Book.UnsettledAsync(c, Bench.Bob, default))).Should().BeEmpty();
    }
}
