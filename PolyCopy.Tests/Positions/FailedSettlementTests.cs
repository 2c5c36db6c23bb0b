using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Positions;

public class FailedSettlementTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_failed_buy_is_reversed_and_closes_the_episode(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var buy = bench.ABuy(100, 0.4m, fee: 1);
        await bench.BookAsync(buy);

        var failed = await bench.SettleAsync(buy, SettlementStatus.Failed);
        var again = await bench.SettleAsync(buy, SettlementStatus.Failed);
        var late = await bench.BookAsync(buy with { Status = SettlementStatus.Confirmed });

        failed.Should().Match<Booked>(b => b.IsNew && b.Closed && b.SharesDelta == -100_000_000 && b.RealisedPnl == new Usdc(1_000_000));
        again.IsNew.Should().BeFalse();
        late.IsNew.Should().BeFalse();
        (await bench.CashAsync()).Should().Be(0);
        (await bench.PositionsAsync()).Single().Should().BeEquivalentTo(new { Size = 0m, Failed = 100_000_000L, Status = "closed", Fees = 0L });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task After_a_failed_buy_the_average_is_that_of_the_others(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        Fill good = bench.ABuy(100, 0.4m, status: SettlementStatus.Confirmed), bad = bench.ABuy(100, 0.6m);
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [good, bad, bench.ASell(50, 0.7m)], default));

        await bench.SettleAsync(bad, SettlementStatus.Failed);

        (await bench.OpenAsync())!.Should().Match<OpenPosition>(p => p.EntryPrice == 0.4m && p.Size == new Shares(50_000_000) && p.Realised == new Usdc(15_000_000) && p.Sellable == p.Size);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_failed_closing_sell_reopens_the_episode(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var sell = bench.ASell(100, 0.7m);
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [bench.ABuy(100, 0.4m, status: SettlementStatus.Confirmed), sell], default));

        var failed = await bench.SettleAsync(sell, SettlementStatus.Failed);

        failed.Should().Match<Booked>(b => b.Opened && !b.Closed && b.SharesDelta == 100_000_000 && b.SellableDelta == 100_000_000 && b.Position!.Status == "active");
        (await bench.OpenAsync())!.EntryPrice.Should().Be(0.4m);
        (await bench.CashAsync()).Should().Be(-40m);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_failed_closing_sell_gives_its_shares_to_the_episode_that_is_open_now(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var sell = bench.ASell(100, 0.7m);
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [bench.ABuy(100, 0.4m, status: SettlementStatus.Confirmed), sell], default));
        var second = await bench.BookAsync(bench.ABuy(100, 0.6m));

        var failed = await bench.SettleAsync(sell, SettlementStatus.Failed);

        failed.Should().Match<Booked>(b => b.Position!.Id == second.Position!.Id && b.SharesDelta == 100_000_000 && b.SellableDelta == 100_000_000 && b.Position.EntryPrice == 0.5m);
        (await bench.PositionsAsync()).Select(p => (p.Status, p.Size)).Should().Equal(("closed", 0m), ("active", 200m));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_buy_that_fails_after_its_shares_were_sold_leaves_no_negative_position(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        Fill buy = bench.ABuy(100, 0.4m, status: SettlementStatus.Mined), sell = bench.ASell(60, 0.7m);
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [buy, sell], default));

        var failed = await bench.SettleAsync(buy, SettlementStatus.Failed);

        failed.Should().Match<Booked>(b => b.Closed && b.Position!.Size == Shares.Zero);
        (await bench.CashAsync()).Should().Be(42m);
        await bench.SettleAsync(sell, SettlementStatus.Failed);
        (await bench.CashAsync()).Should().Be(0m);
        (await bench.PositionsAsync()).Single().Should().BeEquivalentTo(new { Size = 0m, Status = "closed", PnlAmount = 0m });
        (await bench.LedgerAsync()).Sum(r => r.Shares).Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_buy_that_fails_after_the_resolution_takes_its_payout_back(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        Fill good = bench.ABuy(100, 0.4m, status: SettlementStatus.Confirmed), bad = bench.ABuy(100, 0.6m);
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [good, bad], default));
        await bench.ResolveAsync(yes: 1);

        await bench.SettleAsync(bad, SettlementStatus.Failed);

        (await bench.CashAsync()).Should().Be(60m);
        (await bench.PositionsAsync()).Single().Should().BeEquivalentTo(new { Status = "resolved", Size = 0m, PnlAmount = 60m });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_sell_that_fails_after_the_resolution_is_paid_out_instead(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var sell = bench.ASell(40, 0.5m);
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [bench.ABuy(100, 0.4m, status: SettlementStatus.Confirmed), sell], default));
        await bench.ResolveAsync(yes: 1);

        await bench.SettleAsync(sell, SettlementStatus.Failed);

        (await bench.CashAsync()).Should().Be(60m);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_fill_first_heard_of_as_failed_is_never_booked_later(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var buy = bench.ABuy(100, 0.4m, fee: 1);

        await bench.BookAsync(buy with { Status = SettlementStatus.Failed });
        var late = await bench.BookAsync(buy);

        late.IsNew.Should().BeFalse();
        (await bench.PositionsAsync()).Should().BeEmpty();
        (await bench.CashAsync()).Should().Be(0);
    }
}
