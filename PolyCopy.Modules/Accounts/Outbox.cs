using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Accounts;

internal sealed class Outbox(UserScope users, WorkerScope workers, TimeProvider clock) : IUserEvents
{
    private TaskCompletionSource _signal = New();

    public void Append(PolyContext db, long userId, string kind, object payload) => db.Add(new UserEventRow
    {
        UserId = userId,
        Kind = kind,
        Payload = JsonSerializer.Serialize(payload, payload.GetType(), JsonSerializerOptions.Web),
        At = clock.GetUtcNow().UtcDateTime,
    });

    public void Notify() => Interlocked.Exchange(ref _signal, New()).TrySetResult();

    public Task<IReadOnlyList<UserEvent>> ReadAsync(long? userId, long afterSequence, int limit, CancellationToken ct) =>
        userId is { } id ? users.ReadAsync(id, (db, token) => PageAsync(db.Set<UserEventRow>().Where(e => e.UserId == id), afterSequence, limit, token), ct)
            : workers.ReadAsync((db, token) => PageAsync(db.Set<UserEventRow>(), afterSequence, limit, token), ct);

    public Task<long> LastSequenceAsync(long? userId, CancellationToken ct) =>
        userId is { } id ? users.ReadAsync(id, (db, token) => LastAsync(db.Set<UserEventRow>().Where(e => e.UserId == id), token), ct)
            : workers.ReadAsync((db, token) => LastAsync(db.Set<UserEventRow>(), token), ct);

    public async Task WaitAsync(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            await Volatile.Read(ref _signal).Task.WaitAsync(timeout, clock, ct);
        }
        catch (TimeoutException)
        {
            // the caller looks anyway: another process may have appended
        }
    }

    public async Task<IReadOnlyList<UserEvent>> ClaimAsync(int limit, TimeSpan lease, CancellationToken ct)
    {
        return await workers.WriteAsync<IReadOnlyList<UserEvent>>(async (db, token) =>
        {
            await db.LockAsync(["outbox"], token);
            var now = clock.GetUtcNow().UtcDateTime;
            var rows = await db.Set<UserEventRow>().Where(e => e.DeliveredAt == null && (e.ClaimedUntil == null || e.ClaimedUntil < now)).OrderBy(e => e.Sequence).Take(limit).ToListAsync(token);
            foreach (var row in rows)
                row.ClaimedUntil = now + lease;
            await db.SaveChangesAsync(token);
            return [.. rows.Select(View)];
        }, ct);
    }

    public Task ProlongAsync(IReadOnlyCollection<long> sequences, TimeSpan lease, CancellationToken ct) => workers.WriteAsync(
        (db, token) => db.Set<UserEventRow>().Where(e => sequences.Contains(e.Sequence) && e.DeliveredAt == null).ExecuteUpdateAsync(s => s.SetProperty(e => e.ClaimedUntil, clock.GetUtcNow().UtcDateTime + lease), token), ct);

    public Task AcknowledgeAsync(IReadOnlyCollection<long> sequences, CancellationToken ct) => workers.WriteAsync(
        (db, token) => db.Set<UserEventRow>().Where(e => sequences.Contains(e.Sequence)).ExecuteUpdateAsync(s => s.SetProperty(e => e.DeliveredAt, clock.GetUtcNow().UtcDateTime), token), ct);

    private static async Task<IReadOnlyList<UserEvent>> PageAsync(IQueryable<UserEventRow> rows, long after, int limit, CancellationToken ct) =>
        [.. (await rows.AsNoTracking().Where(e => e.Sequence > after).OrderBy(e => e.Sequence).Take(limit).ToListAsync(ct)).Select(View)];

    private static async Task<long> LastAsync(IQueryable<UserEventRow> rows, CancellationToken ct) => await rows.MaxAsync(e => (long?)e.Sequence, ct) ?? 0;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static UserEvent View(UserEventRow row) => new(row.Sequence, row.UserId, row.Kind, row.Payload, row.At);
}
