using System.Globalization;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>Smart money in the chat, from the simulated chain to the follow it leads to.</summary>
public class SmartMoneyDayTests
{
    private const string Moby = "0x00000000000000000000000000000000000000d1";

    [Fact]
    public async Task A_smart_traders_buy_on_chain_is_told_in_the_chat_and_leads_to_the_market_and_to_a_follow()
    {
        await using var app = await TestApp.StartAsync("--Indexing:SmartTraders", "0");
        using var ana = new ChatDriver(app.Venue.BaseAddress!.ToString(), 1001);
        await ana.SayAsync("/start");
        await ana.ShowsAsync("DEMO");
        await ana.SayAsync("/settings");
        await ana.PressAsync("Notifications");
        await ana.PressAsync("Smart money: 🚫 off");
        await app.UntilAsync("/api/v1/users/1001/settings", s => s.GetProperty("notifications").GetProperty("smart_money").GetString() == "on");

        await app.PostAsync("/api/v1/watched-addresses", new { address = Moby, kind = "smart_trader" });
        await app.UntilAsync("/api/v1/watched-addresses", l => l.GetProperty("items")[0].GetProperty("coverage").GetProperty("state").GetString() == "trusted");
        var liquid = (await app.GetAsync("/api/v1/markets?limit=100")).GetProperty("items").EnumerateArray().Where(m => Number(m, "liquidity") > 500).Select(m => m.GetProperty("conditionId").GetString()).ToHashSet();
        var market = (await app.ControlAsync("markets")).EnumerateArray().First(m => liquid.Contains(m.GetProperty("conditionId").GetString()) && m.GetProperty("ask").ValueKind == JsonValueKind.String && Number(m, "ask") is > 0.2m and < 0.7m);
        var question = market.GetProperty("question").GetString()!;
        await app.ControlAsync($"leaders/{Moby}/trade", new { conditionId = market.GetProperty("conditionId").GetString(), outcome = market.GetProperty("outcomes")[0].GetString(), side = "BUY", shares = "2000", price = market.GetProperty("ask").GetString() });
        await app.GetAsync($"/api/v1/leaders/{Moby}"); // his figures are worked out when somebody looks, else within half a minute

        (await ana.ShowsAsync("0x0000…00d1 bought")).Should().ContainAll("Smart money", "$", question[..Math.Min(20, question.Length)]);
        await ana.PressAsync("Follow 0x0000…00d1");
        await ana.ShowsAsync("How much");
        await ana.PressAsync("🎯 Market");
        await ana.ShowsAsync(question[..Math.Min(20, question.Length)]);
    }

    private static decimal Number(JsonElement e, string name) => decimal.Parse(e.GetProperty(name).ToString(), CultureInfo.InvariantCulture);
}
