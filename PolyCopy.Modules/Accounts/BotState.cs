using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Accounts;

internal sealed class BotState(UserScope users, WorkerScope workers, IUserEvents events, TimeProvider clock) : IBotState
{
    // Telegram keeps what was not confirmed for 24 hours.
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(48);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(10);

    private long _prunedAt;

    public async Task<IReadOnlyList<BotUpdate>> TakeAsync(long botId, IReadOnlyList<BotUpdate> updates, CancellationToken ct)
    {
        if (updates.Count == 0)
            return [];
        var ids = updates.Select(u => u.Id).ToList();
        var taken = await workers.WriteAsync(async (db, token) =>
        {
            await db.LockAsync(["bot-updates"], token);
            var known = (await db.Set<BotUpdateRow>().Where(u => u.BotId == botId && ids.Contains(u.UpdateId)).Select(u => u.UpdateId).ToListAsync(token)).ToHashSet();
            var now = Now;
            var fresh = updates.Where(u => known.Add(u.Id)).ToList();
            db.AddRange(fresh.Select(u => new BotUpdateRow { BotId = botId, UpdateId = u.Id, Body = u.Body, TakenAt = now }));
            await db.SaveChangesAsync(token);
            return fresh;
        }, ct);
        await PruneAsync(ct);
        return taken;
    }

    public Task<IReadOnlyList<BotUpdate>> OpenAsync(long botId, long after, int limit, CancellationToken ct) => workers.ReadAsync<IReadOnlyList<BotUpdate>>(
        async (db, token) => await db.Set<BotUpdateRow>().AsNoTracking().Where(u => u.BotId == botId && u.UpdateId > after && u.Body != null).OrderBy(u => u.UpdateId).Take(limit).Select(u => new BotUpdate(u.UpdateId, u.Body!)).ToListAsync(token), ct);

    public Task DoneAsync(long botId, IReadOnlyCollection<long> updateIds, CancellationToken ct) => workers.WriteAsync(
        (db, token) => db.Set<BotUpdateRow>().Where(u => u.BotId == botId && updateIds.Contains(u.UpdateId)).ExecuteUpdateAsync(s => s.SetProperty(u => u.Body, (string?)null), token), ct);

    public Task<BotChat?> ChatAsync(long botId, long userId, CancellationToken ct) => users.ReadAsync(userId, (db, token) => db.Set<BotChatRow>().AsNoTracking()
        .Where(c => c.BotId == botId && c.UserId == userId).Select(c => new BotChat(c.UserId, c.ChatId, c.ScreenMessageId, c.ScreenIsPhoto, c.State, c.Referrer, c.BlockedAt != null)).FirstOrDefaultAsync(token), ct);

    public Task SaveChatAsync(long botId, BotChat chat, CancellationToken ct) => users.WriteAsync(chat.UserId, async (db, token) =>
    {
        var row = await db.Set<BotChatRow>().FirstOrDefaultAsync(c => c.BotId == botId && c.UserId == chat.UserId, token);
        if (row is null)
            db.Add(row = new BotChatRow { BotId = botId, UserId = chat.UserId, Referrer = chat.Referrer, CreatedAt = Now });
        (row.ChatId, row.ScreenMessageId, row.ScreenIsPhoto, row.State) = (chat.ChatId, chat.ScreenMessageId, chat.ScreenIsPhoto, chat.State);
        (row.BlockedAt, row.UpdatedAt) = (null, Now);
        return await db.SaveChangesAsync(token);
    }, ct);

    public Task BlockAsync(long botId, long userId, CancellationToken ct) => users.WriteAsync(
        userId, (db, token) => db.Set<BotChatRow>().Where(c => c.BotId == botId && c.UserId == userId && c.BlockedAt == null).ExecuteUpdateAsync(s => s.SetProperty(c => c.BlockedAt, Now), token), ct);

    public Task<IReadOnlyDictionary<long, long>> ReachableAsync(long botId, IReadOnlyCollection<long> userIds, CancellationToken ct) => workers.ReadAsync<IReadOnlyDictionary<long, long>>(
        async (db, token) => await db.Set<BotChatRow>().AsNoTracking().Where(c => c.BotId == botId && c.BlockedAt == null && userIds.Contains(c.UserId)).ToDictionaryAsync(c => c.UserId, c => c.ChatId, token), ct);

    public Task<BotAudience> AudienceAsync(long botId, CancellationToken ct) => workers.ReadAsync(async (db, token) =>
    {
        var chats = db.Set<BotChatRow>().Where(c => c.BotId == botId);
        return new BotAudience(await chats.CountAsync(token), await chats.CountAsync(c => c.BlockedAt != null, token));
    }, ct);

    public Task<int> ReferralsAsync(long botId, string referrer, CancellationToken ct) =>
        workers.ReadAsync((db, token) => db.Set<BotChatRow>().CountAsync(c => c.BotId == botId && c.Referrer == referrer, token), ct);

    public async Task<int> AnnounceAsync(long botId, string text, CancellationToken ct)
    {
        var payload = JsonSerializer.Serialize(new { text }, JsonSerializerOptions.Web);
        var told = await workers.WriteAsync(async (db, token) =>
        {
            var reached = await db.Set<BotChatRow>().Where(c => c.BotId == botId && c.BlockedAt == null).Select(c => c.UserId).ToListAsync(token);
            var now = Now;
            db.AddRange(reached.Select(user => new UserEventRow { UserId = user, Kind = "announcement", Payload = payload, At = now }));
            await db.SaveChangesAsync(token);
            return reached.Count;
        }, ct);
        events.Notify();
        return told;
    }

    public Task OfferAsync(long botId, BotConfirmation confirmation, CancellationToken ct) => users.WriteAsync(confirmation.UserId, (db, token) =>
    {
        db.Add(new BotConfirmationRow
        {
            BotId = botId,
            Nonce = confirmation.Nonce,
            UserId = confirmation.UserId,
            Action = confirmation.Action,
            Payload = confirmation.Payload,
            ExpiresAt = confirmation.ExpiresAt.UtcDateTime,
        });
        return db.SaveChangesAsync(token);
    }, ct);

    public Task AttachAsync(long botId, long userId, string nonce, int messageId, CancellationToken ct) => users.WriteAsync(
        userId, (db, token) => db.Set<BotConfirmationRow>().Where(c => c.BotId == botId && c.UserId == userId && c.Nonce == nonce).ExecuteUpdateAsync(s => s.SetProperty(c => c.MessageId, messageId), token), ct);

    public Task<BotUse> UseAsync(long botId, long userId, string nonce, int messageId, long updateId, CancellationToken ct) => users.WriteAsync(userId, async (db, token) =>
    {
        var now = Now;
        // the row decides: of any number of presses, in any number of processes, one finds it unused
        var used = await db.Set<BotConfirmationRow>()
            .Where(c => c.BotId == botId && c.UserId == userId && c.Nonce == nonce && c.MessageId == messageId && c.UsedBy == null && c.ExpiresAt > now)
            .ExecuteUpdateAsync(s => s.SetProperty(c => c.UsedBy, updateId), token);
        var row = await db.Set<BotConfirmationRow>().AsNoTracking().FirstOrDefaultAsync(c => c.BotId == botId && c.UserId == userId && c.Nonce == nonce, token);
        if (row is null || row.MessageId != messageId)
            return new BotUse(BotUseOutcome.Unknown, null);
        var confirmation = new BotConfirmation(row.Nonce, row.UserId, row.Action, row.Payload, new DateTimeOffset(row.ExpiresAt, TimeSpan.Zero));
        var outcome = used == 1 ? BotUseOutcome.Granted
            : row.UsedBy is null ? BotUseOutcome.Expired
            : row.UsedBy != updateId ? BotUseOutcome.Spent
            : row.ExpiresAt > now ? BotUseOutcome.Granted : BotUseOutcome.Interrupted;
        return new BotUse(outcome, confirmation);
    }, ct);

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private async Task PruneAsync(CancellationToken ct)
    {
        var now = clock.GetTimestamp();
        var last = Volatile.Read(ref _prunedAt);
        if (last != 0 && clock.GetElapsedTime(last, now) < PruneEvery)
            return;
        Volatile.Write(ref _prunedAt, now);
        var old = Now - Remembered;
        await workers.WriteAsync(async (db, token) =>
        {
            await db.Set<BotConfirmationRow>().Where(c => c.ExpiresAt < old).ExecuteDeleteAsync(token);
            return await db.Set<BotUpdateRow>().Where(u => u.TakenAt < old && u.Body == null).ExecuteDeleteAsync(token);
        }, ct);
    }
}
