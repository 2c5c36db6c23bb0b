using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Streaming;

/// <summary>Random histories of one market, told by wire messages, against a model of sorted decimals.</summary>
public class BookPropertyTests
{
    private const int Messages = 4_000;

    [Theory]
    [InlineData(1, "0.01")]
    [InlineData(2, "0.001")]
    [InlineData(3, "0.0001")]
    [InlineData(4, "0.005")]
    public void Any_history_gives_the_books_of_a_naive_model(int seed, string tick)
    {
        var random = new Random(seed);
        var path = new TickPath();
        var scanner = new MarketSocketScanner(path.Epoch);
        var models = new[] { new Model(decimal.Parse(tick, CultureInfo.InvariantCulture), random), new Model(decimal.Parse(tick, CultureInfo.InvariantCulture), random) };
        for (var i = 0; i < 2; i++)
            Send(models[i].Book(path.Tokens[i], tick));
        for (var message = 0; message < Messages; message++)
        {
            if (random.Next(100) == 0)
            {
                var which = random.Next(2);
                models[which].Redraw();
                Send(models[which].Book(path.Tokens[which], tick));
            }
            else
            {
                var changes = Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(2)).Select(i => models[i].Change(path.Tokens[i])).ToArray();
                // The stated best prices are those after the whole message.
                Send($$"""{"event_type":"price_change","timestamp":"{{message}}","price_changes":[{{string.Join(',', changes.Select(c => c()))}}]}""");
            }
            for (var i = 0; i < 2; i++)
                models[i].Agrees(path.Board, path.Tokens[i]);
        }
        path.Counters.Errors.Should().Be(0);

        void Send(string message)
        {
            path.Epoch.Begin();
            RecordingSink.Scan(scanner, Encoding.UTF8.GetBytes(message));
            path.Epoch.End(1);
        }
    }

    [Fact]
    public void Damaged_messages_are_either_refused_or_read_as_what_they_say_and_never_harm_another_token()
    {
        var random = new Random(5);
        var path = new TickPath();
        var scanner = new MarketSocketScanner(path.Epoch);
        var other = new Model(0.01m, random);
        foreach (var token in path.Tokens)
            Send(Encoding.UTF8.GetBytes(other.Book(token, "0.01")));
        var good = Encoding.UTF8.GetBytes(Wire.Change(path.Tokens[0], "BUY", "0.30", "10", "", ""));
        for (var round = 0; round < 20_000; round++)
        {
            var message = (byte[])good.Clone();
            for (var hits = random.Next(1, 6); hits > 0; hits--)
                message[random.Next(message.Length)] = (byte)random.Next(256);
            var before = (path.Board.Read(path.Slots[0]), path.Counters.Errors, path.Counters.UnknownMessages);
            Send(message.AsSpan(0, random.Next(message.Length / 2, message.Length + 1)));
            if (path.Counters.Errors > before.Errors || path.Counters.UnknownMessages > before.UnknownMessages)
                path.Board.Read(path.Slots[0]).Should().Be(before.Item1, "what was refused changed nothing");
        }
        other.Agrees(path.Board, path.Tokens[1]);

        void Send(ReadOnlySpan<byte> message)
        {
            path.Epoch.Begin();
            RecordingSink.Scan(scanner, message);
            path.Epoch.End(1);
        }
    }

    private sealed class Model(decimal tick, Random random)
    {
        private readonly SortedDictionary<decimal, decimal> _bids = [];
        private readonly SortedDictionary<decimal, decimal> _asks = [];

        private decimal BestBid => _bids.Count == 0 ? 0 : _bids.Keys.Last();

        private decimal BestAsk => _asks.Count == 0 ? 1 : _asks.Keys.First();

        public void Redraw()
        {
            _bids.Clear();
            _asks.Clear();
            for (var i = random.Next(0, 60); i > 0; i--)
                Set();
        }

        public string Book(TokenId token, string tickSize)
        {
            if (_bids.Count == 0)
                Redraw();
            // Mostly sorted as the venue sorts, sometimes not at all.
            var shuffle = random.Next(4) == 0;
            string Levels(IEnumerable<KeyValuePair<decimal, decimal>> side) => string.Join(',', (shuffle ? side.OrderBy(_ => random.Next()) : side).Select(l => $$"""{"price":"{{Text(l.Key)}}","size":"{{Text(l.Value)}}"}"""));
            return $$"""{"event_type":"book","asset_id":"{{token}}","timestamp":"1","bids":[{{Levels(_bids)}}],"asks":[{{Levels(_asks.Reverse())}}],"tick_size":"{{tickSize}}","min_order_size":"5"}""";
        }

        public Func<string> Change(TokenId token)
        {
            var (side, price, size) = Set();
            return () => $$"""{"best_bid":"{{(BestBid == 0 ? "" : Text(BestBid))}}","asset_id":"{{token}}","price":"{{Text(price)}}","size":"{{Text(size)}}","side":"{{side}}","best_ask":"{{Text(BestAsk)}}"}""";
        }

        public void Agrees(QuoteBoard board, TokenId token)
        {
            board.TryRead(token, out var quote).Should().BeTrue();
            quote.BestBid.ToDecimal().Should().Be(BestBid);
            quote.BestAsk.ToDecimal().Should().Be(BestAsk);
            var needed = 5m;
            var trigger = _bids.Reverse().Where(l => (needed -= l.Value) <= 0).Select(l => (decimal?)l.Key).FirstOrDefault() ?? 0;
            quote.TriggerBid.ToDecimal().Should().Be(trigger);
            var trust = BestBid >= BestAsk ? QuoteTrust.Crossed : BestBid <= tick && BestAsk >= 1 - tick ? QuoteTrust.Phantom : QuoteTrust.Live;
            quote.Trust.Should().Be(trust);
            if (trust != QuoteTrust.Live)
                return;
            var depth = board.Depth(token)!;
            depth.Bids.Select(l => (l.Price.ToDecimal(), l.Size.ToDecimal())).Should().Equal(_bids.Reverse().Select(l => (l.Key, l.Value)));
            depth.Asks.Select(l => (l.Price.ToDecimal(), l.Size.ToDecimal())).Should().Equal(_asks.Select(l => (l.Key, l.Value)));
        }

        // Mostly on the own side of the middle, sometimes anywhere: crossed books too.
        private (string Side, decimal Price, decimal Size) Set()
        {
            var buy = random.Next(2) == 0;
            var steps = (int)(1 / tick);
            var step = random.Next(20) == 0 ? random.Next(1, steps) : buy ? random.Next(1, steps / 2) : random.Next(steps / 2, steps);
            var side = buy ? _bids : _asks;
            var price = step * tick;
            if (side.Count > 0 && random.Next(3) == 0)
                price = random.Next(2) == 0 ? side.Keys.First() : side.Keys.Last();
            var size = random.Next(3) switch { 0 => 0m, 1 => random.Next(1, 10_000_000) / 1_000_000m, _ => random.Next(1, 1_000_000) / 100m };
            if (size == 0)
                side.Remove(price);
            else
                side[price] = size;
            return (buy ? "BUY" : "SELL", price, size);
        }

        private static string Text(decimal value) => value.ToString("0.######", CultureInfo.InvariantCulture);
    }
}

/// <summary>One connection's tick path without its socket: two tokens of a market.</summary>
internal sealed class TickPath
{
    public TickPath(params IQuoteListener[] listeners)
        : this(new QuoteBoard(), listeners)
    {
    }

    public TickPath(QuoteBoard board, params IQuoteListener[] listeners)
    {
        Board = board;
        Counters = new FeedCounters(NullLogger<FeedCounters>.Instance, TimeProvider.System);
        var events = new FeedEvents(new FakeCatalog(), new Lazy<IReadOnlyList<IFeedListener>>(() => []), NullLogger<FeedEvents>.Instance);
        var gate = new Lock();
        Epoch = new FeedEpoch(new QuotePublisher(Board, listeners, Counters), Counters, events, gate, TimeProvider.System);
        var market = new FollowedMarket("7", "0xab", false);
        market.Books = [.. Tokens.Select(t => new Book(market, Board.Slot(t, Wire.S("5")), t, Wire.P("0.01"), Wire.S("5"), gate))];
        (market.Books[0].Sibling, market.Books[1].Sibling) = (market.Books[1], market.Books[0]);
        foreach (var book in market.Books)
        {
            Epoch.Add(book);
            Board.Attach(book.Slot, book);
        }
        Slots = [.. market.Books.Select(b => b.Slot)];
    }

    public TokenId[] Tokens { get; } =
    [
        TokenId.Parse("71321045679252212594626385532706912750332728571942532289631379312455583992563"),
        TokenId.Parse("52114319501245915516055106046884209969926127482827954674443846427813813222426"),
    ];

    public int[] Slots { get; }

    public QuoteBoard Board { get; }

    public FeedCounters Counters { get; }

    public FeedEpoch Epoch { get; }
}
