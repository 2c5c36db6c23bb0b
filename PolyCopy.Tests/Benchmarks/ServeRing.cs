using System.Globalization;
using System.Text;

namespace PolyCopy.Benchmarks;

/// <summary>Pre-serialised messages for some tokens: the books they begin with, and a ring of changes that keep every stated best price true.</summary>
/// <remarks>
/// 98 % price_change, 2 % last_trade_price. Half of the markets change both their tokens in one message, half one, so that a message has 1.5 changes and 485 bytes on average.
/// The last 16 hex digits of the first change's hash are the time it should have been sent (ns of the monotonic clock), so waiting counts as latency.
/// </remarks>
internal sealed class ServeRing
{
    private const int BooksPerFrame = 50;

    private readonly MemoryStream _bytes = new();
    private readonly List<int> _offsets = [];
    private readonly List<int> _stamps = [];
    private readonly List<byte[]> _dump = [];
    private readonly Random _random;

    public ServeRing(IReadOnlyList<string> tokens, int frames, int seed)
    {
        _random = new Random(seed);
        var books = new List<ServeBook>();
        for (var i = 0; i < tokens.Count; i += 2)
        {
            var market = "0x" + Convert.ToHexString(SeededBytes(32)).ToLowerInvariant();
            var mirrored = i / 2 % 2 == 0 && i + 1 < tokens.Count;
            books.Add(new ServeBook(market, tokens[i], mirrored ? tokens[i + 1] : null, i / 4 % 2 == 0 ? 100 : 10, _random));
            if (!mirrored && i + 1 < tokens.Count)
                books.Add(new ServeBook(market, tokens[i + 1], null, i / 4 % 2 == 0 ? 100 : 10, _random));
        }
        foreach (var part in books.SelectMany(b => b.Snapshots()).Chunk(BooksPerFrame))
            _dump.Add(Frame(Encoding.ASCII.GetBytes($"[{string.Join(',', part)}]")));
        for (var i = 0; i < frames; i++)
            Add(books[_random.Next(books.Count)]);
        _offsets.Add((int)_bytes.Length);
        Bytes = _bytes.GetBuffer();
    }

    public byte[] Bytes { get; }

    public int Count => _offsets.Count - 1;

    /// <summary>Array frames with the books the ring begins from.</summary>
    public IReadOnlyList<byte[]> Dump => _dump;

    public int Offset(int frame) => _offsets[frame];

    /// <summary>Writes a send time into a frame; nothing for frames without changes.</summary>
    public void Stamp(int frame, long nanoseconds)
    {
        var at = _stamps[frame];
        if (at == 0)
            return;
        for (var i = 15; i >= 0; i--, nanoseconds >>= 4)
            Bytes[at + i] = "0123456789abcdef"u8[(int)(nanoseconds & 15)];
    }

    public static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        var header = payload.Length < 126 ? 2 : payload.Length <= ushort.MaxValue ? 4 : 10;
        var frame = new byte[header + payload.Length];
        frame[0] = 0x81;
        if (header == 2)
            frame[1] = (byte)payload.Length;
        else if (header == 4)
            (frame[1], frame[2], frame[3]) = (126, (byte)(payload.Length >> 8), (byte)payload.Length);
        else
        {
            frame[1] = 127;
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), payload.Length);
        }
        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }

    private void Add(ServeBook book)
    {
        string message;
        if (_random.Next(50) == 0)
        {
            message = $$"""{"market":"{{book.Market}}","asset_id":"{{book.Token}}","price":"{{book.Touch()}}","size":"{{_random.Next(1, 500)}}","fee_rate_bps":"0","side":"BUY","timestamp":"1791258811621","event_type":"last_trade_price","transaction_hash":"0x{{Hash(64)}}"}""";
        }
        else
        {
            message = $$"""{"market":"{{book.Market}}","price_changes":[{{book.Change(Hash)}}],"timestamp":"1791258811053","event_type":"price_change"}""";
        }
        var frame = Frame(Encoding.ASCII.GetBytes(message));
        var hash = frame.AsSpan().IndexOf("\"hash\":\""u8);
        _offsets.Add((int)_bytes.Length);
        _stamps.Add(hash < 0 ? 0 : (int)_bytes.Length + hash + 8 + 24);
        _bytes.Write(frame);
    }

    private string Hash(int digits) => Convert.ToHexString(SeededBytes(digits / 2)).ToLowerInvariant();

    private byte[] SeededBytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}

/// <summary>A book that moves at random; with a second token it is told for both, in mirror.</summary>
internal sealed class ServeBook
{
    private const int Scale = 10_000;

    private readonly SortedDictionary<int, long> _bids = new(Comparer<int>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedDictionary<int, long> _asks = [];
    private readonly string? _sibling;
    private readonly int _tick;
    private readonly Random _random;

    public ServeBook(string market, string token, string? sibling, int tick, Random random)
    {
        (Market, Token, _sibling, _tick, _random) = (market, token, sibling, tick, random);
        var mid = Scale / tick * random.Next(20, 80) / 100 * tick;
        for (var i = 0; i < 15; i++)
        {
            _bids[mid - (i + 1) * tick] = Size();
            _asks[mid + i * tick] = Size();
        }
    }

    public string Market { get; }

    public string Token { get; }

    public IEnumerable<string> Snapshots()
    {
        yield return Snapshot(Token, _bids, _asks, p => p);
        if (_sibling is not null)
            yield return Snapshot(_sibling, _asks, _bids, p => Scale - p);
    }

    public string Touch() => Text(_bids.Keys.First());

    public string Change(Func<int, string> hash)
    {
        var buy = _random.Next(2) == 0;
        var (mine, other) = buy ? (_bids, _asks) : (_asks, _bids);
        var step = buy ? -_tick : _tick;
        var best = mine.Keys.First();
        var gap = Math.Abs(other.Keys.First() - best) / _tick;
        // Mostly near the best; now and then inside the spread. One market in twenty changes drifts by a removed best.
        var price = gap > 1 && _random.Next(3) == 0 ? best - step * _random.Next(1, gap) : best + step * (int)(_random.NextDouble() * _random.NextDouble() * 14);
        price = Math.Clamp(price, _tick, Scale - _tick);
        var size = mine.ContainsKey(price) && mine.Count > 5 && _random.Next(3) == 0 ? 0 : Size();
        if (buy ? price >= other.Keys.First() : price <= other.Keys.First())
            (price, size) = (best, Size());
        if (size == 0)
            mine.Remove(price);
        else
            mine[price] = size;
        if (mine.Count > 40)
        {
            // Keep the book small: the worst level goes unseen only if it is told, so tell that instead.
            mine.Remove(price);
            price = mine.Keys.Last();
            mine.Remove(price);
            size = 0;
        }
        var bid = _bids.Keys.First();
        var ask = _asks.Keys.First();
        var first = Entry(Token, price, size, buy, hash, bid, ask);
        return _sibling is null ? first : $"{first},{Entry(_sibling, Scale - price, size, !buy, hash, Scale - ask, Scale - bid)}";
    }

    private static string Entry(string token, int price, long size, bool buy, Func<int, string> hash, int bid, int ask) =>
        $$"""{"asset_id":"{{token}}","price":"{{Text(price)}}","size":"{{Amount(size)}}","side":"{{(buy ? "BUY" : "SELL")}}","hash":"{{hash(40)}}","best_bid":"{{Text(bid)}}","best_ask":"{{Text(ask)}}"}""";

    private string Snapshot(string token, SortedDictionary<int, long> bids, SortedDictionary<int, long> asks, Func<int, int> map)
    {
        static string Levels(SortedDictionary<int, long> side, Func<int, int> map) =>
            string.Join(',', side.Reverse().Select(l => $$"""{"price":"{{Text(map(l.Key))}}","size":"{{Amount(l.Value)}}"}"""));
        return $$"""{"event_type":"book","market":"{{Market}}","asset_id":"{{token}}","timestamp":"1791258810641","hash":"d9eab1c78d71f60b0343f06bdf9ce4ca820b373f","bids":[{{Levels(bids, map)}}],"asks":[{{Levels(asks, map)}}],"min_order_size":"5","tick_size":"{{Text(_tick)}}","neg_risk":false,"last_trade_price":""}""";
    }

    private long Size() => _random.Next(3) switch
    {
        0 => _random.Next(5, 2000) * 100L,
        1 => _random.Next(500, 500_000),
        _ => _random.Next(5, 300) * 1000L,
    };

    // In hundredths of a share.
    private static string Amount(long size) => (size / 100m).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Text(int price) => (price / (decimal)Scale).ToString("0.####", CultureInfo.InvariantCulture);
}
