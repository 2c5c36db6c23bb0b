using System.Text;
using SkiaSharp;

namespace PolyCopy.Modules.Bot.Pictures;

internal static class Colours
{
    public static readonly SKColor Back = new(0x0E, 0x13, 0x1A);
    public static readonly SKColor Text = new(0xF2, 0xF5, 0xF8);
    public static readonly SKColor Soft = new(0x9A, 0xA7, 0xB5);
    public static readonly SKColor Line = new(0x24, 0x2D, 0x38);
    public static readonly SKColor Up = new(0x2E, 0xD5, 0x8A);
    public static readonly SKColor Down = new(0xFF, 0x5C, 0x6C);
    public static readonly SKColor Demo = new(0x4C, 0x8D, 0xFF);
    public static readonly SKColor Paper = new(0xE8, 0xB3, 0x39);
    public static readonly SKColor Live = new(0xE5, 0x3E, 0x3E);
}

/// <summary>A dark sheet to draw on. The fonts are our own: a server has none.</summary>
internal sealed class Sheet : IDisposable
{
    private static readonly SKTypeface Regular = Load("Inter-Regular");
    private static readonly SKTypeface Bold = Load("Inter-Bold");

    private readonly SKSurface _surface;
    private readonly int _width;
    private readonly int _height;

    public Sheet(int width, int height)
    {
        (_width, _height) = (width, height);
        _surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        Canvas.Clear(Colours.Back);
    }

    private SKCanvas Canvas => _surface.Canvas;

    public byte[] Png()
    {
        using var image = _surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 90);
        return data.ToArray();
    }

    public void Dispose() => _surface.Dispose();

    /// <summary>A faint light of the colour from the top right.</summary>
    public void Glow(SKColor colour)
    {
        using var shader = SKShader.CreateRadialGradient(new SKPoint(_width, 0), _width, [colour.WithAlpha(60), colour.WithAlpha(0)], SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = shader };
        Canvas.DrawRect(0, 0, _width, _height, paint);
    }

    public void Line(float x1, float y1, float x2, float y2, SKColor colour, float thickness)
    {
        using var paint = new SKPaint { Color = colour, StrokeWidth = thickness, IsAntialias = true };
        Canvas.DrawLine(x1, y1, x2, y2, paint);
    }

    public void Curve(SKPoint[] points, float floor, SKColor colour)
    {
        using var builder = new SKPath();
        builder.MoveTo(points[0]);
        foreach (var point in points.AsSpan(1))
            builder.LineTo(point);
        using var stroke = new SKPaint { Color = colour, StrokeWidth = 6, Style = SKPaintStyle.Stroke, IsAntialias = true, StrokeJoin = SKStrokeJoin.Round, StrokeCap = SKStrokeCap.Round };
        Canvas.DrawPath(builder, stroke);
        builder.LineTo(points[^1].X, floor);
        builder.LineTo(points[0].X, floor);
        builder.Close();
        using var shader = SKShader.CreateLinearGradient(new SKPoint(0, points.Min(p => p.Y)), new SKPoint(0, floor), [colour.WithAlpha(80), colour.WithAlpha(0)], SKShaderTileMode.Clamp);
        using var fill = new SKPaint { Shader = shader, IsAntialias = true };
        Canvas.DrawPath(builder, fill);
        using var dot = new SKPaint { Color = colour, IsAntialias = true };
        Canvas.DrawCircle(points[^1], 11, dot);
    }

    /// <summary>A filled label whose right upper corner is given.</summary>
    public void Badge(string text, float right, float top, SKColor colour)
    {
        using var font = new SKFont(Bold, 40);
        var width = font.MeasureText(text) + 48;
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        Canvas.DrawRoundRect(right - width, top, width, 68, 14, 14, paint);
        Text(text, right - (width / 2), top + 49, 40, Colours.Back, bold: true, align: SKTextAlign.Center);
    }

    /// <summary>Words in lines of at most a width; gives the base line of the last one.</summary>
    public float Paragraph(string text, float x, float y, float size, float width, int lines, SKColor colour)
    {
        using var font = new SKFont(Bold, size);
        var line = new StringBuilder();
        var drawn = 1;
        foreach (var word in text.Split(' '))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (Measure(longer, font) <= width || line.Length == 0)
            {
                line.Clear().Append(longer);
                continue;
            }
            if (drawn == lines)
            {
                line.Append('…');
                break;
            }
            Text(line.ToString(), x, y, size, colour, bold: true, fit: width);
            y += size * 1.25f;
            drawn++;
            line.Clear().Append(word);
        }
        Text(line.ToString(), x, y, size, colour, bold: true, fit: width);
        return y;
    }

    /// <param name="fit">Smaller type when it is wider than this; 0: as it is.</param>
    public void Text(string text, float x, float y, float size, SKColor colour, bool bold = false, SKTextAlign align = SKTextAlign.Left, float fit = 0)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        using var font = new SKFont(bold ? Bold : Regular, size) { Subpixel = true };
        var width = Measure(text, font);
        if (fit > 0 && width > fit)
        {
            font.Size = Math.Max(size / 3, size * fit / width);
            width = Measure(text, font);
        }
        var at = align switch { SKTextAlign.Right => x - width, SKTextAlign.Center => x - (width / 2), _ => x };
        foreach (var (run, face) in Runs(text, font.Typeface))
        {
            using var with = new SKFont(face, font.Size) { Subpixel = true };
            Canvas.DrawText(run, at, y, SKTextAlign.Left, with, paint);
            at += with.MeasureText(run);
        }
    }

    private static float Measure(string text, SKFont font)
    {
        var width = 0f;
        foreach (var (run, face) in Runs(text, font.Typeface))
        {
            using var with = new SKFont(face, font.Size);
            width += with.MeasureText(run);
        }
        return width;
    }

    /// <summary>The text in pieces of one font each. A sign that neither our font nor the machine's has is left out.</summary>
    private static List<(string Run, SKTypeface Face)> Runs(string text, SKTypeface own)
    {
        var runs = new List<(string Run, SKTypeface Face)>();
        var run = new StringBuilder();
        var current = own;
        foreach (var rune in text.EnumerateRunes())
        {
            var face = own.GetGlyph(rune.Value) != 0 ? own : SKFontManager.Default.MatchCharacter(rune.Value);
            if (face is null)
                continue;
            if (face.Handle != current.Handle && run.Length > 0)
            {
                runs.Add((run.ToString(), current));
                run.Clear();
            }
            current = face;
            run.Append(rune);
        }
        if (run.Length > 0)
            runs.Add((run.ToString(), current));
        return runs;
    }

    private static SKTypeface Load(string name)
    {
        using var stream = typeof(Sheet).Assembly.GetManifestResourceStream($"Bot.Fonts.{name}.ttf") ?? throw new InvalidOperationException($"The font {name} is missing.");
        return SKTypeface.FromStream(stream);
    }
}
