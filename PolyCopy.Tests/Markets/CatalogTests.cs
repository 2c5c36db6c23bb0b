using System.Text.Json;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Polymarket;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Markets;

public class CatalogTests
{
    private readonly ScriptedMarkets _venue = new();

    [Theory]
    [InlineData("7")]
    [InlineData("question-7")]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000007")]
    public async Task A_market_that_is_not_here_is_fetched_before_it_is_called_unknown(string key)
    {
        _venue.Add(7, bid: "0.44", ask: "0.46");
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        host.Catalog.TryGet(key).Should().BeNull();
        var market = await host.Catalog.FindAsync($" {key} ", default);
        market!.Id.Should().Be("7");
        market.Prices.Should().Equal(0.45m, 0.55m);
        market.LastMidPrice.Should().Be(0.45m);
        market.TakerDelay.Should().Be(TimeSpan.FromSeconds(2));
        market.Fee.Rate.Should().Be(0.05m);
        market.Tokens.Should().Equal([ScriptedMarkets.Token(7, 0), ScriptedMarkets.Token(7, 1)], "the CLOB names them the other way round");
        market.IsTradable.Should().BeTrue();
        foreach (var known in new[] { "7", "question-7", ScriptedMarkets.Condition(7).ToUpperInvariant().Replace("0X", "0x", StringComparison.Ordinal) })
            host.Catalog.TryGet(known).Should().BeSameAs(market);
        host.Catalog.ByToken(ScriptedMarkets.Token(7, 1)).Should().BeSameAs(market);
    }

    [Fact]
    public async Task An_unknown_market_is_asked_for_once_a_minute()
    {
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        for (var i = 0; i < 3; i++)
            (await host.Catalog.FindAsync("question-8", default)).Should().BeNull();
        _venue.Stub.Requests.Should().ContainSingle();
        _venue.Add(8);
        host.Clock.Advance(TimeSpan.FromSeconds(61));
        (await host.Catalog.FindAsync("question-8", default)).Should().NotBeNull("it was only not listed yet");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("../../etc")]
    [InlineData("7?closed=true")]
    public async Task Nonsense_costs_the_venue_nothing(string key)
    {
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        (await host.Catalog.FindAsync(key, default)).Should().BeNull();
        _venue.Stub.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task Many_who_ask_at_once_ask_once()
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        var gate = new ManualResetEventSlim();
        _venue.Fault = asked =>
        {
            gate.Wait(TimeSpan.FromSeconds(20));
            return null;
        };
        var asking = Enumerable.Range(0, 20).Select(_ => Task.Run(() => host.Catalog.FindAsync("7", default).AsTask())).ToList();
        gate.Set();
        (await Task.WhenAll(asking)).Should().OnlyContain(m => m!.Id == "7");
        _venue.Stub.Requests.Count(r => r.Path == "/gamma/markets/7").Should().BeLessThanOrEqualTo(2, "at most one more may start just after the first has ended");
    }

    [Fact]
    public async Task A_venue_that_is_down_is_not_an_unknown_market()
    {
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        _venue.Fault = _ => Reply.Html(502);
        var act = () => host.RunAsync(host.Catalog.FindAsync("7", default).AsTask());
        await act.Should().ThrowAsync<VenueException>();
        _venue.Fault = null;
        _venue.Add(7);
        (await host.Catalog.FindAsync("7", default)).Should().NotBeNull();
    }

    [Theory]
    [MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task What_was_known_is_known_after_a_restart(Db provider)
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(provider);
        Market before;
        await using (var host = await MarketsHost.StartAsync(database, _venue))
        {
            before = (await host.Catalog.FindAsync("7", default))!;
            await host.Prices.WriteAsync([new MarketPrice("7", [0.61m, 0.39m], 0.61m, host.Clock.GetUtcNow())], default);
        }
        await using var again = await MarketsHost.StartAsync(database, new ScriptedMarkets());
        var after = again.Catalog.TryGet("question-7")!;
        var expected = before with { Prices = [0.61m, 0.39m], LastMidPrice = 0.61m, Source = "ws", PricedAt = after.PricedAt, UpdatedAt = after.UpdatedAt };
        JsonSerializer.Serialize(after).Should().Be(JsonSerializer.Serialize(expected));
        again.Catalog.ByToken(ScriptedMarkets.Token(7, 0)).Should().BeSameAs(after);
    }

    [Theory]
    [MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_refresh_overwrites_and_tells(Db provider)
    {
        var market = _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(provider);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        await host.Catalog.FindAsync("7", default);
        market["umaResolutionStatus"] = "proposed";
        _venue.Books.Clear();
        var refreshed = await host.Catalog.RefreshAsync("7", default);
        refreshed!.ResolutionStatus.Should().Be("proposed");
        refreshed.IsTradable.Should().BeFalse();
        await host.NotifyAsync();
        host.Changed.Last().After.ResolutionStatus.Should().Be("proposed");
        await using var again = await MarketsHost.StartAsync(database, _venue);
        again.Catalog.TryGet("7")!.ResolutionStatus.Should().Be("proposed");
    }

    [Fact]
    public async Task Lists_go_by_volume_and_page_without_loss()
    {
        for (var i = 1; i <= 25; i++)
            _venue.Add(i, volume: i % 5);
        _venue.Add(99)["acceptingOrders"] = false;
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        var all = new List<Market>();
        string? cursor = null;
        do
        {
            var page = await host.Catalog.ListAsync(null, null, 7, cursor, default);
            all.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        all.Select(m => m.Id).Should().OnlyHaveUniqueItems().And.HaveCount(25);
        all.Should().BeInDescendingOrder(m => m.Volume24h);
        (await host.Catalog.ListAsync(null, "even", 50, null, default)).Items.Should().HaveCount(12).And.OnlyContain(m => m.Tags.Contains("Even"));
    }

    [Fact]
    public async Task Search_asks_the_venue_once_a_minute_and_survives_without_it()
    {
        _venue.Add(7);
        _venue.Add(8);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        for (var i = 0; i < 3; i++)
            (await host.Catalog.ListAsync("  Question   7 ", null, 10, null, default)).Items.Should().ContainSingle().Which.Id.Should().Be("7");
        _venue.Stub.Requests.Count(r => r.Path == "/gamma/public-search").Should().Be(1);
        host.Catalog.TryGet("7").Should().NotBeNull("what was found is in the catalogue");
        host.Clock.Advance(TimeSpan.FromSeconds(61));
        _venue.Fault = asked => asked.Path == "/gamma/public-search" ? Reply.Html(503) : null;
        (await host.RunAsync(host.Catalog.ListAsync("question 7", null, 10, null, default))).Items.Should().ContainSingle();
    }

    [Fact]
    public async Task A_search_for_an_id_finds_it()
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        await host.Catalog.FindAsync("7", default);
        (await host.Catalog.ListAsync(ScriptedMarkets.Condition(7), null, 10, null, default)).Items.Should().ContainSingle();
    }

    [Fact]
    public async Task A_websocket_price_is_taken_at_once_and_never_goes_back()
    {
        _venue.Add(7);
        await using var database = await TestDatabase.CreateAsync(Db.Sqlite);
        await using var host = await MarketsHost.StartAsync(database, _venue);
        await host.Catalog.FindAsync("7", default);
        var now = host.Clock.GetUtcNow();
        await host.Prices.WriteAsync([new MarketPrice("7", [0.61m, 0.39m], 0.61m, now), new MarketPrice("no-such", [1, 0], 1, now)], default);
        await host.Prices.WriteAsync([new MarketPrice("7", [0.5m, 0.5m], 0.5m, now.AddSeconds(-1))], default);
        await host.Prices.WriteAsync([new MarketPrice("7", [0.5m], 0.5m, now.AddSeconds(1))], default);
        var market = host.Catalog.TryGet("7")!;
        (market.Prices[0], market.Source, market.PricedAt).Should().Be((0.61m, "ws", now));
    }
}
