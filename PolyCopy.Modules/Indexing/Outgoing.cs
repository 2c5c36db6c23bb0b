using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing;

/// <summary>The numbers by which things are told in order, and the bell that says there is something to tell.</summary>
internal sealed class Outgoing(IVenueClock time) : IDisposable
{
    private readonly Bell _bell = new();
    private long _last;

    /// <summary>Greater than every number before it, also across restarts: it begins at the time in microseconds.</summary>
    public long Next()
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var next = Math.Max(last + 1, time.UtcNow.ToUnixTimeMilliseconds() * 1_000);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
                return next;
        }
    }

    /// <summary>Numbers given out before a restart are never given again, wherever the clock stands.</summary>
    public void Above(long seq)
    {
        while (Volatile.Read(ref _last) is var last && last < seq && Interlocked.CompareExchange(ref _last, seq, last) != last)
        {
            // another thread moved it: look again
        }
    }

    public void Ring() => _bell.Ring();

    public Task WaitAsync(TimeSpan most, CancellationToken ct) => _bell.WaitAsync(most, ct);

    public void Dispose() => _bell.Dispose();
}
