using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Accounts;

/// <summary>API credentials: a function of the venue's seed, the owner and the nonce, so that deriving needs no stored secret.</summary>
internal sealed class ApiKey
{
    public ApiKey(long seed, Address account, string nonce, int generation)
    {
        (Account, Nonce, Generation) = (account, nonce, generation);
        Span<byte> bytes = stackalloc byte[96];
        var label = string.Create(CultureInfo.InvariantCulture, $"{seed}|{account.ToLower()}|{nonce}|{generation}|");
        for (var part = 0; part < 3; part++)
            SHA256.HashData(Encoding.UTF8.GetBytes(label + part.ToString(CultureInfo.InvariantCulture)), bytes[(32 * part)..]);
        Id = SeededIds.Uuid(bytes[..16]);
        SecretBytes = bytes.Slice(32, 32).ToArray();
        Secret = Base64Url.EncodeToString(SecretBytes) + "="; // 32 bytes: exactly one pad character, which the venue keeps
        Passphrase = Convert.ToHexStringLower(bytes[64..]);
    }

    public string Id { get; }

    public string Secret { get; }

    public string Passphrase { get; }

    public byte[] SecretBytes { get; }

    /// <summary>The EOA that signed for it.</summary>
    public Address Account { get; }

    public string Nonce { get; }

    /// <summary>Counts up when the key of a nonce was deleted and made again.</summary>
    public int Generation { get; }

    public bool Deleted { get; set; }
}

/// <summary>An EOA known to the venue: its keys, open orders and trades.</summary>
internal sealed class Account(Address address)
{
    private readonly Lazy<(Address Beacon, Address Uups, Address Proxy, Address Safe)> _wallets = new(() =>
        (WalletDerivation.Deposit(address), WalletDerivation.DepositUups(address), WalletDerivation.Proxy(address), WalletDerivation.Safe(address)));

    public Address Address => address;

    /// <summary>The wallets this account may trade for, by signature type; deposit wallets exist in two makes, the newer first.</summary>
    public Address[] WalletsOf(SignatureType type) => type switch
    {
        SignatureType.Eoa => [address],
        SignatureType.Proxy => [_wallets.Value.Proxy],
        SignatureType.Safe => [_wallets.Value.Safe],
        SignatureType.DepositWallet => [_wallets.Value.Beacon, _wallets.Value.Uups],
        _ => [],
    };

    public List<ApiKey> Keys { get; } = [];

    public Dictionary<string, VenueOrder> OpenOrders { get; } = [];

    public List<VenueTrade> Trades { get; } = [];
}

/// <summary>What happened to one digest at POST: how often it came, how often it was accepted (never more than once).</summary>
internal sealed class Receipt(string id, Address wallet)
{
    public string Id => id;

    public Address Wallet => wallet;

    public int Received { get; set; }

    public int Accepted { get; set; }
}

/// <summary>Ids that repeat with the seed.</summary>
internal static class SeededIds
{
    /// <summary>The text of a version-4 UUID made of these 16 bytes.</summary>
    public static string Uuid(ReadOnlySpan<byte> bytes)
    {
        Span<byte> stamped = stackalloc byte[16];
        bytes[..16].CopyTo(stamped);
        stamped[6] = (byte)((stamped[6] & 0x0F) | 0x40);
        stamped[8] = (byte)((stamped[8] & 0x3F) | 0x80);
        return new Guid(stamped, bigEndian: true).ToString();
    }

    /// <summary>32 bytes for the n-th thing of a kind.</summary>
    public static byte[] Bytes(long seed, string kind, long n) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}|{kind}|{n}")));
}
