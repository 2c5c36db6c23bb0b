using System.Globalization;
using System.Text;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>The markets that stand from the beginning, made from the seed; ids hang on the seed and the place in the tables, dates on the epoch.</summary>
internal sealed class MarketCatalog
{
    /// <summary>Carried by every single game.</summary>
    public static readonly SimTag GamesTag = new("100639", "Games", "games");

    private readonly long _seed;
    private readonly DateTimeOffset _epoch;
    private readonly List<SimEvent> _events = [];
    private int _ids = 2_600_000;
    private readonly string _version = "v1";

    /// <param name="seed">What everything is made from.</param>
    /// <param name="now">Dates are made from its month.</param>
    /// <param name="protocolV2">Adds markets of Protocol V2.</param>
    public MarketCatalog(long seed, DateTimeOffset now, bool protocolV2 = false)
    {
        _seed = seed;
        // Whole months: titles and dates stay the same from start to start.
        _epoch = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        foreach (var question in CatalogQuestions.All)
            Add(question);
        foreach (var group in CatalogGroups.All)
            Add(group);
        foreach (var game in CatalogGames.All)
            Add(game);
        if (!protocolV2)
            return;
        _version = "v2";
        Add(CatalogQuestions.ProtocolV2);
        Add(CatalogGroups.ProtocolV2);
    }

    /// <summary>All events in the order of their ids, children included.</summary>
    public IReadOnlyList<SimEvent> Events => _events;

    private void Add(Question question)
    {
        var text = Fill(question.Text);
        var key = $"question:{_events.Count}";
        var @event = Event(key, text, question.Category, false, question.Months);
        var model = question.Won is { } won
            ? (PriceModel)new Settled { Key = Key(key), Value = won, Liveliness = 0 }
            : new Wander
            {
                Key = Key(key),
                Centre = question.Chance,
                Volatility = question.Volatility,
                Liveliness = question.Liveliness,
                Depth = DepthOf(key, question.Liveliness),
                SpreadTicks = SpreadOf(key, question.Liveliness),
            };
        Market(@event, question.Category, key, text, ["Yes", "No"], question.Tick, model, born: question.Won is { } value ? (value == 1 ? 0 : value == 0 ? 1 : -1) : null);
        _events.Add(@event);
    }

    private void Add(Group group)
    {
        var key = $"group:{_events.Count}";
        var @event = Event(key, Fill(group.Title), group.Category, true, group.Months);
        var chances = group.Names.Select(n => n.Chance).ToArray();
        for (var i = 0; i < group.Names.Length; i++)
        {
            var name = group.Names[i].Name;
            var model = new GroupShare
            {
                Key = Key(key),
                Chances = chances,
                Index = i,
                // The favourite is where the trading is.
                Liveliness = group.Liveliness * Math.Sqrt(chances[i]),
                Depth = DepthOf($"{key}:{i}", group.Liveliness),
                SpreadTicks = SpreadOf($"{key}:{i}", group.Liveliness),
            };
            var placeholder = name.StartsWith('?');
            var shown = name.TrimStart('?');
            Market(@event, group.Category, $"{key}:{i}", string.Format(CultureInfo.InvariantCulture, Fill(group.Child), shown), ["Yes", "No"], group.Tick, model, title: shown, threshold: i, active: !placeholder);
        }
        _events.Add(@event);
    }

    private void Add(Game game)
    {
        var key = $"game:{_events.Count}";
        var start = _epoch.AddDays(game.Days).AddHours(18 + _events.Count % 5);
        var @event = Event(key, $"{game.Home} vs. {game.Away}", game.Category, false, 0, start.AddDays(7), GamesTag, new($"7{_events.Count}", game.League, Slugs.Of(game.League)));
        var winner = new Wander { Key = Key(key), Centre = game.HomeChance, Volatility = 0.6, Liveliness = game.Liveliness, Depth = DepthOf(key, game.Liveliness) };
        Market(@event, game.Category, key, @event.Title, [game.Home, game.Away], 100, winner, delay: game.DelaySeconds, gameStart: start);
        var total = new Wander { Key = Key(key + ":total"), Centre = 0.5, Volatility = 0.4, Liveliness = game.Liveliness / 3, Depth = DepthOf(key + ":total", 0.1), SpreadTicks = 2 };
        Market(@event, game.Category, key + ":total", $"{@event.Title}: O/U {game.Total}", ["Over", "Under"], 100, total, title: $"O/U {game.Total}", threshold: 1, delay: game.DelaySeconds, gameStart: start);
        _events.Add(@event);
    }

    private SimEvent Event(string key, string title, Category category, bool negRisk, int months, DateTimeOffset? end = null, params SimTag[] tags) => new()
    {
        Id = (600_000 + _events.Count).ToString(CultureInfo.InvariantCulture),
        Slug = $"{Slugs.Of(title)}-{600_000 + _events.Count}",
        Title = title,
        Description = Rules(title),
        NegRisk = negRisk,
        NegRiskMarketId = negRisk ? SeedIds.Bytes32(_seed, key + ":group") : null,
        Category = category.Name,
        Tags = [category.Tag, .. tags],
        StartDate = _epoch.AddDays(-60 - Noise.Unit(Key(key)) * 90),
        EndDate = end ?? _epoch.AddMonths(months).AddDays(27).AddHours(23).AddMinutes(59),
    };

    private void Market(
        SimEvent @event, Category category, string key, string question, string[] outcomes, int tick, PriceModel model,
        string? title = null, int threshold = 0, bool active = true, int delay = 0, DateTimeOffset? gameStart = null, int? born = null)
    {
        var luck = Noise.Unit(Noise.Mix(Key(key), 42));
        var module = @event.NegRisk ? 2 : 1;
        IReadOnlyList<string> positions = [SeedIds.Position(_seed, key + ":position", 0, module), SeedIds.Position(_seed, key + ":position", 1, module)];
        var isV2 = _version == "v2";
        @event.Markets.Add(new SimMarket
        {
            // Ids of the venue are not consecutive.
            Id = (_ids += 1 + (int)(Key(key) % 9)).ToString(CultureInfo.InvariantCulture),
            ConditionId = isV2 ? SeedIds.PositionCondition(_seed, key + ":position", module) : SeedIds.Bytes32(_seed, key + ":condition"),
            QuestionId = SeedIds.Bytes32(_seed, key + ":question"),
            Slug = $"{Slugs.Of(question)}-{_ids}",
            Question = question,
            Description = Rules(question),
            Outcomes = outcomes,
            TokenIds = isV2 ? positions : [SeedIds.Token(_seed, key + ":0"), SeedIds.Token(_seed, key + ":1")],
            PositionIds = isV2 || luck < 0.35 ? positions : null,
            Version = _version,
            Event = @event,
            GroupItemTitle = title,
            GroupItemThreshold = threshold,
            Tick = new Price(tick),
            Fees = category.Fees,
            TakerDelaySeconds = delay,
            StartDate = @event.StartDate,
            EndDate = @event.EndDate,
            GameStart = gameStart,
            Active = active,
            BornResolved = born,
            PrimaryIsSecond = Noise.Mix(Key(key), 43) % 10 == 0,
            Model = model,
        });
    }

    private string Fill(string text) => new StringBuilder(text)
        .Replace("{Y}", _epoch.ToString("yyyy", CultureInfo.InvariantCulture))
        .Replace("{Y1}", _epoch.AddYears(1).ToString("yyyy", CultureInfo.InvariantCulture))
        .Replace("{M}", _epoch.ToString("MMMM", CultureInfo.InvariantCulture))
        .Replace("{M1}", _epoch.AddMonths(1).ToString("MMMM", CultureInfo.InvariantCulture))
        .ToString();

    private static string Rules(string title) =>
        $"This market will resolve according to the outcome of: {title} The primary resolution source is official information of the bodies concerned; a consensus of credible reporting will also be used.";

    private ulong Key(string key) => Noise.Mix((ulong)_seed, key);

    private double DepthOf(string key, double liveliness) => 0.4 + 3 * liveliness + Noise.Unit(Noise.Mix(Key(key), 44));

    /// <summary>Quiet markets are quoted wider.</summary>
    private int SpreadOf(string key, double liveliness) => liveliness >= 0.4 ? 1 : 1 + (int)(Noise.Mix(Key(key), 45) % 4);
}

/// <summary>Titles as the venue puts them into addresses.</summary>
internal static class Slugs
{
    public static string Of(string title)
    {
        var slug = new StringBuilder();
        foreach (var c in title.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(c);
            else if (c is not ('\'' or '"' or '.') && slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }
        return slug.ToString().Trim('-');
    }
}
