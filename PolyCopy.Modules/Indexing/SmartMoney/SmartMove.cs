using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Indexing.SmartMoney;

/// <summary>What smart traders did on one outcome, taken together.</summary>
/// <param name="Traders">With what each moved net, pUSD; the largest first.</param>
/// <param name="Price">pUSD per share, over all of it.</param>
/// <param name="Within">From the first of their trades to the last.</param>
internal sealed record SmartMove(TokenId Token, Side Side, IReadOnlyList<(string Address, decimal Usd)> Traders, decimal Usd, decimal Price, TimeSpan Within)
{
    /// <summary>The moves that have something new, those of most traders first; what a trader both bought and sold counts as what is left of it.</summary>
    /// <param name="trades">The recent ones, known before or not.</param>
    /// <param name="after">Trades of later blocks are new.</param>
    /// <param name="leastUsd">What a trader moves less of is not counted.</param>
    public static IReadOnlyList<SmartMove> Of(IReadOnlyCollection<LeaderTradeRow> trades, long after, decimal leastUsd)
    {
        // an address and its wallet may both be watched: their trades are the same trades
        var single = trades.OrderBy(t => t.Leader, StringComparer.Ordinal).DistinctBy(t => t.ChainKey).ToList();
        var fresh = Nets(single.Where(t => t.BlockNumber > after), leastUsd).Select(n => (n.Token, n.Side)).ToHashSet();
        return [.. Nets(single, leastUsd).Where(n => fresh.Contains((n.Token, n.Side))).GroupBy(n => (n.Token, n.Side)).Select(g => new SmartMove(
            g.Key.Token, g.Key.Side, [.. g.OrderByDescending(n => n.Usd).Select(n => (n.Trader, n.Usd))], g.Sum(n => n.Usd), g.Sum(n => n.Usd) / g.Sum(n => n.Shares), g.Max(n => n.Last) - g.Min(n => n.First)))
            .OrderByDescending(m => m.Traders.Count).ThenByDescending(m => m.Usd)];
    }

    /// <summary>Who trades both ways and keeps less than half of it makes a market: that says nothing about the outcome.</summary>
    private static IEnumerable<Net> Nets(IEnumerable<LeaderTradeRow> trades, decimal leastUsd)
    {
        foreach (var own in trades.GroupBy(t => (t.Leader, t.TokenId)))
        {
            var usd = own.Sum(t => Signed(t, t.Collateral.ToDecimal()));
            var shares = own.Sum(t => Signed(t, t.Shares.ToDecimal()));
            if (Math.Abs(usd) >= leastUsd && Math.Abs(usd) * 2 >= own.Sum(t => t.Collateral.ToDecimal()) && usd * shares > 0)
                yield return new Net(own.Key.Leader, own.Key.TokenId, usd > 0 ? Side.Buy : Side.Sell, Math.Abs(usd), Math.Abs(shares), own.Min(t => t.TradedAt), own.Max(t => t.TradedAt));
        }
    }

    private static decimal Signed(LeaderTradeRow trade, decimal value) => trade.Side == Side.Buy ? value : -value;

    private sealed record Net(string Trader, TokenId Token, Side Side, decimal Usd, decimal Shares, DateTime First, DateTime Last);
}
