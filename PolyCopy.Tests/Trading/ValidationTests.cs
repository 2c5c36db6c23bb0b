using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

/// <summary>Bad input: a stable code, and nothing has changed.</summary>
public class ValidationTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, PlaceOrder, string> Refused => new()
    {
        { "unknown market", ABuy() with { MarketId = "404" }, "market.unknown" },
        { "no market", ABuy() with { MarketId = "" }, "market.unknown" },
        { "wrong outcome", ABuy() with { Outcome = "Maybe" }, "market.outcome" },
        { "zero", ABuy(0m), "order.amount" },
        { "negative", ABuy(-5m), "order.amount" },
        { "huge", ABuy(1e27m), "order.amount" },
        { "large", ABuy(5e9m), "order.amount" },
        { "over-precise", ABuy(1.0000001m), "order.amount" },
        { "over-precise shares", ASell(0.0000001m), "order.amount" },
        { "dust", ASell(0.004m), "order.amount" },
        { "no amount", new PlaceOrder(MarketId, "Yes", Side.Buy, OrderType.Fak), "order.amount" },
        { "two amounts", ABuy() with { Shares = 1m }, "order.amount" },
        { "off tick", ARest(Side.Buy, 10m, 0.405m), "order.tick" },
        { "finer than any tick", ARest(Side.Buy, 10m, 0.40001m), "order.tick" },
        { "price zero", ARest(Side.Buy, 10m, 0m), "order.price" },
        { "price one", ARest(Side.Buy, 10m, 1m), "order.price" },
        { "price negative", ARest(Side.Buy, 10m, -0.5m), "order.price" },
        { "no limit", ABuy(10m, OrderType.Gtc), "order.price" },
        { "slippage", ABuy() with { MaxSlippage = 1.5m }, "order.slippage" },
        { "held to the user's slippage", ABuy() with { MaxSlippage = 0.051m, KeepsToSettings = true }, "limit.raise" },
        { "held to it, with a limit", ABuy() with { LimitPrice = 0.48m, KeepsToSettings = true }, "limit.raise" },
        { "held to it, resting", ARest(Side.Buy, 10m, 0.48m) with { KeepsToSettings = true }, "limit.raise" },
        { "held to it, selling", ASell(10m, limit: 0.41m) with { KeepsToSettings = true }, "limit.raise" },
        { "post-only FAK", ABuy() with { PostOnly = true }, "order.post_only" },
        { "post-only FOK", ABuy(10m, OrderType.Fok) with { PostOnly = true }, "order.post_only" },
        { "too small to rest", ARest(Side.Buy, 4.99m, 0.40m), "order.min_size" },
        { "under a dollar", ABuy(0.99m), "order.min_size" },
        { "under a dollar and crossing", ARest(Side.Buy, 5m, 0.01m) with { MarketId = "cheap" }, "order.min_size" },
        { "GTD without end", ARest(Side.Buy, 10m, 0.40m) with { Type = OrderType.Gtd }, "order.expiry" },
        { "GTD too soon", ARest(Side.Buy, 10m, 0.40m) with { Type = OrderType.Gtd, ExpiresAt = Now.AddSeconds(179) }, "order.expiry" },
        { "GTC with end", ARest(Side.Buy, 10m, 0.40m) with { ExpiresAt = Now.AddHours(1) }, "order.expiry" },
        { "insufficient balance", ABuy(1_000.01m), "order.balance" },
        { "nothing to sell", ASell(10m), "order.not_sellable" },
        { "closed", ABuy() with { MarketId = "closed" }, "market.closed" },
        { "F53 proposed", ABuy() with { MarketId = "proposed" }, "market.closed" },
        { "F53 no book", ABuy() with { MarketId = "bookless" }, "market.closed" },
        { "empty book", ABuy() with { MarketId = "empty" }, "order.no_liquidity" },
        { "F16 ghost book", ABuy() with { MarketId = "ghost" }, "order.no_liquidity" },
        { "F14 crossed book", ABuy() with { MarketId = "crossed" }, "order.no_liquidity" },
        { "take below the price", ABuy() with { TakeProfit = 0.40m }, "exit.side" },
        { "stop above the price", ABuy() with { StopLoss = 0.60m }, "exit.side" },
        { "take off the tick", ABuy() with { TakeProfit = 0.705m }, "exit.tick" },
        { "take out of range", ABuy() with { TakeProfit = 1.2m }, "exit.range" },
        { "exits on a sell", ASell(10m) with { StopLoss = 0.2m }, "order.exits" },
    };

    [Theory, MemberData(nameof(Refused))]
    public async Task A_bad_order_is_refused_and_changes_nothing(string why, PlaceOrder order, string code)
    {
        await using var lab = await LabAsync();

        var result = await lab.Trading.PlaceAsync(Ana, "k1", order, default);

        result.IsOk.Should().BeFalse(why);
        result.Error!.Code.Should().Be(code, why);
        (await lab.RowsAsync()).Should().BeEmpty();
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = 1_000_000_000L, Reserved = 0L });
        lab.Venue.Received.Should().BeEmpty();
        (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(), default)).Value.Status.Should().Be("filled", "a refusal does not use up the key");
        if (code is not ("order.balance" or "order.not_sellable"))
            (await lab.Trading.PreviewAsync(Ana, order, default)).Error!.Code.Should().Be(code, "the preview says the same");
    }

    [Fact]
    public async Task What_is_held_to_the_users_slippage_may_ask_for_all_of_it()
    {
        await using var lab = await LabAsync();
        var held = ABuy() with { KeepsToSettings = true };

        (await lab.Trading.PlaceAsync(Ana, "k1", held with { MaxSlippage = 0.05m }, default)).Value.Status.Should().Be("filled");
        (await lab.Trading.PlaceAsync(Ana, "k2", held with { LimitPrice = 0.47m }, default)).Value.Status.Should().Be("filled", "0.45 and 5 %");
        (await lab.Trading.PlaceAsync(Ana, "k3", ABuy() with { LimitPrice = 0.48m }, default)).Value.Status.Should().Be("filled", "this one is not held");

        lab.Clock.Advance(TimeSpan.FromSeconds(2));
        lab.MarketData.Unreachable = true;
        (await lab.Trading.PlaceAsync(Ana, "k4", held with { LimitPrice = 0.40m }, default)).Error!.Code.Should().Be("venue.unavailable", "nobody can say what 5 % is");
        (await lab.Trading.PlaceAsync(Ana, "k4", ABuy() with { LimitPrice = 0.40m }, default)).IsOk.Should().BeTrue();
    }

    [Fact]
    public async Task A_sell_of_less_than_the_minimum_is_allowed_when_it_takes()
    {
        await using var lab = await LabAsync();
        lab.Venue.FillPrice = new Price(4500);
        await lab.BuyAsync(2.25m);

        (await lab.Trading.PlaceAsync(Ana, "k2", ASell(3m), default)).Value.Status.Should().Be("filled");
    }

    [Fact]
    public async Task F57_the_end_of_an_order_is_judged_by_the_venue_clock()
    {
        await using var lab = await LabAsync();
        lab.Venue.Skew = TimeSpan.FromMinutes(5);

        var order = ARest(Side.Buy, 10m, 0.40m) with { Type = OrderType.Gtd, ExpiresAt = Now.AddMinutes(4) };

        (await lab.Trading.PlaceAsync(Ana, "k1", order, default)).Error!.Code.Should().Be("order.expiry", "there it is five minutes later");
        (await lab.Trading.PlaceAsync(Ana, "k1", order with { ExpiresAt = Now.AddMinutes(9) }, default)).IsOk.Should().BeTrue();
    }

    [Fact]
    public void F50_the_venue_is_told_a_minute_more()
    {
        var decision = new Decision("k", 1, Wallet, MarketId, Yes, Side.Buy, OrderType.Gtc, new Shares(10_000_000), null, new Price(4000), "copy", null, null, 0, 0);

        var ticket = Ticket.Of(decision, AMarket(), null!).Value with { ExpiresAt = Now };

        ticket.Draft.Expiration.Should().Be(Now.AddSeconds(60));
    }

    [Theory]
    [InlineData(OrderType.Fak, Side.Buy, 5000, 10, "10.0199", 10_010_000, 20_020_000)]
    [InlineData(OrderType.Fak, Side.Buy, 7400, 100, "10", 10_000_000, 13_513_500)]
    [InlineData(OrderType.Fak, Side.Sell, 7430, 10, "12.3456", 12_340_000, 9_168_600)]
    [InlineData(OrderType.Gtc, Side.Buy, 5010, 10, "10.57", 5_260_500, 10_500_000)]
    [InlineData(OrderType.Gtc, Side.Buy, 5001, 1, "10.57", 5_001_000, 10_000_000)]
    [InlineData(OrderType.Gtc, Side.Sell, 4000, 100, "10.579", 10_570_000, 4_228_000)]
    public void F31_F32_amounts_keep_to_the_caps_of_the_venue_and_round_down(OrderType type, Side side, int price, int tick, string size, long maker, long taker)
    {
        var amounts = Ticket.AmountsOf(side, type, new Price(price), decimal.Parse(size, System.Globalization.CultureInfo.InvariantCulture), new Price(tick)).Value;

        ((long)amounts.MakerAmount, (long)amounts.TakerAmount).Should().Be((maker, taker));
    }

    [Theory]
    [InlineData(4500, Side.Buy, 0.05, 100, 4700)]
    [InlineData(4500, Side.Buy, 0, 100, 4500)]
    [InlineData(9900, Side.Buy, 0.5, 100, 9900)]
    [InlineData(4400, Side.Sell, 0.05, 100, 4200)]
    [InlineData(100, Side.Sell, 0.9, 100, 100)]
    [InlineData(4435, Side.Sell, 0.01, 5, 4395)]
    public void The_worst_price_lies_on_the_tick_and_is_never_worse_than_asked(int best, Side side, decimal slippage, int tick, int worst) =>
        OrderRules.Worst(new Price(best), side, slippage, new Price(tick)).Should().Be(new Price(worst));

    private static async Task<TradingLab> LabAsync()
    {
        var lab = await TradingLab.CreateAsync(Db.Sqlite);
        Add("closed", AMarket("closed", closed: true), (0.44m, 0.45m));
        Add("proposed", AMarket("proposed", resolution: "proposed"), (0.44m, 0.45m));
        Add("bookless", AMarket("bookless"), null);
        Add("empty", AMarket("empty"), (0m, 0m));
        Add("ghost", AMarket("ghost"), (0.01m, 0.99m));
        Add("crossed", AMarket("crossed"), (0.46m, 0.45m));
        Add("cheap", AMarket("cheap"), (0.005m, 0.01m));
        return lab;

        void Add(string id, Modules.Markets.Market market, (decimal Bid, decimal Ask)? book)
        {
            var number = lab.Catalog.Markets.Count * 10;
            market = market with { ConditionId = "0x" + id, Tokens = [TokenId.Parse($"{number + 1}"), TokenId.Parse($"{number + 2}")] };
            lab.Catalog.Markets[id] = market;
            if (book is { } b)
                lab.Quote(market.Tokens[0], b.Bid > 0 ? [(b.Bid, 1_000m)] : [], b.Ask > 0 ? [(b.Ask, 1_000m)] : []);
        }
    }
}
