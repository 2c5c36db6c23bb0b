using PolyCopy.Modules.Kernel;

namespace PolyCopy.Tests.Kernel;

public class PriceTests
{
    [Theory]
    [InlineData("0.74", 7400)]
    [InlineData(".48", 4800)]
    [InlineData("9e-4", 9)]
    [InlineData("1", 10000)]
    public void A_price_parses_exactly(string text, int tenThousandths)
    {
        Price.TryParse(text, out var price).Should().BeTrue();
        price.TenThousandths.Should().Be(tenThousandths);
    }

    [Theory]
    [InlineData("0.00001")]
    [InlineData("NaN")]
    [InlineData("1,5")]
    [InlineData("")]
    [InlineData("99999999999999999999999999999999")]
    public void What_is_not_on_the_grid_is_refused(string text) => Price.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("0.005", "0.995", true)]
    [InlineData("0.005", "0.996", false)]
    [InlineData("0.0025", "0.0025", true)]
    [InlineData("0.01", "0", false)]
    [InlineData("0.01", "1", false)]
    public void Tick_rule(string tick, string price, bool valid)
    {
        Price.TryParse(tick, out var t).Should().BeTrue();
        Price.TryParse(price, out var p).Should().BeTrue();
        p.IsOnTick(t).Should().Be(valid);
    }
}
