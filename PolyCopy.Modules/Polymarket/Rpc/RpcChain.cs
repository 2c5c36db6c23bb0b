using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket.Rpc;

/// <summary>The configured nodes, and a subscription to logs over one of them.</summary>
internal sealed class RpcChain(IHttpClientFactory clients, IVenueEndpoints endpoints, TimeProvider clock) : IChain
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private const int MostBytes = 4 * 1024 * 1024;
    private readonly Lazy<IReadOnlyList<IChainNode>> _nodes = new(() => [.. endpoints.Rpc.Select(u => new RpcNode(clients.CreateClient(PolymarketModule.Chain), u, clock))]);
    private int _socket;

    public IReadOnlyList<IChainNode> Nodes => _nodes.Value;

    public async Task<string> ListenAsync(ChainQuery what, Action<bool> wake, CancellationToken ct)
    {
        if (endpoints.RpcSockets is not { Count: > 0 } addresses)
            return "there is no endpoint to subscribe at";
        var address = addresses[(Interlocked.Increment(ref _socket) & int.MaxValue) % addresses.Count];
        using var socket = new ClientWebSocket();
        if (address.IsLoopback)
            socket.Options.Proxy = null;
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(20);
        socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(20);
        try
        {
            using (var deadline = new CancellationTokenSource(ConnectTimeout, clock))
            using (var connecting = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token))
            {
                await socket.ConnectAsync(address, connecting.Token);
                var subscribe = $"{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_subscribe\",\"params\":[\"logs\",{RpcText.Filter(what, withRange: false)}]}}";
                await socket.SendAsync(Encoding.UTF8.GetBytes(subscribe), WebSocketMessageType.Text, endOfMessage: true, connecting.Token);
            }
            return await ReadAsync(socket, wake, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return "stopped";
        }
        catch (Exception e) when (e is WebSocketException or IOException or HttpRequestException or OperationCanceledException or JsonException)
        {
            return $"{address.Host}: {(e is WebSocketException fault ? fault.WebSocketErrorCode.ToString() : e.GetType().Name)}";
        }
    }

    private static async Task<string> ReadAsync(ClientWebSocket socket, Action<bool> wake, CancellationToken ct)
    {
        var frame = new ArrayBufferWriter<byte>(16 * 1024);
        while (true)
        {
            frame.ResetWrittenCount();
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(frame.GetMemory(8 * 1024), ct);
                frame.Advance(part.Count);
                if (part.MessageType == WebSocketMessageType.Close || frame.WrittenCount > MostBytes)
                    return "the subscription was closed";
            }
            while (!part.EndOfMessage);
            using var json = JsonDocument.Parse(frame.WrittenMemory);
            if (json.RootElement.Field("error") is { } error)
                return $"the subscription was refused: {error.Text("message", 200)}";
            if (json.RootElement.Field("params")?.Field("result") is { } log)
                wake(log.Bool("removed") == true);
        }
    }
}
