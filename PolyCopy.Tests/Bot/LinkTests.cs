using PolyCopy.Modules.Bot.Text;

namespace PolyCopy.Tests.Bot;

public class LinkTests
{
    [Theory]
    [InlineData("https://polymarket.com/event/fed-decision-in-december", "fed-decision-in-december", null)]
    [InlineData("https://www.polymarket.com/event/fed/fed-cut-25?tid=17", "fed", "fed-cut-25")]
    [InlineData("look at polymarket.com/market/will-it-rain !", null, "will-it-rain")]
    [InlineData("https://polymarket.com/fr/event/fed", "fed", null)]
    [InlineData("http://polymarket.com/event/fed#x", "fed", null)]
    public void A_link_of_Polymarket_gives_its_slug(string text, string? evt, string? market) => MarketLink.Find(text).Should().Be(new MarketLink(evt, market));

    [Theory]
    [InlineData("https://polymarket.com.evil.example/event/fed")]
    [InlineData("https://evil.example/polymarket.com/event/fed")]
    [InlineData("https://polymarket.com@evil.example/event/fed")]
    [InlineData("https://user:pw@polymarket.com/event/fed")]
    [InlineData("https://polymarket.com:443/event/fed")]
    [InlineData("https://polymarket.com:8080/event/fed")]
    [InlineData("https://api.polymarket.com/event/fed")]
    [InlineData("https://pоlymarket.com/event/fed")]
    [InlineData("ftp://polymarket.com/event/fed")]
    [InlineData("https://polymarket.com/event/FED")]
    [InlineData("https://polymarket.com/event/fed_cut")]
    [InlineData("https://polymarket.com/event/%66ed%2e")]
    [InlineData("https://polymarket.com/profile/0xabc")]
    [InlineData("https://polymarket.com/")]
    [InlineData(@"https://polymarket.com\@evil.example/event/fed")]
    public void Everything_else_is_not_a_link(string text) => MarketLink.Find(text).Should().BeNull();

    [Fact]
    public void A_slug_has_at_most_two_hundred_signs()
    {
        MarketLink.Find("https://polymarket.com/event/" + new string('a', 200)).Should().NotBeNull();
        MarketLink.Find("https://polymarket.com/event/" + new string('a', 201)).Should().BeNull();
    }
}
