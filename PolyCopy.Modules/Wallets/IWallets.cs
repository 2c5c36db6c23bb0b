using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Wallets;

/// <summary>The accounts that trade. A host sees only the wallets of its own profile, so a paper wallet can never trade for real.</summary>
/// <remarks>
/// Refusals: wallet.unknown, wallet.master_key (sealed with a master key that is not configured), wallet.damaged (what is stored was changed),
/// wallet.no_api_key (the venue neither derives nor creates one), wallet.venue (the venue does not answer; ask again).
/// </remarks>
public interface IWallets
{
    /// <summary>The user's wallet in this venue; made on the first call, without asking the venue. Idempotent, also at once.</summary>
    Task<Wallet> EnsureAsync(long userId, CancellationToken ct);

    /// <summary>The user's wallet in this venue, or null while there is none.</summary>
    Task<Wallet?> OfUserAsync(long userId, CancellationToken ct);

    /// <summary>Every wallet of this venue, oldest first. For workers.</summary>
    Task<IReadOnlyList<Wallet>> ListAsync(CancellationToken ct);

    /// <summary>What signs for the wallet. Its API key is derived at the venue on the first call and stored; from then on no network is needed.</summary>
    Task<Result<ITradingAccount>> TradingAccountAsync(Guid walletId, CancellationToken ct);

    /// <summary>The same for many wallets, read in one statement; one result per id, in order.</summary>
    Task<IReadOnlyList<Result<ITradingAccount>>> TradingAccountsAsync(IReadOnlyList<Guid> walletIds, CancellationToken ct);
}

/// <summary>A wallet without its secrets.</summary>
/// <param name="Venue">demo, paper or live.</param>
/// <param name="Kind">deposit: a deposit wallet owned by a key kept here.</param>
/// <param name="SignatureType">3 for deposit wallets.</param>
/// <param name="Owner">The key's account, EIP-55.</param>
/// <param name="Funder">The account that holds the money and is the maker of orders, EIP-55.</param>
public sealed record Wallet(Guid Id, long UserId, string Venue, string Kind, int SignatureType, string Owner, string Funder, DateTimeOffset CreatedAt);
