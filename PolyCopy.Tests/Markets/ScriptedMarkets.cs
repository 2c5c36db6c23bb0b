using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Tests.Polymarket;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Markets;

/// <summary>Gamma and CLOB by script: what a test sets is what the venue answers.</summary>
internal sealed class ScriptedMarkets
{
    public ScriptedMarkets() => Stub = new StubVenue((asked, _) => Fault?.Invoke(asked) ?? Answer(asked));

    public StubVenue Stub { get; }

    /// <summary>Asked first; null lets the script answer.</summary>
    public Func<Asked, Reply?>? Fault { get; set; }

    public ConcurrentDictionary<string, JsonObject> Markets { get; } = new();

    /// <summary>Bid and ask of the first outcome by token.</summary>
    public ConcurrentDictionary<string, (string Bid, string Ask)> Books { get; } = new();

    /// <summary>Winner (outcome name, or "tie") by condition.</summary>
    public ConcurrentDictionary<string, string> Winners { get; } = new();

    public static string Condition(int id) => "0x" + id.ToString("x64", CultureInfo.InvariantCulture);

    public static TokenId Token(int id, int outcome) => TokenId.Parse($"{id}00{outcome}");

    public JsonObject Add(int id, decimal volume = 100, string bid = "0.40", string ask = "0.42")
    {
        Books[Token(id, 0).Digits] = (bid, ask);
        return Markets[id.ToString(CultureInfo.InvariantCulture)] = new JsonObject
        {
            ["id"] = id.ToString(CultureInfo.InvariantCulture),
            ["conditionId"] = Condition(id),
            ["question"] = $"Question {id}?",
            ["slug"] = $"question-{id}",
            ["outcomes"] = "[\"Yes\", \"No\"]",
            ["outcomePrices"] = "[\"0.3\", \"0.7\"]",
            ["clobTokenIds"] = $"[\"{Token(id, 0)}\", \"{Token(id, 1)}\"]",
            ["active"] = true,
            ["closed"] = false,
            ["enableOrderBook"] = true,
            ["acceptingOrders"] = true,
            ["orderPriceMinTickSize"] = 0.01,
            ["orderMinSize"] = 5,
            ["volume24hr"] = volume,
            ["liquidityNum"] = 50,
            ["createdAt"] = DateTimeOffset.UnixEpoch.AddDays(id).ToString("O"),
            ["version"] = "v1",
            ["events"] = new JsonArray(new JsonObject { ["id"] = "9", ["slug"] = "event", ["title"] = $"Event of {id}", ["tags"] = new JsonArray(new JsonObject { ["id"] = "1", ["label"] = id % 2 == 0 ? "Even" : "Odd" }) }),
        };
    }

    public void Close(int id, string prices, string? winner)
    {
        var market = Markets[id.ToString(CultureInfo.InvariantCulture)];
        market["closed"] = true;
        market["acceptingOrders"] = false;
        market["outcomePrices"] = prices;
        if (winner is not null)
            Winners[Condition(id)] = winner;
        Books.TryRemove(Token(id, 0).Digits, out _);
    }

    private Reply Answer(Asked asked)
    {
        var query = QueryHelpers.ParseQuery(asked.Address.Query);
        switch (asked.Path)
        {
            case "/gamma/markets/keyset":
                var closed = query.GetValueOrDefault("closed") == "true";
                var ids = query.TryGetValue("condition_ids", out var wanted) ? wanted.ToHashSet() : null;
                var rows = Markets.Values.Where(m => (bool)m["closed"]! == closed && (ids is null || ids.Contains((string)m["conditionId"]!)));
                rows = query.GetValueOrDefault("order") == "createdAt" ? rows.OrderByDescending(m => (string)m["createdAt"]!, StringComparer.Ordinal) : rows.OrderByDescending(m => (decimal)m["volume24hr"]!);
                var skip = query.TryGetValue("after_cursor", out var cursor) ? int.Parse(cursor!, CultureInfo.InvariantCulture) : 0;
                var limit = int.Parse(query["limit"]!, CultureInfo.InvariantCulture);
                var page = rows.Skip(skip).Take(limit).Select(m => (JsonNode)m.DeepClone()).ToArray();
                var body = new JsonObject { ["markets"] = new JsonArray(page) };
                if (rows.Count() > skip + limit)
                    body["next_cursor"] = (skip + limit).ToString(CultureInfo.InvariantCulture);
                return Reply.Ok(body.ToJsonString());
            case "/gamma/public-search":
                var found = Markets.Values.Where(m => ((string)m["question"]!).Contains(query["q"]!, StringComparison.OrdinalIgnoreCase)).Select(m => (JsonNode)m.DeepClone()).ToArray();
                return Reply.Ok(new JsonObject { ["events"] = new JsonArray(new JsonObject { ["id"] = "9", ["title"] = "Event", ["markets"] = new JsonArray(found) }) }.ToJsonString());
            case "/clob/books":
                var tokens = JsonDocument.Parse(asked.Body).RootElement.EnumerateArray().Select(t => t.GetProperty("token_id").GetString()!);
                return Reply.Ok(new JsonArray([.. tokens.Where(Books.ContainsKey).Reverse().Select(t => (JsonNode)Book(t))]).ToJsonString());
            case "/clob/book":
                return Books.ContainsKey(query["token_id"]!) ? Reply.Ok(Book(query["token_id"]!).ToJsonString()) : new Reply(404, """{"error":"No orderbook exists for the requested token id"}""");
        }
        var last = asked.Path.Split('/')[^1];
        if (asked.Path.StartsWith("/gamma/markets/", StringComparison.Ordinal))
            return Markets.Values.FirstOrDefault(m => (string)m["id"]! == last || (string)m["slug"]! == last) is { } one ? Reply.Ok(one.ToJsonString()) : new Reply(404, """{"error":"not found"}""");
        if (Markets.Values.FirstOrDefault(m => (string)m["conditionId"]! == last) is not { } market)
            return new Reply(404, """{"error":"market not found"}""");
        var id = int.Parse((string)market["id"]!, CultureInfo.InvariantCulture);
        return asked.Path.StartsWith("/clob/clob-markets/", StringComparison.Ordinal)
            ? Reply.Ok($$"""{"c":"{{last}}","t":[{"t":"{{Token(id, 1)}}","o":"No"},{"t":"{{Token(id, 0)}}","o":"Yes"}],"mts":0.01,"mos":5,"fd":{"r":0.05,"e":1},"ao":{{((bool)market["acceptingOrders"]! ? "true" : "false")}},"sd":2,"v":"v1"}""")
            : Reply.Ok($$"""{"condition_id":"{{last}}","closed":{{((bool)market["closed"]! ? "true" : "false")}},"is_50_50_outcome":{{(Winners.GetValueOrDefault(last) == "tie" ? "true" : "false")}},"tokens":[{"token_id":"{{Token(id, 1)}}","outcome":"No","winner":{{(Winners.GetValueOrDefault(last) == "No" ? "true" : "false")}}},{"token_id":"{{Token(id, 0)}}","outcome":"Yes","winner":{{(Winners.GetValueOrDefault(last) == "Yes" ? "true" : "false")}}}]}""");
    }

    private JsonObject Book(string token)
    {
        var (bid, ask) = Books[token];
        return new JsonObject
        {
            ["asset_id"] = token,
            ["market"] = Condition(int.Parse(token[..^3], CultureInfo.InvariantCulture)),
            ["timestamp"] = "1795000000000",
            ["hash"] = "h",
            ["bids"] = bid.Length == 0 ? [] : new JsonArray(new JsonObject { ["price"] = bid, ["size"] = "10" }),
            ["asks"] = ask.Length == 0 ? [] : new JsonArray(new JsonObject { ["price"] = ask, ["size"] = "10" }),
            ["min_order_size"] = "5",
            ["tick_size"] = "0.01",
            ["neg_risk"] = false,
            ["last_trade_price"] = "0.41",
        };
    }
}

/// <summary>The Markets module over a scripted venue and a database of its own; the clock stands until a test moves it.</summary>
internal sealed class MarketsHost : IAsyncDisposable, IMarketListener, IMarketInterest
{
    private readonly IHost _host;

    private MarketsHost(TestDatabase database, ScriptedMarkets venue, FakeTimeProvider clock)
    {
        Venue = venue;
        Clock = clock;
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddLogging(l => l.AddProvider(Log));
        database.AddTo(builder.Services);
        builder.AddCaching().AddPolymarket().AddMarkets();
        builder.Services.AddSingleton<IMarketListener>(this).AddSingleton<IMarketInterest>(this);
        builder.AddMarketPolling();
        builder.Services.ConfigureAll<HttpClientFactoryOptions>(o => o.HttpMessageHandlerBuilderActions.Add(b => b.PrimaryHandler = venue.Stub));
        builder.Services.RemoveAll<IHostedService>(); // a test calls the parts itself
        _host = builder.Build();
    }

    public ScriptedMarkets Venue { get; }
    public FakeTimeProvider Clock { get; }
    public FakeLoggerProvider Log { get; } = new();
    public HashSet<string> Held { get; } = [];
    public ConcurrentQueue<(string Id, decimal[] Payouts)> Resolved { get; } = new();
    public ConcurrentQueue<(Market Before, Market After)> Changed { get; } = new();
    public Exception? ListenerFault { get; set; }

    public IMarketCatalog Catalog => _host.Services.GetRequiredService<IMarketCatalog>();
    public IMarketPrices Prices => _host.Services.GetRequiredService<IMarketPrices>();
    public PollHealth Health => _host.Services.GetRequiredService<PollHealth>();
    public MarketPoller Poller => _host.Services.GetRequiredService<MarketPoller>();

    public static async Task<MarketsHost> StartAsync(TestDatabase database, ScriptedMarkets venue, FakeTimeProvider? clock = null)
    {
        var host = new MarketsHost(database, venue, clock ?? new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_795_000_000)));
        await host._host.Services.GetRequiredService<MarketCatalog>().StartAsync(default);
        return host;
    }

    public Task PollAsync() => Poller.PollAsync(default).WaitAsync(TimeSpan.FromSeconds(60));

    public async Task PollAfterAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await PollAsync();
    }

    /// <summary>Delivers what was announced until now.</summary>
    public async Task NotifyAsync()
    {
        using var notifier = ActivatorUtilities.CreateInstance<MarketNotifier>(_host.Services);
        var notices = _host.Services.GetRequiredService<MarketNotices>();
        var last = new TaskCompletionSource();
        _onChange = after =>
        {
            if (after.Id == "end")
                last.TrySetResult();
        };
        var end = MarketMerge.New(new PolyCopy.Modules.Venue.VenueMarket("end", "", "", "", null, [], [], [], default, default, false, "v1", default, false, false, false, false, null, null, null, null, 0, 0, 0, null, null, null, null, null, []), default);
        notices.Changed(end, end);
        await notifier.StartAsync(default);
        await last.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await notifier.StopAsync(default);
        _onChange = null;
    }

    /// <summary>Lets the clock run until the work is done: for work that backs off.</summary>
    public async Task RunAsync(Task work)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!work.IsCompleted)
        {
            TimeProvider.System.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(60), "the work should end");
            if (await Task.WhenAny(work, Task.Delay(20)) != work) // only a back-off waits for the clock
                Clock.Advance(TimeSpan.FromMilliseconds(250));
        }
        await work;
    }

    public async Task<T> RunAsync<T>(Task<T> work)
    {
        await RunAsync((Task)work);
        return await work;
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
    }

    private Action<Market>? _onChange;

    ValueTask IMarketListener.ResolvedAsync(Market market, CancellationToken ct)
    {
        if (ListenerFault is { } fault)
            throw fault;
        Resolved.Enqueue((market.Id, [.. market.Payouts!]));
        return ValueTask.CompletedTask;
    }

    ValueTask IMarketListener.ChangedAsync(Market before, Market after, CancellationToken ct)
    {
        _onChange?.Invoke(after);
        if (after.Id != "end")
            Changed.Enqueue((before, after));
        return ValueTask.CompletedTask;
    }

    Task<IReadOnlyCollection<string>> IMarketInterest.MarketIdsAsync(CancellationToken ct) => Task.FromResult<IReadOnlyCollection<string>>([.. Held]);
}
