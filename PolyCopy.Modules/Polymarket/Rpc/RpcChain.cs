using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket.Rpc;

/// <summary>The configured nodes, and a subscription to logs over one of them.</summary>
internal sealed class RpcChain(IHttpClientFactory clients, IVenueEndpoints endpoints, TimeProvider clock) : IChain
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(20);
    private readonly Lazy<IReadOnlyList<IChainNode>> _nodes = new(() => [.. endpoints.Rpc.Select(u => new RpcNode(clients.CreateClient(PolymarketModule.Chain), u, clock))]);
    private int _socket;

    public IReadOnlyList<IChainNode> Nodes => _nodes.Value;

    public async Task<string> ListenAsync(ChainQuery what, Action<bool> wake, CancellationToken ct)
    {
        if (endpoints.RpcSockets is not { Count: > 0 } addresses)
            return "there is no endpoint to subscribe at";
        var address = addresses[(Interlocked.Increment(ref _socket) & int.MaxValue) % addresses.Count];
        using var socket = new VenueSocket(clock);
        try
        {
            var subscribe = $"{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_subscribe\",\"params\":[\"logs\",{RpcText.Filter(what, withRange: false)}]}}";
            await socket.OpenAsync(address, [Encoding.UTF8.GetBytes(subscribe)], KeepAlive, ct);
            while (true)
            {
                using var json = JsonDocument.Parse(await socket.ReadAsync(ct));
                if (json.RootElement.Field("error") is { } error)
                    return $"the subscription was refused: {error.Text("message", 200)}";
                if (json.RootElement.Field("params")?.Field("result") is { } log)
                    wake(log.Bool("removed") == true);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return "stopped";
        }
        catch (Exception e) when (e is JsonException || VenueSocket.Reason(e) is not null)
        {
            return $"{address.Host}: {VenueSocket.Reason(e) ?? e.GetType().Name}";
        }
    }
}
