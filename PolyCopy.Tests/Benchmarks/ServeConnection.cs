using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;

namespace PolyCopy.Benchmarks;

/// <summary>One client of the load generator: a thread that sends, a thread that hears subscriptions and pings.</summary>
internal sealed partial class ServeConnection(Socket socket, int allTokens, int rate)
{
    private const int RingFrames = 200_000; // for all tokens together, about 97 MB: more than any cache
    private const int SliceBytes = 256 << 10;

    private readonly Lock _gate = new();
    private readonly List<string> _tokens = [];
    private readonly Queue<byte[]> _answers = new();
    private long _changedAt;
    private int _version;
    private int _delayMs = 300;
    private int _need = 1;
    private volatile bool _gone;

    public void Run()
    {
        try
        {
            socket.NoDelay = true;
            Upgrade();
            new Thread(Hear) { IsBackground = true, Name = "serve-hear" }.Start();
            while (!_gone)
                Stream();
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
        }
        finally
        {
            _gone = true;
            socket.Dispose();
        }
    }

    // Waits until the subscriptions have settled, then sends until they change.
    private void Stream()
    {
        string[] tokens;
        int version;
        while (true)
        {
            Answer();
            lock (_gate)
            {
                (tokens, version) = ([.. _tokens], _version);
                if (tokens.Length >= _need && Stopwatch.GetElapsedTime(_changedAt).TotalMilliseconds >= _delayMs)
                    break;
            }
            if (_gone)
                return;
            Wait(Stopwatch.GetTimestamp() + 5_000_000);
        }
        var frames = (int)Math.Max(20_000, (long)RingFrames * tokens.Length / Math.Max(allTokens, tokens.Length));
        var ring = new ServeRing(tokens, frames, tokens.Length + tokens[0][^1]);
        var perSecond = rate * (double)tokens.Length / Math.Max(allTokens, tokens.Length);
        var started = Stopwatch.GetTimestamp();
        var sent = 0L;
        while (!_gone && Volatile.Read(ref _version) == version)
        {
            foreach (var dump in ring.Dump)
                socket.Send(dump);
            if (rate == 0)
                SendAll(ring, version);
            else
                sent = SendPaced(ring, version, started, sent, perSecond);
        }
    }

    private void SendAll(ServeRing ring, int version)
    {
        var end = ring.Offset(ring.Count);
        for (var at = 0; at < end && Volatile.Read(ref _version) == version && !_gone; at += SliceBytes)
        {
            socket.Send(ring.Bytes.AsSpan(at, Math.Min(SliceBytes, end - at)));
            // Between slices a frame may be cut: answers wait for the ring's end.
        }
        Answer();
    }

    private long SendPaced(ServeRing ring, int version, long started, long sent, double perSecond)
    {
        for (var frame = 0; frame < ring.Count && Volatile.Read(ref _version) == version && !_gone;)
        {
            Answer();
            var due = started + (long)(sent / perSecond * 1e9);
            Wait(due);
            var first = frame;
            var now = Stopwatch.GetTimestamp();
            for (; frame < ring.Count && due <= now; due = started + (long)(++sent / perSecond * 1e9))
                ring.Stamp(frame++, due);
            if (frame > first)
                socket.Send(ring.Bytes.AsSpan(ring.Offset(first), ring.Offset(frame) - ring.Offset(first)));
        }
        return sent;
    }

    private void Answer()
    {
        while (true)
        {
            byte[]? answer;
            lock (_gate)
                if (!_answers.TryDequeue(out answer))
                    return;
            socket.Send(answer);
        }
    }

    private void Upgrade()
    {
        var request = new StringBuilder();
        var one = new byte[1];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (socket.Receive(one) == 0 || request.Length > 16_384)
                throw new IOException("no upgrade");
            request.Append((char)one[0]);
        }
        var lines = request.ToString().Split("\r\n");
        var query = HttpUtility.ParseQueryString(lines[0].Split(' ')[1] is var path && path.Contains('?') ? path[path.IndexOf('?')..] : "");
        rate = int.TryParse(query["rate"], out var asked) ? asked : rate;
        _delayMs = int.TryParse(query["delay"], out var delay) ? delay : _delayMs;
        _need = int.TryParse(query["need"], out var need) ? need : _need;
        var key = lines.First(l => l.StartsWith("Sec-WebSocket-Key:", StringComparison.OrdinalIgnoreCase))[18..].Trim();
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
        socket.Send(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"));
    }

    private void Hear()
    {
        try
        {
            var header = new byte[14];
            while (!_gone)
            {
                Fill(header.AsSpan(0, 2));
                var length = (long)(header[1] & 0x7F);
                if (length == 126)
                {
                    Fill(header.AsSpan(2, 2));
                    length = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2));
                }
                else if (length == 127)
                {
                    Fill(header.AsSpan(2, 8));
                    length = BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(2));
                }
                Fill(header.AsSpan(10, 4));
                var payload = new byte[length];
                Fill(payload);
                for (var i = 0; i < payload.Length; i++)
                    payload[i] ^= header[10 + (i & 3)];
                Hear(header[0] & 15, payload);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
        }
        _gone = true;
    }

    private void Hear(int opcode, byte[] payload)
    {
        if (opcode == 8)
            throw new IOException("closed");
        lock (_gate)
        {
            if (opcode == 9)
                _answers.Enqueue([0x8A, (byte)payload.Length, .. payload]);
            else if (payload.AsSpan().SequenceEqual("PING"u8))
                _answers.Enqueue(ServeRing.Frame("PONG"u8));
            else if (opcode == 1)
                Subscribe(payload);
        }
    }

    private void Subscribe(byte[] payload)
    {
        using var json = JsonDocument.Parse(payload);
        if (!json.RootElement.TryGetProperty("assets_ids", out var ids))
            return;
        var remove = json.RootElement.TryGetProperty("operation", out var operation) && operation.GetString() == "unsubscribe";
        foreach (var id in ids.EnumerateArray().Select(i => i.GetString()!))
        {
            _tokens.Remove(id);
            if (!remove)
                _tokens.Add(id);
        }
        _changedAt = Stopwatch.GetTimestamp();
        _version++;
    }

    private void Fill(Span<byte> target)
    {
        while (target.Length > 0)
        {
            var count = socket.Receive(target);
            if (count == 0)
                throw new IOException("ended");
            target = target[count..];
        }
    }

    // Sleeping to an absolute time is exact to some 20 us; spinning would take one of the machine's cores from the client.
    private static void Wait(long due)
    {
        var time = new TimeSpec { Seconds = due / 1_000_000_000, Nanoseconds = due % 1_000_000_000 };
        if (Stopwatch.GetTimestamp() < due)
            _ = ClockNanosleep(1, 1, in time, 0);
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockNanosleep(int clock, int flags, in TimeSpec time, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
