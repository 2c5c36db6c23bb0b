using Npgsql;
using PolyCopy.Host;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>The verb doctor: one line a check, exit code 1 when something is wrong.</summary>
public class DoctorTests
{
    [Fact]
    public async Task A_new_Demo_is_well_before_its_first_start_and_while_it_runs()
    {
        using var folder = new TempFolder();
        var (code, lines) = await AskAsync("--Data:Path", folder.Path, "--Simulator:Url", $"http://127.0.0.1:{HostProcess.FreePort()}");
        code.Should().Be(0, string.Join('\n', lines));
        lines.Should().HaveCount(9).And.OnlyContain(l => l.StartsWith("ok  "));
        Directory.GetFileSystemEntries(folder.Path).Should().BeEmpty("it changes nothing");

        await using var app = await TestApp.StartAsync();
        await Trader.WelcomeAsync(app);
        (code, lines) = await AskAsync("--Data:Path", app.Folder, "--Simulator:Url", app.Venue.BaseAddress!.GetLeftPart(UriPartial.Authority));
        code.Should().Be(0, string.Join('\n', lines));
        lines.Should().Contain(l => l.Contains("Sqlite, up to date")).And.Contain(l => l.Contains("master.key is there")).And.Contain(l => l.Contains("/ws/market opens")).And.Contain(l => l.Contains("time answers 200"));

        await app.ControlAsync("clock", new { advanceSeconds = 600 });
        (code, lines) = await AskAsync("--Data:Path", app.Folder, "--Simulator:Url", app.Venue.BaseAddress!.GetLeftPart(UriPartial.Authority));
        code.Should().Be(1);
        lines.Should().ContainSingle(l => l.StartsWith("FAIL")).Which.Should().Contain("clock").And.Contain("set this machine's clock");
    }

    [Fact]
    public async Task A_Live_host_without_migration_Redis_and_venue_is_told_so()
    {
        var server = Environment.GetEnvironmentVariable("POLYCOPY_POSTGRES");
        Services.Require("PostgreSQL", "POLYCOPY_POSTGRES", server is not null);
        var database = $"polycopy_doctor_{Environment.ProcessId}";
        await ProfileTests.AdminAsync(server!, $"drop database if exists {database}", $"create database {database}");
        try
        {
            var connection = new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;
            var (code, lines) = await AskAsync([.. ProfileTests.Live(connection), "--Cache:Redis", "127.0.0.1:9"]);

            code.Should().Be(1);
            lines.Where(l => l.StartsWith("FAIL")).Select(l => l[6..20].Trim()).Should().BeEquivalentTo("database", "redis", "venue CLOB", "venue Gamma", "market socket", "clock");
            lines.Should().Contain(l => l.Contains("run the verb migrate"));
            (await AskAsync([.. ProfileTests.Live(connection.Replace(database, "nowhere", StringComparison.Ordinal))])).Lines.Should().Contain(l => l.StartsWith("FAIL  database") && l.Contains("nowhere"));
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await ProfileTests.AdminAsync(server!, $"drop database if exists {database} with (force)");
        }
    }

    [Fact]
    public async Task A_wrong_setting_is_its_first_line()
    {
        var (code, lines) = await AskAsync("--Profile", "Live", "--Data:Path", Path.GetTempPath());
        code.Should().Be(1);
        lines[0].Should().StartWith("FAIL  settings").And.Contain("Profile=Live needs Storage:Provider=PostgreSql");
    }

    private static async Task<(int Code, string[] Lines)> AskAsync(params string[] settings)
    {
        var output = new StringWriter();
        var code = await new Doctor(output, TimeProvider.System).RunAsync([.. settings, "--Urls", "http://127.0.0.1:0"]);
        return (code, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
