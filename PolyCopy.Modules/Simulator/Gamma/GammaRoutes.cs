using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Gamma;

/// <summary>Gamma: what markets there are (facts 1). Every answer is made whole under the gate and sent after it.</summary>
internal sealed class GammaRoutes(SimWorld world)
{
    private const int MaxOffset = 2000;

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<GammaRoutes>();
        var gamma = app.MapGroup("/gamma");
        gamma.MapGet("/markets/keyset", routes.MarketsKeysetAsync);
        gamma.MapGet("/events/keyset", routes.EventsKeysetAsync);
        gamma.MapGet("/markets", routes.MarketsOldAsync);
        gamma.MapGet("/events", routes.EventsOldAsync);
        gamma.MapGet("/events/pagination", routes.EventsPaginationAsync);
        gamma.MapGet("/markets/{id}", context => routes.MarketAsync(context, (json, facts) => GammaJson.Market(json, facts, withEvent: true, withTags: context.Request.Query["include_tag"] == "true")));
        gamma.MapGet("/markets/slug/{id}", context => routes.MarketAsync(context, (json, facts) => GammaJson.Market(json, facts, withEvent: true, withTags: context.Request.Query["include_tag"] == "true")));
        gamma.MapGet("/markets/{id}/tags", context => routes.MarketAsync(context, (json, facts) => Tags(json, facts.State.Market.Event.Tags)));
        gamma.MapGet("/markets/{id}/description", context => routes.MarketAsync(context, Description));
        gamma.MapPost("/markets/information", routes.InformationAsync);
        gamma.MapGet("/events/{id}", context => routes.EventAsync(context, e => e.Id));
        gamma.MapGet("/events/slug/{id}", context => routes.EventAsync(context, e => e.Slug));
        gamma.MapGet("/events/{id}/tags", context => routes.EventTagsAsync(context));
        gamma.MapGet("/public-search", routes.SearchAsync);
        GammaSideRoutes.Map(gamma);
    }

    private Task MarketsKeysetAsync(HttpContext context) => ListAsync(context, keyset: true, query =>
    {
        var (page, next) = GammaPages.Keyset(Markets(query), query);
        return Answer.Object(json =>
        {
            json.WriteStartArray("markets"u8);
            foreach (var facts in page)
                GammaJson.Market(json, facts, withEvent: true, withTags: query.Flag("include_tag") == true);
            json.WriteEndArray();
            if (next is not null)
                json.WriteString("next_cursor"u8, next);
        });
    });

    private Task EventsKeysetAsync(HttpContext context) => ListAsync(context, keyset: true, query =>
    {
        var (page, next) = GammaPages.Keyset(Events(query), query);
        return Answer.Object(json =>
        {
            json.WriteStartArray("events"u8);
            WriteEvents(json, page, query);
            json.WriteEndArray();
            if (next is not null)
                json.WriteString("next_cursor"u8, next);
        });
    });

    private Task MarketsOldAsync(HttpContext context) => ListAsync(context, keyset: false, query => Answer.Json(json =>
    {
        json.WriteStartArray();
        foreach (var facts in GammaPages.Offset(Markets(query).Where(m => query.Flag("active") is not { } active || m.Item.State.Market.Active == active), query, OffsetOf(context)))
            GammaJson.Market(json, facts, withEvent: true);
        json.WriteEndArray();
    }));

    private Task EventsOldAsync(HttpContext context) => ListAsync(context, keyset: false, query => Answer.Json(json =>
    {
        json.WriteStartArray();
        WriteEvents(json, GammaPages.Offset(Events(query), query, OffsetOf(context)), query);
        json.WriteEndArray();
    }));

    private Task EventsPaginationAsync(HttpContext context) => ListAsync(context, keyset: false, query =>
    {
        var all = Events(query).ToList();
        var page = GammaPages.Offset(all, query, OffsetOf(context));
        return Answer.Object(json =>
        {
            json.WriteStartArray("data"u8);
            WriteEvents(json, page, query);
            json.WriteEndArray();
            Pagination(json, OffsetOf(context) + page.Count < all.Count, all.Count);
        });
    });

    private Task MarketAsync(HttpContext context, Action<Utf8JsonWriter, GammaFacts> write) => AnswerAsync(context, () =>
        world.FindName((string)context.Request.RouteValues["id"]!) is { } market ? Answer.Json(json => write(json, new GammaFacts(market, Now))) : NotFound);

    private Task EventAsync(HttpContext context, Func<SimEvent, string> name) => AnswerAsync(context, () =>
    {
        var wanted = (string)context.Request.RouteValues["id"]!;
        var found = Events().FirstOrDefault(e => name(e.Event) == wanted);
        return found.Event is null ? NotFound : Answer.Json(json => GammaJson.Event(json, found.Event, found.Children, withMarkets: true));
    });

    private Task EventTagsAsync(HttpContext context) => AnswerAsync(context, () =>
    {
        var wanted = (string)context.Request.RouteValues["id"]!;
        return world.Markets.FirstOrDefault(m => m.Market.Event.Id == wanted) is { } market ? Answer.Json(json => Tags(json, market.Market.Event.Tags)) : NotFound;
    });

    /// <summary>{"id":[…],"slug":[…],"conditionIds":[…],"clobTokenIds":[…]}: whatever is named.</summary>
    private async Task InformationAsync(HttpContext context)
    {
        if (await PublicRequest.BodyAsync(context) is not { ValueKind: JsonValueKind.Object } body)
        {
            await Reply.Error(context, StatusCodes.Status422UnprocessableEntity, "validation error");
            return;
        }
        bool Names(string member, params IEnumerable<string> values) =>
            body.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array && list.EnumerateArray().Any(v => values.Contains(v.ToString()));
        await AnswerAsync(context, () => Answer.Json(json =>
        {
            json.WriteStartArray();
            foreach (var state in world.Markets.Where(m => Names("id", m.Market.Id) || Names("slug", m.Market.Slug) || Names("conditionIds", m.Market.ConditionId) || Names("clobTokenIds", m.Market.TokenIds)).Take(GammaQuery.MaxLimit))
                GammaJson.Market(json, new GammaFacts(state, Now), withEvent: true);
            json.WriteEndArray();
        }));
    }

    private Task SearchAsync(HttpContext context) => AnswerAsync(context, () =>
    {
        var query = context.Request.Query;
        var words = query["q"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return new Answer(StatusCodes.Status422UnprocessableEntity, "q is required");
        var limit = Number(query["limit_per_type"]) is { } asked ? Math.Clamp(asked, 1, 50) : 10;
        var page = Math.Max(1, Number(query["page"]) ?? 1);
        var closedToo = query["keep_closed_markets"] == "1" || query["events_status"] == "closed";
        var found = Events()
            .Where(e => (closedToo || !e.Children.All(c => c.Closed)) && words.All(w => Mentions(e.Event, w)))
            .OrderByDescending(e => e.Children.Sum(c => c.Volume)).ToList();
        var hasMore = found.Count > page * limit;
        return Answer.Object(json =>
        {
            json.WriteStartArray("events"u8);
            foreach (var (@event, children) in found.Skip((page - 1) * limit).Take(limit))
                GammaJson.Event(json, @event, children, withMarkets: true);
            json.WriteEndArray();
            json.WriteStartArray("tags"u8);
            if (query["search_tags"] != "false")
            {
                foreach (var tag in Category.All.Select(c => c.Tag).Where(t => words.All(w => t.Label.Contains(w, StringComparison.OrdinalIgnoreCase))))
                    GammaSideRoutes.CountedTag(json, tag, found.Count(e => e.Event.Tags.Contains(tag)));
            }
            json.WriteEndArray();
            if (query["optimized"] == "true")
            {
                json.WriteStartArray("profiles"u8);
                json.WriteEndArray();
                json.WriteBoolean("hasMore"u8, hasMore);
            }
            else
            {
                json.WriteNull("profiles"u8);
                Pagination(json, hasMore, found.Count);
            }
        });
    });

    private Task ListAsync(HttpContext context, bool keyset, Func<GammaQuery, Answer> answer)
    {
        if (!keyset)
        {
            context.Response.Headers["deprecation"] = "true";
            context.Response.Headers["sunset"] = "Fri, 01 May 2026 00:00:00 GMT";
            context.Response.Headers["warning"] = "299 - \"use /markets/keyset\"";
        }
        var offset = context.Request.Query["offset"].ToString();
        if (keyset && offset.Length > 0)
            return Invalid(context, "offset is not allowed on keyset endpoints");
        if (OffsetOf(context) > MaxOffset)
            return Invalid(context, "offset too large, use /markets/keyset for deeper pagination");
        if (GammaQuery.Read(context.Request.Query, out var refusal) is not { } query)
            return Invalid(context, refusal);
        context.Response.Headers.CacheControl = "public, max-age=300";
        return AnswerAsync(context, () => answer(query));
    }

    private IEnumerable<(GammaFacts Item, decimal Key, long Id)> Markets(GammaQuery query)
    {
        // Ids find slots that have left the listings, too.
        var named = query.List("condition_ids").Select(world.FindCondition).Concat(query.List("clob_token_ids").Select(t => world.FindToken(t)?.Market)).ToList();
        var candidates = named.Count > 0 ? named.OfType<MarketState>().Distinct() : world.Markets;
        var now = Now;
        return candidates.Select(m => new GammaFacts(m, now)).Where(query.Matches).Select(f => (f, query.Key(f), long.Parse(f.State.Market.Id, CultureInfo.InvariantCulture)));
    }

    private IEnumerable<((SimEvent Event, IReadOnlyList<GammaFacts> Children) Item, decimal Key, long Id)> Events(GammaQuery query) =>
        Events().Where(e => query.Matches(e.Event, e.Children)).Select(e => (e, query.Key(e.Event, e.Children), long.Parse(e.Event.Id, CultureInfo.InvariantCulture)));

    private IEnumerable<(SimEvent Event, IReadOnlyList<GammaFacts> Children)> Events()
    {
        var now = Now;
        return world.Markets.GroupBy(m => m.Market.Event).Select(g => (g.Key, (IReadOnlyList<GammaFacts>)[.. g.Select(m => new GammaFacts(m, now))]));
    }

    private void WriteEvents(Utf8JsonWriter json, List<(SimEvent Event, IReadOnlyList<GammaFacts> Children)> page, GammaQuery query)
    {
        foreach (var (@event, children) in page)
            GammaJson.Event(json, @event, children, withMarkets: query.Flag("include_markets") ?? true);
    }

    private DateTimeOffset Now => world.Clock.GetUtcNow();

    private static Answer NotFound => new(StatusCodes.Status404NotFound, "id not found");

    private static int OffsetOf(HttpContext context) => Number(context.Request.Query["offset"]) ?? 0;

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool Mentions(SimEvent @event, string word) =>
        @event.Title.Contains(word, StringComparison.OrdinalIgnoreCase) || @event.Markets.Any(m => m.Question.Contains(word, StringComparison.OrdinalIgnoreCase)) || @event.Tags.Any(t => t.Label.Equals(word, StringComparison.OrdinalIgnoreCase));

    private static void Description(Utf8JsonWriter json, GammaFacts facts)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, facts.State.Market.Id);
        json.WriteString("description"u8, facts.State.Market.Description);
        json.WriteEndObject();
    }

    private static void Tags(Utf8JsonWriter json, IReadOnlyList<SimTag> tags)
    {
        json.WriteStartArray();
        foreach (var tag in tags)
            GammaJson.Tag(json, tag);
        json.WriteEndArray();
    }

    private static void Pagination(Utf8JsonWriter json, bool hasMore, int total)
    {
        json.WriteStartObject("pagination"u8);
        json.WriteBoolean("hasMore"u8, hasMore);
        json.WriteNumber("totalResults"u8, total);
        json.WriteEndObject();
    }

    private Task AnswerAsync(HttpContext context, Func<Answer> make)
    {
        Answer answer;
        lock (world.Gate)
            answer = make();
        return answer.Status switch
        {
            StatusCodes.Status404NotFound => Refuse(context, answer.Status, "not found error", answer.Text),
            StatusCodes.Status422UnprocessableEntity => Invalid(context, answer.Text),
            _ => answer.SendAsync(context),
        };
    }

    private static Task Invalid(HttpContext context, string error) => Refuse(context, StatusCodes.Status422UnprocessableEntity, "validation error", error);

    private static Task Refuse(HttpContext context, int status, string type, string error)
    {
        context.Response.StatusCode = status;
        return Reply.Json(context, Wire.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, type);
            json.WriteString("error"u8, error);
            json.WriteEndObject();
        }), Task.CompletedTask);
    }
}
