using System.Globalization;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Accounts;

internal sealed class AccountStore(UserScope users, WorkerScope workers, AccountsOptions options, TimeProvider clock) : IAccounts, IUserSlippage, IUserZones, IUserWishes
{
    private static readonly UserSettings Defaults = new(0.05m, [5m, 10m, 25m, 50m, 100m], null, null, "en", "UTC", new Dictionary<string, string> { ["smart_money"] = "off" });

    public async Task<Result<User>> RegisterAsync(long userId, string? username, CancellationToken ct)
    {
        if (userId < 1)
            return new Error("user.invalid", "A user id is a whole number from 1.");
        if (username is { Length: > 64 })
            return new Error("user.username", "A user name has at most 64 characters.");
        if (options.IsExcluded(userId))
            return new Error("user.closed", "Registration is not open to this user.");
        if (await FindAsync(userId, ct) is { } known)
            return known;
        if (!options.MayRegister(userId))
            return new Error("user.closed", "Registration is not open to this user.");
        var now = clock.GetUtcNow().UtcDateTime;
        try
        {
            return await users.WriteAsync(userId, async (db, token) =>
            {
                var row = new UserRow { Id = userId, Username = username, CreatedAt = now };
                db.Add(row);
                db.Add(new IdentityRow { Provider = "telegram", ExternalId = userId.ToString(CultureInfo.InvariantCulture), UserId = userId, CreatedAt = now });
                db.Add(ToRow(userId, Defaults, now));
                await db.SaveChangesAsync(token);
                return View(row);
            }, ct);
        }
        catch (DbUpdateException) when (ct.IsCancellationRequested is false)
        {
            // lost the race against the same registration: then it is there now; anything else shows itself again
            return await FindAsync(userId, ct) is { } winner ? winner : throw new InvalidOperationException($"User {userId} could not be stored.");
        }
    }

    public Task<User?> FindAsync(long userId, CancellationToken ct) =>
        users.ReadAsync(userId, async (db, token) => await db.Set<UserRow>().AsNoTracking().FirstOrDefaultAsync(u => u.Id == userId, token) is { } row ? View(row) : null, ct);

    public Task<Page<User>> ListAsync(int limit, string? cursor, CancellationToken ct) => workers.ReadAsync(async (db, token) =>
    {
        var before = long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : long.MaxValue;
        var rows = await db.Set<UserRow>().AsNoTracking().Where(u => u.Id < before).OrderByDescending(u => u.Id).Take(limit + 1).ToListAsync(token);
        var next = rows.Count > limit ? rows[limit - 1].Id.ToString(CultureInfo.InvariantCulture) : null;
        return new Page<User>([.. rows.Take(limit).Select(View)], next);
    }, ct);

    public Task<UserSettings?> SettingsAsync(long userId, CancellationToken ct) =>
        users.ReadAsync(userId, async (db, token) => await db.Set<UserSettingsRow>().AsNoTracking().FirstOrDefaultAsync(s => s.UserId == userId, token) is { } row ? View(row) : null, ct);

    public async Task<Result<UserSettings>> ChangeSettingsAsync(long userId, UserSettingsChange change, CancellationToken ct)
    {
        if (SettingsRules.Check(change) is { } error)
            return error;
        return await users.WriteAsync<Result<UserSettings>>(userId, async (db, token) =>
        {
            var row = await db.Set<UserSettingsRow>().FirstOrDefaultAsync(s => s.UserId == userId, token);
            if (row is null)
                return new Error("user.unknown", "There is no such user.");
            row.MaxSlippage = change.MaxSlippage ?? row.MaxSlippage;
            row.QuickAmounts = change.QuickAmounts ?? row.QuickAmounts;
            row.DefaultTakeProfitPercent = change.ClearDefaultTakeProfit ? null : change.DefaultTakeProfitPercent ?? row.DefaultTakeProfitPercent;
            row.DefaultStopLossPercent = change.ClearDefaultStopLoss ? null : change.DefaultStopLossPercent ?? row.DefaultStopLossPercent;
            row.Language = change.Language ?? row.Language;
            row.TimeZone = change.TimeZone ?? row.TimeZone;
            if (change.Notifications is { } notifications)
                row.Notifications = Merge(row.Notifications, notifications);
            row.UpdatedAt = clock.GetUtcNow().UtcDateTime;
            await db.SaveChangesAsync(token);
            return View(row);
        }, ct);
    }

    public async Task<IReadOnlyDictionary<long, decimal>> MaxSlippageAsync(IReadOnlyCollection<long> userIds, CancellationToken ct)
    {
        var set = await workers.ReadAsync((db, token) => db.Set<UserSettingsRow>().AsNoTracking().Where(s => userIds.Contains(s.UserId)).ToDictionaryAsync(s => s.UserId, s => s.MaxSlippage, token), ct);
        return userIds.Distinct().ToDictionary(id => id, id => set.GetValueOrDefault(id, Defaults.MaxSlippage));
    }

    public async Task<IReadOnlyDictionary<long, TimeZoneInfo>> ZonesAsync(IReadOnlyCollection<long> userIds, CancellationToken ct)
    {
        var set = await workers.ReadAsync((db, token) => db.Set<UserSettingsRow>().AsNoTracking().Where(s => userIds.Contains(s.UserId)).ToDictionaryAsync(s => s.UserId, s => s.TimeZone, token), ct);
        return userIds.Distinct().ToDictionary(id => id, id => set.TryGetValue(id, out var name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc);
    }

    public async Task<IReadOnlyList<long>> WhoWantsAsync(string kind, CancellationToken ct)
    {
        var set = await workers.ReadAsync((db, token) => db.Set<UserSettingsRow>().AsNoTracking().Select(s => new { s.UserId, s.Notifications }).ToListAsync(token), ct);
        return [.. set.Where(s => s.Notifications.GetValueOrDefault(kind) is "on" or "silent").Select(s => s.UserId)];
    }

    private static User View(UserRow row) => new(row.Id, row.Username, row.CreatedAt);

    private static UserSettings View(UserSettingsRow row) =>
        new(row.MaxSlippage, row.QuickAmounts, row.DefaultTakeProfitPercent, row.DefaultStopLossPercent, row.Language, row.TimeZone, Merge(Defaults.Notifications, row.Notifications));

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> change) =>
        before.Concat(change).GroupBy(n => n.Key).ToDictionary(g => g.Key, g => g.Last().Value);

    private static UserSettingsRow ToRow(long userId, UserSettings settings, DateTime now) => new()
    {
        UserId = userId,
        MaxSlippage = settings.MaxSlippage,
        QuickAmounts = settings.QuickAmounts,
        DefaultTakeProfitPercent = settings.DefaultTakeProfitPercent,
        DefaultStopLossPercent = settings.DefaultStopLossPercent,
        Language = settings.Language,
        TimeZone = settings.TimeZone,
        Notifications = settings.Notifications,
        UpdatedAt = now,
    };
}
