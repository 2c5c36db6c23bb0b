using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

public class IdempotencyTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task The_same_key_and_body_give_the_first_answer_again(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);

        var first = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(10m), default)).Value;
        var again = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(10.00m), default)).Value;
        await lab.RestartAsync();
        var later = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(10m), default)).Value;

        again.Should().BeEquivalentTo(first);
        later.Should().BeEquivalentTo(first);
        lab.Venue.Received.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task The_same_key_with_another_body_is_a_mismatch(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        await lab.Trading.PlaceAsync(Ana, "k1", ABuy(10m), default);

        (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(11m), default)).Error!.Code.Should().Be("idempotency.mismatch");
        (await lab.Trading.CloseAsync(Ana, "k1", Guid.Empty, 1m, default)).Error!.Code.Should().Be("idempotency.mismatch");
        (await lab.Trading.PlaceAsync(7, "k1", ABuy(11m), default)).Error!.Code.Should().Be("order.balance", "keys belong to a user");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_request_that_still_runs_is_in_progress(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.Hang);
        var running = lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default);

        (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Error!.Code.Should().Be("idempotency.in_progress");
        (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(11m), default)).Error!.Code.Should().Be("idempotency.mismatch");

        lab.Venue.LetGo();
        await lab.UntilAsync(() => Task.FromResult(lab.Venue.Received.Count == 1));
        lab.Venue.LetGo();
        (await lab.FinishAsync(running)).IsOk.Should().BeTrue();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Ten_at_once_place_one_order(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default))));

        answers.Should().OnlyContain(a => a.IsOk || a.Error!.Code == "idempotency.in_progress");
        answers.Where(a => a.IsOk).Select(a => a.Value.OrderHash).Distinct().Should().ContainSingle();
        lab.Venue.Received.Should().ContainSingle();
        (await lab.RowsAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task Two_processes_with_the_same_key_place_one_order()
    {
        await using var lab = await TradingLab.CreateAsync(Db.PostgreSql); // SQLite has one process
        var one = lab.Trading;
        var other = await lab.AnotherProcessAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? one : other).PlaceAsync(Ana, "k1", ABuy(), default))));

        answers.Should().OnlyContain(a => a.IsOk || a.Error!.Code == "idempotency.in_progress");
        lab.Venue.Received.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_caller_who_never_got_an_answer_is_told_where_the_order_stands(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Script(Act.LoseAnswer);
        var first = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;
        await lab.Database.Workers.WriteAsync((db, ct) => db.Set<IdempotencyRow>().ExecuteUpdateAsync(s => s.SetProperty(i => i.Response, (string?)null).SetProperty(i => i.State, "running"), ct), default);
        await lab.RestartAsync();
        (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Error!.Code.Should().Be("idempotency.in_progress", "another process may still be at it");
        await lab.PassAsync(TimeSpan.FromSeconds(6));

        var later = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value;

        later.Should().BeEquivalentTo(new { first.OrderId, first.OrderHash, Status = "filled" });
        lab.Venue.Received.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_key_is_forgotten_after_thirty_days_and_its_decision_never(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default);

        lab.Clock.Advance(TimeSpan.FromDays(29));
        (await Prune(lab)).Should().Be(0);
        lab.Clock.Advance(TimeSpan.FromDays(2));
        (await Prune(lab)).Should().Be(1);

        (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Error!.Code.Should().Be("idempotency.mismatch");
        lab.Venue.Received.Should().ContainSingle();
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    public async Task A_key_is_needed(string key)
    {
        await using var lab = await TradingLab.CreateAsync(Db.Sqlite);
        (await lab.Trading.PlaceAsync(Ana, key, ABuy(), default)).Error!.Code.Should().Be("idempotency.key");
        (await lab.Trading.PlaceAsync(Ana, new string('k', 201), ABuy(), default)).Error!.Code.Should().Be("idempotency.key");
    }

    private static Task<int> Prune(TradingLab lab) =>
        lab.Database.Workers.WriteAsync((db, ct) => OrderPlacer.PruneAsync(db, lab.Clock.GetUtcNow().UtcDateTime, ct), default);
}
