using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Accounts;

/// <summary>Secrets have 32 random bytes, so a plain hash of them is as good as a slow one. Who presents one is not known yet: those look-ups read as a worker.</summary>
internal sealed class Credentials(UserScope users, WorkerScope workers, TimeProvider clock) : IUserCredentials
{
    private const int MostKeys = 20;
    private static readonly TimeSpan LoginFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SessionFor = TimeSpan.FromDays(7);

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    public async Task<Result<NewApiKey>> CreateKeyAsync(long userId, string? name, CancellationToken ct)
    {
        if (name is { Length: > 64 })
            return new Error("key.name", "A key's name has at most 64 characters.");
        var secret = Secret("pck_");
        return await users.WriteAsync<Result<NewApiKey>>(userId, async (db, token) =>
        {
            if (await Keys(db, userId).CountAsync(c => c.EndedAt == null, token) >= MostKeys)
                return new Error("key.limit", $"A user has at most {MostKeys} keys: revoke one first.");
            var row = New(CredentialRow.Key, userId, secret, null);
            row.Name = name is null ? null : ForeignText.Clean(name, 64);
            db.Add(row);
            await db.SaveChangesAsync(token);
            return new NewApiKey(row.Id, secret, row.Name, At(row.CreatedAt));
        }, ct);
    }

    public Task<IReadOnlyList<ApiKey>> KeysAsync(long userId, CancellationToken ct) => users.ReadAsync<IReadOnlyList<ApiKey>>(
        userId, async (db, token) => [.. (await Keys(db, userId).AsNoTracking().OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).ToListAsync(token)).Select(View)], ct);

    public Task<Result<ApiKey>> RevokeKeyAsync(long userId, Guid keyId, CancellationToken ct) => users.WriteAsync<Result<ApiKey>>(userId, async (db, token) =>
    {
        if (await Keys(db, userId).FirstOrDefaultAsync(c => c.Id == keyId, token) is not { } row)
            return new Error("key.unknown", "There is no such key.");
        row.EndedAt ??= Now;
        await db.SaveChangesAsync(token);
        return View(row);
    }, ct);

    public Task<long?> KeyOwnerAsync(string key, CancellationToken ct) => OwnerAsync(CredentialRow.Key, key, ct);

    public async Task<LoginToken> CreateLoginAsync(long userId, CancellationToken ct)
    {
        var secret = Secret("");
        var row = New(CredentialRow.Login, userId, secret, LoginFor);
        await users.WriteAsync(userId, async (db, token) =>
        {
            var old = Now - TimeSpan.FromDays(1);
            await db.Set<CredentialRow>().Where(c => c.UserId == userId && c.Kind != CredentialRow.Key && c.ExpiresAt < old).ExecuteDeleteAsync(token);
            db.Add(row);
            return await db.SaveChangesAsync(token);
        }, ct);
        return new LoginToken(secret, At(row.ExpiresAt!.Value));
    }

    public async Task<LoginToken?> LogInAsync(string token, CancellationToken ct)
    {
        var (hash, secret) = (Hash(token), Secret(""));
        return await workers.WriteAsync(async (db, t) =>
        {
            var now = Now;
            // of two who come with the same link one changes the row
            if (await db.Set<CredentialRow>().Where(c => c.Hash == hash && c.Kind == CredentialRow.Login && c.EndedAt == null && c.ExpiresAt > now).ExecuteUpdateAsync(s => s.SetProperty(c => c.EndedAt, now), t) == 0)
                return null;
            var userId = await db.Set<CredentialRow>().Where(c => c.Hash == hash).Select(c => c.UserId).SingleAsync(t);
            var session = New(CredentialRow.Session, userId, secret, SessionFor);
            db.Add(session);
            await db.SaveChangesAsync(t);
            return new LoginToken(secret, At(session.ExpiresAt!.Value));
        }, ct);
    }

    public Task<long?> SessionOwnerAsync(string session, CancellationToken ct) => OwnerAsync(CredentialRow.Session, session, ct);

    public Task LogOutAsync(string session, CancellationToken ct)
    {
        var (hash, now) = (Hash(session), Now);
        return workers.WriteAsync((db, token) => db.Set<CredentialRow>().Where(c => c.Hash == hash && c.Kind == CredentialRow.Session).ExecuteUpdateAsync(s => s.SetProperty(c => c.EndedAt, now), token), ct);
    }

    private Task<long?> OwnerAsync(string kind, string secret, CancellationToken ct)
    {
        var (hash, now) = (Hash(secret), Now);
        return workers.ReadAsync((db, token) => db.Set<CredentialRow>().AsNoTracking().Where(c => c.Hash == hash && c.Kind == kind && c.EndedAt == null && (c.ExpiresAt == null || c.ExpiresAt > now))
            .Select(c => (long?)c.UserId).FirstOrDefaultAsync(token), ct);
    }

    private static IQueryable<CredentialRow> Keys(PolyContext db, long userId) => db.Set<CredentialRow>().Where(c => c.UserId == userId && c.Kind == CredentialRow.Key);

    private CredentialRow New(string kind, long userId, string secret, TimeSpan? lasts) => new()
    {
        Id = Ids.New(clock),
        UserId = userId,
        Kind = kind,
        Hash = Hash(secret),
        CreatedAt = Now,
        ExpiresAt = Now + lasts,
    };

    private static string Secret(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static ApiKey View(CredentialRow row) => new(row.Id, row.Name, At(row.CreatedAt), row.EndedAt is { } ended ? At(ended) : null);

    private static DateTimeOffset At(DateTime utc) => new(utc, TimeSpan.Zero);
}
