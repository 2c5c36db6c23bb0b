using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Api;

namespace PolyCopy.Modules.ApiClient;

internal sealed class BotStateClient(Backend core) : IBotState
{
    public Task<IReadOnlyList<BotUpdate>> TakeAsync(long botId, IReadOnlyList<BotUpdate> updates, CancellationToken ct) => core.PostAsync<IReadOnlyList<BotUpdate>>(Link.To(Routes.BotUpdates, botId), updates, ct);

    public Task<IReadOnlyList<BotUpdate>> OpenAsync(long botId, long after, int limit, CancellationToken ct) => core.GetAsync<IReadOnlyList<BotUpdate>>(Link.To(Routes.BotUpdates, botId).With(("after", after), ("limit", limit)), ct);

    public Task DoneAsync(long botId, IReadOnlyCollection<long> updateIds, CancellationToken ct) => core.SendAsync(HttpMethod.Post, Link.To(Routes.BotUpdatesDone, botId), updateIds, ct);

    public Task<BotChat?> ChatAsync(long botId, long userId, CancellationToken ct) => core.GetAsync<BotChat?>(Link.To(Routes.BotChat, botId, userId), ct);

    public Task SaveChatAsync(long botId, BotChat chat, CancellationToken ct) => core.SendAsync(HttpMethod.Put, Link.To(Routes.BotChat, botId, chat.UserId), chat, ct);

    public Task BlockAsync(long botId, long userId, CancellationToken ct) => core.SendAsync(HttpMethod.Post, Link.To(Routes.BotBlock, botId, userId), null, ct);

    public Task<IReadOnlyDictionary<long, long>> ReachableAsync(long botId, IReadOnlyCollection<long> userIds, CancellationToken ct) => core.PostAsync<IReadOnlyDictionary<long, long>>(Link.To(Routes.BotReachable, botId), userIds, ct);

    public Task<BotAudience> AudienceAsync(long botId, CancellationToken ct) => core.GetAsync<BotAudience>(Link.To(Routes.BotAudience, botId), ct);

    public Task<int> ReferralsAsync(long botId, string referrer, CancellationToken ct) => core.GetAsync<int>(Link.To(Routes.BotReferrals, botId).With(("referrer", referrer)), ct);

    public Task<int> AnnounceAsync(long botId, string text, CancellationToken ct) => core.PostAsync<int>(Link.To(Routes.BotAnnounce, botId), new { text }, ct);

    public Task OfferAsync(long botId, BotConfirmation confirmation, CancellationToken ct) => core.SendAsync(HttpMethod.Post, Link.To(Routes.BotConfirmations, botId), confirmation, ct);

    public Task AttachAsync(long botId, long userId, string nonce, int messageId, CancellationToken ct) => core.SendAsync(HttpMethod.Post, Link.To(Routes.BotBind, botId, userId, nonce), new { messageId }, ct);

    public Task<BotUse> UseAsync(long botId, long userId, string nonce, int messageId, long updateId, CancellationToken ct) => core.PostAsync<BotUse>(Link.To(Routes.BotUse, botId, userId, nonce), new { messageId, updateId }, ct);
}
