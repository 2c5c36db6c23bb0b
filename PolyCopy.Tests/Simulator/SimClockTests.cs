using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Simulator;

namespace PolyCopy.Tests.Simulator;

public class SimClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _wall = new(Start);
    private readonly SimClock _clock;
    private readonly List<(string Name, TimeSpan At)> _ran = [];

    public SimClockTests() => _clock = new SimClock(_wall);

    private void Plan(string name, double seconds) => _clock.Schedule(Start.AddSeconds(seconds), () => _ran.Add((name, _clock.GetUtcNow() - Start)));

    [Fact]
    public void It_follows_the_wall_and_runs_what_falls_due()
    {
        Plan("late", 5);
        Plan("soon", 1);

        _wall.Advance(TimeSpan.FromSeconds(2));

        _ran.Select(r => r.Name).Should().Equal("soon");
        _clock.GetUtcNow().Should().Be(Start.AddSeconds(2));
    }

    [Fact]
    public void Driven_it_stands_still_until_advanced_and_then_runs_all_in_order_at_their_own_times()
    {
        _clock.Drive(true);
        Plan("b", 2);
        Plan("a", 1);
        Plan("c", 2);
        _clock.Schedule(Start.AddSeconds(1), () => Plan("born on the way", 1.5));

        _wall.Advance(TimeSpan.FromHours(1));
        _clock.GetUtcNow().Should().Be(Start);
        _clock.Advance(TimeSpan.FromSeconds(3));

        _ran.Should().Equal(("a", TimeSpan.FromSeconds(1)), ("born on the way", TimeSpan.FromSeconds(1.5)), ("b", TimeSpan.FromSeconds(2)), ("c", TimeSpan.FromSeconds(2)));
        _clock.GetUtcNow().Should().Be(Start.AddSeconds(3));
        _clock.WallPlusAdvance.Should().Be(Start.AddHours(1).AddSeconds(3));
    }

    [Fact]
    public void Advanced_it_keeps_its_lead_over_the_wall_and_let_go_it_runs_from_where_it_stood()
    {
        _clock.Advance(TimeSpan.FromMinutes(5));
        _wall.Advance(TimeSpan.FromMinutes(1));
        _clock.GetUtcNow().Should().Be(Start.AddMinutes(6));

        _clock.Drive(true);
        _wall.Advance(TimeSpan.FromMinutes(10));
        _clock.Drive(false);
        _wall.Advance(TimeSpan.FromMinutes(1));

        _clock.GetUtcNow().Should().Be(Start.AddMinutes(7));
    }

    [Fact]
    public void One_bad_callback_stops_neither_time_nor_the_others()
    {
        List<Exception> failed = [];
        _clock.Failed += failed.Add;
        _clock.Schedule(Start.AddSeconds(1), () => throw new InvalidOperationException("bad"));
        Plan("good", 2);

        _wall.Advance(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(1));

        failed.Should().ContainSingle().Which.Message.Should().Be("bad");
        _ran.Should().ContainSingle();
    }

    [Fact]
    public void Its_timers_repeat_and_stop()
    {
        _clock.Drive(true);
        var ticks = 0;
        var timer = _clock.CreateTimer(_ => ticks++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(6));
        ticks.Should().Be(3);
        timer.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(6));
        ticks.Should().Be(3);
    }
}
