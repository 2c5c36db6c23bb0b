using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Api;

/// <summary>What the bot in its own process asks beyond the public routes. Their client is ApiClient.</summary>
internal static class BotEndpoints
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.BotProfile, async (ICoreStatus core, CancellationToken ct) => new CoreProfile(await core.ProfileAsync(ct)));
        app.MapGet(Routes.BotFeed, (ICoreStatus core, CancellationToken ct) => core.FeedAsync(ct));

        app.MapGet(Routes.BotMarkets, (IMarketBrowser markets, CancellationToken ct, int limit, string? search = null, string? category = null, string? cursor = null) => markets.ListAsync(search, category, limit, cursor, ct));
        app.MapGet(Routes.BotMarket, (string key, IMarketBrowser markets, CancellationToken ct) => markets.FindAsync(key, ct));
        app.MapPost(Routes.BotViewed, (MarketKey body, IMarketBrowser markets) => markets.Viewed(body.MarketId));
        app.MapGet(Routes.BotBook, (string token, IMarketBooks books, CancellationToken ct) => books.BookAsync(TokenId.Parse(token), ct));
        app.MapGet(Routes.BotPrices, (string token, string interval, int fidelity, IMarketBooks books, CancellationToken ct) => books.HistoryAsync(TokenId.Parse(token), interval, fidelity, ct));

        app.MapPost(Routes.BotLeaderTrades, ([FromBody] string[] ids, ILeaders leaders, CancellationToken ct) => leaders.FindTradesAsync(ids, ct));
        app.MapPost(Routes.BotLeaderRefresh, (ILeaders leaders, CancellationToken ct) => leaders.RefreshAsync(ct));
        app.MapGet(Routes.BotCoverage, (string address, ILeaders leaders, CancellationToken ct) => leaders.CoverageAsync(address, ct));
        app.MapGet(Routes.BotHolding, (string address, string token, ILeaders leaders, CancellationToken ct) => leaders.HoldingAsync(address, TokenId.Parse(token), ct));

        app.MapGet(Routes.BotUsers, (IAccounts accounts, CancellationToken ct, int limit, string? cursor = null) => accounts.ListAsync(limit, cursor, ct));
        app.MapPost(Routes.BotUsers, async (NewUser body, IAccounts accounts, CancellationToken ct) => (await accounts.RegisterAsync(body.UserId, body.Username, ct)).ToResult());
        app.MapGet(Routes.BotPnl, (long userId, DateOnly from, DateOnly to, string timeZone, IPositions positions, CancellationToken ct) => positions.PnlByDayAsync(userId, from, to, timeZone, ct));
        app.MapGet(Routes.BotPaused, async (long userId, ITrading trading, CancellationToken ct) => new PauseReason(await trading.PausedAsync(userId, ct)));
        app.MapPost(Routes.BotPause, (PauseOrder body, ITrading trading, CancellationToken ct) => trading.PauseAsync(body.UserId, body.Paused, body.Reason, body.By, ct));

        app.MapPost(Routes.BotEventsClaim, (ClaimEvents body, IEventDelivery events, CancellationToken ct) => events.ClaimAsync(body.Limit, TimeSpan.FromSeconds(body.LeaseSeconds), ct));
        app.MapPost(Routes.BotEventsProlong, (ProlongEvents body, IEventDelivery events, CancellationToken ct) => events.ProlongAsync(body.Sequences, TimeSpan.FromSeconds(body.LeaseSeconds), ct));
        app.MapPost(Routes.BotEventsDone, ([FromBody] long[] sequences, IEventDelivery events, CancellationToken ct) => events.AcknowledgeAsync(sequences, ct));
        app.MapGet(Routes.BotEventsWake, (IEventDelivery events, IHostApplicationLifetime host, CancellationToken ct) => TypedResults.ServerSentEvents(WakeAsync(events, host.ApplicationStopping, ct)));

        app.MapGet(Routes.BotUpdates, (long botId, long after, int limit, IBotState state, CancellationToken ct) => state.OpenAsync(botId, after, limit, ct));
        app.MapPost(Routes.BotUpdates, (long botId, [FromBody] BotUpdate[] updates, IBotState state, CancellationToken ct) => state.TakeAsync(botId, updates, ct));
        app.MapPost(Routes.BotUpdatesDone, (long botId, [FromBody] long[] updateIds, IBotState state, CancellationToken ct) => state.DoneAsync(botId, updateIds, ct));
        app.MapGet(Routes.BotChat, (long botId, long userId, IBotState state, CancellationToken ct) => state.ChatAsync(botId, userId, ct));
        app.MapPut(Routes.BotChat, (long botId, long userId, BotChat chat, IBotState state, CancellationToken ct) => state.SaveChatAsync(botId, chat with { UserId = userId }, ct));
        app.MapPost(Routes.BotBlock, (long botId, long userId, IBotState state, CancellationToken ct) => state.BlockAsync(botId, userId, ct));
        app.MapPost(Routes.BotReachable, (long botId, [FromBody] long[] userIds, IBotState state, CancellationToken ct) => state.ReachableAsync(botId, userIds, ct));
        app.MapGet(Routes.BotAudience, (long botId, IBotState state, CancellationToken ct) => state.AudienceAsync(botId, ct));
        app.MapGet(Routes.BotReferrals, (long botId, string referrer, IBotState state, CancellationToken ct) => state.ReferralsAsync(botId, referrer, ct));
        app.MapPost(Routes.BotAnnounce, (long botId, Announcement body, IBotState state, CancellationToken ct) => state.AnnounceAsync(botId, body.Text, ct));
        app.MapPost(Routes.BotConfirmations, (long botId, BotConfirmation body, IBotState state, CancellationToken ct) => state.OfferAsync(botId, body, ct));
        app.MapPost(Routes.BotBind, (long botId, long userId, string nonce, BindButton body, IBotState state, CancellationToken ct) => state.AttachAsync(botId, userId, nonce, body.MessageId, ct));
        app.MapPost(Routes.BotUse, (long botId, long userId, string nonce, PressButton body, IBotState state, CancellationToken ct) => state.UseAsync(botId, userId, nonce, body.MessageId, body.UpdateId, ct));
    }

    /// <summary>Says only that there may be something: what there is, a claim tells.</summary>
    private static async IAsyncEnumerable<SseItem<string>> WakeAsync(IEventDelivery events, CancellationToken stopping, [EnumeratorCancellation] CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping); // an open stream would hold the host's end up
        while (!over.IsCancellationRequested)
        {
            var waiting = events.WaitAsync(KeepAlive, over.Token); // before the word, so that nothing falls between
            yield return new SseItem<string>("", "wake");
            await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed record CoreProfile(Profile Profile);

    private sealed record PauseReason(string? Reason);

    private sealed record MarketKey(string MarketId);

    private sealed record PauseOrder(long? UserId, bool Paused, string Reason, string By);

    private sealed record ClaimEvents(int Limit, double LeaseSeconds);

    private sealed record ProlongEvents(long[] Sequences, double LeaseSeconds);

    private sealed record Announcement(string Text);

    private sealed record BindButton(int MessageId);

    private sealed record PressButton(int MessageId, long UpdateId);
}
