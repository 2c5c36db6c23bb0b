using System.Buffers.Binary;
using System.Text;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Signing;

/// <summary>Hashes, signs and checks orders. The order hash is the venue's order id and event topic 1, known before sending.</summary>
public static class OrderSigner
{
    /// <summary>Bytes of a type-3 signature: 65 + domain separator + contents hash + type string + its length.</summary>
    public const int WrappedSize = Signature.Size + 2 * Bytes32.Size + 186 + sizeof(ushort);

    private const string OrderType =
        "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)";

    private const string TypedDataSignType =
        "TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)" + OrderType;

    private static readonly Bytes32 OrderTypeHash = Eip712.TypeHash(OrderType);
    private static readonly Bytes32 TypedDataSignTypeHash = Eip712.TypeHash(TypedDataSignType);
    private static readonly Bytes32 WalletNameHash = Keccak.Hash("DepositWallet");
    private static readonly Bytes32 WalletVersionHash = Keccak.Hash("1");

    private static readonly byte[] OrderTypeText = Encoding.ASCII.GetBytes(OrderType);

    /// <summary>The hash of the order struct, without a domain.</summary>
    /// <exception cref="OverflowException">Salt or timestamp is negative.</exception>
    public static Bytes32 StructHash(Order order)
    {
        var words = new AbiWords(stackalloc byte[12 * AbiWords.Size]);
        words.Add(OrderTypeHash);
        words.Add(order.Salt);
        words.Add(order.Maker);
        words.Add(order.Signer);
        words.Add(order.TokenId);
        words.Add(order.MakerAmount);
        words.Add(order.TakerAmount);
        words.Add((long)order.Side);
        words.Add((long)order.SignatureType);
        words.Add(order.TimestampMs);
        words.Add(order.Metadata);
        words.Add(order.Builder);
        return words.Hash();
    }

    /// <summary>The order's EIP-712 digest: its id at the venue and on chain.</summary>
    public static Bytes32 OrderHash(Order order, Exchange exchange) => Eip712.Digest(exchange.DomainSeparator, StructHash(order));

    /// <summary>What the key signs: the order hash, or for type 3 the digest of the ERC-7739 envelope in the exchange's domain.</summary>
    public static Bytes32 SigningDigest(Order order, Exchange exchange) => SigningDigest(order, exchange, StructHash(order));

    /// <summary>Signs: 65 bytes for types 0 to 2, 317 bytes for type 3.</summary>
    public static (Bytes32 OrderHash, byte[] Signature) Sign(Order order, Exchange exchange, SigningKey key) => Sign(order, exchange, key.Secret);

    /// <inheritdoc cref="Sign(Order, Exchange, SigningKey)"/>
    /// <param name="order">What is signed.</param>
    /// <param name="exchange">For which exchange.</param>
    /// <param name="privateKey">32 bytes, for callers that hold a key only for the moment of signing.</param>
    public static (Bytes32 OrderHash, byte[] Signature) Sign(Order order, Exchange exchange, ReadOnlySpan<byte> privateKey)
    {
        var contents = StructHash(order);
        var orderHash = Eip712.Digest(exchange.DomainSeparator, contents);
        if (order.SignatureType != SignatureType.DepositWallet)
            return (orderHash, Secp256k1.Sign(orderHash, privateKey).ToArray());

        var inner = Secp256k1.Sign(SigningDigest(order, exchange, contents), privateKey);
        var wrapped = new byte[WrappedSize];
        inner.CopyTo(wrapped);
        var tail = wrapped.AsSpan(Signature.Size);
        exchange.DomainSeparator.CopyTo(tail);
        contents.CopyTo(tail[Bytes32.Size..]);
        OrderTypeText.CopyTo(tail[(2 * Bytes32.Size)..]);
        BinaryPrimitives.WriteUInt16BigEndian(tail[^sizeof(ushort)..], (ushort)OrderTypeText.Length);
        return (orderHash, wrapped);
    }

    /// <summary>The account whose key signed the order for this exchange.</summary>
    /// <returns>
    /// The account; whether it may sign for the maker is the caller's question (types 0 to 2: it must equal the order's signer, which is checked here;
    /// type 3: the maker must be its deposit wallet). Refusals: signature.malformed, signature.domain, signature.contents, signature.signer.
    /// </returns>
    public static Result<Address> RecoverSigner(Order order, Exchange exchange, ReadOnlySpan<byte> signature)
    {
        var contents = StructHash(order);
        var wrapped = order.SignatureType == SignatureType.DepositWallet;
        if (wrapped)
        {
            if (signature.Length != WrappedSize)
                return Malformed;
            var tail = signature[Signature.Size..];
            if (BinaryPrimitives.ReadUInt16BigEndian(tail[^sizeof(ushort)..]) != OrderTypeText.Length
                || !tail.Slice(2 * Bytes32.Size, OrderTypeText.Length).SequenceEqual(OrderTypeText))
                return Malformed;
            if (new Bytes32(tail[..Bytes32.Size]) != exchange.DomainSeparator)
                return new Error("signature.domain", "The signature is for another exchange.");
            if (new Bytes32(tail.Slice(Bytes32.Size, Bytes32.Size)) != contents)
                return new Error("signature.contents", "The signature is for another order.");
            signature = signature[..Signature.Size];
        }

        if (!Signature.TryRead(signature, out var inner)
            || !Secp256k1.TryRecover(SigningDigest(order, exchange, contents), inner, out var signer))
            return Malformed;
        if (!wrapped && signer != order.Signer)
            return new Error("signature.signer", "The signature is not the order signer's.");
        return signer;
    }

    private static Error Malformed => new("signature.malformed", "The signature cannot be read.");

    private static Bytes32 SigningDigest(Order order, Exchange exchange, in Bytes32 contents) =>
        order.SignatureType == SignatureType.DepositWallet
            ? Eip712.Digest(exchange.DomainSeparator, EnvelopeHash(contents, exchange.ChainId, order.Signer))
            : Eip712.Digest(exchange.DomainSeparator, contents);

    // Solady's ERC-1271 mixin: the wallet's own domain is a member of the struct, the exchange's domain is the digest's.
    private static Bytes32 EnvelopeHash(in Bytes32 contents, int chainId, in Address wallet)
    {
        var words = new AbiWords(stackalloc byte[7 * AbiWords.Size]);
        words.Add(TypedDataSignTypeHash);
        words.Add(contents);
        words.Add(WalletNameHash);
        words.Add(WalletVersionHash);
        words.Add(chainId);
        words.Add(wallet);
        words.Add(Bytes32.Zero);
        return words.Hash();
    }
}
