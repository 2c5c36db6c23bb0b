using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Polymarket;

namespace PolyCopy.Tests.Polymarket;

public class PaceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    [Fact]
    public void A_burst_goes_at_once_and_then_evenly()
    {
        var pace = new Pace(burst: 3, perSecond: 10, new FakeTimeProvider());
        Enumerable.Range(0, 5).Select(_ => pace.Reserve(Patience)!.Value.TotalMilliseconds).Should().Equal(0, 0, 0, 100, 200);
    }

    [Fact]
    public void No_window_ever_holds_more_than_nine_tenths_of_the_limit()
    {
        var clock = new FakeTimeProvider();
        var window = TimeSpan.FromSeconds(10);
        var pace = Pace.Within(300, window, clock);
        var random = new Random(7);
        var sent = new List<double>();
        for (var i = 0; i < 2_000; i++)
        {
            sent.Add(clock.GetUtcNow().ToUnixTimeMilliseconds() + pace.Reserve(Patience)!.Value.TotalMilliseconds);
            if (random.Next(10) == 0)
                clock.Advance(TimeSpan.FromMilliseconds(random.Next(2_000)));
        }
        sent.Should().BeInAscendingOrder();
        for (var i = 0; i < sent.Count; i++)
            sent.Skip(i).TakeWhile(t => t < sent[i] + window.TotalMilliseconds).Count().Should().BeLessThanOrEqualTo(271);
    }

    [Fact]
    public void Who_will_not_wait_takes_no_place()
    {
        var pace = new Pace(burst: 1, perSecond: 1, new FakeTimeProvider());
        pace.Reserve(Patience).Should().Be(TimeSpan.Zero);
        pace.Reserve(TimeSpan.Zero).Should().BeNull();
        pace.Reserve(Patience).Should().Be(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_429_holds_everybody()
    {
        var clock = new FakeTimeProvider();
        var pace = new Pace(burst: 100, perSecond: 100, clock);
        pace.Hold(TimeSpan.FromSeconds(3));
        pace.Reserve(Patience).Should().Be(TimeSpan.FromSeconds(3));
        clock.Advance(TimeSpan.FromSeconds(4));
        pace.Reserve(Patience).Should().Be(TimeSpan.Zero);
    }
}
