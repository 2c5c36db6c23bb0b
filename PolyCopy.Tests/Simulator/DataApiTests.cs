using System.Text.Json;

namespace PolyCopy.Tests.Simulator;

public sealed class DataApiTests
{
    [Fact]
    public async Task A_leaders_trade_is_in_trades_activity_and_positions_some_seconds_later()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var asked = await lab.LeadAsync(market, "BUY", "123.456789", "0.9", more: new { role = "maker" });
        var path = $"data/v2/activity?user={RpcLab.Leader}&type=TRADE";
        await lab.AdvanceAsync(2);
        (await lab.GetAsync(path)).GetProperty("data").GetArrayLength().Should().Be(0, "the indexer is behind the chain");

        await lab.AdvanceAsync(8);

        var page = await lab.GetAsync(path);
        page.GetProperty("pagination").GetProperty("has_more").GetBoolean().Should().BeFalse();
        page.GetProperty("pagination").GetProperty("next_cursor").ValueKind.Should().Be(JsonValueKind.Null);
        var row = page.GetProperty("data").EnumerateArray().Should().ContainSingle().Subject;
        row.GetProperty("proxy_wallet").GetString().Should().Be(RpcLab.Leader);
        row.GetProperty("size").GetDecimal().Should().Be(123.456789m);
        row.GetProperty("price").GetDecimal().Should().Be(0.9m);
        row.GetProperty("usdc_size").GetDecimal().Should().Be(111.11111m);
        row.GetProperty("transaction_hash").GetString().Should().Be(asked.GetProperty("transactionHash").GetString());
        row.GetProperty("token_id").GetString().Should().Be(market.Market.TokenIds[0]);
        row.GetProperty("type").GetString().Should().Be("TRADE");
        var block = await lab.ResultAsync("eth_getBlockByNumber", RpcLab.Hex(asked.GetProperty("blockNumber").GetInt64()), false);
        row.GetProperty("timestamp").GetInt64().Should().Be(EvmLog.Number(block.GetProperty("timestamp")), "the time is the block's");

        (await lab.GetAsync($"data/v2/trades?user={RpcLab.Leader}")).GetProperty("data").GetArrayLength().Should().Be(0, "taker_only is true unless said otherwise");
        (await lab.GetAsync($"data/v2/trades?user={RpcLab.Leader.ToUpperInvariant().Replace("0X", "0x")}&takerOnly=false")).GetProperty("data").GetArrayLength().Should().Be(1);
        (await lab.GetAsync($"data/v2/trades?user={RpcLab.Leader},{RpcLab.Leader}&taker_only=false")).GetProperty("data").GetArrayLength().Should().Be(0);
        var position = (await lab.GetAsync($"data/v2/positions?user={RpcLab.Leader}")).GetProperty("data").EnumerateArray().Should().ContainSingle().Subject;
        position.GetProperty("current_size").GetDecimal().Should().Be(123.456789m);
        position.GetProperty("avg_price").GetDecimal().Should().BeApproximately(0.9m, 0.000001m);
        position.GetProperty("status").GetString().Should().Be("OPEN");
        (await lab.GetAsync($"data/trades?user={RpcLab.Leader}&takerOnly=false"))[0].GetProperty("conditionId").GetString().Should().Be(market.Market.ConditionId);
        (await lab.GetAsync($"data/positions?user={RpcLab.Leader}"))[0].GetProperty("size").GetDecimal().Should().Be(123.456789m);
        (await lab.GetAsync($"data/v2/value?user={RpcLab.Leader}")).GetProperty("data").GetProperty("value").GetDecimal().Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task What_is_asked_wrongly_is_refused_in_v2s_words()
    {
        await using var lab = await Lab.DrivenAsync();
        foreach (var (path, parameter) in (List<(string, string)>)[("v2/activity", "user"), ("v2/positions", "user"), ("v2/trades?limit=1001", "limit"), ("v2/trades?offset=5", "offset"), ("v2/trades?cursor=%21", "cursor"), ("v2/leaderboard?time_period=year", "time_period")])
        {
            using var response = await lab.Http.GetAsync("data/" + path);
            ((int)response.StatusCode).Should().Be(400, path);
            var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            body.GetProperty("code").GetString().Should().Be("invalid_request");
            body.GetProperty("parameter").GetString().Should().Be(parameter);
            body.GetProperty("retryable").GetBoolean().Should().BeFalse();
            response.Headers.GetValues("x-trace-id").Single().Should().Be(body.GetProperty("trace_id").GetString());
        }
        using var unknown = await lab.Http.GetAsync("data/v2/nothing");
        ((int)unknown.StatusCode).Should().Be(404);
    }

    [Fact]
    public async Task Cursors_walk_every_row_once_though_new_ones_come()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        for (var i = 1; i <= 7; i++)
            await lab.LeadAsync(market, "BUY", i.ToString(null as IFormatProvider), "0.5");
        await lab.AdvanceAsync(12);
        var sizes = new List<decimal>();
        string? cursor = null;
        do
        {
            var page = await lab.GetAsync($"data/v2/activity?user={RpcLab.Leader}&limit=3{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            sizes.AddRange(page.GetProperty("data").EnumerateArray().Select(row => row.GetProperty("size").GetDecimal()));
            cursor = page.GetProperty("pagination").GetProperty("next_cursor").GetString();
            page.GetProperty("pagination").GetProperty("has_more").GetBoolean().Should().Be(cursor is not null);
            await lab.LeadAsync(market, "BUY", "99", "0.5");
            await lab.AdvanceAsync(12);
        }
        while (cursor is not null);

        sizes.Should().BeEquivalentTo([1, 2, 3, 4, 5, 6, 7]);
    }

    [Fact]
    public async Task Splits_merges_and_redemptions_are_activity_and_transfers_are_not()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        async Task MoveAsync(object body) => (await lab.PostAsync($"control/leaders/{RpcLab.Leader}/move", body)).Status.Should().Be(200);
        var condition = market.Market.ConditionId;
        await lab.LeadAsync(market, "BUY", "100", "0.5");
        await MoveAsync(new { conditionId = condition, kind = "split", shares = "50" });
        await MoveAsync(new { conditionId = condition, kind = "merge", shares = "20" });
        await MoveAsync(new { conditionId = condition, kind = "transferOut", outcome = market.Market.Outcomes[0], shares = "5" });
        (await lab.PostAsync($"control/leaders/{RpcLab.Leader}/move", new { conditionId = condition, kind = "merge", shares = "31" })).Status.Should().Be(409);
        (await lab.PostAsync($"control/leaders/{RpcLab.Leader}/move", new { conditionId = condition, kind = "redeem" })).Status.Should().Be(409, "nothing is resolved");
        (await lab.PostAsync($"control/markets/{condition}/resolve", new { winner = market.Market.Outcomes[0] })).Status.Should().Be(200);
        await lab.AdvanceAsync(12);

        var types = (await lab.GetAsync($"data/v2/activity?user={RpcLab.Leader}")).GetProperty("data").EnumerateArray().Select(row => row.GetProperty("type").GetString()).ToList();
        types.Should().BeEquivalentTo(["TRADE", "SPLIT", "MERGE", "REDEEM", "REDEEM"]);
        (await lab.BalanceAsync(RpcLab.Leader, market.Market.TokenIds[0])).Should().Be(0, "the venue redeems for its wallets");
        (await lab.GetAsync($"data/v2/positions?user={RpcLab.Leader}")).GetProperty("data").GetArrayLength().Should().Be(0);
    }

    [Fact]
    public async Task Faults_of_the_data_api()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await lab.LeadAsync(market, "BUY", "10", "0.5", more: new { role = "maker" });
        await lab.AdvanceAsync(12);
        var trades = $"data/v2/trades?user={RpcLab.Leader}&taker_only=false";
        var positions = $"data/v2/positions?user={RpcLab.Leader}";
        async Task<int> CountAsync(string path) => (await lab.GetAsync(path)).GetProperty("data").GetArrayLength();
        async Task SwitchAsync(string fault, string? variant = null)
        {
            await lab.Http.DeleteAsync("control/faults");
            (await lab.FaultAsync(fault, "data", variant: variant)).Status.Should().Be(200);
        }

        await SwitchAsync("F42");
        (await CountAsync(trades)).Should().Be(1);
        await lab.LeadAsync(market, "BUY", "11", "0.5");
        await lab.AdvanceAsync(20);
        (await CountAsync(trades)).Should().Be(1, "a cache stands in front");
        (await CountAsync(trades + "&_=1")).Should().Be(2, "another URL is another entry");
        await lab.AdvanceAsync(290);
        (await CountAsync(trades)).Should().Be(2);

        await SwitchAsync("F43", "empty");
        (await CountAsync(positions)).Should().Be(0);
        await SwitchAsync("F43", "900");
        (await CountAsync(positions)).Should().Be(0);
        await SwitchAsync("F44", "503");
        using (var down = await lab.Http.GetAsync(positions))
        {
            ((int)down.StatusCode).Should().Be(503);
            (await down.Content.ReadAsStringAsync()).Should().Contain("\"dependency_unavailable\"").And.Contain("\"retryable\":true");
        }
        await SwitchAsync("F45", "1");
        var capped = await lab.GetAsync(trades);
        capped.GetProperty("data").GetArrayLength().Should().Be(1);
        capped.GetProperty("pagination").GetProperty("has_more").GetBoolean().Should().BeTrue();
        capped.GetProperty("pagination").GetProperty("next_cursor").ValueKind.Should().Be(JsonValueKind.Null);
        await SwitchAsync("F54");
        (await lab.GetAsync(trades)).GetProperty("data")[0].GetProperty("condition_id").GetString().Should().HaveLength(64);
        await SwitchAsync("F58");
        (await CountAsync(trades)).Should().Be(1, "the maker's fill is invisible");
        await SwitchAsync("F55");
        (await lab.Http.GetStringAsync(trades)).Should().Contain("\"price\":5e-1");
        await lab.Http.DeleteAsync("control/faults");
        (await CountAsync(trades)).Should().Be(2);
    }
}
