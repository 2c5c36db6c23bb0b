using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Api;

internal static class AdminEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.AdminPause, (PauseBody body, ITrading trading, CancellationToken ct) => SetAsync(body, true, trading, ct));
        app.MapPost(Routes.AdminResume, (PauseBody body, ITrading trading, CancellationToken ct) => SetAsync(body, false, trading, ct));
    }

    private static async Task<IResult> SetAsync(PauseBody body, bool paused, ITrading trading, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(body.Reason) || body.Reason.Length > 500)
            return Problems.Of(new Error("pause.reason", "Say why, in at most 500 characters: it is journalled."));
        await trading.PauseAsync(body.UserId, paused, body.Reason, "api", ct);
        return TypedResults.Ok(new { paused, body.UserId, body.Reason });
    }
}

/// <param name="UserId">Null: everybody.</param>
internal sealed record PauseBody(string? Reason, long? UserId = null);
