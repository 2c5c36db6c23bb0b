using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Api;

internal static class MarketEndpoints
{
    private static readonly Error Unknown = new("market.unknown", "The venue knows no such market.");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.Markets, async (IMarketCatalog catalog, CancellationToken ct, string? search = null, string? category = null, int limit = 50, string? cursor = null) =>
            Paging.Check(limit) is { } bad ? Problems.Of(bad) : TypedResults.Ok(Views(await catalog.ListAsync(search, category, limit, cursor, ct))) as IResult)
            .Produces<Page<MarketView>>();

        app.MapGet(Routes.Market, async (string id, IMarketCatalog catalog, CancellationToken ct) =>
            await SeeAsync(catalog, id, ct) is { } market ? TypedResults.Ok(MarketView.Of(market)) : Problems.Of(Unknown) as IResult)
            .Produces<MarketView>();

        app.MapGet(Routes.Book, async Task<IResult> (string id, IMarketCatalog catalog, IQuoteBoard board, IMarketData venue, CancellationToken ct, string? outcome = null) =>
        {
            if (await SeeAsync(catalog, id, ct) is not { } market)
                return Problems.Of(Unknown);
            var index = outcome is null ? 0 : market.OutcomeIndex(outcome);
            if (index < 0 || index >= market.Tokens.Count)
                return Problems.Of(new Error("market.outcome", $"The outcomes are {string.Join(", ", market.Outcomes)}."));
            var book = board.Depth(market.Tokens[index]) ?? await venue.BookAsync(market.Tokens[index], ct);
            return book is null ? Problems.Of(new Error("book.unknown", "The venue has no order book for this outcome now.")) : TypedResults.Ok(BookView.Of(market, index, book));
        }).Produces<BookView>();

        app.MapGet(Routes.PricesHistory, async Task<IResult> (string id, IMarketCatalog catalog, IMarketData venue, CancellationToken ct, string? outcome = null, string interval = "1d", int fidelity = 10) =>
        {
            if (await SeeAsync(catalog, id, ct) is not { } market)
                return Problems.Of(Unknown);
            var index = outcome is null ? 0 : market.OutcomeIndex(outcome);
            if (index < 0 || index >= market.Tokens.Count)
                return Problems.Of(new Error("market.outcome", $"The outcomes are {string.Join(", ", market.Outcomes)}."));
            if (interval is not ("max" or "1m" or "1w" or "1d" or "6h" or "1h") || fidelity is < 1 or > 1440)
                return Problems.Of(new Error("request.interval", "interval is max, 1m, 1w, 1d, 6h or 1h; fidelity is 1 to 1440 minutes."));
            return TypedResults.Ok(new Page<PricePoint>(await venue.HistoryAsync(market.Tokens[index], interval, fidelity, ct), null));
        }).Produces<Page<PricePoint>>();
    }

    private static async ValueTask<Market?> SeeAsync(IMarketCatalog catalog, string id, CancellationToken ct)
    {
        var market = id.Length <= 200 ? await catalog.FindAsync(id, ct) : null;
        if (market is not null)
            catalog.Viewed(market.Id);
        return market;
    }

    private static Page<MarketView> Views(Page<Market> page) => new([.. page.Items.Select(MarketView.Of)], page.NextCursor);
}

/// <summary>A market on the wire. Question, outcomes and titles are foreign text.</summary>
internal sealed record MarketView(
    string Id, string ConditionId, string Question, string Slug, IReadOnlyList<string> Outcomes, IReadOnlyList<decimal> OutcomePrices, IReadOnlyList<TokenId> ClobTokenIds,
    decimal? LastMidPrice, string Source, DateTimeOffset PricedAt, DateTimeOffset UpdatedAt, Price TickSize, Shares MinOrderSize, bool NegRisk,
    bool Tradable, bool Closed, string? ResolutionStatus, IReadOnlyList<decimal>? Payouts, DateTimeOffset? EndDate, decimal Volume24h, decimal Liquidity,
    string? EventId, string? EventTitle, string? GroupTitle, IReadOnlyList<string> Tags)
{
    public static MarketView Of(Market m) => new(
        m.Id, m.ConditionId, m.Question, m.Slug, m.Outcomes, m.Prices, m.Tokens, m.LastMidPrice, m.Source, m.PricedAt, m.UpdatedAt, m.TickSize, m.MinOrderSize, m.NegRisk,
        m.IsTradable, m.Closed, m.ResolutionStatus, m.Payouts, m.EndDate, m.Volume24h, m.Liquidity, m.EventId, m.EventTitle, m.GroupTitle, m.Tags);
}

/// <summary>A book on the wire, best level first.</summary>
internal sealed record BookView(string MarketId, string Outcome, TokenId TokenId, IReadOnlyList<Level> Bids, IReadOnlyList<Level> Asks, Price TickSize, Shares MinOrderSize, Price? LastTrade, DateTimeOffset At)
{
    public static BookView Of(Market market, int index, BookSnapshot book) =>
        new(market.Id, market.Outcomes[index], book.Token, book.Bids, book.Asks, book.TickSize, book.MinOrderSize, book.LastTrade, book.At);
}
