using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Matching;

/// <summary>
/// One market's book, kept in terms of outcome 0 (a BUY of outcome 1 at q is an offer at 1 - q).
/// Price-time priority, the maker's price executes, taken liquidity of the process stays taken until the process moves that level.
/// Every member is called under the world's gate; nothing here waits.
/// </summary>
internal sealed class MatchingEngine(MatchIds ids)
{
    /// <summary>A rest below a hundredth of a share counts as done: the venue truncates to cents of a share (facts F40).</summary>
    public const long Dust = 10_000;

    private readonly OrderBook _book = new();
    private readonly Dictionary<string, RestingOrder> _resting = [];
    private readonly HashSet<int> _wanted = [];
    private long _sequence;

    /// <summary>Raised after each operation that changed what the book shows, before the operation returns.</summary>
    public event Action<BookDelta>? Changed;

    /// <summary>Raised when an order begins to rest.</summary>
    public event Action<RestingOrder>? Rested;

    /// <summary>All resting orders, oldest first.</summary>
    public IReadOnlyList<RestingOrder> OpenOrders => [.. _resting.Values.OrderBy(o => o.Sequence)];

    /// <summary>Matches, then rests what may rest.</summary>
    /// <returns>Killed with the venue's words for: a duplicate, a crossing post-only, an unfillable FOK, a FAK that met nothing.</returns>
    public PlaceResult Place(EngineOrder order)
    {
        if (Refusal(order) is { } refusal)
            return new PlaceResult(PlaceStatus.Killed, 0, 0, 0, [], refusal);

        var taker = Taker.Of(order);
        var fills = Sweep(ref taker);
        if (fills.Count == 0 && order.Type == TimeInForce.Fak)
            return new PlaceResult(PlaceStatus.Killed, 0, 0, 0, [], "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.");

        var resting = 0L;
        if (order.Type is TimeInForce.Gtc or TimeInForce.Gtd && taker.SharesLeft >= Dust)
        {
            resting = taker.SharesLeft;
            Rest(order, resting);
        }
        Publish();
        var (given, got) = order.Side == Side.Buy ? (taker.Pusd, taker.Shares) : (taker.Shares, taker.Pusd);
        return new PlaceResult(fills.Count == 0 ? PlaceStatus.Live : PlaceStatus.Matched, given, got, resting, fills, null);
    }

    /// <summary>Puts an order back after a restart, without matching: liquidity of the process that it would meet counts as taken until the process moves there again.</summary>
    public void Restore(EngineOrder order, long remaining)
    {
        var taker = Taker.Of(order);
        var side = Opposite(taker);
        foreach (var level in side.Levels)
        {
            if (!taker.Reaches(level.Price))
                break;
            _book.Touch(side, level);
            level.Take(level.SimulatedLeft);
        }
        Rest(order, remaining);
        Publish();
    }

    /// <summary>True when an order with these amounts would meet something now (the "marketable" of the venue's rules).</summary>
    public bool IsMarketable(EngineOrder order)
    {
        var taker = Taker.Of(order);
        return Opposite(taker).Best() is { } best && taker.Reaches(best);
    }

    /// <summary>Takes a resting order off the book; false when it does not rest.</summary>
    public bool Cancel(string hash)
    {
        if (!_resting.Remove(hash, out var order))
            return false;
        TakeOff(order);
        Publish();
        return true;
    }

    /// <summary>The resting order, or null.</summary>
    public RestingOrder? Find(string hash) => _resting.GetValueOrDefault(hash);

    /// <inheritdoc cref="OrderBook.BestBid"/>
    public Price? BestBid(int tokenIndex) => _book.BestBid(tokenIndex);

    /// <inheritdoc cref="OrderBook.BestAsk"/>
    public Price? BestAsk(int tokenIndex) => _book.BestAsk(tokenIndex);

    /// <inheritdoc cref="OrderBook.Rows(int)"/>
    public (List<BookRow> Bids, List<BookRow> Asks) Rows(int tokenIndex) => _book.Rows(tokenIndex);

    /// <summary>Replaces the simulator's own liquidity (terms of outcome 0); users' orders it crosses are filled at their own prices.</summary>
    /// <returns>The flow that met users' orders; empty when there was none.</returns>
    public IReadOnlyList<SimulatedTaker> Provide(IReadOnlyList<BookRow> bids, IReadOnlyList<BookRow> asks)
    {
        List<SimulatedTaker> hits = [];
        if (_resting.Count > 0)
        {
            Cross(bids, Side.Buy, hits);
            Cross(asks, Side.Sell, hits);
        }
        Lay(_book.Bids, bids);
        Lay(_book.Asks, asks);
        Publish();
        return hits;
    }

    /// <summary>Simulated flow: takes up to <paramref name="size"/> micro-shares at or better than <paramref name="limit"/> (the token's terms) from whoever rests.</summary>
    /// <returns>The flow that met users' orders, or null.</returns>
    public SimulatedTaker? Hit(int tokenIndex, Side side, int limit, long size)
    {
        var taker = Taker.Simulated(tokenIndex, side, limit, size);
        var fills = Sweep(ref taker);
        Publish();
        return UsersPart(taker, fills);
    }

    /// <summary>Empties the book and returns the orders that rested, oldest first.</summary>
    public IReadOnlyList<RestingOrder> Clear()
    {
        var removed = OpenOrders;
        _book.Clear();
        _resting.Clear();
        Publish();
        return removed;
    }

    private string? Refusal(EngineOrder order)
    {
        if (_resting.ContainsKey(order.Hash))
            return $"order {order.Hash} is invalid. Duplicated.";
        if (order.MakerAmount <= 0 || order.TakerAmount <= 0 || LimitOf(order) is <= 0 or >= Price.Scale)
            return "Invalid order payload";
        if (order.PostOnly && IsMarketable(order))
            return "invalid post-only order: order crosses book";
        return order.Type == TimeInForce.Fok && !CanFill(order) ? "order couldn't be fully filled. FOK orders are fully filled or killed." : null;
    }

    private bool CanFill(EngineOrder order)
    {
        var taker = Taker.Of(order);
        var missing = taker.SpendsBudget ? order.Pusd : order.Shares;
        foreach (var level in Opposite(taker).Levels)
        {
            if (!taker.Reaches(level.Price))
                break;
            var price = taker.SpendsBudget ? taker.OwnPrice(level.Price) : Price.Scale;
            missing -= Worth(level.SimulatedLeft, price);
            foreach (var maker in level.Orders)
                missing -= Worth(maker.Remaining, price);
            if (missing <= 0)
                return true;
        }
        return false;

        // Each maker is paid in whole micro-units, rounded down.
        static long Worth(long size, int price) => (long)((Int128)size * price / Price.Scale);
    }

    /// <summary>Walks the opposite side from its best level as far as the taker's exact ratio reaches.</summary>
    private List<EngineFill> Sweep(ref Taker taker)
    {
        List<EngineFill> fills = [];
        var side = Opposite(taker);
        List<BookLevel>? emptied = null;
        foreach (var level in side.Levels)
        {
            if (taker.IsDone || !taker.Reaches(level.Price))
                break;
            if (level.Visible == 0)
                continue;
            _book.Touch(side, level);
            SweepLevel(ref taker, level, fills);
            (emptied ??= []).Add(level);
        }
        foreach (var level in emptied ?? [])
            side.DropIfEmpty(level);
        return fills;
    }

    private void SweepLevel(ref Taker taker, BookLevel level, List<EngineFill> fills)
    {
        var (matchId, transaction) = ids.Next();
        var before = taker.Shares;
        var price = taker.OwnPrice(level.Price);
        for (var i = 0; !taker.IsDone;)
        {
            var order = i < level.Orders.Count ? level.Orders[i] : null;
            // The process stands in the queue where its last move of this level put it.
            if (level.SimulatedLeft > 0 && (order is null || level.SimulatedSequence < order.Sequence))
            {
                var (size, paid, received) = taker.Meet(MatchKind.Complementary, level.SimulatedLeft, price);
                if (size == 0)
                    break;
                level.Take(size);
                var makerSide = taker.Side == Side.Buy ? Side.Sell : Side.Buy;
                fills.Add(new EngineFill(matchId, transaction, null, null, taker.TokenIndex, makerSide, price, size, received, price, paid, MatchKind.Complementary, level.SimulatedLeft));
            }
            else if (order is not null)
            {
                var kind = KindOf(taker, order.Order);
                var (size, paid, received) = taker.Meet(kind, order.Remaining, price);
                if (size == 0)
                    break;
                order.Remaining -= size;
                if (order.Remaining < Dust)
                {
                    order.Remaining = 0;
                    _resting.Remove(order.Order.Hash);
                    level.Orders.RemoveAt(i);
                }
                else
                    i++;
                fills.Add(new EngineFill(matchId, transaction, order.Order.Hash, order.Order.AccountId, order.Order.TokenIndex, order.Order.Side, order.Price, size, received, price, paid, kind, order.Remaining));
            }
            else
                break;
        }
        if (taker.Shares > before)
            _book.Add(new Print(matchId, transaction, taker.TokenIndex, price, taker.Shares - before, taker.Side));
    }

    private void Rest(EngineOrder order, long remaining)
    {
        var price = LimitOf(order);
        var resting = new RestingOrder(order, remaining, ++_sequence) { Price = price };
        var side = _book.SideOf(order.TokenIndex, order.Side);
        var level = side.GetOrAdd(order.TokenIndex == 0 ? price : Price.Scale - price);
        _book.Touch(side, level);
        level.Orders.Add(resting);
        _resting[order.Hash] = resting;
        Rested?.Invoke(resting);
    }

    private void TakeOff(RestingOrder order)
    {
        var side = _book.SideOf(order.Order.TokenIndex, order.Order.Side);
        var level = side.Find(order.Order.TokenIndex == 0 ? order.Price : Price.Scale - order.Price)!;
        _book.Touch(side, level);
        level.Orders.Remove(order);
        side.DropIfEmpty(level);
    }

    /// <summary>New liquidity that crosses users' orders takes them first; what is left of it is laid down afterwards.</summary>
    private void Cross(IReadOnlyList<BookRow> rows, Side side, List<SimulatedTaker> hits)
    {
        var (mine, opposite) = side == Side.Buy ? (_book.Bids, _book.Asks) : (_book.Asks, _book.Bids);
        foreach (var row in rows)
        {
            var taker = Taker.Simulated(0, side, row.Price, row.Size);
            // A level that stands unmoved has met everything it could.
            if (mine.Find(row.Price)?.Simulated == row.Size || !opposite.Levels.Any(l => l.Orders.Count > 0 && taker.Reaches(l.Price)))
                continue;
            // The process never trades with itself: its old offers leave before its new bids take.
            _book.Withdraw(opposite, [.. opposite.Levels.Where(l => taker.Reaches(l.Price))]);
            if (UsersPart(taker, Sweep(ref taker)) is not { } hit)
                continue;
            hits.Add(hit);
            var laid = mine.GetOrAdd(row.Price);
            _book.Touch(mine, laid);
            laid.Provide(row.Size, ++_sequence);
            laid.Take(taker.Shares);
        }
    }

    private void Lay(BookSide side, IReadOnlyList<BookRow> rows)
    {
        _wanted.Clear();
        foreach (var row in rows)
            _wanted.Add(row.Price);
        _book.Withdraw(side, [.. side.Levels.Where(l => l.Simulated > 0 && !_wanted.Contains(l.Price))]);
        foreach (var row in rows)
        {
            var level = side.GetOrAdd(row.Price);
            if (level.Simulated == row.Size)
                continue;
            _book.Touch(side, level);
            level.Provide(row.Size, ++_sequence);
        }
    }

    private static SimulatedTaker? UsersPart(Taker taker, List<EngineFill> fills)
    {
        List<EngineFill> users = [.. fills.Where(f => f.MakerHash is not null)];
        return users.Count == 0 ? null : new SimulatedTaker(taker.TokenIndex, taker.Side, users);
    }

    private void Publish()
    {
        if (_book.TakeDelta() is { } delta)
            Changed?.Invoke(delta);
    }

    private BookSide Opposite(Taker taker) => taker.BuysFirst ? _book.Asks : _book.Bids;

    private static MatchKind KindOf(Taker taker, EngineOrder maker) =>
        maker.TokenIndex == taker.TokenIndex ? MatchKind.Complementary : taker.Side == Side.Buy ? MatchKind.Mint : MatchKind.Merge;

    /// <summary>The whole ten-thousandth the signed ratio implies, rounded so that it never promises more than was signed.</summary>
    private static int LimitOf(EngineOrder order)
    {
        var scaled = (Int128)order.Pusd * Price.Scale;
        var price = order.Side == Side.Buy ? scaled / order.Shares : (scaled + order.Shares - 1) / order.Shares;
        return price > Price.Scale ? Price.Scale : (int)price;
    }
}
