using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Api;

/// <summary>Turns what was thrown into ProblemDetails with a code: unreadable requests, a venue that is down, our own bugs.</summary>
internal sealed partial class Failures(ILogger<Failures> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested)
            return true;
        var venue = exception as VenueException;
        var error = venue is not null ? new Error(CodeOf(venue.Failure), "The venue cannot be asked right now; nothing was changed.")
            : exception is BadHttpRequestException bad ? new Error("request.invalid", Describe(bad))
            : null;
        if (error is null)
        {
            Log.Failed(logger, httpContext.Request.Method, httpContext.Features.Get<IExceptionHandlerPathFeature>()?.Endpoint?.DisplayName ?? "?", exception);
            await TypedResults.Problem(statusCode: 500, title: "internal", detail: "Something went wrong here; it was logged.", extensions: new Dictionary<string, object?> { ["code"] = "internal" }).ExecuteAsync(httpContext);
            return true;
        }
        await Problems.Of(error, venue?.Failure).ExecuteAsync(httpContext);
        return true;
    }

    private static string Describe(BadHttpRequestException bad) => bad.InnerException is JsonException json
        ? $"{(json.Path is { Length: > 2 } path ? path[2..] : "The body")} cannot be read: {FirstSentence(json.Message)}"
        : FirstSentence(bad.Message);

    private static string FirstSentence(string text) => text.Split(" Path:")[0];

    private static string CodeOf(VenueFailure failure) => failure switch
    {
        VenueFailure.RateLimited => "venue.rate_limited",
        VenueFailure.Blocked => "venue.blocked",
        VenueFailure.NotReady => "venue.restarting",
        _ => "venue.unreachable",
    };

    private static partial class Log
    {
        [LoggerMessage(EventIds.Api, LogLevel.Error, "{Method} {Endpoint} failed")]
        public static partial void Failed(ILogger logger, string method, string endpoint, Exception e);
    }
}
