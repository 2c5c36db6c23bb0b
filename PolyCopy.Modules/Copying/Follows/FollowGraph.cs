using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>Who copies whom among our own users: nobody may end up copying himself.</summary>
internal static class FollowGraph
{
    /// <summary>Refuses an own wallet, and a leader who copies the user already, over however many others.</summary>
    /// <param name="userId">Who wants to follow.</param>
    /// <param name="leader">Lower-case address.</param>
    /// <param name="wallets">All wallets of the product.</param>
    /// <param name="follows">All that are alive, or still sell.</param>
    public static Error? Refusal(long userId, string leader, IReadOnlyList<Wallet> wallets, IEnumerable<Follow> follows)
    {
        var owners = OwnersOf(wallets);
        if (!owners.TryGetValue(leader, out var other))
            return null;
        if (other == userId)
            return new Error("follow.self", "That is a wallet of your own.");
        var followed = follows.Where(f => f.Status != FollowStatus.Deleted)
            .Select(f => (f.UserId, Leader: owners.TryGetValue(f.Leader, out var id) ? id : (long?)null))
            .Where(f => f.Leader is not null).ToLookup(f => f.UserId, f => f.Leader!.Value);
        var seen = new HashSet<long>();
        var open = new Stack<long>([other]);
        while (open.TryPop(out var user))
        {
            if (user == userId)
                return new Error("follow.cycle", "This leader copies you, directly or over others: the circle would trade with itself.");
            if (seen.Add(user))
                foreach (var next in followed[user])
                    open.Push(next);
        }
        return null;
    }

    /// <summary>User by each address of his wallets, lower-case.</summary>
    public static Dictionary<string, long> OwnersOf(IReadOnlyList<Wallet> wallets)
    {
        var owners = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var wallet in wallets)
        {
            owners[wallet.Funder.ToLowerInvariant()] = wallet.UserId;
            owners[wallet.Owner.ToLowerInvariant()] = wallet.UserId;
        }
        return owners;
    }
}
