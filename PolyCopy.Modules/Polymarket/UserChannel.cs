using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>One account's user channel over one connection.</summary>
/// <remarks>
/// The venue acknowledges nothing. Frames are handled in order, so the PONG to a PING sent after the auth frame shows that the subscription stands:
/// only then is the listener told to reconcile, and nothing falls between the two.
/// </remarks>
internal sealed partial class UserChannel(IVenueEndpoints endpoints, TimeProvider clock, ILogger<UserChannel> logger) : IUserChannel
{
    private static readonly TimeSpan PingPeriod = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private const int Backlog = 10_000; // when full the socket is not read: TCP holds the venue back until the listener has caught up
    private const int MostBytes = 4 * 1024 * 1024;
    private static readonly byte[] Ping = "PING"u8.ToArray();
    private static readonly System.Diagnostics.Metrics.Counter<long> Frames = Meters.Instance.CreateCounter<long>("polycopy.user_channel.frames");
    private static readonly System.Diagnostics.Metrics.Counter<long> Unread = Meters.Instance.CreateCounter<long>("polycopy.user_channel.unread_frames");

    public async Task RunAsync(ITradingAccount account, IUserChannelListener listener, CancellationToken ct)
    {
        using var socket = new ClientWebSocket();
        if (endpoints.UserSocket.IsLoopback)
            socket.Options.Proxy = null;
        socket.Options.KeepAliveInterval = TimeSpan.Zero; // the venue's own PING and PONG do that
        using var life = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            using (var deadline = new CancellationTokenSource(ConnectTimeout, clock))
            using (var connecting = CancellationTokenSource.CreateLinkedTokenSource(life.Token, deadline.Token))
            {
                await socket.ConnectAsync(endpoints.UserSocket, connecting.Token);
                await socket.SendAsync(AuthFrame(account), WebSocketMessageType.Text, endOfMessage: true, connecting.Token);
                await socket.SendAsync(Ping, WebSocketMessageType.Text, endOfMessage: true, connecting.Token);
            }
            await HoldAsync(socket, account, listener, life);
        }
        catch (Exception e) when (e is WebSocketException or IOException or HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            Log.Gone(logger, account.WalletId, e is WebSocketException socketError ? socketError.WebSocketErrorCode.ToString() : e.GetType().Name);
        }
        catch (OperationCanceledException)
        {
            // the caller stops
        }
        finally
        {
            await life.CancelAsync();
        }
    }

    /// <summary>Reads, pings and delivers until one of the three ends; then all end. A listener's exception reaches the caller.</summary>
    private async Task HoldAsync(ClientWebSocket socket, ITradingAccount account, IUserChannelListener listener, CancellationTokenSource life)
    {
        var events = Channel.CreateBounded<Func<CancellationToken, ValueTask>>(new BoundedChannelOptions(Backlog) { SingleReader = true, SingleWriter = true });
        var pulse = new Pulse(clock);
        Task[] parts = [ReadAsync(socket, account, listener, pulse, events.Writer, life.Token), PingAsync(socket, pulse, life.Token), DeliverAsync(events.Reader, life.Token)];
        var ended = await Task.WhenAny(parts);
        await life.CancelAsync();
        socket.Abort();
        foreach (var part in parts)
            await ((Task)part).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ended;
    }

    private static async Task DeliverAsync(ChannelReader<Func<CancellationToken, ValueTask>> events, CancellationToken ct)
    {
        await foreach (var deliver in events.ReadAllAsync(ct))
            await deliver(ct);
    }

    private async Task ReadAsync(ClientWebSocket socket, ITradingAccount account, IUserChannelListener listener, Pulse pulse, ChannelWriter<Func<CancellationToken, ValueTask>> events, CancellationToken ct)
    {
        var frame = new ArrayBufferWriter<byte>(16 * 1024);
        var stands = false;
        while (true)
        {
            frame.ResetWrittenCount();
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(frame.GetMemory(8 * 1024), ct);
                frame.Advance(part.Count);
                if (part.MessageType == WebSocketMessageType.Close)
                    throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
                if (frame.WrittenCount > MostBytes)
                    throw new WebSocketException(WebSocketError.HeaderError);
            }
            while (!part.EndOfMessage);
            Frames.Add(1);
            if (frame.WrittenSpan.SequenceEqual("PONG"u8))
            {
                pulse.Beat();
                if (!stands)
                {
                    stands = true;
                    await events.WriteAsync(listener.ConnectedAsync, ct);
                }
                continue;
            }
            foreach (var deliver in Parse(frame.WrittenMemory, account, listener))
                await events.WriteAsync(deliver, ct);
        }
    }

    private List<Func<CancellationToken, ValueTask>> Parse(ReadOnlyMemory<byte> frame, ITradingAccount account, IUserChannelListener listener)
    {
        var found = new List<Func<CancellationToken, ValueTask>>();
        try
        {
            using var json = JsonDocument.Parse(frame);
            foreach (var e in json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray() : Enumerable.Repeat(json.RootElement, 1))
            {
                var before = found.Count;
                switch (e.Text("event_type")?.ToLowerInvariant() ?? (e.Text("type") == "TRADE" ? "trade" : "order"))
                {
                    case "order" when AccountReader.Order(e, logger) is { } order:
                        found.Add(stop => listener.OrderAsync(order, stop));
                        break;
                    case "trade":
                        foreach (var fill in AccountReader.Fills(e, account, logger))
                            found.Add(stop => listener.FillAsync(fill, stop));
                        break;
                }
                if (found.Count == before)
                    Odd(e.Text("event_type") ?? e.ValueKind.ToString());
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            Odd("text");
        }
        return found;
    }

    private void Odd(string kind)
    {
        Unread.Add(1);
        Log.Odd(logger, kind);
    }

    private async Task PingAsync(ClientWebSocket socket, Pulse pulse, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(PingPeriod, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            if (pulse.Age >= StaleAfter)
                throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely, "no PONG");
            await socket.SendAsync(Ping, WebSocketMessageType.Text, endOfMessage: true, ct);
        }
    }

    // the secret goes into this frame and nowhere else
    private static byte[] AuthFrame(ITradingAccount account)
    {
        var (apiKey, secret, passphrase) = account.SocketCredentials();
        return Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { auth = new { apiKey, secret, passphrase }, type = "user" }));
    }

    private sealed class Pulse(TimeProvider clock)
    {
        private long _last = clock.GetTimestamp();

        public TimeSpan Age => clock.GetElapsedTime(Volatile.Read(ref _last));

        public void Beat() => Volatile.Write(ref _last, clock.GetTimestamp());
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Polymarket + 30, LogLevel.Information, "The user channel of wallet {Wallet} is gone: {Reason}")]
        public static partial void Gone(ILogger logger, Guid wallet, string reason);

        [LoggerMessage(EventIds.Polymarket + 31, LogLevel.Debug, "The user channel sent something else: {Kind}")]
        public static partial void Odd(ILogger logger, string kind);
    }
}
