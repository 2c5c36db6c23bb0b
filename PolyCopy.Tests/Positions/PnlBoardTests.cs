using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Positions.Pricing;

namespace PolyCopy.Tests.Positions;

public class PnlBoardTests
{
    private readonly FakeBoard _quotes = new();

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void A_tick_allocates_nothing_and_touches_no_position_however_many_there_are(int positions)
    {
        var board = new PnlBoard(_quotes);
        board.Load(Enumerable.Range(0, positions).Select(i => (APosition(i), 0.4m)));
        var quote = _quotes.Set(Bench.Yes, 0.5m);
        var reads = 0;
        _quotes.Reading = () => reads++;
        for (var i = 0; i < 1_000; i++)
            board.OnQuote(quote);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100_000; i++)
            board.OnQuote(quote);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        reads.Should().Be(0, "the price is read when it is written, not when it ticks");
    }

    [Fact]
    public async Task A_tick_never_waits_for_the_writer()
    {
        var board = new PnlBoard(_quotes);
        board.Load([(APosition(1), 0.4m)]);
        var quote = _quotes.Set(Bench.Yes, 0.5m);
        board.OnQuote(quote);
        board.Drain(_ => null);
        var (inside, leave) = (new ManualResetEventSlim(), new ManualResetEventSlim());
        _quotes.Reading = () =>
        {
            inside.Set();
            leave.Wait(TimeSpan.FromSeconds(60));
        };
        var writer = Task.Run(() => board.Take(new PriceBatch()), TestContext.Current.CancellationToken);
        inside.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken).Should().BeTrue(); // it holds the gate behind which every position is

        var ticks = Task.Run(() => board.OnQuote(quote), TestContext.Current.CancellationToken);
        await ticks.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        leave.Set();
        await writer;
    }

    [Fact]
    public void Positions_are_told_apart_by_revision_and_markets_by_their_last_position()
    {
        var board = new PnlBoard(_quotes);
        board.Load([]);
        var (a, b) = (APosition(1), APosition(2));

        board.Apply(a).Held.Should().Be(Bench.Market);
        board.Apply(b).Held.Should().BeNull();
        board.Apply(a with { Revision = 3, Size = new Shares(5) }).Should().Be((null, null));
        board.Apply(a with { Revision = 2, Status = PositionStatus.Closed }).Should().Be((null, null), "older than what is known");
        board.Apply(a with { Revision = 4, Status = PositionStatus.Closed }).Left.Should().BeNull();
        board.Apply(b with { Revision = 4, Status = PositionStatus.Resolved }).Left.Should().Be(Bench.Market);
    }

    [Fact]
    public void A_market_is_not_left_before_everything_that_is_open_has_been_loaded()
    {
        var board = new PnlBoard(_quotes);
        board.Apply(APosition(1));

        board.Apply(APosition(1) with { Revision = 2, Status = PositionStatus.Closed }).Left.Should().BeNull();

        board.Load([(APosition(2), 0.4m)]);
        board.Apply(APosition(2) with { Revision = 2, Status = PositionStatus.Closed }).Left.Should().Be(Bench.Market);
    }

    [Fact]
    public void Totals_take_the_price_of_this_moment_and_the_last_one_when_there_is_none()
    {
        var board = new PnlBoard(_quotes);
        board.Load([(APosition(1), 0.4m), (APosition(2), 0.4m)]);
        _quotes.Set(Bench.Yes, 0.5m);
        board.Totals().Should().Be((2, 10m, 2m));
        board.Take(new PriceBatch());

        _quotes.Set(Bench.Yes, 0.01m, 0.99m, Modules.Streaming.QuoteTrust.Phantom);

        board.Totals().Should().Be((2, 10m, 2m));
    }

    [Fact]
    public void What_was_closed_before_the_start_had_loaded_stays_closed()
    {
        var board = new PnlBoard(_quotes);
        board.Apply(APosition(1) with { Revision = 9, Status = PositionStatus.Closed });

        board.Load([(APosition(1), 0.4m)]);

        board.Waiting.Should().Be(0);
    }

    [Fact]
    public void A_hundred_thousand_positions_take_less_than_twenty_megabytes()
    {
        var board = new PnlBoard(_quotes);
        var positions = Enumerable.Range(0, 100_000).Select(i => (APosition(i), 0.4m)).ToList();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        board.Load(positions);

        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(20_000_000);
        GC.KeepAlive(positions);
        GC.KeepAlive(board);
    }

    private static OpenPosition APosition(int number) => new(
        new Guid(number, 0, 0, new byte[8]), number, Bench.Ana, Bench.Market, Bench.Yes, "Yes", PositionStatus.Active, "manual",
        new Shares(10_000_000), Shares.Zero, new Shares(10_000_000), Shares.Zero, new Usdc(4_000_000), Usdc.Zero, Usdc.Zero, 1, DateTimeOffset.UnixEpoch);
}
