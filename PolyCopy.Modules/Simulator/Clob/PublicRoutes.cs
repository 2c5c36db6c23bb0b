using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>The CLOB's public reads (facts 2.1).</summary>
internal static class PublicRoutes
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var clob = app.MapGroup("/clob");
        clob.MapGet("/time", context => context.Response.WriteAsync(context.RequestServices.GetRequiredService<SimClock>().GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), context.RequestAborted));
    }
}
