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
        app.MapPost(Routes.AdminPause, (PauseBody body, Access access, ITrading trading, CancellationToken ct) => SetAsync(body, true, access, trading, ct));
        app.MapPost(Routes.AdminResume, (PauseBody body, Access access, ITrading trading, CancellationToken ct) => SetAsync(body, false, access, trading, ct));
    }

    private static async Task<IResult> SetAsync(PauseBody body, bool paused, Access access, ITrading trading, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(body.Reason) || body.Reason.Length > 500)
            return Problems.Of(new Error("pause.reason", "Say why, in at most 500 characters: it is journalled."));
        if (body.UserId is { } userId && !await access.IsUserAsync(userId, ct))
            return Problems.Of(Problems.UnknownUser);
        await trading.PauseAsync(body.UserId, paused, body.Reason, "api", ct);
        return TypedResults.Ok(new { paused, body.UserId, body.Reason });
    }
}

/// <param name="UserId">Null: everybody.</param>
internal sealed record PauseBody(string? Reason, long? UserId = null);
