using System.Reflection;
using System.Text.RegularExpressions;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Bot.Support;
using static PolyCopy.Tests.Bot.Support.BotLab;

namespace PolyCopy.Tests.Bot;

/// <summary>What the core says reaches each user in his language, with its numbers.</summary>
public partial class SaidTests
{
    private static readonly Phrase Spread = new("copy.spread", "The spread is {0}, the most is {1}.");

    public static IEnumerable<Phrase> Phrases => typeof(Phrase).Assembly.GetTypes()
        .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)).Where(f => f.FieldType == typeof(Phrase)).Select(f => (Phrase)f.GetValue(null)!);

    [Fact]
    public void Every_sentence_of_the_core_is_said_in_every_language_with_the_same_gaps()
    {
        var phrases = Phrases.ToList();
        phrases.Should().HaveCountGreaterThan(80).And.OnlyHaveUniqueItems(p => p.Code);
        foreach (var words in Words.Languages.Where(l => l != Words.Default).Select(Words.In)) // English is the core's own
            foreach (var phrase in phrases)
            {
                words.Has("code." + phrase.Code).Should().BeTrue("{0} says {1}", words.Language, phrase.Code);
                Gaps(words.Label("code." + phrase.Code)).Should().BeEquivalentTo(Gaps(phrase.English), "{0} fills the same gaps of {1}", words.Language, phrase.Code);
            }
    }

    [Theory]
    [InlineData("en", "Prices are 0.125, of 12.5 to 1000.5 at 2.5: <b>x</b>, merge, The spread is 0.05, the most is 0.03.")]
    [InlineData("fr", "0,125 12,50\u00A0$ 12,5¢ 1000,5 2,5 % <b>x</b> fusion L'écart est 5¢, le plus est 3¢.")]
    public void Numbers_stand_as_the_language_writes_them_and_foreign_words_as_they_came(string language, string plain)
    {
        Gap[] gaps = [Gap.Number(0.125m), Gap.Usd(12.5m), Gap.PerShare(0.125m), new Shares(1_000_500_000), Gap.Percent(2.5m), "<b>x</b>", Gap.Word("move", "merge"), Spread.With(Gap.PerShare(0.05m), Gap.PerShare(0.03m))];
        var text = language == "en"
            ? Words.In("en").Say(new Phrase("test.all", "Prices are {0}, of {1} to {3} at {4}: {5}, {6}, {7}").With(gaps), null)
            : Html.Join(" ", gaps.Select(g => Words.In("fr").Say(new Phrase("follow.drift_and", "{0}; {1}").With(g, ""), null)).Select(h => new Html(h.Value.Replace(" ; ", ""))));

        Html.Plain(text.Value).Replace("\u2060", "").Should().Be(plain);
        text.Value.Should().NotContain("<b>");
    }

    [Fact]
    public void What_a_language_cannot_say_stays_in_the_cores_English()
    {
        var french = Words.In("fr");
        french.Say(new Said("copy.of_tomorrow", "Tomorrow's <rule> spoke.", []), "Tomorrow's <rule> spoke.").Value.Should().Be("Tomorrow's &lt;rule&gt; spoke.");
        french.Say(new Said("copy.spread", "The spread is wide.", ["wide"]), "The spread is wide.").Value.Should().Be("The spread is wide.", "a core of another version fills fewer gaps");
        french.Say(null, "not enough balance", "order.nothing_known").Value.Should().Be("not enough balance");
        french.Say(null, "There is no such position.", "position.unknown").Value.Should().Be("Cette position est inconnue.");
    }

    [Fact]
    public async Task A_chat_in_French_reads_why_a_trade_was_skipped_and_how_the_size_came_about()
    {
        await using var lab = await FrenchAsync();
        var cap = Phrases.Single(p => p.Code == "copy.cap.per_trade").With(Gap.Usd(8m));
        lab.Copying.Decisions.Add(CopyCore.ADecision() with
        {
            ReasonSaid = Phrases.Single(p => p.Code == "copy.price_cap").With(Gap.PerShare(0.65m), Gap.PerShare(0.5775m), Gap.PerShare(0.55m), Gap.PerShare(0.56m), Gap.Percent(5m)),
            StepsSaid = [Phrases.Single(p => p.Code == "copy.step.fixed").With(Gap.Usd(10m)), Phrases.Single(p => p.Code == "copy.step.cut").With(Gap.Usd(10m), Gap.Usd(8m), cap)],
        });
        lab.Telegram.Type(Ana, "/why 01930000-0000-7000-8000-0000000000d1");

        (await lab.Telegram.ShowsAsync(Ana, "Pas copié")).Text.Should().ContainAll(
            "La meilleure offre est 65¢, la limite 57,75¢ : le plus bas de 55¢, prix du meneur, et de 56¢, prix du marché, plus 5 %.", "• fixe : 10,00\u00A0$", "• 10,00\u00A0$ réduits à 8,00\u00A0$ (au plus 8,00\u00A0$ par échange)");
    }

    [Fact]
    public async Task An_alert_in_French_says_why_a_copy_failed()
    {
        await using var lab = await FrenchAsync();
        var said = Phrases.Single(p => p.Code == "copy.no_bids").With(new Shares(2_500_000));
        await lab.TellAsync(Ana, "copy_failed", new { leader = CopyCore.Leader, question = "Will it rain?", outcome = "Yes", side = "SELL", code = "no_bids", reason = said.Text, said });

        (await lab.Telegram.ShowsAsync(Ana, "Finalement pas copié")).Text.Should().Contain("2,5 parts n'ont pas trouvé d'acheteur au pire prix des règles à temps ; elles sont encore tenues.");
    }

    [Fact]
    public async Task Alerts_in_French_say_why_an_exit_is_suspended_or_held_and_an_order_refused()
    {
        await using var lab = await FrenchAsync();
        var resolving = Phrases.Single(p => p.Code == "exit.resolving").With(Gap.Word("resolution", "proposed"));
        await lab.TellAsync(Ana, "exit_suspended", new { kind = "stop_loss", question = "Will it rain?", outcome = "Yes", reason = resolving.Text, said = resolving });
        (await lab.Telegram.ShowsAsync(Ana, "suspendue")).Text.Should().Contain("suspendue : la résolution est proposée");

        var refused = VenueWords.Said.Refuse("order.balance", "not enough <balance> / allowance");
        await lab.TellAsync(Ana, "order_rejected", new { side = "BUY", question = "Will it rain?", outcome = "Yes", code = refused.Code, reason = refused.Message, said = refused.Said });
        (await lab.Telegram.ShowsAsync(Ana, "Ordre refusé")).Text.Should().Contain("Pas assez de liquidités libres. Polymarket répond : « not enough &lt;balance&gt; / allowance »");
    }

    [Fact]
    public void A_refusal_keeps_its_numbers_in_French()
    {
        var french = Words.In("fr");
        Say("order.balance_free", new Usdc(3_000_000), new Usdc(25_500_000)).Should().Be("Pas assez de liquidités : 3,00\u00A0$ sont libres, il faut 25,50\u00A0$.");
        Say("price.tick", Gap.Word("field", "takeProfit"), new Price(100), new Price(9_900)).Should().Be("La prise de profit doit être un multiple de 1¢, de 1¢ à 99¢.");
        Say("order.not_now", Phrases.Single(p => p.Code == "venue.is_restarting").With(), Phrases.Single(p => p.Code == "order.in_seconds").With(7)).Should().Be("Pas accepté maintenant : Polymarket redémarre. Rien n'a été échangé ni réservé ; réessayez dans environ 7 s.");

        string Say(string code, params Gap[] gaps) => Html.Plain(french.Say(Phrases.Single(p => p.Code == code).Refuse("order.any", gaps)).Value);
    }

    [Fact]
    public async Task A_leader_out_of_sight_and_a_lost_price_are_told_in_French()
    {
        await using var lab = await FrenchAsync();
        var blind = Phrases.Single(p => p.Code == "coverage.by_nobody").With(Phrases.Single(p => p.Code == "coverage.not_read_for").With(45), Phrases.Single(p => p.Code == "coverage.silent").With(), "503 of /trades");
        blind.Text.Should().Be("the chain has not been read for 45 s; RTDS: silent; Data API: 503 of /trades");
        await lab.TellAsync(Ana, "leader_blind", new { leader = CopyCore.Leader, reason = blind.Text, said = blind, paused = true });
        (await lab.Telegram.ShowsAsync(Ana, "depuis 45 s")).Text.Should().Contain("la chaîne n'a pas été lue depuis 45 s ; RTDS : muet ; Data API : 503 of /\u2060trades");

        await lab.TellAsync(Ana, "protection_lost", new { question = "Will it rain?", outcome = "Yes", reason = "no book from the feed", said = FeedFaults.Of("no book from the feed") });
        await lab.Telegram.ShowsAsync(Ana, "le flux ne donne pas de carnet");
        Html.Plain(Words.In("fr").Say(FeedFaults.Of("closed by the venue"), null).Value).Should().Be("connexion perdue (closed by the venue)");
    }

    private static async Task<BotLab> FrenchAsync()
    {
        var lab = await StartAsync();
        lab.Telegram.Type(Ana, "/start", language: "fr");
        await lab.Telegram.ShowsAsync(Ana, "Valeur totale");
        return lab;
    }

    private static IEnumerable<string> Gaps(string text) => Number().Matches(text).Select(m => m.Value).Distinct();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Number();
}
