using System.Net.Http.Json;
using System.Numerics;
using System.Text.Json;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>The lab seen through a node's eyes.</summary>
internal static class RpcLab
{
    public const string Exchange = "0xe111180000d2663c0091e4f400237545b87b996b";
    public const string NegRiskExchange = "0xe2222d279d744050d28e00520010520000310f59";
    public const string Tokens = "0x4d97dcd97ec945f40cf65f87097ace5ea0476045";
    public const string Pusd = "0xc011a7e12a19f7b1f670d46f03b03f3342e82dfb";
    public const string Leader = "0x1111111111111111111111111111111111111abc";

    /// <summary>The whole answer to a call.</summary>
    public static async Task<JsonElement> RpcAsync(this Lab lab, string method, params object?[] parameters)
    {
        using var response = await lab.Http.PostAsJsonAsync("rpc", new { jsonrpc = "2.0", id = 7, method, @params = parameters });
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).Clone();
    }

    public static async Task<JsonElement> ResultAsync(this Lab lab, string method, params object?[] parameters)
    {
        var answer = await lab.RpcAsync(method, parameters);
        answer.TryGetProperty("error", out var error).Should().BeFalse(error.ToString());
        return answer.GetProperty("result");
    }

    public static async Task<long> HeadAsync(this Lab lab) => EvmLog.Number(await lab.ResultAsync("eth_blockNumber"));

    public static async Task<List<EvmLog>> LogsAsync(this Lab lab, long from, long to, object? address = null, object?[]? topics = null) =>
        [.. (await lab.ResultAsync("eth_getLogs", new { fromBlock = Hex(from), toBlock = Hex(to), address, topics = topics ?? [] })).EnumerateArray().Select(EvmLog.Read)];

    public static string Hex(long number) => $"0x{number:x}";

    public static async Task<BigInteger> BalanceAsync(this Lab lab, string wallet, string? token = null, string tag = "latest")
    {
        var data = token is null ? "0x70a08231" + EvmLog.Topic(wallet)[2..] : "0x00fdd58e" + EvmLog.Topic(wallet)[2..] + BigInteger.Parse(token, null).ToString("x64", null)[^64..];
        var word = (await lab.ResultAsync("eth_call", new { to = token is null ? Pusd : Tokens, data }, tag)).GetString()!;
        return BigInteger.Parse("0" + word[2..], System.Globalization.NumberStyles.HexNumber, null);
    }

    public static async Task<JsonElement> LeadAsync(this Lab lab, MarketState market, string side, string shares, string price, string leader = Leader, object? more = null)
    {
        var body = new Dictionary<string, object?> { ["conditionId"] = market.Market.ConditionId, ["outcome"] = market.Market.Outcomes[0], ["side"] = side, ["shares"] = shares, ["price"] = price };
        foreach (var property in more?.GetType().GetProperties() ?? [])
            body[property.Name] = property.GetValue(more);
        var (status, answer) = await lab.PostAsync($"control/leaders/{leader}/trade", body);
        status.Should().Be(200, answer.ToString());
        return answer;
    }
}
