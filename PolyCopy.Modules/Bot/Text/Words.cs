using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Bot.Text;

/// <summary>The bot's own sentences in one language, from the embedded Words/{language}.json, and numbers the way that language writes them.</summary>
internal sealed class Words
{
    public const string Default = "en";

    private static readonly FrozenDictionary<string, Words> All = Load();

    private readonly FrozenDictionary<string, string> _texts;

    private Words(string language, FrozenDictionary<string, string> texts)
    {
        (Language, _texts) = (language, texts);
        Culture = (CultureInfo)CultureInfo.GetCultureInfo(language).Clone();
        // no group separators: what is shown can be typed back
        (Culture.NumberFormat.NumberGroupSeparator, Culture.NumberFormat.NumberDecimalSeparator) = ("", texts["number.decimal"]);
    }

    public string Language { get; }

    public CultureInfo Culture { get; }

    /// <summary>The languages there are.</summary>
    public static IEnumerable<string> Languages => All.Keys.Order(StringComparer.Ordinal);

    public IEnumerable<string> Keys => _texts.Keys;

    /// <summary>By two-letter code, also "fr-CA"; English for everything unknown.</summary>
    public static Words In(string? language) =>
        language is { Length: >= 2 } && All.TryGetValue(language[..2].ToLowerInvariant(), out var words) ? words : All[Default];

    /// <summary>A label without markup, for buttons.</summary>
    public string Label(string key) => _texts[key];

    /// <summary>A label with parts. Buttons take plain text, so parts are cleaned but not escaped by the caller.</summary>
    public string Label(string key, params object[] parts) => string.Format(Culture, _texts[key], parts);

    /// <summary>A sentence whose template may hold markup; strings among the parts count as foreign text.</summary>
    public Html this[string key, params object?[] parts] =>
        new(parts.Length == 0 ? _texts[key] : string.Format(Culture, _texts[key], [.. parts.Select(p => p switch { Html html => html.Value, string text => Html.Foreign(text).Value, null => "", var other => other })]));

    public bool Has(string key) => _texts.ContainsKey(key);

    /// <summary>What the core says, in this language where it can: by the sentence's own code, else by the refusal's; else in the core's English.</summary>
    /// <param name="said">The sentence; null: it came without one.</param>
    /// <param name="english">The same as the core wrote it; may be foreign words.</param>
    /// <param name="code">Of a refusal, which has one sentence here whatever its numbers.</param>
    /// <param name="most">Cut to so many characters where it stays English.</param>
    public Html Say(Said? said, string? english, string? code = null, int most = 300)
    {
        if (said is not null && _texts.GetValueOrDefault("code." + said.Code) is { } text && CompositeFormat.Parse(text).MinimumArgumentCount <= said.Gaps.Count) // a core of another version may have fewer
        {
            var full = new Html(string.Format(Culture, text, [.. said.Gaps.Select(g => Fill(g).Value)]));
            return said.Code == VenueWords.Said.Code && Of(code) is { } meaning ? meaning + Html.Of(" ") + full : full; // what the venue's words mean, and the words
        }
        return Of(code) ?? Html.Foreign(english ?? said?.Text, most);
    }

    /// <summary>What the core refuses, in this language where it can.</summary>
    public Html Say(Error error) => Say(error.Said, error.Message, error.Code);

    /// <summary>$12.34, or 12,34 $ where that is usual.</summary>
    public Html Money(decimal value) => Html.Of((decimal.Round(value, 2) < 0 ? "−" : "") + string.Format(Culture, _texts["number.money"], Math.Abs(value).ToString("0.00", Culture)));

    /// <summary>An amount nobody counts by the cent: $950, $12.4k, $3.1M.</summary>
    public Html Rough(decimal value)
    {
        var (scaled, unit) = value switch { >= 999_950 => (value / 1_000_000, "M"), >= 10_000 => (value / 1_000, "k"), _ => (value, "") };
        return Html.Of(string.Format(Culture, _texts["number.money"], scaled.ToString(unit.Length == 0 ? "0" : "0.#", Culture) + unit));
    }

    /// <summary>Money with its sign.</summary>
    public Html Gain(decimal value) => decimal.Round(value, 2) > 0 ? Html.Of("+") + Money(value) : Money(value);

    /// <summary>What a sale brought, as a line of its own; nothing where that is not known.</summary>
    public Html Result(decimal? realised) => realised is { } pnl ? this["alert.result", Gain(pnl)] : Html.Empty;

    /// <summary>45.2¢</summary>
    public Html Cents(decimal price) => Html.Of((price * 100).ToString("0.##", Culture) + "¢");

    public Html Count(decimal shares) => Html.Of(shares.ToString("0.##", Culture));

    /// <summary>+12.5 %</summary>
    public Html Percent(decimal percent, bool signed = true) => Html.Of((percent < 0 ? "−" : signed && percent > 0 ? "+" : "") + Math.Abs(percent).ToString("0.#", Culture) + " %");

    /// <summary>Day and time in the reader's zone.</summary>
    public Html When(DateTimeOffset at, TimeZoneInfo zone, bool withYear = false) => Html.Of(TimeZoneInfo.ConvertTime(at, zone).ToString(_texts[withYear ? "date.long" : "date.moment"], Culture));

    public Html Day(DateOnly day) => Html.Of(day.ToString(_texts["date.day"], Culture));

    /// <summary>What a refusal's code alone says.</summary>
    private Html? Of(string? code) => code is not null && _texts.GetValueOrDefault("code." + code) is { } text && CompositeFormat.Parse(text).MinimumArgumentCount == 0 ? new(text) : null;

    private Html Fill(Gap gap)
    {
        if (gap.Said is { } inner)
            return Say(inner, gap.Value);
        if (!decimal.TryParse(gap.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return gap.Kind != "text" && Has($"{gap.Kind}.{gap.Value}") ? this[$"{gap.Kind}.{gap.Value}"] : Html.Foreign(gap.Value);
        return gap.Kind switch
        {
            "usd" => Html.Of(string.Format(Culture, _texts["number.money"], number.ToString("0.00##", Culture))), // a reason is exact where a screen rounds
            "price" => Cents(number),
            "shares" or "number" => Html.Of(number.ToString("0.######", Culture)),
            "percent" => Html.Of(number.ToString("0.####", Culture) + " %"),
            _ => Html.Foreign(gap.Value),
        };
    }

    private static FrozenDictionary<string, Words> Load()
    {
        const string prefix = "Bot.Words.";
        var assembly = typeof(Words).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToFrozenDictionary(n => n[prefix.Length..^".json".Length], n =>
        {
            using var stream = assembly.GetManifestResourceStream(n)!;
            var texts = JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!;
            return new Words(n[prefix.Length..^".json".Length], texts.ToFrozenDictionary(StringComparer.Ordinal));
        });
    }
}
