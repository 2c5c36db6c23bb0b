using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Polymarket;

public sealed class UserChannelTests : IAsyncLifetime, IUserChannelListener
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    private readonly Channel<object> _heard = Channel.CreateUnbounded<object>();
    private readonly TaskCompletionSource<WebSocket> _connection = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_795_000_000));
    private readonly FakeLogger<UserChannel> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private WebApplication? _server;
    private bool _pong = true;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.UseWebSockets();
        _server.Map("/ws/user", async (HttpContext context) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            _connection.TrySetResult(socket);
            var buffer = new byte[65_536];
            try
            {
                while (true)
                {
                    var part = await socket.ReceiveAsync(buffer, _stop.Token);
                    if (part.MessageType == WebSocketMessageType.Close)
                        break;
                    var text = Encoding.UTF8.GetString(buffer, 0, part.Count);
                    _received.Writer.TryWrite(text);
                    if (text == "PING" && _pong)
                        await SendAsync("PONG");
                }
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException)
            {
                // the client went away
            }
        });
        await _server.StartAsync();
    }

    [Fact]
    public async Task It_authenticates_then_reconciles_then_hears()
    {
        var running = RunAsync(_stop.Token);
        (await NextAsync(_received)).Should().Be($$$"""{"auth":{"apiKey":"{{{new TestAccount().ApiKey}}}","secret":"{{{TestAccount.Secret}}}","passphrase":"pass"},"type":"user"}""");
        (await NextAsync(_received)).Should().Be("PING");
        (await NextAsync(_heard)).Should().Be("connected");
        foreach (var line in WireSample.Text("user-session.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            await SendAsync(line);

        (await NextAsync(_heard)).Should().BeOfType<VenueOrder>().Which.Status.Should().Be(VenueOrderStatus.Live);
        var fill = (await NextAsync(_heard)).Should().BeOfType<VenueFill>().Subject;
        (fill.Status, fill.IsTaker, fill.Collateral).Should().Be((SettlementStatus.Matched, true, new Usdc(25_000_000)));
        var killed = (await NextAsync(_heard)).Should().BeOfType<VenueOrder>().Subject;
        (killed.Status, killed.Matched).Should().Be((VenueOrderStatus.Cancelled, Shares.Zero));
        killed.StatusText.Should().Contain("FOK orders are fully filled or killed");
        (await NextAsync(_heard)).Should().BeOfType<VenueOrder>().Which.Status.Should().Be(VenueOrderStatus.Invalid);
        (await NextAsync(_heard)).Should().BeOfType<VenueOrder>().Which.StatusText.Should().Be("SOMETHING_NEW");
        var maker = (await NextAsync(_heard)).Should().BeOfType<VenueFill>().Subject;
        (maker.Status, maker.IsTaker).Should().Be((SettlementStatus.Retrying, false));

        _log.Collector.GetSnapshot().Should().NotContain(r => r.Message.Contains(TestAccount.Secret, StringComparison.Ordinal));
        await _stop.CancelAsync();
        await running.WaitAsync(Deadline);
    }

    [Fact]
    public async Task It_pings_every_ten_seconds_and_gives_up_after_thirty_without_an_answer()
    {
        var running = RunAsync(_stop.Token);
        (await NextAsync(_heard)).Should().Be("connected");
        await NextAsync(_received); // auth
        await NextAsync(_received); // first PING
        _pong = false;
        for (var i = 0; i < 2; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            (await NextAsync(_received)).Should().Be("PING");
        }
        running.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromSeconds(10));
        await running.WaitAsync(Deadline);
    }

    [Fact]
    public async Task It_ends_when_the_venue_hangs_up_and_when_there_is_none()
    {
        var running = RunAsync(_stop.Token);
        (await NextAsync(_heard)).Should().Be("connected");
        (await _connection.Task).Abort();
        await running.WaitAsync(Deadline);
        await _server!.StopAsync();
        await RunAsync(_stop.Token).WaitAsync(Deadline);
    }

    [Fact]
    public async Task Frames_nobody_understands_are_counted_and_survived()
    {
        using var unread = new MetricCollector<long>(Meters.Instance, "polycopy.user_channel.unread_frames");
        _ = RunAsync(_stop.Token);
        (await NextAsync(_heard)).Should().Be("connected");
        await SendAsync("""{"event_type":"reward"}""");
        await SendAsync("INVALID OPERATION");
        await SendAsync(WireSample.Text("clob-order.json").Replace("{", "{\"event_type\":\"order\",", StringComparison.Ordinal));
        (await NextAsync(_heard)).Should().BeOfType<VenueOrder>();
        unread.GetMeasurementSnapshot().Count.Should().BeGreaterThanOrEqualTo(2);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _server!.DisposeAsync();
        _stop.Dispose();
    }

    async ValueTask IUserChannelListener.ConnectedAsync(CancellationToken ct) => await _heard.Writer.WriteAsync("connected", ct);

    async ValueTask IUserChannelListener.OrderAsync(VenueOrder order, CancellationToken ct) => await _heard.Writer.WriteAsync(order, ct);

    async ValueTask IUserChannelListener.FillAsync(VenueFill fill, CancellationToken ct) => await _heard.Writer.WriteAsync(fill, ct);

    private Task RunAsync(CancellationToken ct)
    {
        var address = new Uri(_server!.Urls.Single().Replace("http", "ws", StringComparison.Ordinal) + "/ws/user");
        var endpoints = new VenueEndpoints(Profile.Demo, new VenueOptions { UserSocketUrl = address.ToString() }, enableLive: false, () => address);
        return new UserChannel(endpoints, _clock, _log).RunAsync(new TestAccount(), this, ct);
    }

    private async Task SendAsync(string text) => await (await _connection.Task.WaitAsync(Deadline)).SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, _stop.Token);

    private static async Task<T> NextAsync<T>(Channel<T> channel) => await channel.Reader.ReadAsync().AsTask().WaitAsync(Deadline);
}
