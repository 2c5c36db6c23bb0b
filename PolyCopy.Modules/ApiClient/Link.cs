using System.Globalization;
using System.Text;

namespace PolyCopy.Modules.ApiClient;

/// <summary>Addresses from the templates in Routes.</summary>
internal static class Link
{
    /// <summary>The template with its {placeholders} filled in their order.</summary>
    public static string To(string template, params ReadOnlySpan<object> values)
    {
        var path = new StringBuilder(template.Length + 40);
        var next = 0;
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '{')
            {
                path.Append(template[i]);
                continue;
            }
            path.Append(Text(values[next++]));
            i = template.IndexOf('}', i);
        }
        return next == values.Length ? path.ToString() : throw new ArgumentException($"{template} takes {next} values.", nameof(values));
    }

    /// <summary>The path with what is not null behind a question mark.</summary>
    public static string With(this string path, params ReadOnlySpan<(string Name, object? Value)> query)
    {
        var whole = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in query)
        {
            if (value is null)
                continue;
            whole.Append(separator).Append(name).Append('=').Append(Text(value));
            separator = '&';
        }
        return whole.ToString();
    }

    private static string Text(object value) => Uri.EscapeDataString(value is DateOnly day ? day.ToString("O", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture)!);
}
