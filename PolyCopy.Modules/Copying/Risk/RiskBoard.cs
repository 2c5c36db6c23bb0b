using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Risk;

/// <summary>Limits and tripped breakers in memory, as the tables say; read before the first entry is judged.</summary>
internal sealed partial class RiskBoard(WorkerScope workers, IUserEvents events, TimeProvider clock, ILogger<RiskBoard> logger)
{
    private readonly Lock _writing = new();
    private readonly List<RiskTripRow> _unsaved = [];
    private readonly Dictionary<string, RiskMarkRow> _unsavedMarks = new(StringComparer.Ordinal);
    private ImmutableDictionary<RiskScope, RiskLimits> _limits = ImmutableDictionary<RiskScope, RiskLimits>.Empty;
    private ImmutableDictionary<RiskScope, RiskTripRow> _trips = ImmutableDictionary<RiskScope, RiskTripRow>.Empty;
    private ImmutableDictionary<RiskScope, RiskMarkRow> _marks = ImmutableDictionary<RiskScope, RiskMarkRow>.Empty;

    public RiskLimits? Limits(RiskScope scope) => Volatile.Read(ref _limits).GetValueOrDefault(scope);

    /// <summary>The newest trip of a scope, resumed or not.</summary>
    public RiskTripRow? Trip(RiskScope scope) => Volatile.Read(ref _trips).GetValueOrDefault(scope);

    /// <summary>Where the scope's day began; null while this day has none.</summary>
    public RiskMarkRow? Mark(RiskScope scope, int day) => Volatile.Read(ref _marks).GetValueOrDefault(scope) is { } mark && mark.Day == day ? mark : null;

    /// <summary>The first one of a day stays; it is stored within a second.</summary>
    public RiskMarkRow MarkNow(RiskScope scope, int day, long unrealised)
    {
        lock (_writing)
        {
            if (Mark(scope, day) is { } first)
                return first;
            var row = new RiskMarkRow { Id = $"{scope.Kind}:{scope.Key}", Scope = scope.Kind, Key = scope.Key, Day = day, Unrealised = unrealised, At = clock.GetUtcNow().UtcDateTime };
            Volatile.Write(ref _marks, _marks.SetItem(scope, row));
            return _unsavedMarks[row.Id] = row;
        }
    }

    public IEnumerable<RiskScope> Scopes => Volatile.Read(ref _limits).Keys.Union(Volatile.Read(ref _trips).Where(t => t.Value.ResumedAt is null).Select(t => t.Key));

    public async Task LoadAsync(CancellationToken ct)
    {
        var (limits, trips, marks) = await workers.ReadAsync(async (db, token) => (
            await db.Set<RiskLimitRow>().AsNoTracking().ToListAsync(token),
            await db.Set<RiskTripRow>().AsNoTracking().OrderBy(t => t.TrippedAt).ToListAsync(token),
            await db.Set<RiskMarkRow>().AsNoTracking().ToListAsync(token)), ct);
        lock (_writing)
        {
            Volatile.Write(ref _limits, limits.ToImmutableDictionary(l => new RiskScope(l.Scope, l.Key), l => new RiskLimits(l.MaxDailyLoss, l.MaxExposure, l.MaxOrdersPerMinute)));
            Volatile.Write(ref _trips, trips.GroupBy(t => new RiskScope(t.Scope, t.Key)).ToImmutableDictionary(g => g.Key, g => g.Last()));
            Volatile.Write(ref _marks, marks.ToImmutableDictionary(m => new RiskScope(m.Scope, m.Key)));
        }
    }

    public async Task LimitAsync(RiskScope scope, RiskLimits limits, string by, CancellationToken ct)
    {
        var clears = limits == new RiskLimits();
        var id = $"{scope.Kind}:{scope.Key}";
        await workers.WriteAsync(async (db, token) =>
        {
            await db.Set<RiskLimitRow>().Where(l => l.Id == id).ExecuteDeleteAsync(token);
            if (!clears)
                db.Add(new RiskLimitRow
                {
                    Id = id,
                    Scope = scope.Kind,
                    Key = scope.Key,
                    MaxDailyLoss = limits.MaxDailyLoss,
                    MaxExposure = limits.MaxExposure,
                    MaxOrdersPerMinute = limits.MaxOrdersPerMinute,
                    By = by,
                    UpdatedAt = clock.GetUtcNow().UtcDateTime,
                });
            return await db.SaveChangesAsync(token);
        }, ct);
        lock (_writing)
            Volatile.Write(ref _limits, clears ? _limits.Remove(scope) : _limits.SetItem(scope, limits));
    }

    /// <summary>Entries of the scope stop now.</summary>
    /// <returns>What the caller writes in his transaction, so that no crash resumes it; null: it had tripped before. Should that be rolled back, it is written within a second.</returns>
    public RiskTripRow? TripNow(RiskScope scope, Said reason)
    {
        var row = new RiskTripRow { Id = Ids.New(clock), Scope = scope.Kind, Key = scope.Key, Reason = reason.Text, Said = reason, TrippedAt = clock.GetUtcNow().UtcDateTime };
        lock (_writing)
        {
            if (_trips.GetValueOrDefault(scope) is { ResumedAt: null })
                return null;
            Volatile.Write(ref _trips, _trips.SetItem(scope, row));
            _unsaved.Add(row);
        }
        Log.Tripped(logger, scope.Kind, scope.Key, reason.Text);
        return row;
    }

    /// <summary>Writes what has tripped or begun a day, and tells the user whose breaker it is.</summary>
    public async Task SaveAsync(CancellationToken ct)
    {
        List<RiskTripRow> rows;
        List<RiskMarkRow> marks;
        lock (_writing)
            (rows, marks) = ([.. _unsaved], [.. _unsavedMarks.Values]);
        if (rows.Count + marks.Count == 0)
            return;
        await workers.WriteAsync(async (db, token) =>
        {
            await db.UpsertAsync(marks, token);
            await db.InsertAsync(rows, token, skipExisting: true);
            foreach (var row in rows)
            {
                if (row.Scope == "user")
                    events.Append(db, long.Parse(row.Key, System.Globalization.CultureInfo.InvariantCulture), "breaker_tripped", new { scope = row.Scope, key = row.Key, reason = row.Reason, said = row.Said });
            }
            return await db.SaveChangesAsync(token);
        }, ct);
        lock (_writing)
        {
            _unsaved.RemoveAll(rows.Contains);
            foreach (var mark in marks.Where(m => _unsavedMarks.GetValueOrDefault(m.Id) == m))
                _unsavedMarks.Remove(mark.Id);
        }
        events.Notify();
    }

    public async Task<bool> ResumeAsync(RiskScope scope, long forgiven, string reason, string by, CancellationToken ct)
    {
        await SaveAsync(ct);
        if (Trip(scope) is not { ResumedAt: null } trip)
            return false;
        var now = clock.GetUtcNow().UtcDateTime;
        await workers.WriteAsync(async (db, token) =>
        {
            await db.Set<RiskTripRow>().Where(t => t.Id == trip.Id)
                .ExecuteUpdateAsync(s => s.SetProperty(t => t.ResumedAt, now).SetProperty(t => t.ResumeReason, reason).SetProperty(t => t.ResumedBy, by).SetProperty(t => t.Forgiven, forgiven), token);
            if (scope.Kind == "user")
                events.Append(db, long.Parse(scope.Key, System.Globalization.CultureInfo.InvariantCulture), "breaker_resumed", new { scope = scope.Kind, key = scope.Key, reason, by });
            return await db.SaveChangesAsync(token);
        }, ct);
        lock (_writing)
            Volatile.Write(ref _trips, _trips.SetItem(scope, new RiskTripRow { Id = trip.Id, Scope = trip.Scope, Key = trip.Key, Reason = trip.Reason, Said = trip.Said, TrippedAt = trip.TrippedAt, ResumedAt = now, ResumeReason = reason, ResumedBy = by, Forgiven = forgiven }));
        events.Notify();
        Log.Resumed(logger, scope.Kind, scope.Key, by, reason);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 30, LogLevel.Warning, "The breaker {Scope} {Key} has tripped: {Reason}")]
        public static partial void Tripped(ILogger logger, string scope, string key, string reason);

        [LoggerMessage(EventIds.Copying + 31, LogLevel.Warning, "The breaker {Scope} {Key} was resumed by {By}: {Reason}")]
        public static partial void Resumed(ILogger logger, string scope, string key, string by, string reason);
    }
}
