using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>What markets there are (Gamma) and what they trade at (CLOB), as one port.</summary>
internal sealed class MarketData(GammaClient gamma, ClobClient clob) : IMarketData
{
    public Task<VenueMarket?> FindAsync(string idConditionOrSlug, CancellationToken ct) => gamma.FindAsync(idConditionOrSlug, ct);

    public Task<VenueMarketPage> ListAsync(MarketFilter filter, string? cursor, CancellationToken ct) => gamma.ListAsync(filter, cursor, ct);

    public Task<IReadOnlyList<VenueMarket>> ByConditionAsync(IReadOnlyCollection<string> conditionIds, CancellationToken ct) => gamma.ByConditionAsync(conditionIds, ct);

    public Task<IReadOnlyList<VenueMarket>> SearchAsync(string query, int limit, CancellationToken ct) => gamma.SearchAsync(query, limit, ct);

    public Task<TradingRules?> RulesAsync(string conditionId, CancellationToken ct) => clob.RulesAsync(conditionId, ct);

    public Task<IReadOnlyDictionary<TokenId, decimal>?> PayoutsAsync(string conditionId, CancellationToken ct) => clob.PayoutsAsync(conditionId, ct);

    public Task<string?> ConditionOfAsync(TokenId token, CancellationToken ct) => clob.ConditionOfAsync(token, ct);

    public Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct) => clob.BookAsync(token, ct);

    public Task<IReadOnlyList<BookSnapshot>> BooksAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct) => clob.BooksAsync(tokens, ct);

    public Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct) => clob.HistoryAsync(token, interval, fidelityMinutes, ct);

    public Task<DateTimeOffset> TimeAsync(CancellationToken ct) => clob.TimeAsync(ct);
}
