using System.Security.Cryptography;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Wallets;

/// <summary>The master keys: one that seals, and earlier ones that still open. They wrap the data key of each wallet and nothing else.</summary>
internal sealed class MasterKeys
{
    public const int KeySize = 32;

    private readonly Dictionary<string, byte[]> _keys = [];

    /// <param name="current">32 bytes.</param>
    /// <param name="previous">Keys that were current before a rotation.</param>
    public MasterKeys(byte[] current, IEnumerable<byte[]> previous)
    {
        CurrentId = Add(current);
        foreach (var key in previous)
            Add(key);
    }

    /// <summary>The id of the key that seals: it names the key without telling it.</summary>
    public string CurrentId { get; }

    /// <summary>The key of an id; null when it is not configured.</summary>
    public byte[]? Find(string id) => _keys.GetValueOrDefault(id);

    /// <summary>The keys that the settings name.</summary>
    /// <param name="options">What is configured.</param>
    /// <param name="file">Where a key may be made when none is configured (Demo); null when one is required.</param>
    /// <exception cref="SettingException">A key is missing, or is no key.</exception>
    public static MasterKeys From(WalletsOptions options, string? file)
    {
        byte[] current;
        if (!string.IsNullOrWhiteSpace(options.MasterKey))
            current = Decode(options.MasterKey, "Wallets:MasterKey");
        else if (file is not null)
            current = FromFile(file);
        else
            throw new SettingException("Wallets:MasterKey is missing: outside Demo the wallets need one (32 random bytes in base64, for example from openssl rand -base64 32).");
        return new MasterKeys(current, options.PreviousMasterKeys.Select(k => Decode(k, "Wallets:PreviousMasterKeys")));
    }

    private static byte[] FromFile(string path)
    {
        if (!File.Exists(path))
            Create(path);
        return Decode(File.ReadAllText(path), path);
    }

    // Written aside and moved: a kill leaves either no key or a whole one, and of two processes the first one's stays.
    private static void Create(string path)
    {
        var draft = $"{path}.{Environment.ProcessId}";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(draft, options))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeySize))));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }

    // The text itself must never reach the message.
    private static byte[] Decode(string base64, string name)
    {
        var key = new byte[KeySize];
        var text = base64.Trim();
        return Convert.TryFromBase64String(text, key, out var length) && length == KeySize
            ? key
            : throw new SettingException($"{name} must be 32 bytes in base64.");
    }

    private string Add(byte[] key)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData([.. "polycopy master key id"u8, .. key]).AsSpan(0, 8));
        _keys.TryAdd(id, key);
        return id;
    }
}
