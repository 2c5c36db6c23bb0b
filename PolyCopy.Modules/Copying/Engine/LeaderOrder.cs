using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>What a leader did in one go, and is decided in one go: the fills of one order that were told together.</summary>
/// <param name="Fills">At least one.</param>
/// <param name="HeldBefore">What he held of the token just before, micro-shares.</param>
internal sealed record LeaderOrder(IReadOnlyList<LeaderTrade> Fills, long HeldBefore)
{
    public LeaderTrade First => Fills[0];

    public string Leader => First.Leader;

    public TokenId Token => First.Token;

    /// <summary>Micro-shares.</summary>
    public long Shares { get; } = Fills.Sum(f => f.Shares.Micros);

    /// <summary>Micro-pUSD, without the fee.</summary>
    public long Collateral { get; } = Fills.Sum(f => f.Collateral.Micros);

    public DateTimeOffset At => First.MatchedAt ?? First.BlockAt ?? First.SeenAt;

    /// <summary>Fills of one order that were told together are one trade.</summary>
    public static IEnumerable<IReadOnlyList<LeaderTrade>> ByOrder(IReadOnlyList<LeaderTrade> trades)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var trade in trades)
        {
            if (!taken.Add(trade.Id))
                continue;
            List<LeaderTrade> fills = [trade];
            if (trade.OrderHash is { } hash)
                fills.AddRange(trades.Where(t => t.OrderHash == hash && t.Leader == trade.Leader && t.Token == trade.Token && t.Side == trade.Side && t.IsBackfilled == trade.IsBackfilled && taken.Add(t.Id)));
            yield return fills;
        }
    }

    /// <summary>A sale that is no trade of the leader: follows sell all the same.</summary>
    public static LeaderOrder Sale(string id, string leader, TokenId token, string? marketId, string? outcome, Shares shares, long heldBefore, DateTimeOffset seenAt, string transaction = "") =>
        new([new LeaderTrade(id, leader, leader, LeaderTradeSource.Chain, transaction, null, token, null, marketId, outcome, Side.Sell, shares, Usdc.Zero, null, null, false, false, null, null, null, seenAt)], heldBefore);

    /// <summary>The other outcome; null in markets of more than two.</summary>
    public TokenId? Other(Market market) => market.Tokens.Count == 2 ? market.Tokens[1 - market.TokenIndex(Token)] : null;

    /// <summary>Every trade begins with another follower: nobody is always served first.</summary>
    public IEnumerable<Follow> Rotate(IReadOnlyList<Follow> follows)
    {
        if (follows.Count == 0)
            return [];
        var sorted = follows.OrderBy(f => f.Id).ToList();
        var hash = 2166136261u;
        foreach (var c in First.Id)
            hash = (hash ^ c) * 16777619u;
        var start = (int)(hash % (uint)sorted.Count);
        return sorted.Skip(start).Concat(sorted.Take(start));
    }
}
