using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;

namespace PolyCopy.Tests.Trading.Exits;

public class ExitBookTests
{
    private static readonly long Second = TimeProvider.System.TimestampFrequency;

    private readonly ExitBook _book = new(TimeProvider.System);

    [Theory]
    [InlineData(ExitKind.TakeProfit, 0.60, 0.59, 0.60)]
    [InlineData(ExitKind.BreakEven, 0.60, 0.59, 0.61)]
    [InlineData(ExitKind.StopLoss, 0.40, 0.41, 0.40)]
    public void An_exit_fires_when_the_bid_reaches_its_price_and_not_before(ExitKind kind, decimal at, decimal before, decimal then)
    {
        var exit = _book.Armed(kind, at);

        _book.OnQuote(Build.AQuote(before));
        _book.Fired().Should().BeEmpty();

        _book.OnQuote(Build.AQuote(then, at: 7));
        _book.Fired().Should().ContainSingle().Which.Should().Match<Firing>(f => f.Exit == exit && f.At == 7 && !f.LookAgain);
    }

    [Fact]
    public void An_exit_is_handed_over_once()
    {
        _book.Armed(ExitKind.StopLoss, 0.40m);

        _book.OnQuote(Build.AQuote(0.30m));
        _book.OnQuote(Build.AQuote(0.20m));

        _book.Fired().Should().ContainSingle();
    }

    [Theory]
    [InlineData(QuoteTrust.None)]
    [InlineData(QuoteTrust.Crossed)]
    [InlineData(QuoteTrust.Phantom)]
    public void A_book_that_is_not_trusted_fires_nothing(QuoteTrust trust)
    {
        _book.Armed(ExitKind.StopLoss, 0.40m);

        _book.OnQuote(Build.AQuote(0.01m, trust: trust));

        _book.Fired().Should().BeEmpty();
    }

    [Fact]
    public void Rest_prices_fire_while_the_socket_is_down()
    {
        _book.Armed(ExitKind.StopLoss, 0.40m);

        _book.OnQuote(Build.AQuote(0.39m, trust: QuoteTrust.Rest));

        _book.Fired().Should().ContainSingle();
    }

    [Fact]
    public void The_first_trusted_book_fires_what_was_crossed_while_we_were_away()
    {
        _book.Armed(ExitKind.TakeProfit, 0.60m);
        _book.Armed(ExitKind.StopLoss, 0.70m);

        _book.OnQuote(Build.AQuote(0.65m));

        _book.Fired().Should().HaveCount(2);
    }

    [Fact]
    public void Stops_leave_before_takes_and_the_highest_stop_first()
    {
        var take = _book.Armed(ExitKind.TakeProfit, 0.30m);
        var low = _book.Armed(ExitKind.StopLoss, 0.50m);
        var high = _book.Armed(ExitKind.StopLoss, 0.60m);

        _book.OnQuote(Build.AQuote(0.45m));

        _book.Fired().Select(f => f.Exit).Should().Equal(high, low, take);
    }

    [Fact]
    public void A_trailing_stop_follows_the_highest_bid()
    {
        var exit = _book.Armed(ExitKind.Trailing, trail: 0.05m, peak: 0.40m);

        _book.OnQuote(Build.AQuote(0.50m));
        _book.OnQuote(Build.AQuote(0.46m));
        _book.Fired().Should().BeEmpty();
        exit.Peak.Should().Be(5_000);

        _book.OnQuote(Build.AQuote(0.45m));
        _book.Fired().Should().ContainSingle();
        exit.Peak.Should().Be(5_000, "the peak it fired from is what its owner is told");
    }

    [Fact]
    public void Trailing_stops_armed_later_keep_their_own_peak_until_the_price_passes_it()
    {
        var early = _book.Armed(ExitKind.Trailing, trail: 0.20m, peak: 0.60m);
        var late = _book.Armed(ExitKind.Trailing, trail: 0.05m, peak: 0.50m);

        _book.OnQuote(Build.AQuote(0.52m));
        (early.Peak, late.Peak).Should().Be((6_000, 5_200));
        _book.OnQuote(Build.AQuote(0.61m));
        (early.Peak, late.Peak).Should().Be((6_100, 6_100));

        _book.OnQuote(Build.AQuote(0.56m));
        _book.Fired().Select(f => f.Exit).Should().Equal(late);
        _book.OnQuote(Build.AQuote(0.41m));
        _book.Fired().Select(f => f.Exit).Should().Equal(early);
    }

    [Fact]
    public void An_exit_taken_back_does_not_fire()
    {
        var exit = _book.Armed(ExitKind.StopLoss, 0.40m);

        _book.Remove(exit).Should().Be(ExitState.Armed);
        _book.OnQuote(Build.AQuote(0.30m));

        _book.Fired().Should().BeEmpty();
    }

    [Fact]
    public void A_full_channel_drops_nothing()
    {
        for (var i = 0; i < ExitBook.Capacity + 10; i++)
            _book.Armed(ExitKind.StopLoss, 0.40m);

        _book.OnQuote(Build.AQuote(0.30m));
        _book.TimesFull.Should().Be(1);
        var first = _book.Fired();
        _book.OnQuote(Build.AQuote(0.30m));

        first.Concat(_book.Fired()).Select(f => f.Exit.Id).Should().OnlyHaveUniqueItems().And.HaveCount(ExitBook.Capacity + 10);
    }

    public static TheoryData<string, decimal, decimal?, decimal, bool> Oddities => new()
    {
        { "a small fall", 0.46m, null, 0, false },
        { "a fall of exactly a tenth", 0.45m, null, 0, false },
        { "a fall of more than a tenth", 0.44m, null, 0, true },
        { "such a fall, with a print down there", 0.44m, null, 0.44m, false },
        { "such a fall, with a print above it only", 0.44m, null, 0.49m, true },
        { "a wide spread", 0.46m, 0.58m, 0, true },
        { "no ask at all", 0.46m, 1m, 0, true },
    };

    [Theory, MemberData(nameof(Oddities))]
    public void A_guarded_stop_looks_twice_at(string what, decimal bid, decimal? ask, decimal print, bool twice)
    {
        _book.Armed(ExitKind.StopLoss, 0.48m, guarded: true);
        var instant = _book.Armed(ExitKind.StopLoss, 0.48m);
        _book.OnQuote(Build.AQuote(0.50m, at: 10 * Second));

        _book.OnQuote(Build.AQuote(bid, ask, at: 10 * Second + Second / 2, lastTrade: print, lastTradeAt: print > 0 ? 10 * Second : 0));

        var fired = _book.Fired();
        fired.Should().HaveCount(2);
        fired.Single(f => f.Exit != instant).LookAgain.Should().Be(twice, what);
        fired.Single(f => f.Exit == instant).LookAgain.Should().BeFalse("an instant stop never looks twice");
    }

    [Fact]
    public void A_fall_counts_from_the_bid_that_stood_until_now_however_long()
    {
        _book.Armed(ExitKind.StopLoss, 0.48m, guarded: true);
        _book.OnQuote(Build.AQuote(0.50m, at: 10 * Second));

        _book.OnQuote(Build.AQuote(0.40m, at: 100 * Second));

        _book.Fired().Single().LookAgain.Should().BeTrue("the bid stood at 0.50 all the time");
    }

    [Fact]
    public void A_slow_fall_is_not_odd()
    {
        _book.Armed(ExitKind.StopLoss, 0.40m, guarded: true);
        for (var i = 0; i <= 10; i++)
            _book.OnQuote(Build.AQuote(0.50m - i * 0.01m, at: (10 + i) * Second));

        _book.Fired().Single().LookAgain.Should().BeFalse();
    }

    [Fact]
    public void After_a_gap_of_the_feed_the_old_price_says_nothing_about_a_fall()
    {
        _book.Armed(ExitKind.StopLoss, 0.48m, guarded: true);
        _book.OnQuote(Build.AQuote(0.60m, at: 10 * Second));
        _book.OnQuote(Build.AQuote(0.60m, at: 11 * Second, trust: QuoteTrust.None));

        _book.OnQuote(Build.AQuote(0.40m, at: 40 * Second));

        _book.Fired().Single().LookAgain.Should().BeFalse();
    }

    [Fact]
    public void A_take_never_looks_twice_for_it_sells_only_at_its_price_or_above()
    {
        _book.Armed(ExitKind.TakeProfit, 0.60m);

        _book.OnQuote(Build.AQuote(0.65m, ask: 1m));

        _book.Fired().Single().LookAgain.Should().BeFalse();
    }

    [Fact]
    public void A_quiet_tick_allocates_nothing()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _book.Armed(ExitKind.StopLoss, 0.20m + i % 10 * 0.01m, guarded: true);
            _book.Armed(ExitKind.TakeProfit, 0.80m + i % 10 * 0.01m);
            _book.Armed(ExitKind.Trailing, trail: 0.30m, peak: 0.50m);
        }
        var quotes = Enumerable.Range(0, 200).Select(i => Build.AQuote(0.45m + i % 20 * 0.01m, at: i * Second / 50)).ToArray();
        foreach (var quote in quotes)
            _book.OnQuote(quote);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 50; round++)
            foreach (ref readonly var quote in quotes.AsSpan())
                _book.OnQuote(quote);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        _book.Fired().Should().BeEmpty();
    }

    [Fact]
    public void A_crossing_tick_allocates_nothing_before_the_channel()
    {
        _book.Armed(ExitKind.StopLoss, 0.40m); // the channel makes room for its first item
        _book.OnQuote(Build.AQuote(0.30m));
        _book.Fired();
        for (var i = 0; i < 3; i++)
            _book.Armed(ExitKind.StopLoss, 0.40m - i * 0.01m);
        var quotes = new[] { Build.AQuote(0.40m), Build.AQuote(0.39m), Build.AQuote(0.38m) };
        _book.OnQuote(quotes[0]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        _book.OnQuote(quotes[1]);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    [Fact]
    public void A_tick_that_crosses_nothing_does_the_same_work_with_one_exit_and_with_a_hundred_thousand()
    {
        long Work(int exits)
        {
            var book = new ExitBook(TimeProvider.System);
            for (var i = 0; i < exits; i++)
            {
                book.Armed(ExitKind.StopLoss, 0.10m + i % 20 * 0.01m, guarded: true);
                book.Armed(ExitKind.TakeProfit, 0.80m + i % 15 * 0.01m);
                book.Armed(ExitKind.Trailing, trail: 0.35m + i % 5 * 0.01m, peak: 0.40m);
            }
            var slot = book.Slot(0, Build.Token);
            var before = slot.Steps;
            for (var i = 0; i < 300; i++)
                book.OnQuote(Build.AQuote(0.40m + i * 0.001m, at: i)); // rises all the time: each tick is a new peak too
            book.Fired().Should().BeEmpty();
            return slot.Steps - before;
        }

        Work(33_334).Should().Be(Work(1)).And.BeLessThan(400);
    }

    [Fact]
    public void What_fires_is_what_a_naive_model_fires()
    {
        Gen.Int[0, int.MaxValue].Sample(seed => AgreesWithModel(new Random(seed)), iter: 300);
    }

    private static void AgreesWithModel(Random random)
    {
        var book = new ExitBook(new FakeTimeProvider());
        var model = new Dictionary<ArmedExit, int>(); // with its peak
        var bid = random.Next(1, 99);
        for (var step = 0; step < 120; step++)
        {
            switch (random.Next(4))
            {
                case 0:
                    var kind = (ExitKind)random.Next(4);
                    var exit = book.AnExit(kind, at: random.Next(1, 99) / 100m, trail: random.Next(1, 30) / 100m, peak: Math.Max(bid, random.Next(-100, 99)) / 100m);
                    book.Add(exit, ExitState.Armed);
                    model.Add(exit, exit.OwnPeak);
                    break;
                case 1 when model.Count > 0:
                    var victim = model.Keys.ElementAt(random.Next(model.Count));
                    model.Remove(victim);
                    book.Remove(victim);
                    break;
                default:
                    bid = Math.Clamp(bid + random.Next(-6, 7), 1, 98);
                    book.OnQuote(Build.AQuote(bid / 100m, at: step));
                    foreach (var (armed, peak) in model.ToList())
                        model[armed] = Math.Max(peak, bid * 100);
                    var expected = model.Where(m => m.Key.Kind switch
                    {
                        ExitKind.TakeProfit or ExitKind.BreakEven => bid * 100 >= m.Key.Trigger.TenThousandths,
                        ExitKind.StopLoss => bid * 100 <= m.Key.Trigger.TenThousandths,
                        _ => bid * 100 <= m.Value - m.Key.Trail.TenThousandths,
                    }).Select(m => m.Key).ToHashSet();
                    book.Fired().Select(f => f.Exit).Should().BeEquivalentTo(expected, o => o.ComparingByValue<ArmedExit>());
                    foreach (var fired in expected)
                        model.Remove(fired);
                    foreach (var (armed, peak) in model.Where(m => m.Key.Kind == ExitKind.Trailing))
                        armed.Peak.Should().Be(peak);
                    break;
            }
        }
    }

    [Fact]
    public async Task Arming_and_disarming_beside_a_stream_of_ticks_loses_and_repeats_nothing()
    {
        var stop = false;
        var ticks = Task.Run(() =>
        {
            var random = new Random(1);
            while (!Volatile.Read(ref stop))
                _book.OnQuote(Build.AQuote(random.Next(30, 70) / 100m, at: random.Next()));
        });
        var armed = new List<ArmedExit>();
        var taken = new HashSet<ArmedExit>();
        for (var i = 0; i < 20_000; i++)
        {
            armed.Add(_book.Armed((ExitKind)(i % 3), at: i % 3 == 0 ? 0.65m : 0.35m, trail: 0.30m, peak: 0.50m));
            if (i % 7 == 0 && _book.Remove(armed[^1]) == ExitState.Armed)
                taken.Add(armed[^1]);
        }
        Volatile.Write(ref stop, true);
        await ticks;
        _book.OnQuote(Build.AQuote(0.99m));
        _book.OnQuote(Build.AQuote(0.02m));

        var fired = _book.Fired().Where(f => f.Exit.State != ExitState.Off).Select(f => f.Exit).ToList();
        fired.Should().OnlyHaveUniqueItems();
        fired.Should().NotIntersectWith(taken);
        armed.Where(e => e.State != ExitState.Off).Should().OnlyContain(e => e.State == ExitState.Queued);
        fired.Count.Should().Be(armed.Count(e => e.State != ExitState.Off));
    }
}
