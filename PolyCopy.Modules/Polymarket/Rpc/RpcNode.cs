using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket.Rpc;

/// <summary>A JSON-RPC endpoint over HTTP. Nothing is sent again here: whoever asks has other endpoints to turn to.</summary>
/// <remarks>Providers refuse wide ranges each in their own words (Alchemy, QuickNode, drpc, read 2026-11); the address may hold a key, so it is in no message.</remarks>
internal sealed class RpcNode(HttpClient client, Uri address, TimeProvider clock) : IChainNode
{
    private const int FarthestBehind = 32;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly string[] Paced = ["rate limit", "too many requests", "requests per", "request limit", "compute units", "throughput", "capacity", "quota", "call rate"];
    private static readonly string[] Wide = ["range", "too large", "too many", "limit", "exceed", "more than", "max results", "query timeout", "response size", "10000 results"];
    private static readonly System.Diagnostics.Metrics.Counter<long> Requests = Meters.Instance.CreateCounter<long>("polycopy.chain.requests");
    private long _id;

    public string Name { get; } = address.IsDefaultPort ? address.Host : $"{address.Host}:{address.Port}";

    public async Task<long> ChainIdAsync(CancellationToken ct)
    {
        using var json = await CallAsync("eth_chainId", "[]", ct);
        return Number(json.RootElement) ?? throw Malformed("eth_chainId");
    }

    public async Task<ChainBlock> HeadAsync(CancellationToken ct)
    {
        if (await BlockAsync("eth_getBlockByNumber", "[\"latest\",false]", ct) is { } head)
            return head;
        // behind a balancer the one that names the newest block need not be the one that is asked for it
        using var json = await CallAsync("eth_blockNumber", "[]", ct);
        var number = Number(json.RootElement) ?? throw Malformed("eth_blockNumber");
        for (var back = 1; back <= FarthestBehind; back *= 2)
            if (await BlockAsync(number - back, ct) is { } known)
                return known;
        throw Malformed("the latest block");
    }

    public async Task<ChainBlock?> FinalizedAsync(CancellationToken ct)
    {
        try
        {
            return await BlockAsync("eth_getBlockByNumber", "[\"finalized\",false]", ct);
        }
        catch (VenueException e) when (e.Failure == VenueFailure.Refused)
        {
            return null; // an old node that has no such tag
        }
    }

    public Task<ChainBlock?> BlockAsync(long number, CancellationToken ct) => BlockAsync("eth_getBlockByNumber", $"[\"0x{number:x}\",false]", ct);

    public Task<ChainBlock?> BlockAsync(Bytes32 hash, CancellationToken ct) => BlockAsync("eth_getBlockByHash", $"[\"{hash}\",false]", ct);

    public async Task ReadLogsAsync(ChainQuery query, ChainLogReader read, CancellationToken ct)
    {
        var body = await SendAsync("eth_getLogs", RpcText.Filter(query, withRange: true), ct);
        try
        {
            ReadResult(body, "eth_getLogs", read);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw Malformed("eth_getLogs", e);
        }
    }

    public async Task<bool> ReadReceiptAsync(Bytes32 transaction, ChainLogReader read, CancellationToken ct)
    {
        var body = await SendAsync("eth_getTransactionReceipt", $"[\"{transaction}\"]", ct);
        try
        {
            return ReadResult(body, "eth_getTransactionReceipt", read);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw Malformed("eth_getTransactionReceipt", e);
        }
    }

    public async Task<bool> HasCodeAsync(Address account, CancellationToken ct)
    {
        using var json = await CallAsync("eth_getCode", $"[\"{account.ToLower()}\",\"latest\"]", ct);
        return json.RootElement.ValueKind == JsonValueKind.String && json.RootElement.GetString() is { Length: > 2 };
    }

    public async Task<UInt256?> BalanceAsync(Address contract, Address owner, UInt256? id, long block, CancellationToken ct)
    {
        var word = new byte[32];
        var data = $"0x70a08231{new string('0', 24)}{owner.ToLower()[2..]}"; // balanceOf(address)
        if (id is { } token)
        {
            token.CopyTo(word);
            data = $"0x00fdd58e{data[10..]}{Convert.ToHexStringLower(word)}"; // balanceOf(address,uint256)
        }
        try
        {
            using var json = await CallAsync("eth_call", $"[{{\"to\":\"{contract.ToLower()}\",\"data\":\"{data}\"}},\"0x{block:x}\"]", ct);
            return json.RootElement.ValueKind == JsonValueKind.String && json.RootElement.GetString() is { Length: 66 } text && Hex.TryRead(text, word) ? new UInt256(word) : null;
        }
        catch (VenueException e) when (e.Failure is VenueFailure.Refused or VenueFailure.TooWide)
        {
            return null; // reverted, or the node keeps no state of that block
        }
    }

    private async Task<ChainBlock?> BlockAsync(string method, string parameters, CancellationToken ct)
    {
        using var json = await CallAsync(method, parameters, ct);
        if (json.RootElement.ValueKind == JsonValueKind.Null)
            return null;
        return RpcText.Block(json.RootElement) ?? throw Malformed(method);
    }

    /// <summary>The result of a call.</summary>
    private async Task<JsonDocument> CallAsync(string method, string parameters, CancellationToken ct)
    {
        var body = await SendAsync(method, parameters, ct);
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.Field("error") is { } error)
                throw Refusal(method, error);
            return JsonDocument.Parse(json.RootElement.TryGetProperty("result", out var result) ? result.GetRawText() : throw Malformed(method));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Malformed(method, e);
        }
    }

    /// <summary>Reads the logs of "result", an array or a receipt; false when it is null.</summary>
    private bool ReadResult(ReadOnlySpan<byte> body, string method, ChainLogReader read)
    {
        var json = new Utf8JsonReader(body);
        json.Read();
        var found = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("error"u8))
            {
                json.Read();
                using var error = JsonDocument.ParseValue(ref json);
                if (error.RootElement.ValueKind != JsonValueKind.Null)
                    throw Refusal(method, error.RootElement);
            }
            else if (json.ValueTextEquals("result"u8) && json.Read() && json.TokenType != JsonTokenType.Null)
            {
                found = true;
                if (json.TokenType == JsonTokenType.StartArray)
                    new LogJson().ReadArray(ref json, read);
                else
                    ReadReceipt(ref json, read);
            }
            else
            {
                if (json.TokenType == JsonTokenType.PropertyName)
                    json.Read();
                json.Skip();
            }
        }
        if (!found && method == "eth_getLogs")
            throw Malformed(method);
        return found;
    }

    private static void ReadReceipt(ref Utf8JsonReader json, ChainLogReader read)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isLogs = json.ValueTextEquals("logs"u8);
            json.Read();
            if (isLogs)
                new LogJson().ReadArray(ref json, read);
            else
                json.Skip();
        }
    }

    private async Task<byte[]> SendAsync(string method, string parameters, CancellationToken ct)
    {
        Requests.Add(1, new KeyValuePair<string, object?>("method", method));
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes($"{{\"jsonrpc\":\"2.0\",\"id\":{Interlocked.Increment(ref _id)},\"method\":\"{method}\",\"params\":{parameters}}}")),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using var deadline = new CancellationTokenSource(Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, both.Token);
            var body = await response.Content.ReadAsByteArrayAsync(both.Token);
            if (response.IsSuccessStatusCode || body.AsSpan().StartsWith("{\"jsonrpc\""u8))
                return body;
            var retry = response.Headers.RetryAfter?.Delta;
            throw (int)response.StatusCode switch
            {
                429 => new VenueException(VenueFailure.RateLimited, $"{Name} answered 429", retry > TimeSpan.FromSeconds(1) ? retry : TimeSpan.FromSeconds(1)),
                413 => new VenueException(VenueFailure.TooWide, $"{Name} answered 413"),
                401 or 403 => new VenueException(VenueFailure.Blocked, $"{Name} answered {(int)response.StatusCode}"),
                _ => new VenueException(VenueFailure.Unreachable, $"{Name} answered {(int)response.StatusCode}"),
            };
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new VenueException(VenueFailure.Unreachable, $"{Name} did not answer {method} within {Timeout.TotalSeconds:0} s", inner: e);
        }
        catch (HttpRequestException e)
        {
            // too much for our own buffer is too much asked for
            throw new VenueException(e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded ? VenueFailure.TooWide : VenueFailure.Unreachable, $"{Name}: {e.HttpRequestError}", inner: e);
        }
        catch (IOException e)
        {
            throw new VenueException(VenueFailure.Unreachable, $"{Name}: the connection broke", inner: e);
        }
    }

    private VenueException Refusal(string method, JsonElement error)
    {
        var text = error.Text("message", 200) ?? "an error without a message";
        var code = error.Long("code") ?? 0;
        var failure = code == 429 || Says(Paced, text) ? VenueFailure.RateLimited
            : method == "eth_getLogs" && (code == -32005 || Says(Wide, text)) ? VenueFailure.TooWide
            : VenueFailure.Refused;
        return new VenueException(failure, $"{Name} refuses {method}: {text}", failure == VenueFailure.RateLimited ? TimeSpan.FromSeconds(1) : null);
    }

    private static bool Says(string[] words, string text) => words.Any(w => text.Contains(w, StringComparison.OrdinalIgnoreCase));

    private VenueException Malformed(string what, Exception? inner = null) => new(VenueFailure.Malformed, $"{Name} answered {what} with something that cannot be read", inner: inner);

    private static long? Number(JsonElement e) => e.ValueKind == JsonValueKind.String ? RpcText.Quantity(e.GetString()) : null;
}
