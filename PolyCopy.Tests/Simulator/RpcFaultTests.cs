using System.Text.Json;

namespace PolyCopy.Tests.Simulator;

/// <summary>Each fault of the node does what its line in the catalogue says.</summary>
public sealed class RpcFaultTests
{
    [Fact]
    public async Task Http_faults_hit_the_node_and_the_data_api()
    {
        await using var lab = await Lab.DrivenAsync();
        foreach (var (fault, status) in (List<(string, int)>)[("F29", 403), ("F30", 429), ("F47", 500)])
        {
            (await lab.FaultAsync(fault, "rpc")).Status.Should().Be(200);
            (await lab.FaultAsync(fault, "data")).Status.Should().Be(200);
            using var call = await lab.Http.PostAsync("rpc", new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"""));
            ((int)call.StatusCode).Should().Be(status);
            using var read = await lab.Http.GetAsync("data/v2/status");
            ((int)read.StatusCode).Should().Be(status);
            await lab.Http.DeleteAsync("control/faults");
        }
        (await lab.FaultAsync("F60", "rpc")).Status.Should().Be(200);
        await FluentActions.Awaiting(() => lab.HeadAsync()).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task A_range_may_be_capped()
    {
        await using var lab = await Lab.DrivenAsync();
        var head = await lab.HeadAsync();
        (await lab.FaultAsync("F45", "rpc", variant: "10")).Status.Should().Be(200);
        (await lab.LogsAsync(head - 9, head)).Should().NotBeNull();
        (await lab.RpcAsync("eth_getLogs", new { fromBlock = RpcLab.Hex(head - 10), toBlock = RpcLab.Hex(head) })).GetProperty("error").GetProperty("message").GetString().Should().Contain("limited to a 10 range");
    }

    [Fact]
    public async Task A_node_behind_the_balancer_is_late_and_says_nothing()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await lab.LeadAsync(market, "BUY", "10", "0.5");
        await lab.AdvanceAsync(1.75);
        var head = await lab.HeadAsync();
        (await lab.FaultAsync("F43", "rpc")).Status.Should().Be(200);

        (await lab.HeadAsync()).Should().Be(head);
        EvmFill.Of(await lab.LogsAsync(head - 5, head), RpcLab.Leader).Should().BeEmpty();
        (await lab.ResultAsync("eth_getBlockByNumber", RpcLab.Hex(head), false)).ValueKind.Should().Be(JsonValueKind.Null, "that is how one can tell");
        await lab.Http.DeleteAsync("control/faults");
        EvmFill.Of(await lab.LogsAsync(head - 5, head), RpcLab.Leader).Should().ContainSingle();
    }

    [Fact]
    public async Task Pushes_get_lost_and_calls_do_not()
    {
        await using var lab = await Lab.DrivenAsync();
        await using var socket = await SocketClient.OpenAsync(lab, "rpc");
        await socket.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}""");
        await socket.NextAsync();
        (await lab.FaultAsync("F38", "rpc")).Status.Should().Be(200);
        await lab.AdvanceAsync(10);
        await socket.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"eth_blockNumber"}""");
        (await socket.NextAsync()).GetProperty("id").GetInt32().Should().Be(2);
    }

    [Fact]
    public async Task Sockets_of_the_node_are_cut_or_fall_silent()
    {
        await using var lab = await Lab.DrivenAsync();
        await using var socket = await SocketClient.OpenAsync(lab, "rpc");
        await socket.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}""");
        await socket.NextAsync();
        (await lab.FaultAsync("F1", "rpc", seconds: 10)).Status.Should().Be(200);
        await lab.AdvanceAsync(9);
        await lab.AdvanceAsync(4);
        var first = EvmLog.Number((await socket.NextAsync()).GetProperty("params").GetProperty("result").GetProperty("number"));
        first.Should().BeGreaterThan(await lab.HeadAsync() - 3, "what fell into the silence is lost");
        (await lab.FaultAsync("F60", "rpc")).Status.Should().Be(200);
        await lab.AdvanceAsync(4);
        await socket.Ended;
    }

    [Fact]
    public async Task Leaders_are_met_across_outcomes()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        (await lab.FaultAsync("F39", "rpc")).Status.Should().Be(200);
        var head = await lab.HeadAsync();
        await lab.LeadAsync(market, "BUY", "10", "0.3");
        await lab.AdvanceAsync(1.75);

        var logs = await lab.LogsAsync(head, head + 2, RpcLab.Exchange);
        var fill = EvmFill.Of(logs, RpcLab.Leader).Should().ContainSingle().Subject;
        (fill.IsTaker, fill.Side, fill.Token).Should().Be((false, "BUY", market.Market.TokenIds[0]));
        var taker = EvmFill.Of(logs.Where(log => log.TransactionHash == fill.Transaction), logs.First(log => log.TransactionHash == fill.Transaction && log.Topics[0] == EvmLog.OrdersMatched).Account(2)).Should().ContainSingle().Subject;
        (taker.Side, taker.Token, taker.Collateral).Should().Be(("BUY", market.Market.TokenIds[1], new System.Numerics.BigInteger(7_000_000)), "both buy: a set is minted");
    }

    [Fact]
    public async Task The_liquidity_of_a_market_can_be_a_leaders()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        (await lab.PostAsync($"control/leaders/{RpcLab.Leader}/provide", new { conditionId = market.Market.ConditionId })).Status.Should().Be(200);
        var head = await lab.HeadAsync();
        (await ana.PostAsync(new Draft(market, 0, Modules.Kernel.Side.Buy, "FAK", 0.45m, 45))).Status.Should().Be(200);
        await lab.AdvanceAsync(8);

        var fill = EvmFill.Of(await lab.LogsAsync(head, await lab.HeadAsync()), RpcLab.Leader).Should().ContainSingle().Subject;
        (fill.IsTaker, fill.Side).Should().Be((false, "SELL"));
    }

    [Fact]
    public async Task A_mined_trade_that_fails_after_all_is_reorganised_away()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        await using var socket = await SocketClient.OpenAsync(lab, "rpc");
        await socket.SendAsync(JsonSerializer.Serialize(new { jsonrpc = "2.0", id = 2, method = "eth_subscribe", @params = new object[] { "logs", new { topics = new object?[] { EvmLog.OrderFilled, null, EvmLog.Topic(ana.Wallet.ToString()) } } } }));
        await socket.NextAsync();
        var (_, body) = await ana.PostAsync(new Draft(market, 0, Modules.Kernel.Side.Buy, "FAK", 0.45m, 45));
        var head = await lab.HeadAsync();
        await lab.AdvanceAsync(4.5);
        var mined = EvmLog.Read((await socket.NextAsync()).GetProperty("params").GetProperty("result"));

        (await lab.PostAsync("control/settlement", new { trade = body.GetProperty("tradeIDs")[0].GetString(), @as = "fail" })).Status.Should().Be(200);

        EvmLog.Read((await socket.NextAsync()).GetProperty("params").GetProperty("result")).Should().BeEquivalentTo(mined with { Removed = true });
        EvmFill.Of(await lab.LogsAsync(head, await lab.HeadAsync()), ana.Wallet.ToLower()).Should().BeEmpty();
        (await lab.BalanceAsync(ana.Wallet.ToString(), market.Market.TokenIds[0])).Should().Be(0);
    }
}
