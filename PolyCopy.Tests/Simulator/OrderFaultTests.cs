using System.Text.Json;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Tests.Simulator;

/// <summary>Each fault of orders, money and settlement does what its line in the catalogue says.</summary>
public class OrderFaultTests
{
    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Error((int Status, JsonElement Body) answer) => $"{answer.Status} {answer.Body.GetProperty("error").GetString()}";

    private static async Task<List<string>> StatesAsync(Trader trader) => [.. (await trader.ListAsync("/data/trades")).Select(trade => Text(trade, "status"))];

    private static async Task<int> AcceptedAsync(Lab lab) => (await lab.GetAsync("control/stats")).GetProperty("orders").EnumerateArray().Sum(order => order.GetProperty("accepted").GetInt32());

    private sealed record Scene(Lab Lab, Modules.Simulator.World.MarketState Market, Trader Ana) : IAsyncDisposable
    {
        public Draft Buy(decimal usd = 45) => new(Market, 0, Side.Buy, "FAK", 0.45m, usd);

        public Draft Rest(decimal price = 0.40m, decimal shares = 50) => new(Market, 0, Side.Buy, "GTC", price, shares);

        public ValueTask DisposeAsync() => Lab.DisposeAsync();
    }

    private static async Task<Scene> SceneAsync()
    {
        var lab = await Lab.DrivenAsync();
        return new Scene(lab, await lab.MarketAsync(), await Trader.FundedAsync(lab, 1));
    }

    [Fact]
    public async Task F19_trades_stay_matched()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F19", "clob", seconds: 5);
        await scene.Ana.PostAsync(scene.Buy());
        await scene.Lab.AdvanceAsync(600);
        await scene.Ana.PostAsync(new Draft(await scene.Lab.MarketAsync(), 0, Side.Buy, "FAK", 0.45m, 9));
        await scene.Lab.AdvanceAsync(30);

        (await StatesAsync(scene.Ana)).Should().Equal("CONFIRMED", "MATCHED");
    }

    [Fact]
    public async Task F19_late_trades_are_mined_10_to_50_s_later()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F19", "ws/user", variant: "late", seed: 4);
        await scene.Ana.PostAsync(scene.Buy());
        await scene.Lab.AdvanceAsync(10);
        (await StatesAsync(scene.Ana)).Should().Equal("MATCHED");
        await scene.Lab.AdvanceAsync(60);
        (await StatesAsync(scene.Ana)).Should().Equal("CONFIRMED");
    }

    [Fact]
    public async Task F20_trades_fail_at_the_given_rate()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F20", "clob", probability: 0.5, seed: 1);
        for (var i = 0; i < 40; i++)
            await scene.Ana.PostAsync(scene.Buy(2));
        await scene.Lab.AdvanceAsync(60);

        var states = await StatesAsync(scene.Ana);
        states.Distinct().Should().BeEquivalentTo("CONFIRMED", "FAILED");
        states.Count(state => state == "FAILED").Should().BeInRange(10, 30);
        (await scene.Ana.BalanceAsync()).Should().Be(1000 - 2 * states.Count(state => state == "CONFIRMED"));
    }

    [Fact]
    public async Task F21_what_was_matched_stays_reserved_until_the_balance_is_updated()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F21", "clob");
        await scene.Ana.PostAsync(scene.Buy(400));
        await scene.Lab.AdvanceAsync(60);

        Error(await scene.Ana.PostAsync(scene.Rest(0.40m, 600))).Should().Be("400 not enough balance / allowance: the balance is not enough -> balance: 600000000, sum of matched orders: 400000000, order amount (inc. fees): 240000000");
        await scene.Ana.GetAsync("/balance-allowance/update?asset_type=COLLATERAL&signature_type=3");
        (await scene.Ana.PostAsync(scene.Rest(0.40m, 600))).Status.Should().Be(200);
    }

    [Fact]
    public async Task F22_the_balance_is_zero_until_it_is_updated()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F22", "clob");

        Error(await scene.Ana.PostAsync(scene.Rest())).Should().Be("400 not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 20000000");
        (await scene.Ana.BalanceAsync()).Should().Be(0);
        await scene.Ana.GetAsync("/balance-allowance/update?asset_type=COLLATERAL&signature_type=3");
        (await scene.Ana.BalanceAsync()).Should().Be(1000);
        (await scene.Ana.PostAsync(scene.Rest())).Status.Should().Be(200);
    }

    [Fact]
    public async Task F23_mined_shares_are_not_counted_until_the_balance_is_updated()
    {
        await using var scene = await SceneAsync();
        var token = scene.Market.Market.TokenIds[0];
        await scene.Lab.FaultAsync("F23", "clob");
        await scene.Ana.PostAsync(scene.Buy());
        await scene.Lab.AdvanceAsync(30);

        (await StatesAsync(scene.Ana)).Should().Equal("CONFIRMED");
        (await scene.Ana.BalanceAsync(token)).Should().Be(0);
        Error(await scene.Ana.PostAsync(new Draft(scene.Market, 0, Side.Sell, "GTC", 0.90m, 100))).Should().StartWith("400 not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 100000000");
        await scene.Ana.GetAsync($"/balance-allowance/update?asset_type=CONDITIONAL&token_id={token}&signature_type=3");
        (await scene.Ana.PostAsync(new Draft(scene.Market, 0, Side.Sell, "GTC", 0.90m, 100))).Status.Should().Be(200);
    }

    [Fact]
    public async Task F24_the_order_arrives_and_the_answer_does_not()
    {
        await using var scene = await SceneAsync();
        var (first, second) = (scene.Buy(9), scene.Buy(9));
        await scene.Lab.FaultAsync("F24", "clob", variant: "drop");
        await FluentActions.Awaiting(() => scene.Ana.PostAsync(first)).Should().ThrowAsync<HttpRequestException>();
        await scene.Lab.Http.DeleteAsync("control/faults");
        await scene.Lab.FaultAsync("F24", "clob", variant: "502");
        (await scene.Ana.PostAsync(second)).Status.Should().Be(502);
        await scene.Lab.Http.DeleteAsync("control/faults");

        (await scene.Ana.ListAsync("/data/trades")).Select(trade => Text(trade, "taker_order_id")).Should().BeEquivalentTo(scene.Ana.IdOf(first), scene.Ana.IdOf(second));
        foreach (var draft in (Draft[])[first, second])
            Error(await scene.Ana.PostAsync(draft)).Should().Be($"400 order {scene.Ana.IdOf(draft)} is invalid. Duplicated.");
        (await AcceptedAsync(scene.Lab)).Should().Be(2);
    }

    [Fact]
    public async Task F25_a_slow_order_turns_up_after_cancel_all()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F25", "clob", seconds: 1);
        var posted = scene.Ana.PostAsync(scene.Rest());
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (scene.Lab.Service<Modules.Simulator.Faults.FaultBoard>().Active is [{ Hits: 0 }] && !deadline.IsCancellationRequested)
            await Task.Yield();
        (await scene.Ana.AskAsync(HttpMethod.Delete, "/cancel-all")).Body.GetProperty("canceled").GetArrayLength().Should().Be(0);
        posted.IsCompleted.Should().BeFalse();
        while (!posted.IsCompleted && !deadline.IsCancellationRequested)
            await scene.Lab.AdvanceAsync(2); // the delay begins once the body was read

        Text((await posted).Body, "status").Should().Be("live");
        (await scene.Ana.ListAsync("/data/orders")).Should().ContainSingle();
    }

    [Fact]
    public async Task F26_every_market_delays_its_takers()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F26", "clob", seed: 9);
        Text((await scene.Ana.PostAsync(scene.Buy())).Body, "status").Should().Be("delayed");
        Text((await scene.Ana.PostAsync(scene.Rest())).Body, "status").Should().Be("live", "only marketable orders wait");
        await scene.Lab.AdvanceAsync(3.1);
        (await scene.Ana.ListAsync("/data/trades")).Should().ContainSingle();
    }

    [Fact]
    public async Task F27_half_of_the_failed_orders_are_accepted()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F27", "clob", seed: 5);
        for (var i = 0; i < 40; i++)
            Error(await scene.Ana.PostAsync(scene.Rest(0.10m, 5))).Should().Be("500 could not run the execution");

        (await AcceptedAsync(scene.Lab)).Should().BeInRange(10, 30);
        (await scene.Ana.ListAsync("/data/orders")).Should().HaveCount(await AcceptedAsync(scene.Lab));
    }

    [Fact]
    public async Task F28_restart_then_post_only_then_normal()
    {
        await using var scene = await SceneAsync();
        await scene.Ana.PostAsync(scene.Rest(0.05m));
        await scene.Lab.FaultAsync("F28", "clob", seconds: 90);

        Error(await scene.Ana.PostAsync(scene.Rest(0.05m))).Should().Be("425 Service is not ready");
        Error(await scene.Ana.AskAsync(HttpMethod.Delete, "/cancel-all")).Should().Be("425 Service is not ready");
        await scene.Lab.AdvanceAsync(95);
        using var response = await scene.Lab.Http.SendAsync(scene.Ana.Request(HttpMethod.Post, "/order", scene.Ana.Body(scene.Rest(0.05m))));
        ((int)response.StatusCode, response.Headers.RetryAfter!.Delta).Should().Be((503, TimeSpan.FromSeconds(115)));
        (await response.Content.ReadAsStringAsync()).Should().Be("""{"error":"post-only mode: only post-only orders and cancels are allowed","code":"post_only_mode","retry_after_seconds":115}""");
        var (batch, legs) = await scene.Ana.AskAsync(HttpMethod.Post, "/orders", (byte[])[.. "["u8, .. scene.Ana.Body(scene.Rest(0.05m)), .. ","u8, .. scene.Ana.Body(scene.Rest(0.05m) with { PostOnly = true }), .. "]"u8]);
        (batch, Text(legs[0], "errorMsg"), Text(legs[1], "status")).Should().Be((200, "post-only mode: only post-only orders and cancels are allowed", "live"));
        (await scene.Ana.AskAsync(HttpMethod.Delete, "/cancel-all")).Body.GetProperty("canceled").GetArrayLength().Should().Be(2, "cancels are allowed");
        await scene.Lab.AdvanceAsync(116);
        (await scene.Ana.PostAsync(scene.Rest(0.05m))).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("cancel-only", "503 Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.", 200)]
    [InlineData("disabled", "503 Trading is currently disabled. Check polymarket.com for updates", 503)]
    public async Task F28_other_modes(string variant, string error, int cancel)
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F28", "clob", variant: variant);
        Error(await scene.Ana.PostAsync(scene.Rest() with { PostOnly = true })).Should().Be(error);
        (await scene.Ana.AskAsync(HttpMethod.Delete, "/cancel-all")).Status.Should().Be(cancel);
    }

    [Fact]
    public async Task F31_four_decimals_on_every_tick()
    {
        await using var scene = await SceneAsync();
        lock (scene.Lab.World.Gate)
            scene.Lab.World.ChangeTick(scene.Market, new Price(10));
        (await scene.Ana.PostAsync(scene.Rest(0.401m, 5.55m))).Status.Should().Be(200);
        await scene.Lab.FaultAsync("F31", "clob");
        Error(await scene.Ana.PostAsync(scene.Rest(0.401m, 5.55m))).Should().Be("400 invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals, taker amount a max of 2 decimals");
    }

    [Fact]
    public async Task F32_an_order_exactly_at_the_best_price_is_killed()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F32", "clob");
        Error(await scene.Ana.PostAsync(scene.Buy())).Should().StartWith("400 no orders found to match with FAK order");
        (await scene.Ana.PostAsync(new Draft(scene.Market, 0, Side.Buy, "FAK", 0.46m, 45))).Status.Should().Be(200);
    }

    [Fact]
    public async Task F33_nothing_to_match()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F33", "clob");
        Error(await scene.Ana.PostAsync(new Draft(scene.Market, 0, Side.Buy, "FAK", 0.50m, 45))).Should().Be("400 no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.");
        Error(await scene.Ana.PostAsync(new Draft(scene.Market, 0, Side.Buy, "FOK", 0.50m, 45))).Should().Be("400 order couldn't be fully filled. FOK orders are fully filled or killed.");
    }

    [Fact]
    public async Task F34_post_only_crosses()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F34", "clob");
        Error(await scene.Ana.PostAsync(scene.Rest() with { PostOnly = true })).Should().Be("400 invalid post-only order: order crosses book");
        (await scene.Ana.PostAsync(scene.Rest())).Status.Should().Be(200);
    }

    [Fact]
    public async Task F35_another_version_must_be_signed()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F35", "clob");
        Error(await scene.Ana.PostAsync(scene.Rest())).Should().Be("400 order_version_mismatch");
        (await scene.Ana.PostAsync(scene.Rest() with { DomainVersion = 3 })).Status.Should().Be(200);
    }

    [Fact]
    public async Task F37_statuses_in_their_long_spelling()
    {
        await using var scene = await SceneAsync();
        await using var socket = await SocketClient.UserAsync(scene.Lab, scene.Ana);
        await scene.Lab.FaultAsync("F37", "clob");
        await scene.Lab.FaultAsync("F37", "ws/user");
        await scene.Ana.PostAsync(scene.Buy());
        await scene.Ana.PostAsync(scene.Rest());

        Text((await scene.Ana.ListAsync("/data/trades")).Single(), "status").Should().Be("TRADE_STATUS_MATCHED");
        Text((await scene.Ana.ListAsync("/data/orders")).Single(), "status").Should().Be("ORDER_STATUS_LIVE");
        var trade = await socket.NextAsync();
        (Text(trade, "status"), Text(trade, "fee_rate_bps")).Should().Be(("TRADE_STATUS_MATCHED", ""));
        var placement = await socket.NextAsync(frame => Text(frame, "type") == "PLACEMENT");
        (Text(placement, "status"), Text(placement, "size_matched")).Should().Be(("ORDER_STATUS_LIVE", ""));
    }

    [Fact]
    public async Task F38_the_socket_drops_at_a_fill_and_nothing_is_replayed()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F38", "ws/user", seconds: 1);
        await using var socket = await SocketClient.UserAsync(scene.Lab, scene.Ana);
        await scene.Ana.PostAsync(scene.Rest());
        Text(await socket.NextAsync(), "type").Should().Be("PLACEMENT");
        await scene.Ana.PostAsync(scene.Buy());
        await socket.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        await scene.Lab.AdvanceAsync(1.1);

        await using var again = await SocketClient.UserAsync(scene.Lab, scene.Ana);
        await scene.Lab.AdvanceAsync(4);
        Text(await again.NextAsync(), "status").Should().Be("MINED", "MATCHED was lost");
    }

    [Fact]
    public async Task F40_a_hundredth_of_a_share_is_missing()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F40", "clob");
        var (_, answer) = await scene.Ana.PostAsync(scene.Buy());
        (Text(answer, "status"), Text(answer, "takingAmount"), Text(answer, "makingAmount")).Should().Be(("matched", "99.99", "44.9955"));
    }

    [Fact]
    public async Task F41_frames_arrive_twice()
    {
        await using var scene = await SceneAsync();
        await using var socket = await SocketClient.UserAsync(scene.Lab, scene.Ana);
        await scene.Lab.FaultAsync("F41", "ws/user");
        await scene.Ana.PostAsync(scene.Rest());
        (await socket.NextTextAsync()).Should().Be(await socket.NextTextAsync());
    }

    [Fact]
    public async Task F48_buckets_refuse_what_comes_too_fast_and_a_cancel_all_that_is_too_big()
    {
        await using var scene = await SceneAsync();
        for (var i = 0; i < 125; i++)
            await scene.Ana.PostAsync(scene.Rest(0.10m, 5));
        await scene.Lab.FaultAsync("F48", "clob");

        Error(await scene.Ana.AskAsync(HttpMethod.Delete, "/cancel-all")).Should().Be("429 Too Many Requests");
        await scene.Lab.AdvanceAsync(60);
        Error(await scene.Ana.AskAsync(HttpMethod.Delete, "/cancel-all")).Should().Be("429 Too Many Requests", "126 never fit into 120");
        for (var i = 0; i < 60; i++)
            (await scene.Ana.PostAsync(scene.Rest(0.10m, 5))).Status.Should().Be(200);
        Error(await scene.Ana.PostAsync(scene.Rest(0.10m, 5))).Should().Be("429 Too Many Requests");
        await scene.Lab.AdvanceAsync(0.1);
        (await scene.Ana.PostAsync(scene.Rest(0.10m, 5))).Status.Should().Be(200, "four came back in a tenth of a second");
    }

    [Theory]
    [InlineData("F49", "INVALID")]
    [InlineData("F52", "CANCELED")]
    public async Task F49_and_F52_the_venue_drops_open_orders(string fault, string status)
    {
        await using var scene = await SceneAsync();
        await scene.Ana.PostAsync(scene.Rest());
        await using var socket = await SocketClient.UserAsync(scene.Lab, scene.Ana);

        await scene.Lab.FaultAsync(fault, "clob");

        var frame = await socket.NextAsync();
        (Text(frame, "type"), Text(frame, "status")).Should().Be(("CANCELLATION", status));
        (await scene.Ana.ListAsync("/data/orders")).Should().BeEmpty();
        scene.Market.Engine.BestAsk(0).HasValue.Should().Be(fault == "F49", "F52 clears the book too");
        (await scene.Ana.PostAsync(scene.Rest(0.05m, 19_990))).Status.Should().Be(200, "its money is free");
    }

    [Fact]
    public async Task F57_the_venues_clock_is_ahead()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F57", "clob");
        Error(await scene.Ana.GetAsync("/data/orders")).Should().Be("401 Unauthorized/Invalid api key");
        Error(await scene.Ana.LoginAsync(nonce: 3)).Should().Be("401 Invalid L1 Request headers");
        var time = DateTimeOffset.FromUnixTimeSeconds(long.Parse(await scene.Lab.Http.GetStringAsync("clob/time"), System.Globalization.CultureInfo.InvariantCulture));
        time.Should().Be(Lab.Start.AddMinutes(10));
        (await scene.Ana.AskAsync(HttpMethod.Get, "/data/orders", at: time)).Status.Should().Be(200);
    }

    [Fact]
    public async Task Faults_hold_after_a_count_for_a_while_at_a_rate()
    {
        await using var scene = await SceneAsync();
        await scene.Lab.FaultAsync("F27", "clob", after: 2, seconds: 10, probability: 0.5, seed: 3);
        async Task<int> Failed(int requests)
        {
            var failed = 0;
            for (var i = 0; i < requests; i++)
                failed += (await scene.Ana.PostAsync(scene.Rest(0.10m, 5))).Status == 500 ? 1 : 0;
            return failed;
        }

        (await Failed(2)).Should().Be(0);
        (await Failed(30)).Should().BeInRange(7, 23);
        var listed = (await scene.Lab.GetAsync("control/faults")).EnumerateArray().Single();
        (Text(listed, "fault"), listed.GetProperty("seen").GetInt32()).Should().Be(("F27", 32));
        await scene.Lab.AdvanceAsync(10);
        (await Failed(10)).Should().Be(0);
        (await scene.Lab.GetAsync("control/faults")).GetArrayLength().Should().Be(0);
    }

    [Theory]
    [InlineData("F36", "clob")]
    [InlineData("F50", "clob")]
    [InlineData("F999", "clob")]
    [InlineData("F1", "clob")]
    public async Task What_is_not_injectable_is_said_so(string fault, string target)
    {
        await using var lab = await Lab.DrivenAsync();
        var (status, body) = await lab.FaultAsync(fault, target);
        (status, Text(body, "code")).Should().Be((400, "fault.not_injectable"));
    }
}
