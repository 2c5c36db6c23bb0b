using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Kernel;

/// <summary>A sentence that the core says to people: in English, and as a code with what stands in its gaps, by which any language can say it.</summary>
/// <param name="Code">Of the <see cref="Phrase"/>; stable.</param>
/// <param name="Text">English.</param>
/// <param name="Gaps">In the order of the phrase's numbers.</param>
public sealed record Said(string Code, string Text, IReadOnlyList<Gap> Gaps);

/// <summary>What stands in a gap of a sentence.</summary>
/// <param name="Kind">usd (pUSD), price (pUSD per share), shares, number, percent, text (foreign, or words that have no code), said (a sentence within the sentence), or what names a group of words: side, move, order.</param>
/// <param name="Value">As the English sentence has it; numbers with a decimal point.</param>
/// <param name="Said">Of kind said.</param>
public sealed record Gap(string Kind, string Value, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Said? Said = null)
{
    public static Gap Usd(decimal value) => new("usd", Number4(value));

    public static Gap PerShare(decimal value) => new("price", Number4(value));

    public static Gap Percent(decimal value) => new("percent", Number4(value));

    public static Gap Number(decimal value) => new("number", Number4(value));

    /// <summary>A word that is one of a known few, named by its group: order, move.</summary>
    public static Gap Word(string group, string word) => new(group, word);

    public static implicit operator Gap(Usdc value) => new("usd", value.ToString());

    public static implicit operator Gap(Shares value) => new("shares", value.ToString());

    public static implicit operator Gap(Price value) => new("price", value.ToString());

    public static implicit operator Gap(int value) => new("number", value.ToString(CultureInfo.InvariantCulture));

    public static implicit operator Gap(string text) => new("text", text);

    public static implicit operator Gap(Said said) => new("said", said.Text, said);

    private static string Number4(decimal value) => decimal.Round(value, 4).ToString("0.####", CultureInfo.InvariantCulture);
}

/// <summary>A sentence of ours before its gaps are filled. Whoever can say it keeps it in a static field: the test of the languages finds it there.</summary>
/// <param name="code">Lower-case, with dots: module, what it is about, and which sentence where there are several.</param>
/// <param name="english">With {0}, {1}, … for its gaps.</param>
public sealed class Phrase(string code, string english)
{
    private readonly CompositeFormat _format = CompositeFormat.Parse(english);

    public string Code => code;

    public string English => english;

    public Said With(params Gap[] gaps) => new(code, string.Format(CultureInfo.InvariantCulture, _format, [.. gaps.Select(g => (object)g.Value)]), gaps);

    /// <summary>The same as a refusal.</summary>
    /// <param name="refusal">The refusal's own stable code; several sentences may share one.</param>
    /// <param name="gaps">What stands in the gaps.</param>
    public Error Refuse(string refusal, params Gap[] gaps)
    {
        var said = With(gaps);
        return new Error(refusal, said.Text) { Said = said };
    }
}
