using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>Writes follows and their rules; after each commit the board follows.</summary>
internal sealed class FollowStore(UserScope users, WorkerScope workers, FollowBoard board, IUserEvents events, TimeProvider clock)
{
    /// <returns>Null: the user follows this leader already.</returns>
    public async Task<Follow?> AddAsync(long userId, Guid walletId, string leader, FollowRules rules, CancellationToken ct)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var row = new FollowRow { Id = Ids.New(clock), UserId = userId, WalletId = walletId, Leader = leader, Status = FollowStatus.Active, RulesVersion = 1, CreatedAt = now, UpdatedAt = now };
        var added = await users.WriteAsync(userId, async (db, token) =>
        {
            await db.LockAsync([$"follow:{userId}:{leader}"], token);
            if (await db.Set<FollowRow>().AnyAsync(f => f.UserId == userId && f.Leader == leader && f.DeletedAt == null, token))
                return false;
            db.Add(row);
            db.Add(new FollowRulesRow { FollowId = row.Id, Version = 1, UserId = userId, Rules = rules, CreatedAt = now });
            events.Append(db, userId, "follow_started", new { followId = row.Id, leader });
            await db.SaveChangesAsync(token);
            return true;
        }, ct);
        if (!added)
            return null;
        events.Notify();
        return Put(row, rules);
    }

    public async Task<Follow?> ChangeAsync(long userId, Guid followId, FollowRules rules, CancellationToken ct)
    {
        var row = await users.WriteAsync(userId, async (db, token) =>
        {
            await db.LockAsync([$"follow:{followId:N}"], token);
            var row = await db.Set<FollowRow>().FirstOrDefaultAsync(f => f.UserId == userId && f.Id == followId && f.DeletedAt == null, token);
            if (row is null)
                return null;
            row.RulesVersion++;
            row.UpdatedAt = clock.GetUtcNow().UtcDateTime;
            db.Add(new FollowRulesRow { FollowId = row.Id, Version = row.RulesVersion, UserId = userId, Rules = rules, CreatedAt = row.UpdatedAt });
            await db.SaveChangesAsync(token);
            return row;
        }, ct);
        return row is null ? null : Put(row, rules);
    }

    /// <summary>Pauses or resumes one or many; deleted ones stay deleted. The owners hear of a pause that was not their own.</summary>
    public async Task<Follow?> SetStatusAsync(Guid followId, string status, string? reason, CancellationToken ct, bool byOwner = false)
    {
        if (board.Find(followId) is not { } follow || follow.Status == FollowStatus.Deleted)
            return null;
        var now = clock.GetUtcNow().UtcDateTime;
        var changed = await workers.WriteAsync(async (db, token) =>
        {
            var rows = await db.Set<FollowRow>().Where(f => f.Id == followId && f.DeletedAt == null)
                .ExecuteUpdateAsync(s => s.SetProperty(f => f.Status, status).SetProperty(f => f.Reason, reason).SetProperty(f => f.UpdatedAt, now), token);
            if (rows > 0 && !byOwner)
                events.Append(db, follow.UserId, status == FollowStatus.Paused ? "follow_paused" : "follow_resumed", new { followId, leader = follow.Leader, reason });
            await db.SaveChangesAsync(token);
            return rows > 0;
        }, ct);
        if (!changed)
            return null;
        events.Notify();
        var next = follow with { Status = status, Reason = reason, UpdatedAt = new DateTimeOffset(now, TimeSpan.Zero) };
        board.Put(next);
        return next;
    }

    public async Task<Follow?> DeleteAsync(Follow follow, bool keepSells, CancellationToken ct)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await users.WriteAsync(follow.UserId, (db, token) => db.Set<FollowRow>().Where(f => f.UserId == follow.UserId && f.Id == follow.Id)
            .ExecuteUpdateAsync(s => s.SetProperty(f => f.Status, FollowStatus.Deleted).SetProperty(f => f.DeletedAt, f => f.DeletedAt ?? now).SetProperty(f => f.SellsEnded, !keepSells).SetProperty(f => f.UpdatedAt, now), token), ct);
        var next = follow with { Status = FollowStatus.Deleted, SellsEnded = !keepSells, UpdatedAt = new DateTimeOffset(now, TimeSpan.Zero) };
        board.Put(next);
        return next;
    }

    private Follow Put(FollowRow row, FollowRules rules)
    {
        var follow = FollowBoard.Of(row, rules);
        board.Put(follow);
        return follow;
    }
}
