using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Web;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Web;

public class TelegramTextTests
{
    [Fact]
    public void Text_is_escaped_whatever_it_says() =>
        TelegramText.Html("<script>alert('x')</script> & \"y\"", []).Should().Be("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;");

    [Theory, MemberData(nameof(Hostile.Texts), MemberType = typeof(Hostile))]
    public void Hostile_text_makes_no_element(string text) =>
        TelegramText.Html(text, []).Should().NotContainAny("<", "\"");

    [Fact]
    public void Entities_nest_and_unknown_ones_are_plain() =>
        TelegramText.Html("ab<cd", [new("bold", 0, 5), new("italic", 1, 2), new("something", 3, 1)]).Should().Be("<b>a<i>b&lt;</i>cd</b>");

    [Fact]
    public void An_entity_that_reaches_beyond_the_one_around_it_ends_with_it() =>
        TelegramText.Html("abcdef", [new("bold", 0, 3), new("italic", 2, 4)]).Should().Be("<b>ab<i>c</i></b>def");

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("not an address")]
    public void A_link_that_would_run_something_is_text(string url) =>
        TelegramText.Html("x", [new("text_link", 0, 1, url)]).Should().Be("x");

    [Fact]
    public void A_link_cannot_leave_its_attribute() =>
        TelegramText.Html("x", [new("text_link", 0, 1, "https://a.org/?\"onmouseover=alert(1)")]).Should().NotContain("\"onmouseover");

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(0, 99)]
    [InlineData(1, 0)]
    public void Impossible_entities_are_ignored(int offset, int length) =>
        TelegramText.Html("abc", [new("bold", offset, length)]).Should().Be("abc");
}
