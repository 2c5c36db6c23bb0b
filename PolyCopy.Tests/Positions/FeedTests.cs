using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Positions;

public class FeedTests
{
    [Fact]
    public async Task The_first_position_of_a_market_follows_it_and_the_last_close_leaves_it()
    {
        await using var bench = await Bench.OpenAsync(Db.Sqlite);
        await bench.Writer.LoadAsync(default);
        await bench.TradeAsync(bench.ABuy(10, 0.4m, status: SettlementStatus.Confirmed));
        await bench.TradeAsync(bench.ABuy(10, 0.4m, Bench.Bob, status: SettlementStatus.Confirmed));
        await bench.TradeAsync(bench.ABuy(10, 0.6m, token: Bench.No, status: SettlementStatus.Confirmed));
        bench.Interest.Said.Should().Equal("+501");

        await bench.TradeAsync(bench.ASell(10, 0.5m));
        await bench.TradeAsync(bench.ASell(10, 0.5m, Bench.Bob));
        bench.Interest.Said.Should().Equal("+501");
        var said = new List<string>();
        bench.Listener.Then = _ => said.AddRange(bench.Interest.Said);
        await bench.TradeAsync(bench.ASell(10, 0.5m, token: Bench.No));

        bench.Interest.Said.Should().Equal("+501", "-501");
        said.Should().Equal(["+501"], "listeners disarm what was closed before the market is left");
    }

    [Fact]
    public async Task A_market_that_is_left_and_entered_by_one_change_stays_followed()
    {
        await using var bench = await Bench.OpenAsync(Db.Sqlite);
        await bench.Writer.LoadAsync(default);
        await bench.TradeAsync(bench.ABuy(10, 0.4m, status: SettlementStatus.Confirmed));

        bench.Feed.Publish(await bench.WriteAsync(db => bench.Book.BookAsync(db, [bench.ASell(10, 0.5m), bench.ABuy(5, 0.6m, token: Bench.No)], default)));

        bench.Interest.Said.Should().Equal("+501");
    }

    [Fact]
    public async Task A_market_that_somebody_enters_while_the_last_one_leaves_stays_followed()
    {
        await using var bench = await Bench.OpenAsync(Db.Sqlite);
        await bench.Writer.LoadAsync(default);
        await bench.TradeAsync(bench.ABuy(10, 0.4m, status: SettlementStatus.Confirmed));
        var entered = await bench.BookAsync(bench.ABuy(10, 0.4m, Bench.Bob));
        bench.Listener.Then = _ =>
        {
            bench.Listener.Then = _ => { };
            bench.Feed.Publish([entered]);
        };

        await bench.TradeAsync(bench.ASell(10, 0.5m));

        bench.Interest.Said.Should().Equal("+501", "+501");
    }

    [Fact]
    public async Task Listeners_hear_every_change_but_no_repeat_and_one_that_throws_does_not_silence_the_feed()
    {
        await using var bench = await Bench.OpenAsync(Db.Sqlite);
        bench.Listener.Then = _ => throw new InvalidOperationException("boom");
        var buy = bench.ABuy(10, 0.4m);

        await bench.TradeAsync(buy);
        await bench.TradeAsync(buy);
        await bench.TradeAsync(buy with { Status = SettlementStatus.Confirmed });

        bench.Listener.Heard.Should().HaveCount(2);
        bench.Cache.Removed.Should().Equal("positions:7", "positions:7");
        bench.Logs.GetSnapshot().Should().Contain(r => r.Exception is InvalidOperationException);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Streamer_and_poller_are_told_the_markets_of_open_positions(Db db)
    {
        await using var bench = await Bench.OpenAsync(db);
        await bench.BookAsync(bench.ABuy(10, 0.4m, status: SettlementStatus.Confirmed));
        await bench.BookAsync(bench.ABuy(10, 0.4m, Bench.Bob) with { MarketId = "502" });
        await bench.BookAsync(bench.ASell(10, 0.4m));

        (await bench.Get<IInterestSource>().InterestAsync(default)).Select(i => i.MarketId).Should().Equal("502");
        (await bench.Get<IMarketInterest>().MarketIdsAsync(default)).Should().Equal("502");
    }
}
