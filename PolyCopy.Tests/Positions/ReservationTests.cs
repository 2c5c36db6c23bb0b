using System.Diagnostics;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Positions;

public class ReservationTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task Cash_and_shares_are_reserved_up_to_what_is_free_first_come_first_served(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.AdjustAsync(bench.AnAdjustment(100_000_000, null, kind: "transfer"));
        await bench.WriteAsync(c => bench.Book.BookAsync(c, [bench.ABuy(10, 0.5m, status: SettlementStatus.Mined), bench.ABuy(10, 0.5m)], default));

        var results = await ReserveAsync(bench, (null, 60m), (null, 40m), (null, 30m), (Bench.Yes, 8m), (Bench.Yes, 8m), (Bench.No, 1m));

        results.Select(r => r.IsOk).Should().Equal(true, false, true, true, false, false);
        results[1].Error!.Code.Should().Be("order.balance");
        results[4].Error!.Code.Should().Be("order.not_sellable", "matched shares are not sellable");
        (await bench.FundsAsync()).Should().Be(new Funds(90_000_000, 90_000_000));
        (await bench.FundsAsync(Bench.Yes)).Should().Be(new Funds(10_000_000, 8_000_000));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Releasing_frees_a_part_or_all_and_passes_over_orders_that_reserve_nothing(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.AdjustAsync(bench.AnAdjustment(100_000_000, null, kind: "transfer"));
        var orders = (await ReserveAsync(bench, (null, 60m), (null, 40m))).Select(r => r.Value.OrderId).ToList();

        await ReleaseAsync(bench, new Release(orders[0], 15_000_000), new Release(orders[1], 0), new Release(Ids.New(bench.Clock), 0), new Release(Ids.New(bench.Clock), 5));

        (await bench.FundsAsync()).Should().Be(new Funds(100_000_000, 15_000_000));
    }

    [Fact]
    public async Task However_many_decide_at_once_reservations_never_exceed_the_funds()
    {
        await using var bench = await Bench.OpenAsync(Db.PostgreSql);
        await bench.AdjustAsync(bench.AnAdjustment(100_000_000, null, kind: "transfer"));
        await bench.BookAsync(bench.ABuy(100, 0.5m, status: SettlementStatus.Confirmed));

        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(async () =>
        {
            if (i % 10 == 9) // fills and their releases come in between
                await bench.BookAsync(i % 20 == 9 ? bench.ASell(1, 0.5m) : bench.ABuy(1, 0.5m, status: SettlementStatus.Confirmed));
            return await ReserveAsync(bench, (i % 2 == 0 ? null : Bench.Yes, 3m), (i % 2 == 0 ? Bench.Yes : null, 2m));
        })));

        results.SelectMany(r => r).Should().Contain(r => !r.IsOk).And.Contain(r => r.IsOk);
        foreach (var funds in new[] { await bench.FundsAsync(), await bench.FundsAsync(Bench.Yes) })
            funds.Reserved.Should().BeInRange(funds.Total - 6_000_000, funds.Total).And.BeGreaterThan(0); // full to within the last tries, never above
    }

    [Fact]
    public async Task A_batch_takes_as_many_statements_as_a_single_order()
    {
        await using var bench = await Bench.OpenAsync(Db.PostgreSql);
        var wallets = Enumerable.Range(0, 1_000).Select(_ => Ids.New(bench.Clock)).ToList();
        var fills = wallets.Select(w => bench.ABuy(10, 0.5m, w, status: SettlementStatus.Confirmed)).ToList();
        await bench.BookAsync(bench.ABuy(1, 0.5m)); // opens the connection
        var single = await CountAsync(async () => await bench.BookAsync(bench.ABuy(10, 0.5m, Bench.Bob, status: SettlementStatus.Confirmed)));

        (await CountAsync(async () => await bench.WriteAsync(c => bench.Book.BookAsync(c, fills, default)))).Should().Be(single);

        var one = await CountAsync(async () => await ReserveAsync(bench, [Ask(bench, Bench.Bob)]));
        (await CountAsync(async () => (await ReserveAsync(bench, [.. wallets.Select(w => Ask(bench, w))])).Should().OnlyContain(r => r.IsOk))).Should().Be(one);
    }

    private static Reserve Ask(Bench bench, Guid wallet) => new(Ids.New(bench.Clock), Bench.User(wallet), wallet, Bench.Yes, 10_000_000);

    private static Task<IReadOnlyList<Result<Reservation>>> ReserveAsync(Bench bench, params (TokenId? Token, decimal Amount)[] asked) =>
        ReserveAsync(bench, [.. asked.Select(a => new Reserve(Ids.New(bench.Clock), 7, Bench.Ana, a.Token, (long)(a.Amount * 1_000_000)))]);

    private static Task<IReadOnlyList<Result<Reservation>>> ReserveAsync(Bench bench, IReadOnlyList<Reserve> requests) => bench.WriteAsync(db => bench.Book.ReserveAsync(db, requests, default));

    private static Task<int> ReleaseAsync(Bench bench, params Release[] releases) => bench.WriteAsync(async db =>
    {
        await bench.Book.ReleaseAsync(db, releases, default);
        return 0;
    });

    /// <summary>Counts the statements this flow sends, by the driver's own traces.</summary>
    private static async Task<int> CountAsync(Func<Task> work)
    {
        var count = 0;
        using var root = new Activity("count").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                if (a.TraceId == root.TraceId)
                    Interlocked.Increment(ref count);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await work();
        count.Should().BePositive();
        return count;
    }
}
