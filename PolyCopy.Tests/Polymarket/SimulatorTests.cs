using System.Threading.Channels;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.World;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Polymarket;

/// <summary>The adapters against the simulator: two independent readings of the same protocol.</summary>
public class SimulatorTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Keys_are_created_once_and_derived_ever_after()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        using var key = SigningKey.Parse("7".PadLeft(64, '0'));
        var l1 = L1Auth.Headers(key, Exchanges.Polygon, venue.Clock.UtcNow, 0);
        (await venue.Auth.DeriveAsync(l1, default)).Should().BeNull();
        var created = await venue.Auth.CreateAsync(l1, default);
        (await venue.Auth.DeriveAsync(l1, default)).Should().Be(created).And.NotBeNull();
    }

    [Fact]
    public async Task All_markets_of_the_venue_are_read()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        await venue.Lab.FaultAsync("F55", "gamma");
        var markets = new List<VenueMarket>();
        string? cursor = null;
        do
        {
            var page = await venue.Data.ListAsync(new MarketFilter(), cursor, default);
            markets.AddRange(page.Markets);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        markets.Select(m => m.Id).Should().OnlyHaveUniqueItems();
        markets.Should().BeInDescendingOrder(m => m.Volume24h);
        markets.Where(m => m.AcceptingOrders).Should().HaveCountGreaterThan(200).And.OnlyContain(m => m.Tokens.Count == m.Outcomes.Count && m.OutcomePrices.Count == m.Outcomes.Count && m.EventTitle != null && m.Tags.Count > 0);
        var some = markets.Where((_, i) => i % 17 == 0).ToList();
        (await venue.Data.ByConditionAsync([.. some.Select(m => m.ConditionId)], default)).Select(m => m.Id).Should().BeEquivalentTo(some.Select(m => m.Id));
        var one = markets[3];
        (await venue.Data.FindAsync(one.Id, default))!.ConditionId.Should().Be(one.ConditionId);
        (await venue.Data.FindAsync(one.Slug, default))!.ConditionId.Should().Be(one.ConditionId);
        (await venue.Data.FindAsync("no-such-market", default)).Should().BeNull();
        (await venue.Data.FindAsync("999999999", default)).Should().BeNull();
        (await venue.Data.SearchAsync(one.Question, 20, default)).Should().Contain(m => m.Id == one.Id);
    }

    [Fact]
    public async Task Books_rules_and_history_are_read()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var market = await venue.Lab.MarketAsync(fees: true);
        var token = TokenId.Parse(market.Market.TokenIds[0]);
        var other = TokenId.Parse(market.Market.TokenIds[1]);
        var book = (await venue.Data.BookAsync(token, default))!;
        (book.Bids[0].Price, book.Asks[0].Price).Should().Be((new Price(4400), new Price(4500)));
        (await venue.Data.BooksAsync([token, TokenId.Parse("1"), other], default)).Should().HaveCount(2);
        (await venue.Data.BookAsync(TokenId.Parse("1"), default)).Should().BeNull();
        await venue.Lab.FaultAsync("F56", "clob");
        var rules = (await venue.Data.RulesAsync(market.Market.ConditionId, default))!;
        rules.AcceptingOrders.Should().BeTrue();
        rules.Fee.Rate.Should().BePositive();
        rules.Tokens.Single(t => t.Token == token).Outcome.Should().Be(market.Market.Outcomes[0], "whatever the order in which they come");
        (await venue.Data.HistoryAsync(token, "1d", 5, default)).Should().HaveCountGreaterThan(100).And.BeInAscendingOrder(p => p.At);
        await venue.Lab.FaultAsync("F53", "clob");
        (await venue.Data.BookAsync(token, default)).Should().BeNull();
        (await venue.Data.BooksAsync([token], default)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_resolution_is_read_as_payouts()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var (market, tie) = (await venue.Lab.MarketAsync(), await venue.Lab.MarketAsync(skip: 1));
        (await venue.Data.PayoutsAsync(market.Market.ConditionId, default)).Should().BeNull();
        await venue.Lab.PostAsync($"control/markets/{market.Market.ConditionId}/resolve", new { winner = market.Market.Outcomes[1] });
        await venue.Lab.PostAsync($"control/markets/{tie.Market.ConditionId}/resolve", new { winner = "50/50" });
        (await venue.Data.PayoutsAsync(market.Market.ConditionId, default))!.Should().Equal(new Dictionary<TokenId, decimal> { [TokenId.Parse(market.Market.TokenIds[0])] = 0, [TokenId.Parse(market.Market.TokenIds[1])] = 1 });
        (await venue.Data.PayoutsAsync(tie.Market.ConditionId, default))!.Values.Should().Equal(0.5m, 0.5m);
        var gamma = await venue.Data.ByConditionAsync([market.Market.ConditionId, tie.Market.ConditionId], default);
        gamma.Should().HaveCount(2).And.OnlyContain(m => m.Closed && m.OutcomePrices.Sum() == 1);
    }

    [Fact]
    public async Task An_order_is_taken_settled_and_never_taken_twice()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var market = await venue.Lab.MarketAsync();
        var ana = await venue.AccountAsync(1);
        var started = venue.Clock.UtcNow;
        var order = Buy(venue, ana, market, OrderType.Fak, 0.45m, 100);

        var answer = await PostAsync(venue, order);
        (answer.Status, answer.Making, answer.Taking).Should().Be((PostStatus.Matched, 45_000_000, 100_000_000));
        (await PostAsync(venue, order)).Status.Should().Be(PostStatus.Duplicate);

        var lookup = await venue.Trading.LookupAsync(ana, order.Hash, started, default);
        var fill = lookup.Fills.Should().ContainSingle().Subject;
        (fill.TradeId, fill.Shares, fill.Collateral, fill.IsTaker).Should().Be((answer.TradeIds.Single(), new Shares(100_000_000), new Usdc(45_000_000), true));
        await venue.Lab.AdvanceAsync(20);
        (await venue.Trading.FillsAsync(ana, started.AddMinutes(-1), default)).Single().Status.Should().Be(SettlementStatus.Confirmed);
        (await venue.Trading.BalanceAsync(ana, null, refresh: true, default)).Should().Be(955_000_000);
        (await venue.Trading.BalanceAsync(ana, TokenId.Parse(market.Market.TokenIds[0]), refresh: true, default)).Should().Be(100_000_000);
    }

    [Fact]
    public async Task A_resting_order_is_listed_filled_from_its_own_side_and_cancelled()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var market = await venue.Lab.MarketAsync(bid: "0.40", ask: "0.50");
        var (ana, ben) = (await venue.AccountAsync(1), await venue.AccountAsync(2));
        var resting = Buy(venue, ana, market, OrderType.Gtc, 0.44m, 100);
        (await PostAsync(venue, resting)).Status.Should().Be(PostStatus.Live);
        (await venue.Trading.OpenOrdersAsync(ana, default)).Should().ContainSingle().Which.Hash.Should().Be(resting.Hash);

        (await PostAsync(venue, Buy(venue, ben, market, OrderType.Fak, 0.56m, 50, outcome: 1))).Status.Should().Be(PostStatus.Matched, "it mints with the resting order");
        var fill = (await venue.Trading.FillsAsync(ana, null, default)).Single();
        (fill.OrderHash, fill.Token, fill.Side, fill.Shares, fill.Collateral, fill.IsTaker).Should()
            .Be((resting.Hash, TokenId.Parse(market.Market.TokenIds[0]), Side.Buy, new Shares(50_000_000), new Usdc(22_000_000), false));
        (await venue.Trading.FillsAsync(ben, null, default)).Single().Collateral.Should().Be(new Usdc(28_000_000));

        (await venue.Trading.CancelAsync(ana, [resting.Hash, "0x" + new string('9', 64)], default)).Select(a => a.Error?.Code).Should().Equal(null, "order.not_cancellable");
        (await venue.Trading.CancelAsync(ana, [resting.Hash], default)).Single().Error!.Code.Should().Be("order.not_cancellable");
        (await venue.Trading.OpenOrdersAsync(ana, default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Pages_of_orders_and_trades_come_whole()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var market = await venue.Lab.MarketAsync();
        var ana = await venue.AccountAsync(1, pusd: "100000");
        var orders = Enumerable.Range(0, 220).Select(_ => Buy(venue, ana, market, OrderType.Gtc, 0.02m, 5)).ToList();
        foreach (var batch in orders.Chunk(50)) // within the signer's bucket
            while ((await venue.Trading.PostAsync(batch, default)).Any(a => a.Status == PostStatus.Held))
            {
            }
        (await venue.Trading.OpenOrdersAsync(ana, default)).Select(o => o.Hash).Should().BeEquivalentTo(orders.Select(o => o.Hash));
    }

    public static TheoryData<string, string?, PostStatus, string> Faults { get; } = new()
    {
        { "F24", "drop", PostStatus.Unknown, "venue.unreachable" },
        { "F24", "502", PostStatus.Unknown, "venue.unreachable" },
        { "F27", null, PostStatus.Unknown, "venue.error" },
        { "F28", null, PostStatus.Held, "venue.restarting" },
        { "F28", "post-only", PostStatus.Held, "venue.post_only" },
        { "F28", "cancel-only", PostStatus.Held, "venue.cancel_only" },
        { "F28", "disabled", PostStatus.Held, "venue.disabled" },
        { "F29", null, PostStatus.Unknown, "venue.blocked" },
        { "F30", "json", PostStatus.Held, "venue.rate_limited" },
        { "F30", "1015", PostStatus.Held, "venue.rate_limited" },
        { "F30", "html", PostStatus.Held, "venue.rate_limited" },
        { "F32", null, PostStatus.Rejected, "order.no_match" },
        { "F33", null, PostStatus.Rejected, "order.no_match" },
        { "F35", null, PostStatus.Rejected, "order.version" },
        { "F46", null, PostStatus.Held, "market.not_ready" },
        { "F60", null, PostStatus.Unknown, "venue.unreachable" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_bad_day_of_the_venue_has_its_name(string fault, string? variant, PostStatus expected, string code)
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var market = await venue.Lab.MarketAsync();
        var ana = await venue.AccountAsync(1);
        var started = venue.Clock.UtcNow;
        var order = Buy(venue, ana, market, OrderType.Fak, 0.45m, 20);
        (await venue.Lab.FaultAsync(fault, "clob", variant: variant)).Status.Should().Be(200);
        var answer = await PostAsync(venue, order);
        (answer.Status, answer.Error?.Code).Should().Be((expected, code));
        (await venue.Lab.Http.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        if (expected != PostStatus.Unknown)
            return;
        // doubt ends in one of two ways: the venue knows it, or the same bytes are new to it
        var known = (await venue.Trading.LookupAsync(ana, order.Hash, started, default)).Fills.Count > 0;
        (await PostAsync(venue, order)).Status.Should().Be(known ? PostStatus.Duplicate : PostStatus.Matched);
    }

    [Fact]
    public async Task Refusals_have_their_codes()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var market = await venue.Lab.MarketAsync();
        var ana = await venue.AccountAsync(1, pusd: "50");
        (await PostAsync(venue, Buy(venue, ana, market, OrderType.Fak, 0.45m, 500))).Error!.Code.Should().Be("order.balance");
        (await PostAsync(venue, Buy(venue, ana, market, OrderType.Gtc, 0.40m, 1))).Error!.Code.Should().Be("order.min_size");
        (await PostAsync(venue, Buy(venue, ana, market, OrderType.Gtc, 0.45m, 20, postOnly: true))).Error!.Code.Should().Be("order.post_only_crosses");
        (await PostAsync(venue, Buy(venue, ana, market, OrderType.Fak, 0.40m, 20))).Error!.Code.Should().Be("order.no_match");
        (await PostAsync(venue, Buy(venue, ana, market, OrderType.Gtc, 0.445m, 20))).Error!.Code.Should().Be("order.tick");
        (await PostAsync(venue, Buy(venue, ana, market, OrderType.Fak, 0.45m, 1))).Error!.Code.Should().Be("order.min_amount");
        var draft = Draft(market, Side.Buy, OrderType.Gtc, 9_000_000, 20_000_000) with { NegRisk = true };
        var wrong = venue.Trading.Sign(ana, draft);
        (await PostAsync(venue, new OutgoingOrder(ana, wrong.Hash, wrong.Body))).Status.Should().Be(PostStatus.Rejected);
    }

    [Fact]
    public async Task A_delayed_order_is_delayed()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var market = await venue.Lab.MarketAsync();
        var ana = await venue.AccountAsync(1);
        await venue.Lab.FaultAsync("F26", "clob");
        var started = venue.Clock.UtcNow;
        var order = Buy(venue, ana, market, OrderType.Fak, 0.45m, 20);
        (await PostAsync(venue, order)).Status.Should().Be(PostStatus.Delayed);
        await venue.Lab.AdvanceAsync(5);
        (await venue.Trading.LookupAsync(ana, order.Hash, started, default)).Fills.Should().ContainSingle();
    }

    [Fact]
    public async Task A_clock_that_runs_away_is_followed()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var market = await venue.Lab.MarketAsync();
        var ana = await venue.AccountAsync(1);
        await venue.Lab.FaultAsync("F57", "clob");
        await Task.Delay(2_100); // the clock is read at most every two seconds, by the real clock
        var order = Buy(venue, ana, market, OrderType.Fak, 0.45m, 20);
        (await PostAsync(venue, order)).Status.Should().Be(PostStatus.Held);
        (await PostAsync(venue, order)).Status.Should().Be(PostStatus.Matched);
    }

    [Fact]
    public async Task The_user_channel_tells_an_order_from_placement_to_confirmation()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        await venue.Lab.FaultAsync("F37", "ws/user");
        await venue.Lab.FaultAsync("F55", "ws/user");
        var market = await venue.Lab.MarketAsync();
        var ana = await venue.AccountAsync(1);
        var ear = new Ear();
        using var stop = new CancellationTokenSource();
        var listening = venue.Channel.RunAsync(ana, ear, stop.Token);
        (await ear.NextAsync()).Should().Be("connected");

        var order = Buy(venue, ana, market, OrderType.Gtc, 0.45m, 20);
        await PostAsync(venue, order);
        await venue.Lab.AdvanceAsync(20);
        var heard = new List<object>();
        while (heard.LastOrDefault() is not VenueFill { Status: SettlementStatus.Confirmed })
            heard.Add(await ear.NextAsync());
        heard.OfType<VenueOrder>().Select(o => o.Status).Should().Equal(VenueOrderStatus.Live, VenueOrderStatus.Matched);
        heard.OfType<VenueFill>().Select(f => f.Status).Should().Equal(SettlementStatus.Matched, SettlementStatus.Mined, SettlementStatus.Confirmed);
        heard.OfType<VenueFill>().Should().OnlyContain(f => f.OrderHash == order.Hash && f.Collateral == new Usdc(9_000_000) && f.IsTaker);
        await stop.CancelAsync();
        await listening.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_thousand_orders_at_once_are_each_taken_once()
    {
        await using var venue = await SimulatedVenue.StartAsync();
        var market = await venue.Lab.MarketAsync();
        await venue.Lab.QuoteAsync(market, "0.44", "0.45", size: "1000000");
        var orders = new List<OutgoingOrder>();
        for (var i = 1; i <= 20; i++)
        {
            var account = await venue.AccountAsync(i);
            orders.AddRange(Enumerable.Range(0, 50).Select(_ => Buy(venue, account, market, OrderType.Fak, 0.45m, 20)));
        }
        var started = TimeProvider.System.GetTimestamp();
        var answers = await venue.Trading.PostAsync(orders, default);
        TestContext.Current.TestOutputHelper!.WriteLine($"1,000 orders in {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:0} ms");
        answers.Should().OnlyContain(a => a.Status == PostStatus.Matched);
        var stats = (await venue.Lab.GetAsync("control/stats")).GetProperty("orders").EnumerateArray().ToList();
        stats.Should().HaveCount(1_000).And.OnlyContain(o => o.GetProperty("received").GetInt32() == 1 && o.GetProperty("accepted").GetInt32() == 1);
    }

    private static async Task<PostAnswer> PostAsync(SimulatedVenue venue, OutgoingOrder order) => (await venue.Trading.PostAsync([order], default)).Single();

    private static OutgoingOrder Buy(SimulatedVenue venue, ITradingAccount account, MarketState market, OrderType type, decimal price, decimal shares, int outcome = 0, bool postOnly = false)
    {
        var signed = venue.Trading.Sign(account, Draft(market, Side.Buy, type, (long)(price * shares * 1_000_000), (long)(shares * 1_000_000), outcome) with { PostOnly = postOnly });
        return new OutgoingOrder(account, signed.Hash, signed.Body);
    }

    private static OrderDraft Draft(MarketState market, Side side, OrderType type, long making, long taking, int outcome = 0) =>
        new(market.Market.ConditionId, TokenId.Parse(market.Market.TokenIds[outcome]), side, type, making, taking, false, null, market.Market.NegRisk, "v1");

    private sealed class Ear : IUserChannelListener
    {
        private readonly Channel<object> _heard = Channel.CreateUnbounded<object>();

        public async Task<object> NextAsync() => await _heard.Reader.ReadAsync().AsTask().WaitAsync(Deadline);

        public ValueTask ConnectedAsync(CancellationToken ct) => _heard.Writer.WriteAsync("connected", ct);

        public ValueTask OrderAsync(VenueOrder order, CancellationToken ct) => _heard.Writer.WriteAsync(order, ct);

        public ValueTask FillAsync(VenueFill fill, CancellationToken ct) => _heard.Writer.WriteAsync(fill, ct);
    }
}
