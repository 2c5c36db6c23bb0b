using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Bot.Wire;

namespace PolyCopy.Tests.Bot;

/// <summary>Telegram's limits, kept on a driven clock. The courier runs on the test's own thread: at each moment all that is due is done before the clock moves.</summary>
public sealed class CourierTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _stop = new();
    private readonly Turns _turns = new();
    private readonly List<(long Chat, string Text, TimeSpan At)> _sent = [];
    private readonly Courier _courier;
    private readonly DateTimeOffset _start;
    private readonly Task _running;
    private Func<Outgoing, Delivery> _telegram = m => new Delivery(DeliveryOutcome.Sent, 1, null, null);

    public CourierTests()
    {
        _start = _clock.GetUtcNow();
        _courier = new Courier((m, _) =>
        {
            _sent.Add((m.ChatId, m.Text ?? "", _clock.GetUtcNow() - _start));
            return Task.FromResult(_telegram(m));
        }, () => 1, _clock, NullLogger<Courier>.Instance);
        _running = _turns.Begin(() => _courier.RunAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        while (!_running.IsCompleted)
        {
            _turns.Run();
            await Task.Yield(); // a cancellation may come by the pool
        }
        await _running;
        _stop.Dispose();
        await _courier.DisposeAsync();
    }

    [Fact]
    public void A_chat_gets_three_at_once_and_then_one_a_second()
    {
        Run([.. Enumerable.Range(0, 6).Select(i => _courier.SendAsync(Text(1, $"{i}"), Lane.Reply))]);

        _sent.Select(s => s.Text).Should().Equal("0", "1", "2", "3", "4", "5");
        Seconds().Take(3).Should().OnlyContain(s => s < 0.2);
        Seconds().Skip(3).Zip([1, 2, 3]).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 0.3);
    }

    [Fact]
    public void Everybody_together_gets_at_most_twenty_five_a_second()
    {
        Run([.. Enumerable.Range(1, 200).Select(i => _courier.SendAsync(Text(i, "x"), Lane.Reply))]);

        for (var second = 0.0; second < 8; second += 0.25)
            Seconds().Count(s => s >= second && s < second + 1).Should().BeLessThanOrEqualTo(30, "Telegram takes no more in any second");
        Seconds().Max().Should().BeInRange(6.5, 8.5);
    }

    [Fact]
    public void A_group_gets_eighteen_a_minute()
    {
        Run([.. Enumerable.Range(0, 10).Select(i => _courier.SendAsync(Text(-5, $"{i}"), Lane.News))], TimeSpan.FromMilliseconds(200));

        Seconds().Max().Should().BeInRange(22, 26, "three at once and one every 3.3 seconds");
    }

    [Fact]
    public void A_stop_passes_ten_thousand_other_alerts_within_two_seconds()
    {
        var flood = Enumerable.Range(1, 10_000).Select(i => _courier.SendAsync(Text(i, "fill"), Lane.News)).ToList();
        Until(() => _sent.Count > 100);
        var asked = _clock.GetUtcNow() - _start;
        var stops = Enumerable.Range(1, 20).Select(i => _courier.SendAsync(Text(100_000 + i, "stop"), Lane.Urgent)).ToArray();

        Run(stops);

        _sent.Where(s => s.Text == "stop").Max(s => s.At - asked).Should().BeLessThan(TimeSpan.FromSeconds(2));
        flood.Count(f => f.IsCompleted).Should().BeLessThan(1_000);
    }

    [Fact]
    public void A_flood_of_stops_does_not_mute_the_bot()
    {
        _ = Enumerable.Range(1, 1_000).Select(i => _courier.SendAsync(Text(i, "stop"), Lane.Urgent)).ToList();
        Until(() => _sent.Count > 100);
        var asked = _clock.GetUtcNow() - _start;

        Run([_courier.SendAsync(Text(5_000, "reply"), Lane.Reply)]);

        (_sent.First(s => s.Text == "reply").At - asked).Should().BeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Of_the_looks_of_one_message_that_wait_only_the_newest_is_sent()
    {
        var all = Enumerable.Range(0, 10).Select(i => _courier.SendAsync(new Outgoing(1, OutgoingKind.Edit, $"{i}", MessageId: 7), Lane.Reply)).ToArray();

        Run(all);

        _sent.Last().Text.Should().Be("9");
        _sent.Count.Should().BeLessThan(10);
    }

    [Fact]
    public void A_limited_chat_pauses_alone()
    {
        var limited = 1;
        _telegram = m => m.ChatId == 1 && Interlocked.Decrement(ref limited) >= 0 ? new Delivery(DeliveryOutcome.Limited, null, TimeSpan.FromSeconds(5), "") : new Delivery(DeliveryOutcome.Sent, 1, null, null);

        Run([_courier.SendAsync(Text(1, "a"), Lane.Reply), _courier.SendAsync(Text(2, "b"), Lane.Reply)]);

        _sent.Where(s => s.Chat == 1).Last().At.TotalSeconds.Should().BeInRange(5, 5.5);
        _sent.Single(s => s.Chat == 2).At.TotalSeconds.Should().BeLessThan(0.5);
    }

    [Fact]
    public void Two_limited_chats_pause_everybody()
    {
        var limited = 2;
        _telegram = m => m.ChatId < 3 && Interlocked.Decrement(ref limited) >= 0 ? new Delivery(DeliveryOutcome.Limited, null, TimeSpan.FromSeconds(5), "") : new Delivery(DeliveryOutcome.Sent, 1, null, null);
        Task[] both = [_courier.SendAsync(Text(1, "a"), Lane.Reply), _courier.SendAsync(Text(2, "b"), Lane.Reply)];
        Until(() => Volatile.Read(ref limited) <= 0);

        Run([.. both, _courier.SendAsync(Text(3, "c"), Lane.Reply)]);

        _sent.Single(s => s.Chat == 3).At.TotalSeconds.Should().BeGreaterThanOrEqualTo(4.9);
    }

    [Fact]
    public void What_waits_for_a_blocked_chat_is_given_up_without_a_try()
    {
        var told = new List<long>();
        _courier.Blocked = told.Add;
        _telegram = _ => new Delivery(DeliveryOutcome.Blocked, null, null, "");
        var all = Enumerable.Range(0, 5).Select(i => _courier.SendAsync(Text(1, $"{i}"), Lane.News)).ToArray();

        Run(all);

        all.Select(t => t.Result.Outcome).Should().OnlyContain(o => o == DeliveryOutcome.Blocked);
        _sent.Should().ContainSingle();
        told.Should().Equal(1);
        _courier.Waiting.Should().Be(0);
    }

    [Fact]
    public async Task While_Telegram_is_away_little_is_tried_and_alerts_wait()
    {
        var away = true;
        _telegram = _ => away ? new Delivery(DeliveryOutcome.Unreachable, null, null, "refused") : new Delivery(DeliveryOutcome.Sent, 1, null, null);
        Task[] alerts = [.. Enumerable.Range(1, 50).Select(i => _courier.SendAsync(Text(i, "alert"), Lane.News))];
        var reply = _courier.SendAsync(Text(99, "reply"), Lane.Reply);
        Until(() => _clock.GetUtcNow() - _start > TimeSpan.FromSeconds(90), TimeSpan.FromMilliseconds(500));
        var tries = _sent.Count;
        away = false;

        Run(alerts);

        tries.Should().BeLessThan(45, "those on their way at once, then one after each pause");
        (await reply).Outcome.Should().Be(DeliveryOutcome.Dropped, "nobody waits for a reply of a minute ago");
    }

    private static Outgoing Text(long chat, string text) => new(chat, OutgoingKind.Send, text);

    private IEnumerable<double> Seconds() => _sent.Select(s => s.At.TotalSeconds);

    private void Run(Task[] work, TimeSpan? step = null) => Until(() => work.All(t => t.IsCompleted), step);

    /// <summary>Drives the clock until it is so; at each moment everything that is due runs first.</summary>
    private void Until(Func<bool> done, TimeSpan? step = null)
    {
        for (var steps = 0; steps < 5_000; steps++)
        {
            _turns.Run();
            if (done())
                return;
            _clock.Advance(step ?? TimeSpan.FromMilliseconds(50));
        }
        done().Should().BeTrue("it should end");
    }

    /// <summary>Takes what would run on the pool, to be run when the test says so.</summary>
    private sealed class Turns : SynchronizationContext
    {
        private readonly ConcurrentQueue<(SendOrPostCallback Turn, object? State)> _due = new();

        public override void Post(SendOrPostCallback d, object? state) => _due.Enqueue((d, state));

        public Task Begin(Func<Task> work) => Here(work);

        /// <summary>Until nothing more is due at this moment.</summary>
        public void Run() => Here(() =>
        {
            while (_due.TryDequeue(out var next))
                next.Turn(next.State);
            return true;
        });

        private T Here<T>(Func<T> run)
        {
            var before = Current;
            SetSynchronizationContext(this);
            try
            {
                return run();
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }
    }
}
