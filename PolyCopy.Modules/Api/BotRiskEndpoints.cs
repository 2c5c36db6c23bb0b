using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Copying;

namespace PolyCopy.Modules.Api;

/// <summary>What the bot in its own process asks about risk limits beyond the public routes: there a change also says who wanted it.</summary>
internal static class BotRiskEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.BotRisk, (IRisk risk, CancellationToken ct, long? userId = null) => risk.ListAsync(userId, ct));
        app.MapPut(Routes.BotRisk, async (LimitOrder body, IRisk risk, CancellationToken ct) => (await risk.LimitAsync(body.Scope, body.Limits, body.By, ct)).ToResult());
        app.MapPost(Routes.BotRiskResume, async (ResumeOrder body, IRisk risk, CancellationToken ct) => (await risk.ResumeAsync(body.Scope, body.Reason, body.By, ct)).ToResult());
    }

    private sealed record LimitOrder(RiskScope Scope, RiskLimits Limits, string By);

    private sealed record ResumeOrder(RiskScope Scope, string Reason, string By);
}
