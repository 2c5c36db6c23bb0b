using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Whether entries are stopped, for everybody or one user. Written to the journal first, then swapped in memory; exits and closing never ask.</summary>
internal sealed partial class KillSwitch(WorkerScope workers, IPositionBook book, IEnumerable<IPauseAudience> audiences, IUserEvents events, TimeProvider clock, ILogger<KillSwitch> logger) : IHostedService
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private Snapshot _now = new(null, new Dictionary<long, string>());

    /// <summary>Why entries are stopped; null when they are not.</summary>
    public string? Reason(long userId)
    {
        var now = Volatile.Read(ref _now);
        return now.Everybody ?? now.Users.GetValueOrDefault(userId);
    }

    public async Task SetAsync(long? userId, bool paused, string reason, string by, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            await workers.WriteAsync(async (db, token) =>
            {
                db.Add(new TradingPauseRow { Id = Ids.New(clock), UserId = userId, Paused = paused, Reason = reason, By = by, At = clock.GetUtcNow().UtcDateTime });
                foreach (var user in await ConcernedAsync(db, userId, token))
                    events.Append(db, user, paused ? "paused" : "resumed", new { reason, by, everybody = userId is null });
                return await db.SaveChangesAsync(token);
            }, ct);
            Volatile.Write(ref _now, Volatile.Read(ref _now).With(userId, paused ? reason : null));
        }
        finally
        {
            _one.Release();
        }
        events.Notify();
        if (paused)
            Log.Paused(logger, userId, by, reason);
        else
            Log.Resumed(logger, userId, by, reason);
    }

    /// <summary>Reads the journal: no order may be decided before this.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var journal = await workers.ReadAsync((db, token) => db.Set<TradingPauseRow>().AsNoTracking().ToListAsync(token), ct);
        var now = new Snapshot(null, new Dictionary<long, string>());
        foreach (var row in journal.OrderBy(r => r.At).ThenBy(r => r.Id))
            now = now.With(row.UserId, row.Paused ? row.Reason : null);
        Volatile.Write(ref _now, now);
    }

    public Task StopAsync(CancellationToken ct) => Task.CompletedTask;

    /// <summary>Who hears of it: the user it is about; when it is about everybody, those who have something at stake now. Others hear of it when they try to enter.</summary>
    private async Task<IReadOnlyCollection<long>> ConcernedAsync(PolyContext db, long? userId, CancellationToken ct)
    {
        if (userId is { } user)
            return [user];
        var ordering = await db.Set<OrderRow>().Where(o => o.TerminalAt == null).Select(o => o.UserId).Distinct().ToListAsync(ct);
        var concerned = ordering.Concat((await book.HoldingWalletsAsync(db, ct)).Select(w => w.UserId)).ToHashSet();
        foreach (var audience in audiences)
            concerned.UnionWith(await audience.UsersAsync(db, ct));
        return concerned;
    }

    private sealed record Snapshot(string? Everybody, IReadOnlyDictionary<long, string> Users)
    {
        public Snapshot With(long? userId, string? reason)
        {
            if (userId is not { } user)
                return this with { Everybody = reason };
            var users = new Dictionary<long, string>(Users);
            if (reason is null)
                users.Remove(user);
            else
                users[user] = reason;
            return this with { Users = users };
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 30, LogLevel.Warning, "Entries are stopped (user {User}, null is everybody) by {By}: {Reason}")]
        public static partial void Paused(ILogger logger, long? user, string by, string reason);

        [LoggerMessage(EventIds.Trading + 31, LogLevel.Warning, "Entries are allowed again (user {User}, null is everybody) by {By}: {Reason}")]
        public static partial void Resumed(ILogger logger, long? user, string by, string reason);
    }
}
