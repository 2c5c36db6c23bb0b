using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Matching;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>
/// All markets with their books, moved by the clock. One gate for everything: a request takes it, judges, places, books
/// and journals in one piece; under it nothing waits, and the clock is not advanced.
/// </summary>
internal sealed class SimWorld
{
    /// <summary>Between the end of a market and its resolution.</summary>
    private static readonly TimeSpan ResolutionDelay = TimeSpan.FromSeconds(10);

    /// <summary>How long the process leaves a market alone after <see cref="SetQuote"/>.</summary>
    private static readonly TimeSpan QuoteStands = TimeSpan.FromSeconds(60);

    private readonly MatchIds _matches;
    private readonly MarketDirectory _directory = new();
    private readonly PriceProcess _process;
    private readonly int[] _running = new int[RollingSeries.All.Count];

    /// <param name="boot">How often the venue was started on its journal before.</param>
    public SimWorld(SimulatorOptions options, SimClock clock, int boot = 0)
    {
        Seed = options.Seed;
        Clock = clock;
        var now = clock.GetUtcNow();
        _matches = new MatchIds(Seed, now, boot);
        _process = new PriceProcess(this, clock);
        foreach (var @event in new MarketCatalog(Seed, now, options.ProtocolV2).Events)
        {
            foreach (var market in @event.Markets)
                Open(market);
        }
        foreach (var series in RollingSeries.All)
        {
            var running = _running[series.Number] = series.SlotAt(now);
            for (var slot = running - RollingSeries.Behind; slot <= running + RollingSeries.Ahead; slot++)
                Open(series.Market(Seed, slot));
        }
    }

    public long Seed { get; }

    public SimClock Clock { get; }

    /// <summary>Held around everything that reads or changes a market, an order or an account. Re-entrant.</summary>
    public Lock Gate { get; } = new();

    /// <summary>How often a quote bent the course of a market.</summary>
    public long Bends { get; private set; }

    /// <summary>All markets listed now, oldest first.</summary>
    public IReadOnlyList<MarketState> Markets => _directory.Listed;

    /// <summary>Raised under the gate after anything that changed what a book shows.</summary>
    public event Action<MarketState, BookDelta>? BookChanged;

    /// <summary>Raised under the gate when a tick got finer: market, old tick.</summary>
    public event Action<MarketState, Price>? TickChanged;

    /// <summary>Raised under the gate when a market was born.</summary>
    public event Action<MarketState>? Listed;

    /// <summary>Raised under the gate when simulated flow meets users' resting orders (a user's own taking is in the answer of Place).</summary>
    public event Action<MarketState, SimulatedTaker>? MakersHit;

    /// <summary>Raised under the gate when an order left the book by expiry or the market's end (not by Cancel).</summary>
    public event Action<MarketState, RestingOrder, RemovalReason>? OrderRemoved;

    /// <summary>Raised under the gate after a market resolved and its orders were removed; the payouts stand.</summary>
    public event Action<MarketState>? Resolved;

    /// <summary>Sets the markets in motion; what was journalled is restored before.</summary>
    public void Start() => _process.Start();

    /// <summary>The market of a condition id (case ignored), or null; past slots of a series are found too.</summary>
    public MarketState? FindCondition(string conditionId)
    {
        lock (Gate)
            return _directory.ByCondition(conditionId) ?? Revive(RollingSeries.Find(Seed, conditionId, Clock.GetUtcNow()));
    }

    /// <summary>The market of Gamma's id or slug, or null; past slots of a series are found too.</summary>
    public MarketState? FindName(string idOrSlug)
    {
        lock (Gate)
        {
            return _directory.Listed.FirstOrDefault(m => m.Market.Id == idOrSlug || m.Market.Slug == idOrSlug)
                ?? (RollingSeries.Named(Seed, idOrSlug, Clock.GetUtcNow()) is { } slot ? _directory.ByCondition(slot.ConditionId) ?? Revive(slot) : null);
        }
    }

    /// <summary>The market of a token id and the outcome's index, or null; past slots of a series are found too.</summary>
    public (MarketState Market, int TokenIndex)? FindToken(string tokenId)
    {
        lock (Gate)
            return _directory.ByToken(tokenId) ?? (Revive(RollingSeries.Find(Seed, tokenId, Clock.GetUtcNow())) is { } market ? (market, tokenId == market.Market.TokenIds[0] ? 0 : 1) : null);
    }

    /// <summary>Replaces the simulator's own liquidity by one bid and one ask in the outcome's terms; users' orders it crosses are filled; the process leaves the market alone for 60 s.</summary>
    /// <param name="bid">Ten-thousandths, or null for no bid.</param>
    /// <param name="ask">Ten-thousandths, or null for no ask.</param>
    /// <param name="size">Micro-shares on each level.</param>
    /// <param name="since">When it was set; null: now. After a restart an older one only bends the course.</param>
    /// <exception cref="ArgumentException">A price outside (0, 1), a bid that is not below the ask, no size, or a market that does not trade.</exception>
    public void SetQuote(MarketState market, int tokenIndex, int? bid, int? ask, long size, DateTimeOffset? since = null)
    {
        if (bid is <= 0 or >= Price.Scale || ask is <= 0 or >= Price.Scale || bid >= ask || (size <= 0 && (bid ?? ask) is not null))
            throw new ArgumentException("A quote is a bid below an ask, both between 0 and 1, and a size above 0.");
        lock (Gate)
        {
            if (!market.AcceptsOrders)
                throw new ArgumentException("The market does not trade.");
            var until = Bend(market, tokenIndex, bid, ask, since?.ToUnixTimeMilliseconds() ?? NowMs);
            var (low, high) = InFirst(tokenIndex, bid, ask);
            if (NowMs < until)
                Lay(market, low is { } b ? [new BookRow(b, size)] : [], high is { } a ? [new BookRow(a, size)] : []);
            else
                _process.Begin(market);
            _process.RefineTick(market);
        }
    }

    /// <summary>Lets a quote bend the market's course from a time on; what came before stays as it was.</summary>
    /// <returns>Until when the quote stands, unix ms.</returns>
    public long Bend(MarketState market, int tokenIndex, int? bid, int? ask, long fromMs)
    {
        var (low, high) = InFirst(tokenIndex, bid, ask);
        var mid = ((low ?? high) + (high ?? low)) / (2.0 * Price.Scale) ?? market.Probability(fromMs);
        var until = fromMs + (long)QuoteStands.TotalMilliseconds;
        var course = market.Market.Model.Probability(until);
        Bends++;
        market.Shifts.Add(new PriceShift(fromMs, until, mid, Math.Log(mid / (1 - mid)) - Math.Log(course / (1 - course))));
        return until;
    }

    private static (int? Low, int? High) InFirst(int tokenIndex, int? bid, int? ask) => tokenIndex == 0 ? (bid, ask) : (Price.Scale - ask, Price.Scale - bid);

    /// <summary>Proposes a resolution: the book is gone (404) until <see cref="Resolve"/>; resting orders wait.</summary>
    public void Propose(MarketState market)
    {
        lock (Gate)
        {
            if (market.Phase == MarketPhase.Open)
                market.Phase = MarketPhase.Proposed;
        }
    }

    /// <summary>Resolves for the winner (null: 50/50): removes all orders, then raises <see cref="Resolved"/>. A resolved market stays as it is.</summary>
    public void Resolve(MarketState market, int? winner)
    {
        lock (Gate)
        {
            if (market.Phase == MarketPhase.Resolved)
                return;
            RemoveOrders(market);
            market.Phase = MarketPhase.Resolved;
            market.Winner = winner;
            market.ResolvedAt = Clock.GetUtcNow();
            Resolved?.Invoke(market);
        }
    }

    /// <summary>Changes the tick now, as the venue does near 0 and 1 (facts F18).</summary>
    public void ChangeTick(MarketState market, Price tick)
    {
        lock (Gate)
        {
            if (market.Tick == tick)
                return;
            var old = market.Tick;
            market.Tick = tick;
            TickChanged?.Invoke(market, old);
        }
    }

    internal long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Lays the simulator's liquidity and reports whom it met.</summary>
    internal void Lay(MarketState market, IReadOnlyList<BookRow> bids, IReadOnlyList<BookRow> asks)
    {
        foreach (var hit in market.Engine.Provide(bids, asks))
            MakersHit?.Invoke(market, hit);
    }

    /// <summary>Lets simulated flow take from the book and reports whom it met.</summary>
    internal void Hit(MarketState market, int tokenIndex, Side side, Price limit, long size)
    {
        if (market.Engine.Hit(tokenIndex, side, limit.TenThousandths, size) is { } hit)
            MakersHit?.Invoke(market, hit);
    }

    /// <summary>Ends slots that are over and lists those that come.</summary>
    internal void Roll(DateTimeOffset now)
    {
        foreach (var series in RollingSeries.All)
        {
            var running = series.SlotAt(now);
            // A long jump leaves out slots that nobody saw listed.
            for (var slot = running; slot <= running + RollingSeries.Ahead && _running[series.Number] != running; slot++)
                List(series.Market(Seed, slot));
            _running[series.Number] = running;
        }
        foreach (var market in _directory.Listed)
        {
            if (market.Market.Model is not UpOrDown slot || now < market.Market.EndDate)
                continue;
            if (market.Phase is MarketPhase.Open or MarketPhase.Proposed)
            {
                RemoveOrders(market);
                market.Phase = MarketPhase.Ended;
            }
            if (market.Phase == MarketPhase.Ended && now >= market.Market.EndDate + ResolutionDelay)
                Resolve(market, slot.WentUp ? 0 : 1);
            else if (market.Phase == MarketPhase.Resolved && now >= market.Market.EndDate + RollingSeries.Behind * TimeSpan.FromMilliseconds(slot.EndMs - slot.StartMs))
                _directory.Unlist(market);
        }
    }

    private void List(SimMarket market)
    {
        if (_directory.ByCondition(market.ConditionId) is null)
            Listed?.Invoke(Open(market));
    }

    private MarketState Open(SimMarket market)
    {
        var state = Make(market);
        _directory.Add(state);
        return state;
    }

    private MarketState Make(SimMarket market)
    {
        var state = new MarketState(market, new MatchingEngine(_matches));
        var now = Clock.GetUtcNow();
        state.BookAt = now;
        if (market.BornResolved is { } born)
            (state.Phase, state.Winner, state.ResolvedAt) = (MarketPhase.Resolved, born < 0 ? null : born, market.EndDate.AddHours(6));
        else if (market.Model is UpOrDown slot && now >= market.EndDate)
            (state.Phase, state.Winner, state.ResolvedAt) = (MarketPhase.Resolved, slot.WentUp ? 0 : 1, market.EndDate + ResolutionDelay);
        else
            _process.Begin(state);
        state.Engine.Changed += delta => OnChanged(state, delta);
        state.Engine.Rested += order => ExpireLater(state, order);
        return state;
    }

    /// <summary>A slot that left the lists long ago is made again as it ended, for whoever still holds it.</summary>
    private MarketState? Revive(SimMarket? slot)
    {
        if (slot is null)
            return null;
        var state = Make(slot);
        _directory.Remember(state);
        return state;
    }

    private void OnChanged(MarketState market, BookDelta delta)
    {
        market.BookAt = Clock.GetUtcNow();
        foreach (var print in delta.Prints)
        {
            market.LastPrint = print;
            market.Traded += (long)((Int128)print.Size * print.Price / Price.Scale);
        }
        BookChanged?.Invoke(market, delta);
    }

    private void ExpireLater(MarketState market, RestingOrder order)
    {
        if (order.Order.ExpiresAt is not { } due)
            return;
        Clock.Schedule(due, () =>
        {
            lock (Gate)
            {
                if (market.Engine.Find(order.Order.Hash) == order && market.Engine.Cancel(order.Order.Hash))
                    OrderRemoved?.Invoke(market, order, RemovalReason.Expired);
            }
        });
    }

    private void RemoveOrders(MarketState market)
    {
        foreach (var order in market.Engine.Clear())
            OrderRemoved?.Invoke(market, order, RemovalReason.Resolved);
    }
}
