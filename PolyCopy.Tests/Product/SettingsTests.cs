using System.Net;
using System.Net.Sockets;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>A wrong setting stops the host: exit code 2 and one sentence, no stack trace.</summary>
public class SettingsTests
{
    [Theory]
    [InlineData("Profile", "--Profile", "Foo")]
    [InlineData("Storage:Provider", "--Storage:Provider", "Foo")]
    [InlineData("Storage:ConnectionString", "--Storage:Provider", "PostgreSql")]
    [InlineData("Api:Key", "--Urls", "http://0.0.0.0:0")]
    [InlineData("Simulator:Url", "--Simulator:Url", "http://192.0.2.1:80")]
    [InlineData("Bot:Backend", "--Bot:Backend", "Elsewhere")]
    [InlineData("Bot:BackendUrl", "--Bot:Backend", "Http", "--Bot:BackendUrl", "core")]
    [InlineData("Bot:Token", "--Bot:Token", "no-token")]
    [InlineData("verb", "frobnicate")]
    public async Task Stops_the_host_with_one_sentence(string named, params string[] wrong)
    {
        using var folder = new TempFolder();
        string[] good = ["--Urls", "http://127.0.0.1:0", "--Simulator:Url", "http://127.0.0.1:0", "--Data:Path", folder.Path];
        await using var host = HostProcess.Start(wrong[0].StartsWith('-') ? [.. good, .. wrong] : [.. wrong, .. good]);
        Check(await host.EndAsync(), named);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_occupied_port_stops_the_host_with_one_sentence(bool simulators)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var folder = new TempFolder();
        await using var host = HostProcess.Start("--Urls", $"http://127.0.0.1:{(simulators ? 0 : port)}", "--Simulator:Url", $"http://127.0.0.1:{(simulators ? port : 0)}", "--Data:Path", folder.Path, "--Demo:Populate", "false");
        Check(await host.EndAsync(), port.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void Check((int ExitCode, string Output, string Errors) end, string named)
    {
        end.ExitCode.Should().Be(2, end.Errors + end.Output);
        end.Errors.Trim().Should().NotBeEmpty().And.NotContain("\n").And.Contain(named);
        end.Output.Should().NotContain("   at ", "no stack trace");
    }
}
