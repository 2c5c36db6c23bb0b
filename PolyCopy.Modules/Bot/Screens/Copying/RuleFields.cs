using System.Text.Json;
using System.Text.Json.Serialization;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Copying;

namespace PolyCopy.Modules.Bot.Screens.Copying;

internal enum RuleUnit
{
    Usd,
    Percent,
    Cents,
    Hours,
    Count,
    Factor,

    /// <summary>Typed words, commas between them.</summary>
    Words,

    /// <summary>Factors by size: 100:0.5 1000:0.1</summary>
    Tiers,
    Choice,
    Switch,
}

/// <summary>One rule as a person sees and types it.</summary>
/// <param name="Name">Key of its label; short, it travels in buttons.</param>
/// <param name="Group">Of which screen: size, caps, filters, sells, more.</param>
/// <param name="Get">Null: not set. Percents and cents are as shown: 5 is 5 %.</param>
/// <param name="Set">Null clears; a value that cannot be read gives null rules.</param>
internal sealed record RuleField(string Name, string Group, RuleUnit Unit, Func<FollowRules, object?> Get, Func<FollowRules, object?, FollowRules?> Set, bool CanClear = false, IReadOnlyList<string>? Choices = null)
{
    /// <summary>The rule's value in words; null when it says nothing.</summary>
    public Html? Show(Words words, FollowRules rules) => Get(rules) switch
    {
        null or false => null,
        true => words["rule.on"],
        decimal number => Unit switch
        {
            RuleUnit.Usd => words.Money(number),
            RuleUnit.Percent => words.Percent(number, signed: false),
            RuleUnit.Cents => words.Cents(number),
            RuleUnit.Hours => words["rule.hours", number.ToString("0.##", words.Culture)],
            RuleUnit.Factor => Html.Of("× " + number.ToString("0.####", words.Culture)),
            _ => Html.Of(number.ToString("0.##", words.Culture)),
        },
        IReadOnlyList<string> { Count: 0 } => null,
        IReadOnlyList<string> list => Html.Foreign(string.Join(", ", list), 200),
        string choice => words.Has($"choice.{Name}_{choice}") ? words[$"choice.{Name}_{choice}"] : words.Has("choice." + choice) ? words["choice." + choice] : Html.Of(choice),
        var other => Html.Of(other.ToString()!),
    };

    /// <summary>The rule's value, said in any case.</summary>
    public Html Say(Words words, FollowRules rules) => Show(words, rules) ?? words[Unit == RuleUnit.Switch ? "rule.off" : "settings.none"];

    /// <summary>Rules with what was typed; null when it cannot be read.</summary>
    public FollowRules? Type(FollowRules rules, string text)
    {
        switch (Unit)
        {
            case RuleUnit.Words:
                return Set(rules, text.Split([',', ';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.OrdinalIgnoreCase).ToList());
            case RuleUnit.Tiers:
                return Set(rules, text.Split([' ', ';', '\n'], StringSplitOptions.RemoveEmptyEntries).ToList());
            case RuleUnit.Cents:
                return Numbers.TryParsePrice(text, out var price) ? Set(rules, price) : null;
            case RuleUnit.Percent:
                return Numbers.TryParsePercent(text, out var percent) ? Set(rules, percent) : null;
            case RuleUnit.Choice or RuleUnit.Switch:
                return null;
            default:
                return Numbers.TryParse(text.Trim().TrimStart('×', 'x'), out var number) && (Unit != RuleUnit.Count || decimal.IsInteger(number)) ? Set(rules, number) : null;
        }
    }
}

/// <summary>All rules of a follow, in the order they are shown.</summary>
internal static class RuleFields
{
    public static readonly string[] Groups = ["size", "caps", "filters", "sells", "more"];

    public static IReadOnlyList<RuleField> All { get; } =
    [
        Choice("mode", "size", r => r.Mode, (r, v) => r with { Mode = v }),
        // of the amounts only the one its mode uses is shown
        Number("amount", "size", RuleUnit.Usd, r => r.Mode == CopyMode.Fixed ? r.AmountUsd : null, (r, v) => r with { AmountUsd = v }),
        Number("percent", "size", RuleUnit.Percent, r => r.Mode is CopyMode.PercentOfTrade or CopyMode.PercentOfBalance ? r.Percent : null, (r, v) => r with { Percent = v }),
        Number("factor", "size", RuleUnit.Factor, r => r.Mode == CopyMode.Multiplier ? r.Factor : null, (r, v) => r with { Factor = v }),
        new("tiers", "size", RuleUnit.Tiers, r => r.Mode == CopyMode.Multiplier ? Tiers(r) : null, SetTiers, CanClear: true),
        Number("bankroll", "size", RuleUnit.Usd, r => r.Mode == CopyMode.Bankroll ? r.LeaderBankroll : null, (r, v) => r with { LeaderBankroll = v }),
        Number("minimum", "size", RuleUnit.Usd, r => r.MinimumUsd, (r, v) => v is { } m ? r with { MinimumUsd = m } : null),
        Choice("below", "size", r => r.BelowMinimum, (r, v) => r with { BelowMinimum = v }),
        Number("slippage", "caps", RuleUnit.Percent, r => r.MaxSlippage * 100, (r, v) => v is { } s ? r with { MaxSlippage = s / 100 } : null),
        Number("per_trade", "caps", RuleUnit.Usd, r => r.MaxPerTrade, (r, v) => v is { } m ? r with { MaxPerTrade = m } : null),
        Number("per_day", "caps", RuleUnit.Usd, r => r.MaxPerDay, (r, v) => v is { } m ? r with { MaxPerDay = m } : null),
        Number("per_market", "caps", RuleUnit.Usd, r => r.MaxPerMarket, (r, v) => v is { } m ? r with { MaxPerMarket = m } : null),
        Number("open", "caps", RuleUnit.Count, r => r.MaxOpenPositions, (r, v) => v is { } m and <= 1_000_000 ? r with { MaxOpenPositions = (int)m } : null),
        Number("min_price", "filters", RuleUnit.Cents, r => r.MinPrice, (r, v) => r with { MinPrice = v }, true),
        Number("max_price", "filters", RuleUnit.Cents, r => r.MaxPrice, (r, v) => r with { MaxPrice = v }, true),
        Words("categories", r => r.Categories, (r, v) => r with { Categories = v }),
        Words("no_categories", r => r.ExcludedCategories, (r, v) => r with { ExcludedCategories = v }),
        Words("keywords", r => r.Keywords, (r, v) => r with { Keywords = v }),
        Words("no_keywords", r => r.ExcludedKeywords, (r, v) => r with { ExcludedKeywords = v }),
        Number("liquidity", "filters", RuleUnit.Usd, r => r.MinLiquidity, (r, v) => r with { MinLiquidity = v }, true),
        Number("spread", "filters", RuleUnit.Cents, r => r.MaxSpread, (r, v) => r with { MaxSpread = v }, true),
        Number("min_hours", "filters", RuleUnit.Hours, r => r.MinHoursToResolution, (r, v) => r with { MinHoursToResolution = v }, true),
        Number("max_hours", "filters", RuleUnit.Hours, r => r.MaxHoursToResolution, (r, v) => r with { MaxHoursToResolution = v }, true),
        Number("leader_min", "filters", RuleUnit.Usd, r => r.MinLeaderTrade, (r, v) => r with { MinLeaderTrade = v }, true),
        Switch("first_entry", "filters", r => r.FirstEntryOnly, (r, v) => r with { FirstEntryOnly = v }),
        Choice("sells", "sells", r => r.Sells, (r, v) => r with { Sells = v, SellPercent = v == SellMode.Percent ? r.SellPercent ?? 50m : r.SellPercent }),
        Number("sell_percent", "sells", RuleUnit.Percent, r => r.Sells == SellMode.Percent ? r.SellPercent : null, (r, v) => r with { SellPercent = v }),
        Number("sell_slippage", "sells", RuleUnit.Percent, r => r.SellSlippage * 100, (r, v) => v is { } s ? r with { SellSlippage = s / 100 } : null),
        Number("worst_sell", "sells", RuleUnit.Cents, r => r.WorstSellPrice, (r, v) => r with { WorstSellPrice = v }, true),
        Number("take_profit", "sells", RuleUnit.Percent, r => r.TakeProfitPercent, (r, v) => r with { TakeProfitPercent = v }, true),
        Number("stop_loss", "sells", RuleUnit.Percent, r => r.StopLossPercent, (r, v) => r with { StopLossPercent = v }, true),
        Switch("reverse", "more", r => r.Reverse, (r, v) => r with { Reverse = v }),
        Choice("opposite", "more", r => r.Opposite, (r, v) => r with { Opposite = v }),
        Choice("on_move", "more", r => r.OnMove, (r, v) => r with { OnMove = v }),
        Choice("on_removed", "more", r => r.OnRemoved, (r, v) => r with { OnRemoved = v }),
        Switch("blind_pause", "more", r => r.PauseWhenBlind, (r, v) => r with { PauseWhenBlind = v }),
        Switch("drift_pause", "more", r => r.PauseOnDrift, (r, v) => r with { PauseOnDrift = v }),
        Switch("baseline", "more", r => r.CopyBaseline, (r, v) => r with { CopyBaseline = v }),
    ];

    public static RuleField? Find(string name) => All.FirstOrDefault(f => f.Name == name);

    /// <summary>Whether the rule means anything in the chosen mode.</summary>
    public static bool Applies(RuleField field, FollowRules rules) => field.Name switch
    {
        "amount" => rules.Mode == CopyMode.Fixed,
        "percent" => rules.Mode is CopyMode.PercentOfTrade or CopyMode.PercentOfBalance,
        "factor" or "tiers" => rules.Mode == CopyMode.Multiplier,
        "bankroll" => rules.Mode == CopyMode.Bankroll,
        "sell_percent" => rules.Sells == SellMode.Percent,
        _ => true,
    };

    /// <summary>The rule that says how much, in the chosen mode.</summary>
    public static RuleField AmountOf(FollowRules rules) => Find(rules.Mode switch
    {
        CopyMode.Fixed => "amount",
        CopyMode.Multiplier => "factor",
        CopyMode.Bankroll => "bankroll",
        _ => "percent",
    })!;

    private static RuleField Number(string name, string group, RuleUnit unit, Func<FollowRules, decimal?> get, Func<FollowRules, decimal?, FollowRules?> set, bool canClear = false) =>
        new(name, group, unit, r => get(r), (r, v) => set(r, (decimal?)v), canClear);

    private static RuleField Switch(string name, string group, Func<FollowRules, bool> get, Func<FollowRules, bool, FollowRules> set) =>
        new(name, group, RuleUnit.Switch, r => get(r), (r, v) => set(r, v is true));

    private static RuleField Words(string name, Func<FollowRules, IReadOnlyList<string>> get, Func<FollowRules, IReadOnlyList<string>, FollowRules> set) =>
        new(name, "filters", RuleUnit.Words, get, (r, v) => set(r, v as IReadOnlyList<string> ?? []), CanClear: true);

    private static RuleField Choice<T>(string name, string group, Func<FollowRules, T> get, Func<FollowRules, T, FollowRules> set) where T : struct, Enum =>
        new(name, group, RuleUnit.Choice, r => Word(get(r)), (r, v) => Enum.GetValues<T>().Cast<T?>().FirstOrDefault(e => Word(e!.Value) == v as string) is { } chosen ? set(r, chosen) : null, Choices: [.. Enum.GetValues<T>().Select(Word)]);

    // the name the API has for it
    private static string Word<T>(T value) where T : struct, Enum => typeof(T).GetField(value.ToString())!.GetCustomAttributes(typeof(JsonStringEnumMemberNameAttribute), false).Cast<JsonStringEnumMemberNameAttribute>().FirstOrDefault()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static List<string> Tiers(FollowRules rules) => [.. rules.Tiers.Select(t => FormattableString.Invariant($"{t.FromUsd:0.##}:{t.Factor:0.####}"))];

    private static FollowRules? SetTiers(FollowRules rules, object? value)
    {
        var tiers = new List<FactorTier>();
        foreach (var text in value as IReadOnlyList<string> ?? [])
        {
            if (text.Split(':') is not [var from, var factor] || !Numbers.TryParse(from, out var usd) || !Numbers.TryParse(factor, out var times))
                return null;
            tiers.Add(new FactorTier(usd, times));
        }
        return rules with { Tiers = [.. tiers.OrderBy(t => t.FromUsd)] };
    }
}
