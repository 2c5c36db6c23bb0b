using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>A market of Protocol V2 is traded and copied like any other, at its own exchange and with its own ids.</summary>
public class ProtocolV2Tests
{
    private const string Leader = "0x00000000000000000000000000000000000000c9";
    private const string Ana = "/api/v1/users/1001";

    [Theory]
    [InlineData("Will Protocol V2 carry")]
    [InlineData("Will binary be the largest module")]
    public async Task It_is_bought_copied_on_chain_and_sold(string question)
    {
        await using var app = await TestApp.StartAsync("--Simulator:ProtocolV2", "true", "--Bot:Enabled", "false", "--Indexing:SmartTraders", "0");
        await app.PostAsync("/api/v1/users", new { userId = 1001 });
        var market = (await app.ControlAsync("markets")).EnumerateArray().Single(m => m.GetProperty("question").GetString()!.StartsWith(question, StringComparison.Ordinal));
        var (id, conditionId) = (market.GetProperty("marketId").GetString(), market.GetProperty("conditionId").GetString()!);
        conditionId.Should().EndWith("00").And.MatchRegex("^0x0[12]");
        await app.ControlAsync($"markets/{conditionId}/quote", new { outcome = "Yes", bid = "0.44", ask = "0.45", size = "5000" });

        var order = await app.PostAsync($"{Ana}/orders", new { marketId = id, outcome = "Yes", side = "BUY", type = "FAK", shares = "20", maxSlippage = "0.05" }, Ids.New(TimeProvider.System).ToString());
        await app.UntilAsync($"{Ana}/orders/{order.GetProperty("orderId").GetString()}", o => Number(o, "filledShares") == 20m);
        await SellableAsync(20);

        await app.PostAsync($"{Ana}/follows", new { leader = Leader, mode = "fixed", amountUsd = "9", maxSlippage = "0.1", sells = "mirror", sellSlippage = "0.1" });
        await app.ControlAsync($"leaders/{Leader}/trade", new { conditionId, outcome = "Yes", side = "BUY", shares = "100", price = "0.45" });
        var decisions = await app.UntilAsync($"{Ana}/decisions", d => d.GetProperty("items").EnumerateArray().Any(i => i.GetProperty("verdict").GetString() == "copied" && Number(i, "shares") > 15));
        var trade = (await app.UntilAsync($"/api/v1/leaders/{Leader}/trades", l => l.GetProperty("items").EnumerateArray().Any(t => t.GetProperty("blockNumber").ValueKind == JsonValueKind.Number))).GetProperty("items")[0];
        trade.GetProperty("conditionId").GetString().Should().Be(conditionId);

        await SellableAsync(20 + Number(decisions.GetProperty("items")[0], "shares"));
        await app.ControlAsync($"leaders/{Leader}/trade", new { conditionId, outcome = "Yes", side = "SELL", shares = "100", price = "0.44" });
        await app.UntilAsync($"{Ana}/positions?status=active", p => p.GetProperty("items").EnumerateArray().Any(i => Math.Abs(Number(i, "size") - 20) < 0.01m)); // only what the follow bought

        Task SellableAsync(decimal shares) => app.UntilAsync($"{Ana}/positions?status=active", p => p.GetProperty("items").EnumerateArray().Any(i => Number(i, "sellableSize") == shares));
    }

    private static decimal Number(JsonElement e, string name) => decimal.Parse(e.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}
