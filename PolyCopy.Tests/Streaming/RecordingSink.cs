using System.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Streaming;

/// <summary>Writes down what a scanner says, one line a call; knows the tokens it was given.</summary>
internal sealed class RecordingSink(params string[] tokens) : IMarketSink
{
    public List<string> Lines { get; } = [];

    public int Frames { get; private set; }

    /// <summary>Scans one message as the socket would.</summary>
    public static unsafe void Scan(MarketSocketScanner scanner, ReadOnlySpan<byte> message)
    {
        var buffer = new byte[message.Length + MarketSocketScanner.Slack];
        message.CopyTo(buffer);
        // What lies behind a message in the real buffer is the next one: anything.
        buffer.AsSpan(message.Length).Fill((byte)'"');
        fixed (byte* start = buffer)
            scanner.Scan(start, message.Length);
        buffer.AsSpan(message.Length).IndexOfAnyExcept((byte)'"').Should().Be(-1, "the scanner puts the byte behind a message back");
    }

    public static RecordingSink Of(string message, params string[] tokens)
    {
        var sink = new RecordingSink(tokens);
        Scan(new MarketSocketScanner(sink), Encoding.UTF8.GetBytes(message));
        return sink;
    }

    public void Begin() => Lines.Add("begin");

    public void End(int frames)
    {
        Lines.Add("end");
        Frames += frames;
    }

    public int Find(ReadOnlySpan<byte> token) => Array.IndexOf(tokens, Encoding.ASCII.GetString(token));

    public void Book(in BookMessage book) =>
        Lines.Add($"book {tokens[book.Token]} bids {Text(book.Bids)} asks {Text(book.Asks)} tick {book.TickSize} min {book.MinOrderSize} at {book.VenueMs}");

    public void Changes(ReadOnlySpan<LevelChange> changes, long venueMs)
    {
        foreach (var c in changes)
            Lines.Add($"change {tokens[c.Token]} {c.Side} {c.Price} {c.Size} best {Best(c.BestBid)}/{Best(c.BestAsk)} at {venueMs}");
    }

    public void Trade(int token, Price price, long venueMs) => Lines.Add($"trade {tokens[token]} {price} at {venueMs}");

    public void TickSize(int token, Price tick, long venueMs) => Lines.Add($"tick {tokens[token]} {tick} at {venueMs}");

    public void Resolved(ReadOnlySpan<byte> conditionId, ReadOnlySpan<byte> winner) => Lines.Add($"resolved {Encoding.ASCII.GetString(conditionId)} {Encoding.ASCII.GetString(winner)}");

    public void Pong() => Lines.Add("pong");

    public void Notice(ReadOnlySpan<byte> text) => Lines.Add($"notice {Encoding.UTF8.GetString(text)}");

    public void Malformed(ReadOnlySpan<byte> message) => Lines.Add("malformed");

    private static string Best(Price price) => price.TenThousandths < 0 ? "?" : price.ToString();

    private static string Text(ReadOnlySpan<Level> levels)
    {
        var text = new StringBuilder();
        foreach (var level in levels)
            text.Append($"[{level.Price} {level.Size}]");
        return text.ToString();
    }
}
