using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Indexing.Cards;

/// <summary>Works a leader's figures out of his trades.</summary>
/// <remarks>
/// Only what we saw him buy has a cost: sales of older holdings count as volume and not as profit. Left out are trades with a counterparty that makes up over 30 % of the
/// volume (from ten trades on, below that everybody would), with his own wallets, and in illiquid markets: they say more about him than about his skill.
/// </remarks>
internal static class Figures
{
    private const decimal OneCounterparty = 0.30m;
    private const int CounterpartiesFrom = 10;
    private const int ChartPoints = 200;
    private const decimal Z = 1.959964m; // 95 %
    public const long Dust = Shares.Scale / 100;

    /// <param name="trades">His trades, oldest first.</param>
    /// <param name="ownWallets">All of his.</param>
    /// <param name="market">What the catalogue knows of a token.</param>
    /// <param name="now">For what is still held.</param>
    public static LeaderStatsRow Of(string leader, IReadOnlyList<LeaderTradeRow> trades, IReadOnlySet<string> ownWallets, Func<TokenId, MarketFacts?> market, DateTime now)
    {
        var total = trades.Sum(t => t.Collateral.ToDecimal());
        var counted = Counted(trades, ownWallets, market, total);
        var events = new List<(DateTime At, decimal Pnl)>();
        var byMarket = new Dictionary<string, decimal>(StringComparer.Ordinal);
        var episodes = new List<(decimal Pnl, TimeSpan Held)>();
        foreach (var token in counted.GroupBy(t => t.TokenId))
            Fold([.. token], market(token.Key), now, events, byMarket, episodes);
        var (chart, drawdown, pnl) = Chart(events);
        var wins = episodes.Count(e => e.Pnl > 0);
        var rated = counted.Where(t => t.IsTaker is not null).ToList();
        var ratedVolume = rated.Sum(t => t.Collateral.ToDecimal());
        var (low, high) = Wilson(wins, episodes.Count);
        var volume = counted.Sum(t => t.Collateral.ToDecimal());
        return new LeaderStatsRow
        {
            Address = leader,
            Trades = trades.Count,
            Volume = volume,
            Pnl = pnl,
            PnlWithoutBest = pnl - Math.Max(0, byMarket.Count == 0 ? 0 : byMarket.Values.Max()),
            WinRate = episodes.Count == 0 ? null : Round((decimal)wins / episodes.Count),
            WinRateLow = low,
            WinRateHigh = high,
            Closed = episodes.Count,
            HoldSeconds = episodes.Count == 0 ? null : (long)episodes.Average(e => e.Held.TotalSeconds),
            MakerShare = ratedVolume == 0 ? null : Round(rated.Where(t => t.IsTaker == false).Sum(t => t.Collateral.ToDecimal()) / ratedVolume),
            Drawdown = drawdown,
            LeftOut = total == 0 ? 0 : Round((total - volume) / total),
            Chart = chart,
            LastTradeAt = trades.Count == 0 ? null : trades[^1].TradedAt,
            UpdatedAt = now,
        };
    }

    private static List<LeaderTradeRow> Counted(IReadOnlyList<LeaderTradeRow> trades, IReadOnlySet<string> ownWallets, Func<TokenId, MarketFacts?> market, decimal total)
    {
        var named = trades.Where(t => t.Counterparty is not null).ToList();
        var tooMuch = named.Count < CounterpartiesFrom ? [] : named.GroupBy(t => t.Counterparty!).Where(g => g.Sum(t => t.Collateral.ToDecimal()) > OneCounterparty * total).Select(g => g.Key).ToHashSet();
        return [.. trades.Where(t => t.Counterparty is not { } other || (!tooMuch.Contains(other) && !ownWallets.Contains(other))).Where(t => market(t.TokenId) is not { IsIlliquid: true })];
    }

    private static void Fold(List<LeaderTradeRow> trades, MarketFacts? market, DateTime now, List<(DateTime, decimal)> events, Dictionary<string, decimal> byMarket, List<(decimal, TimeSpan)> episodes)
    {
        long held = 0;
        decimal cost = 0, episode = 0;
        DateTime openedAt = default;
        var name = trades[0].ConditionId ?? trades[0].TokenId.Digits;
        void Realise(decimal pnl, DateTime at)
        {
            events.Add((at, pnl));
            byMarket[name] = byMarket.GetValueOrDefault(name) + pnl;
        }
        foreach (var trade in trades)
        {
            var fee = trade.Fee / (decimal)Usdc.Scale;
            if (trade.Side == Side.Buy)
            {
                if (held == 0)
                    (openedAt, episode) = (trade.TradedAt, 0);
                held += trade.Shares.Micros;
                cost += trade.Collateral.ToDecimal() + fee;
                continue;
            }
            var sold = Math.Min(held, trade.Shares.Micros);
            if (sold == 0)
                continue;
            var part = cost * sold / held;
            var pnl = (trade.Collateral.ToDecimal() - fee) * sold / trade.Shares.Micros - part;
            cost -= part;
            held -= sold;
            episode += pnl;
            Realise(pnl, trade.TradedAt);
            if (held > Dust)
                continue;
            episodes.Add((episode, trade.TradedAt - openedAt));
            (held, cost) = (0, 0);
        }
        if (held == 0 || market is null)
            return;
        var value = held / (decimal)Shares.Scale * market.Price;
        var at = market.IsResolved ? market.EndedAt is { } ended && ended > trades[^1].TradedAt && ended < now ? ended : trades[^1].TradedAt : now;
        Realise(value - cost, at);
        if (market.IsResolved)
            episodes.Add((episode + value - cost, at - openedAt));
    }

    private static (IReadOnlyList<ChartPoint> Chart, decimal Drawdown, decimal Pnl) Chart(List<(DateTime At, decimal Pnl)> events)
    {
        var points = new List<ChartPoint>(events.Count);
        decimal sum = 0, peak = 0, drawdown = 0;
        foreach (var moment in events.GroupBy(e => e.At).OrderBy(g => g.Key)) // what happens at once has no order to fall in
        {
            sum += moment.Sum(e => e.Pnl);
            peak = Math.Max(peak, sum);
            drawdown = Math.Max(drawdown, peak - sum);
            points.Add(new ChartPoint(moment.Key, Money(sum)));
        }
        var step = Math.Max(1, (points.Count + ChartPoints - 1) / ChartPoints);
        return ([.. points.Where((_, i) => i % step == 0 || i == points.Count - 1)], Money(drawdown), Money(sum));
    }

    /// <summary>Wilson's interval: honest for a handful of trades too.</summary>
    private static (decimal? Low, decimal? High) Wilson(int wins, int of)
    {
        if (of == 0)
            return (null, null);
        decimal n = of, p = wins / n, zz = Z * Z;
        var spread = Z * Root((p * (1 - p) / n) + (zz / (4 * n * n)));
        var scale = 1 + (zz / n);
        return (Round((p + (zz / (2 * n)) - spread) / scale), Round((p + (zz / (2 * n)) + spread) / scale));
    }

    private static decimal Root(decimal value)
    {
        var root = (decimal)Math.Sqrt((double)value); // a start for Newton, who makes it exact
        return root == 0 ? 0 : (root + (value / root)) / 2;
    }

    private static decimal Round(decimal value) => decimal.Round(Math.Clamp(value, 0, 1), 4);

    private static decimal Money(decimal value) => decimal.Round(value, 6);
}

/// <param name="Price">What a share is worth now: the payout once resolved.</param>
/// <param name="IsIlliquid">Open, with hardly anything in its book.</param>
internal sealed record MarketFacts(decimal Price, bool IsResolved, DateTime? EndedAt, bool IsIlliquid);
