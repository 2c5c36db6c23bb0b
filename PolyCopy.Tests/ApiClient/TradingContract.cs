using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Product;

namespace PolyCopy.Tests.ApiClient;

public abstract class TradingContract(Backends backends, bool overHttp) : Contract<ITrading>(backends, overHttp)
{
    private static readonly Guid Nothing = Guid.Parse("01930000-0000-7000-8000-000000000001");

    [Fact]
    public async Task A_preview_walks_the_book()
    {
        var ana = await Backends.TraderAsync();
        var preview = (await It.PreviewAsync(ana.UserId, Buy(ana), default)).Value;
        preview.Should().Match<OrderPreview>(p => p.MarketId == ana.MarketId && p.Outcome == "Yes" && p.Side == Side.Buy && p.Type == OrderType.Fak && p.BestPrice == new Price(4_500) && p.FillsCompletely && p.Shares > Shares.Zero && p.Total <= new Usdc(10_000_000));
        (await It.PreviewAsync(ana.UserId, Buy(ana) with { Outcome = "Maybe" }, default)).Error!.Code.Should().Be("market.outcome");
    }

    [Fact]
    public async Task The_same_key_and_body_are_one_order()
    {
        var ana = await Backends.TraderAsync();
        var first = (await It.PlaceAsync(ana.UserId, "k1", Buy(ana), default)).Value;
        await FilledAsync(ana, first);
        var second = (await It.PlaceAsync(ana.UserId, "k1", Buy(ana), default)).Value;
        (second.OrderId, second.OrderHash).Should().Be((first.OrderId, first.OrderHash));
        (await It.PlaceAsync(ana.UserId, "k1", Buy(ana) with { AmountUsd = 11 }, default)).Error!.Code.Should().Be("idempotency.mismatch");
        (await It.ListAsync(ana.UserId, null, 10, null, default)).Items.Should().ContainSingle(o => o.Id == first.OrderId);
        (await It.GetAsync(ana.UserId, first.OrderId, default))!.Should().Match<OrderView>(o => o.OrderHash == first.OrderHash && o.Origin == "manual" && o.Side == Side.Buy);
    }

    [Fact]
    public async Task A_refusal_keeps_its_code()
    {
        var ana = await Backends.TraderAsync();
        (await It.PlaceAsync(ana.UserId, "k", Buy(ana) with { MarketId = "none" }, default)).Error!.Code.Should().Be("market.unknown");
        (await It.PlaceAsync(ana.UserId, "k", Buy(ana) with { AmountUsd = 5_000 }, default)).Error!.Should().Match<Error>(e => e.Code == "order.balance" && e.Said!.Code == "order.balance_free" && e.Said.Text == e.Message && e.Said.Gaps.Count == 2 && e.Said.Gaps[0] == new Gap("usd", "1000", null));
        (await It.CancelAsync(ana.UserId, Nothing, default)).Error!.Code.Should().Be("order.unknown");
        (await It.CloseAsync(ana.UserId, "k2", Nothing, 1, default)).Error!.Code.Should().Be("position.unknown");
        (await It.GetAsync(ana.UserId, Nothing, default)).Should().BeNull();
    }

    [Fact]
    public async Task A_resting_order_is_listed_and_cancelled_once()
    {
        var ana = await Backends.TraderAsync();
        var order = (await It.PlaceAsync(ana.UserId, "rest", new PlaceOrder(ana.MarketId, "Yes", Side.Buy, OrderType.Gtc, Shares: 20, LimitPrice: 0.30m, PostOnly: true), default)).Value;
        (await It.ListAsync(ana.UserId, "open", 10, null, default)).Items.Should().ContainSingle(o => o.Id == order.OrderId && o.Price == new Price(3_000));
        (await It.CancelAsync(ana.UserId, order.OrderId, default)).Value.Id.Should().Be(order.OrderId);
        (await It.CancelAsync(ana.UserId, order.OrderId, default)).Error!.Code.Should().Be("order.not_cancellable");
        (await It.GetAsync(ana.UserId, order.OrderId, default))!.Should().Match<OrderView>(o => o.Reason != null && o.ReasonCode == "order.cancelled");
    }

    [Fact]
    public async Task A_position_is_closed_and_the_user_stays_in_step()
    {
        var ana = await Backends.TraderAsync();
        var position = Guid.Parse(await ana.BuyAsync("10"));
        await FilledAsync(ana, (await It.CloseAsync(ana.UserId, "close", position, 0.5m, default)).Value);
        (await It.SyncAsync(ana.UserId, default)).Value.Adjustments.Should().Be(0);
    }

    [Fact]
    public async Task A_pause_stops_entries_and_says_why()
    {
        var ana = await Backends.TraderAsync();
        (await It.PausedAsync(ana.UserId, default)).Should().BeNull();
        await It.PauseAsync(ana.UserId, true, "a \"test\"", "tests", default);
        (await It.PausedAsync(ana.UserId, default)).Should().Be("a \"test\"");
        (await It.PlaceAsync(ana.UserId, "k", Buy(ana), default)).Error!.Code.Should().Be("trading.paused");
        await It.PauseAsync(ana.UserId, false, "over", "tests", default);
        (await It.PausedAsync(ana.UserId, default)).Should().BeNull();
    }

    // the answer comes within five seconds, on a slow machine before the fill
    private static Task FilledAsync(Trader ana, OrderPlaced order) => ana.App.UntilAsync($"{ana.Path}/orders/{order.OrderId}", o => Trader.Number(o, "filledShares") > 0m);

    private static PlaceOrder Buy(Trader ana) => new(ana.MarketId, "Yes", Side.Buy, OrderType.Fak, AmountUsd: 10, MaxSlippage: 0.05m);
}

[Collection(nameof(Backends))]
public sealed class TradingInProcessTests(Backends backends) : TradingContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class TradingOverHttpTests(Backends backends) : TradingContract(backends, overHttp: true);

public abstract class ExitsContract(Backends backends, bool overHttp) : Contract<IExits>(backends, overHttp)
{
    private static readonly Guid Nothing = Guid.Parse("01930000-0000-7000-8000-000000000001");

    [Fact]
    public async Task A_leg_that_is_not_named_stays_and_null_clears()
    {
        var ana = await Backends.TraderAsync();
        var position = Guid.Parse(await ana.BuyAsync("10"));
        (await It.SetTpSlAsync(ana.UserId, position, new TpSl(true, 0.70m, true, 0.30m), default)).Value.Should().Match<PositionView>(p => p.TakeProfit == new Price(7_000) && p.StopLoss == new Price(3_000));
        (await It.SetTpSlAsync(ana.UserId, position, new TpSl(false, null, true, null), default)).Value.Should().Match<PositionView>(p => p.TakeProfit == new Price(7_000) && p.StopLoss == null);
    }

    [Fact]
    public async Task An_exit_is_armed_listed_and_taken_back()
    {
        var ana = await Backends.TraderAsync();
        var position = Guid.Parse(await ana.BuyAsync("10"));
        var armed = (await It.ArmAsync(ana.UserId, position, new ArmExit(ExitKind.Trailing, Trail: 0.05m, Fraction: 0.5m), default)).Value;
        armed.Should().Match<ExitView>(e => e.Kind == ExitKind.Trailing && e.Trail == new Price(500) && e.Fraction == 0.5m && e.Status == "armed" && e.Preview != null);
        (await It.ListAsync(ana.UserId, position, 10, null, default)).Items.Should().ContainSingle(e => e.Id == armed.Id);
        (await It.ListAsync(ana.UserId, null, 10, null, default)).Items.Should().ContainSingle(e => e.Id == armed.Id);
        (await It.DisarmAsync(ana.UserId, position, armed.Id, default)).Value.Status.Should().Be("cancelled");
    }

    [Fact]
    public async Task A_refusal_keeps_its_code()
    {
        var ana = await Backends.TraderAsync();
        var position = Guid.Parse(await ana.BuyAsync("10"));
        (await It.SetTpSlAsync(ana.UserId, position, new TpSl(true, 0.20m, false, null), default)).Error!.Code.Should().Be("exit.side");
        (await It.ArmAsync(ana.UserId, position, new ArmExit(ExitKind.StopLoss, 0.301m), default)).Error!.Code.Should().Be("exit.tick");
        (await It.ArmAsync(ana.UserId, Nothing, new ArmExit(ExitKind.StopLoss, 0.30m), default)).Error!.Code.Should().Be("position.unknown");
        (await It.DisarmAsync(ana.UserId, position, Nothing, default)).Error!.Code.Should().Be("exit.unknown");
    }
}

[Collection(nameof(Backends))]
public sealed class ExitsInProcessTests(Backends backends) : ExitsContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class ExitsOverHttpTests(Backends backends) : ExitsContract(backends, overHttp: true);

public abstract class PositionsContract(Backends backends, bool overHttp) : Contract<IPositions>(backends, overHttp)
{
    [Fact]
    public async Task What_is_held_is_told_in_every_view()
    {
        var ana = await Backends.TraderAsync();
        var id = Guid.Parse(await ana.BuyAsync("10"));
        var position = (await It.GetAsync(ana.UserId, id, default))!;
        position.Should().Match<PositionView>(p => p.UserId == ana.UserId && p.MarketId == ana.MarketId && p.Outcome == "Yes" && p.Status == "active" && p.EntryPrice == 0.45m && p.Size == p.SellableSize && p.TokenId.HasValue);
        (await It.ListAsync(ana.UserId, "active", 10, null, default)).Items.Should().ContainSingle(p => p.Id == id);
        (await It.ListAsync(ana.UserId, "closed", 10, null, default)).Items.Should().BeEmpty();
        (await It.FillsAsync(ana.UserId, 10, null, default)).Items.Should().ContainSingle(f => f.PositionId == id && f.Side == Side.Buy && f.Price == 0.45m);
        (await It.ExportAsync(ana.UserId, default)).Should().StartWith("time,kind,market").And.Contain(",buy,").And.Contain(",1000,0,0,");
        var portfolio = await It.PortfolioAsync(ana.UserId, default);
        portfolio.Cash.ToDecimal().Should().BeInRange(985m, 991m);
        portfolio.NetWorth.Should().BeInRange(990m, 1_000m);
        (await It.GetAsync(ana.UserId, Guid.Parse("01930000-0000-7000-8000-000000000001"), default)).Should().BeNull();
    }

    [Fact]
    public async Task What_was_closed_is_told_by_day()
    {
        var ana = await Backends.TraderAsync();
        var id = Guid.Parse(await ana.BuyAsync("10"));
        (await Core<ITrading>().CloseAsync(ana.UserId, "close", id, 1, default)).IsOk.Should().BeTrue();
        await ana.PositionIsAsync(id.ToString(), "closed");
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        (await It.PnlByDayAsync(ana.UserId, today.AddDays(-1), today.AddDays(1), "Europe/Paris", default)).Should().ContainSingle(d => d.Realised < Usdc.Zero && d.Fees >= Usdc.Zero);
        (await It.HistoryAsync(ana.UserId, 10, null, default)).Items.Should().Contain(h => h.Kind == "closed" && h.EntryPrice == 0.45m && h.ExitPrice == 0.44m);
    }
}

[Collection(nameof(Backends))]
public sealed class PositionsInProcessTests(Backends backends) : PositionsContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class PositionsOverHttpTests(Backends backends) : PositionsContract(backends, overHttp: true);
