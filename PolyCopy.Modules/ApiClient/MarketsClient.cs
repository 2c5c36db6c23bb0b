using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Api;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.ApiClient;

internal sealed partial class MarketsClient(Backend core, ILogger<MarketsClient> logger) : IMarketBrowser
{
    public async ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => await core.GetAsync<Market?>(Routes.BotMarket.With(("key", idConditionOrSlug)), ct);

    public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) =>
        core.GetAsync<Page<Market>>(Routes.BotMarkets.With(("search", search), ("category", category), ("limit", limit), ("cursor", cursor)), ct);

    /// <summary>Not awaited: a screen does not wait for it, and one that is lost is said again by the next look.</summary>
    public void Viewed(string marketId) => _ = core.SendAsync(HttpMethod.Post, Routes.BotViewed, new { marketId }, CancellationToken.None)
        .ContinueWith(t => Log.NotSaid(logger, t.Exception!.GetBaseException().Message), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Api + 51, LogLevel.Debug, "That a market was looked at could not be said: {Reason}")]
        public static partial void NotSaid(ILogger logger, string reason);
    }
}

internal sealed class BooksClient(Backend core) : IMarketBooks
{
    public Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct) => core.GetAsync<BookSnapshot?>(Link.To(Routes.BotBook, token), ct);

    public Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct) =>
        core.GetAsync<IReadOnlyList<PricePoint>>(Link.To(Routes.BotPrices, token).With(("interval", interval), ("fidelity", fidelityMinutes)), ct);
}
