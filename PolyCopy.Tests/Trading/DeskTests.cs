using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.DoubtTests;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

/// <summary>Orders decided by code, many at once.</summary>
public class DeskTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_decision_is_one_order_however_often_it_is_asked(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var bought = await lab.BuyAsync();
        var exit = AnExit(bought, attempt: 1, shares: 50m);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => lab.Desk.DecideAsync([exit], default))));
        var within = await lab.Desk.DecideAsync([exit with { Key = "other", ExitAttempt = 9 }, exit], default);

        answers.Count(a => a.Single().IsOk).Should().Be(1);
        answers.Where(a => !a.Single().IsOk).Should().OnlyContain(a => a.Single().Error!.Code == "order.duplicate_decision");
        within.Select(r => r.Error?.Code).Should().Equal("order.pending_attempt", "order.duplicate_decision");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task One_bad_decision_does_not_poison_the_batch(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var bought = await lab.BuyAsync();
        var good = AnExit(bought, attempt: 1, shares: 10m);
        Decision[] batch =
        [
            good with { Key = "a", ExitId = Ids.New(lab.Clock), MarketId = "404" },
            good,
            good with { Key = "b", ExitId = Ids.New(lab.Clock), WorstPrice = new Price(4250) },
            good with { Key = "c", ExitId = Ids.New(lab.Clock), WalletId = WalletOf(77), UserId = 77 },
            good with { Key = "d", ExitId = Ids.New(lab.Clock), WalletId = WalletOf(77) },
            good with { Key = "e", ExitId = Ids.New(lab.Clock), Shares = Shares.Zero },
        ];

        var results = await lab.Desk.DecideAsync(batch, default);

        results.Select(r => r.Error?.Code).Should().Equal("market.unknown", null, "order.tick", "order.not_sellable", "wallet.unknown", "order.amount");
        (await lab.Desk.SendAsync([results[1].Value], default)).Single().Status.Should().Be("matched");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Attempt_n_plus_1_waits_for_n(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var bought = await lab.BuyAsync();
        lab.Venue.Script(Act.LoseRequest);
        lab.Venue.Default = Act.LoseRequest;
        var first = (await lab.Desk.DecideAsync([AnExit(bought, attempt: 1)], default)).Single().Value;
        (await lab.Desk.SendAsync([first], default)).Single().Status.Should().Be("unknown");

        (await lab.Desk.DecideAsync([AnExit(bought, attempt: 2)], default)).Single().Error!.Code.Should().Be("order.pending_attempt");
        await lab.PassAsync(TimeSpan.FromSeconds(30));
        (await lab.RowAsync(first.OrderId)).Status.Should().Be(OrderStatus.Failed);

        (await lab.Desk.DecideAsync([AnExit(bought, attempt: 2)], default)).Single().IsOk.Should().BeTrue();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F23_only_mined_shares_are_offered(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);
        var placed = (await lab.Trading.PlaceAsync(Ana, "buy", ABuy(45m), default)).Value;
        (await lab.Desk.DecideAsync([AnExit(placed, attempt: 1)], default)).Single().Error!.Code.Should().Be("order.not_sellable");

        lab.Venue.Settle(SettlementStatus.Mined);
        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);

        (await lab.Desk.DecideAsync([AnExit(placed, attempt: 2)], default)).Single().Value.Shares.ToDecimal().Should().Be(100m);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_sell_is_cut_to_what_is_sellable(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);
        var bought = await lab.BuyAsync();
        lab.Venue.Script(Act.Rest);
        await lab.Trading.PlaceAsync(Ana, "rest", ARest(Side.Sell, 60m, 0.80m), default);

        var results = await lab.Desk.DecideAsync([AnExit(bought, 1), AnExit(bought, 1) with { Key = "second", ExitId = Ids.New(lab.Clock) }], default);

        results[0].Value.Shares.ToDecimal().Should().Be(40m);
        results[1].Error!.Code.Should().Be("order.not_sellable");
        (await lab.FundsAsync(Yes)).Free.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F48_own_resting_sells_are_cancelled_in_chunks_and_waited_for(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider, cash: 2_000m);
        lab.Venue.FillPrice = new Price(4500);
        var bought = await lab.BuyAsync(450m);
        lab.Venue.Default = Act.Rest;
        for (var i = 0; i < 103; i++)
            (await lab.Trading.PlaceAsync(Ana, $"rest{i}", ARest(Side.Sell, 5m, 0.80m), default)).IsOk.Should().BeTrue();
        (await lab.FundsAsync(Yes)).Reserved.Should().Be(515_000_000);

        await lab.Desk.CancelSellsAsync(Wallet, Yes, default);

        (await lab.FundsAsync(Yes)).Reserved.Should().Be(0);
        lab.Venue.Cancelled.Should().HaveCount(103);
        (await lab.Desk.DecideAsync([AnExit(bought, 1, shares: 1_000m)], default)).Single().Value.Shares.ToDecimal().Should().Be(1_000m);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_pause_stops_entries_and_nothing_else(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);
        var bought = await lab.BuyAsync();
        var entry = new Decision("copy:1", Ana, Wallet, MarketId, Yes, Side.Buy, OrderType.Fak, null, new Usdc(10_000_000), new Price(4700), "copy", null, null, 0, 0);

        await lab.Trading.PauseAsync(null, true, "drill", "ops", default);

        (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Error!.Code.Should().Be("trading.paused");
        (await lab.Desk.DecideAsync([entry], default)).Single().Error!.Code.Should().Be("trading.paused");
        (await lab.Desk.DecideAsync([AnExit(bought, 1, shares: 10m)], default)).Single().IsOk.Should().BeTrue();
        (await lab.Trading.PlaceAsync(Ana, "sell", ASell(10m), default)).Value.Status.Should().Be("filled");
        (await lab.Trading.CloseAsync(Ana, "close", bought.PositionId!.Value, 0.1m, default)).Value.Status.Should().Be("filled");

        await lab.RestartAsync();
        (await lab.Trading.PausedAsync(Ana, default)).Should().Be("drill", "a pause outlives the process");
        await lab.Trading.PauseAsync(null, false, "over", "ops", default);
        await lab.Trading.PauseAsync(Ana, true, "holiday", "ana", default);
        (await lab.Trading.PausedAsync(Ana, default)).Should().Be("holiday");
        (await lab.Trading.PausedAsync(7, default)).Should().BeNull();
        await lab.Trading.PauseAsync(Ana, false, "back", "ana", default);
        (await lab.Trading.PlaceAsync(Ana, "k2", ABuy(), default)).IsOk.Should().BeTrue();
        (await lab.EventsAsync("paused")).Select(e => e.Payload).Should().SatisfyRespectively(e => e.Should().Contain("drill"), e => e.Should().Contain("holiday"));
        (await lab.EventsAsync("resumed")).Select(e => e.Payload).Should().SatisfyRespectively(e => e.Should().Contain("over"), e => e.Should().Contain("back"));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_pause_of_everybody_is_told_to_all_who_have_something_at_stake_and_to_nobody_else(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider, also: s => Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton<IPauseAudience>(s, new Followers()));
        await lab.FundAsync(7, 100m);
        await lab.FundAsync(8, 100m);
        await lab.BuyAsync(); // Ana holds
        lab.Venue.Default = Act.Rest;
        (await lab.Trading.PlaceAsync(7, "rest", ARest(Side.Buy, 10m, 0.40m), default)).Value.Status.Should().Be("live"); // 7 has an order, 8 nothing

        await lab.Trading.PauseAsync(null, true, "drill", "ops", default);
        await lab.Trading.PauseAsync(8, true, "holiday", "eight", default);
        await lab.Trading.PauseAsync(null, false, "over", "ops", default);

        (await lab.EventsAsync("paused")).Select(e => e.UserId).Should().BeEquivalentTo([7, 9, Ana, 8]);
        (await lab.EventsAsync("resumed")).Select(e => e.UserId).Should().BeEquivalentTo([7, 9, Ana]);
        (await lab.Trading.PausedAsync(8, default)).Should().Be("holiday");
    }

    private sealed class Followers : IPauseAudience
    {
        public Task<IReadOnlyCollection<long>> UsersAsync(PolyCopy.Modules.Persistence.PolyContext db, CancellationToken ct) => Task.FromResult<IReadOnlyCollection<long>>([9, Ana]);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_thousand_exits_of_a_thousand_users_are_each_sent_once(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var users = Enumerable.Range(1, 1_000).Select(i => (long)i).ToList();
        await lab.Database.Workers.WriteAsync((db, ct) => lab.Book.BookAsync(db, [.. users.Select(u => new Fill(
            u, WalletOf(u), MarketId, ConditionId, Yes, "Yes", Side.Buy, new Shares(10_000_000), new Usdc(4_500_000), Usdc.Zero, $"0xseed{u}", "t", null, "import", SettlementStatus.Confirmed, lab.Clock.GetUtcNow(), null))], ct), default);
        Decision[] batch = [.. users.Select(u => new Decision($"exit:{u}", u, WalletOf(u), MarketId, Yes, Side.Sell, OrderType.Fak, new Shares(10_000_000), null, new Price(4200), "exit", null, Ids.New(lab.Clock), 1, 1))];

        var decided = await lab.Desk.DecideAsync(batch, default);
        var outcomes = await lab.Desk.SendAsync([.. decided.Select(d => d.Value)], default);
        var again = await lab.Desk.DecideAsync(batch, default);

        outcomes.Should().HaveCount(1_000).And.OnlyContain(o => o.Status == "matched");
        again.Should().OnlyContain(r => !r.IsOk && r.Error!.Code == "order.duplicate_decision");
        lab.Venue.Received.Should().HaveCount(1_000).And.OnlyHaveUniqueItems();
    }
}
