using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>A leader who fills his own followers is no leader: the follow is paused, and its owner told.</summary>
internal sealed partial class LeaderWatch(FollowBoard board, FollowStore store, IWallets wallets, TimeProvider clock, ILogger<LeaderWatch> logger)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private (DateTimeOffset At, Dictionary<string, long> Owners)? _known;

    public async Task CounterpartiesAsync(IReadOnlyList<LeaderTrade> trades, CancellationToken ct)
    {
        if (!trades.Any(t => t.Counterparty is not null))
            return;
        var now = clock.GetUtcNow();
        if (_known is not { } known || now - known.At > Fresh)
            _known = known = (now, FollowGraph.OwnersOf(await wallets.ListAsync(ct)));
        foreach (var trade in trades)
            if (trade.Counterparty is { } other && known.Owners.TryGetValue(other.ToLowerInvariant(), out var userId))
                foreach (var follow in board.OfLeader(trade.Leader).Where(f => f.UserId == userId && f.IsActive))
                {
                    Log.Counterparty(logger, trade.Leader, userId, trade.TransactionHash);
                    await store.SetStatusAsync(follow, FollowStatus.Paused, Reasons.Counterparty.With(trade.TransactionHash), ct);
                }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 3, LogLevel.Warning, "Leader {Leader} was the counterparty of follower {User} in {Transaction}: the follow is paused")]
        public static partial void Counterparty(ILogger logger, string leader, long user, string transaction);
    }
}
