using System.Globalization;
using System.Numerics;
using System.Text.Json;
using PolyCopy.Modules.Simulator.Leaders;

namespace PolyCopy.Tests.Simulator;

public sealed class SeededLeaderTests(ITestOutputHelper output)
{
    private const int WeekBlocks = 7 * 24 * 3600 * 4 / 7;

    private static async Task<List<(string Address, string Owner, string Name)>> LeadersAsync(Lab lab) =>
        [.. (await lab.GetAsync("control/leaders")).EnumerateArray().Select(leader => (leader.GetProperty("address").GetString()!.ToLowerInvariant(), leader.GetProperty("owner").GetString()!, leader.GetProperty("name").GetString()!))];

    /// <summary>Every log of a wallet's fills and transfers since the beginning.</summary>
    private static async Task<List<EvmLog>> PastAsync(Lab lab, string wallet)
    {
        var head = await lab.HeadAsync();
        var logs = new List<EvmLog>();
        for (var from = head - WeekBlocks - 50; from <= head; from += 10_000)
        {
            var to = Math.Min(head, from + 9_999);
            logs.AddRange(await lab.LogsAsync(from, to, new[] { RpcLab.Exchange, RpcLab.NegRiskExchange }, [EvmLog.OrderFilled, null, EvmLog.Topic(wallet)]));
            logs.AddRange(await lab.LogsAsync(from, to, RpcLab.Tokens, [new[] { EvmLog.TransferSingle, EvmLog.TransferBatch }, null, EvmLog.Topic(wallet)]));
            logs.AddRange(await lab.LogsAsync(from, to, RpcLab.Tokens, [new[] { EvmLog.TransferSingle, EvmLog.TransferBatch }, null, null, EvmLog.Topic(wallet)]));
        }
        return logs;
    }

    [Fact]
    public async Task Seven_days_lie_behind_every_leader_and_all_sources_tell_the_same()
    {
        await using var lab = await Lab.DrivenAsync();
        await lab.AdvanceAsync(60);
        foreach (var (address, owner, name) in await LeadersAsync(lab))
        {
            var logs = await PastAsync(lab, address);
            var fills = EvmFill.Of(logs, address);
            var rows = new List<JsonElement>();
            string? cursor = null;
            do
            {
                var page = await lab.GetAsync($"data/v2/trades?user={address}&taker_only=false&limit=1000&filter_amount=0{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}");
                rows.AddRange(page.GetProperty("data").EnumerateArray());
                cursor = page.GetProperty("pagination").GetProperty("next_cursor").GetString();
            }
            while (cursor is not null);
            output.WriteLine($"{name}: {fills.Count} fills, {fills.Count(fill => !fill.IsTaker)} resting, {fills.Sum(fill => (decimal)fill.Collateral) / 1_000_000m:F0} pUSD");
            fills.Count.Should().BeGreaterThan(10, name);
            var late = await lab.HeadAsync() - 10;
            rows.Select(row => (row.GetProperty("transaction_hash").GetString(), row.GetProperty("token_id").GetString(), row.GetProperty("side").GetString(), new BigInteger(row.GetProperty("size").GetDecimal() * 1_000_000)))
                .Should().BeSubsetOf(fills.Select(fill => ((string?)fill.Transaction, (string?)fill.Token, (string?)fill.Side, fill.Shares)));
            rows.Count.Should().BeCloseTo(fills.Count, 3, "the indexer is some seconds behind");

            var held = new Dictionary<string, BigInteger>();
            foreach (var log in logs.Where(log => log.Topics[0] == EvmLog.TransferSingle).DistinctBy(log => (log.TransactionHash, log.Index)).OrderBy(log => (log.Block, log.Index)))
            {
                var token = log.Words[0].ToString(CultureInfo.InvariantCulture);
                held[token] = held.GetValueOrDefault(token) + ((log.Account(3) == address ? 1 : 0) - (log.Account(2) == address ? 1 : 0)) * log.Words[1];
                held[token].Sign.Should().BeGreaterThanOrEqualTo(0, "nobody sells what he has not");
            }
            foreach (var (token, amount) in held.Take(25))
                (await lab.BalanceAsync(address, token)).Should().Be(amount);
            (await lab.BalanceAsync(address)).Should().BeGreaterThan(BigInteger.Zero, $"{name} has money left");
            (await lab.ResultAsync("eth_getCode", address, "latest")).GetString()!.Length.Should().BeGreaterThan(2);
            (await lab.ResultAsync("eth_getCode", owner, "latest")).GetString().Should().Be("0x");
        }
    }

    [Fact]
    public async Task They_differ_in_what_they_do_and_in_what_they_earn()
    {
        await using var lab = await Lab.DrivenAsync();
        await lab.AdvanceAsync(10);
        var board = (await lab.GetAsync("data/v2/leaderboard?time_period=all")).GetProperty("data").EnumerateArray().ToDictionary(row => row.GetProperty("user_name").GetString()!, row => row.GetProperty("pnl").GetDecimal());
        foreach (var (name, pnl) in board)
            output.WriteLine($"{name}: {pnl:F0}");
        board.Should().HaveCount(LeaderStyle.All.Count);
        board.Values.Should().BeInDescendingOrder();
        board["bags_forever"].Should().BeNegative();
        board["fastfingers"].Should().BePositive();
        board["courtside"].Should().BePositive();
        board["jackpot_jan"].Should().BePositive("of one hit");
        var leaders = await LeadersAsync(lab);
        var washer = leaders.Single(leader => leader.Name == "round_and_round").Address;
        (await PastAsync(lab, washer)).Where(log => log.Topics[0] == EvmLog.OrderFilled && log.Account(3) != log.Address).Select(log => log.Account(3)).Distinct().Should().ContainSingle("it is always the same other wallet");
        var maker = leaders.Single(leader => leader.Name == "two_sided").Address;
        EvmFill.Of(await PastAsync(lab, maker), maker).Should().OnlyContain(fill => !fill.IsTaker);
    }

    [Fact]
    public async Task Their_prices_are_those_of_the_history()
    {
        await using var lab = await Lab.DrivenAsync();
        await lab.AdvanceAsync(10);
        var (address, _, _) = (await LeadersAsync(lab)).Single(leader => leader.Name == "coin_toss");
        var rows = (await lab.GetAsync($"data/v2/trades?user={address}&taker_only=false&limit=40")).GetProperty("data").EnumerateArray().ToList();
        foreach (var row in rows)
        {
            var at = row.GetProperty("timestamp").GetInt64();
            var history = (await lab.GetAsync($"clob/prices-history?market={row.GetProperty("token_id").GetString()}&startTs={at - 600}&endTs={at + 120}&fidelity=1")).GetProperty("history").EnumerateArray().Select(point => point.GetProperty("p").GetDecimal()).ToList();
            row.GetProperty("price").GetDecimal().Should().BeInRange(history.Min() - 0.04m, history.Max() + 0.04m);
        }
    }

    [Fact]
    public async Task They_go_on_trading_and_a_restart_changes_nothing_of_it()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var head = await lab.HeadAsync();
        await lab.AdvanceAsync(3600);
        await lab.QuoteAsync(market, "0.60", "0.61");
        await lab.AdvanceAsync(3600);
        async Task<List<EvmLog>> LedAsync()
        {
            var logs = new List<EvmLog>();
            foreach (var (address, _, _) in await LeadersAsync(lab))
                logs.AddRange(await lab.LogsAsync(head, head + 4_200, null, [EvmLog.OrderFilled, null, EvmLog.Topic(address)]));
            return logs;
        }
        var before = await LedAsync();
        before.Count.Should().BeGreaterThan(20);

        await lab.RestartAsync();

        (await LedAsync()).Should().BeEquivalentTo(before);
        var receipt = await lab.ResultAsync("eth_getTransactionReceipt", before[0].TransactionHash);
        EvmLog.Number(receipt.GetProperty("blockNumber")).Should().Be(before[0].Block);
    }

    [Fact]
    public async Task The_lab_takes_a_leader_into_its_own_hand()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var (address, _, _) = (await LeadersAsync(lab)).Single(leader => leader.Name == "two_sided");
        var head = await lab.HeadAsync();
        var before = await lab.BalanceAsync(address);
        await lab.LeadAsync(market, "BUY", "10", "0.5", address);
        await lab.AdvanceAsync(4 * 3600);

        var fills = EvmFill.Of(await lab.LogsAsync(head + 4, head + 9_000, null, [EvmLog.OrderFilled, null, EvmLog.Topic(address)]), address);
        fills.Should().BeEmpty("the seed leaves him alone from then on");
        before.Should().BeGreaterThan(BigInteger.Zero);
        (await lab.BalanceAsync(address)).Should().BeGreaterThan(BigInteger.Zero);
    }

    [Fact]
    public async Task A_resolution_pays_leaders_out()
    {
        await using var lab = await Lab.DrivenAsync();
        await lab.AdvanceAsync(10);
        var (address, _, _) = (await LeadersAsync(lab)).Single(leader => leader.Name == "patient_pia");
        var position = (await lab.GetAsync($"data/v2/positions?user={address}")).GetProperty("data")[0];
        var (token, condition) = (position.GetProperty("token_id").GetString()!, position.GetProperty("condition_id").GetString());
        var (shares, money) = (await lab.BalanceAsync(address, token), await lab.BalanceAsync(address));
        shares.Should().BeGreaterThan(BigInteger.Zero);

        (await lab.PostAsync($"control/markets/{condition}/resolve", new { winner = position.GetProperty("outcome").GetString() })).Status.Should().Be(200);
        await lab.AdvanceAsync(14);

        (await lab.BalanceAsync(address, token)).Should().Be(BigInteger.Zero);
        (await lab.BalanceAsync(address)).Should().BeGreaterThanOrEqualTo(money + shares - 10_000_000_000);
        (await lab.GetAsync($"data/v2/activity?user={address}&type=REDEEM")).GetProperty("data").EnumerateArray().Should().Contain(row => row.GetProperty("token_id").GetString() == token);
    }

    [Fact]
    public async Task The_same_seed_and_requests_make_the_same_chain_and_a_restart_keeps_it()
    {
        async Task<(string Logs, string Rows, BigInteger Left)> StoryAsync(bool restarts)
        {
            await using var lab = await Lab.DrivenAsync();
            var market = await lab.MarketAsync(negRisk: true);
            var head = await lab.HeadAsync();
            await lab.LeadAsync(market, "BUY", "100", "0.4");
            await lab.AdvanceAsync(5);
            (await lab.PostAsync($"control/leaders/{RpcLab.Leader}/move", new { conditionId = market.Market.ConditionId, kind = "transferOut", outcome = market.Market.Outcomes[0], shares = "30" })).Status.Should().Be(200);
            await lab.AdvanceAsync(5);
            if (restarts)
                await lab.RestartAsync();
            (await lab.PostAsync("control/chain/reorg", new { depth = 4, removed = true })).Status.Should().Be(200);
            await lab.AdvanceAsync(10);
            var logs = await lab.ResultAsync("eth_getLogs", new { fromBlock = RpcLab.Hex(head), toBlock = RpcLab.Hex(head + 20), topics = new object?[] { null, null, EvmLog.Topic(RpcLab.Leader) } });
            return (logs.ToString(), (await lab.GetAsync($"data/v2/activity?user={RpcLab.Leader}")).ToString(), await lab.BalanceAsync(RpcLab.Leader, market.Market.TokenIds[0]));
        }

        var first = await StoryAsync(restarts: false);
        first.Left.Should().Be(new BigInteger(100_000_000), "the transfer was reorganised away");
        (await StoryAsync(restarts: false)).Should().Be(first);
        (await StoryAsync(restarts: true)).Should().Be(first);
    }
}
