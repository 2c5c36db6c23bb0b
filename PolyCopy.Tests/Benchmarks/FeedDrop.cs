using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Benchmarks;

/// <summary>The yardstick: ClientWebSocket that receives the same messages on the same number of connections, and drops them.</summary>
internal sealed class FeedDrop(Uri address, IReadOnlyList<IReadOnlyList<TokenId>> connections, bool stamped)
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly long[] _messages = new long[(connections.Count + 1) * CacheLine]; // a cache line each: one shared counter would be the loop's main cost

    private const int CacheLine = 16;

    public long Messages => _messages.Sum();

    public Latencies TickToReceive { get; } = new();

    public async Task StartAsync()
    {
        foreach (var tokens in connections)
        {
            var socket = new ClientWebSocket();
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            await socket.ConnectAsync(address, CancellationToken.None);
            var subscribe = $$"""{"assets_ids":[{{string.Join(',', tokens.Select(t => $"\"{t}\""))}}],"type":"market","initial_dump":true,"level":2,"custom_feature_enabled":true}""";
            await socket.SendAsync(Encoding.ASCII.GetBytes(subscribe), WebSocketMessageType.Text, true, CancellationToken.None);
            var number = _running.Count + 1;
            _running.Add(Task.Run(() => ReceiveAsync(socket, number * CacheLine)));
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
    }

    private async Task ReceiveAsync(ClientWebSocket socket, int counter)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(buffer.AsMemory(), _stop.Token);
                if (!result.EndOfMessage)
                    continue;
                _messages[counter]++;
                if (stamped && Stamp.Read(buffer.AsSpan(0, result.Count)) is > 0 and var stamp)
                    TickToReceive.Add(Stopwatch.GetTimestamp() - stamp);
            }
        }
        catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or WebSocketException)
        {
        }
        finally
        {
            socket.Dispose();
        }
    }
}

/// <summary>The send time that our load generator hides in the first hash of a message.</summary>
internal static class Stamp
{
    public static long Read(ReadOnlySpan<byte> message)
    {
        var at = message.IndexOf("\"hash\":\""u8);
        if (at < 0 || message.Length < at + 48)
            return 0;
        var digits = message.Slice(at + 32, 16);
        // Any other server's hash is random: a time within the last minute it is not.
        return long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var stamp) && Stopwatch.GetTimestamp() - stamp is > 0 and < 60_000_000_000 ? stamp : 0;
    }
}
