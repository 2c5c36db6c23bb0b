using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>One connection to the market channel with a blocking reader thread of its own: an async loop burns a third of a core at 1,000 messages a second in the thread pool's idle spin.</summary>
internal sealed class MarketSocketConnection : IMarketConnection
{
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SendDeadline = TimeSpan.FromSeconds(5);

    private readonly Uri _address;
    private readonly IMarketSink _sink;
    private readonly RemoteCertificateValidationCallback? _certificate;
    private readonly MarketSocketFrames _frames;
    private readonly Lock _sending = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private Stream? _stream;
    private bool _asked;
    private volatile bool _disposed;

    private MarketSocketConnection(Uri address, IMarketSink sink, RemoteCertificateValidationCallback? certificate)
    {
        (_address, _sink, _certificate) = (address, sink, certificate);
        _frames = new MarketSocketFrames(new MarketSocketScanner(sink));
    }

    public Task<string> Closed => _closed.Task;

    /// <exception cref="VenueException">The venue could not be reached or refused the upgrade.</exception>
    public static async Task<MarketSocketConnection> OpenAsync(Uri address, IMarketSink sink, RemoteCertificateValidationCallback? certificate, TimeProvider clock, CancellationToken ct)
    {
        var connection = new MarketSocketConnection(address, sink, certificate);
        new Thread(connection.Run) { IsBackground = true, Name = "market-feed" }.Start();
        try
        {
            await connection._opened.Task.WaitAsync(ConnectDeadline, clock, ct);
            return connection;
        }
        catch (Exception e)
        {
            connection.Dispose();
            throw e is TimeoutException ? new VenueException(VenueFailure.Unreachable, $"no answer from {address.Host} in {ConnectDeadline.TotalSeconds:0} s") : e;
        }
    }

    public void Subscribe(IReadOnlyCollection<TokenId> tokens)
    {
        Send(MarketSocketMessages.Text(_asked ? MarketSocketMessages.Subscribe(tokens) : MarketSocketMessages.First(tokens)));
        _asked = true;
    }

    public void Unsubscribe(IReadOnlyCollection<TokenId> tokens) => Send(MarketSocketMessages.Text(MarketSocketMessages.Unsubscribe(tokens)));

    public void Ping() => Send(MarketSocketMessages.Text("PING"u8));

    public void Dispose()
    {
        _disposed = true;
        // Shutting down wakes the reader out of its blocking read; the peer sees an orderly end.
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
        }
        catch (ObjectDisposedException)
        {
        }
        _socket.Dispose();
    }

    private void Run()
    {
        var reason = "connection lost";
        try
        {
            MarketSocketWarmup.Once();
            Open();
            _opened.TrySetResult();
            while (Read())
            {
            }
            reason = _disposed ? "closed here" : _frames.Close ?? "the server ended the connection";
        }
        catch (Exception e)
        {
            // Whatever ended the reader ends this connection only; the streamer opens the next one.
            reason = _disposed ? "closed here" : e.Message;
            _opened.TrySetException(e as VenueException ?? new VenueException(VenueFailure.Unreachable, $"{_address.Host}: {e.Message}", null, e));
        }
        finally
        {
            Dispose();
            _stream?.Dispose();
            _closed.TrySetResult(reason);
        }
    }

    private void Open()
    {
        // Synchronous on purpose: one async call would make the socket non-blocking for good, and every read a detour over epoll.
        _socket.SendTimeout = (int)SendDeadline.TotalMilliseconds;
        // IPv4 first: a host without a working IPv6 would wait there for minutes.
        _socket.Connect([.. Dns.GetHostAddresses(_address.DnsSafeHost).OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)], _address.Port);
        Stream stream = new NetworkStream(_socket, ownsSocket: false);
        if (_address.Scheme is "wss" or "https")
        {
            var secure = new SslStream(stream, leaveInnerStreamOpen: false, _certificate);
            secure.AuthenticateAsClient(_address.DnsSafeHost);
            stream = secure;
        }
        var early = MarketSocketUpgrade.Do(stream, _address, _frames.Free);
        _stream = stream;
        if (early > 0)
            Take(early);
    }

    // Tiny, so that nothing is compiled on this thread while it waits in here.
    private bool Read()
    {
        var count = _stream is NetworkStream ? _socket.Receive(_frames.Free) : _stream!.Read(_frames.Free);
        if (count == 0 || _disposed)
            return false;
        Take(count);
        return _frames.Close is null;
    }

    private void Take(int count)
    {
        var messages = 0;
        _sink.Begin();
        try
        {
            messages = _frames.Add(count);
        }
        finally
        {
            _sink.End(messages);
        }
        if (_frames.Ping is { } ping)
        {
            _frames.Ping = null;
            Send(MarketSocketMessages.Pong(ping));
        }
    }

    private void Send(byte[] frame)
    {
        try
        {
            lock (_sending)
                (_stream ?? throw new IOException("not connected")).Write(frame);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException("the connection is closed", e);
        }
    }
}
