using System.Buffers;
using System.Net.WebSockets;

namespace PolyCopy.Modules.Polymarket;

/// <summary>A text socket that lives as long as its parts: opened with its first frames, read whole frame by whole frame, pinged until nothing has proved life for too long.</summary>
/// <remarks>The market channel has a reader of its own (<see cref="MarketSocketConnection"/>): there no frame may cost an allocation or a thread switch.</remarks>
internal sealed class VenueSocket(TimeProvider clock) : IDisposable
{
    private const int MostBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly byte[] PingFrame = "PING"u8.ToArray();
    private readonly ClientWebSocket _socket = new();
    private readonly ArrayBufferWriter<byte> _frame = new(16 * 1024);
    private long _alive;

    /// <param name="address">Where.</param>
    /// <param name="first">Sent at once, each as a frame.</param>
    /// <param name="keepAlive">WebSocket pings; zero where the venue has its own.</param>
    /// <param name="ct">Cancels.</param>
    public async Task OpenAsync(Uri address, IEnumerable<byte[]> first, TimeSpan keepAlive, CancellationToken ct)
    {
        if (address.IsLoopback)
            _socket.Options.Proxy = null;
        (_socket.Options.KeepAliveInterval, _socket.Options.KeepAliveTimeout) = (keepAlive, keepAlive > TimeSpan.Zero ? keepAlive : Timeout.InfiniteTimeSpan);
        using var deadline = new CancellationTokenSource(ConnectTimeout, clock);
        using var connecting = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        await _socket.ConnectAsync(address, connecting.Token);
        foreach (var frame in first)
            await _socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, connecting.Token);
        Alive();
    }

    /// <summary>The next frame, valid until the one after it is read.</summary>
    /// <exception cref="WebSocketException">Closed by the peer, broken, or a frame of over 4 MB.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(CancellationToken ct)
    {
        _frame.ResetWrittenCount();
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(_frame.GetMemory(8 * 1024), ct);
            _frame.Advance(part.Count);
            if (part.MessageType == WebSocketMessageType.Close)
                throw new WebSocketException("closed by the venue");
            if (_frame.WrittenCount > MostBytes)
                throw new WebSocketException("a frame of over 4 MB");
        }
        while (!part.EndOfMessage);
        return _frame.WrittenMemory;
    }

    /// <summary>Something proved that the other side is there.</summary>
    public void Alive() => Volatile.Write(ref _alive, clock.GetTimestamp());

    /// <summary>Sends PING until nothing has proved life for so long.</summary>
    public async Task PingAsync(TimeSpan period, TimeSpan silentAfter, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(period, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            if (clock.GetElapsedTime(Volatile.Read(ref _alive)) >= silentAfter)
                throw new WebSocketException($"silent for {silentAfter.TotalSeconds:0} s");
            await _socket.SendAsync(PingFrame, WebSocketMessageType.Text, endOfMessage: true, ct);
        }
    }

    /// <summary>Runs the parts until one ends; then the socket and the others end too, and what ended it is thrown.</summary>
    public async Task HoldAsync(CancellationToken ct, params IEnumerable<Func<CancellationToken, Task>> parts)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = parts.Select(part => part(life.Token)).ToList();
        var ended = await Task.WhenAny(running);
        await life.CancelAsync();
        _socket.Abort();
        foreach (var part in running)
            await part.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ended;
    }

    /// <summary>Why the connection is gone, in a few words; null: the exception is not the connection's.</summary>
    public static string? Reason(Exception e) => e switch
    {
        WebSocketException { WebSocketErrorCode: WebSocketError.Success } said => said.Message,
        WebSocketException fault => fault.WebSocketErrorCode.ToString(),
        IOException or HttpRequestException or OperationCanceledException => e.GetType().Name,
        _ => null,
    };

    public void Dispose() => _socket.Dispose();
}
