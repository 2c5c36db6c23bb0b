using PolyCopy.Modules.Kernel;

namespace PolyCopy.Tests.Kernel;

public class ForeignTextTests
{
    [Theory]
    [InlineData("Will \u202Etxt\u202C win?\r\nSELL ALL", "Will txt win? SELL ALL")]
    [InlineData("a\u0000b\u200Bc\uFEFF", "abc")]
    [InlineData("  many   spaces\u2028x ", "many spaces x")]
    [InlineData("<b>&\"", "<b>&\"")]
    [InlineData(null, "")]
    public void Foreign_text_becomes_one_visible_line(string? text, string clean) => ForeignText.Clean(text).Should().Be(clean);

    [Fact]
    public void A_cut_never_splits_a_character() => ForeignText.Clean("ab😀cd", 3).Should().Be("ab…");
}
