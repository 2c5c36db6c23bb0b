using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Venue;

/// <summary>Play money of the simulated venue; not registered in Live.</summary>
public interface IWalletFunding
{
    /// <summary>Deploys, approves and funds a deposit wallet.</summary>
    Task FundAsync(string walletAddress, Usdc amount, CancellationToken ct);
}
