using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Signing;

/// <summary>Which account signs for the maker.</summary>
public enum SignatureType
{
    /// <summary>The maker is the key's own account; the venue refuses it for new API users.</summary>
    Eoa = 0,

    /// <summary>The maker is the key's legacy proxy wallet.</summary>
    Proxy = 1,

    /// <summary>The maker is the key's Safe.</summary>
    Safe = 2,

    /// <summary>Maker and signer are a deposit wallet; the signature is the owner's, wrapped after ERC-7739.</summary>
    DepositWallet = 3,
}

/// <summary>An order of ExchangeV2 and ExchangeV3, as it is hashed.</summary>
/// <remarks>docs.polymarket.com v2-migration; verified against clob-client-v2 1.1.0 and @polymarket/client 0.2.0.</remarks>
/// <param name="Salt">0 to <see cref="MaxSalt"/>: it travels as a JSON number.</param>
/// <param name="Maker">The wallet that pays.</param>
/// <param name="Signer">Type 3: the wallet; else the key's account.</param>
/// <param name="TokenId">CTF token id, or position id of Protocol V2.</param>
/// <param name="MakerAmount">BUY: pUSD, SELL: shares; micro-units.</param>
/// <param name="TakerAmount">BUY: shares, SELL: pUSD; micro-units.</param>
/// <param name="Side">BUY or SELL.</param>
/// <param name="SignatureType">How the signature is made.</param>
/// <param name="TimestampMs">Unix milliseconds; makes orders unique.</param>
public sealed record Order(
    long Salt, Address Maker, Address Signer, UInt256 TokenId, UInt256 MakerAmount, UInt256 TakerAmount,
    Side Side, SignatureType SignatureType, long TimestampMs)
{
    /// <summary>The largest integer that every JSON reader keeps, 2^53 - 1.</summary>
    public const long MaxSalt = (1L << 53) - 1;

    /// <summary>Free bytes, signed; zero when unused.</summary>
    public Bytes32 Metadata { get; init; }

    /// <summary>The builder code, signed; zero when unused.</summary>
    public Bytes32 Builder { get; init; }

    /// <summary>GTD: unix seconds when the order ends; 0 = never. In the body, not in the hash.</summary>
    public long ExpirationSeconds { get; init; }
}
