using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Gamma;

/// <summary>A listing's filters, order and place. Unknown parameters are ignored, as the venue does (facts F47): a typo gives the unfiltered list.</summary>
internal sealed class GammaQuery
{
    public const int MaxLimit = 100;
    private const int DefaultLimit = 20;

    private static readonly string[] Orders = ["volumeNum", "liquidityNum", "volume24hr", "startDate", "endDate", "createdAt", "id", "volume", "liquidity", "closedTime"];

    private readonly IQueryCollection _query;

    private GammaQuery(IQueryCollection query) => _query = query;

    public int Limit { get; private init; }

    /// <summary>Null: by id, ascending.</summary>
    public string? Order { get; private init; }

    public bool Ascending { get; private init; }

    /// <summary>Where the page before ended.</summary>
    public (decimal Key, long Id)? After { get; private init; }

    /// <summary>Reads a query, or says what the venue refuses with 422.</summary>
    public static GammaQuery? Read(IQueryCollection query, out string refusal)
    {
        refusal = "";
        var order = query["order"].ToString() is { Length: > 0 } text ? text.Split(',')[0] : null;
        if (order is not null && !Orders.Contains(order))
            refusal = "order fields are not valid";
        var cursor = query["after_cursor"].ToString();
        (decimal, long)? after = null;
        if (cursor.Length > 0 && (after = Place(cursor)) is null)
            refusal = "after_cursor is not valid";
        if (refusal.Length > 0)
            return null;
        return new GammaQuery(query)
        {
            // Larger limits are clamped without a word.
            Limit = int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? Math.Clamp(limit, 1, MaxLimit) : DefaultLimit,
            Order = order,
            Ascending = order is null || query["ascending"].ToString() is not "false",
            After = after,
        };
    }

    /// <summary>The opaque cursor behind an item.</summary>
    public static string Cursor(decimal key, long id) => Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"k":"{{key}}","id":{{id}}}""")));

    /// <summary>Repeated keys and commas both make lists.</summary>
    public IReadOnlyList<string> List(string name) => [.. _query[name].Concat(_query[name + "[]"]).SelectMany(v => (v ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))];

    public string? One(string name) => _query.TryGetValue(name, out var value) ? value.ToString() : null;

    public bool? Flag(string name) => One(name) switch { "true" => true, "false" => false, _ => null };

    public bool Matches(GammaFacts facts)
    {
        var market = facts.State.Market;
        return facts.Closed == (Flag("closed") ?? false)
            && In("id", market.Id)
            && In("slug", market.Slug)
            && In("condition_ids", market.ConditionId)
            && In("question_ids", market.QuestionId)
            && (List("clob_token_ids") is not { Count: > 0 } tokens || tokens.Any(market.TokenIds.Contains))
            && MatchesTags(market.Event)
            && Within("volume_num", facts.Volume)
            && Within("liquidity_num", facts.Liquidity)
            && Within("start_date", market.StartDate)
            && Within("end_date", market.EndDate)
            && (One("uma_resolution_status") is not { Length: > 0 } status || status == facts.UmaStatus)
            && (List("sports_market_types") is not { Count: > 0 } types || (market.GameStart is not null && types.Contains(market.Outcomes[0] == "Over" ? "totals" : "moneyline")));
    }

    public bool Matches(SimEvent @event, IReadOnlyList<GammaFacts> children) =>
        children.All(c => c.Closed) == (Flag("closed") ?? false)
        && In("id", @event.Id)
        && In("slug", @event.Slug)
        && MatchesTags(@event)
        && (One("tag_slug") is not { Length: > 0 } tag || @event.Tags.Any(t => t.Slug == tag))
        && !@event.Tags.Any(t => List("exclude_tag_id").Contains(t.Id))
        && (List("series_id") is not { Count: > 0 } series || series.Contains(@event.Series?.Id))
        && (One("title_search") is not { Length: > 0 } title || @event.Title.Contains(title, StringComparison.OrdinalIgnoreCase))
        && Within("volume", children.Sum(c => c.Volume))
        && Within("liquidity", children.Sum(c => c.Liquidity))
        && Within("start_date", @event.StartDate)
        && Within("end_date", @event.EndDate);

    /// <summary>What the order sorts by; the id settles ties.</summary>
    public decimal Key(GammaFacts facts) => Key(facts.Volume, facts.Liquidity, facts.Volume24Hours, facts.State.Market.StartDate, facts.State.Market.EndDate, facts.State.ResolvedAt, facts.State.Market.Id);

    public decimal Key(SimEvent @event, IReadOnlyList<GammaFacts> children) =>
        Key(children.Sum(c => c.Volume), children.Sum(c => c.Liquidity), children.Sum(c => c.Volume24Hours), @event.StartDate, @event.EndDate, children.Max(c => c.State.ResolvedAt), @event.Id);

    private decimal Key(decimal volume, decimal liquidity, decimal day, DateTimeOffset start, DateTimeOffset end, DateTimeOffset? closed, string id) => Order switch
    {
        "volumeNum" or "volume" => volume,
        "liquidityNum" or "liquidity" => liquidity,
        "volume24hr" => day,
        "startDate" or "createdAt" => start.UtcTicks,
        "endDate" => end.UtcTicks,
        "closedTime" => closed?.UtcTicks ?? 0,
        _ => decimal.Parse(id, CultureInfo.InvariantCulture),
    };

    private bool MatchesTags(SimEvent @event) => List("tag_id") is not { Count: > 0 } wanted || @event.Tags.Any(t => wanted.Contains(t.Id));

    private bool In(string name, string value) => List(name) is not { Count: > 0 } wanted || wanted.Contains(value, StringComparer.OrdinalIgnoreCase);

    private bool Within(string name, decimal value) =>
        !(decimal.TryParse(One(name + "_min"), NumberStyles.Float, CultureInfo.InvariantCulture, out var min) && value < min)
        && !(decimal.TryParse(One(name + "_max"), NumberStyles.Float, CultureInfo.InvariantCulture, out var max) && value > max);

    private bool Within(string name, DateTimeOffset value) =>
        !(DateTimeOffset.TryParse(One(name + "_min"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var min) && value < min)
        && !(DateTimeOffset.TryParse(One(name + "_max"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var max) && value > max);

    private static (decimal, long)? Place(string cursor)
    {
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(cursor));
            return (decimal.Parse(document.RootElement.GetProperty("k").GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture), document.RootElement.GetProperty("id").GetInt64());
        }
        catch (Exception e) when (e is FormatException or JsonException or KeyNotFoundException or InvalidOperationException or ArgumentNullException or OverflowException)
        {
            return null;
        }
    }
}
