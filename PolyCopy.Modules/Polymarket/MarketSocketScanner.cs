using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>A sink that also wants the messages themselves, before they are read: to record or to measure.</summary>
internal interface IMarketTap
{
    void Message(ReadOnlySpan<byte> message);
}

/// <summary>Turns the text messages of the market channel into calls on a sink, in place and without garbage. Keys may come in any order; a message is one event or an array of them.</summary>
/// <remarks>
/// An event reaches the sink only when all of it could be read; what came before a broken event of the same array has.
/// Strings are searched 32 bytes at a time: 0.15 us for a price_change of 485 bytes where Utf8JsonReader takes 0.5 us.
/// </remarks>
internal sealed unsafe class MarketSocketScanner(IMarketSink sink)
{
    private readonly IMarketTap? _tap = sink as IMarketTap;

    /// <summary>Bytes that must be readable (and the first of them writable) behind a message.</summary>
    public const int Slack = 64;

    private const int ScratchLength = 1024;

    private readonly byte[] _scratch = GC.AllocateArray<byte>(ScratchLength + Slack, pinned: true);
    private LevelChange[] _changes = new LevelChange[64];
    private Level[] _bids = new Level[128];
    private Level[] _asks = new Level[128];
    private MarketSocketJson _json;

    /// <summary>Reads one message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scan(byte* message, int length)
    {
        var end = message + length;
        var behind = *end;
        *end = 0;
        _json = new MarketSocketJson(end, (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_scratch)), ScratchLength);
        _tap?.Message(new ReadOnlySpan<byte>(message, length));
        var at = MarketSocketJson.White(message);
        if (*at == '{')
        {
            at = Event(at + 1);
            if (at is null || (at != end && MarketSocketJson.White(at) != end))
                sink.Malformed(new ReadOnlySpan<byte>(message, length));
        }
        else if (*at == '[')
        {
            at = Events(at + 1);
            if (at is null || MarketSocketJson.White(at) != end)
                sink.Malformed(new ReadOnlySpan<byte>(message, length));
        }
        else
        {
            Text(new ReadOnlySpan<byte>(message, length));
        }
        *end = behind;
    }

    private void Text(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual("PONG"u8))
            sink.Pong();
        else
            sink.Notice(text);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* Events(byte* at)
    {
        at = MarketSocketJson.White(at);
        if (*at == ']')
        {
            sink.Notice("[]"u8);
            return at + 1;
        }
        while (true)
        {
            at = MarketSocketJson.White(at);
            if (*at != '{')
                return null;
            at = Event(at + 1);
            if (at is null)
                return null;
            at = MarketSocketJson.White(at);
            if (*at == ']')
                return at + 1;
            if (*at != ',')
                return null;
            at++;
        }
    }

    // From behind the opening brace: gathers what any event may hold, then acts by its type.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* Event(byte* at)
    {
        if (UsualChanges(at) is var usual && usual is not null)
            return usual;
        return AnyEvent(at);
    }

    // Nine of ten messages are price changes with their keys in this very order: comparing with it costs half of finding out. Null: something else, read it with an open mind.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* UsualChanges(byte* at)
    {
        var count = 0;
        if (!_json.Is(ref at, "\"market\":\""u8) || !_json.Text(ref at, out _) || !_json.Is(ref at, ",\"price_changes\":["u8))
            return null;
        at = ChangeList(at, ref count);
        if (at is null || !_json.Is(ref at, ",\"timestamp\":\""u8) || !_json.Text(ref at, out var time) || !_json.Is(ref at, ",\"event_type\":\"price_change\"}"u8))
            return null;
        if (count > 0)
            sink.Changes(_changes.AsSpan(0, count), MarketSocketNumbers.Milliseconds(time));
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* AnyEvent(byte* at)
    {
        var seen = default(Fields);
        at = MarketSocketJson.White(at);
        while (*at != '}')
        {
            at = _json.Key(at, out var key);
            if (at is null)
                return null;
            switch (key.Length)
            {
                case 4 when key.Bytes.SequenceEqual("bids"u8):
                    at = Levels(at, ref _bids, out seen.Bids);
                    break;
                case 4 when key.Bytes.SequenceEqual("asks"u8):
                    at = Levels(at, ref _asks, out seen.Asks);
                    break;
                case 5 when key.Bytes.SequenceEqual("price"u8):
                    at = _json.Value(at, out seen.Price);
                    break;
                case 6 when key.Bytes.SequenceEqual("market"u8):
                    at = _json.Value(at, out seen.Market);
                    break;
                case 8 when key.Bytes.SequenceEqual("asset_id"u8):
                    at = _json.Value(at, out seen.Asset);
                    break;
                case 9 when key.Bytes.SequenceEqual("timestamp"u8):
                    at = _json.Value(at, out seen.Time);
                    break;
                case 9 when key.Bytes.SequenceEqual("tick_size"u8):
                    at = _json.Value(at, out seen.Tick);
                    break;
                case 10 when key.Bytes.SequenceEqual("event_type"u8):
                    at = _json.Value(at, out seen.Type);
                    break;
                case 13 when key.Bytes.SequenceEqual("price_changes"u8):
                    at = Changes(at, out seen.Changes);
                    break;
                case 13 when key.Bytes.SequenceEqual("new_tick_size"u8):
                    at = _json.Value(at, out seen.NewTick);
                    break;
                case 14 when key.Bytes.SequenceEqual("min_order_size"u8):
                    at = _json.Value(at, out seen.MinOrder);
                    break;
                case 16 when key.Bytes.SequenceEqual("winning_asset_id"u8):
                    at = _json.Value(at, out seen.Winner);
                    break;
                default:
                    at = _json.Skip(at);
                    break;
            }
            if (at is null)
                return null;
            if (*at == ',')
                at++;
            else if (*at != '}')
            {
                at = MarketSocketJson.White(at);
                if (*at == ',')
                    at++;
                else if (*at != '}')
                    return null;
            }
        }
        return Act(seen) ? at + 1 : null;
    }

    private bool Act(in Fields seen)
    {
        var type = seen.Type.Bytes;
        if (type.SequenceEqual("price_change"u8))
            return ActOnChanges(seen);
        if (type.SequenceEqual("book"u8))
            return ActOnBook(seen);
        if (type.SequenceEqual("last_trade_price"u8))
            return ActOnTrade(seen);
        if (type.SequenceEqual("tick_size_change"u8))
            return ActOnTick(seen);
        if (type.SequenceEqual("market_resolved"u8))
        {
            sink.Resolved(seen.Market.Bytes, seen.Winner.Bytes);
            return true;
        }
        // Best prices follow from the book, and new markets from the poller.
        if (!type.SequenceEqual("best_bid_ask"u8) && !type.SequenceEqual("new_market"u8))
            sink.Notice(type);
        return true;
    }

    private bool ActOnChanges(in Fields seen)
    {
        // Before September 2025 the changes stood in "changes": still seen in recordings, not ours to guess at.
        if (!seen.Changes.Exists)
            sink.Notice("price_change without price_changes"u8);
        else if (!seen.Changes.Readable)
            return false;
        else if (seen.Changes.Count > 0)
            sink.Changes(_changes.AsSpan(0, seen.Changes.Count), MarketSocketNumbers.Milliseconds(seen.Time));
        return true;
    }

    private bool ActOnBook(in Fields seen)
    {
        if (seen.Asset.Length == 0)
            return false;
        var token = sink.Find(seen.Asset.Bytes);
        if (token < 0)
            return true;
        if (!seen.Bids.Exists || !seen.Bids.Readable || !seen.Asks.Exists || !seen.Asks.Readable)
            return false;
        sink.Book(new BookMessage
        {
            Token = token,
            Bids = _bids.AsSpan(0, seen.Bids.Count),
            Asks = _asks.AsSpan(0, seen.Asks.Count),
            TickSize = new Price(Math.Max(0, MarketSocketNumbers.Price(seen.Tick))),
            MinOrderSize = new Shares(Math.Max(0, MarketSocketNumbers.Size(seen.MinOrder))),
            VenueMs = MarketSocketNumbers.Milliseconds(seen.Time),
        });
        return true;
    }

    private bool ActOnTrade(in Fields seen)
    {
        if (seen.Asset.Length == 0)
            return false;
        var token = sink.Find(seen.Asset.Bytes);
        if (token < 0)
            return true;
        var price = MarketSocketNumbers.Price(seen.Price);
        // Prints may lie off the grid (averages): the nearest ten-thousandth is near enough for what a print is used for.
        if (price < 0 && decimal.TryParse(seen.Price.Bytes, System.Globalization.CultureInfo.InvariantCulture, out var exact) && exact is >= 0 and <= 1)
            price = (int)decimal.Round(exact * Price.Scale);
        if (price < 0)
            return false;
        sink.Trade(token, new Price(price), MarketSocketNumbers.Milliseconds(seen.Time));
        return true;
    }

    private bool ActOnTick(in Fields seen)
    {
        if (seen.Asset.Length == 0)
            return false;
        var token = sink.Find(seen.Asset.Bytes);
        if (token < 0)
            return true;
        var tick = MarketSocketNumbers.Price(seen.NewTick);
        if (tick <= 0)
            return false;
        sink.TickSize(token, new Price(tick), MarketSocketNumbers.Milliseconds(seen.Time));
        return true;
    }

    private byte* Changes(byte* at, out Parsed parsed)
    {
        var count = 0;
        var read = *at == '[' ? ChangeList(at + 1, ref count) : null;
        parsed = new Parsed(count, read is not null);
        return read is not null ? read : _json.Skip(at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* ChangeList(byte* at, ref int count)
    {
        at = MarketSocketJson.White(at);
        if (*at == ']')
            return at + 1;
        while (true)
        {
            if (*at != '{')
                return null;
            at = Change(at + 1, ref count);
            if (at is null)
                return null;
            if (*at <= ' ')
                at = MarketSocketJson.White(at);
            if (*at == ']')
                return at + 1;
            if (*at != ',')
                return null;
            at = MarketSocketJson.White(at + 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* Change(byte* at, ref int count)
    {
        var start = at;
        if (_json.Is(ref at, "\"asset_id\":\""u8) && _json.Text(ref at, out var asset)
            && _json.Is(ref at, ",\"price\":\""u8) && _json.Text(ref at, out var price)
            && _json.Is(ref at, ",\"size\":\""u8) && _json.Text(ref at, out var size)
            && _json.Is(ref at, ",\"side\":\""u8) && _json.Text(ref at, out var side)
            && _json.Is(ref at, ",\"hash\":\""u8) && _json.Text(ref at, out _)
            && _json.Is(ref at, ",\"best_bid\":\""u8) && _json.Text(ref at, out var bid)
            && _json.Is(ref at, ",\"best_ask\":\""u8) && _json.Text(ref at, out var ask)
            && *at == '}')
        {
            return Add(asset, price, size, side, bid, ask, ref count) ? at + 1 : null;
        }
        return AnyChange(start, ref count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* AnyChange(byte* at, ref int count)
    {
        MarketSocketText asset = default, price = default, size = default, side = default, bid = default, ask = default;
        at = MarketSocketJson.White(at);
        while (*at != '}')
        {
            at = _json.Key(at, out var key);
            if (at is null)
                return null;
            at = _json.Value(at, out var value);
            if (at is null)
                return null;
            switch (key.Length)
            {
                case 4:
                    var four = *(uint*)key.Start;
                    if (four == ('s' | 'i' << 8 | 'z' << 16 | 'e' << 24))
                        size = value;
                    else if (four == ('s' | 'i' << 8 | 'd' << 16 | 'e' << 24))
                        side = value;
                    break;
                case 5 when key.Bytes.SequenceEqual("price"u8):
                    price = value;
                    break;
                case 8 when key.Bytes.SequenceEqual("asset_id"u8):
                    asset = value;
                    break;
                case 8 when key.Bytes.SequenceEqual("best_bid"u8):
                    bid = value;
                    break;
                case 8 when key.Bytes.SequenceEqual("best_ask"u8):
                    ask = value;
                    break;
            }
            if (*at == ',')
                at++;
            else if (*at != '}')
            {
                at = MarketSocketJson.White(at);
                if (*at == ',')
                    at++;
                else if (*at != '}')
                    return null;
            }
        }
        return Add(asset, price, size, side, bid, ask, ref count) ? at + 1 : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Add(in MarketSocketText asset, in MarketSocketText price, in MarketSocketText size, in MarketSocketText side, in MarketSocketText bid, in MarketSocketText ask, ref int count)
    {
        if (asset.Length == 0)
            return false;
        var token = sink.Find(asset.Bytes);
        if (token < 0)
            return true;
        var at = MarketSocketNumbers.Price(price);
        var amount = MarketSocketNumbers.Size(size);
        if (at < 0 || amount < 0)
            return false;
        var buy = side.Length == 3 && side.Bytes.SequenceEqual("BUY"u8);
        if (!buy && !side.Bytes.SequenceEqual("SELL"u8))
            return false;
        if (at is 0 or Price.Scale)
            return true; // nobody trades at 0 or 1
        if (count == _changes.Length)
            Array.Resize(ref _changes, count * 2);
        _changes[count++] = new LevelChange(token, buy ? Side.Buy : Side.Sell, new Price(at), new Shares(amount), new Price(Best(bid, 0)), new Price(Best(ask, Price.Scale)));
        return true;
    }

    // An empty side is "" or "0", for asks also "1".
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Best(in MarketSocketText text, int none)
    {
        if (text.Length == 0)
            return text.Exists ? none : -1;
        var value = MarketSocketNumbers.Price(text);
        return value == 0 ? none : value;
    }

    private byte* Levels(byte* at, ref Level[] levels, out Parsed parsed)
    {
        var count = 0;
        var read = *at == '[' ? LevelList(at + 1, ref levels, ref count) : null;
        parsed = new Parsed(count, read is not null);
        return read is not null ? read : _json.Skip(at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* LevelList(byte* at, ref Level[] levels, ref int count)
    {
        at = MarketSocketJson.White(at);
        if (*at == ']')
            return at + 1;
        while (true)
        {
            at = MarketSocketJson.White(at);
            if (*at != '{')
                return null;
            MarketSocketText price = default, size = default;
            at = MarketSocketJson.White(at + 1);
            while (*at != '}')
            {
                at = _json.Key(at, out var key);
                if (at is null)
                    return null;
                at = _json.Value(at, out var value);
                if (at is null)
                    return null;
                if (key.Bytes.SequenceEqual("price"u8))
                    price = value;
                else if (key.Bytes.SequenceEqual("size"u8))
                    size = value;
                at = MarketSocketJson.White(at);
                if (*at == ',')
                    at = MarketSocketJson.White(at + 1);
                else if (*at != '}')
                    return null;
            }
            var level = MarketSocketNumbers.Price(price);
            var amount = MarketSocketNumbers.Size(size);
            if (level < 0 || amount < 0)
                return null;
            if (count == levels.Length)
                Array.Resize(ref levels, count * 2);
            if (level is not (0 or Price.Scale))
                levels[count++] = new Level(new Price(level), new Shares(amount));
            at = MarketSocketJson.White(at + 1);
            if (*at == ']')
                return at + 1;
            if (*at != ',')
                return null;
            at++;
        }
    }

    private readonly struct Parsed(int count, bool readable)
    {
        public readonly int Count = count;
        public readonly bool Readable = readable;
        public readonly bool Exists = true;
    }

    private struct Fields
    {
        public MarketSocketText Type, Asset, Market, Time, Price, Tick, NewTick, MinOrder, Winner;
        public Parsed Changes, Bids, Asks;
    }
}
