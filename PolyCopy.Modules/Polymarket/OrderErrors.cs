using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>The venue's refusals, by words that have stayed while the rest of the sentence varied.</summary>
/// <remarks>docs.polymarket.com error-codes (2026-06) and what users reported since; the venue sends no codes of its own.</remarks>
internal static class OrderErrors
{
    private static readonly (string Words, PostStatus Status, string Code)[] Known =
    [
        ("duplicated", PostStatus.Duplicate, "order.duplicate"),
        ("no orders found to match", PostStatus.Rejected, "order.no_match"),
        ("there are no matching orders", PostStatus.Rejected, "order.no_match"),
        ("couldn't be fully filled", PostStatus.Rejected, "order.no_match"),
        ("fok orders are", PostStatus.Rejected, "order.no_match"),
        ("crosses book", PostStatus.Rejected, "order.post_only_crosses"),
        ("crosses the book", PostStatus.Rejected, "order.post_only_crosses"),
        ("minimum tick size", PostStatus.Rejected, "order.tick"),
        ("lower than the minimum", PostStatus.Rejected, "order.min_size"),
        ("marketable buy order", PostStatus.Rejected, "order.min_amount"),
        ("invalid amounts", PostStatus.Rejected, "order.precision"),
        ("not enough balance", PostStatus.Rejected, "order.balance"),
        ("closed only mode", PostStatus.Rejected, "order.closed_only"),
        ("address banned", PostStatus.Rejected, "order.banned"),
        ("invalid expiration", PostStatus.Rejected, "order.expiration"),
        ("invalid nonce", PostStatus.Rejected, "order.nonce"),
        ("canceled in the ctf exchange", PostStatus.Rejected, "order.cancelled"),
        ("order_version_mismatch", PostStatus.Rejected, "order.version"),
        ("invalid order version", PostStatus.Rejected, "order.version"),
        ("owner has to be", PostStatus.Rejected, "order.account"),
        ("signer address has to be", PostStatus.Rejected, "order.account"),
        ("maker address not allowed", PostStatus.Rejected, "order.account"),
        ("poly_proxy signature", PostStatus.Rejected, "order.account"),
        ("no deposit wallet", PostStatus.Rejected, "order.account"),
        ("signature", PostStatus.Rejected, "order.signature"),
        ("no orderbook exists", PostStatus.Rejected, "market.no_book"),
        ("market not found", PostStatus.Rejected, "market.no_book"),
        ("too many orders", PostStatus.Rejected, "order.invalid"),
        ("order payload", PostStatus.Rejected, "order.invalid"),
        ("order params", PostStatus.Rejected, "order.invalid"),
        ("invalid orderid", PostStatus.Rejected, "order.invalid"),
        ("invalid token id", PostStatus.Rejected, "order.invalid"),
        // the placement may stand although the match failed: only a look-up tells
        ("order match delayed", PostStatus.Unknown, "order.unmatched"),
        ("not yet ready to process", PostStatus.Held, "market.not_ready"),
        ("post-only mode", PostStatus.Held, "venue.post_only"),
        ("cancel-only", PostStatus.Held, "venue.cancel_only"),
        ("currently disabled", PostStatus.Held, "venue.disabled"),
        ("service is not ready", PostStatus.Held, "venue.restarting"),
        ("too many requests", PostStatus.Held, "venue.rate_limited"),
    ];

    /// <summary>What a refusal in words means; null when the words are not known.</summary>
    public static (PostStatus Status, string Code)? Find(string text)
    {
        foreach (var (words, status, code) in Known)
            if (text.Contains(words, StringComparison.OrdinalIgnoreCase))
                return (status, code);
        return null;
    }

    /// <summary>What became of an order that was not answered with 2xx JSON. Definite only where the venue itself says so; every other answer leaves the order in doubt.</summary>
    public static PostAnswer Refused(string hash, VenueAnswer answer)
    {
        var fault = answer.Fault("/order");
        var text = answer.ErrorText();
        var known = text is null ? null : Find(text);
        var status = (int)answer.Status;
        return status switch
        {
            // refused before it could reach the engine, whoever says it
            429 => Held("venue.rate_limited"),
            425 => Held("venue.restarting"),
            // a page of somebody between us and the venue
            _ when text is null => Doubt(fault.Failure switch { VenueFailure.Blocked => "venue.blocked", VenueFailure.RateLimited => "venue.rate_limited", _ => "venue.unreachable" }),
            401 => Final(PostStatus.Rejected, "venue.unauthorized"),
            403 => Final(PostStatus.Rejected, known?.Code is { } code ? code : "venue.blocked"),
            503 when known is { Status: PostStatus.Held } mode => Held(mode.Code),
            400 or 404 or 422 when known is { Status: PostStatus.Held } mode => Held(mode.Code),
            400 or 404 or 422 when known is { } reason => Final(reason.Status, reason.Code),
            400 or 422 => Final(PostStatus.Rejected, "order.rejected"),
            _ => Doubt("venue.error"), // 500 with any text: half of them were accepted (py-clob-client#331)
        };

        PostAnswer Final(PostStatus s, string code) => text is null ? Answer(hash, s, code, fault.Message) : Said(hash, s, code, text);
        PostAnswer Held(string code) => Answer(hash, PostStatus.Held, code, text ?? fault.Message) with { RetryAfter = answer.Wait() };
        PostAnswer Doubt(string code) => Answer(hash, PostStatus.Unknown, code, text ?? fault.Message);
    }

    /// <summary>Refused in the venue's own words.</summary>
    public static PostAnswer Said(string hash, PostStatus status, string code, string words) => new(hash, status, 0, 0, [], VenueWords.Said.Refuse(code, words), null);

    public static PostAnswer Answer(string hash, PostStatus status, string code, string message) => new(hash, status, 0, 0, [], new Error(code, message), null);
}
