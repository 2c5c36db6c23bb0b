using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Positions;

/// <summary>What follows from a committed booking: P&amp;L, the market's stream, exits and other listeners, the cache. Also tells streamer and poller which markets are held.</summary>
/// <param name="board">P&amp;L.</param>
/// <param name="interest">Streams.</param>
/// <param name="listeners">Made at first use: some of them publish themselves.</param>
/// <param name="cache">positions:{user_id}.</param>
/// <param name="workers">Reads who holds what.</param>
/// <param name="logger">Names listeners that throw.</param>
internal sealed partial class PositionFeed(
    PnlBoard board, IQuoteInterest interest, Lazy<IReadOnlyList<IPositionListener>> listeners, ICache cache, WorkerScope workers, ILogger<PositionFeed> logger)
    : IPositionFeed, IInterestSource, IMarketInterest
{
    private readonly Lock _following = new();

    public void Publish(IReadOnlyList<Booked> changes)
    {
        List<Booked> news = [.. changes.Where(c => c.IsNew)];
        if (news.Count == 0)
            return;
        var left = new HashSet<string>();
        foreach (var position in news.Select(n => n.Position).OfType<OpenPosition>())
        {
            var (held, gone) = board.Apply(position);
            if (held is not null && !left.Remove(held))
                lock (_following)
                    interest.Add(held);
            if (gone is not null)
                left.Add(gone);
        }
        foreach (var listener in listeners.Value)
        {
            try
            {
                listener.Committed(news);
            }
            catch (Exception e)
            {
                Log.ListenerFailed(logger, listener.GetType().Name, e); // the booking stands: the others must hear of it
            }
        }
        foreach (var market in left) // after the listeners: exits of what was closed are disarmed by now
            lock (_following)
                if (!board.Holds(market)) // somebody may have entered it meanwhile
                    interest.Remove(market);
        foreach (var user in news.Select(n => n.Position?.UserId).OfType<long>().Distinct())
            _ = cache.RemoveAsync($"positions:{user}", CancellationToken.None); // does not throw; nobody waits for it
    }

    public async Task<IReadOnlyCollection<(string MarketId, IReadOnlyCollection<TokenId> Armed)>> InterestAsync(CancellationToken ct) =>
        [.. (await HeldAsync(ct)).Select(id => (id, (IReadOnlyCollection<TokenId>)[]))];

    public async Task<IReadOnlyCollection<string>> MarketIdsAsync(CancellationToken ct) => await HeldAsync(ct);

    private Task<List<string>> HeldAsync(CancellationToken ct) =>
        workers.ReadAsync((db, token) => db.Set<PositionRow>().Where(p => p.ClosedAt == null).Select(p => p.MarketId).Distinct().ToListAsync(token), ct);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Positions + 4, LogLevel.Error, "{Listener} failed on a change of positions")]
        public static partial void ListenerFailed(ILogger logger, string listener, Exception e);
    }
}
