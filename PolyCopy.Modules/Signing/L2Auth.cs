using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PolyCopy.Modules.Signing;

/// <summary>The HMAC that authenticates private requests, of users (L2) and of builders and the relayer.</summary>
/// <remarks>clob-client-v2 1.1.0 hmac.ts, builder-signing-sdk 1.0.0: base64url with padding of HMAC-SHA-256(secret, timestamp + method + path + body).</remarks>
public static class L2Auth
{
    private const int StackLimit = 4096;

    /// <summary>The signature of a request.</summary>
    /// <param name="secret">Base64, standard or url-safe, padded or not.</param>
    /// <param name="unixSeconds">The venue's time.</param>
    /// <param name="method">Upper case.</param>
    /// <param name="path">Without query string.</param>
    /// <param name="body">The exact bytes sent; empty when none.</param>
    public static string Sign(string secret, long unixSeconds, string method, string path, ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Compute(secret, unixSeconds.ToString(CultureInfo.InvariantCulture), method, path, body, hash);
        return Convert.ToBase64String(hash).Replace('+', '-').Replace('/', '_');
    }

    /// <summary>True when the signature is that of the request; takes the same time whichever byte is wrong.</summary>
    /// <param name="timestamp">The header's text; the caller judges its age.</param>
    /// <inheritdoc cref="Sign"/>
    public static bool Verify(string signature, string secret, string timestamp, string method, string path, ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Compute(secret, timestamp, method, path, body, hash);
        return CryptographicOperations.FixedTimeEquals(DecodeSecret(signature), hash);
    }

    /// <summary>POLY_ADDRESS, POLY_SIGNATURE, POLY_TIMESTAMP, POLY_API_KEY, POLY_PASSPHRASE.</summary>
    /// <param name="address">The owner's account, also for deposit wallets.</param>
    /// <param name="apiKey">The API key's id.</param>
    /// <param name="secret">Its secret.</param>
    /// <param name="passphrase">Its passphrase.</param>
    /// <inheritdoc cref="Sign"/>
    public static IReadOnlyList<KeyValuePair<string, string>> Headers(
        Address address, string apiKey, string secret, string passphrase, long unixSeconds, string method, string path, ReadOnlySpan<byte> body) =>
    [
        new("POLY_ADDRESS", address.ToString()),
        new("POLY_SIGNATURE", Sign(secret, unixSeconds, method, path, body)),
        new("POLY_TIMESTAMP", unixSeconds.ToString(CultureInfo.InvariantCulture)),
        new("POLY_API_KEY", apiKey),
        new("POLY_PASSPHRASE", passphrase),
    ];

    /// <summary>POLY_BUILDER_API_KEY, POLY_BUILDER_PASSPHRASE, POLY_BUILDER_SIGNATURE, POLY_BUILDER_TIMESTAMP.</summary>
    /// <inheritdoc cref="Headers"/>
    public static IReadOnlyList<KeyValuePair<string, string>> BuilderHeaders(
        string apiKey, string secret, string passphrase, long unixSeconds, string method, string path, ReadOnlySpan<byte> body) =>
    [
        new("POLY_BUILDER_API_KEY", apiKey),
        new("POLY_BUILDER_PASSPHRASE", passphrase),
        new("POLY_BUILDER_SIGNATURE", Sign(secret, unixSeconds, method, path, body)),
        new("POLY_BUILDER_TIMESTAMP", unixSeconds.ToString(CultureInfo.InvariantCulture)),
    ];

    private static void Compute(string secret, string timestamp, string method, string path, ReadOnlySpan<byte> body, Span<byte> hash)
    {
        var length = timestamp.Length + method.Length + Encoding.UTF8.GetByteCount(path) + body.Length;
        var message = length <= StackLimit ? stackalloc byte[length] : new byte[length];
        var rest = message;
        foreach (var part in (ReadOnlySpan<string>)[timestamp, method, path])
            rest = rest[Encoding.UTF8.GetBytes(part, rest)..];
        body.CopyTo(rest);

        var key = DecodeSecret(secret);
        HMACSHA256.HashData(key, message, hash);
        CryptographicOperations.ZeroMemory(key);
    }

    // As tolerant as Buffer.from(secret, "base64"): both alphabets, foreign characters skipped, padding optional.
    private static byte[] DecodeSecret(string secret)
    {
        Span<char> url = secret.Length <= StackLimit ? stackalloc char[secret.Length] : new char[secret.Length];
        var length = 0;
        foreach (var c in secret)
        {
            if (c == '=')
                break;
            var digit = c switch { '+' => '-', '/' => '_', _ => c };
            if (char.IsAsciiLetterOrDigit(digit) || digit is '-' or '_')
                url[length++] = digit;
        }

        if (length % 4 == 1)
            length--; // six bits are no byte
        if (length % 4 != 0)
            url[length - 1] = ClearTrailingBits(url[length - 1], length % 4);
        var bytes = Base64Url.DecodeFromChars(url[..length]);
        url.Clear();
        return bytes;
    }

    // The last digit of an unpadded group carries 4 or 2 bits that belong to no byte; the strict decoder wants them zero.
    private static char ClearTrailingBits(char digit, int digitsInGroup)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var mask = digitsInGroup == 2 ? 0x30 : 0x3C;
        return alphabet[alphabet.IndexOf(digit) & mask];
    }
}
