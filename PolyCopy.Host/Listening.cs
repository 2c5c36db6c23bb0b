using System.Net;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Host;

/// <summary>Where the host listens: Urls, or what the platform says (ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS, PORT), or 127.0.0.1:5080.</summary>
internal static class Listening
{
    private const string Default = "http://127.0.0.1:5080";
    private const string DefaultOfBot = "http://127.0.0.1:5082"; // beside the core and the simulator

    /// <exception cref="SettingException">A Demo would be reachable from outside without a key.</exception>
    public static void Configure(WebApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        var urls = Urls(builder, Default);
        if (Profiles.Of(settings) == Profile.Demo && string.IsNullOrEmpty(settings["Api:Key"]) && urls.Split(';').Any(u => !IsLoopback(u)))
            throw new SettingException($"A Demo reachable from outside ({urls}) needs Api:Key; without one it listens on 127.0.0.1 only.");
    }

    /// <summary>The bot alone shows nobody's data: it may be reached from anywhere.</summary>
    public static void ConfigureBot(WebApplicationBuilder builder) => Urls(builder, DefaultOfBot);

    private static string Urls(WebApplicationBuilder builder, string otherwise)
    {
        var settings = builder.Configuration;
        if (settings["Urls"] is { } given && !string.IsNullOrWhiteSpace(given))
            return given;
        var urls = settings["http_ports"] is { Length: > 0 } ports ? string.Join(';', ports.Split(';').Select(p => $"http://*:{p}"))
            : settings["PORT"] is { Length: > 0 } port ? $"http://0.0.0.0:{port}"
            : otherwise;
        builder.WebHost.UseUrls(urls);
        return urls;
    }

    private static bool IsLoopback(string url)
    {
        var host = url.Split("://").Last().Split('/')[0];
        host = host[..(host.LastIndexOf(':') is >= 0 and var colon && !host.EndsWith(']') ? colon : host.Length)].Trim('[', ']');
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }
}
