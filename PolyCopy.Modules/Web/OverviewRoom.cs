using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Web;

/// <summary>The pages of one user, or of nobody: they share one reading.</summary>
internal sealed class OverviewRoom(long? userId)
{
    private const int HistoryLength = 120;
    private readonly Dictionary<TokenId, Queue<decimal>> _histories = [];
    private Action? _changed;

    public long? UserId { get; } = userId;

    public OverviewView Current { get; private set; } = OverviewView.Empty;

    /// <summary>Leaders and copies change slower than prices: they are kept for a while.</summary>
    public CopyPart Copies { get; private set; } = CopyPart.Empty;

    /// <summary>A timestamp of the clock; null before the first reading.</summary>
    public long? CopiesAt { get; private set; }

    /// <summary>A timestamp of the clock.</summary>
    public long ShownAt { get; private set; }

    public bool IsWatched => _changed is not null;

    /// <summary>Raised after each new reading.</summary>
    public event Action Changed
    {
        add => _changed += value;
        remove => _changed -= value;
    }

    public void Keep(CopyPart copies, long at) => (Copies, CopiesAt) = (copies, at);

    public void Show(OverviewView view, long at)
    {
        (Current, ShownAt) = (view, at);
        _changed?.Invoke();
    }

    /// <summary>Adds the present prices to the lines that are drawn.</summary>
    public IReadOnlyDictionary<TokenId, decimal[]> Remember(IReadOnlyList<PositionView> held)
    {
        lock (_histories)
            return RememberLocked(held);
    }

    private Dictionary<TokenId, decimal[]> RememberLocked(IReadOnlyList<PositionView> held)
    {
        foreach (var gone in _histories.Keys.Except(held.Select(p => p.TokenId)).ToList())
            _histories.Remove(gone);
        foreach (var position in held)
        {
            if (!_histories.TryGetValue(position.TokenId, out var history))
                _histories[position.TokenId] = history = new Queue<decimal>();
            history.Enqueue(position.CurrentPrice);
            if (history.Count > HistoryLength)
                history.Dequeue();
        }
        return _histories.ToDictionary(h => h.Key, h => h.Value.ToArray());
    }
}
