using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Chain;

namespace PolyCopy.Modules.Simulator.Leaders;

/// <summary>The leaders of the seed.</summary>
internal sealed class SeededLeaders : ISeededChain, ILeaderRoster
{
    public IEnumerable<long> Blocks(long from, long to) => [];

    public IEnumerable<ChainTx> Between(long from, long to) => [];

    public long? BlockOf(string hash) => null;

    public bool IsWallet(Address address) => false;

    public long Seeded(Address wallet, TokenId token, long block) => 0;
}
