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
        var steps = new List<Said>();
        var full = Size(rules, scene, at, steps);
        var wanted = full;
        if (rules.Mode is CopyMode.Fixed or CopyMode.PercentOfBalance && at.GroupSpent > 0)
        {
            wanted -= Usd(at.GroupSpent);
            steps.Add(Reasons.GroupSpentBefore.With(Gap.Usd(Usd(at.GroupSpent))));
        }
        var would = Micros(Math.Min(Math.Max(0, wanted), rules.MaxPerTrade));
        Judgement Skip(string rule, Said reason, long carry = 0) =>
            new(Verdict.Skipped, rule, reason, steps) { Side = Side.Buy, Token = scene.Token, RulesVersion = follow.RulesVersion, WouldSpend = would, Carry = carry };

        if (Filter(follow, scene, at) is var (rule, reason))
            return Skip(rule, reason);

        if (rules.Mode == CopyMode.Bankroll && Bankroll(rules, scene) is null)
            return Skip("leader_bankroll", Reasons.LeaderBankroll.With());
        var minimum = Math.Max(rules.MinimumUsd, VenueMinimum);
        if (wanted < full && wanted < minimum)
            return Skip("group_spent", Reasons.GroupSpent.With(Gap.Usd(full)));
        if (wanted <= 0)
            return Skip("size", Reasons.NoSize.With());
        var carry = 0L;
        if (rules.BelowMinimum == BelowMinimum.Accumulate && at.Carried > 0)
        {
            steps.Add(Reasons.CarriedBefore.With(Gap.Usd(wanted), Gap.Usd(Usd(at.Carried)), Gap.Usd(wanted + Usd(at.Carried))));
            (wanted, carry) = (wanted + Usd(at.Carried), -at.Carried);
        }
        if (wanted < minimum)
        {
            if (rules.BelowMinimum == BelowMinimum.Skip)
                return Skip("minimum", Reasons.BelowMinimum.With(Gap.Usd(wanted), Gap.Usd(minimum)));
            if (rules.BelowMinimum == BelowMinimum.Accumulate)
                return Skip("accumulating", Reasons.Accumulating.With(Gap.Usd(wanted), Gap.Usd(minimum)), Micros(wanted) - at.Carried);
            steps.Add(Reasons.RoundedUp.With(Gap.Usd(wanted), Gap.Usd(minimum)));
            wanted = minimum;
        }
        if (!at.HoldsToken && at.OpenPositions >= rules.MaxOpenPositions)
            return Skip("max_open_positions", Reasons.OpenPositions.With(at.OpenPositions, rules.MaxOpenPositions));

        (string Rule, Said Reason)? tooLittle = null;
        void Limit(string name, Said cap, decimal most)
        {
            if (wanted <= most || tooLittle is not null)
                return;
            if (most < minimum)
                tooLittle = (name, Reasons.TooLittleLeft.With(cap, Gap.Usd(Math.Max(0, most)), Gap.Usd(minimum)));
            else
            {
                steps.Add(Reasons.Cut.With(Gap.Usd(wanted), Gap.Usd(most), cap));
                wanted = most;
            }
        }
        Limit("max_per_trade", Reasons.PerTrade.With(Gap.Usd(rules.MaxPerTrade)), rules.MaxPerTrade);
        Limit("max_per_day", Reasons.PerDay.With(Gap.Usd(Usd(at.SpentToday)), Gap.Usd(rules.MaxPerDay)), rules.MaxPerDay - Usd(at.SpentToday));
        Limit("max_per_market", Reasons.PerMarket.With(Gap.Usd(Usd(at.InMarket)), Gap.Usd(rules.MaxPerMarket)), rules.MaxPerMarket - Usd(at.InMarket));
        if (tooLittle is not null)
            return Skip(tooLittle.Value.Rule, tooLittle.Value.Reason);

        if (scene.Reference is not { } reference)
            return Skip("no_reference", Reasons.NoReference.With());
        if (scene.Book is null || scene.Book.BestAsk is not { } ask)
            return Skip("no_liquidity", Reasons.NoLiquidity.With());
        var tick = scene.Market.TickSize;
        var limit = Math.Min(scene.LeaderPrice, reference) * (1 + rules.MaxSlippage);
        var highest = Down(limit, tick);
        if (highest < tick || ask > highest)
            return Skip("price_cap", Reasons.PriceCap.With(ask, Gap.PerShare(limit), Gap.PerShare(scene.LeaderPrice), Gap.PerShare(reference), Gap.Percent(rules.MaxSlippage * 100)));
        var fee = FeePerUsd(scene.Market, ask, highest);
        Limit("balance", Reasons.FreeCash.With(Gap.Usd(Usd(at.Cash))), Usd(at.Cash) / (1 + fee));
        Limit("depth", Reasons.Depth.With(highest), Usd(scene.Book.Offered(highest)));
        if (tooLittle is not null)
            return Skip(tooLittle.Value.Rule, tooLittle.Value.Reason);
        var amount = Micros(wanted) / Cent * Cent;
        if (amount < Micros(VenueMinimum))
            return Skip("minimum", Reasons.BelowVenueMinimum.With(Gap.Usd(wanted)));

        if (at.HeldOpposite > 0 && rules.Opposite == OppositePolicy.Net && scene.Other is { } other)
        {
            var target = Math.Min(at.HeldOpposite, (long)((Int128)amount * Price.Scale / ask.TenThousandths)) / Cent * Cent;
            steps.Add(Reasons.Netted.With(new Shares(at.HeldOpposite), new Shares(target)));
            return new Judgement(Verdict.Copied, null, null, steps) { Side = Side.Sell, Token = other, RulesVersion = follow.RulesVersion, Target = target, Carry = carry };
        }
        var got = scene.Book.Buy(amount, highest);
        var price = got.Shares == 0 ? ask.ToDecimal() : got.Spent / (decimal)got.Shares;
        steps.Add(Reasons.UpTo.With(Gap.Usd(Usd(amount)), highest));
        return new Judgement(Verdict.Copied, null, null, steps)
        {
            Side = Side.Buy,
            Token = scene.Token,
            RulesVersion = follow.RulesVersion,
            Amount = amount,
            Committed = amount,
            WouldSpend = amount,
            Carry = carry,
            Worst = highest,
            TakeProfit = rules.TakeProfitPercent is { } take ? Exit(price * (1 + take / 100), tick, up: true) : null,
            StopLoss = rules.StopLossPercent is { } stop ? Exit(price * (1 - stop / 100), tick, up: false) : null,
            Expected = got,
        };
    }

    private static Judgement Sell(Follow follow, Scene scene, Standing at)
    {
        var (version, rules) = at.HeldUnder ?? (follow.RulesVersion, follow.Rules);
        var steps = new List<Said>();
        Judgement Skip(string rule, Said reason) => new(Verdict.Skipped, rule, reason, steps) { Side = Side.Sell, Token = scene.Token, RulesVersion = version };

        if (!follow.SellsAll && follow.SellsEnded)
            return Skip("sells_ended", Reasons.SellsEnded.With());
        var mode = follow.SellsAll ? SellMode.All : rules.Sells;
        if (mode == SellMode.None)
            return Skip("sells_none", Reasons.SellsNone.With());
        if (mode == SellMode.Manual)
            return Skip("sells_manual", Reasons.SellsManual.With());
        var fraction = mode switch
        {
            SellMode.All => 1m,
            SellMode.Percent => rules.SellPercent!.Value / 100,
            _ => scene.LeaderHeld <= 0 ? 1m : Math.Min(1m, scene.LeaderShares / (decimal)scene.LeaderHeld),
        };
        steps.Add(mode switch
        {
            SellMode.All when follow.SellsAtMost is { } most => Reasons.SellsCopied.With(new Shares(most)),
            SellMode.All => Reasons.SellsAll.With(),
            SellMode.Percent => Reasons.SellsPercent.With(Gap.Percent(rules.SellPercent!.Value)),
            _ when scene.LeaderHeld <= 0 => Reasons.SellsUnknown.With(),
            _ => Reasons.SellsMirrored.With(new Shares(scene.LeaderShares), new Shares(scene.LeaderHeld), Gap.Percent(fraction * 100)),
        });
        var target = (fraction >= 1 ? Math.Min(at.Held, follow.SellsAtMost ?? at.Held) : (long)decimal.Floor(at.Held * fraction)) / Cent * Cent;
        steps.Add(Reasons.SellsHeld.With(new Shares(target), new Shares(at.Held)));
        if (target <= 0)
            return Skip("dust", Reasons.DustSale.With()) with { Fraction = fraction };
        return new Judgement(Verdict.Copied, null, null, steps) { Side = Side.Sell, Token = scene.Token, RulesVersion = version, Target = target, Fraction = fraction };
    }

    /// <summary>The first rule that speaks against an entry.</summary>
    private static (string Rule, Said Reason)? Filter(Follow follow, Scene scene, Standing at)
    {
        var (rules, market) = (follow.Rules, scene.Market);
        if (!follow.IsActive)
            return ("paused", follow.Reason is { } why ? Reasons.PausedBecause.With(follow.Said is { } said ? said : why) : Reasons.Paused.With());
        if (at.Paused is { } paused)
            return ("trading_paused", Reasons.TradingPaused.With(paused));
        if (scene.Blind && rules.PauseWhenBlind)
            return ("blind", Reasons.Blind.With());
        if (rules.MinLeaderTrade > scene.LeaderAmount)
            return ("leader_minimum", Reasons.LeaderMinimum.With(Gap.Usd(scene.LeaderAmount), Gap.Usd(rules.MinLeaderTrade.Value)));
        var price = scene.Book?.BestAsk?.ToDecimal() ?? scene.LeaderPrice;
        if (rules.MinPrice > price || rules.MaxPrice < price)
            return ("price_band", Reasons.PriceBand.With(Gap.PerShare(price), Gap.PerShare(rules.MinPrice ?? 0), Gap.PerShare(rules.MaxPrice ?? 1)));
        if (rules.Categories.Count > 0 && !rules.Categories.Any(c => Has(market.Tags, c)))
            return ("category", market.Tags.Count == 0 ? Reasons.NoCategory.With(Words(rules.Categories)) : Reasons.OtherCategory.With(Words(market.Tags), Words(rules.Categories)));
        if (rules.ExcludedCategories.FirstOrDefault(c => Has(market.Tags, c)) is { } category)
            return ("category", Reasons.ExcludedCategory.With(category));
        if (rules.Keywords.Count > 0 && !rules.Keywords.Any(k => Mentions(market, k)))
            return ("keyword", Reasons.NoKeyword.With(Words(rules.Keywords)));
        if (rules.ExcludedKeywords.FirstOrDefault(k => Mentions(market, k)) is { } word)
            return ("keyword", Reasons.ExcludedKeyword.With(word));
        if (rules.MinLiquidity > market.Liquidity)
            return ("liquidity", Reasons.Liquidity.With(Gap.Usd(market.Liquidity), Gap.Usd(rules.MinLiquidity.Value)));
        if (rules.MaxSpread is { } most && scene.Book is { BestAsk: { } ask } book)
        {
            var spread = (ask.TenThousandths - (book.BestBid ?? Price.Zero).TenThousandths) / (decimal)Price.Scale;
            if (spread > most)
                return ("spread", Reasons.Spread.With(Gap.PerShare(spread), Gap.PerShare(most)));
        }
        if (rules.MinHoursToResolution is not null || rules.MaxHoursToResolution is not null)
        {
            if (market.EndDate is not { } end)
                return ("resolution_time", Reasons.NoEnd.With());
            var hours = (decimal)(end - scene.Now).TotalHours;
            if (rules.MinHoursToResolution > hours || rules.MaxHoursToResolution < hours)
                return ("resolution_time", rules.MaxHoursToResolution is { } max
                    ? Reasons.EndsAt.With(Gap.Number(decimal.Round(hours, 1)), Gap.Number(rules.MinHoursToResolution ?? 0), Gap.Number(max))
                    : Reasons.EndsSoon.With(Gap.Number(decimal.Round(hours, 1)), Gap.Number(rules.MinHoursToResolution ?? 0)));
        }
        if (rules.FirstEntryOnly && at.GroupSpent == 0 && (scene.LeaderHeld > 0 || at.CopiedBefore))
            return ("first_entry", scene.LeaderHeld > 0 ? Reasons.HeldBefore.With(new Shares(scene.LeaderHeld)) : Reasons.CopiedBefore.With());
        if (at.HeldOpposite > 0 && rules.Opposite == OppositePolicy.Skip)
            return ("opposite", Reasons.Opposite.With(new Shares(at.HeldOpposite)));
        return null;
    }

    private static decimal Size(FollowRules rules, Scene scene, Standing at, List<Said> steps)
    {
        decimal size;
        switch (rules.Mode)
        {
            case CopyMode.Fixed:
                size = rules.AmountUsd ?? 0;
                steps.Add(Reasons.Fixed.With(Gap.Usd(size)));
                break;
            case CopyMode.PercentOfTrade:
                size = scene.LeaderAmount * rules.Percent!.Value / 100;
                steps.Add(Reasons.PercentOfTrade.With(Gap.Percent(rules.Percent.Value), Gap.Usd(scene.LeaderAmount), Gap.Usd(size)));
                break;
            case CopyMode.PercentOfBalance:
                var free = Usd(at.Cash + at.GroupSpent);
                size = free * rules.Percent!.Value / 100;
                steps.Add(Reasons.PercentOfBalance.With(Gap.Percent(rules.Percent.Value), Gap.Usd(free), Gap.Usd(size)));
                break;
            case CopyMode.Bankroll:
                if (Bankroll(rules, scene) is not { } bankroll)
                    return 0;
                size = Usd(at.Bankroll) * scene.LeaderAmount / bankroll;
                steps.Add((rules.LeaderBankroll is null ? Reasons.BankrollKnown : Reasons.BankrollGiven).With(Gap.Usd(scene.LeaderAmount), Gap.Usd(bankroll), Gap.Usd(Usd(at.Bankroll)), Gap.Usd(size)));
                break;
            default:
                var factor = rules.Tiers.Where(t => t.FromUsd <= scene.LeaderAmount).OrderByDescending(t => t.FromUsd).FirstOrDefault()?.Factor ?? rules.Factor ?? 0;
                size = scene.LeaderAmount * factor;
                steps.Add(Reasons.Times.With(Gap.Number(factor), Gap.Usd(scene.LeaderAmount), Gap.Usd(size)));
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
