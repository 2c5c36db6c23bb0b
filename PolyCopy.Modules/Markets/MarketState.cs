using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Markets;

/// <summary>A market's identity through time: the current snapshot, and what only the catalogue needs to know. Written under the catalogue's lock.</summary>
internal sealed class MarketState(Market market, bool kept)
{
    private Market _market = market;

    public Market Market
    {
        get => Volatile.Read(ref _market);
        set => Volatile.Write(ref _market, value);
    }

    public bool Kept { get; set; } = kept;

    /// <summary>Clock timestamp of the last time somebody opened it.</summary>
    public long? ViewedAt { get; set; }

    /// <summary>When GET /clob-markets was last read; null: not since the start.</summary>
    public DateTimeOffset? RulesAt { get; set; }

    public bool GammaAccepts { get; set; } = market.AcceptingOrders;
    public bool ClobAccepts { get; set; } = true;
    public bool HasBook { get; set; } = true;
}

/// <summary>What becomes of a market when a source says something about it.</summary>
internal static class MarketMerge
{
    public const string Poll = "poll";
    public const string WebSocket = "ws";

    /// <summary>How long a WebSocket price stands against the poller's.</summary>
    public static readonly TimeSpan WebSocketPrecedence = TimeSpan.FromSeconds(60);

    /// <summary>A market never seen before. Gamma's prices may be minutes old, but they are a price.</summary>
    public static Market New(VenueMarket v, DateTimeOffset now) => new(
        v.Id, v.ConditionId, v.Question, v.Slug, v.Outcomes, v.Tokens, v.OutcomePrices.Count == v.Outcomes.Count ? v.OutcomePrices : new decimal[v.Outcomes.Count], null, Poll, now, now,
        v.TickSize, v.MinOrderSize, v.NegRisk, v.Version, v.Fee, TimeSpan.Zero,
        v.Active, v.Closed, v.AcceptingOrders && v.EnableOrderBook, v.ResolutionStatus, null, v.EndDate, v.Volume24h, v.Liquidity,
        v.EventId, v.EventSlug, v.EventTitle, v.GroupTitle, v.Icon, v.Tags, v.Description);

    /// <summary>Gamma's word: everything but prices and, once the CLOB has spoken, trading rules.</summary>
    public static Market Gamma(MarketState state, VenueMarket v, DateTimeOffset now)
    {
        var before = state.Market;
        state.GammaAccepts = v.AcceptingOrders && v.EnableOrderBook;
        var after = before with
        {
            Question = v.Question,
            Slug = v.Slug,
            Outcomes = v.Outcomes,
            Tokens = v.Tokens.Count > 0 ? v.Tokens : before.Tokens,
            Active = v.Active,
            Closed = v.Closed || before.Payouts is not null,
            ResolutionStatus = v.ResolutionStatus,
            EndDate = v.EndDate ?? before.EndDate,
            Volume24h = v.Volume24h,
            Liquidity = v.Liquidity,
            EventId = v.EventId ?? before.EventId,
            EventSlug = v.EventSlug ?? before.EventSlug,
            EventTitle = v.EventTitle ?? before.EventTitle,
            GroupTitle = v.GroupTitle ?? before.GroupTitle,
            Icon = v.Icon ?? before.Icon,
            Tags = v.Tags.Count > 0 ? v.Tags : before.Tags,
            Description = v.Description ?? before.Description,
            AcceptingOrders = Accepts(state),
            UpdatedAt = now,
        };
        if (before.Prices.Count != v.Outcomes.Count)
            after = after with { Prices = v.OutcomePrices.Count == v.Outcomes.Count ? v.OutcomePrices : new decimal[v.Outcomes.Count] };
        return state.RulesAt is not null ? after : after with { TickSize = v.TickSize, MinOrderSize = v.MinOrderSize, NegRisk = v.NegRisk, Version = v.Version, Fee = v.Fee };
    }

    /// <summary>The CLOB's word on trading, which wins over Gamma's; null: it does not know the market (yet).</summary>
    public static Market Rules(MarketState state, TradingRules? rules, DateTimeOffset now)
    {
        var before = state.Market;
        state.ClobAccepts = rules?.AcceptingOrders ?? false;
        if (rules is null)
            return before with { AcceptingOrders = Accepts(state) };
        state.RulesAt = now;
        // index by name: the CLOB's own order of the two tokens is not always Gamma's
        var tokens = before.Outcomes.Select(o => rules.Tokens.FirstOrDefault(t => string.Equals(t.Outcome, o, StringComparison.OrdinalIgnoreCase)).Token).ToList();
        return before with
        {
            Tokens = tokens.All(t => t.HasValue) && tokens.Distinct().Count() == tokens.Count ? tokens : before.Tokens,
            TickSize = rules.TickSize,
            MinOrderSize = rules.MinOrderSize,
            NegRisk = rules.NegRisk,
            Version = rules.Version,
            Fee = rules.Fee,
            TakerDelay = rules.TakerDelay,
            AcceptingOrders = Accepts(state),
            UpdatedAt = now,
        };
    }

    /// <summary>The book of an outcome as a price of all of them; a fresher WebSocket price stays.</summary>
    public static Market Book(MarketState state, IReadOnlyList<BookSnapshot?> books, DateTimeOffset now)
    {
        var before = state.Market;
        state.HasBook = books.Any(b => b is not null);
        if (books.FirstOrDefault(b => b is not null) is not { } first)
            return before with { AcceptingOrders = Accepts(state) };
        var after = before with { TickSize = first.TickSize, MinOrderSize = first.MinOrderSize, NegRisk = first.NegRisk, AcceptingOrders = Accepts(state), UpdatedAt = now };
        if (before.Source == WebSocket && now - before.PricedAt < WebSocketPrecedence)
            return after;
        var prices = before.Prices.ToArray();
        for (var i = 0; i < books.Count && i < prices.Length; i++)
            if (books[i] is { } book && (Mid(book) ?? Elsewhere(book, i)) is { } price)
                prices[i] = price;
        if (books.Count == 1 && prices.Length == 2)
            prices[1] = 1 - prices[0]; // the other book is the mirror of this one
        return after with { Prices = prices, LastMidPrice = Mid(first), Source = Poll, PricedAt = now };
    }

    public static Market Priced(Market before, MarketPrice price, DateTimeOffset now) =>
        before with { Prices = price.OutcomePrices, LastMidPrice = price.Mid, Source = WebSocket, PricedAt = price.At, UpdatedAt = now };

    public static Market Resolved(Market before, IReadOnlyList<decimal> payouts, DateTimeOffset now) =>
        before with { Closed = true, AcceptingOrders = false, Payouts = payouts, Prices = payouts, LastMidPrice = null, Source = Poll, PricedAt = now, UpdatedAt = now };

    /// <summary>Whether trading must hear of the change.</summary>
    public static bool Matters(Market before, Market after) =>
        before.TickSize != after.TickSize || before.MinOrderSize != after.MinOrderSize || before.Fee != after.Fee || before.TakerDelay != after.TakerDelay
        || before.AcceptingOrders != after.AcceptingOrders || before.ResolutionStatus != after.ResolutionStatus || before.Active != after.Active || before.Closed != after.Closed
        || !before.Tokens.SequenceEqual(after.Tokens);

    private static bool Accepts(MarketState state) => state.Market.Payouts is null && state.GammaAccepts && state.ClobAccepts && state.HasBook;

    /// <summary>Null when a side is empty, and for a ghost book at the ends of the scale, whose middle means nothing.</summary>
    private static decimal? Mid(BookSnapshot book) =>
        book is { Bids: [var bid, ..], Asks: [var ask, ..] } && (bid.Price > book.TickSize || ask.Price < book.TickSize.Complement)
            ? (bid.Price.TenThousandths + ask.Price.TenThousandths) / (2m * Price.Scale)
            : null;

    /// <summary>Without a middle: the last trade (given in terms of the first outcome on every book), else the one side there is.</summary>
    private static decimal? Elsewhere(BookSnapshot book, int index) =>
        book.LastTrade is { } last ? (index == 0 ? last : last.Complement).ToDecimal()
        : book.Bids.Count > 0 ? book.Bids[0].Price.ToDecimal()
        : book.Asks.Count > 0 ? book.Asks[0].Price.ToDecimal()
        : null;
}
