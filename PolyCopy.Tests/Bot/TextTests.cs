using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using PolyCopy.Modules.Bot.Text;

namespace PolyCopy.Tests.Bot;

public partial class TextTests
{
    [Theory]
    [InlineData("<b>bold</b> & co", "&lt;b&gt;bold&lt;/⁠b&gt; &amp; co")]
    [InlineData("visit evil.example now", "visit evil.⁠example now")]
    [InlineData("https://evil.example/x", "https:⁠//⁠evil.⁠example/x")]
    [InlineData("ask @admin or #tag or $BTC or /start", "ask @⁠admin or #⁠tag or $⁠BTC or /⁠start")]
    [InlineData("1.2.3.4", "1.⁠2.⁠3.⁠4")]
    [InlineData("Above 1.5 or $5,000 and/or 24/7?", "Above 1.5 or $5,000 and/or 24/7?")]
    [InlineData("/7 and (/stop)", "/⁠7 and (/⁠stop)")]
    [InlineData("a\u202Eb\nc\u0000d\u200Be", "ab cde")]
    public void Foreign_text_loses_its_markup_links_and_tricks(string foreign, string html) => Html.Foreign(foreign).Value.Should().Be(html);

    [Fact]
    public void Foreign_text_is_cut() => Html.Foreign(new string('x', 500), 40).Value.Length.Should().BeLessThanOrEqualTo(41);

    [Fact]
    public void A_string_in_a_sentence_counts_as_foreign() => Words.In("en")["markets.found", "<i>x</i>"].Value.Should().Contain("&lt;i&gt;").And.NotContain("<i>");

    [Fact]
    public void Plain_text_is_what_a_reader_sees() => Html.Plain("<b>5 &lt; 6</b> &amp; more").Should().Be("5 < 6 & more");

    [Fact]
    public void Every_language_says_everything_with_the_same_parts()
    {
        var english = Words.In("en");
        Words.Languages.Should().Contain(["en", "fr"]);
        foreach (var language in Words.Languages)
        {
            var other = Words.In(language);
            other.Keys.Where(k => !k.StartsWith("code.", StringComparison.Ordinal)).Should().BeEquivalentTo(english.Keys.Where(k => !k.StartsWith("code.", StringComparison.Ordinal)), $"{language} has them");
            foreach (var key in english.Keys)
                Parts(other.Label(key)).Should().BeEquivalentTo(Parts(english.Label(key)), $"{language} fills the same parts of {key}");
        }
    }

    /// <summary>The string literals of the compiled bot that look like keys exist; a missing one would be a broken screen.</summary>
    [Fact]
    public void Every_sentence_the_bot_asks_for_exists()
    {
        var words = Words.In("en");
        var groups = words.Keys.Select(k => k.Split('.')[0]).ToHashSet();
        using var image = new PEReader(File.OpenRead(typeof(Words).Assembly.Location));
        var metadata = image.GetMetadataReader();
        var literals = new List<string>();
        for (var handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
            literals.Add(metadata.GetUserString(handle));
        // codes of the core's errors have the same shape; they are looked up with Has
        var missing = literals.Where(l => Key().IsMatch(l) && groups.Contains(l.Split('.')[0]) && !l.StartsWith("code.", StringComparison.Ordinal) && !words.Has(l))
            .Where(l => l.Split('.')[0] is not ("order" or "exit" or "book" or "position" or "market" or "settings" or "card" or "error")).ToList();
        missing.Should().BeEmpty();
    }

    [Theory]
    [InlineData("en", "$12.50")]
    [InlineData("fr", "12,50 $")]
    public void Money_is_written_as_the_language_does_and_without_group_separators(string language, string expected)
    {
        Words.In(language).Money(12.5m).Value.Should().Be(expected);
        Words.In(language).Money(1234567m).Value.Should().Contain("1234567");
    }

    private static IEnumerable<string> Parts(string text) => Part().Matches(text).Select(m => m.Value).Distinct();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Part();

    [GeneratedRegex(@"\A[a-z_0-9]+\.[a-zA-Z_0-9]+\z")]
    private static partial Regex Key();
}
