using System.Security.Cryptography;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Wallets;

/// <summary>Signs for a wallet. It holds the owner's key sealed and opens it for the moment of a signature (some 6 µs), so no decrypted key rests in memory.</summary>
internal sealed class TradingAccount(Guid walletId, long userId, Address owner, Address funder, SignatureType type, int chainId, WalletSeal seal, byte[] ownerKey, ApiCredentials credentials) : ITradingAccount
{
    public Guid WalletId => walletId;

    public long UserId => userId;

    public string Owner { get; } = owner.ToString();

    public string Funder { get; } = funder.ToString();

    public int SignatureType => (int)type;

    public string ApiKey => credentials.ApiKey;

    public (string Hash, string Signature) Sign(in UnsignedOrder order)
    {
        var signer = type == Signing.SignatureType.DepositWallet ? funder : owner;
        var full = new Order(order.Salt, funder, signer, (UInt256)order.Token, order.MakerAmount, order.TakerAmount, order.Side, type, order.TimestampMs);
        var exchange = Exchanges.ForMarket(chainId, order.Version, order.NegRisk);
        Span<byte> key = stackalloc byte[Secp256k1.KeySize];
        try
        {
            seal.OpenOwnerKey(ownerKey, key);
            var (hash, signature) = OrderSigner.Sign(full, exchange, key);
            return (hash.ToString(), Hex.Write(signature));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public IReadOnlyList<KeyValuePair<string, string>> SignRequest(string method, string path, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        L2Auth.Headers(owner, credentials.ApiKey, credentials.Secret, credentials.Passphrase, now.ToUnixTimeSeconds(), method, path, body);

    public (string ApiKey, string Secret, string Passphrase) SocketCredentials() => (credentials.ApiKey, credentials.Secret, credentials.Passphrase);

    /// <summary>Names the wallet, never a secret.</summary>
    public override string ToString() => $"TradingAccount {WalletId} of {Owner}";
}
