using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Reads the answer to POST /order.</summary>
internal static class OrderAnswers
{
    public static PostAnswer Read(string hash, VenueAnswer answer)
    {
        if (!answer.IsOk || answer.IsHtml)
            return OrderErrors.Refused(hash, answer);
        try
        {
            using var json = JsonDocument.Parse(answer.Body);
            return Read(hash, json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return OrderErrors.Answer(hash, PostStatus.Unknown, "venue.malformed", "The venue answered something that is not JSON");
        }
    }

    /// <remarks>Accepted iff success, no error, an order id and one of live, matched, delayed (ts-sdk order-response.ts, 2026-07); a batch leg may say success:true and still be refused.</remarks>
    private static PostAnswer Read(string hash, JsonElement e)
    {
        var error = e.Text("errorMsg", 200) ?? e.Text("error", 200);
        var id = e.Text("orderID");
        var status = e.Text("status")?.ToLowerInvariant();
        var accepted = e.Bool("success") != false && error is null && id is not null;
        if (accepted && !string.Equals(id, hash, StringComparison.OrdinalIgnoreCase))
            return OrderErrors.Answer(hash, PostStatus.Unknown, "venue.other_order", "The venue answered with the id of another order");
        if (accepted && status is "live" or "matched" or "delayed")
        {
            var kind = status switch { "live" => PostStatus.Live, "matched" => PostStatus.Matched, _ => PostStatus.Delayed };
            return new PostAnswer(hash, kind, e.Micros("makingAmount") ?? 0, e.Micros("takingAmount") ?? 0, e.Strings("tradeIDs"), null, null);
        }
        if (status == "unmatched")
            return OrderErrors.Answer(hash, PostStatus.Unknown, "order.unmatched", error ?? "unmatched");
        if (error is not null && OrderErrors.Find(error) is { } known)
            return OrderErrors.Said(hash, known.Status, known.Code, error) with { RetryAfter = known.Status == PostStatus.Held ? TimeSpan.FromSeconds(1) : null };
        return error is not null && id is null && e.Bool("success") is not null
            ? OrderErrors.Said(hash, PostStatus.Rejected, "order.rejected", error)
            : OrderErrors.Answer(hash, PostStatus.Unknown, "venue.malformed", error ?? "The venue neither accepted nor refused");
    }
}
