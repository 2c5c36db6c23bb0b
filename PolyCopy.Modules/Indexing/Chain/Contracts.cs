using System.Collections.Frozen;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>Whose logs count. Anybody can emit a look-alike from another contract.</summary>
/// <remarks>ts-sdk environments.ts and clob-client-v2 config.ts, 2026-11; the V1 exchanges are dead since 2026-04-28 and read for history.</remarks>
internal sealed class Contracts
{
    private static readonly Address Ctf = Address.Parse("0x4D97DCd97eC945f40cF65F87097ACe5EA0476045");
    private static readonly Address AmoyCtf = Address.Parse("0x69308FB512518e39F9b16112fA8d994F4e2Bf8bB");
    private static readonly Address PositionManager = Address.Parse("0x006F54F7f9A22e0000CC2AB60031000000ae9fEF");

    private static readonly Address Pusd = Address.Parse("0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB");

    private readonly FrozenDictionary<Address, int> _exchanges;

    public Contracts(int chainId)
    {
        ChainId = chainId;
        _exchanges = Signing.Exchanges.All.Where(e => e.ChainId == chainId).ToFrozenDictionary(e => e.Address, e => e.Version);
        Shares = [chainId == Signing.Exchanges.Amoy ? AmoyCtf : Ctf, PositionManager];
        All = [.. _exchanges.Keys, .. Shares];
    }

    public int ChainId { get; }

    /// <summary>Exchanges and the holders of shares.</summary>
    public IReadOnlyList<Address> All { get; }

    /// <summary>The ERC-1155 contracts: Conditional Tokens and PositionManager.</summary>
    public IReadOnlyList<Address> Shares { get; }

    /// <summary>pUSD, an ERC-20 of six decimals; null on a chain whose collateral we do not know.</summary>
    public Address? Collateral => ChainId == Signing.Exchanges.Polygon ? Pusd : null;

    /// <summary>1, 2 or 3; zero when the address is no exchange.</summary>
    public int Version(in Address contract) => _exchanges.GetValueOrDefault(contract);

    public bool HoldsShares(in Address contract) => contract == Shares[0] || contract == Shares[1];

    /// <summary>Where the shares of a token are.</summary>
    public Address Holder(in UInt256 token) => Signing.Exchanges.IsProtocolV2(token) ? Shares[1] : Shares[0];
}
