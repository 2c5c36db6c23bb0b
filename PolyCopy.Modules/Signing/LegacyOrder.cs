using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Signing;

/// <summary>An order of the first exchange (domain version 1), dead at the venue since 2026-04-28; old fills on chain carry its hash.</summary>
/// <param name="Salt">0 to <see cref="Order.MaxSalt"/>.</param>
/// <param name="Maker">The wallet that pays.</param>
/// <param name="Signer">The key's account.</param>
/// <param name="Taker">Who alone may fill it; zero = anyone.</param>
/// <param name="TokenId">CTF token id.</param>
/// <param name="MakerAmount">BUY: USDC, SELL: shares; micro-units.</param>
/// <param name="TakerAmount">BUY: shares, SELL: USDC; micro-units.</param>
/// <param name="Expiration">Unix seconds; 0 = never.</param>
/// <param name="Nonce">On-chain cancellation counter.</param>
/// <param name="FeeRateBps">The most the operator may charge.</param>
/// <param name="Side">BUY or SELL.</param>
/// <param name="SignatureType">Types 0 to 2.</param>
public sealed record LegacyOrder(
    long Salt, Address Maker, Address Signer, Address Taker, UInt256 TokenId, UInt256 MakerAmount, UInt256 TakerAmount,
    UInt256 Expiration, UInt256 Nonce, UInt256 FeeRateBps, Side Side, SignatureType SignatureType)
{
    private static readonly Bytes32 TypeHash = Eip712.TypeHash(
        "Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint256 expiration,uint256 nonce,uint256 feeRateBps,uint8 side,uint8 signatureType)");

    /// <summary>The hash of the struct, without a domain.</summary>
    public Bytes32 StructHash()
    {
        var words = new AbiWords(stackalloc byte[13 * AbiWords.Size]);
        words.Add(TypeHash);
        words.Add(Salt);
        words.Add(Maker);
        words.Add(Signer);
        words.Add(Taker);
        words.Add(TokenId);
        words.Add(MakerAmount);
        words.Add(TakerAmount);
        words.Add(Expiration);
        words.Add(Nonce);
        words.Add(FeeRateBps);
        words.Add((long)Side);
        words.Add((long)SignatureType);
        return words.Hash();
    }

    /// <summary>The order's EIP-712 digest, which is also what is signed.</summary>
    public Bytes32 OrderHash(Exchange exchange) => Eip712.Digest(exchange.DomainSeparator, StructHash());
}
