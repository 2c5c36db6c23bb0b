using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Benchmarks;

/// <summary>The production tick path: socket, scanner, book, board, exits, as the host composes them.</summary>
internal sealed class FeedEngine : IAsyncDisposable
{
    private readonly QuoteBoard _board = new();
    private readonly FeedCounters _counters = new(NullLogger<FeedCounters>.Instance, TimeProvider.System);
    private readonly ExitBook _exits = new(TimeProvider.System);
    private readonly PnlBoard _pnl;
    private readonly Dictionary<string, IReadOnlyList<TokenId>> _markets = [];
    private readonly ShardSet _shards;
    private readonly Probe _probe;
    private readonly IReadOnlyList<TokenId> _tokens;
    private readonly Thread? _writer;
    private long _elsewhereBytes;
    private volatile bool _stopping;

    /// <param name="address">The market channel.</param>
    /// <param name="markets">The tokens of each market.</param>
    /// <param name="perConnection">Tokens a connection.</param>
    /// <param name="positions">Positions, each with an exit, on every token.</param>
    /// <param name="paced">The server sends at a rate: measure latency of every message, and arm an exit a tick away on every token.</param>
    /// <param name="check">Compare with the best prices that the messages state.</param>
    public FeedEngine(Uri address, IReadOnlyList<IReadOnlyList<TokenId>> markets, int perConnection, int positions, bool paced, bool check)
    {
        _tokens = [.. markets.SelectMany(m => m)];
        _pnl = new PnlBoard(_board);
        _probe = new Probe(this, paced ? 1 : 64, _tokens.Count);
        var events = new FeedEvents(new NoCatalog(), new Lazy<IReadOnlyList<IFeedListener>>(() => []), NullLogger<FeedEvents>.Instance);
        IMarketFeed feed = new MarketSocketFeed(new Endpoints(address), TimeProvider.System);
        if (paced || check)
            feed = new TappedFeed(feed, check);
        Tap = feed as TappedFeed;
        var options = new StreamerOptions { TokensPerConnection = perConnection };
        _shards = new ShardSet(feed, _board, new QuotePublisher(_board, [_probe, _exits, new AfterExits(_probe, TickToChannel), _pnl], _counters), _counters, events, options, TimeProvider.System, NullLogger<ShardSet>.Instance);
        for (var i = 0; i < markets.Count; i++)
            Hold($"m{i}", markets[i], positions);
        _writer = new Thread(WritePrices) { IsBackground = true, Name = "price writer" };
        _writer.Start();
        if (paced)
        {
            foreach (var token in _tokens)
                Rearm(token, null);
            _ = ConsumeAsync();
        }
        for (var i = 0; i < markets.Count; i++)
            _shards.Follow($"m{i}", MarketOf(i, markets[i]));
    }

    /// <summary>The same path for one connection's tokens without a socket: see <see cref="Direct"/>.</summary>
    public FeedEngine(string[] assets, int positions)
    {
        _tokens = [.. assets.Select(a => TokenId.Parse(a))];
        _probe = new Probe(this, int.MaxValue, _tokens.Count);
        _shards = null!;
        _pnl = new PnlBoard(_board);
        for (var i = 0; i < _tokens.Count; i += 2)
            Hold($"m{i / 2}", [.. _tokens.Skip(i).Take(2)], positions);
        _pnl.Drain(id => _markets[id]);
    }

    /// <summary>What a connection would call.</summary>
    public IMarketSink Direct()
    {
        var gate = new Lock();
        var events = new FeedEvents(new NoCatalog(), new Lazy<IReadOnlyList<IFeedListener>>(() => []), NullLogger<FeedEvents>.Instance);
        var epoch = new FeedEpoch(new QuotePublisher(_board, [_exits, _pnl], _counters), _counters, events, gate, TimeProvider.System);
        foreach (var tokens in _tokens.Chunk(2))
        {
            var market = new FollowedMarket("m", "0x", false);
            var books = tokens.Select(t => new Book(market, _board.Slot(t, new Shares(5 * Shares.Scale)), t, new Price(100), new Shares(5 * Shares.Scale), gate)).ToArray();
            if (books.Length == 2)
                (books[0].Sibling, books[1].Sibling) = (books[1], books[0]);
            market.Books = books;
            foreach (var book in books)
                epoch.Add(book);
        }
        return epoch;
    }

    public long Messages => _counters.Frames;

    public long Errors => _counters.Errors;

    public long Gaps => _counters.Gaps;

    /// <summary>Allocated by the price writer's rounds and by arming exits anew, not by ticks.</summary>
    public long ElsewhereBytes => Interlocked.Read(ref _elsewhereBytes);

    public int Connections => _shards.All.Count;

    public TappedFeed? Tap { get; }

    /// <summary>From the end of the socket read to the listeners' turn.</summary>
    public Latencies ReceiveToBoard => _probe.ToBoard;

    /// <summary>From the time the server should have sent the message to the firing in its channel.</summary>
    public Latencies TickToChannel { get; } = new();

    /// <summary>From the same time to the consumer of the firings.</summary>
    public Latencies TickToTrigger { get; } = new();

    public bool IsReady => _tokens.All(t => _board.TryRead(t, out var quote) && quote.Trust != QuoteTrust.None);

    /// <summary>Tokens whose best prices differ from what the last message about them stated, and how many were compared.</summary>
    public (int Different, int Compared) Compare()
    {
        var (different, compared) = (0, 0);
        foreach (var (token, (bid, ask)) in Tap!.Stated())
        {
            compared++;
            if (!_board.TryRead(TokenId.Parse(token), out var quote) || quote.BestBid != bid || quote.BestAsk != ask)
                different++;
        }
        return (different, compared);
    }

    public async ValueTask DisposeAsync()
    {
        await _shards.StopAsync();
        _stopping = true;
        _writer?.Join(2000);
    }

    private static Market MarketOf(int number, IReadOnlyList<TokenId> tokens) => new(
        $"m{number}", $"0x{number:x64}", "?", $"m{number}", ["Yes", "No"], tokens, [], null, "poll", default, default, new Price(100), new Shares(5 * Shares.Scale),
        false, "v1", FeeSchedule.None, TimeSpan.Zero, true, false, true, null, null, null, 0, 0, null, null, null, null, null, [], null);

    // Every position has an exit far from the price: it costs what armed exits cost, and does not fire.
    private void Hold(string market, IReadOnlyList<TokenId> tokens, int positions)
    {
        _markets[market] = tokens;
        foreach (var token in tokens)
        {
            for (var i = 0; i < positions; i++)
            {
                var id = Ids.New(TimeProvider.System);
                _pnl.Apply(new OpenPosition(
                    id, i, id, market, token, "Yes", "active", "manual", new Shares(100 * Shares.Scale), Shares.Zero, new Shares(100 * Shares.Scale), new Shares(100 * Shares.Scale),
                    new Usdc(40 * Usdc.Scale), new Usdc(1), Usdc.Zero, 1, default));
                Arm(token, i % 2 == 0 ? ExitKind.TakeProfit : ExitKind.StopLoss, new Price(i % 2 == 0 ? 9990 : 10), 0, id);
            }
        }
    }

    // The price writer's rounds, as often and as large as in the host, with P&L computed and nothing stored.
    private void WritePrices()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        var batch = new PriceBatch();
        while (!_stopping && timer.WaitForNextTickAsync().AsTask().Result)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            _pnl.Drain(id => _markets[id]);
            while (_pnl.TryTakeMarket(out _))
            {
            }
            for (var statement = 0; statement < 5; statement++)
            {
                batch.Clear();
                _pnl.Take(batch);
                if (batch.Count == 0)
                    break;
            }
            Interlocked.Add(ref _elsewhereBytes, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private void Arm(TokenId token, ExitKind kind, Price trigger, int arming, Guid id)
    {
        var slot = _exits.Slot(_board.Slot(token, new Shares(5 * Shares.Scale)), token);
        _exits.Add(new ArmedExit(id, arming, 1, id, id, "m", token, slot, kind) { Trigger = trigger }, ExitState.Armed);
    }

    private void Rearm(TokenId token, ArmedExit? fired)
    {
        var bid = _board.TryRead(token, out var quote) ? quote.TriggerBid.TenThousandths : 5000;
        var up = fired?.Kind != ExitKind.TakeProfit;
        if (fired is not null)
            _exits.Remove(fired);
        var trigger = up ? bid + 10 : bid - 10;
        Arm(token, up ? ExitKind.TakeProfit : ExitKind.StopLoss, new Price(trigger), 0, Ids.New(TimeProvider.System));
        Volatile.Write(ref _probe.Waiting[_board.Slot(token, Shares.Zero)], up ? trigger : -trigger);
    }

    // As the executor waits: on the thread pool, for the channel to have something.
    private async Task ConsumeAsync()
    {
        while (!_stopping && await _exits.Firings.WaitToReadAsync())
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            while (_exits.Firings.TryRead(out var firing))
            {
                var now = Stopwatch.GetTimestamp();
                var slot = _board.Slot(firing.Exit.Token, Shares.Zero);
                TickToTrigger.Add(now - (_probe.Stamps[slot] is > 0 and var stamp ? stamp : firing.At));
                Rearm(firing.Exit.Token, firing.Exit);
            }
            Interlocked.Add(ref _elsewhereBytes, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    /// <summary>Hears quotes before the exits: the board has just been written.</summary>
    private sealed class Probe(FeedEngine engine, int oneIn, int tokens) : IQuoteListener
    {
        [ThreadStatic]
        private static int _turn;

        public long[] Stamps { get; } = new long[tokens];

        /// <summary>By slot: the trigger that waits, negative for a stop; zero when it has fired.</summary>
        public int[] Waiting { get; } = new int[tokens];

        public Latencies ToBoard { get; } = new();

        public int Order => -1;

        public void OnQuote(in Quote quote)
        {
            if (engine.Tap is not null)
                Stamps[quote.Slot] = TappedFeed.CurrentStamp;
            if (++_turn % oneIn == 0)
                ToBoard.Add(Stopwatch.GetTimestamp() - quote.ReceivedAt);
        }
    }

    /// <summary>Hears quotes right after the exits: what crossed is in the channel.</summary>
    private sealed class AfterExits(Probe probe, Latencies toChannel) : IQuoteListener
    {
        public int Order => 1;

        public void OnQuote(in Quote quote)
        {
            var waiting = probe.Waiting[quote.Slot];
            var bid = quote.TriggerBid.TenThousandths;
            if (waiting == 0 || (waiting > 0 ? bid < waiting : bid > -waiting))
                return;
            probe.Waiting[quote.Slot] = 0;
            var stamp = probe.Stamps[quote.Slot];
            toChannel.Add(Stopwatch.GetTimestamp() - (stamp > 0 ? stamp : quote.ReceivedAt));
        }
    }

    private sealed class Endpoints(Uri socket) : IVenueEndpoints
    {
        public Profile Profile => Profile.Demo;
        public Uri Gamma => throw new NotSupportedException();
        public Uri Clob => throw new NotSupportedException();
        public Uri Trading => throw new NotSupportedException();
        public Uri MarketSocket => socket;
        public Uri UserSocket => throw new NotSupportedException();
        public Uri Data => throw new NotSupportedException();
        public Uri Rtds => throw new NotSupportedException();
    }

    private sealed class NoCatalog : IMarketCatalog
    {
        public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => new((Market?)null);
        public Market? TryGet(string idConditionOrSlug) => null;
        public Market? ByToken(TokenId token) => null;
        public Task<Market?> RefreshAsync(string marketId, CancellationToken ct) => Task.FromResult<Market?>(null);
        public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
        public void Viewed(string marketId) { }
    }
}

/// <summary>The production feed, with every message also seen by the benchmark.</summary>
internal sealed class TappedFeed(IMarketFeed feed, bool check) : IMarketFeed
{
    private readonly List<Tap> _taps = [];
    private readonly ManualResetEventSlim _go = new(true);

    /// <summary>The send time of the message that this thread is reading.</summary>
    [ThreadStatic]
    public static long CurrentStamp;

    public Task<IMarketConnection> ConnectAsync(IMarketSink sink, CancellationToken ct)
    {
        var tap = new Tap(sink, check, _go);
        lock (_taps)
            _taps.Add(tap);
        return feed.ConnectAsync(tap, ct);
    }

    /// <summary>Stops every reader between two blocks of frames, so that what was seen and what was applied are the same.</summary>
    public async Task PauseAsync()
    {
        _go.Reset();
        await Task.Delay(500);
    }

    public void Resume() => _go.Set();

    /// <summary>By token: the best prices that the last message about it stated, read by System.Text.Json.</summary>
    public IEnumerable<KeyValuePair<string, (Price Bid, Price Ask)>> Stated() => _taps.SelectMany(t => t.Stated);

    private sealed class Tap(IMarketSink sink, bool check, ManualResetEventSlim go) : IMarketSink, IMarketTap
    {
        public Dictionary<string, (Price Bid, Price Ask)> Stated { get; } = [];

        public void Message(ReadOnlySpan<byte> message)
        {
            if (check)
                Remember(message);
            else
                CurrentStamp = Stamp.Read(message);
        }

        public void Begin()
        {
            go.Wait();
            sink.Begin();
        }

        public void End(int frames) => sink.End(frames);
        public int Find(ReadOnlySpan<byte> token) => sink.Find(token);
        public void Book(in BookMessage book) => sink.Book(book);
        public void Changes(ReadOnlySpan<LevelChange> changes, long venueMs) => sink.Changes(changes, venueMs);
        public void Trade(int token, Price price, long venueMs) => sink.Trade(token, price, venueMs);
        public void TickSize(int token, Price tick, long venueMs) => sink.TickSize(token, tick, venueMs);
        public void Resolved(ReadOnlySpan<byte> conditionId, ReadOnlySpan<byte> winner) => sink.Resolved(conditionId, winner);
        public void Pong() => sink.Pong();
        public void Notice(ReadOnlySpan<byte> text) => sink.Notice(text);
        public void Malformed(ReadOnlySpan<byte> message) => sink.Malformed(message);

        private void Remember(ReadOnlySpan<byte> message)
        {
            if (message.IndexOf("\"price_changes\""u8) < 0 && message.IndexOf("\"bids\""u8) < 0)
                return;
            using var json = JsonDocument.Parse(message.ToArray());
            foreach (var item in json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray().ToArray() : [json.RootElement])
            {
                if (item.TryGetProperty("bids", out var bids) && item.TryGetProperty("asks", out var asks))
                    Stated[item.GetProperty("asset_id").GetString()!] = (Of(bids, Price.Zero, true), Of(asks, Price.One, false));
                else if (item.TryGetProperty("price_changes", out var changes))
                    foreach (var change in changes.EnumerateArray())
                        Stated[change.GetProperty("asset_id").GetString()!] = (Of(change.GetProperty("best_bid"), Price.Zero), Of(change.GetProperty("best_ask"), Price.One));
            }
        }

        private static Price Of(JsonElement levels, Price none, bool highest)
        {
            var prices = levels.EnumerateArray().Where(l => l.GetProperty("size").GetString() != "0").Select(l => Of(l.GetProperty("price"), none)).ToArray();
            return prices.Length == 0 ? none : highest ? prices.Max() : prices.Min();
        }

        private static Price Of(JsonElement text, Price none) => Price.TryParse(text.GetString(), out var price) && price != Price.Zero ? price : none;
    }
}
