using System.Net.WebSockets;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>Each fault of the market channel does what its line in the catalogue says.</summary>
public class SocketFaultTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static string Kind(JsonElement frame) => frame.ValueKind == JsonValueKind.Array ? "dump" : frame.GetProperty("event_type").GetString()!;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static object Subscription(params MarketState[] markets) =>
        new { assets_ids = markets.SelectMany(market => market.Market.TokenIds).ToArray(), type = "market", initial_dump = true, level = 2 };

    private static async Task<(Lab Lab, MarketState Market, SocketClient Socket)> SceneAsync()
    {
        var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var socket = await SocketClient.OpenAsync(lab, "ws/market", Subscription(market));
        Kind(await socket.NextAsync()).Should().Be("dump");
        return (lab, market, socket);
    }

    /// <summary>Moves the bid, which is one price_change.</summary>
    private static Task MoveAsync(Lab lab, MarketState market, string bid) => lab.QuoteAsync(market, bid, "0.45");

    [Fact]
    public async Task F1_no_data_but_pongs()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F1", "ws/market", seconds: 30);
        await MoveAsync(lab, market, "0.40");
        await socket.SendAsync("PING");
        (await socket.NextTextAsync()).Should().Be("PONG");
        await lab.AdvanceAsync(31);
        await lab.QuoteAsync(market, "0.41", "0.45");
        Kind(await socket.NextAsync()).Should().Be("price_change", "it talks again, and says nothing of what was missed");
    }

    [Fact]
    public async Task F2_no_data_and_no_pongs()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F2", "ws/market");
        await socket.SendAsync("PING");
        await MoveAsync(lab, market, "0.40");
        await socket.SendAsync(JsonSerializer.Serialize(new { operation = "unsubscribe", assets_ids = market.Market.TokenIds }));
        await using var other = await SocketClient.OpenAsync(lab, "ws/market");
        await other.SendAsync("PING");
        await lab.Http.DeleteAsync("control/faults");
        await MoveAsync(lab, market, "0.39");

        var frame = await socket.NextAsync();
        Kind(frame).Should().Be("price_change", "the unsubscribe was not heard, and the first PONG never came");
    }

    [Fact]
    public async Task F10_tokens_beyond_the_cap_are_ignored()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await lab.FaultAsync("F10", "ws/market", variant: "1");
        await using var socket = await SocketClient.OpenAsync(lab, "ws/market", Subscription(market));
        (await socket.NextAsync()).EnumerateArray().Select(book => Text(book, "asset_id")).Should().Equal(market.Market.TokenIds[0]);
    }

    [Fact]
    public async Task F11_no_books_at_all()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await lab.FaultAsync("F11", "ws/market");
        await using var socket = await SocketClient.OpenAsync(lab, "ws/market", Subscription(market));
        await MoveAsync(lab, market, "0.40");
        Kind(await socket.NextAsync()).Should().Be("price_change");
    }

    [Fact]
    public async Task F12_a_delta_of_the_old_epoch_comes_before_the_new_snapshot()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F12", "ws/market", seconds: 30);
        await MoveAsync(lab, market, "0.40");
        await socket.Ended.WaitAsync(Deadline);

        await using var again = await SocketClient.OpenAsync(lab, "ws/market", Subscription(market));
        var late = await again.NextAsync();
        Kind(late).Should().Be("price_change");
        Kind(await again.NextAsync()).Should().Be("dump");
        await MoveAsync(lab, market, "0.41");
        Kind(await again.NextAsync()).Should().Be("price_change", "the new connection lives");
    }

    [Fact]
    public async Task F13_frames_that_nobody_can_read()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F13", "ws/market");
        await MoveAsync(lab, market, "0.40");
        FluentActions.Invoking(() => JsonDocument.Parse(socket.NextTextAsync().GetAwaiter().GetResult())).Should().Throw<JsonException>();
        Kind(await socket.NextAsync()).Should().Be("volume_burst");
        Kind(await socket.NextAsync()).Should().Be("price_change");
    }

    [Fact]
    public async Task F14_the_book_is_crossed_for_a_moment()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F14", "ws/market");
        await MoveAsync(lab, market, "0.43");
        await socket.NextAsync();

        var crossed = await socket.NextAsync();
        foreach (var change in crossed.GetProperty("price_changes").EnumerateArray())
            Text(change, "best_bid").Should().Be(Text(change, "best_ask"));
        await lab.AdvanceAsync(0.4);
        var healed = await socket.NextAsync();
        healed.GetProperty("price_changes").EnumerateArray().Select(change => (Text(change, "size"), Text(change, "best_bid"), Text(change, "best_ask")))
            .Should().Equal(("0", "0.43", "0.45"), ("0", "0.55", "0.57"));
    }

    [Fact]
    public async Task F15_hashes_are_wrong()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F15", "ws/market");
        await MoveAsync(lab, market, "0.40");
        (await socket.NextAsync()).GetProperty("price_changes")[0].GetProperty("hash").GetString().Should().Be(new string('f', 40));
    }

    [Fact]
    public async Task F17_slow_consumers_are_closed()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F17", "ws/market");
        await MoveAsync(lab, market, "0.40");
        await socket.Ended.WaitAsync(Deadline);
        socket.CloseStatus.Should().Be((WebSocketCloseStatus)1013);
    }

    [Fact]
    public async Task F18_the_tick_gets_finer_and_the_market_is_silent_for_two_seconds()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F18", "ws/market");
        await MoveAsync(lab, market, "0.40");

        var first = await socket.NextAsync();
        (Kind(first), Text(first, "old_tick_size"), Text(first, "new_tick_size")).Should().Be(("tick_size_change", "0.01", "0.001"));
        Kind(await socket.NextAsync()).Should().Be("tick_size_change", "the other token");
        await MoveAsync(lab, market, "0.41");
        await lab.AdvanceAsync(2.1);
        await lab.QuoteAsync(market, "0.421", "0.45");
        var next = await socket.NextAsync();
        next.GetProperty("price_changes").EnumerateArray().Select(change => Text(change, "price")).Should().Contain("0.421");
    }

    [Fact]
    public async Task F41_frames_arrive_twice()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F41", "ws/market");
        await MoveAsync(lab, market, "0.40");
        (await socket.NextTextAsync()).Should().Be(await socket.NextTextAsync());
    }

    [Fact]
    public async Task F55_numbers_without_their_zero()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F55", "ws/market");
        await MoveAsync(lab, market, "0.40");
        Text((await socket.NextAsync()).GetProperty("price_changes")[0], "best_ask").Should().BeOneOf(".45", ".6");
    }

    [Fact]
    public async Task F59_a_token_nobody_asked_for()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F59", "ws/market");
        await MoveAsync(lab, market, "0.40");
        (await socket.NextAsync()).GetProperty("price_changes").EnumerateArray().Select(change => Text(change, "asset_id")).Should().Contain(id => !market.Market.TokenIds.Contains(id));
    }

    [Fact]
    public async Task F60_connections_are_reset()
    {
        var (lab, market, socket) = await SceneAsync();
        await using var _ = lab;
        await using var __ = socket;
        await lab.FaultAsync("F60", "ws/market", after: 1);
        await MoveAsync(lab, market, "0.40");
        Kind(await socket.NextAsync()).Should().Be("price_change", "one frame passes first");
        await MoveAsync(lab, market, "0.41");
        await socket.Ended.WaitAsync(Deadline);
        socket.CloseStatus.Should().BeNull("there was no close frame");
    }
}
