using System.Globalization;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Copying;

/// <summary>The whole product: a leader trades on the simulated chain, and it is copied and explained.</summary>
public class CopyProductTests
{
    private const string Leader = "0x00000000000000000000000000000000000000c7";
    private const string Ana = "/api/v1/users/1001";

    [Fact]
    public async Task A_leader_trades_on_chain_and_his_followers_buy_and_sell_after_him()
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("/api/v1/users", new { userId = 1001 });
        var follow = await app.PostAsync($"{Ana}/follows", new { leader = Leader, mode = "fixed", amountUsd = "10", maxSlippage = "0.5", sellSlippage = "0.5", sells = "mirror", minLeaderTrade = "20" });
        var market = (await app.ControlAsync("markets")).EnumerateArray().First(m => m.GetProperty("ask").ValueKind == JsonValueKind.String && decimal.Parse(m.GetProperty("ask").GetString()!, CultureInfo.InvariantCulture) is > 0.2m and < 0.7m);
        var (outcome, ask) = (market.GetProperty("outcomes")[0].GetString(), market.GetProperty("ask").GetString());
        var conditionId = market.GetProperty("conditionId").GetString();

        await app.ControlAsync($"leaders/{Leader}/trade", new { conditionId, outcome, side = "BUY", shares = "200", price = ask });
        var copied = (await app.UntilAsync($"{Ana}/decisions", d => d.GetProperty("items").EnumerateArray().Any(i => i.GetProperty("verdict").GetString() == "copied" && i.GetProperty("shares").GetString() != "0"))).GetProperty("items")[0];
        copied.GetProperty("orderHash").GetString().Should().StartWith("0x");
        copied.GetProperty("stamps").GetProperty("seen").GetString().Should().NotBeNull();
        (await app.GetAsync($"{Ana}/decisions/{copied.GetProperty("id").GetString()}")).GetProperty("steps").GetArrayLength().Should().BeGreaterThan(0);
        await app.UntilAsync($"{Ana}/positions?status=active", p => p.GetProperty("items").EnumerateArray().Any(i => i.GetProperty("origin").GetString() == "copy" && i.GetProperty("sellableSize").GetString() != "0"));

        await app.ControlAsync($"leaders/{Leader}/trade", new { conditionId, outcome, side = "BUY", shares = "5", price = ask });
        var skipped = (await app.UntilAsync($"{Ana}/decisions?verdict=skipped", d => d.GetProperty("items").GetArrayLength() == 1)).GetProperty("items")[0];
        skipped.GetProperty("rule").GetString().Should().Be("leader_minimum");
        skipped.GetProperty("reason").GetString().Should().Contain("the least is 20");

        await app.ControlAsync($"leaders/{Leader}/trade", new { conditionId, outcome, side = "SELL", shares = "205", price = ask });
        await app.UntilAsync($"{Ana}/follows/{follow.GetProperty("id").GetString()}", f => f.GetProperty("holdings").GetArrayLength() == 0);
    }
}
