using System.Collections.Concurrent;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Which open orders to ask the venue about, and when. It saves work and decides nothing: a sweep of the database finds what it has lost.</summary>
internal sealed class OrderWatch(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, DateTime> _sending = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(Guid WalletId, string Hash)> _strays = new();
    private readonly Bell _wake = new();

    /// <summary>The order is being posted: nobody else looks at it meanwhile.</summary>
    public bool BeginSend(string hash) => _sending.TryAdd(hash, clock.GetUtcNow().UtcDateTime);

    /// <summary>Since when the order is being posted; null when it is not.</summary>
    public DateTime? SentAt(string hash) => _sending.TryGetValue(hash, out var at) ? at : null;

    public void EndSend(string hash) => _sending.TryRemove(hash, out _);

    /// <summary>What an order is now. A terminal one is forgotten; a change of state starts a fresh schedule.</summary>
    public void Note(string hash, OrderStatus status)
    {
        lock (_entries)
        {
            if (status.IsTerminal())
            {
                _entries.Remove(hash);
                return;
            }
            if (_entries.TryGetValue(hash, out var entry) && entry.Status == status)
                return;
            _entries[hash] = new Entry { Status = status, Due = clock.GetUtcNow() + Pause(status, 0) };
        }
        _wake.Ring();
    }

    /// <summary>Look at it now, or after a moment.</summary>
    public void Hurry(string hash, OrderStatus status, TimeSpan pause = default)
    {
        lock (_entries)
            _entries[hash] = new Entry { Status = status, Due = clock.GetUtcNow() + pause };
        _wake.Ring();
    }

    /// <summary>Looked at without an end: again, after a longer pause.</summary>
    public void Again(string hash)
    {
        lock (_entries)
            if (_entries.TryGetValue(hash, out var entry) && entry.IsTaken) // else somebody has just set another time
            {
                entry.IsTaken = false;
                entry.Due = clock.GetUtcNow() + Pause(entry.Status, ++entry.Attempts);
            }
        _wake.Ring();
    }

    public void Forget(string hash)
    {
        lock (_entries)
            _entries.Remove(hash);
    }

    /// <summary>An order we have given up rests at the venue: it must be cancelled there.</summary>
    public void Stray(Guid walletId, string hash)
    {
        _strays.Enqueue((walletId, hash));
        _wake.Ring();
    }

    public bool TryTakeStray(out (Guid WalletId, string Hash) stray) => _strays.TryDequeue(out stray);

    public bool Knows(string hash)
    {
        lock (_entries)
            return _entries.ContainsKey(hash) || _sending.ContainsKey(hash);
    }

    /// <summary>Orders that are due, the longest overdue first; they are not handed out again before <see cref="Again"/>.</summary>
    public IReadOnlyList<string> TakeDue(int limit)
    {
        var now = clock.GetUtcNow();
        lock (_entries)
        {
            var due = _entries.Where(e => e.Value.Due <= now && !_sending.ContainsKey(e.Key)).OrderBy(e => e.Value.Due).Take(limit).Select(e => e.Key).ToList();
            foreach (var hash in due)
                (_entries[hash].IsTaken, _entries[hash].Due) = (true, now + TimeSpan.FromSeconds(30)); // should its check get lost
            return due;
        }
    }

    /// <summary>Until something is due, or something new is noted, or the longest pause is over.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken ct)
    {
        var pause = longest;
        lock (_entries)
            foreach (var entry in _entries.Values)
            {
                var left = entry.Due - clock.GetUtcNow();
                pause = left < pause ? left : pause;
            }
        if (pause < TimeSpan.FromMilliseconds(20))
            pause = TimeSpan.FromMilliseconds(20); // an order in flight may be due; do not spin on it
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(_wake.WaitAsync(timer.Token), Task.Delay(pause, clock, timer.Token));
        await timer.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private static TimeSpan Pause(OrderStatus status, int attempt) => status switch
    {
        OrderStatus.Live => TimeSpan.FromMinutes(2), // the user channel tells sooner
        OrderStatus.Matched => TimeSpan.FromMilliseconds(Math.Min(60_000, 100 << Math.Min(attempt, 10))),
        OrderStatus.Delayed => TimeSpan.FromMilliseconds(Math.Min(5_000, 500 << Math.Min(attempt, 5))),
        _ => TimeSpan.FromMilliseconds(Math.Min(3_000, 250 << Math.Min(attempt, 5))),
    };

    private sealed class Entry
    {
        public required OrderStatus Status { get; init; }
        public required DateTimeOffset Due { get; set; }
        public int Attempts { get; set; }
        public bool IsTaken { get; set; }
    }
}
