using System.Globalization;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>In the chat: pick a leader, follow with rules, be told of the copy and of why another trade was not copied.</summary>
public class CopyChatTests
{
    [Fact]
    public async Task A_leader_is_picked_followed_copied_and_explained_in_the_chat()
    {
        await using var app = await TestApp.StartAsync();
        using var ana = new ChatDriver(app.Venue.BaseAddress!.ToString(), 1001);
        var leader = (await app.UntilAsync("/api/v1/leaders", l => l.GetProperty("items").GetArrayLength() > 0)).GetProperty("items")[0];
        var (address, name) = (leader.GetProperty("address").GetString()!, leader.GetProperty("name").GetString()!);
        var market = (await app.ControlAsync("markets")).EnumerateArray().First(m => m.GetProperty("ask").ValueKind == JsonValueKind.String && decimal.Parse(m.GetProperty("ask").GetString()!, CultureInfo.InvariantCulture) is > 0.3m and < 0.6m);
        var (outcome, ask, question) = (market.GetProperty("outcomes")[0].GetString()!, market.GetProperty("ask").GetString()!, market.GetProperty("question").GetString()!);

        await ana.SayAsync("/start");
        await ana.ShowsAsync("DEMO");
        await ana.SayAsync("/leaders");
        await ana.ShowsAsync(name);
        await ana.PressAsync(name + " ·");
        await ana.ShowsAsync(address);
        await ana.PressAsync("Follow");
        await ana.ShowsAsync("How much");
        await ana.PressAsync("$10.00");
        await ana.PressAsync("Review");
        await ana.ShowsAsync("Review: follow");
        await RuleAsync("Caps", "Slippage", "50", "Slippage: 50 %");
        await RuleAsync("Filters", "Leader spends from", "20", "Leader spends from: $20.00");
        await ana.PressAsync("Confirm: follow");
        await ana.ShowsAsync("You follow");

        await TradeAsync("200");
        var alert = await ana.ShowsAsync("Copied: bought");
        alert.Should().ContainAll(question[..Math.Min(20, question.Length)], "ms from seeing the trade to our order");
        await ana.PressAsync("Why");
        (await ana.ShowsAsync("How the size came about")).Should().ContainAll("✅ Copied", "Order filled", "decided", "sent");

        await TradeAsync("5");
        await app.UntilAsync("/api/v1/users/1001/decisions?verdict=skipped", d => d.GetProperty("items").EnumerateArray().Any(i => i.GetProperty("rule").GetString() == "leader_minimum"));
        await ana.SayAsync("/why");
        await ana.ShowsAsync("📜 Decisions");
        await ana.PressAsync("Skipped");
        await ana.ShowsAsync("the least is 20");
        await ana.PressAsync("❔ 1");
        (await ana.ShowsAsync("Not copied")).Should().ContainAll("leader's minimum", "the least is 20 pUSD");

        await ana.SayAsync("/follows");
        await ana.ShowsAsync("· today");
        await ana.PressAsync("1. 0x");
        await ana.ShowsAsync("Positions held: 1, paid");
        await ana.PressAsync("Close all");
        await ana.ShowsAsync("nothing else of your wallet");
        await ana.PressAsync("Confirm: sell");
        await ana.ShowsAsync("Copied: sold");

        async Task RuleAsync(string group, string rule, string typed, string shown)
        {
            await ana.PressAsync(group);
            await ana.PressAsync(rule);
            await ana.ShowsAsync("Type ");
            await ana.SayAsync(typed);
            await ana.ShowsAsync(shown);
            await ana.PressAsync("Review");
            await ana.ShowsAsync("Review: follow");
        }

        Task TradeAsync(string shares) => app.ControlAsync($"leaders/{address}/trade", new { conditionId = market.GetProperty("conditionId").GetString(), outcome, side = "BUY", shares, price = ask });
    }
}
