using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>What the seed put on chain, found by block; a pure function of seed and time.</summary>
internal interface ISeededChain
{
    /// <summary>What lies in a range of blocks, in no order.</summary>
    IEnumerable<ChainTx> Between(long from, long to);

    /// <summary>What concerns a wallet up to a block, oldest first.</summary>
    IEnumerable<ChainTx> Of(Address wallet, long block);

    /// <summary>The block of a transaction, when the hash is one of the seed's.</summary>
    long? BlockOf(string hash);
}
