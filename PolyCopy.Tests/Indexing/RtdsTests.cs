using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using PolyCopy.Modules.Indexing.Feeds;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Indexing.Support;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Indexing;

/// <summary>The live feed's wire and its many ways of going quiet.</summary>
public sealed class RtdsTests : IAsyncLifetime, ITradeFeedListener
{
    private const string Wallet = "0x510f4963b66b1b18505faab74b0bb943d1dda43c";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    private readonly Channel<FeedTrade> _trades = Channel.CreateUnbounded<FeedTrade>();
    private readonly Channel<string> _alive = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource<WebSocket> _connection = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AwaitedClock _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_795_000_000));
    private readonly FakeLogger<RtdsFeed> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private WebApplication? _server;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.UseWebSockets();
        _server.Map("/rtds", async (HttpContext context) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[65_536];
            try
            {
                await socket.SendAsync(Array.Empty<byte>(), WebSocketMessageType.Text, true, _stop.Token); // the venue's first frame is the empty string
                _connection.TrySetResult(socket);
                while (true)
                {
                    var part = await socket.ReceiveAsync(buffer, _stop.Token);
                    if (part.MessageType == WebSocketMessageType.Close)
                        break;
                    _received.Writer.TryWrite(Encoding.UTF8.GetString(buffer, 0, part.Count));
                }
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException)
            {
                // the client went away
            }
        });
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _server!.DisposeAsync();
        _stop.Dispose();
    }

    bool ITradeFeedListener.Wants(string wallet) => wallet == Wallet;

    void ITradeFeedListener.Alive(string type) => _alive.Writer.TryWrite(type);

    void ITradeFeedListener.Trade(FeedTrade trade) => _trades.Writer.TryWrite(trade);

    [Fact]
    public void Identical_fills_are_numbered_and_the_numbers_of_long_ago_forgotten()
    {
        var numbers = new RtdsFeed.Numbers();
        (string, string, TokenId, Side, Shares, string) Fill(int i) => ($"0x{i}", Wallet, TokenId.Parse("77"), Side.Buy, new Shares(1), "trades");
        for (var i = 0; i < 50_000; i++)
        {
            numbers.Next(Fill(i)).Should().Be(0);
            numbers.Next(Fill(i)).Should().Be(1, "it is the second of its transaction, also where a generation ends");
        }
        numbers.Count.Should().BeLessThanOrEqualTo(2 * RtdsFeed.Numbers.Remembered);
    }

    [Fact]
    public async Task F6_F8_F9_each_subscription_is_a_compact_frame_of_its_own_with_an_action_and_no_filter()
    {
        var running = RunAsync();
        foreach (var type in (string[])["trades", "orders_matched"])
        {
            var frame = await NextAsync(_received);
            frame.Should().NotContain(" ").And.NotContain("filters");
            using var json = JsonDocument.Parse(frame);
            json.RootElement.GetProperty("action").GetString().Should().Be("subscribe");
            var one = json.RootElement.GetProperty("subscriptions").EnumerateArray().Should().ContainSingle().Subject;
            (one.GetProperty("topic").GetString(), one.GetProperty("type").GetString()).Should().Be(("activity", type));
        }
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task F9_a_refused_subscription_is_said_and_the_other_goes_on()
    {
        var running = RunAsync();
        await SendAsync("""{"body":{"message":"leger GetTopics error: trades not found"},"statusCode":401}""");
        await SendAsync(Frame("orders_matched"));
        (await NextAsync(_trades)).Type.Should().Be("orders_matched");
        _log.Collector.GetSnapshot().Should().ContainSingle(r => r.Level == LogLevel.Warning && r.Message.Contains("401"));
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task F4_a_ping_is_sent_every_five_seconds()
    {
        var running = RunAsync();
        await NextAsync(_received);
        await NextAsync(_received);
        await _clock.PeriodicAsync(TimeSpan.FromSeconds(5));
        await SendAsync(Frame("trades"));
        await NextAsync(_alive);
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(5));
            (await NextAsync(_received)).Should().Be("PING");
            await SendAsync(Frame("trades"));
            await NextAsync(_alive);
        }
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task F3_an_open_socket_without_trades_is_given_up_after_thirty_seconds_whatever_else_it_sends()
    {
        var running = RunAsync();
        await NextAsync(_received);
        await NextAsync(_received);
        await _clock.PeriodicAsync(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 10 && !running.IsCompleted; i++)
        {
            await SendAsync("PONG");
            _clock.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(running, NextAsync(_received)); // a PING, or the end
        }
        (await running.WaitAsync(Deadline)).Should().Be("silent for 30 s");
    }

    [Fact]
    public async Task A_recorded_frame_is_read_and_the_wallet_is_lower_case()
    {
        var running = RunAsync();
        await SendAsync(Frame("trades"));
        var trade = await NextAsync(_trades);
        (trade.Wallet, trade.Side, trade.Shares, trade.Price, trade.Outcome, trade.Occurrence).Should().Be((Wallet, Side.Buy, new Shares(2_702_700), 0.26m, "No", 0));
        trade.At.Should().Be(DateTimeOffset.FromUnixTimeSeconds(1_787_102_287));
        await SendAsync(Frame("trades")); // an identical fill of the same transaction
        (await NextAsync(_trades)).Occurrence.Should().Be(1);
        await SendAsync(Frame("orders_matched")); // the same trade again, by the other subscription
        (await NextAsync(_trades)).Occurrence.Should().Be(0);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task F54_combos_and_frames_that_cannot_be_read_are_passed_over()
    {
        var running = RunAsync();
        await SendAsync(Frame("trades").Replace("0x1d8720896546460a48d4f7fd5b3f0705a8d427921222de498d1cd334d4890c52", "0x03" + new string('7', 60)).Replace("-10c", ""));
        await SendAsync(Frame("trades").Replace("\"size\":2.7027", "\"size\":\"many\""));
        await SendAsync("{\"topic\":");
        await SendAsync(Frame("trades").Replace("\"size\":2.7027", "\"size\":9e-6"));
        (await NextAsync(_trades)).Shares.Micros.Should().Be(9);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public void F5_one_kind_that_is_mute_is_known_while_the_other_lives()
    {
        var state = new FeedState(_clock);
        state.Alive("trades");
        state.Alive("orders_matched");
        _clock.Advance(TimeSpan.FromMinutes(6));
        state.Alive("orders_matched");
        (state.IsAlive, string.Join(',', state.Mute)).Should().Be((true, "trades"));
    }

    [Fact]
    public async Task F7_a_trade_told_half_an_hour_late_is_no_signal()
    {
        await using var lab = await IndexLab.StartAsync();
        var ana = Address.Parse(Wallet);
        await lab.WatchAsync(ana);
        var feed = new ScriptedFeed();
        var listener = Listener(lab, feed);
        await listener.StartAsync(default);
        var hears = await feed.NextAsync();
        lab.Clock.Advance(TimeSpan.FromMinutes(31));
        hears.Trade(lab.Told(ana, Side.Buy, 77, 10, 0.55m) with { At = lab.Clock.GetUtcNow() - TimeSpan.FromMinutes(30) });
        hears.Trade(lab.Told(ana, Side.Buy, 78, 1, 0.55m));
        using var deadline = new CancellationTokenSource(Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while ((await lab.RowsAsync()).Count == 0)
            await timer.WaitForNextTickAsync(deadline.Token);
        (await lab.RowsAsync()).Should().ContainSingle().Which.TokenId.Digits.Should().Be("78");
        lab.Get<FeedState>().Late.Should().Be(1);
        await listener.StopAsync(default);
    }

    [Fact]
    public async Task F3_a_connection_is_replaced_every_ten_minutes_and_the_old_one_goes_when_the_new_one_hears()
    {
        await using var lab = await IndexLab.StartAsync();
        await lab.WatchAsync(Address.Parse(Wallet));
        var feed = new ScriptedFeed();
        var listener = Listener(lab, feed);
        await listener.StartAsync(default);
        var first = await feed.NextAsync();
        first.Alive("trades");
        await lab.Clock.DelayAsync(TimeSpan.FromMinutes(10));
        lab.Clock.Advance(TimeSpan.FromMinutes(10));
        var second = await feed.NextAsync();
        feed.Cancelled.Should().Be(0);
        second.Alive("trades");
        await feed.CancelledAsync(1);
        feed.Open.Should().Be(1);
        await listener.StopAsync(default);
    }

    private static FeedListener Listener(IndexLab lab, ITradeFeed feed) => new(
        feed, lab.Get<FeedState>(), lab.Get<PolyCopy.Modules.Indexing.TradeBook>(), lab.Get<WatchBook>(), lab.Get<IVenueClock>(), lab.Clock, NullLogger<FeedListener>.Instance);

    private Task<string> RunAsync()
    {
        var address = _server!.Urls.First().Replace("http://", "ws://") + "/rtds";
        var endpoints = new VenueEndpoints(Profile.Demo, new VenueOptions { RtdsUrl = address }, enableLive: false, () => new Uri("http://127.0.0.1:9/"));
        return new RtdsFeed(endpoints, _clock, _log).RunAsync(this, _stop.Token);
    }

    private static string Frame(string type) =>
        $$$"""{"connection_id":"gXseIO","payload":{"asset":"72551024098258542594534683942523606143014690620243023298497729957846870197074","bio":"","conditionId":"0x1d8720896546460a48d4f7fd5b3f0705a8d427921222de498d1cd334d4890c52","eventSlug":"x","icon":"","name":"PPMT","outcome":"No","outcomeIndex":1,"price":0.26,"profileImage":"","proxyWallet":"0x510F4963b66B1B18505faaB74b0bB943D1dDa43C","pseudonym":"R","side":"BUY","size":2.7027,"slug":"x-10c","timestamp":1787102287,"title":"T","transactionHash":"0xb6acf6859bc84216f4b3e2567fb392a2eae19d275340ad96ea17218ccfec27b7"},"timestamp":1787102287053,"topic":"activity","type":"{{{type}}}"}""";

    private async Task SendAsync(string text) => await (await _connection.Task.WaitAsync(Deadline)).SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, _stop.Token);

    private static async Task<T> NextAsync<T>(Channel<T> channel) => await channel.Reader.ReadAsync().AsTask().WaitAsync(Deadline);

    /// <summary>Hands out its connections to the test.</summary>
    private sealed class ScriptedFeed : ITradeFeed
    {
        private readonly Channel<ITradeFeedListener> _opened = Channel.CreateUnbounded<ITradeFeedListener>();
        private readonly SemaphoreSlim _gone = new(0);
        private int _open;
        private int _cancelled;

        public int Open => Volatile.Read(ref _open);

        public int Cancelled => Volatile.Read(ref _cancelled);

        public async Task<string> RunAsync(ITradeFeedListener listener, CancellationToken ct)
        {
            Interlocked.Increment(ref _open);
            _opened.Writer.TryWrite(listener);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Decrement(ref _open);
                Interlocked.Increment(ref _cancelled);
                _gone.Release();
            }
            return "stopped";
        }

        public Task<ITradeFeedListener> NextAsync() => RtdsTests.NextAsync(_opened);

        public Task CancelledAsync(int count) => Cancelled >= count ? Task.CompletedTask : _gone.WaitAsync().WaitAsync(Deadline);
    }
}
