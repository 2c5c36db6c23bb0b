using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using static PolyCopy.Tests.Signing.OrderVectorTests;

namespace PolyCopy.Tests.Signing;

public class AmountVectorTests
{
    [Fact]
    public void Limit_amount_vectors() => VectorCases.Each("amountsLimit", c =>
        Same(Amounts.Limit(SideOf(c.Input), PriceOf(c.Input, "price"), c.Input.Number("size"), PriceOf(c.Input, "tickSize")), c.Expected, "exactArithmetic"));

    [Fact]
    public void Market_amount_vectors() => VectorCases.Each("amountsMarket", c =>
    {
        var (side, price, amount, tick) = (SideOf(c.Input), PriceOf(c.Input, "price"), c.Input.Number("amount"), PriceOf(c.Input, "tickSize"));
        Same(Amounts.MarketToTick(side, price, amount, tick), c.Expected, "exactArithmetic");
        Same(Amounts.Market(side, price, amount, tick), c.Expected, "venueSafe");
    });

    [Fact]
    public void Off_grid_vectors_are_refused() => VectorCases.Each("amountsOffGrid", c =>
    {
        if (!Price.TryFromDecimal(c.Input.Number("price"), out var price))
            return; // finer than any tick: it is no Price at all
        var (side, size, tick) = (SideOf(c.Input), c.Input.Number("sizeOrAmount"), PriceOf(c.Input, "tickSize"));
        Amounts.Limit(side, price, size, tick).Error!.Code.Should().Be("order.price_off_tick");
        Amounts.Market(side, price, size, tick).Error!.Code.Should().Be("order.price_off_tick");
    });

    private static void Same(Result<OrderAmounts> amounts, JsonElement expected, string rule)
    {
        if (!expected.Has(rule))
            return;
        var (maker, taker) = (amounts.Value.MakerAmount.ToString(), amounts.Value.TakerAmount.ToString());
        (maker, taker).Should().Be((expected.GetProperty(rule).Text("makerAmount"), expected.GetProperty(rule).Text("takerAmount")), rule);
    }
}
