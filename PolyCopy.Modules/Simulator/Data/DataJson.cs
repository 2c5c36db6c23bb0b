using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.Leaders;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Data;

/// <summary>Rows of the Data API (facts 4.1, 4.2): numbers are JSON numbers, addresses in lower case, v1 in camelCase.</summary>
internal sealed class DataJson(LeaderNames names)
{
    /// <summary>A row of /v2/trades; with a type it is one of /v2/activity.</summary>
    public void Trade(Utf8JsonWriter json, TradeRow row, long block, bool isActivity)
    {
        json.WriteStartObject();
        Event(json, row.Leg.Wallet, row.Market, row.Leg.OutcomeIndex, row.Tx.Hash, block);
        if (isActivity)
        {
            json.WriteString("type"u8, "TRADE"u8);
            json.WriteNumber("usdc_size"u8, row.Cash);
        }
        json.WriteString("side"u8, Word(row.Leg.Side));
        json.WriteNumber("size"u8, row.Size);
        json.WriteNumber("price"u8, row.Price);
        json.WriteEndObject();
    }

    /// <summary>A movement without a trade; redemptions come one per outcome.</summary>
    public void Move(Utf8JsonWriter json, MoveTx move, Address wallet, int? outcome, long block)
    {
        var (type, usdc) = move.Kind switch
        {
            MoveKind.Split => ("SPLIT", move.Amounts[0]),
            MoveKind.Merge => ("MERGE", move.Amounts[0]),
            MoveKind.Convert => ("CONVERSION", 0),
            _ => ("REDEEM", outcome is { } paid && move.Amounts.Sum() > 0 ? (long)((Int128)move.Payout * move.Amounts[paid] / move.Amounts.Sum()) : move.Payout),
        };
        json.WriteStartObject();
        Event(json, wallet, move.Market, outcome, move.Hash, block);
        json.WriteString("type"u8, type);
        json.WriteNumber("usdc_size"u8, TradeRow.Trim(new Usdc(usdc).ToDecimal()));
        json.WriteString("side"u8, ""u8);
        json.WriteNumber("size"u8, TradeRow.Trim(new Shares(outcome is { } index ? move.Amounts[index] : move.Amounts.Max()).ToDecimal()));
        json.WriteNumber("price"u8, 0);
        json.WriteEndObject();
    }

    /// <summary>F54: a combination of markets, which names no market.</summary>
    public void Combo(Utf8JsonWriter json, Address wallet, long atMs)
    {
        json.WriteStartObject();
        json.WriteString("proxy_wallet"u8, wallet.ToLower());
        json.WriteString("type"u8, "TRADE"u8);
        json.WriteBoolean("is_combo"u8, true);
        json.WriteString("side"u8, "BUY"u8);
        json.WriteString("token_id"u8, "1356938545749799165119972480570561420155507632800475359837393562592731987968"u8);
        json.WriteString("condition_id"u8, "0x03" + new string('a', 60));
        json.WriteNumber("size"u8, 12.5m);
        json.WriteNumber("usdc_size"u8, 5);
        json.WriteNumber("price"u8, 0.4m);
        json.WriteNumber("timestamp"u8, atMs / 1000);
        foreach (var name in (string[])["title", "slug", "icon", "event_slug", "outcome", "name", "pseudonym", "bio", "profile_image", "profile_image_optimized"])
            json.WriteString(name, ""u8);
        json.WriteNumber("outcome_index"u8, 999);
        json.WriteString("transaction_hash"u8, "0x" + new string('c', 64));
        json.WriteEndObject();
    }

    public void Position(Utf8JsonWriter json, Address wallet, TokenHolding held, decimal price, string status)
    {
        var market = held.Market;
        var (size, bought) = (new Shares(held.Size).ToDecimal(), new Shares(held.Bought).ToDecimal());
        var value = size * price;
        var unrealized = value - held.Cost;
        json.WriteStartObject();
        json.WriteString("proxy_wallet"u8, wallet.ToLower());
        json.WriteString("token_id"u8, held.Token);
        json.WriteString("condition_id"u8, market.ConditionId);
        Number(json, "current_size", size);
        Number(json, "avg_price", held.Average);
        Number(json, "entry_cost_usdc", held.Cost);
        Number(json, "entry_fees_usdc", held.Fees);
        Number(json, "total_cost_usdc", held.Paid);
        Number(json, "current_price", price);
        Number(json, "current_value", value);
        Number(json, "total_size", bought);
        Number(json, "realized_pnl", held.Realized);
        Number(json, "unrealized_pnl", unrealized);
        Number(json, "total_pnl", held.Realized + unrealized);
        Number(json, "percent_pnl", held.Cost > 0 ? 100 * unrealized / held.Cost : 0);
        Number(json, "percent_realized_pnl", held.Paid > 0 ? 100 * held.Realized / held.Paid : 0);
        json.WriteString("status"u8, status);
        json.WriteBoolean("redeemable"u8, status.StartsWith("REDEEMABLE", StringComparison.Ordinal));
        json.WriteBoolean("mergeable"u8, false);
        json.WriteBoolean("negative_risk"u8, market.NegRisk);
        json.WriteBoolean("archived"u8, false);
        json.WriteString("title"u8, market.Question);
        json.WriteString("slug"u8, market.Slug);
        json.WriteString("icon"u8, ""u8);
        json.WriteString("event_id"u8, market.Event.Id);
        json.WriteString("event_slug"u8, market.Event.Slug);
        json.WriteString("outcome"u8, market.Outcomes[held.Outcome]);
        json.WriteNumber("outcome_index"u8, held.Outcome);
        json.WriteString("opposite_outcome"u8, market.Outcomes[1 - held.Outcome]);
        json.WriteString("opposite_token_id"u8, market.TokenIds[1 - held.Outcome]);
        json.WriteString("end_date"u8, market.EndDate.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        json.WriteNumber("last_event_at"u8, held.LastAt);
        json.WriteNumber("first_entry_at"u8, held.FirstAt);
        json.WriteString("name"u8, names.NameOf(wallet));
        json.WriteString("profile_image"u8, ""u8);
        json.WriteBoolean("verified"u8, false);
        json.WriteEndObject();
    }

    public void Board(Utf8JsonWriter json, BoardLine line, int rank)
    {
        json.WriteStartObject();
        json.WriteNumber("rank"u8, rank);
        BoardFields(json, line);
        json.WriteEndObject();
    }

    public void BoardFields(Utf8JsonWriter json, BoardLine line)
    {
        json.WriteString("user_id"u8, line.Wallet.ToLower());
        Number(json, "pnl", line.Pnl);
        Number(json, "volume", line.Volume);
        json.WriteString("user_name"u8, names.NameOf(line.Wallet));
        json.WriteString("profile_image"u8, ""u8);
        json.WriteString("x_username"u8, ""u8);
        json.WriteBoolean("verified"u8, false);
    }

    /// <summary>The old spelling of a trade.</summary>
    public void TradeV1(Utf8JsonWriter json, TradeRow row, long block, bool isActivity)
    {
        var market = row.Market;
        json.WriteStartObject();
        json.WriteString("proxyWallet"u8, row.Leg.Wallet.ToLower());
        if (isActivity)
        {
            json.WriteString("type"u8, "TRADE"u8);
            json.WriteNumber("usdcSize"u8, row.Cash);
        }
        json.WriteString("side"u8, Word(row.Leg.Side));
        json.WriteString("asset"u8, row.Leg.Token.Digits);
        json.WriteString("conditionId"u8, market.ConditionId);
        json.WriteNumber("size"u8, row.Size);
        json.WriteNumber("price"u8, row.Price);
        json.WriteNumber("timestamp"u8, SettlementTimes.TimeOf(block) / 1000);
        json.WriteString("title"u8, market.Question);
        json.WriteString("slug"u8, market.Slug);
        json.WriteString("icon"u8, ""u8);
        json.WriteString("eventSlug"u8, market.Event.Slug);
        json.WriteString("outcome"u8, row.Leg.Outcome);
        json.WriteNumber("outcomeIndex"u8, row.Leg.OutcomeIndex);
        json.WriteString("name"u8, names.NameOf(row.Leg.Wallet));
        json.WriteString("pseudonym"u8, Pseudonyms.Of(row.Leg.Wallet));
        json.WriteString("bio"u8, ""u8);
        json.WriteString("profileImage"u8, ""u8);
        json.WriteString("profileImageOptimized"u8, ""u8);
        json.WriteString("transactionHash"u8, row.Tx.Hash);
        json.WriteEndObject();
    }

    /// <summary>The old spelling of a position.</summary>
    public static void PositionV1(Utf8JsonWriter json, Address wallet, TokenHolding held, decimal price, bool redeemable)
    {
        var market = held.Market;
        var size = new Shares(held.Size).ToDecimal();
        json.WriteStartObject();
        json.WriteString("proxyWallet"u8, wallet.ToLower());
        json.WriteString("asset"u8, held.Token);
        json.WriteString("conditionId"u8, market.ConditionId);
        Number(json, "size", size);
        Number(json, "avgPrice", held.Average);
        Number(json, "initialValue", held.Cost);
        Number(json, "currentValue", size * price);
        Number(json, "cashPnl", size * price - held.Cost);
        Number(json, "percentPnl", held.Cost > 0 ? 100 * (size * price - held.Cost) / held.Cost : 0);
        Number(json, "totalBought", new Shares(held.Bought).ToDecimal());
        Number(json, "realizedPnl", held.Realized);
        Number(json, "percentRealizedPnl", held.Paid > 0 ? 100 * held.Realized / held.Paid : 0);
        Number(json, "curPrice", price);
        json.WriteBoolean("redeemable"u8, redeemable);
        json.WriteBoolean("mergeable"u8, false);
        json.WriteString("title"u8, market.Question);
        json.WriteString("slug"u8, market.Slug);
        json.WriteString("icon"u8, ""u8);
        json.WriteString("eventSlug"u8, market.Event.Slug);
        json.WriteString("outcome"u8, market.Outcomes[held.Outcome]);
        json.WriteNumber("outcomeIndex"u8, held.Outcome);
        json.WriteString("oppositeOutcome"u8, market.Outcomes[1 - held.Outcome]);
        json.WriteString("oppositeAsset"u8, market.TokenIds[1 - held.Outcome]);
        json.WriteString("endDate"u8, market.EndDate.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        json.WriteBoolean("negativeRisk"u8, market.NegRisk);
        json.WriteEndObject();
    }

    /// <summary>Six decimals at most; what is tiny comes with an exponent, as from the venue's serializer.</summary>
    public static void Number(Utf8JsonWriter json, string name, decimal value)
    {
        value = TradeRow.Trim(decimal.Round(value, 6));
        json.WritePropertyName(name);
        if (value != 0 && Math.Abs(value) < 0.0001m)
            json.WriteRawValue(((long)(value * 1_000_000)).ToString(CultureInfo.InvariantCulture) + "e-6", skipInputValidation: true);
        else
            json.WriteNumberValue(value);
    }

    private void Event(Utf8JsonWriter json, Address wallet, SimMarket market, int? outcome, string transaction, long block)
    {
        json.WriteString("proxy_wallet"u8, wallet.ToLower());
        json.WriteString("token_id"u8, outcome is { } token ? market.TokenIds[token] : "");
        json.WriteString("condition_id"u8, market.ConditionId);
        json.WriteNumber("timestamp"u8, SettlementTimes.TimeOf(block) / 1000);
        json.WriteString("title"u8, market.Question);
        json.WriteString("slug"u8, market.Slug);
        json.WriteString("icon"u8, ""u8);
        json.WriteString("event_slug"u8, market.Event.Slug);
        json.WriteString("outcome"u8, outcome is { } index ? market.Outcomes[index] : "");
        json.WriteNumber("outcome_index"u8, outcome ?? 999);
        json.WriteString("name"u8, names.NameOf(wallet));
        json.WriteString("pseudonym"u8, Pseudonyms.Of(wallet));
        json.WriteString("bio"u8, ""u8);
        json.WriteString("profile_image"u8, ""u8);
        json.WriteString("profile_image_optimized"u8, ""u8);
        json.WriteString("transaction_hash"u8, transaction);
    }

    private static ReadOnlySpan<byte> Word(Side side) => side == Side.Buy ? "BUY"u8 : "SELL"u8;
}
