using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Positions;

public class ViewsTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_position_is_shown_with_the_price_of_this_moment(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var id = (await bench.BookAsync(bench.ABuy(100, 0.40m, fee: 1, status: SettlementStatus.Mined))).Position!.Id;
        await bench.BookAsync(bench.ABuy(100, 0.40m, Bench.Bob));
        bench.Board.Set(Bench.Yes, 0.55m);

        var view = await bench.Views.GetAsync(7, id, default);

        view.Should().BeEquivalentTo(new
        {
            Id = id,
            UserId = 7L,
            Question = "Will it rain?",
            Slug = "will-it-rain",
            Outcome = "Yes",
            Size = new Shares(100_000_000),
            SettledSize = Shares.Zero,
            SellableSize = new Shares(100_000_000),
            EntryPrice = 0.4m,
            CurrentPrice = 0.55m,
            FeesPaid = new Usdc(1_000_000),
            PnlAmount = 14m,
            PnlPercentage = 35m,
            Status = "active",
            Origin = "manual",
        });
        (await bench.Views.GetAsync(8, id, default)).Should().BeNull("it is somebody else's");
        (await bench.Views.GetAsync(9, id, default)).Should().BeNull("who has no wallet here");
        bench.Board.Set(Bench.Yes, 0.01m, 0.99m, QuoteTrust.Phantom);
        (await bench.Views.GetAsync(7, id, default))!.CurrentPrice.Should().Be(0.4m, "a ghost book says nothing");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_live_sells_reserve_is_not_sellable_and_the_position_is_closing(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var id = (await bench.BookAsync(bench.ABuy(100, 0.40m, status: SettlementStatus.Confirmed))).Position!.Id;
        await bench.WriteAsync(c => bench.Book.ReserveAsync(c, [new Reserve(Ids.New(bench.Clock), 7, Bench.Ana, Bench.Yes, 30_000_000)], default));

        (await bench.Views.GetAsync(7, id, default)).Should().BeEquivalentTo(new { SellableSize = new Shares(70_000_000), SettledSize = new Shares(100_000_000), Status = "closing" });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Lists_are_newest_first_by_status_and_in_pages_that_neither_repeat_nor_skip(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        for (var i = 0; i < 5; i++)
        {
            await bench.BookAsync(bench.ABuy(10, 0.4m, status: SettlementStatus.Confirmed));
            await bench.BookAsync(bench.ASell(10, 0.5m));
        }
        var open = (await bench.BookAsync(bench.ABuy(10, 0.4m))).Position!.Id;

        (await bench.Views.ListAsync(7, "active", 10, null, default)).Items.Single().Id.Should().Be(open);
        (await bench.Views.ListAsync(7, "resolved", 10, null, default)).Items.Should().BeEmpty();
        var all = await AllAsync(cursor => bench.Views.ListAsync(7, null, 2, cursor, default));
        all.Select(p => p.Id).Should().Equal((await bench.PositionsAsync()).Select(p => p.Id).Reverse());
        (await AllAsync(cursor => bench.Views.FillsAsync(7, 3, cursor, default))).Select(f => f.Side).Should().Equal(
            [Side.Buy, .. Enumerable.Repeat(new[] { Side.Sell, Side.Buy }, 5).SelectMany(s => s)]);
        (await AllAsync(cursor => bench.Views.HistoryAsync(7, 2, cursor, default))).Should().HaveCount(5).And.BeInDescendingOrder(h => h.At);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_fill_shows_its_price_fee_and_settlement(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        var (mined, failed) = (bench.ABuy(3, 0.333333m, fee: 0.25m, status: SettlementStatus.Mined), bench.ABuy(3, 0.4m));
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [mined, failed], default));
        await bench.SettleAsync(failed, SettlementStatus.Failed);

        var fills = (await bench.Views.FillsAsync(7, 10, null, default)).Items;

        fills.Select(f => (f.Price, f.Shares.ToDecimal(), f.Fee.ToDecimal(), f.Status)).Should().Equal((0.4m, 3m, 0m, "failed"), (0.333333m, 3m, 0.25m, "mined"));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task History_tells_what_closed_episodes_brought_and_what_was_moved(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.AdjustAsync(bench.AnAdjustment(500_000_000, null, kind: "transfer"));
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [bench.ABuy(10, 0.4m, fee: 0.1m), bench.ASell(4, 0.5m), bench.ASell(6, 0.6m, fee: 0.1m)], default));
        await bench.BookAsync(bench.ABuy(10, 0.7m, token: Bench.No));
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        await bench.ResolveAsync(yes: 1);

        var history = (await bench.Views.HistoryAsync(7, 10, null, default)).Items;

        history.Select(h => (h.Kind, h.Outcome, h.Shares.ToDecimal(), h.EntryPrice, h.ExitPrice, h.RealisedPnl.ToDecimal(), h.Fees.ToDecimal(), h.Amount.ToDecimal())).Should().Equal(
            ("resolved", "No", 10m, 0.7m, 0m, -7m, 0m, 0m), ("closed", "Yes", 10m, 0.4m, 0.56m, 1.4m, 0.2m, 5.6m), ("transfer", "", 0m, 0m, 0m, 0m, 0m, 500m));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Profit_by_day_follows_the_users_zone_and_takes_back_what_failed(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        bench.Clock.Advance(TimeSpan.FromHours(11)); // 23:00 UTC on the 22nd is the 23rd in Paris
        await bench.BookAsync(bench.ABuy(10, 0.4m, fee: 0.5m, status: SettlementStatus.Confirmed));
        bench.Clock.Advance(TimeSpan.FromHours(24));
        var sell = bench.ASell(10, 0.6m);
        await bench.BookAsync(sell);
        await bench.SettleAsync(sell, SettlementStatus.Failed);
        await bench.BookAsync(bench.ASell(5, 0.6m));

        var days = await bench.Views.PnlByDayAsync(7, new DateOnly(2026, 11, 20), new DateOnly(2026, 11, 30), "Europe/Paris", default);

        days.Should().Equal(new DayPnl(new DateOnly(2026, 11, 23), new Usdc(-500_000), new Usdc(500_000)), new DayPnl(new DateOnly(2026, 11, 24), new Usdc(1_000_000), Usdc.Zero));
        (await bench.Views.PnlByDayAsync(7, new DateOnly(2026, 11, 22), new DateOnly(2026, 11, 22), "No/Where", default)).Should().ContainSingle("an unknown zone is UTC");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task The_portfolio_adds_up(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.AdjustAsync(bench.AnAdjustment(100_000_000, null, kind: "transfer"));
        await bench.BookAsync(bench.ABuy(10, 0.4m));
        await bench.BookAsync(bench.ABuy(10, 0.6m, token: Bench.No));
        await bench.WriteAsync(c => bench.Book.ReserveAsync(c, [new Reserve(Ids.New(bench.Clock), 7, Bench.Ana, null, 20_000_000)], default));
        bench.Board.Set(Bench.Yes, 0.5m);

        (await bench.Views.PortfolioAsync(7, default)).Should().Be(new Portfolio(11m, new Usdc(70_000_000), new Usdc(20_000_000), 101m));
        (await bench.Views.PortfolioAsync(9, default)).NetWorth.Should().Be(0);
    }

    private static async Task<List<T>> AllAsync<T>(Func<string?, Task<Page<T>>> page)
    {
        var (all, cursor) = (new List<T>(), (string?)null);
        do
        {
            var next = await page(cursor);
            next.Items.Should().NotBeEmpty();
            all.AddRange(next.Items);
            cursor = next.NextCursor;
        }
        while (cursor is not null);
        return all;
    }
}
