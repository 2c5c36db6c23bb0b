using System.Threading.Channels;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Exits that must be looked at again at a time: second looks, back-offs, next attempts, shares that settle, time stops. One heap and one timer for all of them.</summary>
internal sealed class ExitWaits : IDisposable
{
    // Full: the alarm is set again for a second later.
    private readonly Channel<ArmedExit> _due = Channel.CreateBounded<ArmedExit>(new BoundedChannelOptions(65_536) { SingleReader = true });
    private readonly PriorityQueue<(ArmedExit Exit, long Stamp), long> _alarms = new();
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private long _stamps;
    private long _next = long.MaxValue;

    public ExitWaits(TimeProvider clock)
    {
        _clock = clock;
        _timer = clock.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Exits whose alarm has rung; they may have moved on since.</summary>
    public ChannelReader<ArmedExit> Due => _due.Reader;

    /// <summary>Makes the exit wait; false when it is not in the expected state any more.</summary>
    public bool Add(ArmedExit exit, ExitState from, WaitFor what, TimeSpan delay, long seenVersion = 0)
    {
        exit.Wait = what;
        exit.SeenVersion = seenVersion;
        if (!exit.Slot.Move(exit, from, ExitState.Waiting))
            return false;
        SetAlarm(exit, delay);
        return true;
    }

    /// <summary>Sets the alarm of an exit that fires at a time.</summary>
    public void SetHour(ArmedExit exit)
    {
        if (exit.At is { } at)
            SetAlarm(exit, at - _clock.GetUtcNow().UtcDateTime);
    }

    /// <summary>A timed exit whose alarm rang: from now on it waits for a book to be judged by. False when the wall clock says it is early.</summary>
    public bool HasCome(ArmedExit exit)
    {
        if (exit.At > _clock.GetUtcNow().UtcDateTime)
        {
            SetHour(exit);
            return false;
        }
        exit.Wait = WaitFor.PresentBook;
        return exit.Slot.Move(exit, ExitState.Armed, ExitState.Waiting);
    }

    /// <summary>Looks at a waiting exit now.</summary>
    public void Kick(ArmedExit exit)
    {
        if (exit.State == ExitState.Waiting)
            SetAlarm(exit, TimeSpan.Zero);
    }

    /// <summary>Rings after the delay; an earlier alarm of the exit is void.</summary>
    public void SetAlarm(ArmedExit exit, TimeSpan delay)
    {
        lock (_gate)
        {
            exit.AlarmStamp = ++_stamps;
            var due = _clock.GetTimestamp() + (long)(Math.Max(0, delay.TotalSeconds) * _clock.TimestampFrequency);
            _alarms.Enqueue((exit, exit.AlarmStamp), due);
            if (due < _next)
                Schedule(due);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Ring()
    {
        lock (_gate)
        {
            var now = _clock.GetTimestamp();
            while (_alarms.TryPeek(out var alarm, out var due) && due <= now)
            {
                _alarms.Dequeue();
                if (alarm.Stamp != alarm.Exit.AlarmStamp || _due.Writer.TryWrite(alarm.Exit))
                    continue;
                _alarms.Enqueue(alarm, now + _clock.TimestampFrequency);
            }
            Schedule(_alarms.TryPeek(out _, out var next) ? next : long.MaxValue);
        }
    }

    private void Schedule(long due)
    {
        _next = due;
        if (due == long.MaxValue)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }
        // a timer takes at most 49 days: look at least once a day
        var wait = TimeSpan.FromSeconds(Math.Clamp((due - _clock.GetTimestamp()) / (double)_clock.TimestampFrequency, 0, 86_400));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
