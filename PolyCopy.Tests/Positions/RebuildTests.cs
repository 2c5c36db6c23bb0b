using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Positions;

public class RebuildTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task What_was_booked_is_what_the_ledger_says(Db db)
    {
        await using var bench = await TradedAsync(db);

        var report = await bench.Get<IPositionsRebuild>().RunAsync(repair: false, default);

        report.Differences.Should().BeEmpty();
        report.Should().BeEquivalentTo(new { Positions = 3, Wallets = 2, LedgerRows = (long)(await bench.LedgerAsync()).Count(r => r.PositionId is not null) });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Differences_are_reported_and_repaired_only_when_asked(Db db)
    {
        await using var bench = await TradedAsync(db);
        var before = (await bench.PositionsAsync()).OrderBy(p => (p.UserId, p.Outcome)).Reverse().ToList(); // Bob, Ana's Yes, Ana's No
        var (changed, gone) = (before[1].Id, before[0].Id);
        var (cash, rebuild) = (await bench.CashAsync(), bench.Get<IPositionsRebuild>());
        await bench.WriteAsync(async c =>
        {
            await c.Set<PositionRow>().Where(p => p.Id == changed).ExecuteUpdateAsync(s => s.SetProperty(p => p.Cost, 1).SetProperty(p => p.TakeProfit, 0.9m));
            await c.Set<PositionRow>().Where(p => p.Id == gone).ExecuteDeleteAsync();
            await c.Set<CashRow>().Where(p => p.WalletId == Bench.Ana).ExecuteUpdateAsync(s => s.SetProperty(p => p.Balance, 5));
            return 0;
        });

        var found = await rebuild.RunAsync(repair: false, default);
        (await rebuild.RunAsync(repair: true, default)).Differences.Should().BeEquivalentTo(found.Differences, "the first run only looked");

        found.Differences.Select(d => (d.What, d.Id, d.Field)).Should().BeEquivalentTo([("positions", changed, "cost"), ("positions", gone, "row"), ("cash", Bench.Ana, "balance")]);
        (await rebuild.RunAsync(repair: false, default)).Differences.Should().BeEmpty();
        (await bench.CashAsync()).Should().Be(cash);
        var after = (await bench.PositionsAsync()).OrderBy(p => (p.UserId, p.Outcome)).Reverse().ToList();
        after.Select(p => (p.Id, p.State, p.Status, p.PnlAmount, p.ClosedAt is null)).Should().Equal(before.Select(p => (p.Id, p.State, p.Status, p.PnlAmount, p.ClosedAt is null)));
        after[1].TakeProfit.Should().Be(0.9m, "exits project it, not the ledger");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Everything_can_be_made_again_from_the_ledger_alone(Db db)
    {
        await using var bench = await TradedAsync(db);
        var before = await bench.PositionsAsync();
        await bench.WriteAsync(async c => await c.Set<PositionRow>().ExecuteDeleteAsync() + await c.Set<CashRow>().ExecuteDeleteAsync());

        await bench.Get<IPositionsRebuild>().RunAsync(repair: true, default);

        (await bench.PositionsAsync()).Select(p => (p.Id, p.UserId, p.WalletId, p.MarketId, p.ConditionId, p.TokenId, p.Outcome, p.Origin, p.State, p.Status, p.OpenedAt, p.ClosedAt))
            .Should().Equal(before.Select(p => (p.Id, p.UserId, p.WalletId, p.MarketId, p.ConditionId, p.TokenId, p.Outcome, p.Origin, p.State, p.Status, p.OpenedAt, p.ClosedAt)));
        (await bench.CashAsync(Bench.Bob)).Should().Be(-4m);
    }

    private static async Task<Bench> TradedAsync(Db db)
    {
        var bench = await Bench.OpenAsync(db);
        Fill bad = bench.ABuy(5, 0.9m), sell = bench.ASell(4, 0.5m, fee: 0.01m);
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [bench.ABuy(10, 0.4m, status: SettlementStatus.Confirmed), bad, sell, bench.ABuy(10, 0.4m, Bench.Bob)], default));
        await bench.SettleAsync(bad, SettlementStatus.Failed);
        await bench.BookAsync(bench.ABuy(10, 0.6m, token: Bench.No));
        await bench.BookAsync(bench.ASell(10, 0.7m, token: Bench.No));
        return bench;
    }
}
