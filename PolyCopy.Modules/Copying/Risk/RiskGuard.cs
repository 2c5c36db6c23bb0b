using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Risk;

/// <summary>The breakers where every entry passes: inside the transaction that decides it, one scope at a time, so that no two see the same room.</summary>
internal sealed class RiskGuard(RiskBoard board, RiskFacts facts, FollowBoard follows, WorkerScope workers, TimeProvider clock) : IEntryGuard
{
    public async Task<IReadOnlyList<Error?>> RefuseAsync(PolyContext db, IReadOnlyList<Entry> entries, CancellationToken ct)
    {
        var scopes = entries.Select(e => ScopesOf(e).Where(s => board.Limits(s) is not null || board.Trip(s) is { ResumedAt: null }).ToList()).ToList();
        var concerned = scopes.SelectMany(s => s).Distinct().ToList();
        if (concerned.Count == 0)
            return new Error?[entries.Count];
        // whoever decides entries of the same scope waits here, and then sees this one committed
        await db.LockAsync([.. concerned.Select(s => $"risk:{s.Kind}:{s.Key}")], ct);
        // read aside: row-level security hides other users from a user's own transaction
        var levels = await workers.ReadAsync((reader, token) => facts.ReadAsync(reader, concerned, token), ct);
        var refusals = new Error?[entries.Count];
        for (var i = 0; i < entries.Count; i++)
        {
            refusals[i] = scopes[i].Select(s => Judge(s, levels[s], entries[i].Cost.Micros)).FirstOrDefault(e => e is not null);
            if (refusals[i] is null)
                foreach (var scope in scopes[i])
                    levels[scope] = levels[scope] with { Exposure = levels[scope].Exposure + entries[i].Cost.Micros, Orders = levels[scope].Orders + 1 };
        }
        return refusals;
    }

    /// <summary>The loss of a scope now, micro-pUSD.</summary>
    public async Task<long> LossAsync(RiskScope scope, CancellationToken ct) => (await workers.ReadAsync((db, token) => facts.ReadAsync(db, [scope], token), ct))[scope].Loss;

    private Error? Judge(RiskScope scope, RiskLevel level, long cost)
    {
        var name = Name(scope);
        var trip = board.Trip(scope);
        if (trip is { ResumedAt: null })
            return new Error("risk.tripped", $"Entries are stopped {name}: {trip.Reason} Somebody must resume it with a reason.");
        if (board.Limits(scope) is not { } limits)
            return null;
        if (limits.MaxOrdersPerMinute is { } most && level.Orders >= most)
        {
            var reason = $"{level.Orders + 1} entries within a minute; the most is {most}.";
            board.TripNow(scope, reason);
            return new Error("risk.order_rate", $"Entries are stopped {name}: {reason}");
        }
        var forgiven = trip is { ResumedAt: { } at } && at.Date == clock.GetUtcNow().UtcDateTime.Date ? trip.Forgiven : 0;
        if (limits.MaxDailyLoss is { } loss && (level.Loss - forgiven) / 1_000_000m >= loss)
        {
            var reason = $"{CopyJudge.Text((level.Loss - forgiven) / 1_000_000m)} pUSD lost since midnight; the most is {CopyJudge.Text(loss)}.";
            board.TripNow(scope, reason);
            return new Error("risk.daily_loss", $"Entries are stopped {name}: {reason}");
        }
        return limits.MaxExposure is { } exposure && (level.Exposure + cost) / 1_000_000m > exposure
            ? new Error("risk.exposure", $"{CopyJudge.Text(level.Exposure / 1_000_000m)} pUSD is at stake {name}, and {CopyJudge.Text(cost / 1_000_000m)} more would pass the limit of {CopyJudge.Text(exposure)}.")
            : null;
    }

    private IEnumerable<RiskScope> ScopesOf(Entry entry)
    {
        yield return RiskScope.Global;
        yield return RiskScope.User(entry.UserId);
        if (entry.FollowId is { } id && follows.Find(id) is { } follow)
            yield return new RiskScope("leader", follow.Leader);
        yield return new RiskScope("market", entry.MarketId);
        if (entry.EventId is { } group)
            yield return new RiskScope("event", group);
    }

    private static string Name(RiskScope scope) => scope.Kind switch
    {
        "global" => "for everybody",
        "user" => "for you",
        "leader" => $"for copies of {scope.Key}",
        "market" => "in this market",
        _ => "in this group of markets",
    };
}

/// <summary>How full a scope is, micro-pUSD.</summary>
/// <param name="Orders">Entries within the last minute.</param>
internal sealed record RiskLevel(long Exposure, long Loss, int Orders);

/// <summary>Measures scopes from the ledger, the open orders and the follows' holdings.</summary>
internal sealed class RiskFacts(Positions.IPositionBook book, IPlacedEntries placed, FollowBoard follows, IMarketCatalog catalog, Accounts.IUserZones zones, TimeProvider clock)
{
    public async Task<Dictionary<RiskScope, RiskLevel>> ReadAsync(PolyContext db, IReadOnlyList<RiskScope> scopes, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // one user's limits need one user's rows
        var users = scopes.All(s => s.Kind == "user") ? scopes.Select(s => long.Parse(s.Key, System.Globalization.CultureInfo.InvariantCulture)).ToList() : null;
        var exposures = await book.ExposuresAsync(db, users, ct);
        var entries = await placed.ReadAsync(db, now - TimeSpan.FromMinutes(1), users, ct);
        var utc = await book.RealisedAsync(db, new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero), users, ct);
        var held = scopes.Any(s => s.Kind == "leader") ? await db.Set<HoldingRow>().AsNoTracking().Where(h => h.Shares > 0).ToListAsync(ct) : [];
        var levels = new Dictionary<RiskScope, RiskLevel>();
        foreach (var scope in scopes)
        {
            if (scope.Kind == "leader")
            {
                var mine = held.Where(h => follows.Find(h.FollowId)?.Leader == scope.Key).ToList();
                levels[scope] = Level(mine.Sum(h => h.Cost), mine.Sum(h => h.Cost - Value(h)), entries.Where(e => e.FollowId is { } id && follows.Find(id)?.Leader == scope.Key), now);
                continue;
            }
            Func<long, string, bool> within = scope.Kind switch
            {
                "global" => (_, _) => true,
                "user" => (user, _) => user.ToString(System.Globalization.CultureInfo.InvariantCulture) == scope.Key,
                "market" => (_, market) => market == scope.Key,
                _ => (_, market) => catalog.TryGet(market)?.EventId == scope.Key,
            };
            var realised = utc;
            if (scope.Kind == "user")
            {
                var user = long.Parse(scope.Key, System.Globalization.CultureInfo.InvariantCulture);
                var zone = (await zones.ZonesAsync([user], ct))[user];
                realised = await book.RealisedAsync(db, new DateTimeOffset(Days.StartOf(now, zone), TimeSpan.Zero), [user], ct);
            }
            var open = exposures.Where(e => within(e.UserId, e.MarketId)).ToList();
            var loss = open.Sum(e => e.Cost.Micros - e.Value.Micros) - realised.Where(r => within(r.UserId, r.MarketId)).Sum(r => r.Micros);
            levels[scope] = Level(open.Sum(e => e.Cost.Micros), loss, entries.Where(e => within(e.UserId, e.MarketId)), now);
        }
        return levels;
    }

    private static RiskLevel Level(long cost, long loss, IEnumerable<PlacedEntry> entries, DateTimeOffset now)
    {
        var list = entries.ToList();
        return new RiskLevel(cost + list.Sum(e => e.Reserved.Micros), loss, list.Count(e => e.DecidedAt > now - TimeSpan.FromMinutes(1)));
    }

    private long Value(HoldingRow holding) => catalog.TryGet(holding.MarketId) is { } market && market.TokenIndex(holding.TokenId) is >= 0 and var index && index < market.Prices.Count
        ? (long)(holding.Shares * market.Prices[index]) : holding.Cost;
}
