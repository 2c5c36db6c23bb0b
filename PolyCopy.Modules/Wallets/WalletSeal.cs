using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Wallets;

/// <summary>
/// Opens and seals the secrets of one wallet: AES-256-GCM under a data key of its own, which a master key wraps. The associated data is
/// purpose, wallet id and owner, so that no sealed value fits another row or column.
/// </summary>
internal sealed class WalletSeal
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int OwnerKeyPurpose = 1, ApiSecretPurpose = 2, ApiPassphrasePurpose = 3, DataKeyPurpose = 4;

    private readonly byte[] _masterKey;
    private readonly byte[] _wrapped;
    private readonly byte[] _binding; // purpose (set per call in a copy), wallet id, owner

    private WalletSeal(byte[] masterKey, byte[] wrapped, byte[] binding) => (_masterKey, _wrapped, _binding) = (masterKey, wrapped, binding);

    /// <summary>The data key as it is stored.</summary>
    public byte[] WrappedDataKey => _wrapped;

    /// <summary>A seal with a fresh data key, wrapped by the current master key.</summary>
    public static WalletSeal Create(MasterKeys keys, Guid walletId, Address owner)
    {
        var master = keys.Find(keys.CurrentId)!;
        var binding = Bind(walletId, owner);
        Span<byte> dataKey = stackalloc byte[MasterKeys.KeySize];
        RandomNumberGenerator.Fill(dataKey);
        var wrapped = Encrypt(master, dataKey, binding, DataKeyPurpose);
        CryptographicOperations.ZeroMemory(dataKey);
        return new WalletSeal(master, wrapped, binding);
    }

    /// <summary>The seal of a stored wallet; null when its master key is not configured.</summary>
    public static WalletSeal? Find(MasterKeys keys, string masterKeyId, byte[] wrapped, Guid walletId, Address owner) =>
        keys.Find(masterKeyId) is { } master ? new WalletSeal(master, wrapped, Bind(walletId, owner)) : null;

    public byte[] SealOwnerKey(ReadOnlySpan<byte> key) => Seal(key, OwnerKeyPurpose);

    public byte[] SealApiSecret(string secret) => Seal(Encoding.UTF8.GetBytes(secret), ApiSecretPurpose);

    public byte[] SealApiPassphrase(string passphrase) => Seal(Encoding.UTF8.GetBytes(passphrase), ApiPassphrasePurpose);

    /// <summary>Writes the 32-byte key; the caller zeroes it.</summary>
    /// <exception cref="CryptographicException">What is stored was changed.</exception>
    public void OpenOwnerKey(byte[] stored, Span<byte> key) => Open(stored, key, OwnerKeyPurpose);

    /// <exception cref="CryptographicException">What is stored was changed.</exception>
    public string OpenApiSecret(byte[] stored) => OpenText(stored, ApiSecretPurpose);

    /// <exception cref="CryptographicException">What is stored was changed.</exception>
    public string OpenApiPassphrase(byte[] stored) => OpenText(stored, ApiPassphrasePurpose);

    private string OpenText(byte[] stored, int purpose)
    {
        var plain = new byte[Math.Max(0, stored.Length - NonceSize - TagSize)];
        Open(stored, plain, purpose);
        var text = Encoding.UTF8.GetString(plain);
        CryptographicOperations.ZeroMemory(plain);
        return text;
    }

    private byte[] Seal(ReadOnlySpan<byte> plain, int purpose)
    {
        Span<byte> dataKey = stackalloc byte[MasterKeys.KeySize];
        Decrypt(_masterKey, _wrapped, _binding, DataKeyPurpose, dataKey);
        var sealedBytes = Encrypt(dataKey, plain, _binding, purpose);
        CryptographicOperations.ZeroMemory(dataKey);
        return sealedBytes;
    }

    private void Open(byte[] stored, Span<byte> plain, int purpose)
    {
        Span<byte> dataKey = stackalloc byte[MasterKeys.KeySize];
        try
        {
            Decrypt(_masterKey, _wrapped, _binding, DataKeyPurpose, dataKey);
            Decrypt(dataKey, stored, _binding, purpose, plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    private static byte[] Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> binding, int purpose)
    {
        var result = new byte[NonceSize + plain.Length + TagSize];
        var nonce = result.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[binding.Length];
        WithPurpose(binding, purpose, associated);
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, plain, result.AsSpan(NonceSize, plain.Length), result.AsSpan(NonceSize + plain.Length), associated);
        return result;
    }

    private static void Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> binding, int purpose, Span<byte> plain)
    {
        if (stored.Length != NonceSize + plain.Length + TagSize)
            throw new CryptographicException("The sealed value has the wrong length.");
        Span<byte> associated = stackalloc byte[binding.Length];
        WithPurpose(binding, purpose, associated);
        using var aes = new AesGcm(key, TagSize);
        aes.Decrypt(stored[..NonceSize], stored.Slice(NonceSize, plain.Length), stored[^TagSize..], plain, associated);
    }

    private static byte[] Bind(Guid walletId, Address owner)
    {
        var binding = new byte[sizeof(int) + 16 + Address.Size];
        walletId.TryWriteBytes(binding.AsSpan(sizeof(int)), bigEndian: true, out _);
        owner.CopyTo(binding.AsSpan(sizeof(int) + 16));
        return binding;
    }

    private static void WithPurpose(ReadOnlySpan<byte> binding, int purpose, Span<byte> associated)
    {
        binding.CopyTo(associated);
        BinaryPrimitives.WriteInt32BigEndian(associated, purpose);
    }
}
