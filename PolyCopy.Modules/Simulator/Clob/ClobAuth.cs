using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>Who asks: L1 (a signature of the owner's key) for keys, L2 (an HMAC over the request) for everything private (facts 2.2).</summary>
internal sealed class ClobAuth(SimWorld world, Books books, FaultBoard faults)
{
    /// <summary>How far a timestamp may be from the venue's time; the real bound is not documented.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>How far ahead the venue's clock runs under F57.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(10);

    private const string PathBase = "/clob";

    /// <summary>The account that signed the L1 headers and its nonce; null: 401.</summary>
    public (Address Account, string Nonce)? Level1(HttpRequest request)
    {
        var nonceText = Header(request, "POLY_NONCE") is { Length: > 0 } given ? given : "0";
        if (!Address.TryParse(Header(request, "POLY_ADDRESS"), out var account) || !UInt256.TryParse(nonceText, out var nonce))
            return null;
        var timestamp = Header(request, "POLY_TIMESTAMP");
        return Timely(timestamp) && L1Auth.Verify(account, Exchanges.Polygon, timestamp, nonce, Header(request, "POLY_SIGNATURE")) ? (account, nonce.ToString()) : null;
    }

    /// <summary>The key whose secret signed exactly this request; null: 401.</summary>
    public ApiKey? Level2(HttpRequest request, ReadOnlySpan<byte> body)
    {
        ApiKey? key;
        lock (world.Gate)
            key = books.Ledger.FindKey(Header(request, "POLY_API_KEY"));
        if (key is null || !Address.TryParse(Header(request, "POLY_ADDRESS"), out var account) || account != key.Account || !Same(key.Passphrase, Header(request, "POLY_PASSPHRASE")))
            return null;
        var timestamp = Header(request, "POLY_TIMESTAMP");
        if (!Timely(timestamp))
            return null;
        // The venue sees its own paths: without /clob, and never the query string.
        var path = request.Path.Value!;
        if (path.StartsWith(PathBase, StringComparison.Ordinal))
            path = path[PathBase.Length..];
        var expected = L2Auth.Sign(key.Secret, long.Parse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture), request.Method, path, body);
        return Same(expected, Header(request, "POLY_SIGNATURE")) ? key : null;
    }

    private static string Header(HttpRequest request, string name) => request.Headers[name].ToString();

    private static bool Same(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));

    private bool Timely(string timestamp)
    {
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return false;
        var now = world.Clock.WallPlusAdvance + (faults.Hit("F57", FaultCatalogue.Clob) is null ? TimeSpan.Zero : Skew);
        return Math.Abs(seconds - now.ToUnixTimeSeconds()) <= (long)Tolerance.TotalSeconds;
    }
}
