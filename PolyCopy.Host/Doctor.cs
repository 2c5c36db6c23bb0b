using System.Globalization;
using System.Net.WebSockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using StackExchange.Redis;

namespace PolyCopy.Host;

/// <summary>Looks at everything the host needs before it runs, says one line about each, and changes nothing.</summary>
internal sealed class Doctor(TextWriter output, TimeProvider clock)
{
    private const long LeastDisk = 1L << 30;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MostOffset = TimeSpan.FromSeconds(30);

    private bool _wrong;

    /// <returns>0 when all is well, 1 when something is wrong.</returns>
    public async Task<int> RunAsync(string[] settings)
    {
        var plain = Composition.Configuration(settings);
        await using var app = await SettingsAsync(settings);
        await CheckAsync("disk", _ => Task.FromResult(Disk(new DataDirectory(plain["Data:Path"]).Path)));
        if (app is null)
            return 1; // the rest is about what the settings say
        var services = app.Services;
        var venue = services.GetRequiredService<IVenueEndpoints>();
        var storage = services.GetRequiredService<StorageOptions>();
        var data = services.GetRequiredService<DataDirectory>();
        var isNew = storage is { Provider: StorageProvider.Sqlite, ConnectionString: null } && !File.Exists(Path.Combine(data.Path, "polycopy.db"));

        await CheckAsync("database", async ct => isNew ? Good("SQLite: the host makes it at its first start") : await DatabaseAsync(services, storage, ct));
        if (storage.Provider == StorageProvider.PostgreSql)
            await CheckAsync("row security", ct => RowSecurityAsync(services, ct));
        await CheckAsync("master key", ct => MasterKeyAsync(services, venue, data, isNew, ct));
        await CheckAsync("redis", _ => RedisAsync(plain["Cache:Redis"]));

        // a Demo carries its venue inside: while the host does not run there is nothing to reach
        var inside = venue.Profile == Profile.Demo && plain.GetValue("Simulator:Embedded", true);
        using var http = new HttpClient { Timeout = Patience };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("PolyCopy/1.0");
        await CheckAsync("venue CLOB", ct => ReachAsync(inside, () => GetAsync(http, new Uri(venue.Clob, "time"), ct)));
        await CheckAsync("venue Gamma", ct => ReachAsync(inside, () => GetAsync(http, new Uri(venue.Gamma, "markets?limit=1"), ct)));
        await CheckAsync("market socket", ct => ReachAsync(inside, () => ConnectAsync(venue.MarketSocket, ct)));
        await CheckAsync("clock", ct => ReachAsync(inside, () => ClockAsync(http, new Uri(venue.Trading, "time"), ct)));
        return _wrong ? 1 : 0;
    }

    private async Task<WebApplication?> SettingsAsync(string[] settings)
    {
        WebApplication? app = null;
        await CheckAsync("settings", _ =>
        {
            // not embedded: the simulator is looked for where it would listen, and none is started
            app = Composition.Serve([.. settings, "--Simulator:Embedded", "false"]);
            app.Services.GetService<IStartupValidator>()?.Validate();
            return Task.FromResult(Good($"profile {Profiles.Of(app.Configuration)}"));
        });
        return app;
    }

    private static (bool, string) Disk(string path)
    {
        Directory.CreateDirectory(path);
        var probe = Path.Combine(path, $".doctor-{Environment.ProcessId}");
        File.WriteAllText(probe, "");
        File.Delete(probe);
        var free = new DriveInfo(path).AvailableFreeSpace;
        var text = string.Create(CultureInfo.InvariantCulture, $"{path} can be written, {free / (double)LeastDisk:0.0} GB are free");
        return free >= LeastDisk ? Good(text) : Bad(text + ": at least 1 GB is needed");
    }

    private static async Task<(bool, string)> DatabaseAsync(IServiceProvider services, StorageOptions storage, CancellationToken ct)
    {
        var pending = await services.PendingMigrationsAsync(ct);
        return pending.Count == 0 ? Good($"{storage.Provider}, up to date")
            : storage.MigrateAtStart ? Good($"{storage.Provider}, lacks {pending[^1]}: the host brings it up to date at its start")
            : Bad($"{storage.Provider}, lacks migration {pending[^1]}: run the verb migrate");
    }

    private static async Task<(bool, string)> RowSecurityAsync(IServiceProvider services, CancellationToken ct)
    {
        var free = await services.GetRequiredService<WorkerScope>().ReadAsync(
            (db, token) => db.Database.SqlQueryRaw<bool>("""select rolsuper or rolbypassrls as "Value" from pg_roles where rolname = current_user""").SingleAsync(token), ct);
        return free ? Bad("the role of Storage:ConnectionString is a superuser or bypasses row-level security: use a plain role") : Good("binds the role of Storage:ConnectionString");
    }

    private static async Task<(bool, string)> MasterKeyAsync(IServiceProvider services, IVenueEndpoints venue, DataDirectory data, bool isNew, CancellationToken ct)
    {
        if (venue.Profile != Profile.Demo)
            return Good("is set"); // a wrong one is a wrong setting
        if (File.Exists(Path.Combine(data.Path, "master.key")))
            return Good("master.key is there");
        return isNew || await services.GetRequiredService<WorkerScope>().ReadAsync((db, token) => db.Database.SqlQueryRaw<int>("""select count(*) as "Value" from wallets""").SingleAsync(token), ct) == 0
            ? Good("made with the first wallet")
            : Bad($"{data.Path} holds wallets but no master.key: put the file back, a new one cannot open them");
    }

    private static async Task<(bool, string)> RedisAsync(string? connection)
    {
        if (string.IsNullOrWhiteSpace(connection))
            return Good("not used: Cache:Redis is not set");
        var options = ConfigurationOptions.Parse(connection);
        (options.AbortOnConnectFail, options.ConnectTimeout) = (true, 3_000);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(options);
        var took = await redis.GetDatabase().PingAsync();
        return Good(string.Create(CultureInfo.InvariantCulture, $"answers in {took.TotalMilliseconds:0.0} ms"));
    }

    private static async Task<(bool, string)> ReachAsync(bool inside, Func<Task<(bool, string)>> look)
    {
        try
        {
            return await look();
        }
        catch (Exception e) when (inside && e is HttpRequestException or WebSocketException)
        {
            return Good("the simulator runs inside the host and starts with it");
        }
    }

    private static async Task<(bool, string)> GetAsync(HttpClient http, Uri address, CancellationToken ct)
    {
        using var answer = await http.GetAsync(address, ct);
        var text = $"{address.GetLeftPart(UriPartial.Path)} answers {(int)answer.StatusCode}";
        return answer.IsSuccessStatusCode ? Good(text) : Bad(text);
    }

    private static async Task<(bool, string)> ConnectAsync(Uri address, CancellationToken ct)
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(address, ct);
        socket.Abort();
        return Good($"{address.GetLeftPart(UriPartial.Path)} opens");
    }

    private async Task<(bool, string)> ClockAsync(HttpClient http, Uri address, CancellationToken ct)
    {
        var asked = clock.GetUtcNow();
        var seconds = long.Parse((await http.GetStringAsync(address, ct)).Trim(), CultureInfo.InvariantCulture);
        var offset = DateTimeOffset.FromUnixTimeSeconds(seconds) + TimeSpan.FromSeconds(0.5) - (asked + (clock.GetUtcNow() - asked) / 2);
        var text = string.Create(CultureInfo.InvariantCulture, $"the venue's is {offset.TotalSeconds:+0.0;-0.0;0.0} s from ours");
        return offset.Duration() <= MostOffset ? Good(text) : Bad(text + ": set this machine's clock");
    }

    private async Task CheckAsync(string what, Func<CancellationToken, Task<(bool Ok, string Text)>> check)
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        (bool Ok, string Text) found;
        try
        {
            found = await check(deadline.Token).WaitAsync(Patience, clock);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            found = Bad(e is OperationCanceledException or TimeoutException ? $"no answer in {Patience.TotalSeconds:0} s" : e.Message.ReplaceLineEndings(" "));
        }
        _wrong |= !found.Ok;
        await output.WriteLineAsync($"{(found.Ok ? "ok  " : "FAIL")}  {what,-14}{found.Text}");
    }

    private static (bool Ok, string Text) Good(string text) => (true, text);

    private static (bool Ok, string Text) Bad(string text) => (false, text);
}
