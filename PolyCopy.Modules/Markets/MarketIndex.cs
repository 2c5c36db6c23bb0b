using System.Collections.Concurrent;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Markets;

/// <summary>All markets in memory. Readers never wait; changes are made one at a time and announced.</summary>
internal sealed class MarketIndex(MarketNotices notices, TimeProvider clock)
{
    private readonly Lock _writer = new();
    private readonly ConcurrentDictionary<string, MarketState> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MarketState> _byName = new(StringComparer.OrdinalIgnoreCase); // condition ids and slugs
    private readonly ConcurrentDictionary<TokenId, MarketState> _byToken = new();
    private ConcurrentDictionary<string, MarketState> _unsaved = new(StringComparer.Ordinal);
    private volatile Market[]? _listed;
    private long _listedAt;

    public bool IsEmpty => _byId.IsEmpty;

    public MarketState? Find(string key) => _byId.TryGetValue(key, out var byId) ? byId : _byName.GetValueOrDefault(key);

    public MarketState? ByToken(TokenId token) => _byToken.GetValueOrDefault(token);

    public IEnumerable<MarketState> All => _byId.Values;

    public void Load(IEnumerable<(Market Market, bool Kept)> rows)
    {
        foreach (var (market, kept) in rows)
            Enter(new MarketState(market, kept));
    }

    /// <summary>What Gamma says of a market, known or new.</summary>
    public MarketState Gamma(VenueMarket market)
    {
        lock (_writer)
        {
            if (_byId.TryGetValue(market.Id, out var state))
            {
                Change(state, MarketMerge.Gamma(state, market, clock.GetUtcNow()));
                return state;
            }
            state = new MarketState(MarketMerge.New(market, clock.GetUtcNow()), kept: false);
            Enter(state);
            _unsaved[market.Id] = state;
            _listed = null;
            return state;
        }
    }

    public void Rules(MarketState state, TradingRules? rules)
    {
        lock (_writer)
            Change(state, MarketMerge.Rules(state, rules, clock.GetUtcNow()));
    }

    /// <param name="state">The market.</param>
    /// <param name="books">By outcome index; only the first of a binary market is needed. Null where the venue has none.</param>
    public void Books(MarketState state, IReadOnlyList<BookSnapshot?> books)
    {
        lock (_writer)
            Change(state, MarketMerge.Book(state, books, clock.GetUtcNow()));
    }

    /// <summary>Takes WebSocket prices; returns the markets that changed.</summary>
    public List<MarketState> Prices(IReadOnlyList<MarketPrice> prices)
    {
        var changed = new List<MarketState>(prices.Count);
        lock (_writer)
        {
            var now = clock.GetUtcNow();
            foreach (var price in prices)
            {
                if (!_byId.TryGetValue(price.MarketId, out var state) || state.Market.Payouts is not null || price.OutcomePrices.Count != state.Market.Outcomes.Count)
                    continue;
                if (price.At < state.Market.PricedAt)
                    continue;
                state.Market = MarketMerge.Priced(state.Market, price, now);
                changed.Add(state);
            }
        }
        return changed;
    }

    public void Resolved(MarketState state, IReadOnlyList<decimal> payouts)
    {
        lock (_writer)
        {
            if (state.Market.Payouts is null)
                Change(state, MarketMerge.Resolved(state.Market, payouts, clock.GetUtcNow()));
        }
        notices.Resolved(state.Market);
    }

    public void Viewed(MarketState state)
    {
        state.ViewedAt = clock.GetTimestamp();
        Keep(state);
    }

    public void Keep(MarketState state)
    {
        if (state.Kept)
            return;
        state.Kept = true;
        _unsaved[state.Market.Id] = state;
    }

    /// <summary>What must be written since the last call; what cannot be written is given back to <see cref="Unsaved"/>.</summary>
    public IReadOnlyCollection<MarketState> TakeUnsaved() => [.. Interlocked.Exchange(ref _unsaved, new(StringComparer.Ordinal)).Values];

    public void Unsaved(IEnumerable<MarketState> states)
    {
        foreach (var state in states)
            _unsaved[state.Market.Id] = state;
    }

    /// <summary>Forgets markets that nobody asked for and no poll has met since.</summary>
    /// <returns>Their ids.</returns>
    public IReadOnlyCollection<string> Forget(DateTimeOffset before)
    {
        var stale = _byId.Values.Where(s => !s.Kept && s.Market.UpdatedAt < before).ToList();
        lock (_writer)
            foreach (var state in stale)
            {
                _byId.TryRemove(state.Market.Id, out _);
                Leave(_byName, state.Market.ConditionId, state);
                Leave(_byName, state.Market.Slug, state);
                foreach (var token in state.Market.Tokens)
                    Leave(_byToken, token, state);
            }
        _listed = null;
        return [.. stale.Select(s => s.Market.Id)];
    }

    /// <summary>Tradable markets, the most traded first; at most two seconds old.</summary>
    public IReadOnlyList<Market> Listed()
    {
        if (_listed is { } listed && clock.GetElapsedTime(Volatile.Read(ref _listedAt)) < TimeSpan.FromSeconds(2))
            return listed;
        var sorted = _byId.Values.Select(s => s.Market).Where(m => m.IsTradable).ToArray();
        Array.Sort(sorted, Order);
        Volatile.Write(ref _listedAt, clock.GetTimestamp());
        return _listed = sorted;
    }

    /// <summary>The order of lists: volume, then id so that it is total.</summary>
    public static int Order(Market a, Market b) => b.Volume24h.CompareTo(a.Volume24h) is var byVolume and not 0 ? byVolume : string.CompareOrdinal(a.Id, b.Id);

    private void Change(MarketState state, Market after)
    {
        var before = state.Market;
        state.Market = after;
        _unsaved[after.Id] = state;
        if (!ReferenceEquals(before.Tokens, after.Tokens) || before.Slug != after.Slug)
            Enter(state);
        if (MarketMerge.Matters(before, after))
            notices.Changed(before, after);
    }

    private void Enter(MarketState state)
    {
        _byId[state.Market.Id] = state;
        _byName[state.Market.ConditionId] = state;
        if (state.Market.Slug.Length > 0)
            _byName[state.Market.Slug] = state;
        foreach (var token in state.Market.Tokens)
            _byToken[token] = state;
    }

    private static void Leave<T>(ConcurrentDictionary<T, MarketState> index, T key, MarketState state)
        where T : notnull => index.TryRemove(new KeyValuePair<T, MarketState>(key, state));
}
