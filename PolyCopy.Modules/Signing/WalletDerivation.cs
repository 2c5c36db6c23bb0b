namespace PolyCopy.Modules.Signing;

/// <summary>The addresses of an owner's smart wallets; known before they are deployed (CREATE2).</summary>
/// <remarks>builder-relayer-client 0.0.10 derive.ts and ts-sdk wallet.ts; deposit wallets are Solady's ERC-1967 clones with immutable arguments.</remarks>
public static class WalletDerivation
{
    private static readonly Address ProxyFactory = Address.Parse("0xaB45c5A4B0c941a2F231C04C3f49182e1A254052");
    private static readonly Bytes32 ProxyInitCodeHash = Bytes32.Parse("0xd21df8dc65880a8606f09fe0ce3df9b8869287ab0b058be05aa9e8af6330a00b");
    private static readonly Address SafeFactory = Address.Parse("0xaacFeEa03eb1561C4e67d661e40682Bd20E3541b");
    private static readonly Bytes32 SafeInitCodeHash = Bytes32.Parse("0x2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf");
    private static readonly Address DepositFactory = Address.Parse("0x00000000000Fb5C9ADea0298D729A0CB3823Cc07");
    private static readonly Address DepositBeacon = Address.Parse("0x7A18EDfe055488A3128f01F563e5B479D92ffc3a");
    private static readonly Address DepositImplementation = Address.Parse("0x58CA52ebe0DadfdF531Cde7062e76746de4Db1eB");
    private static readonly Address AmoyDepositImplementation = Address.Parse("0x50a88fE9a441cB4c9c2aD6A2207CE2795C7D7Fbd");

    // Byte code around the beacon or implementation. The prefix holds the code's size plus that of the arguments, two words.
    private static readonly byte[] BeaconPrefix = Hex.Read("0x6100923d8160233d3973");
    private static readonly byte[] BeaconSuffix = Hex.Read(
        "0x60195155f3363d3d373d3d363d602036600436635c60da1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3");
    private static readonly byte[] UupsPrefix = Hex.Read("0x61007d3d8160233d3973");
    private static readonly byte[] UupsSuffix = Hex.Read(
        "0x60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3");

    /// <summary>The deposit wallet (signature type 3) that new accounts get.</summary>
    public static Address Deposit(Address owner) => DepositClone(owner, BeaconPrefix, DepositBeacon, BeaconSuffix);

    /// <summary>The deposit wallet of accounts made before the factory had a beacon.</summary>
    public static Address DepositUups(Address owner, int chainId = Exchanges.Polygon) =>
        DepositClone(owner, UupsPrefix, chainId == Exchanges.Amoy ? AmoyDepositImplementation : DepositImplementation, UupsSuffix);

    /// <summary>The legacy proxy wallet (signature type 1).</summary>
    public static Address Proxy(Address owner) => Create2(ProxyFactory, ProxySalt(owner), ProxyInitCodeHash);

    /// <summary>The Safe (signature type 2).</summary>
    public static Address Safe(Address owner) => Create2(SafeFactory, SafeSalt(owner), SafeInitCodeHash);

    /// <summary>The CREATE2 salt of the proxy wallet: the hash of the 20 bytes.</summary>
    public static Bytes32 ProxySalt(Address owner)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        owner.CopyTo(bytes);
        return Keccak.Hash(bytes);
    }

    /// <summary>The CREATE2 salt of the Safe: the hash of the address as a word.</summary>
    public static Bytes32 SafeSalt(Address owner)
    {
        var words = new AbiWords(stackalloc byte[AbiWords.Size]);
        words.Add(owner);
        return words.Hash();
    }

    /// <summary>True when an owner's signature of this type may trade for the wallet.</summary>
    public static bool MayTrade(Address owner, SignatureType type, Address wallet) => type switch
    {
        SignatureType.Eoa => wallet == owner,
        SignatureType.Proxy => wallet == Proxy(owner),
        SignatureType.Safe => wallet == Safe(owner),
        SignatureType.DepositWallet => wallet == Deposit(owner) || wallet == DepositUups(owner),
        _ => false,
    };

    private static Address DepositClone(Address owner, ReadOnlySpan<byte> prefix, Address target, ReadOnlySpan<byte> suffix)
    {
        Span<byte> arguments = stackalloc byte[2 * AbiWords.Size];
        var words = new AbiWords(arguments);
        words.Add(DepositFactory);
        words.Add(owner);

        Span<byte> code = stackalloc byte[prefix.Length + Address.Size + suffix.Length + arguments.Length];
        prefix.CopyTo(code);
        target.CopyTo(code[prefix.Length..]);
        suffix.CopyTo(code[(prefix.Length + Address.Size)..]);
        arguments.CopyTo(code[^arguments.Length..]);
        return Create2(DepositFactory, Keccak.Hash(arguments), Keccak.Hash(code));
    }

    private static Address Create2(Address factory, in Bytes32 salt, in Bytes32 initCodeHash)
    {
        Span<byte> bytes = stackalloc byte[1 + Address.Size + 2 * Bytes32.Size];
        bytes[0] = 0xFF;
        factory.CopyTo(bytes[1..]);
        salt.CopyTo(bytes[(1 + Address.Size)..]);
        initCodeHash.CopyTo(bytes[(1 + Address.Size + Bytes32.Size)..]);
        Span<byte> hash = stackalloc byte[Bytes32.Size];
        Keccak.Hash(bytes, hash);
        return new Address(hash[12..]);
    }
}
