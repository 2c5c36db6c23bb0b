using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Matching;

namespace PolyCopy.Tests.Simulator;

public class EngineTests
{
    private const long Share = 1_000_000;
    private readonly MatchingEngine _engine = new(new MatchIds(1, DateTimeOffset.UnixEpoch));
    private readonly List<Print> _prints = [];
    private int _orders;

    public EngineTests() => _engine.Changed += delta => _prints.AddRange(delta.Prints);

    private EngineOrder Limit(int token, Side side, int price, long shares, TimeInForce type = TimeInForce.Gtc, bool postOnly = false) =>
        new($"0x{++_orders}", "a", token, side, side == Side.Buy ? shares * price * 100 : shares * Share, side == Side.Buy ? shares * Share : shares * price * 100, type, postOnly);

    private EngineOrder MarketBuy(long pusd, long takerShares, TimeInForce type = TimeInForce.Fak, int token = 0) => new($"0x{++_orders}", "a", token, Side.Buy, pusd, takerShares, type);

    private void Quote(int bid, int ask, long shares) => _engine.Provide([new(bid, shares * Share)], [new(ask, shares * Share)]);

    [Fact]
    public void A_limit_buy_takes_the_makers_price_and_rests_the_remainder()
    {
        Quote(4400, 4500, 100);

        var result = _engine.Place(Limit(0, Side.Buy, 4600, 150));

        result.Status.Should().Be(PlaceStatus.Matched);
        result.Making.Should().Be(45 * Share);
        result.Taking.Should().Be(100 * Share);
        result.Resting.Should().Be(50 * Share);
        _engine.BestBid(0).Should().Be(new Price(4600));
        _engine.BestAsk(0).Should().BeNull();
        _prints.Should().ContainSingle().Which.Should().BeEquivalentTo(new { TokenIndex = 0, Price = 4500, Size = 100 * Share, Side = Side.Buy });
    }

    [Fact]
    public void The_other_outcome_trades_against_the_mirrored_book()
    {
        Quote(4400, 4500, 100);

        _engine.BestBid(1).Should().Be(new Price(5500));
        _engine.BestAsk(1).Should().Be(new Price(5600));
        var result = _engine.Place(Limit(1, Side.Buy, 5600, 10));

        result.Making.Should().Be(5_600_000);
        _engine.Rows(0).Bids.Should().Equal(new BookRow(4400, 90 * Share));
        _prints.Should().ContainSingle().Which.Should().BeEquivalentTo(new { TokenIndex = 1, Price = 5600, Side = Side.Buy });
    }

    [Fact]
    public void Two_buyers_of_opposite_outcomes_mint()
    {
        _engine.Place(Limit(1, Side.Buy, 3000, 20));

        var fill = _engine.Place(Limit(0, Side.Buy, 7500, 20)).Fills.Should().ContainSingle().Subject;

        fill.Should().BeEquivalentTo(new { Kind = MatchKind.Mint, MakerPrice = 3000, TakerPrice = 7000, MakerPusd = 6 * Share, TakerPusd = 14 * Share, MakerTokenIndex = 1, MakerSide = Side.Buy, MakerRemaining = 0L });
    }

    [Fact]
    public void Two_sellers_of_opposite_outcomes_merge()
    {
        _engine.Place(Limit(1, Side.Sell, 3000, 20));

        var fill = _engine.Place(Limit(0, Side.Sell, 6000, 20)).Fills.Should().ContainSingle().Subject;

        fill.Should().BeEquivalentTo(new { Kind = MatchKind.Merge, MakerPrice = 3000, TakerPrice = 7000, MakerPusd = 6 * Share, TakerPusd = 14 * Share });
    }

    [Theory]
    [InlineData(13_513_500, true)] // facts F32: 10 pUSD for 13.5135 shares implies 0.7400007 and reaches 0.74
    [InlineData(13_513_600, false)] // 13.5136 shares implies 0.739995 and does not
    public void A_market_order_is_matched_on_its_exact_ratio(long shares, bool reaches)
    {
        Quote(7300, 7400, 1000);

        var result = _engine.Place(MarketBuy(10 * Share, shares));

        (result.Status == PlaceStatus.Matched).Should().Be(reaches);
        if (!reaches)
            result.Error.Should().StartWith("no orders found to match with FAK order");
    }

    [Fact]
    public void A_market_buy_spends_exactly_its_budget()
    {
        _engine.Provide([], [new(7400, 5 * Share), new(7500, 100 * Share)]);

        var result = _engine.Place(MarketBuy(10 * Share, 13_000_000, TimeInForce.Fok));

        result.Making.Should().Be(10 * Share);
        result.Taking.Should().Be(5 * Share + 8_400_000);
    }

    [Fact]
    public void A_fok_that_cannot_be_filled_changes_nothing()
    {
        Quote(7300, 7400, 10);

        _engine.Place(MarketBuy(10 * Share, 13_000_000, TimeInForce.Fok)).Error.Should().Be("order couldn't be fully filled. FOK orders are fully filled or killed.");
        _engine.Rows(0).Asks.Should().Equal(new BookRow(7400, 10 * Share));
    }

    [Fact]
    public void A_post_only_order_that_crosses_is_refused_and_one_that_does_not_rests()
    {
        Quote(4400, 4500, 10);

        _engine.Place(Limit(0, Side.Buy, 4500, 10, postOnly: true)).Error.Should().Be("invalid post-only order: order crosses book");
        _engine.Place(Limit(1, Side.Sell, 5600, 10, postOnly: true)).Error.Should().BeNull();
        _engine.Place(Limit(0, Side.Buy, 4400, 10, postOnly: true)).Status.Should().Be(PlaceStatus.Live);
    }

    [Fact]
    public void Consumed_liquidity_stays_consumed_until_the_process_moves_the_level()
    {
        Quote(4400, 4500, 100);
        _engine.Place(Limit(0, Side.Buy, 4500, 60, TimeInForce.Fok));

        Quote(4400, 4500, 100);
        _engine.Rows(0).Asks.Should().Equal(new BookRow(4500, 40 * Share));
        Quote(4400, 4500, 101);
        _engine.Rows(0).Asks.Should().Equal(new BookRow(4500, 101 * Share));
    }

    [Fact]
    public void New_liquidity_fills_the_orders_it_crosses_at_their_own_price()
    {
        Quote(4400, 4500, 100);
        var resting = Limit(0, Side.Buy, 4450, 30);
        _engine.Place(resting);

        var hit = _engine.Provide([new(4200, 100 * Share)], [new(4300, 100 * Share)]).Should().ContainSingle().Subject;

        hit.Side.Should().Be(Side.Sell);
        hit.Fills.Should().ContainSingle().Which.Should().BeEquivalentTo(new { MakerHash = resting.Hash, MakerPrice = 4450, Size = 30 * Share, MakerPusd = 13_350_000L });
        _engine.Rows(0).Asks.Should().Equal(new BookRow(4300, 70 * Share));
        _engine.OpenOrders.Should().BeEmpty();
    }

    [Fact]
    public void Time_decides_between_the_process_and_an_order_at_one_price()
    {
        Quote(4400, 4500, 10);
        _engine.Place(Limit(0, Side.Buy, 4400, 10));

        _engine.Hit(0, Side.Sell, 4400, 10 * Share).Should().BeNull("the process was there first");
        Quote(4400, 4500, 20);
        _engine.Hit(0, Side.Sell, 4400, 10 * Share)!.Fills.Should().ContainSingle("the process moved and went to the back").Which.MakerRemaining.Should().Be(0);
    }

    [Fact]
    public void A_rest_below_a_hundredth_of_a_share_counts_as_done()
    {
        _engine.Place(Limit(0, Side.Sell, 3300, 20));

        var result = _engine.Place(MarketBuy(6_599_999, 19_000_000));

        result.Fills.Should().ContainSingle().Which.MakerRemaining.Should().Be(0);
        _engine.OpenOrders.Should().BeEmpty();
    }

    [Fact]
    public void A_cancelled_order_leaves_and_cannot_be_cancelled_again()
    {
        var order = Limit(0, Side.Buy, 4400, 10);
        _engine.Place(order);
        _engine.Place(order).Error.Should().EndWith("is invalid. Duplicated.");

        _engine.Cancel(order.Hash).Should().BeTrue();
        _engine.Cancel(order.Hash).Should().BeFalse();
        _engine.BestBid(0).Should().BeNull();
    }
}
