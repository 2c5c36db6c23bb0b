using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>Markets as the CLOB spells them: snake_case (/markets), simplified, and compact (/clob-markets). Read under the gate.</summary>
internal static class MarketJson
{
    /// <summary>Every second market pays rewards for resting orders; those are the "sampling" ones.</summary>
    public static bool IsSampling(MarketState market) => market.AcceptsOrders && market.Market.Id[^1] % 2 == 0;

    public static void Full(Utf8JsonWriter json, MarketState state)
    {
        var market = state.Market;
        var closed = state.Phase == MarketPhase.Resolved;
        json.WriteStartObject();
        json.WriteBoolean("enable_order_book"u8, true);
        json.WriteBoolean("active"u8, market.Active);
        json.WriteBoolean("closed"u8, closed);
        json.WriteBoolean("archived"u8, false);
        json.WriteBoolean("accepting_orders"u8, state.Phase is MarketPhase.Open or MarketPhase.Proposed);
        json.WriteString("accepting_order_timestamp"u8, Seconds(market.StartDate));
        json.WriteNumber("minimum_order_size"u8, market.MinOrderSize);
        json.WriteNumber("minimum_tick_size"u8, state.Tick.ToDecimal());
        json.WriteString("condition_id"u8, market.ConditionId);
        json.WriteString("question_id"u8, market.QuestionId);
        json.WriteString("question"u8, market.Question);
        json.WriteString("description"u8, market.Description);
        json.WriteString("market_slug"u8, market.Slug);
        json.WriteString("end_date_iso"u8, Seconds(market.EndDate.Date));
        json.WriteString("game_start_time"u8, market.GameStart is { } start ? Seconds(start) : null);
        json.WriteNumber("seconds_delay"u8, market.TakerDelaySeconds);
        json.WriteString("fpmm"u8, "");
        json.WriteNumber("maker_base_fee"u8, LegacyFee(market));
        json.WriteNumber("taker_base_fee"u8, LegacyFee(market));
        json.WriteBoolean("notifications_enabled"u8, true);
        json.WriteBoolean("neg_risk"u8, market.NegRisk);
        json.WriteString("neg_risk_market_id"u8, market.Event.NegRiskMarketId ?? "");
        json.WriteString("neg_risk_request_id"u8, market.NegRisk ? market.QuestionId : "");
        json.WriteString("icon"u8, "");
        json.WriteString("image"u8, "");
        Rewards(json, state);
        json.WriteBoolean("is_50_50_outcome"u8, closed && state.Winner is null);
        Tokens(json, state);
        json.WriteStartArray("tags"u8);
        foreach (var tag in market.Event.Tags)
            json.WriteStringValue(tag.Label);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Simplified(Utf8JsonWriter json, MarketState state)
    {
        json.WriteStartObject();
        json.WriteString("condition_id"u8, state.Market.ConditionId);
        Rewards(json, state);
        Tokens(json, state);
        json.WriteBoolean("active"u8, state.Market.Active);
        json.WriteBoolean("closed"u8, state.Phase == MarketPhase.Resolved);
        json.WriteBoolean("archived"u8, false);
        json.WriteBoolean("accepting_orders"u8, state.Phase is MarketPhase.Open or MarketPhase.Proposed);
        json.WriteEndObject();
    }

    /// <summary>The authoritative trading parameters; what is absent is zero or false.</summary>
    public static void Compact(Utf8JsonWriter json, MarketState state)
    {
        var market = state.Market;
        json.WriteStartObject();
        json.WriteString("c"u8, market.ConditionId);
        json.WriteStartArray("t"u8);
        for (var i = 0; i < 2; i++)
        {
            json.WriteStartObject();
            json.WriteString("t"u8, market.TokenIds[i]);
            json.WriteString("o"u8, market.Outcomes[i]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("mts"u8, state.Tick.ToDecimal());
        json.WriteNumber("mos"u8, market.MinOrderSize);
        json.WriteNumber("mbf"u8, LegacyFee(market));
        json.WriteNumber("tbf"u8, LegacyFee(market));
        if (market.NegRisk)
            json.WriteBoolean("nr"u8, true);
        if (market.Fees.Enabled)
        {
            json.WriteStartObject("fd"u8);
            json.WriteNumber("r"u8, market.Fees.Rate);
            json.WriteNumber("e"u8, market.Fees.Exponent);
            json.WriteBoolean("to"u8, true);
            json.WriteEndObject();
        }
        json.WriteBoolean("ao"u8, state.AcceptsOrders);
        json.WriteString("aot"u8, Seconds(market.StartDate));
        if (market.TakerDelaySeconds > 0)
            json.WriteNumber("sd"u8, market.TakerDelaySeconds);
        if (market.GameStart is { } start)
            json.WriteString("gst"u8, Seconds(start));
        json.WriteBoolean("cbos"u8, market.GameStart is not null);
        json.WriteString("v"u8, market.Version);
        json.WriteStartObject("r"u8);
        json.WriteNumber("mi"u8, 200);
        json.WriteNumber("ma"u8, 2.5m);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The legacy flag that looks like a fee: 1000 where fees are on, else 0.</summary>
    public static int LegacyFee(SimMarket market) => market.Fees.Enabled ? 1000 : 0;

    private static void Rewards(Utf8JsonWriter json, MarketState state)
    {
        json.WriteStartObject("rewards"u8);
        if (IsSampling(state))
        {
            json.WriteStartArray("rates"u8);
            json.WriteStartObject();
            json.WriteString("asset_address"u8, "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB");
            json.WriteNumber("rewards_daily_rate"u8, 10);
            json.WriteEndObject();
            json.WriteEndArray();
        }
        else
            json.WriteNull("rates"u8);
        json.WriteNumber("min_size"u8, IsSampling(state) ? 200 : 0);
        json.WriteNumber("max_spread"u8, IsSampling(state) ? 2.5m : 0);
        json.WriteEndObject();
    }

    private static void Tokens(Utf8JsonWriter json, MarketState state)
    {
        json.WriteStartArray("tokens"u8);
        for (var i = 0; i < 2; i++)
        {
            json.WriteStartObject();
            json.WriteString("token_id"u8, state.Market.TokenIds[i]);
            json.WriteString("outcome"u8, state.Market.Outcomes[i]);
            json.WriteNumber("price"u8, Quotes.Worth(state, i));
            json.WriteBoolean("winner"u8, state.Winner == i);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static string Seconds(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
