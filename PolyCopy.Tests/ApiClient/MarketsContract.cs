using System.Text.Json;
using PolyCopy.Modules.Api;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.ApiClient;

public abstract class MarketBrowserContract(Backends backends, bool overHttp) : Contract<IMarketBrowser>(backends, overHttp)
{
    [Fact]
    public async Task A_market_is_found_by_each_of_its_names_with_all_it_has()
    {
        var known = await FirstAsync();
        foreach (var name in new[] { known.Id, known.ConditionId, known.Slug })
            Lasting((await It.FindAsync(name, default))!).Should().Be(Lasting(known));
        (await It.FindAsync("no such/market?&#", default)).Should().BeNull();
        It.Viewed(known.Id);
    }

    [Fact]
    public async Task Lists_go_on_where_the_page_ended()
    {
        var first = await It.ListAsync(null, null, 3, null, default);
        var second = await It.ListAsync(null, null, 3, first.NextCursor, default);
        first.Items.Should().HaveCount(3);
        second.Items.Should().HaveCount(3).And.NotContain(m => first.Items.Any(f => f.Id == m.Id));
        (await It.ListAsync("zz & no such <market>", null, 3, null, default)).Should().BeEquivalentTo(new Page<Market>([], null));
        var category = first.Items[0].Tags[0];
        (await It.ListAsync(null, category, 5, null, default)).Items.Should().NotBeEmpty().And.OnlyContain(m => m.Tags.Contains(category));
    }

    [Fact]
    public async Task A_venue_out_of_reach_is_the_same_exception()
    {
        await Backends.App.ControlAsync("faults", new { fault = "F47", target = "gamma" });
        try
        {
            await FluentActions.Awaiting(async () => await It.FindAsync("asked-while-it-is-away", default)).Should().ThrowAsync<VenueException>().Where(e => e.Failure == VenueFailure.Unreachable);
        }
        finally
        {
            (await Backends.App.Venue.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        }
    }

    // prices and volumes move meanwhile
    private static string Lasting(Market market) => JsonSerializer.Serialize(market with { Prices = [], LastMidPrice = null, Source = "", PricedAt = default, UpdatedAt = default, Volume24h = 0, Liquidity = 0 }, Json.Options);

    private async Task<Market> FirstAsync() => (await Core<IMarketBrowser>().ListAsync(null, null, 1, null, default)).Items[0];
}

[Collection(nameof(Backends))]
public sealed class MarketBrowserInProcessTests(Backends backends) : MarketBrowserContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class MarketBrowserOverHttpTests(Backends backends) : MarketBrowserContract(backends, overHttp: true);

public abstract class MarketBooksContract(Backends backends, bool overHttp) : Contract<IMarketBooks>(backends, overHttp)
{
    [Fact]
    public async Task A_book_is_whole_and_best_first()
    {
        var trader = await Backends.TraderAsync();
        var market = (await Core<IMarketBrowser>().FindAsync(trader.MarketId, default))!;
        var book = (await It.BookAsync(market.Tokens[0], default))!;
        book.Token.Should().Be(market.Tokens[0]);
        book.ConditionId.Should().Be(market.ConditionId);
        (book.Bids[0].Price, book.Asks[0].Price).Should().Be((new Price(4_400), new Price(4_500)));
        book.Asks[0].Size.Should().BeGreaterThan(Shares.Zero);
        book.TickSize.Should().Be(market.TickSize);
        book.Version.Should().NotBeEmpty();
    }

    [Fact]
    public async Task A_token_nobody_knows_has_no_book() => (await It.BookAsync(TokenId.Parse("123456789"), default)).Should().BeNull();

    [Fact]
    public async Task Prices_come_oldest_first()
    {
        var market = (await Core<IMarketBrowser>().ListAsync(null, null, 1, null, default)).Items[0];
        var points = await It.HistoryAsync(market.Tokens[0], "1d", 15, default);
        points.Count.Should().BeGreaterThan(10);
        points.Select(p => p.At).Should().BeInAscendingOrder();
        points.Should().OnlyContain(p => p.Price > 0 && p.Price < 1);
    }
}

[Collection(nameof(Backends))]
public sealed class MarketBooksInProcessTests(Backends backends) : MarketBooksContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class MarketBooksOverHttpTests(Backends backends) : MarketBooksContract(backends, overHttp: true);

public abstract class CoreStatusContract(Backends backends, bool overHttp) : Contract<ICoreStatus>(backends, overHttp)
{
    [Fact]
    public async Task The_core_says_what_it_trades_against_and_how_its_prices_do()
    {
        (await It.ProfileAsync(default)).Should().Be(Profile.Demo);
        var feed = await It.FeedAsync(default);
        feed.WebSocketManager.Should().NotBeEmpty();
        feed.Streamer.Enabled.Should().BeTrue();
    }
}

[Collection(nameof(Backends))]
public sealed class CoreStatusInProcessTests(Backends backends) : CoreStatusContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class CoreStatusOverHttpTests(Backends backends) : CoreStatusContract(backends, overHttp: true);
