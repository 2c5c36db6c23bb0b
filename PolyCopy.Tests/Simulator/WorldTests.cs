using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

public class WorldTests
{
    private const long Share = 1_000_000;
    private readonly SimClock _clock;
    private readonly SimWorld _world;

    public WorldTests() => (_clock, _world) = Begin(7);

    private static (SimClock Clock, SimWorld World) Begin(long seed)
    {
        var clock = new SimClock(new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 12, 1, 0, TimeSpan.Zero)));
        clock.Drive(true);
        var world = new SimWorld(new SimulatorOptions { Seed = seed }, clock);
        world.Start();
        return (clock, world);
    }

    private static bool IsToken(string text) => TokenId.TryParse(text, out _) && text.Length > 70;

    private MarketState Named(string part) => _world.Markets.Single(m => m.Market.Question.Contains(part));

    private static EngineOrder Order(string hash, int token, Side side, int price, long shares, TimeInForce type = TimeInForce.Gtc, DateTimeOffset? expires = null) =>
        new(hash, "a", token, side, side == Side.Buy ? shares * price * 100 : shares * Share, side == Side.Buy ? shares * Share : shares * price * 100, type, ExpiresAt: expires);

    [Fact]
    public void The_world_holds_all_kinds_of_markets()
    {
        var markets = _world.Markets.Select(m => m.Market).ToList();

        markets.Count.Should().BeGreaterThan(200);
        markets.Select(m => m.ConditionId).Should().OnlyHaveUniqueItems();
        markets.Select(m => m.Id).Should().OnlyHaveUniqueItems();
        markets.Select(m => m.Slug).Should().OnlyHaveUniqueItems();
        markets.SelectMany(m => m.TokenIds).Should().OnlyHaveUniqueItems().And.OnlyContain(t => IsToken(t));
        markets.Select(m => m.Tick.ToString()).Distinct().Should().BeEquivalentTo("0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001");
        markets.Select(m => m.Event.Category).Distinct().Should().HaveCountGreaterThan(7);
        markets.Select(m => m.Fees.Rate).Distinct().Should().Contain(0m).And.HaveCountGreaterThan(3);
        markets.Select(m => m.Outcomes[0]).Should().Contain(["Yes", "Over", "Up", "Lakers"]);
        markets.Select(m => m.TakerDelaySeconds).Distinct().Should().BeEquivalentTo([0, 1, 2, 3]);
        markets.Where(m => m.NegRisk).GroupBy(m => m.Event).Should().HaveCountGreaterThan(15).And.OnlyContain(g => g.Count() >= 3 && g.Count() <= 10);
        markets.Should().Contain(m => !m.Active).And.Contain(m => m.Question.Contains("<script>")).And.Contain(m => m.Question.Contains('\u202E'));
        _world.Markets.Should().Contain(m => m.AcceptsOrders && m.Market.EndDate < _clock.GetUtcNow());
        _world.Markets.Where(m => m.Phase == MarketPhase.Resolved).Select(m => m.Winner).Distinct().Should().BeEquivalentTo([0, 1, (int?)null]);
    }

    [Fact]
    public void The_children_of_a_neg_risk_event_share_one_dollar()
    {
        foreach (var group in _world.Markets.Where(m => m.Market.NegRisk).GroupBy(m => m.Market.Event))
            group.Sum(m => m.Probability(_world.NowMs)).Should().BeApproximately(1, 0.01);
    }

    [Fact]
    public void Books_stand_on_the_tick_and_around_the_price()
    {
        _clock.Advance(TimeSpan.FromSeconds(30));
        foreach (var market in _world.Markets.Where(m => m.AcceptsOrders))
        {
            var (bids, asks) = market.Engine.Rows(0);
            bids.Concat(asks).Should().OnlyContain(r => new Price(r.Price).IsOnTick(market.Tick) && r.Size >= Share / 100);
            bids.Select(r => r.Price).Should().BeInDescendingOrder();
            asks.Select(r => r.Price).Should().BeInAscendingOrder();
            (bids.Count + asks.Count).Should().BeGreaterThan(5);
        }
    }

    [Fact]
    public void The_past_ends_at_the_present_price()
    {
        foreach (var market in _world.Markets.Where(m => m.AcceptsOrders && m.Engine.BestBid(0) is not null && m.Engine.BestAsk(0) is not null))
        {
            var mid = (market.Engine.BestBid(0)!.Value.TenThousandths + market.Engine.BestAsk(0)!.Value.TenThousandths) / 20_000.0;
            market.Probability(_world.NowMs).Should().BeApproximately(mid, 0.0001 + market.Tick.TenThousandths / 10_000.0);
        }
    }

    [Fact]
    public void Tens_of_levels_change_each_second_and_lively_prices_move_within_seconds()
    {
        int levels = 0, prints = 0;
        _world.BookChanged += (_, delta) =>
        {
            levels += delta.Levels.Count;
            prints += delta.Prints.Count;
        };
        var lively = _world.Markets.Where(m => m.AcceptsOrders && m.Market.Model.Liveliness >= 2).ToList();
        var before = lively.Select(m => m.Engine.BestBid(0)).ToList();

        _clock.Advance(TimeSpan.FromSeconds(60));

        levels.Should().BeInRange(60 * 20, 60 * 200);
        prints.Should().BeInRange(60, 60 * 20);
        lively.Zip(before).Count(p => p.First.Engine.BestBid(0) != p.Second).Should().BeGreaterThan(lively.Count / 2);
    }

    [Fact]
    public void The_same_seed_and_steps_make_the_same_world()
    {
        static string Play(long seed)
        {
            var (clock, world) = Begin(seed);
            var log = new StringBuilder();
            world.BookChanged += (m, d) => log.Append(m.Market.Id).AppendJoin(',', d.Levels).AppendJoin(',', d.Prints);
            clock.Advance(TimeSpan.FromSeconds(20));
            world.Markets[0].Engine.Place(Order("0x1", 0, Side.Buy, 9900, 100));
            clock.Advance(TimeSpan.FromMinutes(3));
            return log.ToString();
        }

        var first = Play(7);
        first.Should().NotBeEmpty();
        (Play(7) == first).Should().BeTrue();
        (Play(8) == first).Should().BeFalse();
    }

    [Fact]
    public void A_set_quote_fills_what_it_crosses_stands_for_a_minute_and_then_lets_go()
    {
        var market = Named("Fed leave rates unchanged");
        var ask = market.Engine.BestAsk(0)!.Value.TenThousandths;
        market.Engine.Place(Order("0x1", 0, Side.Sell, ask + 100, 40)).Status.Should().Be(PlaceStatus.Live);
        List<SimulatedTaker> hits = [];
        _world.MakersHit += (_, hit) => hits.Add(hit);

        _world.SetQuote(market, 0, ask + 300, ask + 310, 5000 * Share);

        hits.Should().ContainSingle().Which.Fills.Should().ContainSingle().Which.Should().BeEquivalentTo(new { MakerHash = "0x1", MakerPrice = ask + 100, Size = 40 * Share });
        _clock.Advance(TimeSpan.FromSeconds(59));
        market.Engine.Rows(0).Bids.Should().Equal(new BookRow(ask + 300, 4960 * Share));
        market.Engine.Rows(0).Asks.Should().Equal(new BookRow(ask + 310, 5000 * Share));
        _clock.Advance(TimeSpan.FromSeconds(60));
        market.Engine.Rows(0).Bids.Count.Should().BeGreaterThan(1);
        market.Engine.BestBid(0)!.Value.TenThousandths.Should().BeInRange(ask + 150, ask + 400, "the price finds back slowly");
    }

    [Theory]
    [InlineData(5000, 5000, 100)]
    [InlineData(0, 5000, 100)]
    [InlineData(5000, 10000, 100)]
    [InlineData(4000, 5000, 0)]
    public void A_senseless_quote_is_refused(int bid, int ask, long size) =>
        _world.Invoking(w => w.SetQuote(w.Markets[0], 0, bid, ask, size * Share)).Should().Throw<ArgumentException>();

    [Fact]
    public void A_price_near_the_end_of_the_scale_gets_a_finer_tick()
    {
        var market = Named("snap election");
        var before = market.Tick;
        market = Named("spot Solana ETF");
        List<(MarketState, Price)> changes = [];
        _world.TickChanged += (m, old) => changes.Add((m, old));

        _world.SetQuote(market, 0, 9700, 9800, 100 * Share);

        changes.Should().Equal((market, new Price(100)));
        market.Tick.Should().Be(new Price(10));
        before.Should().Be(new Price(50));
    }

    [Fact]
    public void Slots_of_a_series_end_resolve_and_are_followed_by_new_ones()
    {
        var running = _world.Markets.Single(m => m.Market.Slug.StartsWith("btc-updown-15m") && m.Market.StartDate < _clock.GetUtcNow() && m.Market.EndDate > _clock.GetUtcNow() && ((UpOrDown)m.Market.Model).StartMs <= _world.NowMs);
        running.Engine.Place(Order("0x1", 0, Side.Buy, 100, 10));
        running.Engine.Place(Order("0x2", 1, Side.Buy, 100, 10));
        List<MarketState> listed = [], resolved = [];
        List<RemovalReason> removed = [];
        _world.Listed += listed.Add;
        _world.Resolved += resolved.Add;
        _world.OrderRemoved += (_, _, reason) => removed.Add(reason);

        _clock.Advance(TimeSpan.FromMinutes(15));

        listed.Should().Contain(m => m.Market.Slug.StartsWith("btc-updown-15m") && m.AcceptsOrders);
        resolved.Should().Contain(running);
        removed.Should().NotBeEmpty("the loser's orders may have been filled").And.OnlyContain(r => r == RemovalReason.Resolved);
        running.Winner.Should().Be(((UpOrDown)running.Market.Model).WentUp ? 0 : 1);
        running.Payout(running.Winner!.Value).Should().Be(Usdc.Scale);
        _clock.Advance(TimeSpan.FromMinutes(70));
        _world.Markets.Should().NotContain(running);
        var again = _world.FindToken(running.Market.TokenIds[1])!.Value;
        again.Should().Match<(MarketState Market, int TokenIndex)>(f => f.TokenIndex == 1 && f.Market.Winner == running.Winner && f.Market.Phase == MarketPhase.Resolved);
        _world.FindCondition(running.Market.ConditionId.ToUpperInvariant().Replace("0X", "0x"))!.Market.Slug.Should().Be(running.Market.Slug);
    }

    [Fact]
    public void A_gtd_order_leaves_when_its_time_ends()
    {
        List<(RestingOrder, RemovalReason)> removed = [];
        _world.OrderRemoved += (_, order, reason) => removed.Add((order, reason));
        _world.Markets[0].Engine.Place(Order("0x1", 0, Side.Buy, 100, 10, TimeInForce.Gtd, _clock.GetUtcNow().AddSeconds(30)));

        _clock.Advance(TimeSpan.FromSeconds(29));
        removed.Should().BeEmpty();
        _clock.Advance(TimeSpan.FromSeconds(1));

        removed.Should().ContainSingle().Which.Item2.Should().Be(RemovalReason.Expired);
        _world.Markets[0].Engine.OpenOrders.Should().BeEmpty();
    }

    [Fact]
    public void Resolution_empties_the_book_and_pays()
    {
        var market = Named("spot Solana ETF");
        market.Engine.Place(Order("0x1", 1, Side.Buy, 100, 10));

        _world.Propose(market);
        market.AcceptsOrders.Should().BeFalse();
        _world.Resolve(market, null);
        _world.Resolve(market, 1);

        market.Engine.OpenOrders.Should().BeEmpty();
        market.Engine.BestBid(0).Should().BeNull();
        (market.Payout(0), market.Payout(1)).Should().Be((500_000, 500_000));
    }

    [Fact]
    public void An_order_at_the_best_price_is_hit_by_simulated_flow_in_time()
    {
        var market = _world.Markets.First(m => m.AcceptsOrders && m.Market.Model.Liveliness >= 4);
        var fills = 0;
        _world.MakersHit += (_, hit) => fills += hit.Fills.Count;
        var order = Order("0x1", 0, Side.Buy, market.Engine.BestBid(0)!.Value.TenThousandths, 10);
        market.Engine.Place(order);

        _clock.Advance(TimeSpan.FromMinutes(30));

        fills.Should().BePositive();
        market.Engine.Find("0x1").Should().BeNull();
    }
}
