using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Simulator.World;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Simulator;
using MarketState = PolyCopy.Modules.Simulator.World.MarketState;

namespace PolyCopy.Tests.Streaming;

/// <summary>The streamer over real sockets and real REST against the simulated venue, on one clock, on good days and bad.</summary>
public class SimulatorFeedTests : IAsyncLifetime
{
    private const int Markets = 12;

    private readonly FakeTimeProvider _clock = new(Lab.Start);
    private readonly RecordedFeed _feed = new();
    private readonly RecordedLogs _logs = new();
    private readonly FakeInterest _interest = new();
    private readonly List<MarketState> _markets = [];
    private Lab _lab = null!;
    private IHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _lab = await Lab.StartAsync(_clock);
        lock (_lab.World.Gate)
            _markets.AddRange(_lab.World.Markets.Where(m => m.AcceptsOrders && m.HasBook && m.Market.EndDate > Lab.Start.AddDays(5)).Take(Markets));
        foreach (var market in _markets)
            _interest.Hold(market.Market.Id, [TokenId.Parse(market.Market.TokenIds[0])]);
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration["Simulator:Url"] = _lab.Http.BaseAddress!.ToString();
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddLogging(l => l.AddProvider(_logs));
        builder.Services.AddSingleton<IMarketCatalog>(new SimulatedCatalog(_lab.World));
        builder.Services.AddSingleton<IInterestSource>(_interest);
        builder.Services.AddSingleton<IFeedListener>(_feed);
        builder.AddPolymarket();
        builder.AddStreaming();
        _host = builder.Build();
        await _host.StartAsync();
        await UntilAsync(() => Tokens.All(IsLive), "every book is live");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _lab.DisposeAsync();
    }

    private IQuoteBoard Board => _host.Services.GetRequiredService<IQuoteBoard>();

    private StreamStatus Health => _host.Services.GetRequiredService<StreamHealth>().Read();

    private IEnumerable<TokenId> Tokens => _markets.SelectMany(m => m.Market.TokenIds).Select(t => TokenId.Parse(t));

    [Fact]
    public async Task Books_follow_the_venue_level_by_level()
    {
        for (var round = 0; round < 5; round++)
        {
            await PassAsync(20);
            await AgreesAsync();
        }
        Health.Should().BeEquivalentTo(new { State = "healthy", Errors = 0, Reconnects = 0, Gaps = 0, UnknownMessages = 0, Markets, Tokens = 2 * Markets });
        Health.Frames.Should().BeGreaterThan(50);
    }

    [Fact]
    public async Task A_pushed_quote_is_on_the_board_and_in_the_listeners()
    {
        await _lab.QuoteAsync(_markets[0], "0.17", "0.71", "700");
        var (yes, no) = (TokenId.Parse(_markets[0].Market.TokenIds[0]), TokenId.Parse(_markets[0].Market.TokenIds[1]));
        await UntilAsync(() => Quote(yes).BestBid == Wire.P("0.17") && Quote(no).BestBid == Wire.P("0.29"), "the quote arrives");
        (Quote(yes).BestAsk, Quote(yes).TriggerBid, Quote(yes).Trust, Quote(no).BestAsk).Should().Be((Wire.P("0.71"), Wire.P("0.17"), QuoteTrust.Live, Wire.P("0.83")));
        Board.Depth(no)!.Bids[0].Size.Should().Be(Wire.S("700"));
    }

    [Fact]
    public async Task A_resolution_is_told()
    {
        var market = _markets[0];
        (await _lab.PostAsync($"control/markets/{market.Market.ConditionId}/resolve", new { winner = market.Market.Outcomes[1] })).Status.Should().Be(200);
        await UntilAsync(() => _feed.Lines.Any(l => l == $"resolved {market.Market.ConditionId} {market.Market.TokenIds[1]}"), "the resolution is told");
    }

    [Theory]
    [InlineData("F1", 40)]
    [InlineData("F2", 60)]
    [InlineData("F12", 10)]
    [InlineData("F13", 20)]
    [InlineData("F14", 20)]
    [InlineData("F15", 20)]
    [InlineData("F17", 5)]
    [InlineData("F18", 10)]
    [InlineData("F41", 20)]
    [InlineData("F55", 20)]
    [InlineData("F59", 20)]
    [InlineData("F60", 10)]
    public async Task Every_fault_of_the_market_channel_is_outlived(string fault, int seconds)
    {
        (await _lab.FaultAsync(fault, "ws/market", seconds: seconds)).Status.Should().Be(200);
        await PassAsync(seconds);
        await PassAsync(35);
        await UntilAsync(() => Tokens.All(IsLive) && Health.State == "healthy", "the feed recovers");
        await AgreesAsync();
    }

    [Theory]
    [InlineData("F10", "8")]
    [InlineData("F11", null)]
    public async Task F10_F11_tokens_whose_book_never_comes_are_read_by_REST(string fault, string? variant)
    {
        (await _lab.FaultAsync(fault, "ws/market", variant: variant)).Status.Should().Be(200);
        (await _lab.FaultAsync("F60", "ws/market", seconds: 10)).Status.Should().Be(200); // the next connection is the faulty one; long enough for a frame to come meanwhile
        await UntilAsync(() => Health.Reconnects > 0, "it connects again");
        await PassAsync(30);
        var armed = _markets.Select(m => TokenId.Parse(m.Market.TokenIds[0])).ToList();
        await UntilAsync(() => armed.All(t => Quote(t).Trust is QuoteTrust.Live or QuoteTrust.Rest), "armed tokens have a price");
        if (fault == "F10")
            Tokens.Count(IsLive).Should().BeLessThanOrEqualTo(8, "the fault holds");

        // F10: of this one nothing comes; F11: its book came by REST, its changes come by the socket
        var deaf = _markets.First(m => fault == "F11" || Quote(TokenId.Parse(m.Market.TokenIds[0])).Trust == QuoteTrust.Rest);
        await _lab.QuoteAsync(deaf, "0.17", "0.71", "700");
        await UntilAsync(() => Quote(TokenId.Parse(deaf.Market.TokenIds[0])).BestBid == Wire.P("0.17"), "its next move is seen");

        (await _lab.Http.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        (await _lab.FaultAsync("F60", "ws/market", seconds: 1)).Status.Should().Be(200);
        await UntilAsync(() => Tokens.All(IsLive), "the feed recovers");
        await AgreesAsync();
    }

    [Fact]
    public async Task A_mute_feed_is_named_and_armed_exits_are_protected_by_REST_until_it_recovers()
    {
        (await _lab.FaultAsync("F1", "ws/market", seconds: 120)).Status.Should().Be(200);
        await UntilAsync(() => Health.Reason?.StartsWith("feed mute", StringComparison.Ordinal) == true, "the mute feed is named");
        await UntilAsync(() => _markets.All(m => Quote(TokenId.Parse(m.Market.TokenIds[0])).Trust is QuoteTrust.Rest), "armed tokens are read by REST");
        await UntilAsync(() => _feed.Lines.Count(l => l.Contains(" lost: ")) > 0, "owners are told");
        await PassAsync(120);
        await UntilAsync(() => Tokens.All(IsLive) && Health.State == "healthy", "the feed recovers");
        await UntilAsync(() => _feed.Lines.Any(l => l.Contains(" back: ")), "owners are told that it is back");
        await AgreesAsync();
    }

    [Fact]
    public async Task Ghost_books_from_REST_do_not_replace_live_ones()
    {
        (await _lab.FaultAsync("F16", "clob", seconds: 100)).Status.Should().Be(200);
        (await _lab.FaultAsync("F13", "ws/market", seconds: 20)).Status.Should().Be(200);
        for (var i = 0; i < 20; i++)
        {
            await PassAsync(5);
            Tokens.Count(t => Quote(t).Trust == QuoteTrust.Phantom).Should().Be(0);
        }
    }

    private Quote Quote(TokenId token) => Board.TryRead(token, out var quote) ? quote : default;

    private bool IsLive(TokenId token) => Quote(token).Trust == QuoteTrust.Live;

    // The clock stands still while we compare: what is on its way arrives, nothing new happens.
    private async Task AgreesAsync()
    {
        var rest = _host.Services.GetRequiredService<IMarketData>();
        var started = Stopwatch.GetTimestamp();
        string? difference;
        do
        {
            await Task.Delay(20);
            difference = Difference(await rest.BooksAsync([.. Tokens], CancellationToken.None));
        }
        while (difference is not null && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60));
        difference.Should().BeNull();
    }

    private string? Difference(IReadOnlyList<BookSnapshot> venue)
    {
        if (venue.Count != 2 * Markets)
            return $"{venue.Count} books";
        foreach (var theirs in venue)
        {
            var ours = Board.Depth(theirs.Token);
            if (ours is null || !ours.Bids.SequenceEqual(theirs.Bids) || !ours.Asks.SequenceEqual(theirs.Asks))
                return $"{theirs.Token}: {string.Join(' ', ours?.Bids ?? [])} | {string.Join(' ', ours?.Asks ?? [])} instead of {string.Join(' ', theirs.Bids)} | {string.Join(' ', theirs.Asks)}";
        }
        return null;
    }

    private async Task PassAsync(double seconds)
    {
        for (var passed = 0; passed < seconds * 1000; passed += 100)
            await StepAsync();
    }

    private async Task UntilAsync(Func<bool> so, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!so())
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(60))
                throw new TimeoutException($"waited in vain until {what}: {Health}; {string.Join(" | ", _logs.Lines.Where(l => !l.StartsWith("Updated", StringComparison.Ordinal)).TakeLast(20))}");
            await StepAsync();
        }
    }

    // A tenth of a second of the venue and the product in a few real milliseconds, which sockets and threads need.
    private async Task StepAsync()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await Task.Delay(3);
    }

    /// <summary>The catalogue as the simulated venue would fill it.</summary>
    private sealed class SimulatedCatalog(SimWorld world) : IMarketCatalog
    {
        public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => new(TryGet(idConditionOrSlug));

        public Market? TryGet(string idConditionOrSlug)
        {
            lock (world.Gate)
            {
                var found = world.Markets.FirstOrDefault(m => m.Market.Id == idConditionOrSlug || m.Market.ConditionId == idConditionOrSlug);
                return found is null ? null : new Market(
                    found.Market.Id, found.Market.ConditionId, found.Market.Question, found.Market.Id, found.Market.Outcomes, [.. found.Market.TokenIds.Select(t => TokenId.Parse(t))], [], null, "poll", default, default,
                    found.Tick, Wire.S("5"), found.Market.NegRisk, "v1", Modules.Venue.FeeSchedule.None, TimeSpan.Zero, true, false, true, null, null, null, 0, 0, null, null, null, null, null, [], null);
            }
        }

        public Market? ByToken(TokenId token) => null;

        public Task<Market?> RefreshAsync(string marketId, CancellationToken ct) => Task.FromResult(TryGet(marketId));

        public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();

        public void Viewed(string marketId)
        {
        }
    }
}
