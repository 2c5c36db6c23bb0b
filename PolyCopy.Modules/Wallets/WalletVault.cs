using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Wallets;

/// <summary>Hands out wallets and what signs for them.</summary>
internal sealed partial class WalletVault(WalletStore store, MasterKeys keys, WalletVenue venue, ITradingAuth auth, IVenueClock clock, ILogger<WalletVault> logger) : IWallets
{
    private readonly ConcurrentDictionary<Guid, ITradingAccount> _accounts = new(); // sealed keys only, about 1 kB each
    private readonly ConcurrentDictionary<Guid, Lazy<Task<Result<ITradingAccount>>>> _loading = new();

    public async Task<Wallet> EnsureAsync(long userId, CancellationToken ct)
    {
        var (row, isNew) = await store.EnsureAsync(userId, ct);
        if (isNew)
            Log.Created(logger, row.Id, userId, row.Venue, row.Funder);
        return View(row);
    }

    public async Task<Wallet?> OfUserAsync(long userId, CancellationToken ct) => await store.OfUserAsync(userId, ct) is { } row ? View(row) : null;

    public async Task<IReadOnlyList<Wallet>> ListAsync(CancellationToken ct) => [.. (await store.ListAsync(ct)).Select(View)];

    public async Task<Result<ITradingAccount>> TradingAccountAsync(Guid walletId, CancellationToken ct)
    {
        if (_accounts.TryGetValue(walletId, out var known))
            return Ok(known);
        // Callers at the same time share one load, which therefore is not cancelled with any of them; the adapter bounds its time.
        var load = _loading.GetOrAdd(walletId, id => new Lazy<Task<Result<ITradingAccount>>>(() => LoadAsync(id)));
        try
        {
            return await load.Value.WaitAsync(ct);
        }
        finally
        {
            if (load.Value.IsCompleted)
                _loading.TryRemove(new(walletId, load));
        }
    }

    public async Task<IReadOnlyList<Result<ITradingAccount>>> TradingAccountsAsync(IReadOnlyList<Guid> walletIds, CancellationToken ct)
    {
        var cold = walletIds.Where(id => !_accounts.ContainsKey(id)).ToHashSet();
        if (cold.Count > 1)
            foreach (var row in await store.FindAsync(cold, ct))
                if (row.ApiKey is not null && Open(row).Try(out var account, out _))
                    _accounts.TryAdd(row.Id, account);
        return await Task.WhenAll(walletIds.Select(id => TradingAccountAsync(id, ct)));
    }

    private async Task<Result<ITradingAccount>> LoadAsync(Guid walletId)
    {
        if (await store.FindAsync(walletId, CancellationToken.None) is not { } row)
            return new Error("wallet.unknown", "There is no such wallet here.");
        if (row.ApiKey is null && await LogInAsync(row) is { } error)
            return error;
        var opened = Open(row);
        if (opened.Try(out var account, out _))
            _accounts.TryAdd(walletId, account);
        return opened;
    }

    /// <summary>Derives the API key, creates it only when there is none: creating makes extra keys that the user socket refuses.</summary>
    /// <remarks>rs-clob-client-v2 tests/auth.rs, 2026-05.</remarks>
    private async Task<Error?> LogInAsync(WalletRow row)
    {
        if (!Unseal(row).Try(out var seal, out var error))
            return error;
        ApiCredentials? credentials;
        try
        {
            credentials = await auth.DeriveAsync(Headers(row, seal), CancellationToken.None);
            if (credentials is null)
            {
                var created = await auth.CreateAsync(Headers(row, seal), CancellationToken.None);
                credentials = await auth.DeriveAsync(Headers(row, seal), CancellationToken.None) ?? created;
            }
        }
        catch (VenueException e)
        {
            Log.LoginFailed(logger, row.Id, e.Failure);
            return new Error("wallet.venue", $"The venue did not give wallet {row.Id} an API key: {e.Message}");
        }
        catch (CryptographicException)
        {
            return Damaged(row);
        }

        if (credentials is null)
            return new Error("wallet.no_api_key", $"The venue neither derives nor creates an API key for {row.Owner}.");
        row.ApiKey = credentials.ApiKey;
        row.ApiSecret = seal.SealApiSecret(credentials.Secret);
        row.ApiPassphrase = seal.SealApiPassphrase(credentials.Passphrase);
        await store.SaveCredentialsAsync(row.Id, row.ApiKey, row.ApiSecret, row.ApiPassphrase, CancellationToken.None);
        Log.LoggedIn(logger, row.Id, row.Owner);
        return null;
    }

    // A fresh timestamp for each request.
    private IReadOnlyList<KeyValuePair<string, string>> Headers(WalletRow row, WalletSeal seal)
    {
        Span<byte> secret = stackalloc byte[Secp256k1.KeySize];
        try
        {
            seal.OpenOwnerKey(row.OwnerKey, secret);
            using var key = new SigningKey(secret);
            return L1Auth.Headers(key, venue.ChainId, clock.UtcNow, nonce: 0);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Checks all that is sealed, so that signing cannot fail later.</summary>
    private Result<ITradingAccount> Open(WalletRow row)
    {
        if (!Unseal(row).Try(out var seal, out var error))
            return error;
        Span<byte> secret = stackalloc byte[Secp256k1.KeySize];
        try
        {
            seal.OpenOwnerKey(row.OwnerKey, secret);
            var credentials = new ApiCredentials(row.ApiKey!, seal.OpenApiSecret(row.ApiSecret!), seal.OpenApiPassphrase(row.ApiPassphrase!));
            var (owner, funder, type) = (Address.Parse(row.Owner), Address.Parse(row.Funder), (SignatureType)row.SignatureType);
            return WalletDerivation.MayTrade(owner, type, funder)
                ? Ok(new TradingAccount(row.Id, row.UserId, owner, funder, type, venue.ChainId, seal, row.OwnerKey, credentials))
                : Damaged(row);
        }
        catch (CryptographicException)
        {
            return Damaged(row);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private Result<WalletSeal> Unseal(WalletRow row)
    {
        if (!Address.TryParse(row.Owner, out var owner))
            return Damaged(row);
        if (WalletSeal.Find(keys, row.MasterKeyId, row.DataKey, row.Id, owner) is { } seal)
            return seal;
        Log.MasterKeyMissing(logger, row.Id, row.MasterKeyId, keys.CurrentId);
        return new Error("wallet.master_key", $"Wallet {row.Id} was sealed with master key {row.MasterKeyId}, which is not configured: set Wallets:MasterKey or restore the file master.key.");
    }

    private Error Damaged(WalletRow row)
    {
        Log.Damaged(logger, row.Id);
        return new Error("wallet.damaged", $"What is stored of wallet {row.Id} was changed and cannot be opened.");
    }

    private static Result<ITradingAccount> Ok(ITradingAccount account) => Result<ITradingAccount>.Ok(account);

    private static Wallet View(WalletRow row) => new(row.Id, row.UserId, row.Venue, row.Kind, row.SignatureType, row.Owner, row.Funder, row.CreatedAt);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Wallets, LogLevel.Information, "Made wallet {WalletId} of user {UserId} in {Venue}: {Funder}")]
        public static partial void Created(ILogger logger, Guid walletId, long userId, string venue, string funder);

        [LoggerMessage(EventIds.Wallets + 1, LogLevel.Information, "Wallet {WalletId} has an API key of {Owner}")]
        public static partial void LoggedIn(ILogger logger, Guid walletId, string owner);

        [LoggerMessage(EventIds.Wallets + 2, LogLevel.Warning, "Wallet {WalletId} got no API key: {Failure}")]
        public static partial void LoginFailed(ILogger logger, Guid walletId, VenueFailure failure);

        [LoggerMessage(EventIds.Wallets + 3, LogLevel.Error, "Wallet {WalletId} was sealed with master key {MasterKeyId}, configured is {CurrentId}")]
        public static partial void MasterKeyMissing(ILogger logger, Guid walletId, string masterKeyId, string currentId);

        [LoggerMessage(EventIds.Wallets + 4, LogLevel.Error, "What is stored of wallet {WalletId} was changed: its keys cannot be opened")]
        public static partial void Damaged(ILogger logger, Guid walletId);
    }
}
