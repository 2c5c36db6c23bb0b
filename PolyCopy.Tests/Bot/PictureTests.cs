using PolyCopy.Modules.Bot.Pictures;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Venue;
using SkiaSharp;

namespace PolyCopy.Tests.Bot;

public class PictureTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("en")]
    [InlineData("fr")]
    public void A_price_history_is_a_dark_picture_for_a_phone(string language)
    {
        var points = Enumerable.Range(0, 100).Select(i => new PricePoint(Noon.AddMinutes(15 * i), 0.40m + (0.1m * (decimal)Math.Sin(i / 10.0)))).ToList();

        var png = Picture.History("Will the Federal Reserve cut rates by 25 basis points or more at its December meeting, whatever the markets say?", "Yes", points, "DEMO", Words.In(language), TimeZoneInfo.Utc);

        using var picture = Decode(png, "history-" + language);
        (picture.Width, picture.Height).Should().Be((1080, 810));
        picture.GetPixel(5, 800).Should().Be(Colours.Back);
    }

    [Theory]
    [InlineData("DEMO")]
    [InlineData("PAPER")]
    [InlineData("LIVE")]
    public void The_profile_is_on_every_picture_in_its_colour(string profile)
    {
        var colour = profile switch { "LIVE" => Colours.Live, "PAPER" => Colours.Paper, _ => Colours.Demo };
        using var card = Decode(Picture.Pnl(new PnlCard("Will it rain?", "Yes", 12.34m, 10.9m, [("Entry", "45¢"), ("Now", "50¢"), ("Shares", "20")]), profile, Words.In("en"), Noon, TimeZoneInfo.Utc), "card-" + profile);
        using var curve = Decode(Picture.Equity([.. Enumerable.Range(0, 30).Select(i => (new DateOnly(2026, 11, 1).AddDays(i), (decimal)(i * i % 37) - 5))], "Realised in 30 days", profile, Words.In("en")), "equity-" + profile);

        foreach (var picture in new[] { card, curve })
            Count(picture, colour).Should().BeGreaterThan(2_000);
    }

    [Fact]
    public void A_loss_is_red_and_a_gain_is_green()
    {
        using var loss = Decode(Picture.Pnl(new PnlCard("Will it rain?", "Yes", -12.34m, -10.9m, []), "DEMO", Words.In("en"), Noon, TimeZoneInfo.Utc), "loss");
        using var gain = Decode(Picture.Pnl(new PnlCard("Will it rain?", "Yes", 12.34m, 10.9m, []), "DEMO", Words.In("en"), Noon, TimeZoneInfo.Utc), "gain");

        Count(loss, Colours.Down).Should().BeGreaterThan(5_000);
        Count(loss, Colours.Up).Should().Be(0);
        Count(gain, Colours.Up).Should().BeGreaterThan(5_000);
    }

    [Theory]
    [InlineData("🎉 حرب 中国 <b>\u202Ex</b> nothing\u0000")]
    [InlineData("")]
    [InlineData("Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Any_title_can_be_drawn(string title)
    {
        using var picture = Decode(Picture.Pnl(new PnlCard(title, title, 0, 0, [(title, title)]), "DEMO", Words.In("en"), Noon, TimeZoneInfo.Utc), "title");
        picture.Width.Should().Be(1080);
    }

    [Fact]
    public void A_flat_history_can_be_drawn()
    {
        using var picture = Decode(Picture.History("Flat", "Yes", [new PricePoint(Noon, 0.5m), new PricePoint(Noon, 0.5m)], "DEMO", Words.In("en"), TimeZoneInfo.Utc), "flat");
        picture.Height.Should().Be(810);
    }

    private static int Count(SKBitmap picture, SKColor colour) => picture.Pixels.Count(p => p == colour);

    // POLYCOPY_PICTURES names a folder to look at them
    private static SKBitmap Decode(byte[] png, string name)
    {
        if (Environment.GetEnvironmentVariable("POLYCOPY_PICTURES") is { Length: > 0 } folder)
            File.WriteAllBytes(Path.Combine(folder, name + ".png"), png);
        return SKBitmap.Decode(png);
    }
}
