using System.Globalization;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>The rules themselves: no clock, no database, nothing remembered. The engine, the preview and the replay judge by this one.</summary>
internal static class CopyJudge
{
    /// <summary>The venue takes no smaller BUY from the book.</summary>
    /// <remarks>"invalid amount for a marketable BUY order ($0.5), min size: $1" (facts, 2026-10).</remarks>
    private const decimal VenueMinimum = 1m;

    private const long Cent = 10_000;

    public static Judgement Judge(Follow follow, Scene scene, Standing standing) => scene.Side == Side.Buy ? Buy(follow, scene, standing) : Sell(follow, scene, standing);

    private static Judgement Buy(Follow follow, Scene scene, Standing at)
    {
        var rules = follow.Rules;
        var steps = new List<string>();
        var full = Size(rules, scene, at, steps);
        var wanted = full;
        if (rules.Mode is CopyMode.Fixed or CopyMode.PercentOfBalance && at.GroupSpent > 0)
        {
            wanted -= Usd(at.GroupSpent);
            steps.Add($"{Text(Usd(at.GroupSpent))} were spent on this order of the leader already");
        }
        var would = Micros(Math.Min(Math.Max(0, wanted), rules.MaxPerTrade));
        Judgement Skip(string rule, string reason, long carry = 0) =>
            new(Verdict.Skipped, rule, reason, steps) { Side = Side.Buy, Token = scene.Token, RulesVersion = follow.RulesVersion, WouldSpend = would, Carry = carry };

        if (Filter(follow, scene, at) is var (rule, reason))
            return Skip(rule, reason);

        if (rules.Mode == CopyMode.Bankroll && Bankroll(rules, scene) is null)
            return Skip("leader_bankroll", "What the leader trades with cannot be told now, and the rules do not say it.");
        var minimum = Math.Max(rules.MinimumUsd, VenueMinimum);
        if (wanted < full && wanted < minimum)
            return Skip("group_spent", $"The {Text(full)} pUSD for this order of the leader are spent.");
        if (wanted <= 0)
            return Skip("size", "The rules give no amount for this trade.");
        var carry = 0L;
        if (rules.BelowMinimum == BelowMinimum.Accumulate && at.Carried > 0)
        {
            steps.Add($"{Text(wanted)} and {Text(Usd(at.Carried))} put aside before = {Text(wanted + Usd(at.Carried))}");
            (wanted, carry) = (wanted + Usd(at.Carried), -at.Carried);
        }
        if (wanted < minimum)
        {
            if (rules.BelowMinimum == BelowMinimum.Skip)
                return Skip("minimum", $"{Text(wanted)} pUSD is below the minimum of {Text(minimum)}.");
            if (rules.BelowMinimum == BelowMinimum.Accumulate)
                return Skip("accumulating", $"{Text(wanted)} of {Text(minimum)} pUSD put aside.", Micros(wanted) - at.Carried);
            steps.Add($"{Text(wanted)} rounded up to {Text(minimum)}");
            wanted = minimum;
        }
        if (!at.HoldsToken && at.OpenPositions >= rules.MaxOpenPositions)
            return Skip("max_open_positions", $"{at.OpenPositions} positions are open, the limit is {rules.MaxOpenPositions}.");

        string? short_ = null;
        void Limit(string name, string text, decimal most)
        {
            if (wanted <= most || short_ is not null)
                return;
            if (most < minimum)
                short_ = $"{name}\n{text}: {Text(Math.Max(0, most))} pUSD is left, {Text(minimum)} is the least.";
            else
            {
                steps.Add($"{Text(wanted)} cut to {Text(most)} ({text})");
                wanted = most;
            }
        }
        Limit("max_per_trade", $"at most {Text(rules.MaxPerTrade)} a trade", rules.MaxPerTrade);
        Limit("max_per_day", $"{Text(Usd(at.SpentToday))} of {Text(rules.MaxPerDay)} a day spent", rules.MaxPerDay - Usd(at.SpentToday));
        Limit("max_per_market", $"{Text(Usd(at.InMarket))} of {Text(rules.MaxPerMarket)} in this market", rules.MaxPerMarket - Usd(at.InMarket));
        if (short_ is not null)
            return Skip(short_.Split('\n')[0], short_.Split('\n')[1]);

        if (scene.Reference is not { } reference)
            return Skip("no_reference", "The market has no price of its own from before the trade: nothing says whether the leader's price is fair.");
        if (scene.Book is null || scene.Book.BestAsk is not { } ask)
            return Skip("no_liquidity", "Nobody offers this outcome now.");
        var tick = scene.Market.TickSize;
        var limit = Math.Min(scene.LeaderPrice, reference) * (1 + rules.MaxSlippage);
        var cap = Down(limit, tick);
        if (cap < tick || ask > cap)
            return Skip("price_cap", $"The best ask is {ask}, the limit {Text(limit)}: the lower of the leader's {Text(scene.LeaderPrice)} and the market's {Text(reference)}, plus {Text(rules.MaxSlippage * 100)} %.");
        var fee = FeePerUsd(scene.Market, ask, cap);
        Limit("balance", $"{Text(Usd(at.Cash))} pUSD is free, fees included", Usd(at.Cash) / (1 + fee));
        Limit("depth", $"share of the depth up to {cap}", Usd(scene.Book.Offered(cap)));
        if (short_ is not null)
            return Skip(short_.Split('\n')[0], short_.Split('\n')[1]);
        var amount = Micros(wanted) / Cent * Cent;
        if (amount < Micros(VenueMinimum))
            return Skip("minimum", $"{Text(wanted)} pUSD is below the venue's minimum.");

        if (at.HeldOpposite > 0 && rules.Opposite == OppositePolicy.Net && scene.Other is { } other)
        {
            var target = Math.Min(at.HeldOpposite, (long)((Int128)amount * Price.Scale / ask.TenThousandths)) / Cent * Cent;
            steps.Add($"another follow holds {new Shares(at.HeldOpposite)} of the other outcome: {new Shares(target)} of them are sold instead");
            return new Judgement(Verdict.Copied, null, null, steps) { Side = Side.Sell, Token = other, RulesVersion = follow.RulesVersion, Target = target, Carry = carry };
        }
        var got = scene.Book.Buy(amount, cap);
        var price = got.Shares == 0 ? ask.ToDecimal() : got.Spent / (decimal)got.Shares;
        steps.Add($"{Text(Usd(amount))} pUSD up to {cap}");
        return new Judgement(Verdict.Copied, null, null, steps)
        {
            Side = Side.Buy,
            Token = scene.Token,
            RulesVersion = follow.RulesVersion,
            Amount = amount,
            Committed = amount,
            WouldSpend = amount,
            Carry = carry,
            Worst = cap,
            TakeProfit = rules.TakeProfitPercent is { } take ? Exit(price * (1 + take / 100), tick, up: true) : null,
            StopLoss = rules.StopLossPercent is { } stop ? Exit(price * (1 - stop / 100), tick, up: false) : null,
            Expected = got,
        };
    }

    private static Judgement Sell(Follow follow, Scene scene, Standing at)
    {
        var (version, rules) = at.HeldUnder ?? (follow.RulesVersion, follow.Rules);
        var steps = new List<string>();
        Judgement Skip(string rule, string reason) => new(Verdict.Skipped, rule, reason, steps) { Side = Side.Sell, Token = scene.Token, RulesVersion = version };

        if (!follow.SellsAll && follow.SellsEnded)
            return Skip("sells_ended", "This follow was deleted and mirrors no more sells.");
        var mode = follow.SellsAll ? SellMode.All : rules.Sells;
        if (mode == SellMode.None)
            return Skip("sells_none", "The rules mirror no sells.");
        if (mode == SellMode.Manual)
            return Skip("sells_manual", "The rules leave selling to you.");
        var fraction = mode switch
        {
            SellMode.All => 1m,
            SellMode.Percent => rules.SellPercent!.Value / 100,
            _ => scene.LeaderHeld <= 0 ? 1m : Math.Min(1m, scene.LeaderShares / (decimal)scene.LeaderHeld),
        };
        steps.Add(mode switch
        {
            SellMode.All when follow.SellsAtMost is { } most => $"what was copied of it: {new Shares(most)}",
            SellMode.All => "all of it",
            SellMode.Percent => $"{Text(rules.SellPercent!.Value)} % of it",
            _ when scene.LeaderHeld <= 0 => "what the leader held is not known: all of it",
            _ => $"the leader sold {new Shares(scene.LeaderShares)} of {new Shares(scene.LeaderHeld)}: {Text(fraction * 100)} %",
        });
        var target = (fraction >= 1 ? Math.Min(at.Held, follow.SellsAtMost ?? at.Held) : (long)decimal.Floor(at.Held * fraction)) / Cent * Cent;
        steps.Add($"{new Shares(target)} of {new Shares(at.Held)} shares held by this follow");
        if (target <= 0)
            return Skip("dust", "Less than a hundredth of a share would be sold.") with { Fraction = fraction };
        return new Judgement(Verdict.Copied, null, null, steps) { Side = Side.Sell, Token = scene.Token, RulesVersion = version, Target = target, Fraction = fraction };
    }

    /// <summary>The first rule that speaks against an entry.</summary>
    private static (string Rule, string Reason)? Filter(Follow follow, Scene scene, Standing at)
    {
        var (rules, market) = (follow.Rules, scene.Market);
        if (!follow.IsActive)
            return ("paused", follow.Reason is { } why ? $"The follow is paused: {why}" : "The follow is paused.");
        if (at.Paused is { } paused)
            return ("trading_paused", $"Entries are stopped: {paused}");
        if (scene.Blind && rules.PauseWhenBlind)
            return ("blind", "Our picture of the leader has a hole; the rules allow no entries meanwhile.");
        if (rules.MinLeaderTrade > scene.LeaderAmount)
            return ("leader_minimum", $"The leader spent {Text(scene.LeaderAmount)}, the least is {Text(rules.MinLeaderTrade.Value)} pUSD.");
        var price = scene.Book?.BestAsk?.ToDecimal() ?? scene.LeaderPrice;
        if (rules.MinPrice > price || rules.MaxPrice < price)
            return ("price_band", $"The price is {Text(price)}, the band {Text(rules.MinPrice ?? 0)} to {Text(rules.MaxPrice ?? 1)}.");
        if (rules.Categories.Count > 0 && !rules.Categories.Any(c => Has(market.Tags, c)))
            return ("category", $"The market's categories are {Words(market.Tags)}; wanted are {Words(rules.Categories)}.");
        if (rules.ExcludedCategories.FirstOrDefault(c => Has(market.Tags, c)) is { } category)
            return ("category", $"The category {category} is excluded.");
        if (rules.Keywords.Count > 0 && !rules.Keywords.Any(k => Mentions(market, k)))
            return ("keyword", $"None of {Words(rules.Keywords)} occurs in the market's title.");
        if (rules.ExcludedKeywords.FirstOrDefault(k => Mentions(market, k)) is { } word)
            return ("keyword", $"The word {word} is excluded.");
        if (rules.MinLiquidity > market.Liquidity)
            return ("liquidity", $"The market's liquidity is {Text(market.Liquidity)}, the least is {Text(rules.MinLiquidity.Value)} pUSD.");
        if (rules.MaxSpread is { } most && scene.Book is { BestAsk: { } ask } book)
        {
            var spread = (ask.TenThousandths - (book.BestBid ?? Price.Zero).TenThousandths) / (decimal)Price.Scale;
            if (spread > most)
                return ("spread", $"The spread is {Text(spread)}, the most is {Text(most)}.");
        }
        if (rules.MinHoursToResolution is not null || rules.MaxHoursToResolution is not null)
        {
            if (market.EndDate is not { } end)
                return ("resolution_time", "The market names no end, and the rules ask for one.");
            var hours = (decimal)(end - scene.Now).TotalHours;
            if (rules.MinHoursToResolution > hours || rules.MaxHoursToResolution < hours)
                return ("resolution_time", $"The market ends in {Text(decimal.Round(hours, 1))} hours; allowed are {Text(rules.MinHoursToResolution ?? 0)} to {(rules.MaxHoursToResolution is { } max ? Text(max) : "any")}.");
        }
        if (rules.FirstEntryOnly && at.GroupSpent == 0 && (scene.LeaderHeld > 0 || at.CopiedBefore))
            return ("first_entry", scene.LeaderHeld > 0 ? $"The leader held {new Shares(scene.LeaderHeld)} of it before; only first entries are copied." : "This outcome was copied before; only first entries are.");
        if (at.HeldOpposite > 0 && rules.Opposite == OppositePolicy.Skip)
            return ("opposite", $"Another follow holds {new Shares(at.HeldOpposite)} shares of the other outcome.");
        return null;
    }

    private static decimal Size(FollowRules rules, Scene scene, Standing at, List<string> steps)
    {
        decimal size;
        switch (rules.Mode)
        {
            case CopyMode.Fixed:
                size = rules.AmountUsd ?? 0;
                steps.Add($"fixed {Text(size)}");
                break;
            case CopyMode.PercentOfTrade:
                size = scene.LeaderAmount * rules.Percent!.Value / 100;
                steps.Add($"{Text(rules.Percent.Value)} % of the leader's {Text(scene.LeaderAmount)} = {Text(size)}");
                break;
            case CopyMode.PercentOfBalance:
                var free = Usd(at.Cash + at.GroupSpent);
                size = free * rules.Percent!.Value / 100;
                steps.Add($"{Text(rules.Percent.Value)} % of {Text(free)} free pUSD = {Text(size)}");
                break;
            case CopyMode.Bankroll:
                if (Bankroll(rules, scene) is not { } bankroll)
                    return 0;
                size = Usd(at.Bankroll) * scene.LeaderAmount / bankroll;
                steps.Add($"the leader put {Text(scene.LeaderAmount)} of {Text(bankroll)} {(rules.LeaderBankroll is null ? "that he has in cash and positions " : "")}in; of {Text(Usd(at.Bankroll))} that is {Text(size)}");
                break;
            default:
                var factor = rules.Tiers.Where(t => t.FromUsd <= scene.LeaderAmount).OrderByDescending(t => t.FromUsd).FirstOrDefault()?.Factor ?? rules.Factor ?? 0;
                size = scene.LeaderAmount * factor;
                steps.Add($"{Text(factor)} times the leader's {Text(scene.LeaderAmount)} = {Text(size)}");
                break;
        }
        return decimal.Round(size, 6, MidpointRounding.ToZero);
    }

    /// <summary>What he spent is part of it: less than that was read too late, or not whole.</summary>
    private static decimal? Bankroll(FollowRules rules, Scene scene) => rules.LeaderBankroll ?? (scene.LeaderBankroll is > 0 and var known ? Math.Max(known, scene.LeaderAmount) : null);

    /// <summary>The price of a mirrored sell: the best bid less the slippage, never below the rules' worst price.</summary>
    /// <returns>Null: the bid itself is below it.</returns>
    public static Price? SellFloor(Price bestBid, FollowRules rules, Price tick)
    {
        var floor = Math.Max(tick.TenThousandths, (int)decimal.Ceiling(bestBid.TenThousandths * (1 - rules.SellSlippage) / tick.TenThousandths) * tick.TenThousandths);
        if (rules.WorstSellPrice is { } worst)
            floor = Math.Max(floor, (int)decimal.Ceiling(worst * Price.Scale / tick.TenThousandths) * tick.TenThousandths);
        return floor > bestBid.TenThousandths ? rules.WorstSellPrice * Price.Scale > bestBid.TenThousandths ? null : Down(bestBid.ToDecimal(), tick) : new Price(floor);
    }

    /// <summary>The most a taker pays in fees per pUSD between two prices.</summary>
    private static decimal FeePerUsd(Market market, Price from, Price to)
    {
        if (market.Fee.Rate == 0)
            return 0;
        var worst = 0m;
        foreach (var p in new[] { from.ToDecimal(), Math.Clamp(0.5m, from.ToDecimal(), to.ToDecimal()), to.ToDecimal() })
        {
            var fee = market.Fee.Rate;
            for (var i = 0; i < market.Fee.Exponent; i++)
                fee *= p * (1 - p);
            worst = Math.Max(worst, fee / p);
        }
        return worst + 0.0001m;
    }

    private static Price Down(decimal price, Price tick) => new((int)Math.Clamp(decimal.Floor(price * Price.Scale / tick.TenThousandths) * tick.TenThousandths, 0, Price.Scale - tick.TenThousandths));

    private static Price Exit(decimal price, Price tick, bool up)
    {
        var steps = price * Price.Scale / tick.TenThousandths;
        return new Price((int)Math.Clamp((up ? decimal.Ceiling(steps) : decimal.Floor(steps)) * tick.TenThousandths, tick.TenThousandths, Price.Scale - tick.TenThousandths));
    }

    private static bool Has(IReadOnlyList<string> words, string wanted) => words.Any(w => w.Equals(wanted, StringComparison.OrdinalIgnoreCase));

    private static bool Mentions(Market market, string word) =>
        market.Question.Contains(word, StringComparison.OrdinalIgnoreCase) || market.EventTitle?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;

    private static string Words(IReadOnlyList<string> words) => words.Count == 0 ? "none" : string.Join(", ", words.Take(5).Select(w => ForeignText.Clean(w, 60)));

    private static decimal Usd(long micros) => micros / 1_000_000m;

    private static long Micros(decimal usd) => (long)decimal.Floor(usd * 1_000_000m);

    internal static string Text(decimal value) => decimal.Round(value, 4).ToString("0.####", CultureInfo.InvariantCulture);
}
