using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Reads Gamma's market objects. A row that cannot be used is skipped and counted, never a reason to lose the page.</summary>
internal static class GammaReader
{
    private static readonly System.Diagnostics.Metrics.Counter<long> Skipped = Meters.Instance.CreateCounter<long>("polycopy.venue.rows_skipped");

    public static List<VenueMarket> ReadAll(IEnumerable<JsonElement> rows, JsonElement? parent = null)
    {
        var markets = new List<VenueMarket>();
        foreach (var row in rows)
        {
            VenueMarket? market = null;
            try
            {
                market = Read(row, parent);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
            {
                // text that is no Unicode, numbers no decimal can hold
            }
            if (market is null)
                Skipped.Add(1);
            else
                markets.Add(market);
        }
        return markets;
    }

    /// <param name="row">A market object.</param>
    /// <param name="parent">The event it was nested in; else its own "events" counts.</param>
    /// <returns>Null for placeholders, combos and whatever lacks an id, a condition or outcomes.</returns>
    public static VenueMarket? Read(JsonElement row, JsonElement? parent = null)
    {
        var id = row.Text("id");
        var condition = Wire.Condition(row.Text("conditionId"));
        var question = row.Text("question");
        var outcomes = row.Strings("outcomes");
        if (id is null || id.AsSpan().ContainsAnyExceptInRange('0', '9') || condition is null || question is null || outcomes.Count < 2 || outcomes.Any(o => o.Length == 0))
            return null;
        var version = row.Text("version") ?? "v1";
        // never decided by presence: a third of the open v1 markets carry positionIds that have no book (2026-10)
        var tokens = Tokens(row.Strings(version == "v2" ? "positionIds" : "clobTokenIds"), outcomes.Count);
        var prices = row.Strings("outcomePrices").Select(p => decimal.TryParse(p, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var price) && price is >= 0 and <= 1 ? price : (decimal?)null).ToList();
        var venueEvent = parent ?? row.Items("events").Select(e => (JsonElement?)e).FirstOrDefault() ?? default(JsonElement);
        return new VenueMarket(
            id, condition, question, row.Text("slug") ?? "", row.Text("description", 5_000),
            outcomes, prices.Count == outcomes.Count && prices.All(p => p is not null) ? [.. prices.Select(p => p!.Value)] : [], tokens,
            Positive(row.Price("orderPriceMinTickSize")) ?? new Price(100), new Shares(row.Micros("orderMinSize") is { } min and > 0 ? min : 5 * Shares.Scale),
            row.Bool("negRisk") ?? false, version, Fee(row),
            row.Bool("active") ?? true, row.Bool("closed") ?? false, row.Bool("acceptingOrders") ?? false, row.Bool("enableOrderBook") ?? false,
            row.Text("umaResolutionStatus")?.ToLowerInvariant(),
            row.Date("startDate"), row.Date("endDate") ?? row.Date("endDateIso"), row.Date("createdAt") ?? row.Date("acceptingOrdersTimestamp"),
            Amount(row, "volumeNum", "volume"), Amount(row, "volume24hr", "volume24hrClob"), Amount(row, "liquidityNum", "liquidity"),
            venueEvent.Text("id"), venueEvent.Text("slug"), venueEvent.Text("title"), row.Text("groupItemTitle"), row.Text("icon", 1_000) ?? row.Text("image", 1_000),
            Tags(row, venueEvent));
    }

    private static IReadOnlyList<TokenId> Tokens(IReadOnlyList<string> texts, int outcomes)
    {
        var tokens = new List<TokenId>(texts.Count);
        foreach (var text in texts)
            if (TokenId.TryParse(text, out var token))
                tokens.Add(token);
        return tokens.Count == outcomes && tokens.Distinct().Count() == outcomes ? tokens : [];
    }

    private static FeeSchedule Fee(JsonElement row) =>
        row.Bool("feesEnabled") != false && row.Field("feeSchedule") is { } schedule && schedule.Decimal("rate") is > 0 and <= 1 and var rate
            ? new FeeSchedule(rate, (int)Math.Clamp(schedule.Decimal("exponent") ?? 1, 0, 8))
            : FeeSchedule.None;

    private static Price? Positive(Price? price) => price is { TenThousandths: > 0 and <= 5_000 } ? price : null;

    private static decimal Amount(JsonElement row, string name, string other) => Math.Max(0, row.Decimal(name) ?? row.Decimal(other) ?? 0);

    private static IReadOnlyList<string> Tags(JsonElement row, JsonElement venueEvent) =>
        [.. row.Items("tags").Concat(venueEvent.Items("tags")).Select(t => t.Text("label", 60)).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Take(20)];
}
