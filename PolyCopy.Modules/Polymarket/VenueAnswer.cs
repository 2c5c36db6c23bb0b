using System.Net;
using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>One HTTP answer of the venue, read whole, and what it means when it is not the data asked for.</summary>
/// <remarks>Forms: facts of docs.polymarket.com error-codes (2026-06) and recordings; Cloudflare answers in front of the venue in HTML or as "error code: 1015".</remarks>
internal sealed record VenueAnswer(HttpStatusCode Status, byte[] Body, string? ContentType, TimeSpan? RetryAfter)
{
    private static readonly TimeSpan Floor = TimeSpan.FromSeconds(1);

    public bool IsOk => (int)Status is >= 200 and < 300;

    /// <summary>Neither the venue nor a venue's error: a proxy's or a firewall's page.</summary>
    public bool IsHtml => ContentType?.Contains("html", StringComparison.OrdinalIgnoreCase) == true || Body.AsSpan().TrimStart(" \r\n\t\uFEFF"u8) is [(byte)'<', ..];

    /// <summary>Cloudflare's own plain-text verdict.</summary>
    private bool IsCloudflare(string code) => Body.Length < 200 && Encoding.UTF8.GetString(Body).Contains("error code: " + code, StringComparison.OrdinalIgnoreCase);

    /// <summary>"error" or "errorMsg" of a JSON body, made safe and short; null when the body is no such JSON.</summary>
    public string? ErrorText() => Property("error") ?? Property("errorMsg");

    /// <summary>A text property of a JSON object, null when there is none.</summary>
    public string? Property(string name)
    {
        if (IsHtml)
            return null;
        try
        {
            using var json = JsonDocument.Parse(Body);
            return json.RootElement.Text(name, 200);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>How long to wait before asking again: what the venue says, never under a second.</summary>
    public TimeSpan Wait()
    {
        var said = RetryAfter ?? (double.TryParse(Property("retry_after_seconds"), System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 86_400 ? TimeSpan.FromSeconds(seconds) : Floor);
        return said < Floor ? Floor : said;
    }

    /// <summary>The fault behind an answer that is not 2xx JSON, and not a 404 of the venue's own.</summary>
    public VenueException Fault(string what)
    {
        var text = ErrorText();
        var tail = text is null ? IsHtml ? " with an HTML page" : "" : $": {text}";
        var message = $"{what} answered {(int)Status}{tail}";
        return (int)Status switch
        {
            429 => new VenueException(VenueFailure.RateLimited, message, Wait()),
            _ when IsCloudflare("1015") => new VenueException(VenueFailure.RateLimited, message, Wait()),
            _ when IsCloudflare("10") => new VenueException(VenueFailure.Blocked, message),
            403 => new VenueException(VenueFailure.Blocked, message),
            401 => new VenueException(VenueFailure.Unauthorized, message),
            425 => new VenueException(VenueFailure.NotReady, message, Wait()),
            503 when text is not null && IsEngineMode(text) => new VenueException(VenueFailure.NotReady, message, Wait()),
            400 or 404 or 405 or 409 or 410 or 413 or 422 when !IsHtml => new VenueException(VenueFailure.Refused, message),
            _ => new VenueException(VenueFailure.Unreachable, message, RetryAfter),
        };
    }

    /// <summary>The 503s by which the engine says that it takes no such order now.</summary>
    public static bool IsEngineMode(string text) =>
        text.Contains("post-only mode", StringComparison.OrdinalIgnoreCase) || text.Contains("cancel-only", StringComparison.OrdinalIgnoreCase)
        || text.Contains("currently disabled", StringComparison.OrdinalIgnoreCase) || text.Contains("not ready", StringComparison.OrdinalIgnoreCase);
}
