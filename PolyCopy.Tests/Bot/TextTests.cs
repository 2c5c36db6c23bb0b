using System.Globalization;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Tests.Support;

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

    [Theory, MemberData(nameof(Hostile.Texts), MemberType = typeof(Hostile))]
    public void Hostile_text_is_one_harmless_line(string foreign)
    {
        var html = Html.Foreign(foreign).Value;
        html.Should().NotContainAny("<", ">", "https://", "www.evil", "evil.example", "@a", "@e", "#tag", "$BTC", "/start");
        html.EnumerateRunes().Where(r => r.Value != '\u2060').Should().NotContain(r => Rune.GetUnicodeCategory(r) == UnicodeCategory.Control || Rune.GetUnicodeCategory(r) == UnicodeCategory.Format || r.Value == '\u2028' || r.Value == '\u2029');
        Html.Plain(html).Length.Should().BeLessThan(300);
        var shown = XElement.Parse($"<p>{html}</p>").Value;
        shown.Should().Be(Html.Plain(html), "it is well-formed, and a reader sees text");
    }

    [Theory]
    [InlineData("0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318", true)]
    [InlineData("my key: 4C0883A69102937D6231471B5DBB6204FE5129617082792AE468D01A3F362318 ok?", true)]
    [InlineData("legal winner thank year wave sausage worth useful legal winner thank yellow", true)]
    [InlineData("will bitcoin hit a new all time high by the end of 2027", false)]
    [InlineData("0x6cd8d5cb5ebc3dd40b7b2a2e0dd53b2b2bcd0a3b", false)]
    [InlineData("25", false)]
    public void What_may_be_a_key_is_known_as_one(string text, bool isOne) => Secrets.LooksLikeOne(text).Should().Be(isOne);

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
        // codes of the core's errors have the same shape; they are looked up with Has
        var missing = Keys().Where(l => groups.Contains(l.Split('.')[0]) && !l.StartsWith("code.", StringComparison.Ordinal) && !words.Has(l))
            .Where(l => !Words.In("fr").Has("code." + l)) // the core's English is its own, so English has no codes
            .Where(l => l.Split('.')[0] is not ("leader" or "order" or "exit" or "book" or "position" or "market" or "settings" or "card" or "error")).ToList();
        missing.Should().BeEmpty();
    }

    /// <summary>A refusal whose sentence has no phrase of its own is told by its code.</summary>
    [Fact]
    public void Every_code_a_user_can_meet_has_a_text_in_every_language_but_the_cores_own()
    {
        string[] met = ["order", "market", "exit", "venue", "wallet", "share", "position", "trading", "follow", "rules", "risk", "leader", "decision", "user", "settings", "address", "book"];
        string[] ofTheApi = ["address.kind", "leader.holding", "leader.move", "market.winner", "position.busy", "user.invalid", "user.username", "venue.not_sent", "wallet.address", "wallet.amount"];
        foreach (var words in Words.Languages.Where(l => l != Words.Default).Select(Words.In))
            Keys().Where(l => met.Contains(l.Split('.')[0]) && !words.Has(l) && !words.Has("code." + l)).Except(ofTheApi).Should().BeEmpty("{0} says them", words.Language);
    }

    [Theory]
    [InlineData("en", "$12.50")]
    [InlineData("fr", "12,50\u00A0$")]
    public void Money_is_written_as_the_language_does_and_without_group_separators(string language, string expected)
    {
        Words.In(language).Money(12.5m).Value.Should().Be(expected);
        Words.In(language).Money(1234567m).Value.Should().Contain("1234567");
    }

    /// <summary>The string literals of the compiled product that look like keys.</summary>
    private static List<string> Keys()
    {
        using var image = new PEReader(File.OpenRead(typeof(Words).Assembly.Location));
        var metadata = image.GetMetadataReader();
        var literals = new List<string>();
        for (var handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
            literals.Add(metadata.GetUserString(handle));
        return [.. literals.Where(l => Key().IsMatch(l))];
    }

    private static IEnumerable<string> Parts(string text) => Part().Matches(text).Select(m => m.Value).Distinct();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Part();

    [GeneratedRegex(@"\A[a-z_0-9]+\.[a-zA-Z_0-9]*[a-zA-Z0-9]\z")]
    private static partial Regex Key();
}
