namespace PolyCopy.Modules.Simulator.Matching;

/// <summary>One price: the simulator's own size and the users' orders behind one number.</summary>
internal sealed class BookLevel(int price)
{
    /// <summary>Ten-thousandths in terms of outcome 0.</summary>
    public int Price { get; } = price;

    /// <summary>What the process put here, micro-shares.</summary>
    public long Simulated { get; private set; }

    /// <summary>What takers took of it since the process last moved this level.</summary>
    public long Taken { get; private set; }

    /// <summary>Time priority of the simulator's part: that of its last move.</summary>
    public long SimulatedSequence { get; private set; }

    /// <summary>Users' orders, oldest first.</summary>
    public List<RestingOrder> Orders { get; } = [];

    public long SimulatedLeft => Simulated - Taken;

    /// <summary>The size the world sees.</summary>
    public long Visible
    {
        get
        {
            var size = SimulatedLeft;
            foreach (var order in Orders)
                size += order.Remaining;
            return size;
        }
    }

    /// <summary>An unchanged size keeps what was taken of it: consumed liquidity comes back only when the process moves the level.</summary>
    public void Provide(long size, long sequence)
    {
        if (size == Simulated)
            return;
        (Simulated, Taken, SimulatedSequence) = (size, 0, sequence);
    }

    public void Take(long size)
    {
        Taken += size;
        if (SimulatedLeft < MatchingEngine.Dust)
            Taken = Simulated;
    }
}

/// <summary>The levels of one side, best first.</summary>
internal sealed class BookSide(bool isBid)
{
    private readonly SortedDictionary<int, BookLevel> _levels = [];

    public bool IsBid => isBid;

    /// <summary>Best first; levels that show nothing are among them.</summary>
    public SortedDictionary<int, BookLevel>.ValueCollection Levels => _levels.Values;

    public BookLevel? Find(int price) => _levels.GetValueOrDefault(Key(price));

    public BookLevel GetOrAdd(int price)
    {
        if (!_levels.TryGetValue(Key(price), out var level))
            _levels[Key(price)] = level = new BookLevel(price);
        return level;
    }

    /// <summary>The best price that shows size, or null.</summary>
    public int? Best()
    {
        foreach (var level in _levels.Values)
        {
            if (level.Visible > 0)
                return level.Price;
        }
        return null;
    }

    /// <summary>Forgets levels with neither process nor orders.</summary>
    public void DropIfEmpty(BookLevel level)
    {
        if (level.Simulated == 0 && level.Orders.Count == 0)
            _levels.Remove(Key(level.Price));
    }

    public void Clear() => _levels.Clear();

    private int Key(int price) => isBid ? -price : price;
}
