using System.Numerics;
using System.Text.Json;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

public sealed class ChainTests
{
    [Fact]
    public async Task Blocks_come_with_the_clock_and_hang_together()
    {
        await using var lab = await Lab.DrivenAsync();
        (await lab.ResultAsync("eth_chainId")).GetString().Should().Be("0x89");
        (await lab.ResultAsync("net_version")).GetString().Should().Be("137");
        var head = await lab.HeadAsync();

        await lab.AdvanceAsync(17.5);

        (await lab.HeadAsync()).Should().Be(head + 10);
        var previous = await lab.ResultAsync("eth_getBlockByNumber", RpcLab.Hex(head), false);
        for (var number = head + 1; number <= head + 10; number++)
        {
            var block = await lab.ResultAsync("eth_getBlockByNumber", RpcLab.Hex(number), false);
            block.GetProperty("parentHash").GetString().Should().Be(previous.GetProperty("hash").GetString());
            (EvmLog.Number(block.GetProperty("timestamp")) - EvmLog.Number(previous.GetProperty("timestamp"))).Should().BeInRange(1, 2);
            (await lab.ResultAsync("eth_getBlockByHash", block.GetProperty("hash").GetString(), false)).GetProperty("number").GetString().Should().Be(RpcLab.Hex(number));
            previous = block;
        }
        EvmLog.Number((await lab.ResultAsync("eth_getBlockByNumber", "finalized", false)).GetProperty("number")).Should().Be(head + 6);
        (await lab.ResultAsync("eth_getBlockByNumber", RpcLab.Hex(head + 11), false)).ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("BUY", false, false)]
    [InlineData("SELL", false, false)]
    [InlineData("BUY", true, false)]
    [InlineData("SELL", true, false)]
    [InlineData("BUY", false, true)]
    [InlineData("SELL", true, true)]
    public async Task A_leaders_trade_is_on_chain_exactly_as_it_was_asked_for(string side, bool isMaker, bool negRisk)
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync(negRisk: negRisk);
        var book = await lab.GetAsync($"clob/book?token_id={market.Market.TokenIds[0]}");
        var head = await lab.HeadAsync();
        var asked = await lab.LeadAsync(market, side, "123.456789", "0.9", more: new { role = isMaker ? "maker" : "taker" });
        (await lab.LogsAsync(head, head + 5)).Should().NotContain(log => log.TransactionHash == asked.GetProperty("transactionHash").GetString(), "its block is not mined");

        await lab.AdvanceAsync(1.75);

        var logs = await lab.LogsAsync(head, head + 5);
        var fill = EvmFill.Of(logs, RpcLab.Leader).Should().ContainSingle().Subject;
        fill.Should().BeEquivalentTo(new
        {
            IsTaker = !isMaker,
            Side = side,
            Token = market.Market.TokenIds[0],
            Shares = new BigInteger(123_456_789),
            Collateral = new BigInteger(111_111_110),
            OrderHash = asked.GetProperty("orderHash").GetString(),
            Transaction = asked.GetProperty("transactionHash").GetString(),
        });
        var own = logs.Where(log => log.TransactionHash == fill.Transaction).ToList();
        own.Select(log => log.Index).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        own.Where(log => log.Topics[0] == EvmLog.OrderFilled).Should().HaveCount(2).And.OnlyContain(log => log.Address == (negRisk ? RpcLab.NegRiskExchange : RpcLab.Exchange));
        own[^1].Topics[0].Should().Be(EvmLog.OrdersMatched);
        (await lab.BalanceAsync(RpcLab.Leader, market.Market.TokenIds[0])).Should().Be(side == "BUY" ? 123_456_789 : 0, "a leader who sells is given what he sells");
        (await lab.GetAsync($"clob/book?token_id={market.Market.TokenIds[0]}")).GetProperty("bids").ToString().Should().Be(book.GetProperty("bids").ToString(), "the book is left alone");
        (await lab.GetAsync("control/stats")).GetProperty("orders").GetArrayLength().Should().Be(0);
        (await lab.ResultAsync("eth_getCode", RpcLab.Leader, "latest")).GetString()!.Length.Should().BeGreaterThan(2);
        (await lab.ResultAsync("eth_getCode", "0x2222222222222222222222222222222222222222", "latest")).GetString().Should().Be("0x");
    }

    [Fact]
    public async Task Every_fold_of_transfers_is_the_balance()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync(fees: true);
        var head = await lab.HeadAsync();
        await lab.LeadAsync(market, "BUY", "100", "0.4");
        await lab.LeadAsync(market, "BUY", "50", "0.6", more: new { match = "mint", fills = 3 });
        await lab.LeadAsync(market, "SELL", "120", "0.55", more: new { match = "merge", role = "maker", fills = 2 });
        await lab.PostAsync($"control/leaders/{RpcLab.Leader}/move", new { conditionId = market.Market.ConditionId, kind = "split", shares = "40" });
        await lab.PostAsync($"control/leaders/{RpcLab.Leader}/move", new { conditionId = market.Market.ConditionId, kind = "merge", shares = "25" });
        await lab.PostAsync($"control/leaders/{RpcLab.Leader}/move", new { conditionId = market.Market.ConditionId, kind = "transferOut", outcome = market.Market.Outcomes[0], shares = "5" });
        await lab.AdvanceAsync(4);

        var logs = await lab.LogsAsync(head, head + 10, RpcLab.Tokens);
        for (var i = 0; i < 2; i++)
        {
            var token = BigInteger.Parse(market.Market.TokenIds[i], null);
            var held = BigInteger.Zero;
            foreach (var log in logs)
            {
                var sign = (log.Account(3) == RpcLab.Leader ? 1 : 0) - (log.Account(2) == RpcLab.Leader ? 1 : 0);
                if (log.Topics[0] == EvmLog.TransferSingle && log.Words[0] == token)
                    held += sign * log.Words[1];
                else if (log.Topics[0] == EvmLog.TransferBatch)
                    held += sign * (log.Words[3] == token ? log.Words[6] : log.Words[4] == token ? log.Words[7] : 0);
            }
            held.Should().Be((i == 0 ? 30 + 15 - 5 : 15) * 1_000_000);
            (await lab.BalanceAsync(RpcLab.Leader, market.Market.TokenIds[i])).Should().Be(held);
        }
    }

    [Fact]
    public async Task A_conversion_gives_yes_of_every_other_market_of_the_event()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync(negRisk: true);
        var others = market.Market.Event.Markets.Where(other => other != market.Market).ToList();
        await lab.LeadAsync(market, "BUY", "30", "0.5", more: new { outcome = "No" });
        (await lab.PostAsync($"control/leaders/{RpcLab.Leader}/move", new { conditionId = market.Market.ConditionId, kind = "convert", shares = "31" })).Status.Should().Be(409);
        var head = await lab.HeadAsync();
        (await lab.PostAsync($"control/leaders/{RpcLab.Leader}/move", new { conditionId = market.Market.ConditionId, kind = "convert", shares = "20" })).Status.Should().Be(200);
        await lab.AdvanceAsync(12);

        (await lab.BalanceAsync(RpcLab.Leader, market.Market.TokenIds[1])).Should().Be(10_000_000);
        foreach (var other in others)
            (await lab.BalanceAsync(RpcLab.Leader, other.TokenIds[0])).Should().Be(20_000_000);
        var converted = (await lab.LogsAsync(head, head + 5, "0xd91e80cf2e7be2e162c6513ced06f1dd0da35296")).Should().ContainSingle().Subject;
        (converted.Topics[0], converted.Account(1), converted.Words.Single()).Should().Be(("0xb03d19dddbc72a87e735ff0ea3b57bef133ebe44e1894284916a84044deb367e", RpcLab.Leader, new BigInteger(20_000_000)));
        var gained = (await lab.LogsAsync(head, head + 5, RpcLab.Tokens, [EvmLog.TransferBatch, null, null, EvmLog.Topic(RpcLab.Leader)])).Should().ContainSingle().Subject;
        gained.Words.Skip(3).Take((int)gained.Words[2]).Select(id => id.ToString(null as IFormatProvider)).Should().BeEquivalentTo(others.Select(other => other.TokenIds[0]));
        (await lab.GetAsync($"data/v2/activity?user={RpcLab.Leader}&type=CONVERSION")).GetProperty("data").GetArrayLength().Should().Be(1);
        (await lab.GetAsync($"data/v2/positions?user={RpcLab.Leader}")).GetProperty("data").GetArrayLength().Should().Be(1 + others.Count);
    }

    [Fact]
    public async Task A_users_match_is_on_chain_with_his_wallet_and_order()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync(fees: true);
        var ana = await Trader.FundedAsync(lab, 1);
        var head = await lab.HeadAsync();
        var (status, body) = await ana.PostAsync(new Draft(market, 0, Modules.Kernel.Side.Buy, "FAK", 0.45m, 45));
        status.Should().Be(200, body.ToString());

        await lab.AdvanceAsync(8);

        var wallet = ana.Wallet.ToLower();
        var logs = await lab.LogsAsync(head, await lab.HeadAsync(), RpcLab.Exchange, [EvmLog.OrderFilled, null, EvmLog.Topic(wallet)]);
        var fill = EvmFill.Of(logs, wallet).Should().ContainSingle().Subject;
        fill.OrderHash.Should().Be(body.GetProperty("orderID").GetString());
        (fill.Side, fill.IsTaker, fill.Shares, fill.Collateral).Should().Be(("BUY", true, new BigInteger(100_000_000), new BigInteger(45_000_000)));
        fill.Fee.Should().BeGreaterThan(BigInteger.Zero);
        (await lab.BalanceAsync(wallet, market.Market.TokenIds[0])).Should().Be(100_000_000);
        (await lab.BalanceAsync(wallet)).Should().Be(1_000_000_000 - 45_000_000 - fill.Fee);
        var receipt = await lab.ResultAsync("eth_getTransactionReceipt", fill.Transaction);
        receipt.GetProperty("status").GetString().Should().Be("0x1");
        receipt.GetProperty("logs").EnumerateArray().Select(EvmLog.Read).Should().Contain(log => log.Topics[0] == EvmLog.FeeCharged && log.Words[0] == fill.Fee);
        (await lab.ResultAsync("eth_getCode", wallet, "latest")).GetString()!.Length.Should().BeGreaterThan(2);
        (await lab.ResultAsync("eth_getCode", ana.Address.ToString(), "latest")).GetString().Should().Be("0x");
    }

    [Fact]
    public async Task A_failed_settlement_leaves_nothing_on_chain()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        var head = await lab.HeadAsync();
        await lab.PostAsync("control/settlement", new { next = 1, @as = "fail" });
        (await ana.PostAsync(new Draft(market, 0, Modules.Kernel.Side.Buy, "FAK", 0.45m, 45))).Status.Should().Be(200);
        await lab.AdvanceAsync(20);

        EvmFill.Of(await lab.LogsAsync(head, await lab.HeadAsync()), ana.Wallet.ToLower()).Should().BeEmpty();
    }

    [Fact]
    public async Task Prints_of_strangers_are_on_chain_too()
    {
        await using var lab = await Lab.DrivenAsync();
        var head = await lab.HeadAsync();
        await lab.AdvanceAsync(120);

        var logs = await lab.LogsAsync(head, await lab.HeadAsync());
        var filled = logs.Where(log => log.Topics[0] == EvmLog.OrderFilled).ToList();
        filled.Count.Should().BeGreaterThan(50);
        filled.Count(log => log.Account(3) == log.Address).Should().Be(logs.Count(log => log.Topics[0] == EvmLog.OrdersMatched), "one summary a match");
    }

    [Fact]
    public async Task Limits_and_errors_are_a_providers()
    {
        await using var lab = await Lab.DrivenAsync();
        var head = await lab.HeadAsync();

        async Task<int> CodeAsync(string method, params object?[] parameters) => (await lab.RpcAsync(method, parameters)).GetProperty("error").GetProperty("code").GetInt32();

        (await CodeAsync("eth_getLogs", new { fromBlock = RpcLab.Hex(head - 10_000), toBlock = RpcLab.Hex(head) })).Should().Be(-32614);
        (await CodeAsync("eth_getLogs", new { fromBlock = RpcLab.Hex(head), toBlock = RpcLab.Hex(head - 1) })).Should().Be(-32000);
        (await CodeAsync("eth_getLogs", new { blockHash = "0x" + new string('1', 64) })).Should().Be(-32000);
        (await CodeAsync("eth_getLogs", new { address = "0x12" })).Should().Be(-32602);
        (await CodeAsync("eth_mine")).Should().Be(-32601);
        (await CodeAsync("eth_subscribe", "newHeads")).Should().Be(-32601);
        (await lab.LogsAsync(head + 5, head + 50)).Should().BeEmpty("a node clamps a range to what it has");
        (await lab.ResultAsync("eth_call", new { to = "0x00000000000Fb5C9ADea0298D729A0CB3823Cc07", data = "0x49493a4d" }, "latest")).GetString().Should().Be("0x0000000000000000000000007a18edfe055488a3128f01f563e5b479d92ffc3a");
        using var batch = await lab.Http.PostAsync("rpc", new StringContent("""[{"jsonrpc":"2.0","id":1,"method":"eth_chainId"},{"jsonrpc":"2.0","id":"b","method":"nope"}]"""));
        var answers = JsonDocument.Parse(await batch.Content.ReadAsStringAsync()).RootElement;
        answers[0].GetProperty("result").GetString().Should().Be("0x89");
        answers[1].GetProperty("id").GetString().Should().Be("b");
        answers[1].GetProperty("error").GetProperty("code").GetInt32().Should().Be(-32601);
    }

    [Fact]
    public async Task Subscribers_hear_heads_and_the_logs_they_asked_for()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await using var socket = await SocketClient.OpenAsync(lab, "rpc");
        await socket.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}""");
        var heads = (await socket.NextAsync()).GetProperty("result").GetString();
        await socket.SendAsync(JsonSerializer.Serialize(new { jsonrpc = "2.0", id = 2, method = "eth_subscribe", @params = new object[] { "logs", new { address = new[] { RpcLab.Exchange }, topics = new object?[] { new[] { EvmLog.OrderFilled }, null, new[] { EvmLog.Topic(RpcLab.Leader) } } } } }));
        var logs = (await socket.NextAsync()).GetProperty("result").GetString();
        await lab.LeadAsync(market, "BUY", "10", "0.5");
        await lab.LeadAsync(market, "BUY", "10", "0.5", leader: "0x3333333333333333333333333333333333333333");

        await lab.AdvanceAsync(1.75);

        var head = (await socket.NextAsync()).GetProperty("params");
        head.GetProperty("subscription").GetString().Should().Be(heads);
        EvmLog.Number(head.GetProperty("result").GetProperty("number")).Should().Be(await lab.HeadAsync());
        var log = (await socket.NextAsync()).GetProperty("params");
        log.GetProperty("subscription").GetString().Should().Be(logs);
        EvmFill.Of([EvmLog.Read(log.GetProperty("result"))], RpcLab.Leader).Should().ContainSingle();
        await socket.SendAsync(JsonSerializer.Serialize(new { jsonrpc = "2.0", id = 3, method = "eth_unsubscribe", @params = new[] { heads } }));
        (await socket.NextAsync()).GetProperty("result").GetBoolean().Should().BeTrue();
        await lab.AdvanceAsync(1.75);
        await socket.SendAsync("""{"jsonrpc":"2.0","id":4,"method":"eth_blockNumber","params":[]}""");
        (await socket.NextAsync()).GetProperty("id").GetInt32().Should().Be(4, "no head and no log of others came before");
    }

    [Theory]
    [InlineData("drop", true)]
    [InlineData("drop", false)]
    [InlineData("include", true)]
    [InlineData("later", false)]
    public async Task A_reorganisation_replaces_blocks_and_what_lies_in_them(string fills, bool removed)
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await using var socket = await SocketClient.OpenAsync(lab, "rpc");
        await socket.SendAsync(JsonSerializer.Serialize(new { jsonrpc = "2.0", id = 2, method = "eth_subscribe", @params = new object[] { "logs", new { topics = new object?[] { EvmLog.OrderFilled, null, EvmLog.Topic(RpcLab.Leader) } } } }));
        await socket.NextAsync();
        await lab.LeadAsync(market, "BUY", "10", "0.5");
        await lab.AdvanceAsync(1.75);
        var told = EvmLog.Read((await socket.NextAsync()).GetProperty("params").GetProperty("result"));
        var head = await lab.HeadAsync();

        var (status, reorg) = await lab.PostAsync("control/chain/reorg", new { depth = 1, removed, fills });

        status.Should().Be(200);
        (await lab.HeadAsync()).Should().Be(head);
        (await lab.ResultAsync("eth_getBlockByHash", told.BlockHash, false)).ValueKind.Should().Be(JsonValueKind.Null);
        (await lab.RpcAsync("eth_getLogs", new { blockHash = told.BlockHash })).GetProperty("error").GetProperty("message").GetString().Should().Be("unknown block");
        (await lab.ResultAsync("eth_getBlockByNumber", RpcLab.Hex(head), false)).GetProperty("hash").GetString().Should().NotBe(told.BlockHash);
        if (removed)
        {
            var gone = EvmLog.Read((await socket.NextAsync()).GetProperty("params").GetProperty("result"));
            gone.Should().BeEquivalentTo(told with { Removed = true });
        }
        await lab.AdvanceAsync(1.75);
        var now = (await lab.LogsAsync(head - 5, head + 2, null, [EvmLog.OrderFilled, null, EvmLog.Topic(RpcLab.Leader)]));
        if (fills == "drop")
        {
            now.Should().BeEmpty();
            reorg.GetProperty("dropped")[0].GetString().Should().Be(told.TransactionHash);
            (await lab.ResultAsync("eth_getTransactionReceipt", told.TransactionHash)).ValueKind.Should().Be(JsonValueKind.Null);
            (await lab.BalanceAsync(RpcLab.Leader, market.Market.TokenIds[0])).Should().Be(0);
        }
        else
        {
            var again = now.Should().ContainSingle().Subject;
            (again.Block, again.TransactionHash).Should().Be((fills == "later" ? head + 1 : head, told.TransactionHash));
            again.BlockHash.Should().NotBe(told.BlockHash);
            EvmLog.Read((await socket.NextAsync()).GetProperty("params").GetProperty("result")).Should().BeEquivalentTo(again);
        }

        var before = await lab.LogsAsync(head - 5, head + 2, null, [EvmLog.OrderFilled, null, EvmLog.Topic(RpcLab.Leader)]);
        var hash = (await lab.ResultAsync("eth_getBlockByNumber", RpcLab.Hex(head), false)).GetProperty("hash").GetString();
        await lab.RestartAsync();
        (await lab.LogsAsync(head - 5, head + 2, null, [EvmLog.OrderFilled, null, EvmLog.Topic(RpcLab.Leader)])).Should().BeEquivalentTo(before, "the journal remembers");
        (await lab.ResultAsync("eth_getBlockByNumber", RpcLab.Hex(head), false)).GetProperty("hash").GetString().Should().Be(hash);
    }

    [Fact]
    public async Task No_reorganisation_reaches_what_is_final()
    {
        await using var lab = await Lab.DrivenAsync();
        (await lab.PostAsync("control/chain/reorg", new { depth = 5 })).Status.Should().Be(409);
        (await lab.PostAsync("control/chain/finality", new { lag = 30 })).Status.Should().Be(200);
        await lab.AdvanceAsync(60);
        (await lab.PostAsync("control/chain/reorg", new { depth = 20, removed = true })).Status.Should().Be(200);
        (await lab.PostAsync("control/chain/reorg", new { depth = 0 })).Status.Should().Be(400);
    }
}
