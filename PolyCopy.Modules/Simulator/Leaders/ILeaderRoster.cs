using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Leaders;

/// <summary>The leaders that come with the seed, as the chain asks about them.</summary>
internal interface ILeaderRoster
{
    /// <summary>True for the wallet of a seeded leader.</summary>
    bool IsWallet(Address address);

    /// <summary>What the seed lets a wallet hold of a token, or of pUSD (no token), after a block, micro-units.</summary>
    long Seeded(Address wallet, TokenId token, long block);
}
