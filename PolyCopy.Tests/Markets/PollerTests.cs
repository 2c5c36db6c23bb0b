using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Markets;
using PolyCopy.Tests.Polymarket;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Markets;

public class PollerTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly ScriptedMarkets _venue = new();

    [Theory]
    [MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_poll_fills_the_table(Db provider)
    {
        for (var i = 1; i <= 250; i++)
            _venue.Add(i, volume: i);
        await using var database = await TestDatabase.CreateAsync(provider);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        await host.PollAsync();
        await host.PollAfterAsync(Minute);
        host.Health.Failures.Should().Be(0);
        var rows = await database.Workers.ReadAsync((db, ct) => db.Set<MarketRow>().OrderBy(m => m.Volume24h).ToListAsync(ct), default);
        rows.Should().HaveCount(250);
        var row = rows[^1];
        (row.ConditionId, row.Source, row.LastMidPrice).Should().Be((ScriptedMarkets.Condition(250), "poll", 0.41m));
        row.OutcomePrices.Should().Equal(0.41m, 0.59m);
        row.ClobTokenIds.Should().Equal(ScriptedMarkets.Token(250, 0), ScriptedMarkets.Token(250, 1));
        row.PricedAt.Should().Be(host.Clock.GetUtcNow().UtcDateTime);
        _venue.Stub.Requests.Count(r => r.Path == "/clob/books").Should().Be(2, "one request prices all of them");
        _venue.Stub.Requests.Count(r => r.Path.StartsWith("/clob/clob-markets/", StringComparison.Ordinal)).Should().Be(120, "rules come a few at a time");
    }

    [Fact]
    public async Task The_poller_polls_each_minute()
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        using var poller = host.Poller;
        await poller.StartAsync(default);
        for (var poll = 1; poll <= 3; poll++)
        {
            var wanted = poll;
            await host.RunAsync(UntilAsync(() => _venue.Stub.Requests.Count(r => r.Address.Query.Contains("createdAt", StringComparison.Ordinal)) >= wanted && host.Health.LastPoll is not null));
            host.Clock.Advance(Minute);
        }
        await poller.StopAsync(default);
    }

    public static TheoryData<string> Troubles { get; } = ["500", "html", "429", "reset", "not-json"];

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Gamma_in_trouble_stops_neither_prices_nor_the_next_poll(string trouble)
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        host.Held.Add("7");
        await host.PollAsync();
        _venue.Fault = asked => !asked.Path.StartsWith("/gamma", StringComparison.Ordinal) ? null : trouble switch
        {
            "500" => new Reply(500, ""),
            "html" => Reply.Html(200),
            "429" => new Reply(429, "", RetryAfter: "0"),
            "reset" => Reply.Broken(HttpRequestError.ResponseEnded),
            _ => Reply.Ok("{\"markets\":["),
        };
        _venue.Books[ScriptedMarkets.Token(7, 0).Digits] = ("0.50", "0.52");
        for (var i = 0; i < 2; i++)
        {
            host.Clock.Advance(Minute);
            await host.RunAsync(host.Poller.PollAsync(default));
        }
        host.Catalog.TryGet("7")!.Prices[0].Should().Be(0.51m, "the CLOB still answers");
        host.Health.Failures.Should().Be(2);
        (await host.Health.CheckHealthAsync(new HealthCheckContext())).Status.Should().Be(HealthStatus.Degraded);
        host.Log.Collector.GetSnapshot().Count(r => r.Level == LogLevel.Warning && r.Message.StartsWith("Polling the markets failed", StringComparison.Ordinal)).Should().Be(1, "trouble is said once");
        _venue.Fault = null;
        await host.PollAfterAsync(Minute);
        (await host.Health.CheckHealthAsync(new HealthCheckContext())).Status.Should().Be(HealthStatus.Healthy);
    }

    [Fact]
    public async Task One_bad_market_in_a_page_costs_only_itself()
    {
        for (var i = 1; i <= 10; i++)
            _venue.Add(i);
        _venue.Markets["4"]["outcomes"] = "[\"Yes\"";
        _venue.Markets["5"]["conditionId"] = "";
        _venue.Markets["6"]["clobTokenIds"] = null;
        _venue.Markets["7"] = new JsonObject { ["closed"] = false, ["volume24hr"] = 1m, ["createdAt"] = "x", ["conditionId"] = "y" };
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        await host.PollAsync();
        (await host.Health.CheckHealthAsync(new HealthCheckContext())).Description.Should().BeNull();
        (await host.Catalog.ListAsync(null, null, 50, null, default)).Items.Select(m => m.Id).Should().BeEquivalentTo("1", "2", "3", "8", "9", "10");
        host.Catalog.TryGet("6")!.IsTradable.Should().BeFalse("without token ids it waits");
    }

    [Fact]
    public async Task A_websocket_price_stands_for_a_minute()
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        host.Held.Add("7");
        await host.PollAsync();
        host.Clock.Advance(TimeSpan.FromSeconds(30));
        await host.Prices.WriteAsync([new MarketPrice("7", [0.61m, 0.39m], 0.61m, host.Clock.GetUtcNow())], default);
        await host.PollAfterAsync(TimeSpan.FromSeconds(30));
        host.Catalog.TryGet("7")!.Source.Should().Be("ws");
        (await RowAsync(database, "7")).OutcomePrices.Should().Equal(0.61m, 0.39m);
        await host.PollAfterAsync(TimeSpan.FromSeconds(31));
        host.Catalog.TryGet("7")!.Source.Should().Be("poll", "the stream is silent, so the poller takes over");
        (await RowAsync(database, "7")).OutcomePrices.Should().Equal(0.41m, 0.59m);
    }

    [Theory]
    [MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_websocket_price_that_comes_during_a_poll_is_not_undone_by_it(Db provider)
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(provider);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        host.Held.Add("7");
        await host.PollAsync();
        Task? write = null;
        _venue.Fault = asked =>
        {
            if (asked.Path == "/clob/books") // the poller has already decided that the market needs a price
                (write = host.Prices.WriteAsync([new MarketPrice("7", [0.61m, 0.39m], 0.61m, host.Clock.GetUtcNow())], default)).GetAwaiter().GetResult();
            return null;
        };
        await host.PollAfterAsync(Minute);
        write.Should().NotBeNull();
        var row = await RowAsync(database, "7");
        (row.Source, row.LastMidPrice).Should().Be(("ws", 0.61m));
        host.Catalog.TryGet("7")!.Prices.Should().Equal(0.61m, 0.39m);
    }

    [Fact]
    public async Task A_resolution_needs_both_and_is_told_until_nobody_holds()
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        host.Held.Add("7");
        await host.PollAsync();

        _venue.Close(7, "[\"1\", \"0\"]", winner: null);
        await host.PollAfterAsync(Minute);
        await host.NotifyAsync();
        host.Resolved.Should().BeEmpty("the CLOB names no winner yet");
        host.Catalog.TryGet("7")!.IsTradable.Should().BeFalse();

        _venue.Winners[ScriptedMarkets.Condition(7)] = "No";
        await host.PollAfterAsync(Minute);
        await host.NotifyAsync();
        host.Resolved.Should().BeEmpty("Gamma says Yes, the CLOB says No");
        host.Log.Collector.GetSnapshot().Should().Contain(r => r.Message.Contains("different winners", StringComparison.Ordinal));

        _venue.Winners[ScriptedMarkets.Condition(7)] = "Yes";
        host.ListenerFault = new InvalidOperationException("the database is away");
        await host.PollAfterAsync(Minute);
        await host.NotifyAsync();
        host.ListenerFault = null;
        await host.PollAfterAsync(Minute);
        await host.NotifyAsync();
        host.Resolved.Should().ContainSingle("the first time failed").Which.Payouts.Should().Equal(1, 0);
        host.Catalog.TryGet("7")!.Payouts.Should().Equal(1, 0);

        host.Held.Clear();
        await host.PollAfterAsync(Minute);
        await host.NotifyAsync();
        host.Resolved.Should().ContainSingle();
        (await RowAsync(database, "7")).Payouts.Should().Equal(1, 0);
    }

    [Theory]
    [InlineData("[\"0.5\", \"0.5\"]", "tie", true)]
    [InlineData("[\"0\", \"1\"]", "No", true)]
    [InlineData("[\"0\", \"0\"]", "No", false)]
    [InlineData("[\"0.0005\", \"0.9995\"]", "No", false)]
    [InlineData("", "No", false)]
    [InlineData("[\"0.5\", \"0.5\"]", "No", false)]
    public async Task Only_final_prices_that_agree_pay(string prices, string winner, bool pays)
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        host.Held.Add("7");
        await host.PollAsync();
        _venue.Close(7, prices, winner);
        await host.PollAfterAsync(Minute);
        (host.Catalog.TryGet("7")!.Payouts is not null).Should().Be(pays, "{0} against {1}", prices, winner);
    }

    [Fact]
    public async Task A_held_market_whose_book_is_gone_is_halted_and_comes_back()
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        host.Held.Add("7");
        await host.PollAsync();
        _venue.Books.TryRemove(ScriptedMarkets.Token(7, 0).Digits, out var book);
        await host.PollAfterAsync(Minute);
        host.Catalog.TryGet("7")!.IsTradable.Should().BeFalse("Gamma still says that it accepts orders");
        _venue.Stub.Requests.Should().Contain(r => r.Path == "/clob/book", "a set may leave a book out: it was asked for by itself");
        _venue.Books[ScriptedMarkets.Token(7, 0).Digits] = book;
        await host.PollAfterAsync(Minute);
        host.Catalog.TryGet("7")!.IsTradable.Should().BeTrue();
        await host.NotifyAsync();
        host.Changed.Select(c => c.After.IsTradable).Should().EndWith([false, true]);
    }

    [Fact]
    public async Task A_fresh_market_gets_its_tokens_when_the_venue_has_them()
    {
        var market = _venue.Add(7);
        market["clobTokenIds"] = "[]";
        _venue.Fault = asked => asked.Path.StartsWith("/clob/clob-markets", StringComparison.Ordinal) ? new Reply(404, "{}") : null;
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        (await host.Catalog.FindAsync("7", default))!.IsTradable.Should().BeFalse();
        host.Catalog.Viewed("7");
        market["clobTokenIds"] = $"[\"{ScriptedMarkets.Token(7, 0)}\", \"{ScriptedMarkets.Token(7, 1)}\"]";
        _venue.Fault = null;
        await host.PollAfterAsync(Minute);
        host.Catalog.TryGet("7")!.IsTradable.Should().BeTrue();
        host.Catalog.ByToken(ScriptedMarkets.Token(7, 1))!.Id.Should().Be("7");
        await host.NotifyAsync();
        host.Changed.Should().Contain(c => c.Before.Tokens.Count == 0 && c.After.Tokens.Count == 2);
    }

    [Theory]
    [InlineData("0.001", "0.999", "0.41")]
    [InlineData("", "0.62", "0.41")]
    [InlineData("0.60", "0.62", "0.61")]
    public async Task A_book_without_a_middle_is_priced_by_its_last_trade(string bid, string ask, string price)
    {
        _venue.Add(7, bid: bid, ask: ask);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        await host.PollAsync();
        host.Catalog.TryGet("7")!.Prices[0].Should().Be(decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture));
        host.Catalog.TryGet("7")!.LastMidPrice.HasValue.Should().Be(bid == "0.60");
    }

    [Fact]
    public async Task A_viewed_market_is_polled_for_an_hour()
    {
        for (var i = 1; i <= 401; i++)
            _venue.Add(i, volume: i == 1 ? 0 : 1_000);
        _venue.Markets["1"]["createdAt"] = "1969-01-01T00:00:00Z";
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        await host.Catalog.FindAsync("1", default);
        host.Catalog.Viewed("1");
        _venue.Books[ScriptedMarkets.Token(1, 0).Digits] = ("0.70", "0.72");
        await host.PollAfterAsync(TimeSpan.FromMinutes(59));
        host.Catalog.TryGet("1")!.Prices[0].Should().Be(0.71m);
        _venue.Books[ScriptedMarkets.Token(1, 0).Digits] = ("0.80", "0.82");
        await host.PollAfterAsync(TimeSpan.FromMinutes(2));
        host.Catalog.TryGet("1")!.Prices[0].Should().Be(0.71m, "nobody looks any more");
    }

    [Fact]
    public async Task What_nobody_ever_wanted_is_forgotten_after_a_week()
    {
        _venue.Add(7);
        _venue.Add(8);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        host.Held.Add("7");
        await host.PollAsync();
        host.Held.Clear();
        _venue.Markets.Clear();
        await host.PollAfterAsync(TimeSpan.FromDays(8));
        host.Catalog.TryGet("8").Should().BeNull();
        host.Catalog.ByToken(ScriptedMarkets.Token(8, 0)).Should().BeNull();
        host.Catalog.TryGet("7").Should().NotBeNull("it was held once: its name is needed in the history");
        (await database.Workers.ReadAsync((db, ct) => db.Set<MarketRow>().Select(m => m.Id).ToListAsync(ct), default)).Should().Equal("7");
    }

    private static Task<MarketRow> RowAsync(TestDatabase database, string id) =>
        database.Workers.ReadAsync((db, ct) => db.Set<MarketRow>().AsNoTracking().SingleAsync(m => m.Id == id, ct), default);

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5);
    }
}
