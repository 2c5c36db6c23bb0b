namespace PolyCopy.Modules.Simulator.World;

/// <summary>A subject of the venue with its tag and its fees (facts 2.6).</summary>
internal sealed record Category(string Name, SimTag Tag, FeeSchedule Fees)
{
    public static readonly Category Politics = new("Politics", new("2", "Politics", "politics"), new("politics_fees", 0.04m, 1, 0.25m));
    public static readonly Category Crypto = new("Crypto", new("21", "Crypto", "crypto"), new("crypto_fees_v2", 0.07m, 1, 0.2m));
    public static readonly Category Sports = new("Sports", new("1", "Sports", "sports"), new("sports_fees_v3", 0.05m, 1, 0.25m));
    public static readonly Category Football = new("Sports", new("1", "Sports", "sports"), new("sports_fees_nfl_cfb_oct26", 0.03m, 1, 0.15m));
    public static readonly Category Economy = new("Economy", new("100328", "Economy", "economy"), new("economics_fees", 0.05m, 1, 0.25m));
    public static readonly Category Finance = new("Finance", new("120", "Finance", "finance"), new("finance_fees", 0.04m, 1, 0.25m));
    public static readonly Category Culture = new("Culture", new("596", "Culture", "pop-culture"), new("culture_fees", 0.05m, 1, 0.25m));
    public static readonly Category Weather = new("Weather", new("84", "Weather", "weather"), new("weather_fees", 0.05m, 1, 0.25m));
    public static readonly Category Tech = new("Tech", new("1401", "Tech", "tech"), new("tech_fees", 0.04m, 1, 0.25m));
    public static readonly Category Geopolitics = new("Geopolitics", new("100265", "Geopolitics", "geopolitics"), FeeSchedule.Zero);

    /// <summary>Everything filed under a category, for Gamma's tag list.</summary>
    public static IReadOnlyList<Category> All { get; } = [Politics, Crypto, Sports, Economy, Finance, Culture, Weather, Tech, Geopolitics];
}

/// <summary>A Yes/No question of its own.</summary>
/// <param name="Text">May hold {Y} (this year), {Y1} (next year), {M} (this month), {M1} (next month).</param>
/// <param name="Chance">Where its price wanders around.</param>
/// <param name="Months">Months from the world's epoch to the end date; negative: past, though it still trades.</param>
/// <param name="Tick">Ten-thousandths.</param>
/// <param name="Won">Set: it was over before the world began, and whether Yes won (0.5 = 50/50).</param>
internal sealed record Question(Category Category, string Text, double Chance, int Months = 6, int Tick = 100, double Liveliness = 0.1, double Volatility = 1, double? Won = null);

/// <summary>A neg-risk event: exactly one child becomes Yes.</summary>
/// <param name="Child">The child's question; {0} is its name.</param>
/// <param name="Names">Name and chance; a name that starts with "?" is a placeholder (inactive, yet accepting orders).</param>
internal sealed record Group(Category Category, string Title, string Child, (string Name, double Chance)[] Names, int Months = 6, int Tick = 100, double Liveliness = 0.1);

/// <summary>A game with a winner market and a total market; the outcomes are teams, Over and Under.</summary>
/// <param name="DelaySeconds">The venue's taker delay on live sports.</param>
internal sealed record Game(Category Category, string League, string Home, string Away, double HomeChance, string Total, int Days, int DelaySeconds, double Liveliness = 0.15);
