using System.Globalization;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Risk;

/// <summary>Measures scopes from the ledger, the open orders and the follows' holdings.</summary>
/// <remarks>
/// The loss of a day is what was realised since midnight, fees included, and how much less the open positions are worth above their cost than they were then. That is marked when
/// the day begins; where nobody looked at midnight (the limit is set later, the host was down), at the first look of the day.
/// </remarks>
internal sealed class RiskFacts(IPositionBook book, IPlacedEntries placed, RiskBoard board, FollowBoard follows, IMarketCatalog catalog, IUserZones zones, WorkerScope workers, TimeProvider clock)
{
    /// <summary>Marks the scopes with a daily limit whose day has begun.</summary>
    public async Task MarkAsync(CancellationToken ct)
    {
        var limited = board.Scopes.Where(s => board.Limits(s)?.MaxDailyLoss is not null).ToList();
        if (limited.Count == 0)
            return;
        var now = clock.GetUtcNow();
        var zone = await ZonesAsync(limited, ct);
        var due = limited.Where(s => board.Mark(s, Days.Of(now, zone[s])) is null).ToList();
        if (due.Count > 0)
            await workers.ReadAsync((db, token) => ReadAsync(db, due, token), ct);
    }

    public async Task<Dictionary<RiskScope, RiskLevel>> ReadAsync(PolyContext db, IReadOnlyList<RiskScope> scopes, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // one user's limits need one user's rows
        var users = scopes.All(s => s.Kind == "user") ? scopes.Select(UserOf).ToList() : null;
        var exposures = await book.ExposuresAsync(db, users, ct);
        var entries = await placed.ReadAsync(db, now - TimeSpan.FromMinutes(1), users, ct);
        var held = scopes.Any(s => s.Kind == "leader") ? await db.Set<HoldingRow>().AsNoTracking().Where(h => h.Shares > 0).ToListAsync(ct) : [];
        var zone = await ZonesAsync(scopes, ct);
        var realised = new Dictionary<DateTime, IReadOnlyList<Realised>>();
        var levels = new Dictionary<RiskScope, RiskLevel>();
        foreach (var scope in scopes)
        {
            var midnight = Days.StartOf(now, zone[scope]);
            if (!realised.TryGetValue(midnight, out var gains))
                realised[midnight] = gains = await book.RealisedAsync(db, new DateTimeOffset(midnight, TimeSpan.Zero), users, ct);
            long cost, unrealised, gained;
            IEnumerable<PlacedEntry> open;
            if (scope.Kind == "leader")
            {
                bool Copies(Guid? id) => id is { } follow && follows.Find(follow)?.Leader == scope.Key;
                var mine = held.Where(h => Copies(h.FollowId)).ToList();
                var followOf = await placed.FollowsOfAsync(db, [.. gains.Select(g => g.OrderId).OfType<Guid>()], ct);
                (cost, unrealised) = (mine.Sum(h => h.Cost), mine.Sum(h => Value(h) - h.Cost));
                gained = gains.Where(g => g.OrderId is { } order && followOf.TryGetValue(order, out var id) && Copies(id)).Sum(g => g.Micros);
                open = entries.Where(e => Copies(e.FollowId));
            }
            else
            {
                Func<long, string, bool> within = scope.Kind switch
                {
                    "global" => (_, _) => true,
                    "user" => (user, _) => user == UserOf(scope),
                    "market" => (_, market) => market == scope.Key,
                    _ => (_, market) => catalog.TryGet(market)?.EventId == scope.Key,
                };
                var mine = exposures.Where(e => within(e.UserId, e.MarketId)).ToList();
                (cost, unrealised) = (mine.Sum(e => e.Cost.Micros), mine.Sum(e => e.Value.Micros - e.Cost.Micros));
                gained = gains.Where(g => within(g.UserId, g.MarketId)).Sum(g => g.Micros);
                open = entries.Where(e => within(e.UserId, e.MarketId));
            }
            var then = board.Limits(scope)?.MaxDailyLoss is null ? unrealised : board.MarkNow(scope, Days.Of(now, zone[scope]), unrealised).Unrealised;
            var waiting = open.ToList();
            levels[scope] = new RiskLevel(cost + waiting.Sum(e => e.Reserved.Micros), then - unrealised - gained, waiting.Count(e => e.DecidedAt > now - TimeSpan.FromMinutes(1)), midnight);
        }
        return levels;
    }

    /// <summary>Days of a user are his own; all other scopes have UTC's.</summary>
    private async Task<Dictionary<RiskScope, TimeZoneInfo>> ZonesAsync(IReadOnlyList<RiskScope> scopes, CancellationToken ct)
    {
        var users = scopes.Where(s => s.Kind == "user").Select(UserOf).ToList();
        var known = users.Count == 0 ? null : await zones.ZonesAsync(users, ct);
        return scopes.ToDictionary(s => s, s => s.Kind == "user" ? known![UserOf(s)] : TimeZoneInfo.Utc);
    }

    private static long UserOf(RiskScope scope) => long.Parse(scope.Key, CultureInfo.InvariantCulture);

    private long Value(HoldingRow holding) => catalog.TryGet(holding.MarketId) is { } market && market.TokenIndex(holding.TokenId) is >= 0 and var index && index < market.Prices.Count
        ? (long)(holding.Shares * market.Prices[index]) : holding.Cost;
}
