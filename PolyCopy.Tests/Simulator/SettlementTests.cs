using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Settlement;

namespace PolyCopy.Tests.Simulator;

public class SettlementTests
{
    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static async Task<(Lab Lab, Trader Ana, string Token, string Trade)> BoughtAsync(string? next = null)
    {
        var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        if (next is not null)
            (await lab.PostAsync("control/settlement", new Dictionary<string, object> { ["next"] = 1, ["as"] = next })).Status.Should().Be(200);
        var (_, answer) = await ana.PostAsync(new Draft(market, 0, Side.Buy, "FAK", 0.45m, 45));
        return (lab, ana, market.Market.TokenIds[0], answer.GetProperty("tradeIDs")[0].GetString()!);
    }

    private static async Task<string> StateAsync(Trader trader) => Text((await trader.ListAsync("/data/trades"))[0], "status");

    private static Task<(int Status, JsonElement Body)> SettleAsync(Lab lab, string trade, string how) =>
        lab.PostAsync("control/settlement", new Dictionary<string, object> { ["trade"] = trade, ["as"] = how });

    [Fact]
    public void Blocks_come_about_two_seconds_later_on_their_grid()
    {
        var waits = Enumerable.Range(0, 2000).Select(trade =>
        {
            var at = 1_791_258_811_033 + trade * 137L;
            var (mined, confirmed) = SettlementTimes.For(1, trade, 0, at);
            (mined % SettlementTimes.BlockMs).Should().Be(0);
            (confirmed - mined).Should().BeInRange(5000, 8000);
            return mined - at;
        }).ToList();

        waits.Average().Should().BeInRange(2000, 2600);
        waits.Min().Should().BeGreaterOrEqualTo(1000);
        waits.Max().Should().BeLessThan(9000);
    }

    [Fact]
    public async Task A_failed_settlement_gives_everything_back()
    {
        var (lab, ana, token, trade) = await BoughtAsync("fail");
        await using var _ = lab;
        await using var socket = await SocketClient.UserAsync(lab, ana);

        await lab.AdvanceAsync(15);

        (await StateAsync(ana)).Should().Be("FAILED");
        (await ana.BalanceAsync()).Should().Be(1000);
        (await ana.BalanceAsync(token)).Should().Be(0);
        Text(await socket.NextAsync(), "status").Should().Be("FAILED");
        (await ana.PostAsync(new Draft((await lab.MarketAsync()), 0, Side.Buy, "FAK", 0.45m, 100))).Status.Should().Be(200, "nothing stays reserved");
        (await SettleAsync(lab, trade, "confirm")).Status.Should().Be(409, "FAILED is final");
    }

    [Fact]
    public async Task A_retry_ends_in_another_transaction()
    {
        var (lab, ana, token, _) = await BoughtAsync("retry");
        await using var _ = lab;
        await using var socket = await SocketClient.UserAsync(lab, ana);

        await lab.AdvanceAsync(30);

        var frames = await socket.UntilAsync(frame => Text(frame, "status") == "CONFIRMED");
        frames.Select(frame => Text(frame, "status")).Should().Equal("RETRYING", "MINED", "CONFIRMED");
        Text(frames[1], "transaction_hash").Should().NotBe(Text(frames[0], "transaction_hash"));
        Text(frames[2], "transaction_hash").Should().Be(Text(frames[1], "transaction_hash"));
        frames.Select(frame => Text(frame, "id")).Distinct().Should().ContainSingle();
        (await ana.BalanceAsync(token)).Should().Be(100);
    }

    [Fact]
    public async Task A_ghost_stays_matched_until_somebody_decides()
    {
        var (lab, ana, token, trade) = await BoughtAsync("ghost");
        await using var _ = lab;
        await lab.AdvanceAsync(3600);
        (await StateAsync(ana)).Should().Be("MATCHED");
        (await ana.BalanceAsync(token)).Should().Be(0);

        (await SettleAsync(lab, trade, "confirm")).Status.Should().Be(200);
        (await StateAsync(ana)).Should().Be("CONFIRMED");
        (await ana.BalanceAsync(token)).Should().Be(100);
    }

    [Fact]
    public async Task A_mined_trade_can_still_fail()
    {
        var (lab, ana, token, trade) = await BoughtAsync();
        await using var _ = lab;
        await lab.AdvanceAsync(5);
        (await StateAsync(ana)).Should().Be("MINED");

        (await SettleAsync(lab, trade, "fail")).Status.Should().Be(200);
        await lab.AdvanceAsync(30);

        (await StateAsync(ana)).Should().Be("FAILED");
        (await ana.BalanceAsync()).Should().Be(1000);
        (await ana.BalanceAsync(token)).Should().Be(0);
    }

    [Fact]
    public async Task Only_the_next_trades_are_decided()
    {
        var (lab, ana, token, _) = await BoughtAsync("fail");
        await using var _ = lab;
        await ana.PostAsync(new Draft(await lab.MarketAsync(), 0, Side.Buy, "FAK", 0.45m, 9));
        await lab.AdvanceAsync(30);

        (await ana.ListAsync("/data/trades")).Select(trade => Text(trade, "status")).Should().Equal("CONFIRMED", "FAILED");
        (await ana.BalanceAsync(token)).Should().Be(20);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"trade":"x","next":1,"as":"fail"}""")]
    [InlineData("""{"next":1,"as":"sometimes"}""")]
    [InlineData("nonsense")]
    public async Task A_decision_that_says_nothing_is_refused(string body)
    {
        await using var lab = await Lab.DrivenAsync();
        using var response = await lab.Http.PostAsync("control/settlement", new StringContent(body));
        ((int)response.StatusCode).Should().Be(400);
        (await SettleAsync(lab, "00000000-0000-4000-8000-000000000000", "fail")).Status.Should().Be(404);
    }
}
