using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Api;

internal static class HealthEndpoints
{
    /// <summary>The feed's health needs no key and shows no user's data; 503 with a reason when degraded.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var route in new[] { Routes.HealthWebSocket, Routes.ApiHealthWebSocket })
            app.MapGet(route, (StreamHealth health) =>
            {
                var status = health.Read();
                return TypedResults.Json(status.ToReport(), statusCode: status.IsDegraded ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
            }).Produces<StreamReport>().Produces<StreamReport>(503);
    }
}
