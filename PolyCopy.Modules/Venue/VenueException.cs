namespace PolyCopy.Modules.Venue;

/// <summary>Why a request to the venue failed.</summary>
public enum VenueFailure
{
    /// <summary>No answer, a reset, 5xx or HTML: for an order it means Unknown.</summary>
    Unreachable,

    /// <summary>429 or Cloudflare 1015; wait for RetryAfter, at least a second.</summary>
    RateLimited,

    /// <summary>403 from Cloudflare or a region: retrying does not help.</summary>
    Blocked,

    /// <summary>401: keys or clock are wrong.</summary>
    Unauthorized,

    /// <summary>400 with a reason: our request was wrong.</summary>
    Refused,

    /// <summary>425 or 503: the engine restarts, is post-only, cancel-only or disabled.</summary>
    NotReady,

    /// <summary>200 with a body that cannot be read.</summary>
    Malformed,

    /// <summary>A node answers no range as wide as this, or not that many results: ask for less.</summary>
    TooWide,
}

/// <summary>The venue did not give what was asked; the message holds no secret and no foreign markup.</summary>
public sealed class VenueException(VenueFailure failure, string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public VenueFailure Failure { get; } = failure;

    /// <summary>How long the venue asked us to wait, if it did.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
