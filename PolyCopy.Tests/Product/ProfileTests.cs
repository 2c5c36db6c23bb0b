using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PolyCopy.Host;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>What each profile may and may not do: play money never meets the real venue, and only a Demo changes its own schema.</summary>
public class ProfileTests
{
    private const string MasterKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private const string Nowhere = "Host=127.0.0.1;Port=9;Database=x;Username=x;Password=x";

    [Fact]
    public async Task Live_has_no_simulator_and_nobody_who_gives_play_money()
    {
        await using var live = Composition.Serve([.. Live(Nowhere), "--Urls", "http://127.0.0.1:0"]);
        live.Services.GetService<IWalletFunding>().Should().BeNull();
        live.Services.GetService<ISimulatorAddress>().Should().BeNull();
        live.Services.GetService<ISimulatedChat>().Should().BeNull();
        live.Services.GetServices<IHostedService>().Where(s => s.GetType().Namespace!.Contains("Simulator", StringComparison.Ordinal)).Should().BeEmpty();
        live.Services.GetRequiredService<IVenueEndpoints>().Trading.Host.Should().Be("127.0.0.1", "it was set");

        using var folder = new TempFolder();
        await using var demo = Composition.Serve(["--Urls", "http://127.0.0.1:0", "--Simulator:Url", "http://127.0.0.1:0", "--Data:Path", folder.Path]);
        demo.Services.GetService<IWalletFunding>().Should().NotBeNull("the test would notice");
        demo.Services.GetServices<IHostedService>().Should().Contain(s => s.GetType().Namespace!.Contains("Simulator", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Demo", null, null, null, null)]
    [InlineData("Demo", "PostgreSql", null, null, null)]
    [InlineData("Demo", null, "false", null, "false")]
    [InlineData("Live", "PostgreSql", null, null, "false")]
    [InlineData("Live", "PostgreSql", "true", null, "true")]
    [InlineData("Live", null, null, "Profile=Live needs Storage:Provider=PostgreSql: SQLite is Demo's store.", null)]
    [InlineData("Live", "Sqlite", null, "Profile=Live needs Storage:Provider=PostgreSql: SQLite is Demo's store.", null)]
    [InlineData("Paper", "PostgreSql", null, "Profile=Paper is not built yet*", null)]
    public void A_profile_makes_its_demands(string profile, string? provider, string? migrate, string? refusal, string? migrates)
    {
        var settings = new ConfigurationManager();
        settings["Profile"] = profile;
        if (provider is not null)
            settings["Storage:Provider"] = provider;
        if (migrate is not null)
            settings["Storage:MigrateAtStart"] = migrate;

        var apply = () => ProfileRules.Apply(settings);

        if (refusal is not null)
        {
            apply.Should().Throw<SettingException>().WithMessage(refusal);
            return;
        }
        apply().ToString().Should().Be(profile);
        settings["Storage:MigrateAtStart"].Should().Be(migrates, "null is the default: it migrates");
        (settings.GetSection("Storage").Get<StorageOptions>() ?? new StorageOptions()).MigrateAtStart.Should().Be(migrates != "false");
    }

    [Theory]
    [InlineData("Profile=Paper is not built yet", "--Profile", "Paper")]
    [InlineData("Profile=Live needs Storage:Provider=PostgreSql", "--Profile", "Live")]
    [InlineData("Trading:EnableLive=true", "--Profile", "Live", "--Storage:Provider", "PostgreSql", "--Storage:ConnectionString", Nowhere)]
    [InlineData("Wallets:MasterKey", "--Profile", "Live", "--Storage:Provider", "PostgreSql", "--Storage:ConnectionString", Nowhere, "--Trading:EnableLive", "true")]
    [InlineData("A Demo reachable from outside (http://0.0.0.0:0) needs Api:Key", "--Profile", "Demo", "--Urls", "http://0.0.0.0:0")]
    [InlineData("A Demo reachable from outside (http://*:0) needs Api:Key", "--Urls", "http://*:0")]
    [InlineData("A Demo reachable from outside (http://127.0.0.1:0;http://[::]:0) needs Api:Key", "--Urls", "http://127.0.0.1:0;http://[::]:0")]
    public void What_a_profile_lacks_is_said_in_its_sentence(string sentence, params string[] settings)
    {
        var serve = () => Composition.Serve(["--Urls", "http://127.0.0.1:0", "--Simulator:Url", "http://127.0.0.1:0", .. settings]);
        serve.Should().Throw<SettingException>().Which.Message.Should().Contain(sentence).And.NotContain("\n");
    }

    [Fact]
    public async Task A_Demo_with_a_key_may_be_reached_from_outside_and_asks_for_it()
    {
        await using var app = await TestApp.StartAsync("--Api:Key", "secret-of-this-test");
        (await app.Api.GetAsync("/api/v1/markets")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        app.Api.DefaultRequestHeaders.Add("X-Api-Key", "another");
        (await app.Api.GetAsync("/api/v1/markets")).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        app.Api.DefaultRequestHeaders.Remove("X-Api-Key");
        app.Api.DefaultRequestHeaders.Add("X-Api-Key", "secret-of-this-test");
        (await app.Api.GetAsync("/api/v1/markets")).StatusCode.Should().Be(HttpStatusCode.OK);
        var outside = () => Composition.Serve(["--Urls", "http://0.0.0.0:0", "--Simulator:Url", "http://127.0.0.1:0", "--Api:Key", "secret-of-this-test"]);
        outside.Should().NotThrow();
    }

    [Fact]
    public async Task Outside_Demo_the_host_waits_for_the_verb_migrate_and_says_which_version_it_needs()
    {
        var server = Environment.GetEnvironmentVariable("POLYCOPY_POSTGRES");
        Services.Require("PostgreSQL", "POLYCOPY_POSTGRES", server is not null);
        var database = $"polycopy_profile_{Environment.ProcessId}";
        await AdminAsync(server!, $"drop database if exists {database}", $"create database {database}");
        var connection = new NpgsqlConnectionStringBuilder(server) { Database = database, MaxPoolSize = 20 }.ConnectionString;
        try
        {
            var port = HostProcess.FreePort();
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await using var host = HostProcess.Start([.. Live(connection), "--Urls", client.BaseAddress.ToString()]);
            await host.SaysAsync("_Initial: run the verb migrate; waiting");

            await using var migrate = HostProcess.Start("migrate", "--Storage:Provider", "PostgreSql", "--Storage:ConnectionString", connection);
            var end = await migrate.EndAsync();
            end.ExitCode.Should().Be(0, end.Errors + end.Output);
            end.Output.Should().Contain("The database is up to date.");

            await host.AnswersAsync(client, "/health/live"); // though its venue is down
            (await client.GetAsync("/api/v1/markets")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await AdminAsync(server!, $"drop database if exists {database} with (force)");
        }
    }

    [Fact]
    public async Task The_verb_migrate_makes_a_database_and_leaves_one_that_is_up_to_date_alone()
    {
        using var folder = new TempFolder();
        for (var run = 0; run < 2; run++)
        {
            (await Verbs.RunAsync(["migrate", "--Data:Path", folder.Path, "--Serilog:MinimumLevel:Default", "Warning"])).Should().Be(0);
            File.Exists(Path.Combine(folder.Path, "polycopy.db")).Should().BeTrue();
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    [Fact]
    public async Task A_request_that_still_runs_is_409_in_progress()
    {
        await using var app = await TestApp.StartAsync();
        var ana = await Trader.WelcomeAsync(app);
        await app.ControlAsync("faults", new { fault = "F25", target = "clob" }); // the venue takes two seconds over an order,
        await app.ControlAsync("clock", new { drive = true }); // and its clock stands
        object order = new { marketId = ana.MarketId, outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "5", maxSlippage = "0.05" };
        var first = app.SendAsync(HttpMethod.Post, $"{ana.Path}/orders", order, "same");
        await app.UntilAsync($"{ana.Path}/orders", o => o.GetProperty("items").GetArrayLength() == 1);

        var second = await app.SendAsync(HttpMethod.Post, $"{ana.Path}/orders", order, "same");

        second.StatusCode.Should().Be(HttpStatusCode.Conflict);
        JsonDocument.Parse(await second.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString().Should().Be("idempotency.in_progress");
        await app.ControlAsync("clock", new { drive = false });
        var answer = await first;
        answer.StatusCode.Should().BeOneOf(HttpStatusCode.Created, HttpStatusCode.Accepted);
        (await app.GetAsync($"{ana.Path}/orders")).GetProperty("items").GetArrayLength().Should().Be(1);
    }

    /// <summary>Settings of a Live host whose venue is this machine's closed port.</summary>
    internal static string[] Live(string connection) =>
    [
        "--Profile", "Live", "--Trading:EnableLive", "true", "--Storage:Provider", "PostgreSql", "--Storage:ConnectionString", connection, "--Wallets:MasterKey", MasterKey, "--Api:Key", "operator",
        "--Venue:GammaUrl", "http://127.0.0.1:9", "--Venue:ClobUrl", "http://127.0.0.1:9", "--Venue:DataUrl", "http://127.0.0.1:9", "--Venue:MarketSocketUrl", "ws://127.0.0.1:9", "--Venue:UserSocketUrl", "ws://127.0.0.1:9", "--Venue:RtdsUrl", "ws://127.0.0.1:9",
    ];

    internal static async Task AdminAsync(string server, params string[] commands)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Database = "postgres", Pooling = false });
        foreach (var sql in commands)
            await using (var command = source.CreateCommand(sql))
                await command.ExecuteNonQueryAsync();
    }
}
