using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>The market channel (facts 3.1).</summary>
internal sealed class MarketSocketHub(ConnectionRegistry connections, IFrameFilter? filter = null)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var hub = app.ServiceProvider.GetRequiredService<MarketSocketHub>();
        app.MapGet("/ws/market", hub.AcceptAsync);
    }

    private async Task AcceptAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var connection = new SimConnection(connections.NextId(), "market", socket, filter);
        connections.Add(connection);
        try
        {
            await connection.RunAsync(_ => { }, context.RequestAborted);
        }
        finally
        {
            connections.Remove(connection);
        }
    }
}
