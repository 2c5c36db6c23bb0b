using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Venue;

/// <summary>What an outcome trades at. Null means the venue does not know it; trouble is a <see cref="VenueException"/>. Has an HTTP twin.</summary>
public interface IMarketBooks
{
    /// <summary>The order book of a token; null when the venue has none (404: resolution proposed, closed, not yet hydrated).</summary>
    Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct);

    /// <summary>Mid prices over time, oldest first.</summary>
    /// <param name="token">The outcome.</param>
    /// <param name="interval">max, 1m (one month), 1w, 1d, 6h or 1h.</param>
    /// <param name="fidelityMinutes">Minutes per point.</param>
    /// <param name="ct">Cancels the request.</param>
    Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct);
}

/// <summary>Public market data of the venue. Null means the venue does not know it; trouble is a <see cref="VenueException"/>.</summary>
public interface IMarketData : IMarketBooks
{
    /// <summary>One market by Gamma id, condition id (0x…) or slug.</summary>
    Task<VenueMarket?> FindAsync(string idConditionOrSlug, CancellationToken ct);

    /// <summary>One keyset page of tradable or closed markets that were checked against the filter (the venue ignores misspelt filters).</summary>
    Task<VenueMarketPage> ListAsync(MarketFilter filter, string? cursor, CancellationToken ct);

    /// <summary>The markets with these condition ids, open or closed, in any order; unknown ones are missing.</summary>
    Task<IReadOnlyList<VenueMarket>> ByConditionAsync(IReadOnlyCollection<string> conditionIds, CancellationToken ct);

    /// <summary>Markets found by the venue's own search.</summary>
    Task<IReadOnlyList<VenueMarket>> SearchAsync(string query, int limit, CancellationToken ct);

    /// <summary>What the CLOB itself says of a market's trading rules (GET /clob-markets/{id}); null while it does not know the market.</summary>
    Task<TradingRules?> RulesAsync(string conditionId, CancellationToken ct);

    /// <summary>The CLOB's word on who won (GET /markets/{id}): what each share pays, 1, 0 or 0.5 by token; null while it names no winner, empty when it does not know the market.</summary>
    Task<IReadOnlyDictionary<TokenId, decimal>?> PayoutsAsync(string conditionId, CancellationToken ct);

    /// <summary>The condition id of a token's market; null when the venue does not know the token.</summary>
    Task<string?> ConditionOfAsync(TokenId token, CancellationToken ct) => Task.FromResult<string?>(null);

    /// <summary>The books of at most 500 tokens in one request; tokens without a book are missing.</summary>
    Task<IReadOnlyList<BookSnapshot>> BooksAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct);

    /// <summary>The venue's clock (GET /time), whole seconds.</summary>
    Task<DateTimeOffset> TimeAsync(CancellationToken ct);
}

/// <summary>The venue's present time: our clock plus an offset read from GET /time each minute and after a 401.</summary>
public interface IVenueClock
{
    DateTimeOffset UtcNow { get; }
}

/// <summary>What to list: order is one of volume24hr, liquidityNum, createdAt, endDate.</summary>
public sealed record MarketFilter(string Order = "volume24hr", bool Ascending = false, bool Closed = false, string? TagId = null, int Limit = 100);

public sealed record VenueMarketPage(IReadOnlyList<VenueMarket> Markets, string? NextCursor);

/// <summary>A market as the venue describes it, with its odd encodings already read.</summary>
/// <param name="Id">Gamma id, decimal digits.</param>
/// <param name="ConditionId">0x and 64 lower-case hex digits.</param>
/// <param name="Outcomes">Names by index; not always Yes and No.</param>
/// <param name="OutcomePrices">Gamma's prices by index, often minutes old; after resolution the payouts.</param>
/// <param name="Tokens">Token ids by index; empty while the venue has none.</param>
/// <param name="Version">"v1" (CTF exchanges) or "v2" (ExchangeV3).</param>
/// <param name="ResolutionStatus">Null, or requested, proposed, disputed, settled, resolved.</param>
public sealed record VenueMarket(
    string Id, string ConditionId, string Question, string Slug, string? Description,
    IReadOnlyList<string> Outcomes, IReadOnlyList<decimal> OutcomePrices, IReadOnlyList<TokenId> Tokens,
    Price TickSize, Shares MinOrderSize, bool NegRisk, string Version, FeeSchedule Fee,
    bool Active, bool Closed, bool AcceptingOrders, bool EnableOrderBook, string? ResolutionStatus,
    DateTimeOffset? StartDate, DateTimeOffset? EndDate, DateTimeOffset? CreatedAt,
    decimal Volume, decimal Volume24h, decimal Liquidity,
    string? EventId, string? EventSlug, string? EventTitle, string? GroupTitle, string? Icon, IReadOnlyList<string> Tags);

/// <summary>Taker fee per share: rate × (p(1-p))^exponent of pUSD, rounded to five decimals.</summary>
/// <remarks>docs.polymarket.com fees, 2026-10; zero when the market has no schedule.</remarks>
public readonly record struct FeeSchedule(decimal Rate, int Exponent)
{
    public static FeeSchedule None => default;

    /// <summary>The fee of taking <paramref name="shares"/> at <paramref name="price"/>; the venue charges nothing below 0.00001.</summary>
    public Usdc On(Shares shares, Price price)
    {
        if (Rate == 0)
            return Usdc.Zero;
        var p = price.ToDecimal();
        var factor = 1m;
        for (var i = 0; i < Exponent; i++)
            factor *= p * (1 - p);
        var fee = decimal.Round(shares.ToDecimal() * Rate * factor, 5, MidpointRounding.AwayFromZero);
        return Usdc.Floor(fee);
    }
}

/// <summary>The CLOB's own trading rules of a market: they win over Gamma's.</summary>
/// <param name="TakerDelay">Marketable orders are answered "delayed" for this long.</param>
public sealed record TradingRules(
    string ConditionId, IReadOnlyList<(TokenId Token, string Outcome)> Tokens, Price TickSize, Shares MinOrderSize,
    bool NegRisk, string Version, FeeSchedule Fee, bool AcceptingOrders, TimeSpan TakerDelay);

/// <summary>One price level.</summary>
public readonly record struct Level(Price Price, Shares Size);

/// <summary>A whole book as the venue sent it, each side best first.</summary>
/// <param name="Version">The venue's hash, or anything that changes when the book does.</param>
public sealed record BookSnapshot(
    TokenId Token, string ConditionId, IReadOnlyList<Level> Bids, IReadOnlyList<Level> Asks,
    Price TickSize, Shares MinOrderSize, bool NegRisk, Price? LastTrade, DateTimeOffset At, string Version);

/// <summary>A mid price at a time.</summary>
public readonly record struct PricePoint(DateTimeOffset At, decimal Price);
