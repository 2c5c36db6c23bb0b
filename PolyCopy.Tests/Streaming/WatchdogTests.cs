using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using static PolyCopy.Tests.Streaming.FakeCatalog;

namespace PolyCopy.Tests.Streaming;

/// <summary>A mute feed against a quiet market, tokens the venue forgot, and what protects exits meanwhile.</summary>
public class WatchdogTests
{
    [Fact]
    public async Task A_quiet_market_is_not_stale()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        var socket = lab.Socket;
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.44", "0.46");
        lab.Venue.Books[No("7")] = Wire.Rest(No("7"), "0.54", "0.56");
        await lab.PassAsync(TimeSpan.FromMinutes(10), 500);
        socket.Closed.IsCompleted.Should().BeFalse();
        lab.Show(Yes("7")).Should().Be("0.44/0.46 trigger 0.44 Live");
        lab.Health.State.Should().Be("healthy");
        lab.Venue.Requests.Count.Should().BeInRange(40, 70, "a silent connection is compared every ten seconds");
    }

    [Fact]
    public async Task A_mute_feed_that_answers_PONG_is_found_out_and_replaced()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        var mute = lab.Socket;
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.30", "0.32", ms: 60_000);
        lab.Venue.Books[No("7")] = Wire.Rest(No("7"), "0.54", "0.56");
        var started = lab.Clock.GetTimestamp();
        await lab.UntilAsync(() => mute.Closed.IsCompleted, stepMs: 250);
        lab.Clock.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(16));
        mute.Pings.Should().BeGreaterThan(0);
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1 && lab.Socket.Tokens.Count == 2);
        lab.Health.Reason.Should().StartWith("feed mute");
        lab.Socket.Send(Wire.Book(Yes("7"), "0.30", "0.32", ms: 60_000));
        lab.Health.Reason.Should().BeNull();
        lab.Health.Gaps.Should().Be(1);
    }

    [Fact]
    public async Task A_change_that_was_only_on_its_way_is_no_muteness()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.45", "0.46", ms: 60_000);
        lab.Venue.Meanwhile = () => lab.Socket.Send(Wire.Book(Yes("7"), "0.45", "0.46", ms: 60_000));
        await lab.PassAsync(TimeSpan.FromSeconds(40));
        lab.Feed.All.Should().ContainSingle();
    }

    [Fact]
    public async Task A_stale_REST_cache_does_not_make_a_feed_mute()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.01", "0.99", ms: 900);
        await lab.PassAsync(TimeSpan.FromMinutes(1));
        lab.Feed.All.Should().ContainSingle();
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Live);
    }

    [Fact]
    public async Task Without_REST_nobody_can_tell_and_the_connection_stays()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Venue.Refusal = new VenueException(VenueFailure.Unreachable, "no route");
        await lab.PassAsync(TimeSpan.FromMinutes(2), 500);
        lab.Feed.All.Should().ContainSingle();
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Live);
    }

    [Fact]
    public async Task A_subscription_that_brings_no_book_at_all_is_a_mute_feed()
    {
        await using var lab = new FeedLab();
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.44", "0.46");
        await lab.StartAsync("7");
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1);
        var mute = lab.Socket;
        lab.Health.Reason.Should().Be("connecting");
        await lab.UntilAsync(() => mute.Closed.IsCompleted);
        lab.Show(Yes("7")).Should().StartWith("0.44/0.46");
        await lab.UntilAsync(() => lab.Health.Reason?.StartsWith("feed mute", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_token_that_the_venue_forgot_is_read_by_REST_and_asked_for_again()
    {
        await using var lab = await new FeedLab().StartAsync("7", "8");
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1 && lab.Socket.Tokens.Count == 4);
        foreach (var token in TokensOf("8"))
            lab.Venue.Books[token] = Wire.Rest(token, "0.20", "0.22");
        void Others() => lab.Socket.Send(Wire.Book(Yes("7"), "0.44", "0.46"), Wire.Book(No("7"), "0.54", "0.56"));
        Others();
        await lab.PassAsync(TimeSpan.FromSeconds(9), each: Others);
        lab.Quote(Yes("8")).Trust.Should().Be(QuoteTrust.None);
        await lab.PassAsync(TimeSpan.FromSeconds(2), each: Others);
        lab.Show(Yes("8")).Should().Be("0.2/0.22 trigger 0.2 Rest");
        lab.Socket.Said.Should().ContainInOrder($"unsubscribe {Yes("8")},{No("8")}", $"subscribe {Yes("8")},{No("8")}");
        lab.Feed.All.Should().ContainSingle();
        lab.Socket.Send(Wire.Change(Yes("8"), "BUY", "0.21", "50", "0.21", "0.22", ms: 5_000));
        lab.Show(Yes("8")).Should().Be("0.21/0.22 trigger 0.21 Live", "changes came, only the dump had not");
    }

    [Fact]
    public async Task NO_NEW_ASSETS_instead_of_a_book_makes_us_unsubscribe_first()
    {
        await using var lab = await new FeedLab().StartAsync("7");
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1 && lab.Socket.Tokens.Count == 2);
        lab.Socket.Send("NO NEW ASSETS");
        await lab.UntilAsync(() => lab.IsSocket(s => s.Said.Count == 3));
        lab.Socket.Said.Skip(1).Should().Equal($"unsubscribe {Yes("7")},{No("7")}", $"subscribe {Yes("7")},{No("7")}");
        lab.Socket.Send("NO NEW ASSETS");
        await lab.PassAsync(TimeSpan.FromSeconds(5));
        lab.Socket.Said.Should().HaveCount(3, "a venue that says so for ever is not hammered");
    }

    [Fact]
    public async Task Armed_tokens_are_read_every_second_while_the_socket_is_down_and_owners_are_told()
    {
        await using var lab = new FeedLab();
        lab.Source.Hold("7", Yes("7"));
        lab.Source.Hold("8");
        await lab.StartAsync();
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1 && lab.Socket.Tokens.Count == 4);
        foreach (var token in TokensOf("7").Concat(TokensOf("8")))
            lab.Socket.Send(Wire.Book(token, "0.44", "0.46"));
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.33", "0.35");
        lab.Venue.Books[Yes("8")] = Wire.Rest(Yes("8"), "0.33", "0.35");
        lab.Feed.Refusal = new VenueException(VenueFailure.Unreachable, "connection refused");
        lab.Venue.Requests.Clear();
        lab.Socket.Close("1006");

        await lab.UntilAsync(() => lab.Quote(Yes("7")).Trust == QuoteTrust.Rest);
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        lab.Venue.Requests.Should().OnlyContain(r => r.Single() == Yes("7"), "only armed tokens are read");
        lab.Venue.Requests.Count.Should().BeInRange(9, 12);
        lab.Listener.Lines.Should().Equal($"protection {Yes("7")} lost: connection refused");
        lab.Health.Unprotected.Should().Be(1);
        lab.Health.Reason.Should().Be("connection refused");

        lab.Feed.Refusal = null;
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1 && lab.Socket.Tokens.Count == 4, stepMs: 250);
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Rest, "until the new connection has sent its book");
        foreach (var token in TokensOf("7"))
            lab.Socket.Send(Wire.Book(token, "0.30", "0.32"));
        lab.Show(Yes("7")).Should().Be("0.3/0.32 trigger 0.3 Live");
        await lab.UntilAsync(() => lab.Listener.Lines.Count == 2);
        lab.Listener.Lines.Last().Should().Be($"protection {Yes("7")} back: live again");
    }

    [Fact]
    public async Task A_short_reconnect_is_nobodys_news()
    {
        await using var lab = new FeedLab();
        lab.Source.Hold("7", Yes("7"));
        await lab.StartAsync();
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1 && lab.Socket.Tokens.Count == 2);
        lab.Socket.Send(Wire.Book(Yes("7"), "0.44", "0.46"), Wire.Book(No("7"), "0.54", "0.56"));
        await lab.PassAsync(TimeSpan.FromSeconds(1));
        lab.Socket.Close("1006");
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1 && lab.Socket.Tokens.Count == 2);
        lab.Socket.Send(Wire.Book(Yes("7"), "0.44", "0.46"), Wire.Book(No("7"), "0.54", "0.56"));
        await lab.PassAsync(TimeSpan.FromSeconds(5));
        lab.Listener.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task REST_prices_are_forgotten_when_REST_fails_too()
    {
        await using var lab = new FeedLab(("Streamer:Enabled", "false"));
        lab.Source.Hold("7", Yes("7"));
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.30", "0.32");
        await lab.StartAsync();
        await lab.UntilAsync(() => lab.Quote(Yes("7")).Trust == QuoteTrust.Rest);
        lab.Venue.Refusal = new VenueException(VenueFailure.RateLimited, "429", TimeSpan.FromSeconds(4));
        lab.Venue.Requests.Clear();
        await lab.PassAsync(TimeSpan.FromSeconds(4));
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.Rest);
        await lab.PassAsync(TimeSpan.FromSeconds(3));
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.None);
        lab.Venue.Requests.Count.Should().BeInRange(1, 2, "the venue asked for four seconds of peace");
    }

    [Fact]
    public async Task A_token_without_a_book_is_told_once_and_again_when_the_book_is_back()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Venue.Books[No("7")] = Wire.Rest(No("7"), "0.54", "0.56");
        await lab.PassAsync(TimeSpan.FromSeconds(45));
        lab.Listener.Lines.Should().Equal($"book {Yes("7")} missing");
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.44", "0.46");
        await lab.UntilAsync(() => lab.Listener.Lines.Count == 2, stepMs: 250);
        lab.Listener.Lines.Last().Should().Be($"book {Yes("7")} exists");
    }
}
