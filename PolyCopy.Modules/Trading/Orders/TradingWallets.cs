using System.Collections.Concurrent;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>A wallet that can sign.</summary>
internal sealed record TradingWallet(Guid Id, long UserId, ITradingAccount Account);

/// <summary>Wallets at hand in memory, so that deciding an order reads no keys.</summary>
internal sealed class TradingWallets(IWallets wallets)
{
    private readonly ConcurrentDictionary<Guid, TradingWallet> _known = new();
    private readonly ConcurrentDictionary<long, Guid> _ofUsers = new();

    /// <returns>wallet.unknown and the other refusals of <see cref="IWallets"/>.</returns>
    public async ValueTask<Result<TradingWallet>> FindAsync(Guid walletId, CancellationToken ct)
    {
        if (_known.TryGetValue(walletId, out var known))
            return known;
        return (await FindAsync([walletId], ct))[0];
    }

    /// <summary>Many with one read; one result per id, in order.</summary>
    public async Task<IReadOnlyList<Result<TradingWallet>>> FindAsync(IReadOnlyList<Guid> walletIds, CancellationToken ct)
    {
        var missing = walletIds.Where(id => !_known.ContainsKey(id)).Distinct().ToList();
        var refused = new Dictionary<Guid, Error>();
        if (missing.Count > 0)
        {
            var accounts = await wallets.TradingAccountsAsync(missing, ct);
            for (var i = 0; i < missing.Count; i++)
            {
                if (accounts[i].Try(out var account, out var error))
                    Keep(new TradingWallet(account.WalletId, account.UserId, account));
                else
                    refused[missing[i]] = error;
            }
        }
        return [.. walletIds.Select(id => _known.TryGetValue(id, out var known) ? known : (Result<TradingWallet>)(refused.GetValueOrDefault(id) ?? new Error("wallet.unknown", "There is no such wallet.")))];
    }

    public async ValueTask<Result<TradingWallet>> OfUserAsync(long userId, CancellationToken ct)
    {
        if (_ofUsers.TryGetValue(userId, out var id))
            return await FindAsync(id, ct);
        return await wallets.OfUserAsync(userId, ct) is { } wallet ? await FindAsync(wallet.Id, ct) : new Error("wallet.unknown", "The user has no wallet here yet.");
    }

    private void Keep(TradingWallet wallet)
    {
        _known[wallet.Id] = wallet;
        _ofUsers[wallet.UserId] = wallet.Id;
    }
}
