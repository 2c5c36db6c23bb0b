using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Indexing;

/// <summary>Whatever the feeds, the history or the nodes do: a leader's trade is stored once, with his own side and token, and the chain confirms it.</summary>
public sealed class FaultDayTests(FaultDayTests.Product product) : IClassFixture<FaultDayTests.Product>
{
    private static int _leaders = 0xb00;

    public static TheoryData<string, string> Faults { get; } = new()
    {
        { "F3", "rtds" }, { "F4", "rtds" }, { "F5", "rtds" }, { "F6", "rtds" }, { "F7", "rtds" }, { "F8", "rtds" }, { "F9", "rtds" }, { "F54", "rtds" }, { "F61", "rtds" },
        { "F39", "rpc" }, { "F43", "rpc" }, { "F45", "rpc" },
        { "F42", "data" }, { "F43", "data" }, { "F44", "data" }, { "F45", "data" }, { "F54", "data" }, { "F58", "data" },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task A_trade_is_stored_once_and_confirmed_by_the_chain(string fault, string target)
    {
        var app = product.App;
        var leader = $"0x00000000000000000000000000000000{Interlocked.Increment(ref _leaders):x8}";
        await app.PostAsync("/api/v1/watched-addresses", new { address = leader });
        await app.ControlAsync("faults", new { fault, target });
        try
        {
            var market = (await app.ControlAsync("markets"))[1];
            await app.ControlAsync($"leaders/{leader}/trade", new { conditionId = market.GetProperty("conditionId").GetString(), outcome = market.GetProperty("outcomes")[0].GetString(), side = "BUY", shares = "40", price = "0.55" });
            await app.ControlAsync("clock", new { advanceSeconds = 8 }); // the blocks to come are there at once
            var path = $"/api/v1/leaders/{leader}/trades";
            var told = await app.UntilAsync(path, l => l.GetProperty("items").GetArrayLength() > 0 && l.GetProperty("items")[0].GetProperty("blockNumber").ValueKind == JsonValueKind.Number, seconds: 40);
            var block = told.GetProperty("items")[0].GetProperty("blockNumber").GetInt64();
            await app.ControlAsync("clock", new { advanceSeconds = 4 });
            await app.UntilAsync($"/api/v1/leaders/{leader}", c => c.GetProperty("coverage").GetProperty("throughBlock").GetInt64() >= block + 2, seconds: 40);
            var trade = (await app.GetAsync(path)).GetProperty("items").EnumerateArray().Should().ContainSingle().Subject;
            (trade.GetProperty("side").GetString(), trade.GetProperty("shares").GetString(), trade.GetProperty("token").GetString(), trade.GetProperty("isAdvance").GetBoolean())
                .Should().Be(("BUY", "40", market.GetProperty("tokenIds")[0].GetString(), false));
            trade.GetProperty("orderHash").GetString().Should().StartWith("0x");
        }
        finally
        {
            (await app.Venue.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
            await app.SendAsync(HttpMethod.Delete, "/api/v1/watched-addresses/" + leader, null, null);
        }
    }

    [Fact]
    public async Task The_best_of_the_month_are_watched_and_have_figures_of_their_last_days()
    {
        var leaders = await product.App.UntilAsync("/api/v1/leaders?limit=50", l => l.GetProperty("items").EnumerateArray().Count(c => c.GetProperty("kind").GetString() == "smart_trader" && c.GetProperty("trades").GetInt32() > 5) >= 3, seconds: 60);
        var best = leaders.GetProperty("items")[0];
        best.GetProperty("name").GetString().Should().NotBeNullOrEmpty();
        var card = await product.App.GetAsync($"/api/v1/leaders/{best.GetProperty("address").GetString()}");
        card.GetProperty("chart").GetArrayLength().Should().BePositive();
        (await product.App.GetAsync($"/api/v1/leaders/{best.GetProperty("address").GetString()}/trades?limit=1")).GetProperty("items")[0].GetProperty("marketId").GetString().Should().NotBeNullOrEmpty();
    }

    public sealed class Product : IAsyncLifetime
    {
        public TestApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await TestApp.StartAsync("--Bot:Enabled", "false");

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
