using Microsoft.Extensions.Configuration;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using static PolyCopy.Tests.Streaming.FakeCatalog;

namespace PolyCopy.Tests.Streaming;

public class StreamerTests
{
    [Fact]
    public async Task Nothing_held_means_no_connection_and_idle_health()
    {
        await using var lab = await new FeedLab().StartAsync();
        await lab.PassAsync(TimeSpan.FromSeconds(5));
        lab.Feed.Attempts.Should().Be(0);
        lab.Health.State.Should().Be("idle");
        lab.Health.IsDegraded.Should().BeFalse();
    }

    [Fact]
    public async Task Held_markets_are_subscribed_at_start_with_both_tokens()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Socket.Said.Should().Equal($"subscribe {Yes("7")},{No("7")}");
        lab.Show(Yes("7")).Should().Be("0.44/0.46 trigger 0.44 Live");
        lab.Health.State.Should().Be("healthy");
        lab.Health.Should().BeEquivalentTo(new { Connected = true, Markets = 1, Tokens = 2, Connections = 1 });
        lab.Logs.Lines.Should().ContainInOrder("Auto-subscribed to market 7", "Subscribed to 1 markets").And.ContainInOrder("WebSocket connected", "Subscribed to 2 token IDs from 1 markets");
    }

    [Fact]
    public async Task A_trade_subscribes_at_once_on_the_open_connection_and_the_last_close_ends_it()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        var socket = lab.Socket;
        lab.Interest.Add("8");
        lab.Interest.Add("8");
        await lab.UntilAsync(() => socket.Tokens.Count == 4);
        socket.Said.Should().HaveCount(2).And.Contain($"subscribe {Yes("8")},{No("8")}");

        lab.Interest.Remove("7");
        await lab.UntilAsync(() => socket.Tokens.Count == 2);
        lab.Logs.Lines.Should().ContainInOrder("Auto-unsubscribed from market 7", "Unsubscribed from 1 markets");
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.None);
        lab.Board.Depth(Yes("7")).Should().BeNull();

        lab.Interest.Remove("8");
        await lab.UntilAsync(() => socket.Closed.IsCompleted && lab.Health.State == "idle");
        await lab.UntilAsync(() => lab.Logs.Count("WebSocket connection closed") == 1);
    }

    [Fact]
    public async Task A_market_followed_again_gets_a_fresh_book()
    {
        await using var lab = await new FeedLab().LiveAsync("7", "8");
        var version = lab.Quote(Yes("7")).Version;
        lab.Interest.Remove("7");
        await lab.UntilAsync(() => lab.IsSocket(s => s.Tokens.Count == 2));
        lab.Interest.Add("7");
        await lab.UntilAsync(() => lab.IsSocket(s => s.Tokens.Count == 4));
        lab.Socket.Said.Should().ContainInOrder($"unsubscribe {Yes("7")},{No("7")}", $"subscribe {Yes("7")},{No("7")}");
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.None);
        lab.Socket.Send(Wire.Book(Yes("7"), "0.50", "0.52"));
        lab.Show(Yes("7")).Should().Be("0.5/0.52 trigger 0.5 Live");
        lab.Quote(Yes("7")).Version.Should().BeGreaterThan(version);
    }

    [Fact]
    public async Task A_connection_carries_200_tokens_at_most()
    {
        var markets = Enumerable.Range(1, 201).Select(i => $"{i}").ToArray();
        await using var lab = await new FeedLab().LiveAsync(markets);
        lab.Feed.Open.Select(s => s.Tokens.Count).Order().Should().Equal(2, 200, 200);
        lab.Health.Should().BeEquivalentTo(new { Connections = 3, Markets = 201, Tokens = 402, State = "healthy" });
    }

    [Fact]
    public async Task The_sweep_repairs_drift_in_both_directions()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Interest.Add("9");
        await lab.UntilAsync(() => lab.IsSocket(s => s.Tokens.Count == 4));
        lab.Source.Hold("8");
        await lab.PassAsync(TimeSpan.FromMinutes(5), 1000, () => lab.Socket.Send(Wire.Book(Yes("7"), "0.44", "0.46")));
        await lab.UntilAsync(() => lab.IsSocket(s => s.Tokens.Contains(Yes("8").Digits) && !s.Tokens.Contains(Yes("9").Digits)));
        lab.Socket.Tokens.Should().Contain(Yes("7").Digits);
    }

    [Fact]
    public async Task A_sweep_that_fails_drops_nothing_and_is_tried_again()
    {
        await using var lab = new FeedLab();
        lab.Source.Broken = true;
        await lab.StartAsync("7");
        lab.Interest.Add("9");
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1);
        lab.Source.Broken = false;
        await lab.UntilAsync(() => lab.IsSocket(s => s.Tokens.Contains(Yes("7").Digits)));
    }

    [Fact]
    public async Task A_market_without_token_ids_is_asked_for_at_once_and_again_until_it_has_them()
    {
        await using var lab = new FeedLab();
        lab.Catalog.Tokenless["7"] = true;
        await lab.StartAsync("7");
        await lab.UntilAsync(() => lab.Catalog.Refreshed.Count == 1);
        lab.Logs.Lines.Should().Contain("No token IDs found for market 7");
        await lab.UntilAsync(() => lab.Health.Reason == "no token ids for 1 markets");
        lab.Catalog.Tokenless.Clear();
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1);
        lab.Socket.Send(Wire.Book(Yes("7"), "0.44", "0.46"));
        lab.Health.State.Should().Be("healthy");
    }

    [Fact]
    public async Task A_PING_is_sent_every_ten_seconds()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        await lab.PassAsync(TimeSpan.FromSeconds(61), each: () => lab.Socket.Send(Wire.Book(Yes("7"), "0.44", "0.46"), Wire.Book(No("7"), "0.54", "0.56")));
        lab.Socket.Pings.Should().BeInRange(5, 6);
        lab.Logs.Count("Sent PING to maintain connection").Should().Be(lab.Socket.Pings);
    }

    [Fact]
    public async Task Price_updates_are_logged_at_most_once_a_market_and_second()
    {
        await using var lab = await new FeedLab().LiveAsync("7", "8");
        await lab.PassAsync(TimeSpan.FromSeconds(10), each: () => lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.43", "7", "0.44", "0.46")));
        lab.Logs.Count("Updated prices for market 7").Should().BeInRange(8, 11);
        lab.Logs.Count("Updated prices for market 8").Should().Be(1);
        lab.Health.ToReport().Streamer.MarketUpdater.Updates.Should().BeGreaterThan(30);
    }

    [Fact]
    public async Task Late_frames_of_a_connection_that_was_given_up_change_nothing()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        var old = lab.Socket;
        old.Close("1006");
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1 && lab.Socket.Tokens.Count == 2);
        old.Send(Wire.Book(Yes("7"), "0.10", "0.90"), Wire.Change(Yes("7"), "BUY", "0.11", "50", "0.11", "0.90"));
        lab.Show(Yes("7")).Should().Be("0.44/0.46 trigger 0.44 None");

        lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.45", "50", "0.45", "0.46"));
        lab.Quote(Yes("7")).Trust.Should().Be(QuoteTrust.None, "a change means nothing before the snapshot");
        lab.Socket.Send(Wire.Book(Yes("7"), "0.40", "0.42"));
        lab.Show(Yes("7")).Should().Be("0.4/0.42 trigger 0.4 Live");
        lab.Health.LateFrames.Should().Be(2);
        lab.Health.Reconnects.Should().Be(1);
    }

    [Fact]
    public async Task Losing_the_connection_takes_the_trust_of_every_quote_and_tells_listeners()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Quotes.All.Clear();
        lab.Socket.Close("1013 slow consumer: send buffer full");
        await lab.UntilAsync(() => lab.Quotes.All.Count == 2);
        lab.Quotes.All.Should().OnlyContain(q => q.Trust == QuoteTrust.None);
        lab.Health.Reason.Should().Be("1013 slow consumer: send buffer full");
        lab.Logs.Lines.Should().Contain("WebSocket connection closed");
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1 && lab.Socket.Tokens.Count == 2);
        lab.Quotes.All.Clear();
        lab.Socket.Send(Wire.Book(Yes("7"), "0.20", "0.22"));
        lab.Quotes.All.Should().ContainSingle("the first trusted book after a reconnect is evaluated as a tick").Which.Trust.Should().Be(QuoteTrust.Live);
        lab.Health.Reason.Should().BeNull();
    }

    [Fact]
    public async Task A_half_open_socket_is_given_up()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        var old = lab.Socket;
        old.Pongs = false;
        await lab.UntilAsync(() => old.Closed.IsCompleted, stepMs: 250);
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1);
    }

    [Fact]
    public async Task A_server_that_accepts_and_drops_is_not_hammered()
    {
        await using var lab = await new FeedLab().StartAsync("7");
        await lab.PassAsync(TimeSpan.FromMinutes(2), 100, () =>
        {
            foreach (var socket in lab.Feed.Open)
                socket.Close("1006");
        });
        lab.Feed.Attempts.Should().BeInRange(5, 40);
    }

    [Fact]
    public async Task A_refused_upgrade_names_the_cause_and_waits_long()
    {
        await using var lab = new FeedLab();
        lab.Feed.Refusal = new VenueException(VenueFailure.Blocked, "the market channel answered 403 to the upgrade");
        await lab.StartAsync("7");
        await lab.UntilAsync(() => lab.Health.Reason?.StartsWith("blocked", StringComparison.Ordinal) == true);
        await lab.PassAsync(TimeSpan.FromSeconds(29));
        lab.Feed.Attempts.Should().Be(1);
        lab.Feed.Refusal = null;
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1);
    }

    [Fact]
    public async Task Disabled_means_no_connection_and_says_so_while_armed_exits_are_still_read_by_REST()
    {
        await using var lab = new FeedLab(("Streamer:Enabled", "false"));
        lab.Source.Hold("7", Yes("7"));
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.30", "0.32");
        await lab.StartAsync();
        await lab.UntilAsync(() => lab.Quote(Yes("7")).Trust == QuoteTrust.Rest);
        lab.Feed.Attempts.Should().Be(0);
        lab.Health.Reason.Should().Be("disabled");
        lab.Health.ToReport().Should().BeEquivalentTo(new { WebSocketManager = "degraded", StreamerConnected = false, WebSocketConnected = false, Reason = "disabled" });
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("True", true)]
    [InlineData("off", false)]
    public void The_switch_is_read_as_people_write_it(string text, bool enabled) =>
        StreamerOptions.From(new ConfigurationBuilder().AddInMemoryCollection([new("Streamer:Enabled", text)]).Build()).Enabled.Should().Be(enabled);

    [Fact]
    public void A_switch_that_is_neither_stops_the_host() =>
        FluentActions.Invoking(() => new FeedLab(("Streamer:Enabled", "maybe"))).Should().Throw<SettingException>().WithMessage("*STREAMER_ENABLED*'maybe'*");

    [Fact]
    public async Task A_book_that_is_still_on_its_way_when_nobody_needs_the_market_any_more_is_dropped()
    {
        await using var lab = await new FeedLab().LiveAsync("7", "8");
        lab.Venue.Books[Yes("7")] = Wire.Rest(Yes("7"), "0.20", "0.22", ms: 5_000);
        lab.Venue.Meanwhile = () =>
        {
            lab.Interest.Remove("7");
            SpinWait.SpinUntil(() => !lab.Socket.Tokens.Contains(Yes("7").Digits), TimeSpan.FromSeconds(60)).Should().BeTrue();
        };
        for (var i = 0; i < 3; i++)
            lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.30", $"{i + 10}", "0.45", "0.46"));
        await lab.UntilAsync(() => !lab.Socket.Tokens.Contains(Yes("7").Digits));
        await lab.PassAsync(TimeSpan.FromSeconds(2));
        lab.Show(Yes("7")).Should().Be("0.44/0.46 trigger 0.44 None");
    }

    [Fact]
    public async Task A_token_that_never_had_a_book_has_no_quote()
    {
        await using var lab = await new FeedLab().StartAsync("7");
        await lab.UntilAsync(() => lab.Feed.Open.Count == 1);
        lab.Socket.Close("1006");
        await lab.PassAsync(TimeSpan.FromSeconds(1));
        lab.Board.TryRead(Yes("7"), out _).Should().BeFalse();
        lab.Quotes.All.Should().NotContain(q => q.Token == Yes("7"));
    }

    [Fact]
    public async Task A_resolution_is_told_after_the_catalogue_was_refreshed()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Socket.Send($$"""{"event_type":"market_resolved","id":"7","market":"0x{{"7".PadLeft(64, '0')}}","assets_ids":["{{Yes("7")}}","{{No("7")}}"],"winning_asset_id":"{{Yes("7")}}","winning_outcome":"Yes","timestamp":"3"}""");
        await lab.UntilAsync(() => !lab.Listener.Lines.IsEmpty);
        lab.Listener.Lines.Should().Equal($"resolved 0x{"7".PadLeft(64, '0')} {Yes("7")}");
        lab.Catalog.Refreshed.Should().Equal("7");
    }

    [Fact]
    public async Task Unknown_and_unreadable_messages_are_counted_and_what_follows_is_read()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Quotes.All.Clear();
        lab.Socket.Send("{\"event_type\":\"comet\"}", "{\"event_type\":", "INVALID OPERATION", Wire.Change(Yes("7"), "BUY", "0.45", "9", "0.45", "0.46"));
        lab.Quotes.All.Should().ContainSingle().Which.BestBid.Should().Be(Wire.P("0.45"));
        lab.Health.Should().BeEquivalentTo(new { Frames = 6, UnknownMessages = 2, Errors = 1 });
        lab.Health.ErrorRate.Should().BeApproximately(1 / 6.0, 1e-9);
    }

    [Fact]
    public async Task Many_unreadable_messages_degrade_until_the_last_minute_is_clean()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        var good = Enumerable.Range(0, 400).Select(i => Wire.Change(Yes("7"), "BUY", "0.45", "9", "0.45", "0.46", 2_000 + i)).ToArray();
        lab.Socket.Send([.. good, "{\"event_type\":", "{\"event_type\":", "{\"event_type\":"]);
        lab.Health.Reason.Should().BeNull("three of four hundred are fewer than one percent");

        lab.Socket.Send("{\"event_type\":", "{\"event_type\":");
        lab.Health.Should().BeEquivalentTo(new { State = "degraded", Reason = "unreadable messages: more than 1 % in the last minute" });
        await lab.UntilAsync(() => lab.Health.Reason is null, "the minute is over", stepMs: 1_000);

        lab.Health.Errors.Should().Be(5);
    }

    [Fact]
    public async Task A_failing_listener_does_not_end_the_connection()
    {
        await using var lab = await new FeedLab().LiveAsync("7");
        lab.Quotes.Fails = true;
        lab.Socket.Send(Wire.Change(Yes("7"), "BUY", "0.45", "9", "0.45", "0.46"), Wire.Change(No("7"), "SELL", "0.55", "9", "0.54", "0.55"));
        lab.Show(Yes("7")).Should().Be("0.45/0.46 trigger 0.45 Live");
        lab.Show(No("7")).Should().Be("0.54/0.55 trigger 0.54 Live");
        lab.Logs.Lines.Should().Contain("Quote listener RecordedQuotes failed");
    }
}
