using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Whose the shares of a wallet are: each buy is a lot of its follow or of nobody; a follow's own sell takes its own lots, every other sell the oldest ones.</summary>
internal static class HoldingFold
{
    /// <summary>What each follow holds after the moves of one wallet and token, micro-units; those who hold nothing are missing.</summary>
    public static Dictionary<Guid, (long Shares, long Cost)> Of(IEnumerable<ShareMove> moves, IReadOnlyDictionary<Guid, Guid> followOf)
    {
        var lots = new List<(Guid? Follow, long Shares, long Cost)>();
        foreach (var move in moves)
        {
            var follow = move.OrderId is { } order && followOf.TryGetValue(order, out var id) ? id : (Guid?)null;
            if (move.Shares > 0)
            {
                lots.Add((follow, move.Shares, Math.Max(0, -move.Usdc)));
                continue;
            }
            var left = -move.Shares;
            if (follow is { } own)
                left = Take(lots, left, l => l == own);
            if (left > 0)
                Take(lots, left, _ => true); // sold elsewhere, or by hand: the oldest go first
        }
        return lots.Where(l => l.Follow is not null).GroupBy(l => l.Follow!.Value).ToDictionary(g => g.Key, g => (g.Sum(l => l.Shares), g.Sum(l => l.Cost)));
    }

    private static long Take(List<(Guid? Follow, long Shares, long Cost)> lots, long left, Func<Guid?, bool> whose)
    {
        for (var i = 0; i < lots.Count && left > 0; i++)
        {
            var (follow, shares, cost) = lots[i];
            if (!whose(follow))
                continue;
            var taken = Math.Min(left, shares);
            lots[i] = (follow, shares - taken, taken == shares ? 0 : cost - (long)((Int128)cost * taken / shares));
            left -= taken;
        }
        lots.RemoveAll(l => l.Shares == 0);
        return left;
    }
}
