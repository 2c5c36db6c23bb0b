using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Venue;

/// <summary>Play money of the simulated venue; not registered in Live.</summary>
public interface IWalletFunding
{
    /// <summary>Deploys, approves and funds a deposit wallet the venue does not know yet; one it knows is left as it is.</summary>
    /// <returns>The pUSD it holds now.</returns>
    /// <exception cref="VenueException">The simulated venue cannot be reached.</exception>
    Task<Usdc> OpenAsync(string walletAddress, Usdc amount, CancellationToken ct);
}
