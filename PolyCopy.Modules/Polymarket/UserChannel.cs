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
    private const int Backlog = 10_000; // when full the socket is not read: TCP holds the venue back until the listener has caught up
    private static readonly byte[] Ping = "PING"u8.ToArray();
    private static readonly System.Diagnostics.Metrics.Counter<long> Frames = Meters.Instance.CreateCounter<long>("polycopy.user_channel.frames");
    private static readonly System.Diagnostics.Metrics.Counter<long> Unread = Meters.Instance.CreateCounter<long>("polycopy.user_channel.unread_frames");

    public async Task RunAsync(ITradingAccount account, IUserChannelListener listener, CancellationToken ct)
    {
        using var socket = new VenueSocket(clock);
        try
        {
            await socket.OpenAsync(endpoints.UserSocket, [AuthFrame(account), Ping], TimeSpan.Zero, ct);
            var events = Channel.CreateBounded<Func<CancellationToken, ValueTask>>(new BoundedChannelOptions(Backlog) { SingleReader = true, SingleWriter = true });
            // a listener's exception reaches the caller
            await socket.HoldAsync(
                ct, stop => ReadAsync(socket, account, listener, events.Writer, stop), stop => socket.PingAsync(PingPeriod, StaleAfter, stop), stop => DeliverAsync(events.Reader, stop));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // the caller stops
        }
        catch (Exception e) when (VenueSocket.Reason(e) is not null)
        {
            Log.Gone(logger, account.WalletId, VenueSocket.Reason(e)!);
        }
    }

    private static async Task DeliverAsync(ChannelReader<Func<CancellationToken, ValueTask>> events, CancellationToken ct)
    {
        await foreach (var deliver in events.ReadAllAsync(ct))
            await deliver(ct);
    }

    private async Task ReadAsync(VenueSocket socket, ITradingAccount account, IUserChannelListener listener, ChannelWriter<Func<CancellationToken, ValueTask>> events, CancellationToken ct)
    {
        var stands = false;
        while (true)
        {
            var frame = await socket.ReadAsync(ct);
            Frames.Add(1);
            if (frame.Span.SequenceEqual("PONG"u8))
            {
                socket.Alive();
                if (!stands)
                {
                    stands = true;
                    await events.WriteAsync(listener.ConnectedAsync, ct);
                }
                continue;
            }
            foreach (var deliver in Parse(frame, account, listener))
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

    // the secret goes into this frame and nowhere else
    private static byte[] AuthFrame(ITradingAccount account)
    {
        var (apiKey, secret, passphrase) = account.SocketCredentials();
        return Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { auth = new { apiKey, secret, passphrase }, type = "user" }));
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Polymarket + 30, LogLevel.Information, "The user channel of wallet {Wallet} is gone: {Reason}")]
        public static partial void Gone(ILogger logger, Guid wallet, string reason);

        [LoggerMessage(EventIds.Polymarket + 31, LogLevel.Debug, "The user channel sent something else: {Kind}")]
        public static partial void Odd(ILogger logger, string kind);
    }
}
