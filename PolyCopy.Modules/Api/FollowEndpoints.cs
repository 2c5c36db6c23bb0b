using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Api;

internal static class FollowEndpoints
{
    private static readonly Error UnknownFollow = new("follow.unknown", "There is no such follow.");
    private static readonly Error Raise = new("limit.raise", "A user's key may lower a follow's caps, not raise them, nor start a follow with more than the defaults: that takes the operator's key, or the chat.");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.Follows, async (long userId, ICopying copying, CancellationToken ct, int limit = 50, string? cursor = null) =>
            Paging.Check(limit) is { } bad ? Problems.Of(bad) : Ok(await copying.ListAsync(userId, limit, cursor, ct)) as IResult);
        app.MapPost(Routes.Follows, async (long userId, JsonElement body, HttpContext http, Access access, ICopying copying, CancellationToken ct) =>
            FollowJson.RulesOf(body) is var rules && access.IsUsersKey(http) && IsRaised(new FollowRules(), rules) ? Problems.Of(Raise)
            : (await copying.CreateAsync(userId, FollowJson.LeaderOf(body), rules, ct)).Try(out var follow, out var error) ? TypedResults.Json(FollowJson.Of(follow), Json.Options, statusCode: 201) : Problems.Of(error) as IResult);
        app.MapGet(Routes.Follow, async (long userId, Guid followId, ICopying copying, CancellationToken ct) =>
            await copying.GetAsync(userId, followId, ct) is { } follow ? Ok(follow) : Problems.Of(UnknownFollow) as IResult);
        app.MapPut(Routes.Follow, async (long userId, Guid followId, JsonElement body, HttpContext http, Access access, ICopying copying, CancellationToken ct) =>
            await copying.GetAsync(userId, followId, ct) is not { } follow ? Problems.Of(UnknownFollow)
            : FollowJson.Change(follow.Rules, body) is var rules && access.IsUsersKey(http) && IsRaised(follow.Rules, rules) ? Problems.Of(Raise)
            : Answer(await copying.ChangeAsync(userId, followId, rules, ct)));
        app.MapDelete(Routes.Follow, async (long userId, Guid followId, ICopying copying, CancellationToken ct, bool keepSells = true) => Answer(await copying.DeleteAsync(userId, followId, keepSells, ct)));
        app.MapPost(Routes.FollowPause, async (long userId, Guid followId, ICopying copying, CancellationToken ct, string? reason = null) => Answer(await copying.PauseAsync(userId, followId, reason, ct)));
        app.MapPost(Routes.FollowResume, async (long userId, Guid followId, ICopying copying, CancellationToken ct) => Answer(await copying.ResumeAsync(userId, followId, ct)));
        app.MapPost(Routes.FollowCloseAll, async (long userId, Guid followId, ICopying copying, CancellationToken ct) =>
            (await copying.CloseAllAsync(userId, followId, ct)).Try(out var made, out var error) ? TypedResults.Ok(new Page<DecisionView>(made, null)) : Problems.Of(error) as IResult).Produces<Page<DecisionView>>();
        app.MapGet(Routes.FollowRules, async (long userId, Guid followId, int version, ICopying copying, CancellationToken ct) =>
            await copying.RulesAsync(userId, followId, version, ct) is { } rules ? TypedResults.Ok(rules) : Problems.Of(UnknownFollow) as IResult).Produces<FollowRules>();

        app.MapPost(Routes.FollowPreview, async (long userId, JsonElement body, ICopying copying, CancellationToken ct, int days = 7) =>
            (await copying.PreviewAsync(userId, FollowJson.LeaderOf(body), FollowJson.RulesOf(body), days, ct)).ToResult()).Produces<CopyPreview>();
        app.MapPost(Routes.FollowShare, async (long userId, Guid followId, ICopying copying, CancellationToken ct) =>
            (await copying.ShareAsync(userId, followId, ct)).Try(out var id, out var error) ? TypedResults.Ok(new { shareId = id }) : Problems.Of(error) as IResult);
        app.MapGet(Routes.Shared, async (long userId, string shareId, ICopying copying, CancellationToken ct) => (await copying.SharedAsync(userId, shareId, ct)).ToResult()).Produces<SharedFollow>();

        app.MapGet(Routes.Decisions, async (long userId, ICopying copying, CancellationToken ct, Guid? followId = null, string? verdict = null, int limit = 50, string? cursor = null) =>
            Paging.Check(limit) is { } bad ? Problems.Of(bad)
            : verdict is not (null or "copied" or "skipped" or "failed") ? Problems.Of(new Error("request.verdict", "verdict is copied, skipped or failed."))
            : TypedResults.Ok(await copying.DecisionsAsync(userId, followId, verdict, limit, cursor, ct)) as IResult).Produces<Page<DecisionView>>();
        app.MapGet(Routes.Decision, async (long userId, Guid decisionId, ICopying copying, CancellationToken ct) =>
            await copying.DecisionAsync(userId, decisionId, ct) is { } decision ? TypedResults.Ok(decision) : Problems.Of(new Error("decision.unknown", "There is no such decision.")) as IResult).Produces<DecisionView>();
    }

    private static bool IsRaised(FollowRules before, FollowRules after) =>
        after.MaxPerTrade > before.MaxPerTrade || after.MaxPerDay > before.MaxPerDay || after.MaxPerMarket > before.MaxPerMarket || after.MaxOpenPositions > before.MaxOpenPositions;

    private static IResult Answer(Result<FollowView> result) => result.Try(out var follow, out var error) ? Ok(follow) : Problems.Of(error);

    private static IResult Ok(FollowView follow) => TypedResults.Json(FollowJson.Of(follow), Json.Options);

    private static IResult Ok(Page<FollowView> page) => TypedResults.Json(new { items = page.Items.Select(FollowJson.Of), page.NextCursor }, Json.Options);
}

/// <summary>A follow on the wire: its rules stand beside its id, as one flat object.</summary>
public static class FollowJson
{
    // a cap that is misspelt must not quietly become the default
    private static readonly JsonSerializerOptions Strict = new(Json.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    public static JsonObject Of(FollowView follow)
    {
        var json = JsonSerializer.SerializeToNode(follow.Rules, Json.Options)!.AsObject();
        foreach (var (name, value) in JsonSerializer.SerializeToNode(new
        {
            follow.Id,
            follow.Leader,
            follow.Status,
            follow.Reason,
            follow.RulesVersion,
            follow.Holdings,
            follow.SpentToday,
            follow.CreatedAt,
            follow.UpdatedAt,
            follow.ReasonSaid,
        }, Json.Options)!.AsObject().ToList())
            json[name] = value?.DeepClone();
        return json;
    }

    /// <summary>The view again, on the other side.</summary>
    public static FollowView View(JsonElement json)
    {
        var rules = json.Deserialize<FollowRules>(Json.Options)!;
        var flat = json.Deserialize<Flat>(Json.Options)!;
        return new FollowView(flat.Id, flat.Leader, rules, flat.RulesVersion, flat.Status, flat.Reason, flat.Holdings, flat.SpentToday, flat.CreatedAt, flat.UpdatedAt, flat.ReasonSaid);
    }

    internal static string LeaderOf(JsonElement body) => Object(body)["leader"] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? Read<string>(value, Json.Options) : "";

    /// <exception cref="BadHttpRequestException">A rule is not known, or of another type.</exception>
    internal static FollowRules RulesOf(JsonElement body)
    {
        var rules = Object(body);
        rules.Remove("leader");
        return RulesOf(rules);
    }

    /// <summary>Absent: unchanged. Null: cleared, which for a cap is its default.</summary>
    internal static FollowRules Change(FollowRules before, JsonElement body)
    {
        var rules = JsonSerializer.SerializeToNode(before, Json.Options)!.AsObject();
        foreach (var (name, value) in Object(body))
            if (value is null)
                rules.Remove(name);
            else
                rules[name] = value.DeepClone();
        return RulesOf(rules);
    }

    private static JsonObject Object(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw new BadHttpRequestException("The body is a JSON object.");
        try
        {
            return JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(body))!.AsObject(); // written once, so that no text in it fails later
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("A text holds half a character.", e);
        }
    }

    private static FollowRules RulesOf(JsonObject rules)
    {
        foreach (var (name, value) in rules.ToList())
            if (value is null)
                rules.Remove(name);
        return Read<FollowRules>(rules, Strict);
    }

    private static T Read<T>(JsonNode json, JsonSerializerOptions options)
    {
        try
        {
            return json.Deserialize<T>(options)!;
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException(e.Message.Split(" Path:")[0], e);
        }
    }

    private sealed record Flat(Guid Id, string Leader, string Status, string? Reason, int RulesVersion, IReadOnlyList<FollowHolding> Holdings, decimal SpentToday, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, Said? ReasonSaid);
}
