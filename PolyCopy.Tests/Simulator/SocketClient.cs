using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace PolyCopy.Tests.Simulator;

/// <summary>A client of /ws/market or /ws/user that keeps every text it got, in order.</summary>
internal sealed class SocketClient : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private readonly Channel<string> _frames = Channel.CreateUnbounded<string>();
    private Task _reader = Task.CompletedTask;

    public static async Task<SocketClient> OpenAsync(Lab lab, string path, object? first = null)
    {
        var client = new SocketClient();
        var address = new UriBuilder(new Uri(lab.Http.BaseAddress!, path)) { Scheme = "ws" }.Uri;
        using var deadline = new CancellationTokenSource(Deadline);
        await client._socket.ConnectAsync(address, deadline.Token);
        client._reader = client.ReadAsync();
        if (first is not null)
        {
            await client.SendAsync(JsonSerializer.Serialize(first));
            await client.SettleAsync();
        }
        return client;
    }

    /// <summary>A user socket that is logged in.</summary>
    public static Task<SocketClient> UserAsync(Lab lab, Trader trader, params string[] markets) => OpenAsync(lab, "ws/user", trader.AuthFrame(markets));

    public Task Ended => _reader;

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public Task SendAsync(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

    /// <summary>Everything sent so far was heard: a PONG came back. Frames that came before it stay in line.</summary>
    public async Task SettleAsync()
    {
        await SendAsync("PING");
        List<string> early = [];
        while (await NextTextAsync() is { } text && text != "PONG")
            early.Add(text);
        foreach (var text in early)
            _frames.Writer.TryWrite(text);
    }

    /// <summary>The next text, or an exception at the deadline.</summary>
    public async Task<string> NextTextAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        return await _frames.Reader.ReadAsync(deadline.Token);
    }

    public async Task<JsonElement> NextAsync() => JsonDocument.Parse(await NextTextAsync()).RootElement;

    /// <summary>The first frame that fits; others are passed over.</summary>
    public async Task<JsonElement> NextAsync(Func<JsonElement, bool> fits)
    {
        while (true)
        {
            var frame = await NextAsync();
            if (fits(frame))
                return frame;
        }
    }

    /// <summary>Every frame up to and with the first that fits.</summary>
    public async Task<List<JsonElement>> UntilAsync(Func<JsonElement, bool> fits)
    {
        List<JsonElement> frames = [];
        do
            frames.Add(await NextAsync());
        while (!fits(frames[^1]));
        return frames;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reader;
        _socket.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 20];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), default);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                    return;
                _frames.Writer.TryWrite(Encoding.UTF8.GetString(buffer, 0, length));
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The end of the socket.
        }
        finally
        {
            _frames.Writer.TryComplete();
        }
    }
}
