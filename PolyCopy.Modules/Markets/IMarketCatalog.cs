using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Markets;

/// <summary>The markets as people look for them. Has an HTTP twin.</summary>
public interface IMarketBrowser
{
    /// <summary>By Gamma id, condition id or slug; asks the venue when it is not here. Null: the venue does not know it either.</summary>
    /// <exception cref="VenueException">It is not here and the venue cannot be asked.</exception>
    ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct);

    /// <summary>The most traded markets first; with a search text the venue's own search, cached for 60 s.</summary>
    Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct);

    /// <summary>Somebody opened this market in a screen: it stays in the poll for an hour.</summary>
    void Viewed(string marketId);
}

/// <summary>All markets we know, kept in memory and in the database; one the catalogue lacks is fetched from the venue before it is called unknown.</summary>
public interface IMarketCatalog : IMarketBrowser
{
    /// <summary>By Gamma id, condition id or slug, from memory only.</summary>
    Market? TryGet(string idConditionOrSlug);

    /// <summary>The market of a token, from memory only.</summary>
    Market? ByToken(TokenId token);

    /// <summary>Asks the venue now (trading rules, resolution, token ids), stores and returns what it says; for a market that just surprised us.</summary>
    Task<Market?> RefreshAsync(string marketId, CancellationToken ct);
}

/// <summary>Told when the catalogue learns something that trading must act on. Called from the poller, one at a time.</summary>
public interface IMarketListener
{
    /// <summary>The market has closed with payouts; may be told more than once.</summary>
    ValueTask ResolvedAsync(Market market, CancellationToken ct);

    /// <summary>Tick, minimum, fee, acceptance or resolution status changed.</summary>
    ValueTask ChangedAsync(Market before, Market after, CancellationToken ct);
}

/// <summary>Whose markets must stay fresh although nobody looks (held, armed, with open orders). Implemented below this module.</summary>
public interface IMarketInterest
{
    Task<IReadOnlyCollection<string>> MarketIdsAsync(CancellationToken ct);
}

/// <summary>A market of the catalogue: an immutable snapshot.</summary>
/// <param name="Id">Gamma id.</param>
/// <param name="Tokens">By outcome index; empty while the venue has none.</param>
/// <param name="Prices">By outcome index, the freshest of poller and WebSocket.</param>
/// <param name="Source">"poll" or "ws": who priced it last.</param>
/// <param name="Payouts">By outcome index (1, 0, 0.5) once resolved, else null.</param>
/// <param name="ResolutionStatus">Null, or requested, proposed, disputed, settled, resolved: while it is set there is no book.</param>
public sealed record Market(
    string Id, string ConditionId, string Question, string Slug,
    IReadOnlyList<string> Outcomes, IReadOnlyList<TokenId> Tokens, IReadOnlyList<decimal> Prices,
    decimal? LastMidPrice, string Source, DateTimeOffset PricedAt, DateTimeOffset UpdatedAt,
    Price TickSize, Shares MinOrderSize, bool NegRisk, string Version, FeeSchedule Fee, TimeSpan TakerDelay,
    bool Active, bool Closed, bool AcceptingOrders, string? ResolutionStatus, IReadOnlyList<decimal>? Payouts,
    DateTimeOffset? EndDate, decimal Volume24h, decimal Liquidity,
    string? EventId, string? EventSlug, string? EventTitle, string? GroupTitle, string? Icon, IReadOnlyList<string> Tags, string? Description)
{
    /// <summary>Whether an order would be taken now, as far as we know.</summary>
    public bool IsTradable => Active && !Closed && AcceptingOrders && ResolutionStatus is null && Tokens.Count == Outcomes.Count && Tokens.Count > 0;

    /// <summary>The index of an outcome by its exact name, else ignoring case; -1 when there is none.</summary>
    public int OutcomeIndex(string outcome)
    {
        for (var i = 0; i < Outcomes.Count; i++)
            if (string.Equals(Outcomes[i], outcome, StringComparison.Ordinal))
                return i;
        for (var i = 0; i < Outcomes.Count; i++)
            if (string.Equals(Outcomes[i], outcome, StringComparison.OrdinalIgnoreCase))
                return i;
        return -1;
    }

    /// <summary>The index of a token; -1 when it is not this market's.</summary>
    public int TokenIndex(TokenId token)
    {
        for (var i = 0; i < Tokens.Count; i++)
            if (Tokens[i] == token)
                return i;
        return -1;
    }
}
