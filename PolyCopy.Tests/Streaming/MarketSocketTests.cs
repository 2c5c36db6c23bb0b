using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Streaming;

/// <summary>The hand-written WebSocket client against a server that does what servers may do, byte by byte.</summary>
public class MarketSocketTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_first_subscription_and_later_ones_are_said_as_the_venue_wants_them()
    {
        using var server = new WireServer();
        using var client = await server.ConnectAsync(new RecordingSink("1"));
        client.Subscribe([TokenId.Parse("1"), TokenId.Parse("2")]);
        (await server.TextAsync()).Should().Be("""{"assets_ids":["1","2"],"type":"market","initial_dump":true,"level":2,"custom_feature_enabled":true}""");
        client.Subscribe([TokenId.Parse("3")]);
        (await server.TextAsync()).Should().Be("""{"operation":"subscribe","assets_ids":["3"],"level":2,"custom_feature_enabled":true}""");
        client.Unsubscribe([TokenId.Parse("1")]);
        (await server.TextAsync()).Should().Be("""{"operation":"unsubscribe","assets_ids":["1"]}""");
        client.Ping();
        (await server.TextAsync()).Should().Be("PING");
        client.Subscribe([.. Enumerable.Range(0, 1000).Select(i => TokenId.Parse(new string('7', 74) + $"{i:000}"))]);
        (await server.TextAsync()).Should().HaveLength(80 * 1000 + """{"operation":"subscribe","assets_ids":[],"level":2,"custom_feature_enabled":true}""".Length - 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_cut_anywhere_by_TCP_and_by_fragments_arrive_whole(bool secure)
    {
        var sink = new RecordingSink("1", "2");
        using var server = new WireServer(secure);
        using var client = await server.ConnectAsync(sink);
        var random = new Random(3);
        var bytes = new List<byte>();
        const int messages = 300;
        for (var i = 0; i < messages; i++)
        {
            // A title of several bytes per letter, so that cuts fall inside of letters.
            var text = Encoding.UTF8.GetBytes(ScannerTests.Change("1", "2").Replace("\"0xdf9b", "\"Überraschung 🎲 0xdf9b"));
            var cuts = random.Next(4) == 0 ? Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(text.Length)).Append(0).Order().ToArray() : [0];
            for (var c = 0; c < cuts.Length; c++)
            {
                var end = c + 1 < cuts.Length ? cuts[c + 1] : text.Length;
                bytes.AddRange(WireServer.Frame((byte)((c + 1 == cuts.Length ? 0x80 : 0) | (c == 0 ? 1 : 0)), text.AsSpan(cuts[c], end - cuts[c])));
                if (random.Next(3) == 0)
                    bytes.AddRange(WireServer.Frame(0x89, "between"u8));
            }
        }
        for (var at = 0; at < bytes.Count;)
        {
            var count = Math.Min(random.Next(1, 2000), bytes.Count - at);
            await server.SendAsync(bytes.GetRange(at, count).ToArray());
            at += count;
        }
        await WaitUntil(() => sink.Frames == messages);
        sink.Lines.Where(l => l.StartsWith("change", StringComparison.Ordinal)).Should().HaveCount(2 * messages);
        sink.Lines.Should().NotContain("malformed");
    }

    [Fact]
    public async Task A_dump_larger_than_the_buffer_is_read()
    {
        var sink = new RecordingSink("1");
        using var server = new WireServer();
        using var client = await server.ConnectAsync(sink);
        var levels = string.Join(',', Enumerable.Range(1, 4999).Select(i => $$"""{"price":"{{i / 10000m}}","size":"{{i}}"}"""));
        var book = $$"""{"event_type":"book","asset_id":"1","bids":[{{levels}}],"asks":[],"padding":"{{new string('x', 3_000_000)}}"}""";
        await server.SendAsync(WireServer.Frame(0x81, Encoding.UTF8.GetBytes($"[{book}]")));
        await server.SendAsync(WireServer.Frame(0x81, "PONG"u8));
        await WaitUntil(() => sink.Frames == 2);
        sink.Lines.Single(l => l.StartsWith("book", StringComparison.Ordinal)).Should().StartWith("book 1 bids [0.0001 1][0.0002 2]").And.Contain("[0.4999 4999] asks ");
        sink.Lines.Should().Contain("pong");
    }

    [Fact]
    public async Task Pings_of_the_server_are_answered_with_their_payload()
    {
        using var server = new WireServer();
        using var client = await server.ConnectAsync(new RecordingSink());
        await server.SendAsync(WireServer.Frame(0x89, "are you there"u8));
        var (first, payload) = await server.FrameAsync();
        first.Should().Be(0x8A);
        Encoding.ASCII.GetString(payload).Should().Be("are you there");
    }

    [Fact]
    public async Task A_close_frame_ends_the_connection_with_its_code_and_reason()
    {
        using var server = new WireServer();
        using var client = await server.ConnectAsync(new RecordingSink());
        await server.SendAsync(WireServer.Frame(0x88, [1013 >> 8, 1013 & 255, .. "slow consumer: send buffer full"u8]));
        (await client.Closed.WaitAsync(Deadline)).Should().Be("1013 slow consumer: send buffer full");
    }

    [Fact]
    public async Task An_end_without_a_close_frame_ends_the_connection_too()
    {
        using var server = new WireServer();
        using var client = await server.ConnectAsync(new RecordingSink());
        server.Drop();
        (await client.Closed.WaitAsync(Deadline)).Should().NotBeEmpty();
        FluentActions.Invoking(() => { for (var i = 0; i < 10; i++) client.Ping(); }).Should().Throw<IOException>();
    }

    [Fact]
    public async Task Closing_wakes_the_reader_out_of_a_silent_socket()
    {
        using var server = new WireServer();
        var client = await server.ConnectAsync(new RecordingSink());
        client.Dispose();
        (await client.Closed.WaitAsync(Deadline)).Should().Be("closed here");
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 0x80, 1, 2, 3, 4 })]
    [InlineData(new byte[] { 0xC1, 0x00 })]
    [InlineData(new byte[] { 0x80, 0x00 })]
    [InlineData(new byte[] { 0x09, 0x00 })]
    [InlineData(new byte[] { 0x83, 0x00 })]
    [InlineData(new byte[] { 0x81, 127, 0x7F, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x01, 0x00, 0x81, 0x00 })]
    [InlineData(new byte[] { 0x89, 126, 0, 126 })]
    public async Task A_server_that_breaks_the_protocol_is_left(byte[] bytes)
    {
        using var server = new WireServer();
        using var client = await server.ConnectAsync(new RecordingSink());
        await server.SendAsync([.. bytes, .. new byte[126]]);
        (await client.Closed.WaitAsync(Deadline)).Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", VenueFailure.Blocked)]
    [InlineData("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n\r\n", VenueFailure.RateLimited)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\n\r\n", VenueFailure.NotReady)]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>", VenueFailure.Unreachable)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: bm9uc2Vuc2U=\r\n\r\n", VenueFailure.Malformed)]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n", VenueFailure.Malformed)]
    [InlineData("", VenueFailure.Unreachable)]
    public async Task A_refused_upgrade_says_why(string answer, VenueFailure failure)
    {
        using var server = new WireServer(answer: answer);
        var thrown = (await FluentActions.Awaiting(() => server.ConnectAsync(new RecordingSink())).Should().ThrowAsync<VenueException>()).Which;
        thrown.Failure.Should().Be(failure);
        thrown.RetryAfter.Should().Be(failure == VenueFailure.RateLimited ? TimeSpan.FromSeconds(7) : null);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_unreachable()
    {
        int port;
        using (var server = new WireServer())
            port = server.Port;
        await FluentActions.Awaiting(() => MarketSocketConnection.OpenAsync(new Uri($"ws://127.0.0.1:{port}/ws/market"), new RecordingSink(), null, TimeProvider.System, CancellationToken.None))
            .Should().ThrowAsync<VenueException>().Where(e => e.Failure == VenueFailure.Unreachable);
    }

    [Fact]
    public async Task A_certificate_nobody_vouches_for_is_refused()
    {
        using var server = new WireServer(secure: true);
        await FluentActions.Awaiting(() => MarketSocketConnection.OpenAsync(server.Address, new RecordingSink(), null, TimeProvider.System, CancellationToken.None)).Should().ThrowAsync<VenueException>();
    }

    [Fact]
    public async Task Garbage_on_the_wire_never_crashes_the_reader()
    {
        var random = new Random(17);
        for (var round = 0; round < 300; round++)
        {
            var sink = new RecordingSink("1", "2");
            var frames = new MarketSocketFrames(new MarketSocketScanner(sink));
            var bytes = Enumerable.Range(0, 5).SelectMany(_ => WireServer.Frame(0x81, Encoding.UTF8.GetBytes(ScannerTests.Change("1", "2")))).ToArray();
            for (var hits = random.Next(1, 10); hits > 0; hits--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                for (var at = 0; at < bytes.Length && frames.Close is null;)
                {
                    var count = Math.Min(Math.Min(random.Next(1, 700), bytes.Length - at), frames.Free.Length);
                    bytes.AsSpan(at, count).CopyTo(frames.Free);
                    frames.Add(count);
                    at += count;
                }
            }
            catch (InvalidDataException)
            {
                // Broken framing ends the connection: nothing behind it can be believed.
            }
        }
        await Task.CompletedTask;
    }

    private static async Task WaitUntil(Func<bool> so)
    {
        using var patience = new CancellationTokenSource(Deadline);
        while (!so())
            await Task.Delay(5, patience.Token);
    }

    /// <summary>A server for one client, by hand.</summary>
    private sealed class WireServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly bool _secure;
        private readonly string? _answer;
        private Stream? _stream;

        public WireServer(bool secure = false, string? answer = null)
        {
            (_secure, _answer) = (secure, answer);
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        }

        public int Port { get; }

        public Uri Address => new($"{(_secure ? "wss" : "ws")}://localhost:{Port}/ws/market");

        public async Task<IMarketConnection> ConnectAsync(IMarketSink sink)
        {
            var accepting = AcceptAsync();
            // The server's certificate is its own; that one test shows that without this it is refused.
            var client = await MarketSocketConnection.OpenAsync(Address, sink, _secure ? (_, _, _, _) => true : null, TimeProvider.System, CancellationToken.None);
            await accepting.WaitAsync(Deadline);
            return client;
        }

        public async Task SendAsync(byte[] bytes) => await _stream!.WriteAsync(bytes);

        public async Task<string> TextAsync()
        {
            var (first, payload) = await FrameAsync();
            first.Should().Be(0x81);
            return Encoding.UTF8.GetString(payload);
        }

        public async Task<(byte First, byte[] Payload)> FrameAsync()
        {
            using var patience = new CancellationTokenSource(Deadline);
            var header = new byte[2];
            await _stream!.ReadExactlyAsync(header, patience.Token);
            (header[1] & 0x80).Should().Be(0x80, "a client masks");
            long length = header[1] & 0x7F;
            if (length >= 126)
            {
                var more = new byte[length == 126 ? 2 : 8];
                await _stream.ReadExactlyAsync(more, patience.Token);
                length = more.Aggregate(0L, (sum, b) => sum << 8 | b);
            }
            var mask = new byte[4];
            await _stream.ReadExactlyAsync(mask, patience.Token);
            var payload = new byte[length];
            await _stream.ReadExactlyAsync(payload, patience.Token);
            for (var i = 0; i < payload.Length; i++)
                payload[i] ^= mask[i & 3];
            return (header[0], payload);
        }

        public static byte[] Frame(byte first, ReadOnlySpan<byte> payload)
        {
            byte[] header = payload.Length < 126 ? [first, (byte)payload.Length]
                : payload.Length <= ushort.MaxValue ? [first, 126, (byte)(payload.Length >> 8), (byte)payload.Length]
                : [first, 127, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length];
            return [.. header, .. payload];
        }

        public void Drop() => _stream!.Dispose();

        public void Dispose()
        {
            _stream?.Dispose();
            _listener.Dispose();
        }

        private async Task AcceptAsync()
        {
            Stream stream = new NetworkStream(await _listener.AcceptSocketAsync(), ownsSocket: true);
            if (_secure)
            {
                var secure = new SslStream(stream);
                await secure.AuthenticateAsServerAsync(SelfSigned());
                stream = secure;
            }
            var request = new StringBuilder();
            var one = new byte[1];
            while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
                request.Append((char)one[0]);
            var key = request.ToString().Split("\r\n").Single(l => l.StartsWith("Sec-WebSocket-Key: ", StringComparison.Ordinal))[19..];
            request.ToString().Should().Contain("GET /ws/market HTTP/1.1\r\n").And.Contain($"Host: localhost:{Port}\r\n").And.Contain("User-Agent: ");
            var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
            await stream.WriteAsync(Encoding.ASCII.GetBytes(_answer ?? $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"));
            _stream = stream;
            if (_answer is not null)
                stream.Dispose();
        }

        private static X509Certificate2 SelfSigned()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            using var certificate = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero));
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
        }
    }
}
