using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>A held market ends while an exit is armed.</summary>
public class MarketEndTests
{
    [Theory]
    [InlineData("Yes", 1.0)]
    [InlineData("No", 0.0)]
    [InlineData("50/50", 0.5)]
    public async Task A_resolved_market_settles_its_positions_and_cancels_their_exits(string winner, double payout)
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        var id = await ana.BuyAsync(takeProfit: "0.60", stopLoss: "0.30");
        await ana.FollowedAsync();
        var size = Trader.Number(await app.GetAsync($"{ana.Path}/positions/{id}"), "size");
        var cash = Trader.Number(await app.GetAsync($"{ana.Path}/portfolio"), "cash");

        await app.ControlAsync($"markets/{ana.ConditionId}/resolve", new { winner });

        var position = await ana.PositionIsAsync(id, "resolved");
        Trader.Number(position, "size").Should().Be(0m);
        position.GetProperty("takeProfit").ValueKind.Should().Be(JsonValueKind.Null);
        await app.UntilAsync($"{ana.Path}/portfolio", p => Math.Abs(Trader.Number(p, "cash") - (cash + size * (decimal)payout)) < 0.01m && Trader.Number(p, "reserved") == 0m);
        var exits = (await app.GetAsync($"{ana.Path}/exits")).GetProperty("items").EnumerateArray().ToList();
        exits.Should().HaveCount(2).And.OnlyContain(e => e.GetProperty("status").GetString() == "cancelled");
        await ana.EventAsync("resolved");
        await app.UntilAsync("/health/websocket", h => h.GetProperty("active_subscriptions").GetInt32() == 0);
        (await Sse.KindsAsync(app.Services, 1001)).Count(k => k == "resolved").Should().Be(1, "one event");
        (await app.PostAsync($"{ana.Path}/positions/sync", new { })).GetProperty("adjustments").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task Of_a_neg_risk_event_each_child_is_settled_by_its_own_resolution()
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("/api/v1/users", new { userId = 1001, username = "ana" });
        var teams = (await app.ControlAsync("markets")).EnumerateArray().Where(m => m.GetProperty("question").GetString()!.EndsWith("win the Champions League?", StringComparison.Ordinal)).Take(4).ToList();
        var held = new List<(string Id, decimal Size)>();
        foreach (var (team, outcome) in teams.Zip(["Yes", "Yes", "No"]))
        {
            await app.ControlAsync($"markets/{team.GetProperty("conditionId").GetString()}/quote", new { outcome, bid = "0.44", ask = "0.45", size = "5000" });
            var order = await app.PostAsync("/api/v1/users/1001/orders", new { marketId = team.GetProperty("marketId").GetString(), outcome, side = "BUY", type = "FAK", amountUsd = "45", maxSlippage = "0.05" }, outcome + team.GetProperty("marketId").GetString());
            // the answer comes within five seconds, on a slow machine before the fill
            var id = (await app.UntilAsync($"/api/v1/users/1001/orders/{order.GetProperty("orderId").GetString()}", o => Trader.Number(o, "filledShares") > 0m)).GetProperty("positionId").GetString()!;
            var position = await app.UntilAsync($"/api/v1/users/1001/positions/{id}", p => Trader.Number(p, "sellableSize") == Trader.Number(p, "size"));
            held.Add((id, Trader.Number(position, "size")));
        }
        var cash = Trader.Number(await app.GetAsync("/api/v1/users/1001/portfolio"), "cash");

        await app.ControlAsync($"markets/{teams[0].GetProperty("conditionId").GetString()}/resolve", new { winner = "Yes" });

        foreach (var (id, _) in held)
            await app.UntilAsync($"/api/v1/users/1001/positions/{id}", p => p.GetProperty("status").GetString() == "resolved");
        // the first came true, so its Yes pays and the Yes of the second does not; the No of the third pays
        await app.UntilAsync("/api/v1/users/1001/portfolio", p => Math.Abs(Trader.Number(p, "cash") - (cash + held[0].Size + held[2].Size)) < 0.01m);
        (await Sse.KindsAsync(app.Services, 1001)).Count(k => k == "resolved").Should().Be(3, "each market is told once");
        var markets = (await app.ControlAsync("markets")).EnumerateArray().Select(m => m.GetProperty("conditionId").GetString());
        markets.Should().NotContain(teams.Select(t => t.GetProperty("conditionId").GetString()), "siblings nobody holds have ended, too");
        (await app.PostAsync("/api/v1/users/1001/positions/sync", new { })).GetProperty("adjustments").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task A_proposed_resolution_suspends_the_exits_and_says_so()
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        var id = await ana.BuyAsync(takeProfit: "0.60", stopLoss: "0.30");
        await ana.FollowedAsync();

        await app.ControlAsync($"markets/{ana.ConditionId}/resolve", new { proposed = true });

        await app.UntilAsync($"{ana.Path}/exits", e => e.GetProperty("items").EnumerateArray().All(x => x.GetProperty("status").GetString() == "suspended" && x.GetProperty("reason").GetString() is { Length: > 0 }), 90);
        (await ana.EventAsync("exit_suspended")).GetProperty("reason").GetString().Should().NotBeNullOrEmpty();
        (await app.GetAsync($"{ana.Path}/positions/{id}")).GetProperty("status").GetString().Should().Be("active");

        await app.ControlAsync($"markets/{ana.ConditionId}/resolve", new { winner = "Yes" });
        await ana.PositionIsAsync(id, "resolved", 90);
    }
}
