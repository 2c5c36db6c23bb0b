using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>Writes follows and their rules. The row decides, whoever changes it at the same time; after each commit the board follows.</summary>
internal sealed class FollowStore(UserScope users, FollowBoard board, IUserEvents events, TimeProvider clock)
{
    /// <returns>Null: the user follows this leader already.</returns>
    public async Task<Follow?> AddAsync(long userId, Guid walletId, string leader, FollowRules rules, CancellationToken ct)
    {
        var now = Now();
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
        var follow = FollowBoard.Of(row, rules);
        board.Put(follow);
        return follow;
    }

    /// <returns>Null: there is no such follow of the user, or it has been deleted.</returns>
    public Task<Follow?> ChangeAsync(long userId, Guid followId, FollowRules rules, CancellationToken ct) => ChangeAsync(userId, followId, (db, row) =>
    {
        if (row.DeletedAt is not null)
            return false;
        row.RulesVersion++;
        db.Add(new FollowRulesRow { FollowId = row.Id, Version = row.RulesVersion, UserId = userId, Rules = rules, CreatedAt = Now() });
        return true;
    }, ct);

    /// <summary>Pauses or resumes; deleted ones stay deleted. The owner hears of a pause that was not his own.</summary>
    /// <param name="follow">Which, as it was looked at.</param>
    /// <param name="status">active or paused.</param>
    /// <param name="said">Why it is paused.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="byOwner">He asked for it himself.</param>
    /// <param name="ifUnchanged">Only if nobody has changed the follow since it was looked at.</param>
    /// <param name="foreign">Why it is paused, in the owner's own words.</param>
    /// <returns>Null: nothing was changed.</returns>
    public Task<Follow?> SetStatusAsync(Follow follow, string status, Said? said, CancellationToken ct, bool byOwner = false, bool ifUnchanged = false, string? foreign = null) => ChangeAsync(follow.UserId, follow.Id, (db, row) =>
    {
        if (row.DeletedAt is not null || (ifUnchanged && row.UpdatedAt != follow.UpdatedAt.UtcDateTime))
            return false;
        (row.Status, row.Said, row.Reason) = (status, said, said?.Text ?? foreign);
        if (!byOwner)
            events.Append(db, row.UserId, status == FollowStatus.Paused ? "follow_paused" : "follow_resumed", new { followId = row.Id, leader = row.Leader, reason = row.Reason, said });
        return true;
    }, ct);

    public async Task<Follow> DeleteAsync(Follow follow, bool keepSells, CancellationToken ct) => await ChangeAsync(follow.UserId, follow.Id, (_, row) =>
    {
        (row.Status, row.SellsEnded, row.DeletedAt) = (FollowStatus.Deleted, !keepSells, row.DeletedAt ?? Now());
        return true;
    }, ct) ?? follow;

    private async Task<Follow?> ChangeAsync(long userId, Guid followId, Func<PolyContext, FollowRow, bool> change, CancellationToken ct)
    {
        var changed = await users.WriteAsync(userId, async (db, token) =>
        {
            await db.LockAsync([$"follow:{followId:N}"], token);
            if (await db.Set<FollowRow>().FirstOrDefaultAsync(f => f.UserId == userId && f.Id == followId, token) is not { } row || !change(db, row))
                return null;
            // each change is later than the one before, whatever the clock says: the board tells by it which is newer
            row.UpdatedAt = new DateTime(Math.Max(Now().Ticks, row.UpdatedAt.Ticks + TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
            await db.SaveChangesAsync(token);
            return FollowBoard.Of(row, await db.Set<FollowRulesRow>().AsNoTracking().Where(r => r.FollowId == followId && r.Version == row.RulesVersion).Select(r => r.Rules).FirstAsync(token));
        }, ct);
        if (changed is null)
            return null;
        events.Notify();
        board.Put(changed);
        return changed;
    }

    /// <summary>As exact as both databases keep it.</summary>
    private DateTime Now()
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return new DateTime(now.Ticks - now.Ticks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);
    }
}
