namespace PolyCopy.Modules.Simulator;

/// <summary>
/// The venue's clock: wall time plus what was advanced, or, when driven, standing still until advanced.
/// What is scheduled on it runs in order of due time, one at a time, so a driven run repeats exactly.
/// </summary>
internal sealed class SimClock : TimeProvider, IDisposable
{
    private readonly TimeProvider _wall;
    private readonly Lock _queueLock = new();
    private readonly Lock _pump = new();
    private readonly PriorityQueue<Entry, (long Ticks, long Sequence)> _queue = new();
    private readonly ITimer _wake;
    private long _sequence;
    private long _offset; // ticks added to wall time; when driven, ticks of the standing time
    private long _advanced;
    private bool _driven;
    private bool _disposed;

    public SimClock(TimeProvider wall)
    {
        _wall = wall;
        _wake = wall.CreateTimer(_ => Pump(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Raised when something scheduled failed; the rest goes on.</summary>
    public event Action<Exception>? Failed;

    /// <summary>True while the clock stands still unless advanced.</summary>
    public bool Driven => Volatile.Read(ref _driven);

    /// <summary>Wall time plus everything advanced: what L1 and L2 timestamps are judged against, also while driven.</summary>
    public DateTimeOffset WallPlusAdvance => _wall.GetUtcNow() + new TimeSpan(Volatile.Read(ref _advanced));

    /// <summary>The length of the advance that is running, else zero; what runs often may take wider steps in a long one.</summary>
    public TimeSpan Jump { get; private set; }

    public override DateTimeOffset GetUtcNow() => new(NowTicks, TimeSpan.Zero);

    private long NowTicks => Driven ? Volatile.Read(ref _offset) : _wall.GetUtcNow().Ticks + Volatile.Read(ref _offset);

    /// <summary>What has to be remembered across a restart, in ticks: everything advanced, and the offset to wall time or, when driven, the time it stands at.</summary>
    public (long Advanced, bool Driven, long Offset) Memory
    {
        get
        {
            // Not the pump: it is asked for under the world's gate, and what the pump runs waits for that gate.
            lock (_queueLock)
                return (Volatile.Read(ref _advanced), _driven, Volatile.Read(ref _offset));
        }
    }

    /// <summary>Sets the clock to what was remembered; before anything is scheduled on it.</summary>
    public void Restore(long advanced, bool driven, long offset)
    {
        lock (_pump)
        {
            Volatile.Write(ref _advanced, advanced);
            Volatile.Write(ref _offset, offset);
            Volatile.Write(ref _driven, driven);
        }
    }

    /// <summary>Stands the clock still (true) or lets it run again from where it stands.</summary>
    public void Drive(bool driven)
    {
        lock (_pump)
        {
            lock (_queueLock)
            {
                if (driven == _driven)
                    return;
                var now = NowTicks;
                Volatile.Write(ref _offset, driven ? now : now - _wall.GetUtcNow().Ticks);
                Volatile.Write(ref _driven, driven);
            }
            Arm();
        }
    }

    /// <summary>Moves the clock forward and runs everything that falls due on the way, in order. Never call it under the world's gate.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        lock (_pump)
        {
            var target = NowTicks + by.Ticks;
            Interlocked.Add(ref _advanced, by.Ticks);
            Jump = by;
            while (TakeDue(target) is { } entry)
            {
                JumpTo(entry.Due);
                Run(entry);
            }
            JumpTo(target);
            Jump = TimeSpan.Zero;
            Arm();
        }
    }

    /// <summary>Runs <paramref name="run"/> once at <paramref name="due"/>, at once when that is past; dispose to cancel.</summary>
    public IDisposable Schedule(DateTimeOffset due, Action run)
    {
        var entry = new Entry(due.UtcTicks, run);
        lock (_queueLock)
            _queue.Enqueue(entry, (entry.Due, _sequence++));
        Arm();
        return entry;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Dispose()
    {
        lock (_queueLock)
        {
            _disposed = true;
            _queue.Clear();
        }
        _wake.Dispose();
    }

    private void Pump()
    {
        // Whoever holds the pump arms again when it is done.
        if (!_pump.TryEnter())
            return;
        try
        {
            while (!Driven && TakeDue(NowTicks) is { } entry)
                Run(entry);
        }
        finally
        {
            _pump.Exit();
            Arm();
        }
    }

    private void Run(Entry entry)
    {
        try
        {
            entry.Run();
        }
        catch (Exception e)
        {
            // One bad callback must end neither the venue's time nor, on a timer's thread, the process.
            Failed?.Invoke(e);
        }
    }

    private Entry? TakeDue(long until)
    {
        lock (_queueLock)
        {
            while (_queue.TryPeek(out var entry, out _) && entry.Due <= until)
            {
                _queue.Dequeue();
                if (!entry.Cancelled)
                    return entry;
            }
            return null;
        }
    }

    private void JumpTo(long ticks)
    {
        var ahead = ticks - NowTicks;
        if (ahead > 0)
            Interlocked.Add(ref _offset, ahead);
    }

    private void Arm()
    {
        lock (_queueLock)
        {
            if (_disposed)
                return;
            while (_queue.TryPeek(out var entry, out _) && entry.Cancelled)
                _queue.Dequeue();
            if (_driven || !_queue.TryPeek(out var next, out _))
                return;
            var wait = Math.Max(0, next.Due - NowTicks);
            // Rounded up: a timer of whole milliseconds that fires early would spin.
            _wake.Change(TimeSpan.FromMilliseconds((wait + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond), Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Entry(long due, Action run) : IDisposable
    {
        private volatile bool _cancelled;

        public long Due => due;

        public bool Cancelled => _cancelled;

        public void Run() => run();

        public void Dispose() => _cancelled = true;
    }

    private sealed class SimTimer(SimClock clock, Action callback) : ITimer
    {
        private readonly Lock _lock = new();
        private IDisposable? _next;
        private bool _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                if (_disposed)
                    return false;
                _next?.Dispose();
                _next = dueTime == Timeout.InfiniteTimeSpan ? null : Set(clock.GetUtcNow() + dueTime, period);
                return true;
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _disposed = true;
                _next?.Dispose();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private IDisposable Set(DateTimeOffset due, TimeSpan period) => clock.Schedule(due, () =>
        {
            if (period > TimeSpan.Zero)
            {
                lock (_lock)
                {
                    if (!_disposed)
                        _next = Set(due + period, period);
                }
            }
            callback();
        });
    }
}
