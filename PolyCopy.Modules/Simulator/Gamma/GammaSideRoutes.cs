using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Gamma;

/// <summary>Gamma's lists that hardly change: tags, series, sports; and what this venue has none of.</summary>
internal static class GammaSideRoutes
{
    public static void Map(IEndpointRouteBuilder gamma)
    {
        gamma.MapGet("/status", context => Answer("OK").SendAsync(context));
        gamma.MapGet("/tags", context => Array(AllTags, GammaJson.Tag).SendAsync(context));
        gamma.MapGet("/tags/{id}", context => One(context, t => t.Id).SendAsync(context));
        gamma.MapGet("/tags/slug/{id}", context => One(context, t => t.Slug).SendAsync(context));
        gamma.MapGet("/series", context => Array(RollingSeries.All, Series).SendAsync(context));
        gamma.MapGet("/sports", context => Array(CatalogGames.All.Select(g => g.League).Distinct(), Sport).SendAsync(context));
        foreach (var empty in (string[])["/teams", "/comments"])
            gamma.MapGet(empty, context => Answer("[]").SendAsync(context));
        gamma.MapGet("/public-profile", context => Clob.Answer.NotFound("profile not found").SendAsync(context));
    }

    /// <summary>A tag of the search with the events under it.</summary>
    public static void CountedTag(Utf8JsonWriter json, SimTag tag, int events)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, tag.Id);
        json.WriteString("label"u8, tag.Label);
        json.WriteString("slug"u8, tag.Slug);
        json.WriteNumber("event_count"u8, events);
        json.WriteEndObject();
    }

    private static IEnumerable<SimTag> AllTags => Category.All.Select(c => c.Tag).Append(RollingSeries.UpOrDownTag).Append(MarketCatalog.GamesTag);

    private static Answer One(HttpContext context, Func<SimTag, string> name)
    {
        var wanted = (string)context.Request.RouteValues["id"]!;
        return AllTags.FirstOrDefault(t => name(t) == wanted) is { } tag ? Clob.Answer.Json(json => GammaJson.Tag(json, tag)) : Clob.Answer.NotFound("tag not found");
    }

    private static void Series(Utf8JsonWriter json, RollingSeries series)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, series.Id);
        json.WriteString("slug"u8, series.Slug);
        json.WriteString("title"u8, $"{series.Coin} Up or Down ({series.Minutes}m)");
        json.WriteString("recurrence"u8, $"{series.Minutes}m");
        json.WriteBoolean("active"u8, true);
        json.WriteBoolean("closed"u8, false);
        json.WriteEndObject();
    }

    private static void Sport(Utf8JsonWriter json, string league)
    {
        json.WriteStartObject();
        json.WriteString("sport"u8, Slugs.Of(league));
        json.WriteString("image"u8, "");
        json.WriteString("resolution"u8, "");
        json.WriteString("ordering"u8, "home");
        json.WriteString("tags"u8, $"1,{MarketCatalog.GamesTag.Id}");
        json.WriteString("series"u8, "");
        json.WriteEndObject();
    }

    private static Answer Answer(string body) => body;

    private static Answer Array<T>(IEnumerable<T> items, Action<Utf8JsonWriter, T> write) => Clob.Answer.Json(json =>
    {
        json.WriteStartArray();
        foreach (var item in items)
            write(json, item);
        json.WriteEndArray();
    });
}
