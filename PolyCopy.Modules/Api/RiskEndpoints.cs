using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Api;

internal static class RiskEndpoints
{
    /// <summary>Reading is the user's; limits change only with the operator's key (or in Demo), never with a user's alone.</summary>
    public static void Map(IEndpointRouteBuilder app, IEndpointRouteBuilder operated)
    {
        app.MapGet(Routes.Risk, async (long userId, IRisk risk, CancellationToken ct) => TypedResults.Ok(new Page<RiskState>(await risk.ListAsync(userId, ct), null)));
        operated.MapPut(Routes.Risk, async (long userId, RiskLimits limits, IRisk risk, CancellationToken ct) => (await risk.LimitAsync(RiskScope.User(userId), limits, "user", ct)).ToResult()).Produces<RiskState>();
        operated.MapPost(Routes.RiskResume, async (long userId, ResumeRisk body, IRisk risk, CancellationToken ct) => (await risk.ResumeAsync(RiskScope.User(userId), body.Reason ?? "", "user", ct)).ToResult()).Produces<RiskState>();

        operated.MapGet(Routes.AdminRisk, async (IRisk risk, CancellationToken ct) => TypedResults.Ok(new Page<RiskState>(await risk.ListAsync(null, ct), null)));
        operated.MapPut(Routes.AdminRisk, async (LimitRisk body, IRisk risk, CancellationToken ct) =>
            (await risk.LimitAsync(new RiskScope(body.Scope ?? "", body.Key ?? ""), new RiskLimits(body.MaxDailyLoss, body.MaxExposure, body.MaxOrdersPerMinute), "api", ct)).ToResult()).Produces<RiskState>();
        operated.MapPost(Routes.AdminRiskResume, async (ResumeRisk body, IRisk risk, CancellationToken ct) =>
            (await risk.ResumeAsync(new RiskScope(body.Scope ?? "", body.Key ?? ""), body.Reason ?? "", "api", ct)).ToResult()).Produces<RiskState>();
    }
}

/// <param name="Scope">global, user, leader, market, event; the user's own route needs none.</param>
internal sealed record ResumeRisk(string? Reason, string? Scope = null, string? Key = null);

internal sealed record LimitRisk(string? Scope, string? Key, decimal? MaxDailyLoss = null, decimal? MaxExposure = null, int? MaxOrdersPerMinute = null);
