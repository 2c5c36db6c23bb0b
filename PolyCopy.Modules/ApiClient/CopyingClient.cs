using System.Text.Json;
using System.Text.Json.Nodes;
using PolyCopy.Modules.Api;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.ApiClient;

internal sealed class CopyingClient(Backend core) : ICopying
{
    public Task<Result<FollowView>> CreateAsync(long userId, string leader, FollowRules rules, CancellationToken ct)
    {
        var body = Body(rules);
        body["leader"] = leader;
        return AskAsync(HttpMethod.Post, Link.To(Routes.Follows, userId), body, ct);
    }

    /// <summary>All rules are sent, the ones that are not set as null: the new rules replace the old ones.</summary>
    public Task<Result<FollowView>> ChangeAsync(long userId, Guid followId, FollowRules rules, CancellationToken ct) => AskAsync(HttpMethod.Put, Link.To(Routes.Follow, userId, followId), Body(rules), ct);

    public Task<Result<FollowView>> PauseAsync(long userId, Guid followId, string? reason, CancellationToken ct) => AskAsync(HttpMethod.Post, Link.To(Routes.FollowPause, userId, followId).With(("reason", reason)), null, ct);

    public Task<Result<FollowView>> ResumeAsync(long userId, Guid followId, CancellationToken ct) => AskAsync(HttpMethod.Post, Link.To(Routes.FollowResume, userId, followId), null, ct);

    public Task<Result<FollowView>> DeleteAsync(long userId, Guid followId, bool keepSells, CancellationToken ct) => AskAsync(HttpMethod.Delete, Link.To(Routes.Follow, userId, followId).With(("keepSells", keepSells ? "true" : "false")), null, ct);

    public async Task<Result<IReadOnlyList<DecisionView>>> CloseAllAsync(long userId, Guid followId, CancellationToken ct) =>
        (await core.AskAsync<Page<DecisionView>>(HttpMethod.Post, Link.To(Routes.FollowCloseAll, userId, followId), null, ct)).Try(out var made, out var error) ? Result<IReadOnlyList<DecisionView>>.Ok(made.Items) : error;

    public async Task<Page<FollowView>> ListAsync(long userId, int limit, string? cursor, CancellationToken ct)
    {
        var page = await core.GetAsync<Page<JsonElement>>(Link.To(Routes.Follows, userId).With(("limit", limit), ("cursor", cursor)), ct);
        return new Page<FollowView>([.. page.Items.Select(FollowJson.View)], page.NextCursor);
    }

    public async Task<FollowView?> GetAsync(long userId, Guid followId, CancellationToken ct) => await core.FindAsync<JsonNode>(Link.To(Routes.Follow, userId, followId), ct) is { } follow ? FollowJson.View(follow.Deserialize<JsonElement>()) : null;

    public Task<FollowRules?> RulesAsync(long userId, Guid followId, int version, CancellationToken ct) => core.FindAsync<FollowRules>(Link.To(Routes.FollowRules, userId, followId, version), ct);

    public async Task<Result<string>> ShareAsync(long userId, Guid followId, CancellationToken ct) =>
        (await core.AskAsync<Share>(HttpMethod.Post, Link.To(Routes.FollowShare, userId, followId), null, ct)).Try(out var share, out var error) ? share.ShareId : error;

    public Task<Result<SharedFollow>> SharedAsync(long userId, string shareId, CancellationToken ct) => core.AskAsync<SharedFollow>(HttpMethod.Get, Link.To(Routes.Shared, userId, shareId), null, ct);

    public Task<Result<CopyPreview>> PreviewAsync(long userId, string leader, FollowRules rules, int days, CancellationToken ct)
    {
        var body = Body(rules);
        body["leader"] = leader;
        return core.AskAsync<CopyPreview>(HttpMethod.Post, Link.To(Routes.FollowPreview, userId).With(("days", days)), body, ct);
    }

    public Task<Page<DecisionView>> DecisionsAsync(long userId, Guid? followId, string? verdict, int limit, string? cursor, CancellationToken ct) =>
        core.GetAsync<Page<DecisionView>>(Link.To(Routes.Decisions, userId).With(("followId", followId), ("verdict", verdict), ("limit", limit), ("cursor", cursor)), ct);

    public Task<DecisionView?> DecisionAsync(long userId, Guid decisionId, CancellationToken ct) => core.FindAsync<DecisionView>(Link.To(Routes.Decision, userId, decisionId), ct);

    private async Task<Result<FollowView>> AskAsync(HttpMethod method, string path, object? body, CancellationToken ct) =>
        (await core.AskAsync<JsonElement>(method, path, body, ct)).Try(out var follow, out var error) ? FollowJson.View(follow) : error;

    private sealed record Share(string ShareId);

    private static JsonObject Body(FollowRules rules) => JsonSerializer.SerializeToNode(rules, Json.Options)!.AsObject();
}

internal sealed class RiskClient(Backend core) : IRisk
{
    public Task<Result<RiskState>> LimitAsync(RiskScope scope, RiskLimits limits, string by, CancellationToken ct) => core.AskAsync<RiskState>(HttpMethod.Put, Routes.BotRisk, new { scope, limits, by }, ct);

    public Task<Result<RiskState>> ResumeAsync(RiskScope scope, string reason, string by, CancellationToken ct) => core.AskAsync<RiskState>(HttpMethod.Post, Routes.BotRiskResume, new { scope, reason, by }, ct);

    public Task<IReadOnlyList<RiskState>> ListAsync(long? userId, CancellationToken ct) => core.GetAsync<IReadOnlyList<RiskState>>(Routes.BotRisk.With(("userId", userId)), ct);
}
