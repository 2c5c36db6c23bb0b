using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Indexing;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Indexing;

/// <summary>A leader on the simulated chain, seen through the product's own routes.</summary>
public class LeaderDayTests
{
    private const string Ana = "0x3229011cf0EFfA1cC64c05C768A3469563370dAA";
    private const string Path = "/api/v1/leaders/" + Ana;

    [Fact]
    public async Task A_watched_leaders_trade_is_stored_and_shown_and_a_reorganisation_removes_it()
    {
        await using var app = await TestApp.StartAsync("--Bot:Enabled", "false", "--Indexing:SmartTraders", "0");
        await app.ControlAsync("chain/finality", new { lag = 100 });
        var watched = await app.PostAsync("/api/v1/watched-addresses", new { address = Ana });
        (Text(watched, "address"), Text(watched, "kind")).Should().Be((Ana.ToLowerInvariant(), "leader"));
        await app.UntilAsync("/api/v1/watched-addresses", l => l.GetProperty("items")[0].GetProperty("coverage").GetProperty("state").GetString() == "trusted");

        var market = (await app.ControlAsync("markets"))[0];
        await app.ControlAsync($"leaders/{Ana}/trade", new { conditionId = Text(market, "conditionId"), outcome = "Yes", side = "BUY", shares = "100", price = "0.55" });
        var trades = await app.UntilAsync(Path + "/trades", l => l.GetProperty("items").GetArrayLength() > 0 && l.GetProperty("items")[0].GetProperty("blockNumber").ValueKind == JsonValueKind.Number);
        var trade = trades.GetProperty("items").EnumerateArray().Should().ContainSingle().Subject;
        (Text(trade, "side"), Text(trade, "shares"), Text(trade, "price"), Text(trade, "marketId"), Text(trade, "outcome"), trade.GetProperty("isBackfilled").GetBoolean())
            .Should().Be(("BUY", "100", "0.55", Text(market, "marketId"), "Yes", false));

        // what the control route funded him with, less what he paid, and what he bought with it
        (await app.Services.GetRequiredService<ILeaderMoney>().BankrollAsync(Ana.ToLowerInvariant(), default)).Should().BePositive();

        var card = await app.UntilAsync(Path, c => c.GetProperty("trades").GetInt32() == 1);
        (Text(card, "kind"), Text(card, "volume"), Text(card.GetProperty("coverage"), "state")).Should().Be(("leader", "55", "trusted"));
        (await app.GetAsync("/api/v1/leaders?order=volume")).GetProperty("items")[0].GetProperty("address").GetString().Should().Be(Ana.ToLowerInvariant());

        await app.ControlAsync("clock", new { drive = true }); // no block comes between the count and what is counted
        var newest = Convert.ToInt64(Text(await app.VenueAsync("rpc", new { jsonrpc = "2.0", id = 1, method = "eth_blockNumber", @params = Array.Empty<object>() }), "result"), 16);
        await app.ControlAsync("chain/reorg", new { depth = newest - trade.GetProperty("blockNumber").GetInt64() + 1, removed = true, fills = "drop" });
        await app.ControlAsync("clock", new { drive = false });
        await app.UntilAsync(Path + "/trades", l => l.GetProperty("items").GetArrayLength() == 0);
    }

    [Fact]
    public async Task An_address_is_watched_until_the_operator_takes_it_back_and_a_wrong_one_is_refused()
    {
        await using var app = await TestApp.StartAsync("--Bot:Enabled", "false", "--Indexing:SmartTraders", "0");
        await app.PostAsync("/api/v1/watched-addresses", new { address = Ana, kind = "smart_trader" });
        await app.PostAsync("/api/v1/watched-addresses", new { address = Ana.ToUpperInvariant().Replace("0X", "0x"), kind = "smart_trader" });
        (await app.GetAsync("/api/v1/watched-addresses")).GetProperty("items").GetArrayLength().Should().Be(1);
        (await Code(app, HttpMethod.Post, "/api/v1/watched-addresses", new { address = "0x12" })).Should().Be((HttpStatusCode.BadRequest, "address.invalid"));
        (await Code(app, HttpMethod.Post, "/api/v1/watched-addresses", new { address = Ana, kind = "friend" })).Should().Be((HttpStatusCode.BadRequest, "address.kind"));
        (await Code(app, HttpMethod.Delete, "/api/v1/watched-addresses/0x00000000000000000000000000000000000000aa", null)).Should().Be((HttpStatusCode.NotFound, "address.unknown"));
        (await app.SendAsync(HttpMethod.Delete, "/api/v1/watched-addresses/" + Ana, null, null)).StatusCode.Should().Be(HttpStatusCode.OK);
        (await app.GetAsync("/api/v1/watched-addresses")).GetProperty("items").GetArrayLength().Should().Be(0);
        (await app.GetAsync(Path)).GetProperty("trades").GetInt32().Should().Be(0);
        (await Code(app, HttpMethod.Get, "/api/v1/leaders/0x00000000000000000000000000000000000000aa", null)).Should().Be((HttpStatusCode.NotFound, "leader.unknown"));
        (await Code(app, HttpMethod.Get, "/api/v1/leaders?order=luck", null)).Should().Be((HttpStatusCode.BadRequest, "request.order"));
    }

    [Fact]
    public async Task Without_an_endpoint_of_the_chain_health_says_what_is_missing()
    {
        await using var app = await TestApp.StartAsync("--Bot:Enabled", "false", "--Indexing:SmartTraders", "0", "--Venue:RpcUrls", "ws://127.0.0.1:9");
        await app.PostAsync("/api/v1/watched-addresses", new { address = Ana });
        var ready = await app.UntilAsync("/health/ready", h => Text(h.GetProperty("checks").GetProperty("leaders"), "status") == "degraded");
        Text(ready.GetProperty("checks").GetProperty("leaders"), "reason").Should().Contain("Venue:RpcUrls");
    }

    private static async Task<(HttpStatusCode, string?)> Code(TestApp app, HttpMethod method, string path, object? body)
    {
        var answer = await app.SendAsync(method, path, body, null);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, Text(json.RootElement, "code"));
    }

    private static string? Text(JsonElement e, string name) => e.GetProperty(name).GetString();
}
