using System.Text.Json;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>A refusal in JSON-RPC's form.</summary>
internal sealed class RpcException(int code, string message) : Exception(message)
{
    public const int InvalidRequest = -32600;
    public const int UnknownMethod = -32601;
    public const int InvalidParams = -32602;
    public const int ParseError = -32700;
    public const int ServerError = -32000;
    public const int LimitExceeded = -32005;

    public int Code => code;
}

/// <summary>Which logs are wanted: any of the addresses, and at each place any of the topics; what is left out is not judged.</summary>
internal sealed class LogFilter(HashSet<Address>? addresses, IReadOnlyList<HashSet<Bytes32>?> topics)
{
    private const int MaxTopics = 4;

    public static LogFilter Read(JsonElement filter)
    {
        if (filter.ValueKind != JsonValueKind.Object)
            throw new RpcException(RpcException.InvalidParams, "invalid argument 0: json: cannot unmarshal into filter criteria");
        List<HashSet<Bytes32>?> topics = [];
        if (filter.TryGetProperty("topics", out var places) && places.ValueKind == JsonValueKind.Array)
        {
            if (places.GetArrayLength() > MaxTopics)
                throw new RpcException(RpcException.InvalidParams, "exceed max topics");
            foreach (var place in places.EnumerateArray())
                topics.Add(Set(place, text => Bytes32.TryParse(text, out var topic) ? topic : throw new RpcException(RpcException.InvalidParams, "invalid topic in filter")));
        }
        var addresses = filter.TryGetProperty("address", out var given)
            ? Set(given, text => Address.TryParse(text, out var address) ? address : throw new RpcException(RpcException.InvalidParams, "invalid address in filter"))
            : null;
        return new LogFilter(addresses, topics);
    }

    public bool Wants(ChainLog log)
    {
        if (addresses is not null && !addresses.Contains(log.Address))
            return false;
        if (topics.Count > log.Topics.Length)
            return false;
        for (var i = 0; i < topics.Count; i++)
        {
            if (topics[i] is { } wanted && !wanted.Contains(log.Topics[i]))
                return false;
        }
        return true;
    }

    /// <summary>Null and an empty list mean anything.</summary>
    private static HashSet<T>? Set<T>(JsonElement value, Func<string, T> read) => value.ValueKind switch
    {
        JsonValueKind.String => [read(value.GetString()!)],
        JsonValueKind.Array when value.GetArrayLength() > 0 => [.. value.EnumerateArray().Select(item => read(item.GetString() ?? ""))],
        JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.Array => null,
        _ => throw new RpcException(RpcException.InvalidParams, "invalid filter"),
    };
}
