using System.Security.Cryptography;
using System.Text;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>The HTTP/1.1 upgrade of RFC 6455, section 4.</summary>
internal static class MarketSocketUpgrade
{
    private const int LongestAnswer = 16 << 10;

    /// <summary>Asks for the upgrade and reads the answer.</summary>
    /// <param name="stream">Connected.</param>
    /// <param name="address">ws:// or wss://.</param>
    /// <param name="rest">Takes bytes that came behind the answer.</param>
    /// <returns>How many such bytes there are.</returns>
    /// <exception cref="VenueException">Anything but a correct 101.</exception>
    public static int Do(Stream stream, Uri address, Span<byte> rest)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        stream.Write(Encoding.ASCII.GetBytes(
            $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nUser-Agent: PolyCopy\r\n\r\n"));
        var answer = new byte[LongestAnswer];
        var filled = 0;
        int end;
        while ((end = answer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (filled == answer.Length)
                throw new VenueException(VenueFailure.Malformed, "the answer to the WebSocket upgrade is too long");
            var count = stream.Read(answer.AsSpan(filled));
            if (count == 0)
                throw new VenueException(VenueFailure.Unreachable, "the server ended the connection during the WebSocket upgrade");
            filled += count;
        }
        Check(Encoding.ASCII.GetString(answer, 0, end), key);
        var behind = answer.AsSpan(end + 4, filled - end - 4);
        behind.CopyTo(rest);
        return behind.Length;
    }

    private static void Check(string answer, string key)
    {
        var lines = answer.Split("\r\n");
        var words = lines[0].Split(' ');
        if (words.Length < 2 || !words[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || !int.TryParse(words[1], out var status))
            throw new VenueException(VenueFailure.Malformed, "the market channel does not speak HTTP");
        if (status != 101)
        {
            throw new VenueException(
                status switch { 403 or 451 => VenueFailure.Blocked, 429 => VenueFailure.RateLimited, 425 or 503 => VenueFailure.NotReady, _ => VenueFailure.Unreachable },
                $"the market channel answered {status} to the upgrade",
                Header(lines, "Retry-After") is { } after && int.TryParse(after, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : null);
        }
#pragma warning disable CA5350 // RFC 6455 fixes SHA-1; it protects nothing here
        var expected = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        if (Header(lines, "Sec-WebSocket-Accept") != expected)
            throw new VenueException(VenueFailure.Malformed, "the market channel's upgrade answer is not for our key");
    }

    private static string? Header(string[] lines, string name) =>
        lines.Skip(1).Where(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(l => l[(name.Length + 1)..].Trim()).FirstOrDefault();
}
