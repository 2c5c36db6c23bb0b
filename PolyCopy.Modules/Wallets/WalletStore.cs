using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Wallets;

/// <summary>The rows of this host's venue.</summary>
internal sealed class WalletStore(UserScope users, WorkerScope workers, MasterKeys keys, WalletVenue venue, TimeProvider clock)
{
    /// <summary>The wallet, and whether this call made it.</summary>
    public async Task<(WalletRow Row, bool IsNew)> EnsureAsync(long userId, CancellationToken ct)
    {
        if (await OfUserAsync(userId, ct) is { } known)
            return (known, false);
        var row = Make(userId);
        try
        {
            return await users.WriteAsync(userId, async (db, token) =>
            {
                db.Add(row);
                await db.SaveChangesAsync(token);
                return (row, true);
            }, ct);
        }
        catch (DbUpdateException) when (!ct.IsCancellationRequested)
        {
            // Another call made it first, and the unique index kept ours out; anything else shows itself here.
            return await OfUserAsync(userId, ct) is { } winner ? (winner, false) : throw new InvalidOperationException($"The wallet of user {userId} could not be stored.");
        }
    }

    public Task<WalletRow?> OfUserAsync(long userId, CancellationToken ct) => users.ReadAsync(
        userId, (db, token) => Mine(db).FirstOrDefaultAsync(w => w.UserId == userId && w.Kind == WalletRow.DepositKind, token), ct);

    public Task<WalletRow?> FindAsync(Guid id, CancellationToken ct) =>
        workers.ReadAsync((db, token) => Mine(db).FirstOrDefaultAsync(w => w.Id == id, token), ct);

    public Task<List<WalletRow>> FindAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        workers.ReadAsync((db, token) => Mine(db).Where(w => ids.Contains(w.Id)).ToListAsync(token), ct);

    public Task<List<WalletRow>> ListAsync(CancellationToken ct) =>
        workers.ReadAsync((db, token) => Mine(db).OrderBy(w => w.CreatedAt).ThenBy(w => w.Id).ToListAsync(token), ct);

    public Task SaveCredentialsAsync(Guid id, string apiKey, byte[] secret, byte[] passphrase, CancellationToken ct) => workers.WriteAsync(
        (db, token) => db.Set<WalletRow>().Where(w => w.Id == id).ExecuteUpdateAsync(
            s => s.SetProperty(w => w.ApiKey, apiKey).SetProperty(w => w.ApiSecret, secret).SetProperty(w => w.ApiPassphrase, passphrase), token), ct);

    private IQueryable<WalletRow> Mine(PolyContext db) => db.Set<WalletRow>().AsNoTracking().Where(w => w.Venue == venue.Name);

    private WalletRow Make(long userId)
    {
        Span<byte> secret = stackalloc byte[Secp256k1.KeySize];
        try
        {
            Secp256k1.NewKey(secret);
            var id = Ids.New(clock);
            var owner = Secp256k1.AddressOf(secret);
            var seal = WalletSeal.Create(keys, id, owner);
            return new WalletRow
            {
                Id = id,
                UserId = userId,
                Venue = venue.Name,
                Kind = WalletRow.DepositKind,
                SignatureType = (int)SignatureType.DepositWallet,
                Owner = owner.ToString(),
                Funder = WalletDerivation.Deposit(owner).ToString(),
                MasterKeyId = keys.CurrentId,
                DataKey = seal.WrappedDataKey,
                OwnerKey = seal.SealOwnerKey(secret),
                CreatedAt = clock.GetUtcNow().UtcDateTime,
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}

/// <summary>Whose wallets these are: demo, paper or live on a chain.</summary>
internal sealed record WalletVenue(string Name, int ChainId);
