using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Gamma;

/// <summary>Gamma's objects with their odd encodings: lists as JSON inside strings, volume as string and number (facts 1.3). Read under the gate.</summary>
internal static class GammaJson
{
    public static void Market(Utf8JsonWriter json, GammaFacts facts, bool withEvent, bool withTags = false)
    {
        var (state, market) = (facts.State, facts.State.Market);
        json.WriteStartObject();
        json.WriteString("id"u8, market.Id);
        json.WriteString("question"u8, market.Question);
        json.WriteString("conditionId"u8, market.ConditionId);
        json.WriteString("slug"u8, market.Slug);
        json.WriteString("resolutionSource"u8, "");
        json.WriteString("endDate"u8, GammaTime.Rfc(market.EndDate, 0));
        json.WriteString("liquidity"u8, Text(facts.Liquidity));
        json.WriteString("startDate"u8, GammaTime.Rfc(market.StartDate, market.Id[^1] % 7));
        json.WriteString("image"u8, "");
        json.WriteString("icon"u8, "");
        json.WriteString("description"u8, market.Description);
        json.WriteString("outcomes"u8, Inner(market.Outcomes));
        json.WriteString("outcomePrices"u8, Inner([Text(facts.Price), Text(1 - facts.Price)]));
        json.WriteString("volume"u8, Text(facts.Volume));
        json.WriteBoolean("active"u8, market.Active);
        json.WriteBoolean("closed"u8, facts.Closed);
        json.WriteString("marketMakerAddress"u8, "");
        json.WriteString("createdAt"u8, GammaTime.Rfc(market.StartDate.AddMinutes(-11), 6));
        json.WriteString("updatedAt"u8, GammaTime.Rfc(state.BookAt, 6));
        if (state.ResolvedAt is { } resolved)
            json.WriteString("closedTime"u8, GammaTime.Sql(resolved));
        json.WriteBoolean("new"u8, false);
        json.WriteBoolean("featured"u8, false);
        json.WriteString("resolvedBy"u8, "0x69c47De9D4D3Dad79590d61b9e05918E03775f24");
        json.WriteBoolean("archived"u8, false);
        json.WriteBoolean("restricted"u8, true);
        if (market.GroupItemTitle is { } title)
            json.WriteString("groupItemTitle"u8, title);
        json.WriteString("groupItemThreshold"u8, market.GroupItemThreshold.ToString(CultureInfo.InvariantCulture));
        json.WriteString("questionID"u8, market.QuestionId);
        json.WriteBoolean("enableOrderBook"u8, true);
        json.WriteNumber("orderPriceMinTickSize"u8, state.Tick.ToDecimal());
        json.WriteNumber("orderMinSize"u8, market.MinOrderSize);
        json.WriteNumber("volumeNum"u8, facts.Volume);
        json.WriteNumber("liquidityNum"u8, facts.Liquidity);
        json.WriteString("endDateIso"u8, GammaTime.Day(market.EndDate));
        json.WriteString("startDateIso"u8, GammaTime.Day(market.StartDate));
        json.WriteBoolean("hasReviewedDates"u8, true);
        json.WriteNumber("volume24hr"u8, facts.Volume24Hours);
        json.WriteNumber("volume1wk"u8, Math.Min(facts.Volume, facts.Volume24Hours * 5));
        json.WriteNumber("volumeClob"u8, facts.Volume);
        json.WriteNumber("liquidityClob"u8, facts.Liquidity);
        if (market.GameStart is { } game)
        {
            json.WriteString("gameStartTime"u8, GammaTime.Sql(game));
            json.WriteNumber("secondsDelay"u8, market.TakerDelaySeconds);
            json.WriteString("sportsMarketType"u8, market.Outcomes[0] == "Over" ? "totals" : "moneyline");
        }
        json.WriteString("clobTokenIds"u8, market.Version == "v2" ? "[]" : Inner(market.TokenIds));
        if (market.PositionIds is { } positions)
        {
            json.WriteStartArray("positionIds"u8);
            foreach (var position in positions)
                json.WriteStringValue(position);
            json.WriteEndArray();
        }
        json.WriteString("comboStatus"u8, "disabled");
        json.WriteString("umaBond"u8, "500");
        json.WriteString("umaReward"u8, "5");
        json.WriteNumber("makerBaseFee"u8, MarketJson.LegacyFee(market));
        json.WriteNumber("takerBaseFee"u8, MarketJson.LegacyFee(market));
        json.WriteBoolean("acceptingOrders"u8, state.Phase is MarketPhase.Open or MarketPhase.Proposed);
        json.WriteString("acceptingOrdersTimestamp"u8, GammaTime.Rfc(market.StartDate.AddMinutes(-1), 0));
        json.WriteBoolean("negRisk"u8, market.NegRisk);
        if (market.NegRisk)
        {
            json.WriteString("negRiskMarketID"u8, market.Event.NegRiskMarketId);
            json.WriteString("negRiskRequestID"u8, market.QuestionId);
        }
        if (withEvent)
        {
            json.WriteStartArray("events"u8);
            EventHead(json, market.Event);
            json.WriteEndArray();
        }
        if (withTags)
            Tags(json, market.Event);
        json.WriteBoolean("ready"u8, false);
        json.WriteBoolean("funded"u8, false);
        json.WriteNumber("rewardsMinSize"u8, MarketJson.IsSampling(state) ? 200 : 0);
        json.WriteNumber("rewardsMaxSpread"u8, MarketJson.IsSampling(state) ? 2.5m : 0);
        Quotes(json, facts);
        json.WriteBoolean("clearBookOnStart"u8, market.GameStart is not null);
        json.WriteBoolean("negRiskOther"u8, market.GroupItemTitle is "another country" or "any other film");
        if (facts.UmaStatus.Length > 0)
            json.WriteString("umaResolutionStatus"u8, facts.UmaStatus);
        json.WriteString("umaResolutionStatuses"u8, facts.UmaStatus switch { "proposed" => Inner(["proposed"]), "resolved" => Inner(["proposed", "resolved"]), _ => "[]" });
        json.WriteBoolean("pendingDeployment"u8, false);
        json.WriteBoolean("deploying"u8, false);
        json.WriteBoolean("rfqEnabled"u8, false);
        json.WriteBoolean("feesEnabled"u8, market.Fees.Enabled);
        Fees(json, market.Fees);
        json.WriteString("version"u8, market.Version);
        json.WriteEndObject();
    }

    public static void Event(Utf8JsonWriter json, SimEvent @event, IReadOnlyList<GammaFacts> children, bool withMarkets)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, @event.Id);
        json.WriteString("ticker"u8, @event.Slug);
        json.WriteString("slug"u8, @event.Slug);
        json.WriteString("title"u8, @event.Title);
        json.WriteString("description"u8, @event.Description);
        json.WriteString("resolutionSource"u8, "");
        json.WriteString("startDate"u8, GammaTime.Rfc(@event.StartDate, 6));
        json.WriteString("creationDate"u8, GammaTime.Rfc(@event.StartDate, 6));
        json.WriteString("endDate"u8, GammaTime.Rfc(@event.EndDate, 0));
        json.WriteString("image"u8, "");
        json.WriteString("icon"u8, "");
        json.WriteBoolean("active"u8, true);
        json.WriteBoolean("closed"u8, children.All(c => c.Closed));
        json.WriteBoolean("archived"u8, false);
        json.WriteBoolean("new"u8, false);
        json.WriteBoolean("featured"u8, false);
        json.WriteBoolean("restricted"u8, true);
        json.WriteNumber("liquidity"u8, children.Sum(c => c.Liquidity));
        json.WriteNumber("volume"u8, children.Sum(c => c.Volume));
        json.WriteNumber("openInterest"u8, Math.Round(children.Sum(c => c.Volume) / 7, 6));
        json.WriteString("category"u8, @event.Category);
        json.WriteString("createdAt"u8, GammaTime.Rfc(@event.StartDate, 6));
        json.WriteString("updatedAt"u8, GammaTime.Rfc(children.Max(c => c.State.BookAt), 6));
        json.WriteNumber("competitive"u8, 0.9m);
        json.WriteNumber("volume24hr"u8, children.Sum(c => c.Volume24Hours));
        json.WriteBoolean("enableOrderBook"u8, true);
        json.WriteNumber("liquidityClob"u8, children.Sum(c => c.Liquidity));
        json.WriteBoolean("negRisk"u8, @event.NegRisk);
        if (@event.NegRiskMarketId is { } group)
            json.WriteString("negRiskMarketID"u8, group);
        json.WriteBoolean("negRiskAugmented"u8, @event.Markets.Any(m => !m.Active));
        json.WriteNumber("commentCount"u8, 0);
        if (withMarkets)
        {
            json.WriteStartArray("markets"u8);
            foreach (var child in children)
                Market(json, child, withEvent: false);
            json.WriteEndArray();
        }
        Series(json, @event);
        Tags(json, @event);
        json.WriteBoolean("cyom"u8, false);
        json.WriteBoolean("showAllOutcomes"u8, true);
        json.WriteString("version"u8, "v1");
        json.WriteEndObject();
    }

    private static void Tags(Utf8JsonWriter json, SimEvent @event)
    {
        json.WriteStartArray("tags"u8);
        foreach (var tag in @event.Tags)
            Tag(json, tag);
        json.WriteEndArray();
    }

    public static void Tag(Utf8JsonWriter json, SimTag tag)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, tag.Id);
        json.WriteString("label"u8, tag.Label);
        json.WriteString("slug"u8, tag.Slug);
        json.WriteBoolean("forceShow"u8, false);
        json.WriteString("createdAt"u8, "2025-01-02T03:04:05.678Z");
        json.WriteString("updatedAt"u8, "2026-01-02T03:04:05.678Z");
        json.WriteEndObject();
    }

    private static void EventHead(Utf8JsonWriter json, SimEvent @event)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, @event.Id);
        json.WriteString("ticker"u8, @event.Slug);
        json.WriteString("slug"u8, @event.Slug);
        json.WriteString("title"u8, @event.Title);
        json.WriteBoolean("negRisk"u8, @event.NegRisk);
        json.WriteString("version"u8, "v1");
        Series(json, @event);
        json.WriteEndObject();
    }

    private static void Series(Utf8JsonWriter json, SimEvent @event)
    {
        if (@event.Series is not { } series)
            return;
        json.WriteStartArray("series"u8);
        json.WriteStartObject();
        json.WriteString("id"u8, series.Id);
        json.WriteString("slug"u8, series.Slug);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void Quotes(Utf8JsonWriter json, GammaFacts facts)
    {
        json.WriteNumber("spread"u8, facts is { Bid: { } b, Ask: { } a } ? a - b : 0);
        json.WriteNumber("oneDayPriceChange"u8, facts.DayChange);
        if (facts.HidesQuotes)
            return;
        if (facts.State.LastTradePrice is { } last)
            json.WriteNumber("lastTradePrice"u8, last.ToDecimal());
        if (facts.Bid is { } bid)
            json.WriteNumber("bestBid"u8, bid);
        if (facts.Ask is { } ask)
            json.WriteNumber("bestAsk"u8, ask);
    }

    private static void Fees(Utf8JsonWriter json, FeeSchedule fees)
    {
        json.WriteString("feeType"u8, fees.Type);
        if (!fees.Enabled)
            return;
        json.WriteStartObject("feeSchedule"u8);
        json.WriteNumber("exponent"u8, fees.Exponent);
        json.WriteNumber("rate"u8, fees.Rate);
        json.WriteBoolean("takerOnly"u8, true);
        json.WriteNumber("rebateRate"u8, fees.RebateRate);
        json.WriteEndObject();
    }

    /// <summary>A list inside a string, with a blank after each comma: <c>["Yes", "No"]</c>.</summary>
    private static string Inner(IEnumerable<string> items) => $"[{string.Join(", ", items.Select(i => JsonSerializer.Serialize(i, InnerOptions)))}]";

    private static readonly JsonSerializerOptions InnerOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Text(decimal value) => value.ToString("0.##########", CultureInfo.InvariantCulture);
}
