using System.Text.Json;

namespace PolyCopy.Tests.Simulator;

public sealed class RtdsTests
{
    private static string Subscribe(string type, string? filters = null, string topic = "activity") =>
        JsonSerializer.Serialize(new { action = "subscribe", subscriptions = new[] { filters is null ? (object)new { topic, type } : new { topic, type, filters } } });

    /// <summary>A socket past its empty first frame; what was sent has been heard.</summary>
    private static async Task<SocketClient> OpenAsync(Lab lab, params string[] messages)
    {
        var socket = await SocketClient.OpenAsync(lab, "rtds");
        (await socket.NextTextAsync()).Should().BeEmpty("the first frame is the empty text");
        foreach (var message in messages)
            await socket.SendAsync(message);
        await socket.SendAsync("PING");
        (await socket.NextTextAsync()).Should().BeEmpty("PING is answered by nothing");
        return socket;
    }

    private static bool IsLeaders(JsonElement frame) => frame.GetProperty("payload").GetProperty("proxyWallet").GetString()!.Equals(RpcLab.Leader, StringComparison.OrdinalIgnoreCase);

    /// <summary>Frames of the leader in the next seconds, ended by a refusal that is provoked.</summary>
    private static async Task<List<JsonElement>> HeardAsync(Lab lab, SocketClient socket, double seconds = 3)
    {
        await lab.AdvanceAsync(seconds);
        await socket.SendAsync(Subscribe("*", topic: "the_end"));
        var frames = new List<JsonElement>();
        while (true)
        {
            var text = await socket.NextTextAsync();
            if (text.Contains("the_end", StringComparison.Ordinal))
                return frames;
            if (text.Length > 0 && JsonDocument.Parse(text).RootElement is var frame && IsLeaders(frame))
                frames.Add(frame);
        }
    }

    [Fact]
    public async Task A_match_is_told_two_seconds_later_taker_and_maker()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await using var socket = await OpenAsync(lab, Subscribe("trades"), Subscribe("orders_matched"));
        var asked = await lab.LeadAsync(market, "BUY", "2.7027", "0.26");
        await lab.LeadAsync(market, "SELL", "1", "0.3", more: new { role = "maker" });
        (await HeardAsync(lab, socket, 1.8)).Should().BeEmpty();

        var frames = await HeardAsync(lab, socket, 1);

        frames.Select(frame => (frame.GetProperty("type").GetString(), frame.GetProperty("payload").GetProperty("side").GetString()))
            .Should().BeEquivalentTo([("orders_matched", "BUY"), ("trades", "BUY"), ("trades", "SELL")], "orders_matched has takers only");
        var payload = frames.First(frame => frame.GetProperty("type").GetString() == "trades" && frame.GetProperty("payload").GetProperty("side").GetString() == "BUY").GetProperty("payload");
        payload.GetProperty("size").GetDecimal().Should().Be(2.7027m);
        payload.GetProperty("price").GetDecimal().Should().Be(0.26m);
        payload.GetProperty("asset").GetString().Should().Be(market.Market.TokenIds[0]);
        payload.GetProperty("transactionHash").GetString().Should().Be(asked.GetProperty("transactionHash").GetString());
        payload.GetProperty("timestamp").GetInt64().Should().Be(asked.GetProperty("matchedAt").GetInt64() / 1000);
        payload.GetProperty("proxyWallet").GetString().Should().Be(Modules.Signing.Address.Parse(RpcLab.Leader).ToString(), "checksummed here, lower case elsewhere");
    }

    [Fact]
    public async Task Subscriptions_have_their_traps()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await using var compact = await OpenAsync(lab, Subscribe("trades", $"{{\"market_slug\":\"{market.Market.Slug}\"}}"));
        await using var spaced = await OpenAsync(lab, Subscribe("trades", $"{{\"market_slug\": \"{market.Market.Slug}\"}}"));
        await using var idle = await OpenAsync(lab, """{"subscriptions":[{"topic":"activity","type":"*"}]}""");
        await using var poisoned = await SocketClient.OpenAsync(lab, "rtds");
        await poisoned.NextTextAsync();
        await poisoned.SendAsync("""{"action":"subscribe","subscriptions":[{"topic":"activity","type":"*"},{"topic":"activities","type":"*"}]}""");
        (await poisoned.NextAsync()).GetProperty("statusCode").GetInt32().Should().Be(401);
        await lab.LeadAsync(market, "BUY", "10", "0.5");
        await lab.AdvanceAsync(3);

        (await HeardAsync(lab, compact, 0.1)).Should().ContainSingle();
        (await HeardAsync(lab, spaced, 0.1)).Should().BeEmpty();
        (await HeardAsync(lab, idle, 0.1)).Should().BeEmpty();
        (await HeardAsync(lab, poisoned, 0.1)).Should().BeEmpty();
    }

    [Fact]
    public async Task Without_ping_the_feed_falls_silent()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        (await lab.FaultAsync("F4", "rtds", variant: "20")).Status.Should().Be(200);
        await using var socket = await OpenAsync(lab, Subscribe("trades"));
        await lab.AdvanceAsync(21);
        await lab.LeadAsync(market, "BUY", "10", "0.5");
        (await HeardAsync(lab, socket)).Should().BeEmpty();
        await lab.LeadAsync(market, "BUY", "11", "0.5");
        (await HeardAsync(lab, socket)).Should().ContainSingle("it was heard again");
    }

    [Theory]
    [InlineData("F3", null, 0)]
    [InlineData("F5", null, 1)]
    [InlineData("F5", "orders_matched", 1)]
    [InlineData("F7", "60", 0)]
    [InlineData("F61", null, 2)]
    [InlineData("F41", null, 4)]
    [InlineData("F54", null, 2)]
    public async Task Faults_of_the_feed(string fault, string? variant, int heard)
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await using var socket = await OpenAsync(lab, Subscribe("trades"), Subscribe("orders_matched"));
        (await lab.FaultAsync(fault, "rtds", variant: variant)).Status.Should().Be(200);
        var asked = await lab.LeadAsync(market, "BUY", "10", "0.5");

        var frames = await HeardAsync(lab, socket);

        var markets = frames.Where(frame => frame.GetProperty("payload").GetProperty("slug").GetString() == market.Market.Slug).ToList();
        markets.Should().HaveCount(heard);
        if (fault == "F54")
            frames.Should().HaveCount(heard + 1);
        if (fault == "F61")
            markets.Should().NotContain(frame => frame.GetProperty("payload").GetProperty("transactionHash").GetString() == asked.GetProperty("transactionHash").GetString());
        if (fault == "F7")
            (await HeardAsync(lab, socket, 62)).Should().HaveCount(2, "they come late");
        if (fault == "F5")
            markets[0].GetProperty("type").GetString().Should().NotBe(variant ?? "trades");
    }

    [Fact]
    public async Task A_refusing_feed_and_a_deaf_one()
    {
        await using var lab = await Lab.DrivenAsync();
        (await lab.FaultAsync("F9", "rtds")).Status.Should().Be(200);
        await using var refused = await SocketClient.OpenAsync(lab, "rtds");
        await refused.NextTextAsync();
        await refused.SendAsync(Subscribe("trades"));
        (await refused.NextAsync()).GetProperty("statusCode").GetInt32().Should().Be(401);
        await lab.Http.DeleteAsync("control/faults");
        (await lab.FaultAsync("F8", "rtds")).Status.Should().Be(200);
        await refused.SendAsync(Subscribe("trades", topic: "nonsense"));
        await refused.SendAsync("PING");
        (await refused.NextTextAsync()).Should().BeEmpty("nothing but the PING was heard");
    }

    [Fact]
    public async Task Users_matches_are_in_the_feed_once()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        await using var socket = await OpenAsync(lab, Subscribe("trades", $"{{\"market_slug\":\"{market.Market.Slug}\"}}"));
        (await ana.PostAsync(new Draft(market, 0, Modules.Kernel.Side.Buy, "FAK", 0.45m, 45))).Status.Should().Be(200);
        await lab.AdvanceAsync(3);

        List<string> wallets = [(await socket.NextAsync()).GetProperty("payload").GetProperty("proxyWallet").GetString()!, (await socket.NextAsync()).GetProperty("payload").GetProperty("proxyWallet").GetString()!];
        wallets.Should().Contain(ana.Wallet.ToString());
        await socket.SendAsync(Subscribe("*", topic: "the_end"));
        (await socket.NextTextAsync()).Should().Contain("the_end", "the print of the tape is the same match");
    }
}
