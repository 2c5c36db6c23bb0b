using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Streaming;

/// <summary>The streaming module through its door, on a driven clock, with a venue whose sockets and REST books the test holds in its hand.</summary>
internal sealed class FeedLab : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly IHost _host;

    public FeedLab(params (string Name, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        foreach (var (name, value) in settings)
            builder.Configuration[name] = value;
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddLogging(l => l.AddProvider(Logs));
        builder.Services.AddSingleton<IMarketFeed>(Feed);
        builder.Services.AddSingleton<IMarketData>(Venue);
        builder.Services.AddSingleton<IMarketCatalog>(Catalog);
        builder.Services.AddSingleton<IInterestSource>(Source);
        builder.Services.AddSingleton<IQuoteListener>(Quotes);
        builder.Services.AddSingleton<IFeedListener>(Listener);
        builder.AddStreaming();
        _host = builder.Build();
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public FakeFeed Feed { get; } = new();

    public FakeBooks Venue { get; } = new();

    public FakeCatalog Catalog { get; } = new();

    public FakeInterest Source { get; } = new();

    public RecordedQuotes Quotes { get; } = new();

    public RecordedFeed Listener { get; } = new();

    public RecordedLogs Logs { get; } = new();

    public IQuoteBoard Board => _host.Services.GetRequiredService<IQuoteBoard>();

    public IQuoteInterest Interest => _host.Services.GetRequiredService<IQuoteInterest>();

    public StreamStatus Health => _host.Services.GetRequiredService<StreamHealth>().Read();

    public FakeSocket Socket => Feed.Open.Last();

    /// <summary>Whether there is a connection now, and it is so: between two connections there is none.</summary>
    public bool IsSocket(Func<FakeSocket, bool> so) => Feed.Open.LastOrDefault() is { } socket && so(socket);

    /// <summary>Starts with these markets held.</summary>
    public async Task<FeedLab> StartAsync(params string[] held)
    {
        foreach (var id in held)
            Source.Hold(id);
        await _host.StartAsync();
        return this;
    }

    /// <summary>Started, connected, and every token's book sent by the socket.</summary>
    public async Task<FeedLab> LiveAsync(params string[] held)
    {
        await StartAsync(held);
        await UntilAsync(() => held.SelectMany(FakeCatalog.TokensOf).All(t => Feed.Open.Any(s => s.Tokens.Contains(t.Digits))), "all tokens are subscribed");
        foreach (var token in held.SelectMany(FakeCatalog.TokensOf))
            Feed.Open.Single(s => s.Tokens.Contains(token.Digits)).Send(IsYes(token) ? Wire.Book(token, "0.44", "0.46") : Wire.Book(token, "0.54", "0.56"));
        return this;
    }

    private static bool IsYes(TokenId token) => (token.Digits[^1] - '0') % 2 == 0;

    /// <summary>Lets the clock run until it is so.</summary>
    public async Task UntilAsync(Func<bool> so, string what = "it happens", int stepMs = 50)
    {
        var started = Stopwatch.GetTimestamp();
        while (!so())
        {
            if (Stopwatch.GetElapsedTime(started) > Deadline)
                throw new TimeoutException($"waited in vain until {what}; log: {string.Join(" | ", Logs.Lines.TakeLast(30))}");
            await StepAsync(stepMs);
        }
    }

    /// <summary>Lets the clock run for so long.</summary>
    public async Task PassAsync(TimeSpan time, int stepMs = 250, Action? each = null)
    {
        for (var passed = 0; passed < time.TotalMilliseconds; passed += stepMs)
        {
            await StepAsync(stepMs);
            each?.Invoke();
        }
    }

    /// <summary>"0.44/0.46 trigger 0.44 Live".</summary>
    public string Show(TokenId token) => Quote(token) is var q ? $"{q.BestBid}/{q.BestAsk} trigger {q.TriggerBid} {q.Trust}" : "";

    public Quote Quote(TokenId token) => Board.TryRead(token, out var quote) ? quote : default;

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _host.StopAsync(patience.Token);
        _host.Dispose();
    }

    // Real milliseconds only give the thread pool its turn: what the product waits for is the driven clock.
    private async Task StepAsync(int ms)
    {
        Clock.Advance(TimeSpan.FromMilliseconds(ms));
        await Task.Delay(1);
    }
}

/// <summary>Messages as the venue writes them, for tokens of the fake catalogue.</summary>
internal static class Wire
{
    public static string Book(TokenId token, string bid, string ask, long ms = 1_000, string size = "100") =>
        $$"""{"event_type":"book","market":"0xab","asset_id":"{{token}}","timestamp":"{{ms}}","hash":"00","bids":[{{Level(bid, size)}}],"asks":[{{Level(ask, size)}}],"min_order_size":"5","tick_size":"0.01","neg_risk":false,"last_trade_price":""}""";

    public static string Change(TokenId token, string side, string price, string size, string bestBid, string bestAsk, long ms = 2_000) =>
        $$"""{"market":"0xab","price_changes":[{"asset_id":"{{token}}","price":"{{price}}","size":"{{size}}","side":"{{side}}","hash":"00","best_bid":"{{bestBid}}","best_ask":"{{bestAsk}}"}],"timestamp":"{{ms}}","event_type":"price_change"}""";

    public static BookSnapshot Rest(TokenId token, string bid, string ask, long ms = 1_000, string size = "100") => new(
        token, "0xab", [new Level(P(bid), S(size))], [new Level(P(ask), S(size))], P("0.01"), S("5"), false, null, DateTimeOffset.FromUnixTimeMilliseconds(ms), "h");

    public static Price P(string text) => Price.TryParse(text, out var price) ? price : throw new FormatException(text);

    public static Shares S(string text) => Shares.TryParse(text, out var shares) ? shares : throw new FormatException(text);

    private static string Level(string price, string size) => price.Length == 0 ? "" : $$"""{"price":"{{price}}","size":"{{size}}"}""";
}

internal sealed class FakeFeed : IMarketFeed
{
    private readonly ConcurrentQueue<FakeSocket> _all = new();

    /// <summary>What the next attempts meet; null: a connection.</summary>
    public VenueException? Refusal { get; set; }

    public IReadOnlyList<FakeSocket> All => [.. _all];

    public IReadOnlyList<FakeSocket> Open => [.. _all.Where(s => !s.Closed.IsCompleted)];

    public int Attempts;

    public Task<IMarketConnection> ConnectAsync(IMarketSink sink, CancellationToken ct)
    {
        Interlocked.Increment(ref Attempts);
        if (Refusal is not null)
            return Task.FromException<IMarketConnection>(Refusal);
        var socket = new FakeSocket(sink);
        _all.Enqueue(socket);
        return Task.FromResult<IMarketConnection>(socket);
    }
}

/// <summary>One connection; messages go through the real scanner.</summary>
internal sealed class FakeSocket(IMarketSink sink) : IMarketConnection
{
    private readonly MarketSocketScanner _scanner = new(sink);
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, bool> _tokens = new();

    public Task<string> Closed => _closed.Task;

    public ConcurrentQueue<string> Said { get; } = new();

    public ICollection<string> Tokens => _tokens.Keys;

    public int Pings;

    /// <summary>Whether a PING is answered.</summary>
    public bool Pongs { get; set; } = true;

    public void Subscribe(IReadOnlyCollection<TokenId> tokens)
    {
        Said.Enqueue($"subscribe {string.Join(',', tokens)}");
        foreach (var token in tokens)
            _tokens[token.Digits] = true;
    }

    public void Unsubscribe(IReadOnlyCollection<TokenId> tokens)
    {
        Said.Enqueue($"unsubscribe {string.Join(',', tokens)}");
        foreach (var token in tokens)
            _tokens.TryRemove(token.Digits, out _);
    }

    public void Ping()
    {
        Interlocked.Increment(ref Pings);
        if (Pongs)
            Send("PONG");
    }

    public void Send(params string[] messages)
    {
        sink.Begin();
        try
        {
            foreach (var message in messages)
                RecordingSink.Scan(_scanner, Encoding.UTF8.GetBytes(message));
        }
        finally
        {
            sink.End(messages.Length);
        }
    }

    public void Close(string reason) => _closed.TrySetResult(reason);

    public void Dispose() => Close("closed here");
}

/// <summary>POST /books from a dictionary.</summary>
internal sealed class FakeBooks : IMarketData
{
    public ConcurrentDictionary<TokenId, BookSnapshot> Books { get; } = new();

    public VenueException? Refusal { get; set; }

    public ConcurrentQueue<IReadOnlyCollection<TokenId>> Requests { get; } = new();

    /// <summary>Runs before an answer is given.</summary>
    public Action? Meanwhile { get; set; }

    public Task<IReadOnlyList<BookSnapshot>> BooksAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct)
    {
        tokens.Count.Should().BeLessThanOrEqualTo(500);
        Requests.Enqueue(tokens);
        if (Refusal is not null)
            return Task.FromException<IReadOnlyList<BookSnapshot>>(Refusal);
        IReadOnlyList<BookSnapshot> found = [.. tokens.Select(t => Books.GetValueOrDefault(t)).OfType<BookSnapshot>()];
        Meanwhile?.Invoke();
        return Task.FromResult(found);
    }

    public Task<VenueMarket?> FindAsync(string idConditionOrSlug, CancellationToken ct) => throw new NotSupportedException();
    public Task<VenueMarketPage> ListAsync(MarketFilter filter, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> ByConditionAsync(IReadOnlyCollection<string> conditionIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<VenueMarket>> SearchAsync(string query, int limit, CancellationToken ct) => throw new NotSupportedException();
    public Task<TradingRules?> RulesAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<TokenId, decimal>?> PayoutsAsync(string conditionId, CancellationToken ct) => throw new NotSupportedException();
    public Task<BookSnapshot?> BookAsync(TokenId token, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<PricePoint>> HistoryAsync(TokenId token, string interval, int fidelityMinutes, CancellationToken ct) => throw new NotSupportedException();
    public Task<DateTimeOffset> TimeAsync(CancellationToken ct) => throw new NotSupportedException();
}

/// <summary>Knows every market by number; its tokens are number·2 and number·2 + 1 after a hundred.</summary>
internal sealed class FakeCatalog : IMarketCatalog
{
    /// <summary>Markets that have no token ids yet.</summary>
    public ConcurrentDictionary<string, bool> Tokenless { get; } = new();

    public ConcurrentQueue<string> Refreshed { get; } = new();

    public static TokenId[] TokensOf(string id)
    {
        var number = int.Parse(id, CultureInfo.InvariantCulture);
        return [TokenId.Parse($"{100 + 2 * number}"), TokenId.Parse($"{100 + 2 * number + 1}")];
    }

    public static TokenId Yes(string id) => TokensOf(id)[0];

    public static TokenId No(string id) => TokensOf(id)[1];

    public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => new(TryGet(idConditionOrSlug));

    public Market? TryGet(string idConditionOrSlug) => Make(idConditionOrSlug.StartsWith("0x", StringComparison.Ordinal) ? idConditionOrSlug[2..].TrimStart('0') : idConditionOrSlug);

    public Market? ByToken(TokenId token) => throw new NotSupportedException();

    public Task<Market?> RefreshAsync(string marketId, CancellationToken ct)
    {
        Refreshed.Enqueue(marketId);
        return Task.FromResult<Market?>(Make(marketId));
    }

    public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();

    public void Viewed(string marketId) => throw new NotSupportedException();

    private Market Make(string id) => new(
        id, $"0x{id.PadLeft(64, '0')}", "?", $"m-{id}", ["Yes", "No"], Tokenless.ContainsKey(id) ? [] : TokensOf(id), [], null, "poll", default, default, new Price(100), Wire.S("5"),
        false, "v1", FeeSchedule.None, TimeSpan.Zero, true, false, true, null, null, null, 0, 0, null, null, null, null, null, [], null);
}

internal sealed class FakeInterest : IInterestSource
{
    private readonly ConcurrentDictionary<string, TokenId[]> _held = new();

    public bool Broken { get; set; }

    public void Hold(string id, params TokenId[] armed) => _held[id] = armed;

    public void Close(string id) => _held.TryRemove(id, out _);

    public Task<IReadOnlyCollection<(string MarketId, IReadOnlyCollection<TokenId> Armed)>> InterestAsync(CancellationToken ct) => Broken
        ? Task.FromException<IReadOnlyCollection<(string, IReadOnlyCollection<TokenId>)>>(new InvalidOperationException("no database"))
        : Task.FromResult<IReadOnlyCollection<(string, IReadOnlyCollection<TokenId>)>>([.. _held.Select(h => (h.Key, (IReadOnlyCollection<TokenId>)h.Value))]);
}

internal sealed class RecordedQuotes : IQuoteListener
{
    public ConcurrentQueue<Quote> All { get; } = new();

    public int Order => 0;

    /// <summary>Throws on every quote, after noting it.</summary>
    public bool Fails { get; set; }

    public void OnQuote(in Quote quote)
    {
        All.Enqueue(quote);
        if (Fails)
            throw new InvalidOperationException("a listener's bug");
    }
}

internal sealed class RecordedFeed : IFeedListener
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ValueTask ResolvedAsync(string conditionId, TokenId winner, CancellationToken ct) => Add($"resolved {conditionId} {winner}");

    public ValueTask TickSizeChangedAsync(TokenId token, Price tick, CancellationToken ct) => Add($"tick {token} {tick}");

    public ValueTask ProtectionChangedAsync(IReadOnlyCollection<TokenId> tokens, bool live, string reason, CancellationToken ct) => Add($"protection {string.Join(',', tokens)} {(live ? "back" : "lost")}: {reason}");

    public ValueTask BookChangedAsync(TokenId token, bool exists, CancellationToken ct) => Add($"book {token} {(exists ? "exists" : "missing")}");

    private ValueTask Add(string line)
    {
        Lines.Enqueue(line);
        return ValueTask.CompletedTask;
    }
}

internal sealed class RecordedLogs : ILoggerProvider
{
    private readonly FakeLogCollector _collector = new();

    public IReadOnlyList<string> Lines => [.. _collector.GetSnapshot().Select(r => r.Message)];

    public int Count(string line) => Lines.Count(l => l == line);

    public ILogger CreateLogger(string categoryName) => new FakeLogger(_collector, categoryName);

    public void Dispose()
    {
    }
}
