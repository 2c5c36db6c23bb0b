using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>One socket of a channel: a bounded queue, one sender, one reader; a reader too slow is closed with 1013 like the venue does.</summary>
internal sealed class SimConnection
{
    /// <summary>Frames that wait for a slow reader; the venue's own bound is unknown. Full: closed with 1013.</summary>
    private const int QueueCapacity = 4096;

    /// <summary>How long a close waits for a reader that does not read before the socket is cut.</summary>
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(5);

    private readonly WebSocket _socket;
    private readonly IFrameFilter? _filter;
    private readonly Channel<ReadOnlyMemory<byte>> _queue = System.Threading.Channels.Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(QueueCapacity) { SingleReader = true });
    private readonly CancellationTokenSource _cut = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private CloseWord? _close;
    private long _frames;

    private readonly byte[] _pong;

    /// <param name="pong">What answers PING.</param>
    public SimConnection(long id, string channel, WebSocket socket, IFrameFilter? filter, string pong = "PONG")
    {
        (Id, Channel, _socket, _filter, _pong) = (id, channel, socket, filter, Encoding.UTF8.GetBytes(pong));
    }

    /// <summary>Called on the reader at each PING that is heard.</summary>
    public Action? Pinged { get; set; }

    public long Id { get; }

    /// <summary>"market", "user", "rpc" or "rtds".</summary>
    public string Channel { get; }

    /// <summary>Tokens (market) or condition ids (user) subscribed now; replaced whole.</summary>
    public IReadOnlyList<string> Tokens { get; set; } = [];

    /// <summary>Data frames sent.</summary>
    public long Frames => Interlocked.Read(ref _frames);

    /// <summary>True once somebody decided to end it.</summary>
    public bool IsClosing => Volatile.Read(ref _close) is not null;

    /// <summary>Queues a frame without waiting; a full queue closes the socket with 1013.</summary>
    public void Send(ReadOnlyMemory<byte> frame)
    {
        if (!_queue.Writer.TryWrite(frame) && !IsClosing)
            Close((WebSocketCloseStatus)1013, "slow consumer: send buffer full");
    }

    /// <summary>Ends the connection with a close frame; frames still queued are dropped.</summary>
    public void Close(WebSocketCloseStatus status, string reason)
    {
        if (Interlocked.CompareExchange(ref _close, new CloseWord(status, reason), null) is not null)
            return;
        _queue.Writer.TryComplete();
        // A cancelled receive or send would abort the socket at once and lose the close frame.
        _cut.CancelAfter(CloseGrace);
    }

    /// <summary>Cuts the connection without a close frame (1006).</summary>
    public void Abort()
    {
        Interlocked.CompareExchange(ref _close, new CloseWord(WebSocketCloseStatus.Empty, ""), null);
        _queue.Writer.TryComplete();
        _cut.Cancel();
        _socket.Abort();
    }

    /// <summary>Runs until the socket ends; <paramref name="received"/> gets each text message but PING.</summary>
    public async Task RunAsync(Action<string> received, CancellationToken ct)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(_cut.Token, ct);
        var sender = SendAllAsync(cut.Token);
        try
        {
            await ReceiveAllAsync(received, cut.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The end of a socket is no error of the venue.
        }
        Close(WebSocketCloseStatus.NormalClosure, "");
        await sender;
    }

    private async Task ReceiveAllAsync(Action<string> received, CancellationToken ct)
    {
        var buffer = new byte[16 * 1024];
        var message = new MemoryStream();
        while (_socket.State is WebSocketState.Open or WebSocketState.CloseSent)
        {
            var part = await _socket.ReceiveAsync(buffer.AsMemory(), ct);
            if (part.MessageType == WebSocketMessageType.Close)
                return;
            message.Write(buffer, 0, part.Count);
            if (!part.EndOfMessage)
                continue;
            var text = Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length);
            message.SetLength(0);
            if (!text.Equals("PING", StringComparison.OrdinalIgnoreCase))
            {
                if ((_filter is null ? text : _filter.Incoming(this, text)) is { } heard)
                    received(heard);
            }
            else if (_filter?.AnswersPing(this) ?? true)
            {
                Pinged?.Invoke();
                await SendTextAsync(_pong, ct);
            }
        }
    }

    private async Task SendAllAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var frame in _queue.Reader.ReadAllAsync(ct))
            {
                if (IsClosing)
                    break;
                if (_filter is null or { IsIdle: true })
                    await SendDataAsync(frame, ct);
                else
                    foreach (var real in _filter.Outgoing(this, frame))
                        await SendDataAsync(real, ct);
            }
            if (_close is { } close && (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived))
                await _socket.CloseOutputAsync(close.Status, close.Reason, ct);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            _socket.Abort();
        }
    }

    private async Task SendDataAsync(ReadOnlyMemory<byte> frame, CancellationToken ct)
    {
        await SendTextAsync(frame, ct);
        Interlocked.Increment(ref _frames);
    }

    private async Task SendTextAsync(ReadOnlyMemory<byte> text, CancellationToken ct)
    {
        // PONG comes from the reader, data from the sender; a socket takes one send at a time.
        await _sending.WaitAsync(ct);
        try
        {
            await _socket.SendAsync(text, WebSocketMessageType.Text, true, ct);
        }
        finally
        {
            _sending.Release();
        }
    }

    private sealed record CloseWord(WebSocketCloseStatus Status, string Reason);
}
