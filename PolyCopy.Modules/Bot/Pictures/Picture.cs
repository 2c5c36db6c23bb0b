using System.Globalization;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;
using SkiaSharp;

namespace PolyCopy.Modules.Bot.Pictures;

/// <summary>The card of a position or a day.</summary>
/// <param name="Pnl">pUSD.</param>
/// <param name="Facts">Up to three pairs of label and value.</param>
internal sealed record PnlCard(string Title, string Subtitle, decimal Pnl, decimal? Percent, IReadOnlyList<(string Label, string Value)> Facts);

/// <summary>PNGs for a phone in dark mode: large type, few lines, the profile always on them.</summary>
internal static class Picture
{
    private const int Width = 1080;
    private const int Margin = 64;

    /// <summary>The price of an outcome over time.</summary>
    public static byte[] History(string question, string outcome, IReadOnlyList<PricePoint> points, string profile, Words words, TimeZoneInfo zone)
    {
        var (first, last) = (points[0].Price, points[^1].Price);
        using var sheet = new Sheet(Width, 810);
        var y = Head(sheet, question, profile, lines: 2);
        sheet.Text(ForeignText.Clean(outcome, 30), Margin, y + 60, 40, Colours.Soft);
        sheet.Text(Plain(words.Cents(last)), Width - Margin, y + 66, 64, Tone(last - first), bold: true, align: SKTextAlign.Right);
        var plot = new SKRect(Margin, y + 110, Width - Margin - 110, 810 - Margin - 40);
        var values = points.Select(p => (double)p.Price).ToArray();
        var (low, high, step) = Range(values, 0.02);
        Grid(sheet, plot, low, high, step, v => Plain(words.Cents((decimal)v)));
        var span = (points[^1].At - points[0].At).TotalSeconds;
        Curve(sheet, plot, [.. points.Select(p => span <= 0 ? 0 : (p.At - points[0].At).TotalSeconds / span)], values, low, high, Tone(last - first));
        var format = span > 2 * 86_400 ? words.Label("date.day") : "HH:mm";
        sheet.Text(Local(points[0].At, format), plot.Left, 810 - 40, 30, Colours.Soft);
        sheet.Text(Local(points[^1].At, format), plot.Right, 810 - 40, 30, Colours.Soft, align: SKTextAlign.Right);
        return sheet.Png();

        string Local(DateTimeOffset at, string pattern) => TimeZoneInfo.ConvertTime(at, zone).ToString(pattern, words.Culture);
    }

    /// <summary>Realised gains summed day by day.</summary>
    public static byte[] Equity(IReadOnlyList<(DateOnly Day, decimal Value)> curve, string title, string profile, Words words)
    {
        using var sheet = new Sheet(Width, 810);
        var y = Head(sheet, title, profile, lines: 1);
        var last = curve[^1].Value;
        sheet.Text(Plain(words.Gain(last)), Margin, y + 100, 80, Tone(last), bold: true);
        var plot = new SKRect(Margin, y + 150, Width - Margin - 150, 810 - Margin - 40);
        var values = curve.Select(c => (double)c.Value).ToArray();
        var (low, high, step) = Range([.. values, 0], 1);
        Grid(sheet, plot, low, high, step, v => (v < 0 ? "−" : "") + Plain(words.Rough((decimal)Math.Abs(v))));
        Curve(sheet, plot, [.. values.Select((_, i) => curve.Count < 2 ? 0 : i / (double)(curve.Count - 1))], values, low, high, Tone(last));
        sheet.Text(Plain(words.Day(curve[0].Day)), plot.Left, 810 - 40, 30, Colours.Soft);
        sheet.Text(Plain(words.Day(curve[^1].Day)), plot.Right, 810 - 40, 30, Colours.Soft, align: SKTextAlign.Right);
        return sheet.Png();
    }

    /// <summary>The P&amp;L card.</summary>
    public static byte[] Pnl(PnlCard card, string profile, Words words, DateTimeOffset now, TimeZoneInfo zone)
    {
        var height = card.Percent is null ? 880 : 1080;
        using var sheet = new Sheet(Width, height);
        sheet.Glow(Tone(card.Pnl));
        var y = Head(sheet, card.Title, profile, lines: 3);
        sheet.Text(ForeignText.Clean(card.Subtitle, 40), Margin, y + 68, 48, Colours.Soft);
        sheet.Text(Plain(words.Gain(card.Pnl)), Margin, y + 270, 150, Tone(card.Pnl), bold: true, fit: Width - (2 * Margin));
        if (card.Percent is { } percent)
            sheet.Text(Plain(words.Percent(percent)), Margin, y + 380, 80, Tone(card.Pnl), bold: true);
        var column = (Width - (2 * Margin)) / Math.Max(1, card.Facts.Count);
        for (var i = 0; i < card.Facts.Count; i++)
        {
            sheet.Text(card.Facts[i].Label, Margin + (i * column), height - 250, 34, Colours.Soft, fit: column - 20);
            sheet.Text(card.Facts[i].Value, Margin + (i * column), height - 190, 52, Colours.Text, bold: true, fit: column - 20);
        }
        sheet.Line(Margin, height - 130, Width - Margin, height - 130, Colours.Line, 2);
        sheet.Text("PolyCopy", Margin, height - 66, 40, Colours.Text, bold: true);
        sheet.Text(TimeZoneInfo.ConvertTime(now, zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), Width - Margin, height - 66, 34, Colours.Soft, align: SKTextAlign.Right);
        return sheet.Png();
    }

    /// <summary>The badge and the title; gives where they end.</summary>
    private static float Head(Sheet sheet, string title, string profile, int lines)
    {
        var badge = profile == "LIVE" ? Colours.Live : profile == "PAPER" ? Colours.Paper : Colours.Demo;
        sheet.Badge(profile, Width - Margin, Margin - 10, badge);
        return sheet.Paragraph(ForeignText.Clean(title, 140), Margin, Margin + 44, 48, Width - (2 * Margin) - 210, lines, Colours.Text);
    }

    private static void Grid(Sheet sheet, SKRect plot, double low, double high, double step, Func<double, string> label)
    {
        for (var i = 0; low + (i * step) < high + (step / 2); i++)
        {
            var y = plot.Bottom - (float)(i * step / (high - low) * plot.Height);
            sheet.Line(plot.Left, y, plot.Right, y, Colours.Line, 2);
            sheet.Text(label(low + (i * step)), plot.Right + 16, y + 11, 30, Colours.Soft);
        }
    }

    private static void Curve(Sheet sheet, SKRect plot, double[] xs, double[] ys, double low, double high, SKColor colour) =>
        sheet.Curve([.. xs.Zip(ys, (x, y) => new SKPoint(plot.Left + (float)(x * plot.Width), plot.Bottom - (float)((y - low) / (high - low) * plot.Height)))], plot.Bottom, colour);

    /// <summary>From one round value to another, around the values, in four to six steps; never empty.</summary>
    private static (double Low, double High, double Step) Range(double[] values, double least)
    {
        var (low, high) = (values.Min(), values.Max());
        var span = Math.Max(high - low, least);
        var unit = Math.Pow(10, Math.Floor(Math.Log10(span / 4)));
        var step = unit * new[] { 1.0, 2, 5, 10 }.First(m => m * unit * 4 >= span);
        var (first, last) = (Math.Floor(low / step), Math.Ceiling(high / step));
        return (first * step, Math.Max(last, first + 1) * step, step);
    }

    private static SKColor Tone(decimal value) => value > 0 ? Colours.Up : value < 0 ? Colours.Down : Colours.Text;

    private static string Plain(Html html) => Html.Plain(html.Value);
}
