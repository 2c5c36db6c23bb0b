using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace PolyCopy.Modules.Simulator.Gamma;

/// <summary>Gamma: what markets there are (facts 1).</summary>
internal static class GammaRoutes
{
    public static void Map(IEndpointRouteBuilder app)
    {
        _ = app.MapGroup("/gamma");
    }
}
