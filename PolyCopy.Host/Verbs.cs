using System.Runtime.InteropServices;
using System.Text.Json;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Simulator;

namespace PolyCopy.Host;

/// <summary>What the first argument may be; without one the host serves. Everything after it is configuration (--Profile Paper).</summary>
internal static class Verbs
{
    private const string Help = """
        PolyCopy: trade and copy-trade Polymarket.

          dotnet run --project PolyCopy.Host [verb] [--Setting value ...]

          (none)             serve: API, pages, streamer, poller, exits
          simulator          only the simulated venue, so that the product can be stopped while the venue lives
          migrate            bring the database up to date and stop
          doctor             check settings, disk, database, keys, Redis, venue and clock, one line each; exit code 1 when something is wrong
          positions rebuild  fold every position and balance from the ledger again and compare; --repair true writes what the ledger says
          replay             judge a leader's recorded trades by other rules: --leader 0x… --cash 1000 --days 7 --rules FILE (JSON as of a follow)
          --help             this text

        Settings: appsettings.json, environment (Storage__Provider), command line (--Storage:Provider PostgreSql).
        """;

    public static Task<int> RunAsync(string[] args)
    {
        var words = args.TakeWhile(a => !a.StartsWith('-')).ToArray();
        var settings = args[words.Length..];
        if (settings.Any(a => a is "--help" or "-h" or "-?"))
        {
            Console.WriteLine(Help);
            return Task.FromResult(0);
        }
        return string.Join(' ', words) switch
        {
            "" => ServeAsync(settings),
            "simulator" => SimulatorAsync(settings),
            "migrate" => MigrateAsync(settings),
            "doctor" => new Doctor(Console.Out, TimeProvider.System).RunAsync(settings),
            "positions rebuild" => RebuildAsync(settings),
            "replay" => ReplayAsync(settings),
            var unknown => throw new SettingException($"There is no verb '{unknown}': --help lists them."),
        };
    }

    private static async Task<int> ServeAsync(string[] settings)
    {
        await using var app = Composition.Serve(settings);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            // what did start is at work: without a stop it would meet its disposed database and log that instead of the reason
            await app.StopAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task<int> SimulatorAsync(string[] settings)
    {
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => { signal.Cancel = true; stop.Cancel(); });
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => { signal.Cancel = true; stop.Cancel(); });
        using var loggers = LoggerFactory.Create(l => l.AddSimpleConsole(c => c.SingleLine = true));
        await SimulatorHost.RunAsync(Composition.Configuration(settings), TimeProvider.System, loggers, url => Console.WriteLine($"The simulated venue listens on {url}"), stop.Token);
        return 0;
    }

    private static async Task<int> MigrateAsync(string[] settings)
    {
        using var host = Composition.Worker(settings);
        await host.Services.MigrateAsync(CancellationToken.None);
        Console.WriteLine("The database is up to date.");
        return 0;
    }

    /// <returns>0 when everything agrees (or was repaired), 1 when something differs.</returns>
    private static async Task<int> RebuildAsync(string[] settings)
    {
        await using var app = Composition.Serve(settings);
        var repair = app.Configuration.GetValue("repair", false);
        if (repair)
            await app.Services.MigrateAsync(CancellationToken.None); // takes the store for this process alone
        var report = await app.Services.GetRequiredService<IPositionsRebuild>().RunAsync(repair, CancellationToken.None);
        foreach (var difference in report.Differences)
            Console.WriteLine(difference);
        Console.WriteLine($"{report.LedgerRows} ledger rows, {report.Positions} positions, {report.Wallets} wallets: {report.Differences.Count} differences{(repair && report.Differences.Count > 0 ? ", repaired" : "")}.");
        return report.Differences.Count == 0 || repair ? 0 : 1;
    }

    /// <summary>The same data, prices and rules print the same bytes. Nothing is started: in Demo prices come from the venue that runs, if one does.</summary>
    private static async Task<int> ReplayAsync(string[] settings)
    {
        await using var app = Composition.Serve([.. settings, "--Simulator:Embedded", "false"]);
        if (app.Services.GetRequiredService<IMarketCatalog>() is IHostedService catalog)
            await catalog.StartAsync(CancellationToken.None); // what was known at the last stop
        var (leader, file) = (app.Configuration["leader"], app.Configuration["rules"]);
        if (leader is null || file is null)
            throw new SettingException("replay needs --leader 0x… and --rules FILE.");
        var rules = JsonSerializer.Deserialize<FollowRules>(await File.ReadAllTextAsync(file), PolyCopy.Modules.Api.Json.Options) ?? throw new SettingException($"{file} holds no rules.");
        var replayed = await app.Services.GetRequiredService<IReplay>().RunAsync(leader, rules, app.Configuration.GetValue("cash", 1_000m), app.Configuration.GetValue("days", 7), CancellationToken.None);
        if (!replayed.Try(out var preview, out var error))
            throw new SettingException(error.Message);
        foreach (var line in preview.Lines)
            Console.WriteLine(line);
        Console.WriteLine($"{preview.Trades} trades: {preview.Copied} copied, {preview.Skipped} skipped, {preview.Spent} pUSD spent, {preview.Received} received, P&L {preview.Pnl}; {preview.Exits} take-profits and stops fired; {preview.Assumed} without a recorded book, {preview.Unpriced} outcomes without known prices.");
        return 0;
    }
}
