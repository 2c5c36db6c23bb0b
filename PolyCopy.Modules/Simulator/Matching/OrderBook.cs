using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Matching;

/// <summary>The two sides of a book in terms of outcome 0, and what changed on them since the last telling.</summary>
internal sealed class OrderBook
{
    private readonly Dictionary<(bool IsBid, int Price), long> _touched = [];
    private readonly List<Print> _prints = [];

    public BookSide Bids { get; } = new(isBid: true);

    public BookSide Asks { get; } = new(isBid: false);

    /// <summary>The side where an order of outcome <paramref name="tokenIndex"/> rests.</summary>
    public BookSide SideOf(int tokenIndex, Side side) => side == Side.Buy == (tokenIndex == 0) ? Bids : Asks;

    /// <summary>Best bid of the outcome's token; null when that side is empty.</summary>
    public Price? BestBid(int tokenIndex) => tokenIndex == 0 ? At(Bids.Best()) : At(Asks.Best())?.Complement;

    /// <summary>Best ask of the outcome's token; null when that side is empty.</summary>
    public Price? BestAsk(int tokenIndex) => tokenIndex == 0 ? At(Asks.Best()) : At(Bids.Best())?.Complement;

    /// <summary>The book of the outcome's token, both sides best first.</summary>
    public (List<BookRow> Bids, List<BookRow> Asks) Rows(int tokenIndex) =>
        tokenIndex == 0 ? (Rows(Bids, false), Rows(Asks, false)) : (Rows(Asks, true), Rows(Bids, true));

    /// <summary>Call before a level's size may change.</summary>
    public void Touch(BookSide side, BookLevel level) => _touched.TryAdd((side.IsBid, level.Price), level.Visible);

    public void Add(Print print) => _prints.Add(print);

    /// <summary>Takes the simulator's own size off these levels.</summary>
    public void Withdraw(BookSide side, List<BookLevel> levels)
    {
        foreach (var level in levels)
        {
            Touch(side, level);
            level.Provide(0, 0);
            side.DropIfEmpty(level);
        }
    }

    public void Clear()
    {
        foreach (var side in (BookSide[])[Bids, Asks])
        {
            foreach (var level in side.Levels)
                Touch(side, level);
            side.Clear();
        }
    }

    /// <summary>What really changed since the last time; null when nothing did.</summary>
    public BookDelta? TakeDelta()
    {
        if (_touched.Count == 0)
            return null;
        List<LevelChange> levels = [];
        foreach (var ((isBid, price), before) in _touched)
        {
            var now = (isBid ? Bids : Asks).Find(price)?.Visible ?? 0;
            if (now != before)
                levels.Add(new LevelChange(isBid, price, now));
        }
        var delta = new BookDelta(levels, [.. _prints]);
        _touched.Clear();
        _prints.Clear();
        return delta.Levels.Count + delta.Prints.Count > 0 ? delta : null;
    }

    private static Price? At(int? price) => price is { } value ? new Price(value) : null;

    private static List<BookRow> Rows(BookSide side, bool mirrored)
    {
        List<BookRow> rows = [];
        foreach (var level in side.Levels)
        {
            if (level.Visible is > 0 and var size)
                rows.Add(new BookRow(mirrored ? Price.Scale - level.Price : level.Price, size));
        }
        return rows;
    }
}
