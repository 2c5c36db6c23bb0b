using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using static PolyCopy.Tests.Streaming.FakeCatalog;

namespace PolyCopy.Tests.Streaming;

/// <summary>What a quote says and whether it may be trusted.</summary>
public class BookTests
{
    [Fact]
    public async Task The_trigger_bid_is_the_level_where_the_minimum_order_is_reached()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.45", "4.999999", "0.45", "0.46"));
        lab.Show(Yes("7")).Should().Be("0.45/0.46 trigger 0.44 Live");
        lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.45", "5", "0.45", "0.46"));
        lab.Show(Yes("7")).Should().Be("0.45/0.46 trigger 0.45 Live");
        lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.45", "2", "0.45", "0.46"), Wire.Change(Yes("7"), "BUY", "0.44", "2", "0.45", "0.46"));
        lab.Show(Yes("7")).Should().Be("0.45/0.46 trigger 0 Live", "four shares are no order");
    }

    [Fact]
    public async Task Sizes_are_aggregates_and_zero_removes_a_level()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Socket.Send(Wire.Change(Yes("7"), "SELL", "0.45", "10", "0.44", "0.45"), Wire.Change(Yes("7"), "SELL", "0.45", "30", "0.44", "0.45"));
        var depth = lab.Board.Depth(Yes("7"))!;
        depth.Asks.Should().Equal(new Level(Wire.P("0.45"), Wire.S("30")), new Level(Wire.P("0.46"), Wire.S("100")));
        depth.Bids.Should().Equal(new Level(Wire.P("0.44"), Wire.S("100")));
        lab.Socket.Send(Wire.Change(Yes("7"), "SELL", "0.45", "0", "0.44", "0.46"));
        lab.Show(Yes("7")).Should().Be("0.44/0.46 trigger 0.44 Live");
    }

    [Fact]
    public async Task A_book_replaces_everything()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Socket.Send(Wire.Book(Yes("7"), "0.10", "0.12", size: "7.5"));
        lab.Board.Depth(Yes("7"))!.Bids.Should().Equal(new Level(Wire.P("0.1"), Wire.S("7.5")));
    }

    [Fact]
    public async Task One_message_with_several_changes_is_one_tick_per_token()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Quotes.All.Clear();
        lab.Socket.Send($$"""{"event_type":"price_change","timestamp":"5","price_changes":[{{One(Yes("7"), "0.45", "BUY", "0.45", "0.46")}},{{One(No("7"), "0.55", "SELL", "0.54", "0.55")}},{{One(Yes("7"), "0.4", "BUY", "0.45", "0.46")}}]}""");
        lab.Quotes.All.Select(q => q.Token).Should().Equal(Yes("7"), No("7"));
        lab.Board.Depth(Yes("7"))!.Bids.Should().HaveCount(3);

        static string One(TokenId token, string price, string side, string bid, string ask) =>
            $$"""{"asset_id":"{{token}}","price":"{{price}}","size":"20","side":"{{side}}","best_bid":"{{bid}}","best_ask":"{{ask}}"}""";
    }

    [Fact]
    public async Task A_crossed_book_does_not_fire_and_is_read_by_REST_after_a_second()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.47", "0.48", ms: 3_000);
        lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.47", "50", "0.47", "0.48"));
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Crossed);
        await lab.PassAsync(TimeSpan.FromMilliseconds(900), 50);
        lab.Venue.Requests.Should().BeEmpty("books cross for moments while a match is told");
        await lab.UntilAsync(() => lab.Quote(Yes("7")).Trust == QuoteTrust.Live);
        lab.Show(Yes("7")).Should().Be("0.47/0.48 trigger 0.47 Live");
    }

    [Fact]
    public async Task A_book_that_uncrosses_by_itself_is_trusted_again()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.46", "50", "0.46", "0.46"));
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Crossed, "locked counts as crossed");
        lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.46", "0", "0.44", "0.46"));
        lab.Show(Yes("7")).Should().Be("0.44/0.46 trigger 0.44 Live");
        await lab.PassAsync(TimeSpan.FromSeconds(3));
        lab.Venue.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("0.01", "0.99")]
    [InlineData("", "0.99")]
    [InlineData("0.01", "")]
    [InlineData("", "")]
    public async Task An_empty_or_ghost_book_does_not_fire(string bid, string ask)
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Socket.Send(Wire.Book(Yes("7"), bid, ask));
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Phantom);
        lab.Board.Depth(Yes("7")).Should().BeNull();
        lab.Socket.Send(Wire.Book(Yes("7"), "0.02", "0.99"));
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Live);
    }

    [Fact]
    public async Task Three_messages_that_contradict_the_book_void_it_until_REST_gives_a_fresh_one()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        for (var i = 0; i < 2; i++)
            lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.30", $"{i + 10}", "0.45", "0.46"));
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Live, "one match is told in several messages");
        lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.30", "12", "0.45", "0.46"));
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.None);
        lab.Health.Gaps.Should().Be(1);

        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.45", "0.46", ms: 2_000);
        await lab.UntilAsync(() => lab.Quote(Yes("7")).Trust == QuoteTrust.Live);
        lab.Show(Yes("7")).Should().Be("0.45/0.46 trigger 0.45 Live");
    }

    [Fact]
    public async Task Changes_that_arrive_while_REST_answers_are_applied_on_top_and_older_ones_are_not()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.45", "0.47", ms: 2_500);
        lab.Venue.Meanwhile = () => lab.Socket.Send(
            Wire.Change(Yes("7"), "BUY", "0.45", "0", "0.44", "0.47", ms: 2_400), // in the REST book already
            Wire.Change(Yes("7"), "BUY", "0.46", "70", "0.46", "0.47", ms: 2_600));
        for (var i = 0; i < 3; i++)
            lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.30", $"{i + 10}", "0.45", "0.47"));
        await lab.UntilAsync(() => lab.Quote(Yes("7")).Trust == QuoteTrust.Live);
        lab.Board.Depth(Yes("7"))!.Bids.Should().Equal(new Level(Wire.P("0.46"), Wire.S("70")), new Level(Wire.P("0.45"), Wire.S("100")));
    }

    [Fact]
    public async Task A_stale_REST_book_is_refused()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.01", "0.99", ms: 500);
        for (var i = 0; i < 3; i++)
            lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.30", $"{i + 10}", "0.45", "0.46"));
        await lab.UntilAsync(() => lab.Venue.Requests.Count == 1);
        await lab.PassAsync(TimeSpan.FromMilliseconds(500), 50);
        lab.Show(Yes("7")).Should().Be("0.44/0.46 trigger 0.44 None");
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.45", "0.46", ms: 2_500);
        await lab.UntilAsync(() => lab.Quote(Yes("7")).Trust == QuoteTrust.Live);
    }

    [Fact]
    public async Task A_changed_tick_size_voids_the_book_and_is_told()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.961", "0.962", ms: 9_000) with { TickSize = Wire.P("0.001") };
        lab.Socket.Send($$"""{"event_type":"tick_size_change","asset_id":"{{Yes("7")}}","old_tick_size":"0.01","new_tick_size":"0.001","timestamp":"8000"}""");
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.None);
        await lab.UntilAsync(() => lab.Quote(Yes("7")).Trust == QuoteTrust.Live && !lab.Listener.Lines.IsEmpty);
        lab.Show(Yes("7")).Should().Be("0.961/0.962 trigger 0.961 Live");
        lab.Listener.Lines.Should().Equal($"tick {Yes("7")} 0.001");
        lab.Catalog.Refreshed.Should().Contain("7");
    }

    [Fact]
    public async Task A_print_is_shown_on_its_token_and_at_the_complement_on_the_sibling()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        var version = lab.Quote(Yes("7")).Version;
        lab.Socket.Send($$"""{"event_type":"last_trade_price","asset_id":"{{No("7")}}","price":"0.55","size":"50","side":"BUY","timestamp":"5"}""");
        lab.Quote(No("7")).LastTrade.Should().Be(Wire.P("0.55"));
        lab.Quote(Yes("7")).LastTrade.Should().Be(Wire.P("0.45"));
        lab.Quote(Yes("7")).LastTradeAt.Should().Be(lab.Clock.GetTimestamp());
        lab.Quote(Yes("7")).Version.Should().Be(version, "a print does not change the book");
    }

    [Fact]
    public async Task A_message_that_was_lost_makes_every_book_of_the_connection_be_read_again()
    {
        await using var lab = await new FeedLab().LiveAsync("7", "8");
        foreach (var token in TokensOf("7").Concat(TokensOf("8")))
            lab.Venue.Books[token] = Wire.Rest(token, "0.60", "0.61", ms: 5_000);
        lab.Socket.Send("{\"event_type\":\"price_change\",");
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Live, "until REST answers the book is as good as it was");
        await lab.UntilAsync(() => TokensOf("7").Concat(TokensOf("8")).All(t => lab.Quote(t).BestBid == Wire.P("0.60")));
        lab.Venue.Requests.Should().ContainSingle().Which.Should().HaveCount(4);
    }
}
