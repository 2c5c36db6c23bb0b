using System.Globalization;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>"Bitcoin Up or Down" every quarter of an hour: markets that are born, end and resolve while one watches.</summary>
/// <param name="Number">Its place in <see cref="All"/>; part of its ids.</param>
internal sealed record RollingSeries(int Number, string Coin, string Ticker, string Slug, int Minutes, double Liveliness)
{
    /// <summary>Slots that are listed before they begin.</summary>
    public const int Ahead = 2;

    /// <summary>Slots that stay in listings after they resolved.</summary>
    public const int Behind = 4;

    public static readonly SimTag UpOrDownTag = new("102127", "Up or Down", "up-or-down");

    public static IReadOnlyList<RollingSeries> All { get; } =
    [
        new(0, "Bitcoin", "BTC", "btc-updown-15m", 15, 4),
        new(1, "Ethereum", "ETH", "eth-updown-15m", 15, 2),
        new(2, "Solana", "SOL", "sol-updown-15m", 15, 1),
        new(3, "Bitcoin", "BTC", "btc-updown-1h", 60, 2),
        new(4, "Ethereum", "ETH", "eth-updown-1h", 60, 0.5),
        new(5, "XRP", "XRP", "xrp-updown-1h", 60, 0.3),
        new(6, "Bitcoin", "BTC", "btc-updown-4h", 240, 0.5),
    ];

    /// <summary>Gamma's id of the series.</summary>
    public string Id => (10_000 + Number).ToString(CultureInfo.InvariantCulture);

    private long SlotMs => Minutes * 60_000L;

    /// <summary>The slot that runs at a time.</summary>
    public int SlotAt(DateTimeOffset at) => (int)(at.ToUnixTimeMilliseconds() / SlotMs);

    public DateTimeOffset StartOf(int slot) => DateTimeOffset.FromUnixTimeMilliseconds(slot * SlotMs);

    public DateTimeOffset EndOf(int slot) => StartOf(slot + 1);

    /// <summary>The market of a slot: the same whenever it is asked for.</summary>
    public SimMarket Market(long seed, int slot)
    {
        var (start, end) = (StartOf(slot), EndOf(slot));
        var title = string.Create(CultureInfo.InvariantCulture, $"{Coin} Up or Down - {start:MMMM d, h:mmtt}-{end:h:mmtt} UTC");
        var slug = string.Create(CultureInfo.InvariantCulture, $"{Slug}-{start.ToUnixTimeSeconds()}");
        var id = string.Create(CultureInfo.InvariantCulture, $"{Number + 1}{slot:D8}");
        var listed = start - Ahead * TimeSpan.FromMinutes(Minutes);
        var @event = new SimEvent
        {
            Id = "9" + id,
            Slug = slug,
            Title = title,
            Description = $"This market resolves to \"Up\" if the {Ticker}/USD price at the end of the window is greater than or equal to the price at its beginning, otherwise to \"Down\".",
            NegRisk = false,
            Category = Category.Crypto.Name,
            Tags = [Category.Crypto.Tag, UpOrDownTag],
            Series = (Id, Slug),
            StartDate = listed,
            EndDate = end,
        };
        var market = new SimMarket
        {
            Id = id,
            ConditionId = SeedIds.SlotCondition(seed, Number, slot),
            QuestionId = SeedIds.Bytes32(seed, $"question:{slug}"),
            Slug = slug,
            Question = title,
            Description = @event.Description,
            Outcomes = ["Up", "Down"],
            TokenIds = [SeedIds.SlotToken(seed, Number, slot, 0), SeedIds.SlotToken(seed, Number, slot, 1)],
            Event = @event,
            Tick = new Price(100),
            Fees = Category.Crypto.Fees,
            StartDate = listed,
            EndDate = end,
            Model = new UpOrDown
            {
                Key = Noise.Mix((ulong)seed, slug),
                CoinKey = Noise.Mix((ulong)seed, Ticker),
                StartMs = start.ToUnixTimeMilliseconds(),
                EndMs = end.ToUnixTimeMilliseconds(),
                Liveliness = Liveliness,
                Depth = 0.8,
            },
        };
        @event.Markets.Add(market);
        return market;
    }

    /// <summary>The market an id of a slot belongs to, or null when it is no such id or lies in the future.</summary>
    public static SimMarket? Find(long seed, ReadOnlySpan<char> conditionOrToken, DateTimeOffset now)
    {
        if (SeedIds.SlotOf(conditionOrToken) is not { } place || place.Series >= All.Count)
            return null;
        var series = All[place.Series];
        if (place.Slot < 0 || place.Slot > series.SlotAt(now) + Ahead)
            return null;
        var market = series.Market(seed, place.Slot);
        return conditionOrToken.Equals(market.ConditionId, StringComparison.OrdinalIgnoreCase) || conditionOrToken.SequenceEqual(market.TokenIds[0]) || conditionOrToken.SequenceEqual(market.TokenIds[1]) ? market : null;
    }

    /// <summary>The market a Gamma id or slug of a slot names, or null.</summary>
    public static SimMarket? Named(long seed, string idOrSlug, DateTimeOffset now)
    {
        foreach (var series in All)
        {
            var isSlug = idOrSlug.StartsWith(series.Slug + "-", StringComparison.Ordinal);
            var isId = idOrSlug.Length == 9 && idOrSlug[0] - '1' == series.Number;
            if ((!isSlug && !isId) || !long.TryParse(idOrSlug.AsSpan(isSlug ? series.Slug.Length + 1 : 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                continue;
            var slot = isSlug ? number * 1000 / series.SlotMs : number;
            if (slot <= series.SlotAt(now) + Ahead && series.Market(seed, (int)slot) is var market && (market.Id == idOrSlug || market.Slug == idOrSlug))
                return market;
        }
        return null;
    }
}
