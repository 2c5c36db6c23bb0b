using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using PolyCopy.Tests.Product;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Copying;

/// <summary>Follows through real orders: the host, the simulated chain and HTTP, nothing in between.</summary>
public class CopyRealTests
{
    private const string First = "0x00000000000000000000000000000000000000c7";
    private const string Second = "0x00000000000000000000000000000000000000d8";
    private const string Ana = "/api/v1/users/1001";

    [Fact]
    public async Task Two_leaders_and_a_manual_buy_hold_one_token_and_only_the_sellers_share_goes()
    {
        await using var lab = await LabAsync();
        var first = await lab.FollowAsync(First);
        var second = await lab.FollowAsync(Second);
        var manual = await lab.App.PostAsync($"{Ana}/orders", new { marketId = lab.MarketId, outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "10", maxSlippage = "0.1" }, "manual");
        await lab.TradeAsync(First, "BUY", "100");
        await lab.TradeAsync(Second, "BUY", "100");
        var (firsts, seconds) = (await lab.HoldsAsync(first, h => h > 0), await lab.HoldsAsync(second, h => h > 0));
        var position = $"{Ana}/positions/{manual.GetProperty("positionId").GetString()}";
        var all = Trader.Number(await lab.App.UntilAsync(position, p => Trader.Number(p, "size") == Trader.Number(p, "sellableSize")), "size");
        all.Should().Be(Trader.Number(manual, "filledShares") + firsts + seconds);

        await lab.TradeAsync(First, "SELL", "100");

        await lab.HoldsAsync(first, h => h < 0.01m);
        var left = await lab.App.UntilAsync(position, p => Trader.Number(p, "size") < all);
        Trader.Number(left, "size").Should().BeApproximately(all - firsts, 0.01m);
        (await lab.HoldsAsync(second, _ => true)).Should().Be(seconds);

        // every stamp of a copy is there once its fills are confirmed on chain
        var stamps = (await lab.App.UntilAsync($"{Ana}/decisions", d => d.GetProperty("items").EnumerateArray().Count(i => i.GetProperty("stamps").GetProperty("confirmed").ValueKind == JsonValueKind.String) == 3))
            .GetProperty("items").EnumerateArray().Select(i => i.GetProperty("stamps"));
        foreach (var stamp in stamps)
            new[] { "seen", "decided", "submitted", "acked", "confirmed" }.Select(n => stamp.GetProperty(n).GetDateTimeOffset()).Should().BeInAscendingOrder();
    }

    [Fact]
    public async Task A_reversed_follow_buys_the_other_outcome_and_sells_it_when_the_leader_sells()
    {
        await using var lab = await LabAsync();
        var follow = await lab.FollowAsync(First, reverse: true);
        await lab.TradeAsync(First, "BUY", "100");
        await lab.HoldsAsync(follow, h => h > 0);
        var held = (await lab.App.UntilAsync($"{Ana}/positions?status=active", p => p.GetProperty("items") is var i && i.GetArrayLength() == 1 && Trader.Number(i[0], "sellableSize") == Trader.Number(i[0], "size"))).GetProperty("items")[0];
        held.GetProperty("outcome").GetString().Should().Be("No");

        await lab.TradeAsync(First, "SELL", "50");
        var half = await lab.HoldsAsync(follow, h => h < Trader.Number(held, "size"));
        half.Should().BeApproximately(Trader.Number(held, "size") / 2, 0.01m);
        await lab.TradeAsync(First, "SELL", "50");

        await lab.HoldsAsync(follow, h => h < 0.01m);
        (await lab.App.GetAsync($"{Ana}/decisions")).GetProperty("items").EnumerateArray().Select(i => $"{i.GetProperty("leaderSide").GetString()} {i.GetProperty("side").GetString()} {i.GetProperty("outcome").GetString()}")
            .Should().Equal("SELL SELL No", "SELL SELL No", "BUY BUY No");
    }

    [Fact]
    public async Task Netting_sells_what_another_follow_holds_instead_of_buying_against_it()
    {
        await using var lab = await LabAsync();
        var first = await lab.FollowAsync(First);
        var second = await lab.FollowAsync(Second, opposite: "net", amountUsd: "5");
        await lab.TradeAsync(First, "BUY", "100");
        var held = await lab.HoldsAsync(first, h => h > 0);
        await lab.App.UntilAsync($"{Ana}/positions?status=active", p => p.GetProperty("items") is var i && i.GetArrayLength() == 1 && Trader.Number(i[0], "sellableSize") == Trader.Number(i[0], "size"));

        await lab.TradeAsync(Second, "BUY", "100", "No");

        var left = await lab.HoldsAsync(first, h => h < held);
        var net = (await lab.App.UntilAsync($"{Ana}/decisions", d => d.GetProperty("items").EnumerateArray().Any(i => i.GetProperty("side").GetString() == "SELL" && i.GetProperty("orderStatus").GetString() == "filled"))).GetProperty("items")[0];
        (net.GetProperty("leaderSide").GetString(), net.GetProperty("outcome").GetString(), net.GetProperty("followId").GetString()).Should().Be(("BUY", "Yes", second));
        left.Should().BeApproximately(held - Trader.Number(net, "shares"), 0.01m);
        (await lab.App.GetAsync($"{Ana}/positions?status=active")).GetProperty("items").EnumerateArray().Should().OnlyContain(p => p.GetProperty("outcome").GetString() == "Yes", "nothing is bought against it");
        (await lab.HoldsAsync(second, _ => true)).Should().Be(0);
    }

    [Fact]
    public async Task A_reorganisation_that_removes_a_leaders_trade_is_reported_and_handled_as_each_follow_says()
    {
        await using var lab = await LabAsync();
        await lab.App.ControlAsync("chain/finality", new { lag = 100 });
        await lab.App.PostAsync("/api/v1/users", new { userId = 1002 });
        var seller = await lab.FollowAsync(First, onRemoved: "sell");
        var keeper = await lab.FollowAsync(First, user: 1002);
        await lab.TradeAsync(First, "BUY", "100");
        await lab.HoldsAsync(seller, h => h > 0);
        var kept = await lab.HoldsAsync(keeper, h => h > 0, 1002);
        await lab.App.UntilAsync($"{Ana}/positions?status=active", p => p.GetProperty("items") is var i && i.GetArrayLength() == 1 && Trader.Number(i[0], "sellableSize") == Trader.Number(i[0], "size"));
        var trades = await lab.App.UntilAsync($"/api/v1/leaders/{First}/trades", t => t.GetProperty("items").GetArrayLength() == 1 && t.GetProperty("items")[0].GetProperty("blockNumber").ValueKind == JsonValueKind.Number);

        await lab.App.ControlAsync("clock", new { drive = true }); // no block comes between the count and what is counted
        var head = await (await lab.App.Venue.PostAsJsonAsync("rpc", new { jsonrpc = "2.0", id = 1, method = "eth_blockNumber", @params = Array.Empty<string>() })).Content.ReadFromJsonAsync<JsonElement>();
        var depth = Convert.ToInt64(head.GetProperty("result").GetString(), 16) - trades.GetProperty("items")[0].GetProperty("blockNumber").GetInt64() + 1;
        await lab.App.ControlAsync("chain/reorg", new { depth, removed = true, fills = "drop" });
        await lab.App.ControlAsync("clock", new { drive = false });

        var told = await Sse.UntilAsync(lab.App.Api, $"{Ana}/events", "leader_removed", 60);
        (told.GetProperty("followId").GetString(), told.GetProperty("sells").GetBoolean()).Should().Be((seller, true));
        (await Sse.UntilAsync(lab.App.Api, "/api/v1/users/1002/events", "leader_removed", 60)).GetProperty("sells").GetBoolean().Should().BeFalse();
        await lab.HoldsAsync(seller, h => h < 0.01m);
        (await lab.HoldsAsync(keeper, _ => true, 1002)).Should().Be(kept);
    }

    [Fact]
    public async Task F20_a_mirrored_sell_that_fails_on_chain_is_sold_again()
    {
        await using var lab = await LabAsync();
        var follow = await lab.FollowAsync(First);
        await lab.TradeAsync(First, "BUY", "100");
        var held = await lab.HoldsAsync(follow, h => h > 0);
        await lab.App.UntilAsync($"{Ana}/positions?status=active", p => p.GetProperty("items") is var i && i.GetArrayLength() == 1 && Trader.Number(i[0], "sellableSize") == Trader.Number(i[0], "size"));
        await lab.App.ControlAsync("settlement", new { next = 1, @as = "fail" });

        await lab.TradeAsync(First, "SELL", "100");

        await Sse.UntilAsync(lab.App.Api, $"{Ana}/events", "settlement_failed", 60);
        await lab.App.UntilAsync($"{Ana}/orders", o => o.GetProperty("items").EnumerateArray().Count(x => x.GetProperty("side").GetString() == "SELL") == 2);
        await lab.HoldsAsync(follow, h => h < 0.01m);
        var sold = (await lab.App.UntilAsync($"{Ana}/decisions", d => d.GetProperty("items")[0] is var i && Trader.Number(i, "shares") >= held - 0.01m && i.GetProperty("orderStatus").GetString() == "filled")).GetProperty("items")[0];
        sold.GetProperty("verdict").GetString().Should().Be("copied");
    }

    /// <summary>A market of moderate price that stands still and takes everything.</summary>
    private static async Task<Lab> LabAsync()
    {
        var app = await TestApp.StartAsync("--Bot:Enabled", "false", "--Indexing:SmartTraders", "0");
        await app.PostAsync("/api/v1/users", new { userId = 1001 });
        var market = (await app.ControlAsync("markets")).EnumerateArray().First(m => m.GetProperty("tick").GetString() == "0.01" && m.GetProperty("outcomes")[0].GetString() == "Yes"
            && m.GetProperty("bid").ValueKind == JsonValueKind.String && m.GetProperty("ask").ValueKind == JsonValueKind.String && decimal.Parse(m.GetProperty("ask").GetString()!, CultureInfo.InvariantCulture) is > 0.4m and < 0.6m);
        await app.ControlAsync($"markets/{market.GetProperty("conditionId").GetString()}/quote", new { outcome = "Yes", bid = market.GetProperty("bid").GetString(), ask = market.GetProperty("ask").GetString(), size = "50000" });
        return new Lab(app, market);
    }

    private sealed record Lab(TestApp App, JsonElement Market) : IAsyncDisposable
    {
        public string MarketId => Market.GetProperty("marketId").GetString()!;

        public async Task<string> FollowAsync(string leader, bool reverse = false, string opposite = "skip", string onRemoved = "keep", string amountUsd = "10", long user = 1001) =>
            (await App.PostAsync($"/api/v1/users/{user}/follows", new { leader, mode = "fixed", amountUsd, maxSlippage = "0.5", sellSlippage = "0.5", reverse, opposite, onRemoved })).GetProperty("id").GetString()!;

        public Task TradeAsync(string leader, string side, string shares, string outcome = "Yes")
        {
            var price = Market.GetProperty(side == "BUY" == (outcome == "Yes") ? "ask" : "bid").GetString()!;
            return App.ControlAsync($"leaders/{leader}/trade", new { conditionId = Market.GetProperty("conditionId").GetString(), outcome, side, shares, price = outcome == "Yes" ? price : (1 - decimal.Parse(price, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture) });
        }

        public async Task<decimal> HoldsAsync(string follow, Func<decimal, bool> satisfied, long user = 1001)
        {
            static decimal Held(JsonElement f) => f.GetProperty("holdings").EnumerateArray().Sum(h => Trader.Number(h, "shares"));
            return Held(await App.UntilAsync($"/api/v1/users/{user}/follows/{follow}", f => satisfied(Held(f))));
        }

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
