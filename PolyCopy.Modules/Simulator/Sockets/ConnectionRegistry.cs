using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>The sockets open now, for /control/stats and for faults that close them.</summary>
internal sealed class ConnectionRegistry
{
    private readonly ConcurrentDictionary<long, SimConnection> _open = new();
    private long _ids;

    /// <summary>Open sockets, oldest first.</summary>
    public IReadOnlyList<SimConnection> Open => [.. _open.Values.OrderBy(c => c.Id)];

    /// <summary>The id of the newest connection ever.</summary>
    public long LastId => Interlocked.Read(ref _ids);

    /// <summary>Serves the socket of a request until either side ends it; 400 when the request is none.</summary>
    /// <param name="context">The request.</param>
    /// <param name="channel">"market", "user", "rpc" or "rtds".</param>
    /// <param name="filter">Spoils frames when a fault asks for it.</param>
    /// <param name="open">Makes the connection's session: what hears its texts, and what is done when it has ended.</param>
    /// <param name="pong">What answers PING.</param>
    public async Task ServeAsync(HttpContext context, string channel, IFrameFilter? filter, Func<SimConnection, (Action<string> Receive, Action End)> open, string pong = "PONG")
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var connection = new SimConnection(Interlocked.Increment(ref _ids), channel, socket, filter, pong);
        var (receive, end) = open(connection);
        _open[connection.Id] = connection;
        try
        {
            await connection.RunAsync(receive, context.RequestAborted);
        }
        finally
        {
            _open.TryRemove(connection.Id, out _);
            end();
        }
    }
}
