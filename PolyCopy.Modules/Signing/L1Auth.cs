using System.Globalization;

namespace PolyCopy.Modules.Signing;

/// <summary>The CLOB's first-level login: an EIP-712 message of the owner's key that creates and derives API keys.</summary>
/// <remarks>clob-client-v2 1.1.0 signing/eip712.ts. Deposit wallets log in with their owner's address and a plain signature.</remarks>
public static class L1Auth
{
    private const string Message = "This message attests that I control the given wallet";

    private static readonly Bytes32 TypeHash = Eip712.TypeHash("ClobAuth(address address,string timestamp,uint256 nonce,string message)");
    private static readonly Bytes32 MessageHash = Keccak.Hash(Message);

    /// <summary>What is signed.</summary>
    /// <param name="address">The account that logs in.</param>
    /// <param name="chainId">137 or 80002.</param>
    /// <param name="timestamp">Unix seconds, as text.</param>
    /// <param name="nonce">0 unless the user keeps several keys.</param>
    public static Bytes32 Digest(Address address, int chainId, string timestamp, in UInt256 nonce)
    {
        var words = new AbiWords(stackalloc byte[5 * AbiWords.Size]);
        words.Add(TypeHash);
        words.Add(address);
        words.Add(Keccak.Hash(timestamp));
        words.Add(nonce);
        words.Add(MessageHash);
        return Eip712.Digest(Eip712.DomainSeparator("ClobAuthDomain", "1", chainId), words.Hash());
    }

    /// <summary>POLY_ADDRESS, POLY_SIGNATURE, POLY_TIMESTAMP, POLY_NONCE for the key's own account.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Headers(SigningKey key, int chainId, DateTimeOffset now, long nonce) =>
        Headers(key, key.Address, chainId, now.ToUnixTimeSeconds(), nonce);

    /// <summary>The same for another account that the key may sign for.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Headers(SigningKey key, Address address, int chainId, long unixSeconds, long nonce)
    {
        var timestamp = unixSeconds.ToString(CultureInfo.InvariantCulture);
        return
        [
            new("POLY_ADDRESS", address.ToString()),
            new("POLY_SIGNATURE", key.Sign(Digest(address, chainId, timestamp, nonce)).ToString()),
            new("POLY_TIMESTAMP", timestamp),
            new("POLY_NONCE", nonce.ToString(CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>True when the signature (0x and 130 digits) is the account's own over this login. The caller judges the timestamp.</summary>
    public static bool Verify(Address address, int chainId, string timestamp, in UInt256 nonce, string signature)
    {
        Span<byte> bytes = stackalloc byte[Signature.Size];
        return Hex.TryRead(signature, bytes)
            && Signature.TryRead(bytes, out var parsed)
            && Secp256k1.TryRecover(Digest(address, chainId, timestamp, nonce), parsed, out var signer)
            && signer == address;
    }
}
