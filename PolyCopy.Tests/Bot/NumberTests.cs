using PolyCopy.Modules.Bot.Text;

namespace PolyCopy.Tests.Bot;

public class NumberTests
{
    [Theory]
    [InlineData("1.5", 1.5)]
    [InlineData("1,5", 1.5)]
    [InlineData(" 25 ", 25)]
    [InlineData("$25", 25)]
    [InlineData("12,50 $", 12.5)]
    [InlineData(".5", 0.5)]
    [InlineData("0,125", 0.125)]
    [InlineData("1000", 1000)]
    [InlineData("1.000", 1)]
    [InlineData("2.500", 2.5)]
    public void A_number_may_have_a_comma_or_a_point(string typed, decimal value)
    {
        Numbers.TryParse(typed, out var read).Should().BeTrue();
        read.Should().Be(value);
    }

    [Theory]
    [InlineData("1,000")]
    [InlineData("1.000.000")]
    [InlineData("1,000.50")]
    [InlineData("1.000,50")]
    [InlineData("1 000")]
    [InlineData("1\u00a0000")]
    [InlineData("1'000")]
    [InlineData("1_000")]
    [InlineData("12,345")]
    [InlineData("1e3")]
    [InlineData("-5")]
    [InlineData("5.")]
    [InlineData("٣")]
    [InlineData("five")]
    [InlineData("")]
    [InlineData("1234567890123456")]
    public void What_could_be_read_in_two_ways_is_refused(string typed) => Numbers.TryParse(typed, out _).Should().BeFalse();

    [Theory]
    [InlineData("45", 0.45)]
    [InlineData("45¢", 0.45)]
    [InlineData("0.5¢", 0.005)]
    [InlineData("0,45", 0.45)]
    [InlineData("1", 0.01)]
    public void A_price_is_cents_from_one_and_dollars_below(string typed, decimal price)
    {
        Numbers.TryParsePrice(typed, out var read).Should().BeTrue();
        read.Should().Be(price);
    }

    [Theory]
    [InlineData("100")]
    [InlineData("0")]
    [InlineData("145")]
    [InlineData("abc")]
    public void A_price_lies_between_nothing_and_one(string typed) => Numbers.TryParsePrice(typed, out _).Should().BeFalse();
}
