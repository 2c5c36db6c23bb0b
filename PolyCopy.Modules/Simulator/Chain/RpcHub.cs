using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.Sockets;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>/rpc over HTTP and WebSocket. Pushes are made and queued under the gate: block by block, headers before logs.</summary>
internal sealed class RpcHub
{
    /// <summary>After a jump of the clock only the newest blocks are pushed, as by a node that was catching up.</summary>
    private const long MaxPushed = 64;

    /// <summary>Steps a jump of the clock is walked in.</summary>
    private const int StepsPerJump = 300;

    private readonly SimWorld _world;
    private readonly SimChain _chain;
    private readonly RpcMethods _methods;
    private readonly ConnectionRegistry _connections;
    private readonly FaultBoard _faults;
    private readonly IFrameFilter? _filter;
    private readonly List<Session> _sessions = [];
    private long _told;

    public RpcHub(SimWorld world, SimChain chain, RpcMethods methods, ConnectionRegistry connections, FaultBoard faults, IFrameFilter? filter = null)
    {
        (_world, _chain, _methods, _connections, _faults, _filter) = (world, chain, methods, connections, faults, filter);
        chain.Reorganized += OnReorganized;
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        var hub = app.ServiceProvider.GetRequiredService<RpcHub>();
        app.Map("/rpc", hub.AcceptAsync);
    }

    /// <summary>Begins to follow the clock.</summary>
    public void Start()
    {
        _told = _chain.Head;
        ScheduleNext();
    }

    private void ScheduleNext()
    {
        var blocks = Math.Max(1, (long)_world.Clock.Jump.TotalMilliseconds / (StepsPerJump * SettlementTimes.BlockMs));
        _world.Clock.Schedule(DateTimeOffset.FromUnixTimeMilliseconds(SimChain.TimeOf(_chain.Head + blocks) + SimChain.SealMs), Tick);
    }

    private void Tick()
    {
        ScheduleNext();
        lock (_world.Gate)
        {
            var head = _chain.Head;
            for (var block = Math.Max(_told + 1, head - MaxPushed + 1); block <= head; block++)
                Push(block);
            _told = Math.Max(_told, head);
        }
    }

    private void Push(long block)
    {
        if (_sessions.Count == 0)
            return;
        Lazy<IReadOnlyList<MinedTx>> mined = new(() => _chain.Block(block));
        Lazy<string> hash = new(() => _chain.HashOf(block).ToString());
        foreach (var session in _sessions)
        {
            foreach (var (id, filter) in session.Subscriptions)
            {
                if (filter is null && !IsLost())
                    session.Connection.Send(Notice(id, json => RpcJson.Block(json, _chain, block, headerOnly: true)));
            }
        }
        foreach (var session in _sessions)
        {
            foreach (var (id, filter) in session.Subscriptions)
            {
                if (filter is not null)
                    PushLogs(session, id, filter, mined.Value, hash.Value, removed: false);
            }
        }
    }

    /// <summary>F38: balancers in front of nodes lose pushes.</summary>
    private bool IsLost() => _faults.Hit("F38", FaultCatalogue.Rpc) is not null;

    private void PushLogs(Session session, string id, LogFilter filter, IReadOnlyList<MinedTx> mined, string blockHash, bool removed)
    {
        foreach (var tx in mined)
        {
            for (var i = 0; i < tx.Logs.Count; i++)
            {
                if (!filter.Wants(tx.Logs[i]) || IsLost())
                    continue;
                var index = i;
                session.Connection.Send(Notice(id, json => RpcJson.Log(json, tx, index, blockHash, removed)));
            }
        }
    }

    /// <summary>Geth's way: first what is gone, then the new blocks with what they hold. Silently: only the new blocks' headers, as anvil does.</summary>
    private void OnReorganized(IReadOnlyList<(MinedTx Tx, string BlockHash)> gone, ChainReorganized reorg, bool tells)
    {
        if (tells)
        {
            foreach (var session in _sessions)
            {
                foreach (var (id, filter) in session.Subscriptions)
                {
                    if (filter is null)
                        continue;
                    foreach (var (tx, hash) in gone.Reverse())
                        PushLogs(session, id, filter, [tx], hash, removed: true);
                }
            }
        }
        for (var block = reorg.From; block <= Math.Min(reorg.To, _told); block++)
            Push(block);
    }

    private Task AcceptAsync(HttpContext context) => !context.WebSockets.IsWebSocketRequest ? AnswerAsync(context) : _connections.ServeAsync(context, "rpc", _filter, connection =>
    {
        var session = new Session(connection);
        lock (_world.Gate)
            _sessions.Add(session);
        return (text => Receive(session, text), End);

        void End()
        {
            lock (_world.Gate)
                _sessions.Remove(session);
        }
    });

    private async Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        await Reply.Json(context, _methods.Answer(text), Task.CompletedTask);
    }

    private void Receive(Session session, string text)
    {
        if (Subscribes(text) is not { } call)
        {
            session.Connection.Send(_methods.Answer(text));
            return;
        }
        // Answered under the gate: no push may come before the subscription's id.
        lock (_world.Gate)
            session.Connection.Send(Subscribe(session, call));
    }

    private static JsonElement? Subscribes(string text)
    {
        try
        {
            var call = JsonDocument.Parse(text).RootElement;
            return call.ValueKind == JsonValueKind.Object && call.TryGetProperty("method", out var method) && method.ValueKind == JsonValueKind.String && method.GetString() is "eth_subscribe" or "eth_unsubscribe" ? call : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Subscribe(Session session, JsonElement call)
    {
        var id = call.TryGetProperty("id", out var given) ? given : default;
        var parameters = call.TryGetProperty("params", out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : Array.Empty<JsonElement>();
        var name = parameters.Length > 0 && parameters[0].ValueKind == JsonValueKind.String ? parameters[0].GetString()! : "";
        try
        {
            if (call.GetProperty("method").ValueEquals("eth_unsubscribe"))
            {
                var removed = session.Subscriptions.RemoveAll(subscription => subscription.Id == name) > 0;
                return RpcMethods.Result(id, json => json.WriteBooleanValue(removed));
            }
            var filter = name switch
            {
                "newHeads" => null,
                "logs" => parameters.Length > 1 ? LogFilter.Read(parameters[1]) : new LogFilter(null, []),
                _ => throw new RpcException(RpcException.UnknownMethod, $"no \"{name}\" subscription in eth namespace"),
            };
            var subscription = $"0x{session.Connection.Id:x}{++session.Made:x8}";
            session.Subscriptions.Add((subscription, filter));
            return RpcMethods.Result(id, json => json.WriteStringValue(subscription));
        }
        catch (RpcException e)
        {
            return RpcMethods.Error(id, e.Code, e.Message);
        }
    }

    private static byte[] Notice(string subscription, Action<Utf8JsonWriter> write) => Wire.Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc"u8, "2.0"u8);
        json.WriteString("method"u8, "eth_subscription"u8);
        json.WriteStartObject("params"u8);
        json.WriteString("subscription"u8, subscription);
        json.WritePropertyName("result"u8);
        write(json);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>A client of the socket; a subscription without filter is for new heads.</summary>
    private sealed class Session(SimConnection connection)
    {
        public SimConnection Connection => connection;

        public List<(string Id, LogFilter? Filter)> Subscriptions { get; } = [];

        public int Made { get; set; }
    }
}
