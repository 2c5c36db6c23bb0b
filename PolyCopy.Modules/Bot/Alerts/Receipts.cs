using System.Collections.Concurrent;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Alerts;

/// <summary>What users have just seen in a receipt, so that the alert of the same fill is not sent on top of it. Lost at a restart: then the alert is sent.</summary>
internal sealed class Receipts(TimeProvider clock)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<long, int> _placing = new();
    private readonly ConcurrentDictionary<Guid, (Shares Shares, long At)> _shown = new();

    /// <summary>An order of the user is on its way: whether its fill needs an alert is known when it is back.</summary>
    public IDisposable Placing(long userId)
    {
        _placing.AddOrUpdate(userId, 1, (_, n) => n + 1);
        return new Placement(this, userId);
    }

    public bool IsPlacing(long userId) => _placing.ContainsKey(userId);

    /// <summary>The user reads that this much of the order is filled.</summary>
    public void Show(Guid orderId, Shares filled)
    {
        _shown[orderId] = (filled, clock.GetTimestamp());
        foreach (var (id, (_, at)) in _shown)
            if (clock.GetElapsedTime(at) > KeptFor)
                _shown.TryRemove(id, out _);
    }

    /// <summary>Takes this fill off what the receipt told; false when it told less.</summary>
    public bool Covers(Guid orderId, Shares filled)
    {
        if (!_shown.TryGetValue(orderId, out var shown) || shown.Shares < filled)
            return false;
        _shown[orderId] = (shown.Shares - filled, shown.At);
        return true;
    }

    private void End(long userId)
    {
        if (_placing.AddOrUpdate(userId, 0, (_, n) => n - 1) <= 0)
            _placing.TryRemove(new KeyValuePair<long, int>(userId, 0));
    }

    private sealed class Placement(Receipts owner, long userId) : IDisposable
    {
        private int _over;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) == 0)
                owner.End(userId);
        }
    }
}
