using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Positions;

public class PriceWriterTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_tick_reaches_the_rows_of_its_token_with_their_profit(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.TradeAsync(bench.ABuy(100, 0.40m, fee: 1));
        await bench.TradeAsync(bench.ABuy(50, 0.50m, Bench.Bob));
        await bench.TradeAsync(bench.ABuy(10, 0.60m, token: Bench.No));

        bench.Tick(Bench.Yes, 0.55m);
        await bench.Writer.FlushAsync(default);

        var rows = (await bench.PositionsAsync()).Select(p => (p.CurrentPrice, p.PnlAmount, p.PnlPercentage));
        rows.Should().Equal((0.55m, 14m, 35m), (0.55m, 2.5m, 10m), (0.6m, 0m, 0m));
        bench.Health.PositionCount.Should().Be(2);
        bench.Cache.Removed.Should().Contain(["positions:7", "positions:8"]);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Nothing_is_written_when_nothing_changed(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.TradeAsync(bench.ABuy(100, 0.40m));
        bench.Tick(Bench.Yes, 0.55m);
        await bench.Writer.FlushAsync(default);
        var (statements, updates) = (bench.Health.StatementCount, bench.Health.UpdateCount);

        await bench.Writer.FlushAsync(default);
        bench.Tick(Bench.Yes, 0.55m); // deeper in the book something moved
        await bench.Writer.FlushAsync(default);

        bench.Health.StatementCount.Should().Be(statements);
        bench.Health.UpdateCount.Should().Be(updates);
    }

    [Theory]
    [InlineData(QuoteTrust.Phantom)]
    [InlineData(QuoteTrust.Crossed)]
    public async Task A_book_that_means_nothing_changes_no_price(QuoteTrust trust)
    {
        await using var bench = await Bench.OpenAsync(Db.Sqlite);
        await bench.TradeAsync(bench.ABuy(100, 0.40m));
        bench.Tick(Bench.Yes, 0.55m);
        await bench.Writer.FlushAsync(default);

        bench.Tick(Bench.Yes, 0.01m, 0.99m, trust);
        await bench.Writer.FlushAsync(default);

        (await bench.PositionsAsync()).Single().CurrentPrice.Should().Be(0.55m);
        bench.Prices.Written.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_row_that_was_booked_meanwhile_keeps_its_booking_and_is_priced_once_its_news_is_known(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.TradeAsync(bench.ABuy(100, 0.40m));
        bench.Tick(Bench.Yes, 0.55m);
        await bench.BookAsync(bench.ABuy(100, 0.60m)); // committed, but not yet told

        await bench.Writer.FlushAsync(default);
        (await bench.PositionsAsync()).Single().Should().BeEquivalentTo(new { Size = 200m, EntryPrice = 0.5m, CurrentPrice = 0.55m, PnlAmount = 10m });
        bench.Tick(Bench.Yes, 0.70m);
        await bench.Writer.FlushAsync(default);

        (await bench.PositionsAsync()).Single().Should().BeEquivalentTo(new { CurrentPrice = 0.7m, PnlAmount = 40m }, "the writer looked at the row it could not write");
    }

    [Fact]
    public async Task A_locked_row_is_left_out_without_waiting_and_written_the_next_time()
    {
        await using var bench = await Bench.OpenAsync(Db.PostgreSql);
        var locked = (await bench.TradeAsync(bench.ABuy(100, 0.40m))).Position!.Id;
        await bench.TradeAsync(bench.ABuy(100, 0.40m, Bench.Bob));
        bench.Tick(Bench.Yes, 0.55m);

        await bench.WriteAsync(async holder =>
        {
            await holder.LockRowsAsync("positions", "id", [locked], default);
            await bench.Writer.FlushAsync(default).WaitAsync(TimeSpan.FromSeconds(60));
            return 0;
        });
        (await bench.PositionsAsync()).Select(p => p.CurrentPrice).Should().Equal(0.4m, 0.55m);

        await FlushUntilAsync(bench, 2);
        (await bench.PositionsAsync()).Select(p => p.CurrentPrice).Should().Equal(0.55m, 0.55m);
    }

    [Fact]
    public async Task A_row_that_is_being_booked_is_left_out_without_waiting_and_written_when_the_booking_is_given_up()
    {
        await using var bench = await Bench.OpenAsync(Db.PostgreSql);
        await bench.TradeAsync(bench.ABuy(100, 0.40m));
        await bench.TradeAsync(bench.ABuy(100, 0.40m, Bench.Bob));
        bench.Tick(Bench.Yes, 0.55m);

        var given = () => bench.WriteAsync<int>(async booking =>
        {
            await bench.Book.BookAsync(booking, [bench.ABuy(50, 0.50m)], default);
            await bench.Writer.FlushAsync(default).WaitAsync(TimeSpan.FromSeconds(60));
            throw new OperationCanceledException();
        });
        await given.Should().ThrowAsync<OperationCanceledException>();
        (await bench.PositionsAsync()).Select(p => (p.Size, p.CurrentPrice)).Should().Equal((100m, 0.4m), (100m, 0.55m));

        await FlushUntilAsync(bench, 2);
        (await bench.PositionsAsync()).Select(p => p.CurrentPrice).Should().Equal(0.55m, 0.55m);
    }

    [Fact]
    public async Task A_round_is_at_most_five_statements_and_a_big_token_goes_on_where_it_stopped()
    {
        await using var bench = await Bench.OpenAsync(Db.Sqlite);
        await SeedAsync(bench, 70_000);
        await bench.Writer.LoadAsync(default);
        bench.Tick(Bench.Yes, 0.55m);

        await bench.Writer.FlushAsync(default);
        bench.Health.Should().BeEquivalentTo(new { StatementCount = 5L, PositionCount = 50_000L });
        bench.Tick(Bench.Yes, 0.56m);
        await bench.Writer.FlushAsync(default);

        bench.Health.PositionCount.Should().Be(100_000);
        var prices = await bench.ReadAsync(db => db.Set<PositionRow>().GroupBy(p => p.CurrentPrice).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count));
        prices.Should().Equal(new Dictionary<decimal, int> { [0.55m] = 20_000, [0.56m] = 50_000 }, "the last 20,000 came first in the second round");
        await bench.Writer.FlushAsync(default);
        bench.Health.PositionCount.Should().Be(120_000);
    }

    [Fact]
    public async Task Both_outcomes_of_a_held_market_are_priced_and_only_when_they_move()
    {
        await using var bench = await Bench.OpenAsync(Db.Sqlite);
        bench.Catalog.Knows = false;
        await bench.TradeAsync(bench.ABuy(100, 0.40m));
        bench.Tick(Bench.Yes, 0.54m, 0.56m);
        await bench.Writer.FlushAsync(default);
        bench.Prices.Written.Should().BeEmpty("the catalogue has not told the tokens yet");

        bench.Catalog.Knows = true;
        await bench.Writer.FlushAsync(default);
        bench.Tick(Bench.No, 0.42m, 0.44m);
        await bench.Writer.FlushAsync(default);
        await bench.Writer.FlushAsync(default);

        bench.Prices.Written.Select(p => (p.MarketId, string.Join(' ', p.OutcomePrices), p.Mid)).Should().Equal((Bench.Market, "0.55 0.45", 0.55m), (Bench.Market, "0.55 0.43", 0.55m));
        bench.Health.UpdateCount.Should().Be(2);
    }

    [Fact]
    public async Task The_runbooks_line_comes_at_most_once_per_market_and_second()
    {
        await using var bench = await Bench.OpenAsync(Db.Sqlite);
        await bench.TradeAsync(bench.ABuy(100, 0.40m));
        foreach (var price in new[] { 0.51m, 0.52m, 0.53m, 0.54m })
        {
            bench.Tick(Bench.Yes, price);
            await bench.Writer.FlushAsync(default);
            bench.Clock.Advance(TimeSpan.FromMilliseconds(500));
        }

        bench.Logs.GetSnapshot().Select(r => r.Message).Where(m => m.StartsWith("Updated", StringComparison.Ordinal))
            .Should().Equal($"Updated 1 positions for market {Bench.Market}", $"Updated 2 positions for market {Bench.Market}");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task The_service_loads_what_is_open_and_writes_twice_a_second(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.BookAsync(bench.ABuy(100, 0.40m)); // by an earlier process: never told to this one
        await bench.Writer.StartAsync(default);
        try
        {
            await Until(() => bench.Health.LastSuccess is not null);
            bench.Tick(Bench.Yes, 0.55m);
            bench.Clock.Advance(TimeSpan.FromMilliseconds(500));
            await Until(() => bench.Health.PositionCount == 1);
        }
        finally
        {
            await bench.Writer.StopAsync(default);
        }

        (await bench.PositionsAsync()).Single().CurrentPrice.Should().Be(0.55m);
    }

    [Fact]
    public async Task A_failed_statement_is_written_again()
    {
        await using var bench = await Bench.OpenAsync(Db.Sqlite);
        await bench.TradeAsync(bench.ABuy(100, 0.40m));
        bench.Tick(Bench.Yes, 0.55m);

        await bench.Invoking(b => b.Writer.FlushAsync(new CancellationToken(true))).Should().ThrowAsync<OperationCanceledException>();
        await bench.Writer.FlushAsync(default);

        (await bench.PositionsAsync()).Single().CurrentPrice.Should().Be(0.55m);
    }

    /// <summary>Rounds until so many rows are written: transactions of other tests on the server may hold back what counts as over.</summary>
    private static async Task FlushUntilAsync(Bench bench, int rows)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (bench.Health.PositionCount < rows)
        {
            await Task.Delay(5, deadline.Token);
            await bench.Writer.FlushAsync(deadline.Token);
        }
    }

    /// <summary>Waits for a background service; the clock under test is a fake, so this is only the deadline of the test.</summary>
    private static async Task Until(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
            await Task.Delay(5, deadline.Token);
    }

    private static Task<int> SeedAsync(Bench bench, int count) => bench.WriteAsync(async db =>
    {
        var rows = Enumerable.Range(0, count).Select(i => new PositionRow
        {
            Id = Ids.New(bench.Clock),
            UserId = i,
            WalletId = Ids.New(bench.Clock),
            MarketId = Bench.Market,
            ConditionId = "0xc0",
            TokenId = Bench.Yes,
            Outcome = "Yes",
            Origin = "manual",
            OpenedAt = bench.Clock.GetUtcNow().UtcDateTime,
            UpdatedAt = bench.Clock.GetUtcNow().UtcDateTime,
            State = new PositionState { Bought = 10_000_000, Mined = 10_000_000, Cost = 4_000_000, BoughtCost = 4_000_000 },
        }).ToList();
        await db.InsertAsync(rows, default);
        return 0;
    });
}
