using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Api;

/// <summary>Refusals as ProblemDetails with a stable code.</summary>
internal static class Problems
{
    private static readonly string[] Conflicts = ["order.not_cancellable", "exit.duplicate", "position.closed", "position.busy", "idempotency.in_progress", "trading.paused", "follow.duplicate", "follow.deleted", "follow.cycle"];

    public static Error UnknownUser { get; } = new("user.unknown", "There is no such user: POST /api/v1/users makes one.");

    /// <param name="error">The refusal.</param>
    /// <param name="failure">What kept the venue from being asked, where that was thrown and not answered: a client throws it again.</param>
    public static ProblemHttpResult Of(Error error, VenueFailure? failure = null)
    {
        var extensions = new Dictionary<string, object?> { ["code"] = error.Code };
        if (failure is { } thrown)
            extensions["failure"] = thrown.ToString();
        if (error.Said is { } said)
            extensions["said"] = said;
        return TypedResults.Problem(detail: error.Message, statusCode: StatusOf(error.Code), title: error.Code, extensions: extensions);
    }

    public static int StatusOf(string code) => code switch
    {
        "idempotency.mismatch" => StatusCodes.Status422UnprocessableEntity,
        "auth.missing" => StatusCodes.Status401Unauthorized,
        "auth.forbidden" or "limit.raise" or "user.closed" => StatusCodes.Status403Forbidden,
        _ when Conflicts.Contains(code) => StatusCodes.Status409Conflict,
        _ when code.EndsWith(".unknown", StringComparison.Ordinal) => StatusCodes.Status404NotFound,
        _ when code.StartsWith("venue.", StringComparison.Ordinal) => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status400BadRequest,
    };

    /// <summary>The code of what routing refuses before an endpoint runs.</summary>
    public static string CodeOf(int? status) => status switch
    {
        StatusCodes.Status404NotFound => "route.unknown",
        StatusCodes.Status405MethodNotAllowed => "route.method",
        >= 500 => "internal",
        _ => "request.invalid",
    };

    /// <summary>The value as 200, or the refusal.</summary>
    public static IResult ToResult<T>(this Result<T> result) => result.Try(out var value, out var error) ? TypedResults.Ok(value) : Of(error);
}
