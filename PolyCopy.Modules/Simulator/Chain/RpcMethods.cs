using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>The JSON-RPC methods of the node, and the limits a provider puts on them (facts on-chain 9).</summary>
internal sealed class RpcMethods(SimWorld world, SimChain chain, ChainCalls calls, FaultBoard faults)
{
    /// <summary>Blocks that one eth_getLogs may span (QuickNode, paid).</summary>
    public const long MaxRange = 10_000;

    /// <summary>Logs that one eth_getLogs may return.</summary>
    public const int MaxLogs = 10_000;

    private const int MaxBatch = 100;

    /// <summary>Answers a text: one call, or a batch in its order.</summary>
    public byte[] Answer(string text)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return Error(default, RpcException.ParseError, "parse error");
        }
        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Array)
                return One(root);
            if (root.GetArrayLength() is 0 or > MaxBatch)
                return Error(default, RpcException.InvalidRequest, root.GetArrayLength() == 0 ? "empty batch" : "batch too large");
            return Wire.Json(json =>
            {
                json.WriteStartArray();
                foreach (var call in root.EnumerateArray())
                    json.WriteRawValue(One(call), skipInputValidation: true);
                json.WriteEndArray();
            });
        }
    }

    /// <summary>A response with a result.</summary>
    public static byte[] Result(JsonElement id, Action<Utf8JsonWriter> write) => Wire.Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc"u8, "2.0"u8);
        Id(json, id);
        json.WritePropertyName("result"u8);
        write(json);
        json.WriteEndObject();
    });

    public static byte[] Error(JsonElement id, int code, string message) => Wire.Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc"u8, "2.0"u8);
        Id(json, id);
        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, code);
        json.WriteString("message"u8, message);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static void Id(Utf8JsonWriter json, JsonElement id)
    {
        json.WritePropertyName("id"u8);
        if (id.ValueKind is JsonValueKind.Undefined)
            json.WriteNullValue();
        else
            id.WriteTo(json);
    }

    private byte[] One(JsonElement call)
    {
        var id = default(JsonElement);
        try
        {
            if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("method", out var method) || method.ValueKind != JsonValueKind.String)
                throw new RpcException(RpcException.InvalidRequest, "invalid request");
            if (call.TryGetProperty("id", out var given))
                id = given;
            var parameters = call.TryGetProperty("params", out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : Array.Empty<JsonElement>();
            Action<Utf8JsonWriter> result;
            lock (world.Gate)
            {
                result = Invoke(method.GetString()!, parameters);
                return Result(id, result);
            }
        }
        catch (RpcException e)
        {
            return Error(id, e.Code, e.Message);
        }
    }

    private Action<Utf8JsonWriter> Invoke(string method, JsonElement[] parameters)
    {
        switch (method)
        {
            case "eth_chainId":
                return Text(RpcJson.Quantity(Exchanges.Polygon));
            case "net_version":
                return Text(Exchanges.Polygon.ToString(CultureInfo.InvariantCulture));
            case "web3_clientVersion":
                return Text("bor/v2.3.0-simulated");
            case "eth_syncing":
                return json => json.WriteBooleanValue(false);
            case "eth_gasPrice":
                return Text("0x6fc23ac00");
            case "eth_blockNumber":
                return Text(RpcJson.Quantity(chain.Head));
            case "eth_getBlockByNumber":
                return Block(Number(At(parameters, 0)) ?? chain.Head, IsTrue(parameters, 1));
            case "eth_getBlockByHash":
                return Block(chain.Find(Hash(At(parameters, 0))), IsTrue(parameters, 1));
            case "eth_getLogs":
                return Logs(At(parameters, 0));
            case "eth_getTransactionReceipt":
                return Transaction(At(parameters, 0), RpcJson.Receipt);
            case "eth_getTransactionByHash":
                return Transaction(At(parameters, 0), RpcJson.Transaction);
            case "eth_getCode":
                _ = Existing(parameters, 1);
                return Text(calls.CodeOf(Account(At(parameters, 0))));
            case "eth_call":
                return Call(At(parameters, 0), Existing(parameters, 1));
            case "eth_getBalance":
            case "eth_getTransactionCount":
                return Text("0x0");
            case "eth_subscribe" or "eth_unsubscribe":
                throw new RpcException(RpcException.UnknownMethod, "notifications not supported");
            default:
                throw new RpcException(RpcException.UnknownMethod, $"the method {method} does not exist/is not available");
        }
    }

    private Action<Utf8JsonWriter> Block(long? number, bool whole)
    {
        if (number is not { } block || block > chain.Head - Behind())
            return json => json.WriteNullValue();
        return json => RpcJson.Block(json, chain, block, headerOnly: false, whole);
    }

    private Action<Utf8JsonWriter> Transaction(JsonElement hash, Action<Utf8JsonWriter, MinedTx, string> write)
    {
        var found = chain.FindTransaction(Hash(hash).ToString());
        return json =>
        {
            if (found is null)
                json.WriteNullValue();
            else
                write(json, found, chain.HashOf(found.Block).ToString());
        };
    }

    private Action<Utf8JsonWriter> Logs(JsonElement criteria)
    {
        var filter = LogFilter.Read(criteria);
        long from, to;
        if (criteria.TryGetProperty("blockHash", out var hash) && hash.ValueKind == JsonValueKind.String)
            from = to = chain.Find(Hash(hash)) ?? throw new RpcException(RpcException.ServerError, "unknown block");
        else
        {
            from = Number(criteria.TryGetProperty("fromBlock", out var first) ? first : default) ?? chain.Head;
            to = Number(criteria.TryGetProperty("toBlock", out var last) ? last : default) ?? chain.Head;
            if (from > to)
                throw new RpcException(RpcException.ServerError, "invalid block range params");
            var cap = faults.Hit("F45", FaultCatalogue.Rpc) is { } capped ? long.TryParse(capped.Request.Variant, NumberStyles.None, CultureInfo.InvariantCulture, out var variant) ? variant : 10 : MaxRange;
            if (to - from >= cap)
                throw new RpcException(-32614, string.Create(CultureInfo.InvariantCulture, $"eth_getLogs is limited to a {cap:N0} range"));
        }
        to = Math.Min(to, chain.Head - Behind());
        var found = new List<(MinedTx Tx, int Index)>();
        foreach (var transactions in chain.Blocks(from, to))
        {
            foreach (var mined in transactions)
            {
                for (var i = 0; i < mined.Logs.Count; i++)
                {
                    if (filter.Wants(mined.Logs[i]))
                        found.Add((mined, i));
                }
            }
            if (found.Count > MaxLogs)
                throw new RpcException(RpcException.LimitExceeded, $"query returned more than {MaxLogs} results");
        }
        return json =>
        {
            json.WriteStartArray();
            var (block, blockHash) = (-1L, "");
            foreach (var (mined, index) in found)
            {
                if (mined.Block != block)
                    (block, blockHash) = (mined.Block, chain.HashOf(mined.Block).ToString());
                RpcJson.Log(json, mined, index, blockHash, removed: false);
            }
            json.WriteEndArray();
        };
    }

    /// <summary>F43: behind a balancer stands a node that has not the newest blocks yet, and says so by no word.</summary>
    private long Behind() => faults.Hit("F43", FaultCatalogue.Rpc) is not { } lagging ? 0
        : long.TryParse(lagging.Request.Variant, NumberStyles.None, CultureInfo.InvariantCulture, out var blocks) ? blocks : 3;

    private Action<Utf8JsonWriter> Call(JsonElement call, long block)
    {
        if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("to", out var to))
            throw new RpcException(RpcException.InvalidParams, "missing value for required argument 0");
        var data = call.TryGetProperty("input", out var input) ? input : call.TryGetProperty("data", out input) ? input : default;
        byte[] bytes;
        try
        {
            bytes = data.ValueKind == JsonValueKind.String ? Hex.Read(data.GetString()) : [];
        }
        catch (FormatException)
        {
            throw new RpcException(RpcException.InvalidParams, "invalid argument 0: hex string has invalid digits");
        }
        return Text(calls.Call(Account(to), bytes, block));
    }

    /// <summary>The block a state is asked of; one the node does not know is an error.</summary>
    private long Existing(JsonElement[] parameters, int index)
    {
        var block = Number(parameters.Length > index ? parameters[index] : default) ?? chain.Head;
        return block <= chain.Head ? block : throw new RpcException(RpcException.ServerError, "header not found");
    }

    /// <summary>A block number or a word for one; null: the newest.</summary>
    private long? Number(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("blockHash", out var hash))
            return chain.Find(Hash(hash)) ?? throw new RpcException(RpcException.ServerError, "header for hash not found");
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("blockNumber", out var inner))
            value = inner;
        return value.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString() switch
            {
                "latest" or "pending" => chain.Head,
                "safe" or "finalized" => chain.Finalized,
                "earliest" => 0,
                { } text when text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number >= 0 => number,
                _ => throw new RpcException(RpcException.InvalidParams, "invalid argument 0: hex string without 0x prefix"),
            },
            _ => throw new RpcException(RpcException.InvalidParams, "invalid argument 0: json: cannot unmarshal non-string into block number"),
        };
    }

    private static JsonElement At(JsonElement[] parameters, int index) =>
        parameters.Length > index ? parameters[index] : throw new RpcException(RpcException.InvalidParams, $"missing value for required argument {index}");

    private static bool IsTrue(JsonElement[] parameters, int index) => parameters.Length > index && parameters[index].ValueKind == JsonValueKind.True;

    private static Bytes32 Hash(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && Bytes32.TryParse(value.GetString(), out var hash) ? hash : throw new RpcException(RpcException.InvalidParams, "invalid argument 0: hex string has length other than 64, want 64 for common.Hash");

    private static Address Account(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && Address.TryParse(value.GetString(), out var address) ? address : throw new RpcException(RpcException.InvalidParams, "invalid argument 0: hex string has length other than 40, want 40 for common.Address");

    private static Action<Utf8JsonWriter> Text(string text) => json => json.WriteStringValue(text);
}
