using System.Runtime.CompilerServices;
using System.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>The life of one connection: messages to books, books to board and listeners. Once ended, whatever still arrives is dropped (F12).</summary>
/// <remarks>The reader holds the shard's gate for a whole block of frames, listeners included: that is what makes it the only writer of these books, at no cost per tick. REST seeds wait for the block's end.</remarks>
internal sealed class FeedEpoch(QuotePublisher publisher, FeedCounters counters, FeedEvents events, Lock gate, TimeProvider clock) : IMarketSink
{
    private readonly TokenTable _table = new();
    private Book?[] _books = new Book?[64];
    private Book[] _touched = new Book[64];
    private long _now;
    private long _message;
    private int _updates;
    private bool _ended;

    /// <summary>When anything at all arrived, PONG included.</summary>
    public long HeardAt { get; private set; } = clock.GetTimestamp();

    /// <summary>When an event of the feed arrived.</summary>
    public long DataAt { get; private set; } = clock.GetTimestamp();

    /// <summary>Whether the feed has ever sent an event.</summary>
    public bool HasData { get; private set; }

    /// <summary>A message was lost; all books of the connection are in doubt. Taken by the shard.</summary>
    public bool HasGap { get; set; }

    /// <summary>The venue answered that it already sends what we asked for, so no books will come. Taken by the shard.</summary>
    public bool NoNewAssets { get; set; }

    /// <summary>Hears a book's token from now on. Under the gate.</summary>
    public void Add(Book book)
    {
        Span<byte> digits = stackalloc byte[80];
        var length = Encoding.ASCII.GetBytes(book.Token.Digits, digits);
        var number = _table.Find(digits[..length]);
        if (number < 0)
            number = _table.Add(digits[..length]);
        if (number >= _books.Length)
        {
            Array.Resize(ref _books, number * 2);
            Array.Resize(ref _touched, number * 2);
        }
        _books[number] = book;
        book.Touched = 0;
    }

    /// <summary>Is deaf to a book's token from now on. Under the gate.</summary>
    public void Remove(Book book)
    {
        var rest = _books.AsSpan(0, _table.Count).ToArray();
        _table.Clear();
        Array.Clear(_books);
        foreach (var other in rest)
            if (other is not null && other != book)
                Add(other);
    }

    /// <summary>The connection is over. Under the gate.</summary>
    public void End()
    {
        _ended = true;
        _table.Clear();
    }

    public void Begin()
    {
        gate.Enter();
        _now = clock.GetTimestamp();
        HeardAt = _now;
    }

    public void End(int frames)
    {
        var (late, updates) = (_ended, _updates);
        _updates = 0;
        gate.Exit();
        counters.Count(frames, updates, late);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(ReadOnlySpan<byte> token) => _table.Find(token);

    public void Book(in BookMessage message)
    {
        HasData = true;
        DataAt = _now;
        var book = _books[message.Token]!;
        book.Replace(message);
        Publish(book);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Changes(ReadOnlySpan<LevelChange> changes, long venueMs)
    {
        HasData = true;
        DataAt = _now;
        var message = ++_message;
        var touched = 0;
        foreach (ref readonly var change in changes)
        {
            var book = _books[change.Token]!;
            if (!book.Change(change.Side, change.Price, change.Size, venueMs))
                continue;
            if (book.Touched != message)
            {
                book.Touched = message;
                _touched[touched++] = book;
            }
            book.StatedBid = change.BestBid;
            book.StatedAsk = change.BestAsk;
        }
        for (var i = 0; i < touched; i++)
        {
            if (_touched[i].Check())
                counters.Gap();
            Publish(_touched[i]);
        }
    }

    public void Trade(int token, Price price, long venueMs)
    {
        HasData = true;
        DataAt = _now;
        var book = _books[token]!;
        book.Print(price, _now);
        Publish(book);
        // A match of YES against NO prints on the taker's token only; the sibling traded at the complement.
        if (book.Sibling is { } sibling)
        {
            sibling.Print(price.Complement, _now);
            Publish(sibling);
        }
    }

    public void TickSize(int token, Price tick, long venueMs)
    {
        HasData = true;
        DataAt = _now;
        var book = _books[token]!;
        if (book.Tick == tick)
            return;
        book.Regrid(tick);
        Publish(book);
        events.TickSize(book.Market.Id, book.Token, tick);
    }

    public void Resolved(ReadOnlySpan<byte> conditionId, ReadOnlySpan<byte> winner)
    {
        if (!_ended)
            events.Resolved(Encoding.ASCII.GetString(conditionId), Encoding.ASCII.GetString(winner));
    }

    public void Pong()
    {
    }

    public void Notice(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual("NO NEW ASSETS"u8))
        {
            NoNewAssets = true;
        }
        else if (text.SequenceEqual("[]"u8))
        {
            // The dump of tokens that have no book: the feed works.
            HasData = true;
            DataAt = _now;
        }
        else
        {
            counters.Unknown(text);
        }
    }

    public void Malformed(ReadOnlySpan<byte> message)
    {
        counters.Malformed(message);
        HasGap = true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Publish(Book book)
    {
        book.ReceivedAt = book.SocketAt = _now;
        _updates++;
        publisher.Publish(book);
    }
}
