using Microsoft.Extensions.Time.Testing;

namespace PolyCopy.Tests.Support;

/// <summary>A driven clock that tells when somebody waits on it: moved earlier, it would wake nobody.</summary>
internal sealed class AwaitedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Lock _gate = new();
    private readonly HashSet<(TimeSpan Due, TimeSpan Period)> _set = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        lock (_gate)
        {
            _set.Add((dueTime, period));
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        return timer;
    }

    /// <summary>When a timer of this period has been set.</summary>
    public Task PeriodicAsync(TimeSpan period) => SetAsync((period, period));

    /// <summary>When somebody has begun to wait for so long.</summary>
    public Task DelayAsync(TimeSpan due) => SetAsync((due, Timeout.InfiniteTimeSpan));

    private async Task SetAsync((TimeSpan, TimeSpan) timer)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_set.Contains(timer))
                    return;
                changed = _changed.Task;
            }
            await changed.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }
}
