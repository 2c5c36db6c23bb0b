using System.Globalization;

namespace PolyCopy.Modules.Bot.Text;

/// <summary>Numbers people type. One comma or one point is the decimal sign; a comma that groups thousands is refused, never guessed.</summary>
internal static class Numbers
{
    /// <summary>"1,5" and "1.5" are 1.5, "1.000" is 1; "1,000", "1.000.000", "1 000" and "1e3" are nothing. A currency sign at either end is allowed.</summary>
    /// <remarks>"1,500" is what many write for 1500: three digits after a comma, behind at most three digits that do not begin with 0, are refused. A point never groups: everything the bot shows is written so, and the review repeats the number.</remarks>
    public static bool TryParse(string? text, out decimal value)
    {
        value = 0;
        var digits = (text ?? "").Trim().Trim('$', '€').Trim();
        if (digits.Length is 0 or > 15)
            return false;
        var sign = digits.IndexOfAny(['.', ',']);
        if (digits.Any(c => c is not (>= '0' and <= '9' or '.' or ',')) || sign >= 0 && digits.IndexOfAny(['.', ','], sign + 1) >= 0)
            return false;
        if (sign >= 0 && (sign == digits.Length - 1 || IsGroup(digits, sign)))
            return false;
        return decimal.TryParse(digits.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>A price: 0.45, 45¢, 45c, or a number from 1 to 99 as cents.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="price">pUSD per share, above 0 and below 1.</param>
    public static bool TryParsePrice(string? text, out decimal price)
    {
        var typed = (text ?? "").Trim();
        var cents = typed.EndsWith('¢') || typed.EndsWith('c') || typed.EndsWith('C');
        if (!TryParse(cents ? typed[..^1] : typed, out price))
            return false;
        if (cents || price >= 1)
            price /= 100;
        return price is > 0 and < 1;
    }

    /// <summary>A percentage: "20", "20 %", "2,5%".</summary>
    public static bool TryParsePercent(string? text, out decimal percent) => TryParse((text ?? "").Trim().TrimEnd('%'), out percent);

    private static bool IsGroup(string digits, int sign) => digits[sign] == ',' && digits.Length - sign - 1 == 3 && sign is >= 1 and <= 3 && digits[0] != '0';
}
