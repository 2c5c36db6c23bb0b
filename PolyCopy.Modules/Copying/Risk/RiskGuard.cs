using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Risk;

/// <summary>The breakers where every entry passes: inside the transaction that decides it, one scope at a time, so that no two see the same room.</summary>
internal sealed class RiskGuard(RiskBoard board, RiskFacts facts, FollowBoard follows, WorkerScope workers) : IEntryGuard
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
        var tripped = new List<RiskTripRow>();
        for (var i = 0; i < entries.Count; i++)
        {
            refusals[i] = scopes[i].Select(s => Judge(s, levels[s], entries[i].Cost.Micros, tripped)).FirstOrDefault(e => e is not null);
            if (refusals[i] is null)
                foreach (var scope in scopes[i])
                    levels[scope] = levels[scope] with { Exposure = levels[scope].Exposure + entries[i].Cost.Micros, Orders = levels[scope].Orders + 1 };
        }
        await db.InsertAsync(tripped, ct, skipExisting: true);
        return refusals;
    }

    /// <summary>The loss of a scope now, micro-pUSD.</summary>
    public async Task<long> LossAsync(RiskScope scope, CancellationToken ct) => (await workers.ReadAsync((db, token) => facts.ReadAsync(db, [scope], token), ct))[scope].Loss;

    private Error? Judge(RiskScope scope, RiskLevel level, long cost, List<RiskTripRow> tripped)
    {
        var name = Name(scope);
        Error Trip(string code, Said reason)
        {
            if (board.TripNow(scope, reason) is { } row)
                tripped.Add(row);
            return Reasons.Stopped.Refuse(code, name, reason);
        }
        var trip = board.Trip(scope);
        if (trip is { ResumedAt: null })
            return Reasons.Tripped.Refuse("risk.tripped", name, trip.Said is { } said ? said : trip.Reason);
        if (board.Limits(scope) is not { } limits)
            return null;
        if (limits.MaxOrdersPerMinute is { } most && level.Orders >= most)
            return Trip("risk.order_rate", Reasons.OrderRate.With(level.Orders + 1, most));
        var forgiven = trip is { ResumedAt: { } at } && at >= level.Midnight ? trip.Forgiven : 0;
        if (limits.MaxDailyLoss is { } loss && (level.Loss - forgiven) / 1_000_000m >= loss)
            return Trip("risk.daily_loss", Reasons.DailyLoss.With(Gap.Usd((level.Loss - forgiven) / 1_000_000m), Gap.Usd(loss)));
        return limits.MaxExposure is { } exposure && (level.Exposure + cost) / 1_000_000m > exposure
            ? Reasons.Exposure.Refuse("risk.exposure", Gap.Usd(level.Exposure / 1_000_000m), name, Gap.Usd(cost / 1_000_000m), Gap.Usd(exposure))
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

    private static Said Name(RiskScope scope) => scope.Kind switch
    {
        "global" => Reasons.ForEverybody.With(),
        "user" => Reasons.ForYou.With(),
        "leader" => Reasons.ForCopies.With(scope.Key),
        "market" => Reasons.InMarket.With(),
        _ => Reasons.InEvent.With(),
    };
}

/// <summary>How full a scope is, micro-pUSD.</summary>
/// <param name="Loss">Since its midnight.</param>
/// <param name="Orders">Entries within the last minute.</param>
/// <param name="Midnight">When the day began in the scope's zone, UTC.</param>
internal sealed record RiskLevel(long Exposure, long Loss, int Orders, DateTime Midnight);
