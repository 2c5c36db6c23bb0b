using CsCheck;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Signing;

public class AmountTests
{
    private static readonly Price[] TickSizes = [new(1000), new(100), new(50), new(25), new(10), new(1)];
    private static readonly Gen<Price> Ticks = Gen.Int[0, 5].Select(i => TickSizes[i]);

    private static readonly Gen<(Side Side, Price Price, Price Tick, decimal Size)> Requests =
        from tick in Ticks
        from steps in Gen.Int[1, Price.Scale / tick.TenThousandths - 1]
        from side in Gen.Enum<Side>()
        from size in Gen.OneOf(Gen.Decimal[0, 100_000], Gen.Decimal[0, 1_000_000_000_000_000_000_000m])
        select (side, new Price(steps * tick.TenThousandths), tick, size);

    [Fact]
    public void A_market_order_implies_a_price_at_the_limit_or_better_for_the_venue() => Requests.Sample(r =>
    {
        var amounts = Amounts.Market(r.Side, r.Price, r.Size, r.Tick).Value;
        // The venue lifts an ask at the limit only when pUSD / shares >= limit, and hits a bid only when pUSD / shares <= limit.
        var (pusd, shares) = r.Side == Side.Buy ? (amounts.MakerAmount, amounts.TakerAmount) : (amounts.TakerAmount, amounts.MakerAmount);
        var (implied, limit) = ((System.Numerics.BigInteger)pusd * Price.Scale, (System.Numerics.BigInteger)shares * r.Price.TenThousandths);
        return (r.Side == Side.Buy ? implied >= limit : implied <= limit)
            && amounts.MakerAmount % 10_000 == 0
            && amounts.TakerAmount % 100 == 0;
    }, iter: 5_000);

    [Fact]
    public void A_limit_order_has_exactly_its_price() => Requests.Sample(r =>
    {
        var amounts = Amounts.Limit(r.Side, r.Price, r.Size, r.Tick).Value;
        var (pusd, shares) = r.Side == Side.Buy ? (amounts.MakerAmount, amounts.TakerAmount) : (amounts.TakerAmount, amounts.MakerAmount);
        return pusd * Price.Scale == shares * (UInt128)r.Price.TenThousandths && shares % 10_000 == 0 && (decimal)shares <= r.Size * 1_000_000;
    }, iter: 5_000);

    [Theory]
    [InlineData("-1")]
    [InlineData("1000000000000000000001")]
    public void A_size_that_cannot_be_is_refused(string size)
    {
        var value = decimal.Parse(size, System.Globalization.CultureInfo.InvariantCulture);
        Amounts.Limit(Side.Buy, new Price(5000), value, new Price(100)).Error!.Code.Should().Be("order.size_range");
        Amounts.Market(Side.Sell, new Price(5000), value, new Price(100)).Error!.Code.Should().Be("order.size_range");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_000)]
    [InlineData(4_950)]
    [InlineData(-100)]
    public void A_price_off_the_tick_is_refused(int price) =>
        Amounts.Limit(Side.Buy, new Price(price), 10, new Price(100)).Error!.Code.Should().Be("order.price_off_tick");

    [Fact]
    public void Dust_rounds_to_zero() =>
        Amounts.Limit(Side.Sell, new Price(5000), 0.009m, new Price(100)).Value.Should().Be(new OrderAmounts(Side.Sell, 0, 0));

    [Fact]
    public void Amounts_as_money()
    {
        var amounts = Amounts.Market(Side.Buy, new Price(7400), 10, new Price(100)).Value;
        (amounts.Collateral.ToString(), amounts.Shares.ToString()).Should().Be(("10", "13.5135"));
    }
}
