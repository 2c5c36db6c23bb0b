using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Bot.Support;

/// <summary>The bot as a host runs it, talking HTTP to a stub Telegram, over a real database. Its clock runs on only while a test waits.</summary>
internal sealed class BotLab : IAsyncDisposable
{
    public const long Ana = 1001;
    public const long Ben = 1002;
    public const long Boss = 9;

    private readonly TestDatabase _database;
    private readonly string[] _settings;
    private IHost _host = null!;

    private BotLab(TestDatabase database, StubTelegram telegram, string[] settings) => (_database, Telegram, _settings) = (database, telegram, settings);

    public StubTelegram Telegram { get; }
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    public FakeLogCollector Logs { get; } = new();
    public Core Core { get; private set; } = null!;
    /// <summary>While it is set, the bot's state cannot be asked: the core is elsewhere and gone.</summary>
    public bool IsCoreAway { get; set; }

    public CopyCore Copying { get; private set; } = null!;
    public IBotState State => _host.Services.GetRequiredService<IBotState>();
    public IUserEvents Events => _host.Services.GetRequiredService<IUserEvents>();
    public IAccounts Accounts => _host.Services.GetRequiredService<IAccounts>();

    public static async Task<BotLab> StartAsync(params string[] settings)
    {
        var lab = new BotLab(await TestDatabase.CreateAsync(Db.Sqlite), await StubTelegram.StartAsync(), settings);
        lab.Telegram.Clock = lab.Clock;
        lab.Telegram.Drive = () => lab.Clock.Advance(TimeSpan.FromMilliseconds(100));
        await lab.RunAsync();
        return lab;
    }

    /// <summary>Sends /start and waits for the home screen.</summary>
    public async Task<Shown> GreetAsync(long user = Ana)
    {
        Telegram.Type(user, "/start");
        return await Telegram.ShowsAsync(user, "Net worth");
    }

    /// <summary>Appends events in one transaction, as the core does.</summary>
    public Task TellAsync(long user, string kind, params object[] payloads) => TellAsync(user, [.. payloads.Select(p => (kind, p))]);

    public async Task TellAsync(long user, params (string Kind, object Payload)[] told)
    {
        await _database.Users.WriteAsync(user, async (db, ct) =>
        {
            foreach (var (kind, payload) in told)
                Events.Append(db, user, kind, payload);
            return await db.SaveChangesAsync(ct);
        }, default);
        Events.Notify();
    }

    /// <summary>Waits, with the clock standing, until what the user has still to hear is claimed for at least so long.</summary>
    public Task ClaimedAsync(long user, TimeSpan atLeast)
    {
        var until = Clock.GetUtcNow().UtcDateTime + atLeast;
        return UntilAsync(user, waiting => waiting.AnyAsync(e => e.ClaimedUntil >= until));
    }

    /// <summary>Waits, with the clock standing, until nothing is left that the user has still to hear.</summary>
    public Task HeardAsync(long user) => UntilAsync(user, async waiting => !await waiting.AnyAsync());

    private async Task UntilAsync(long user, Func<IQueryable<UserEventRow>, Task<bool>> isSo)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await _database.Users.ReadAsync(user, (db, _) => isSo(db.Set<UserEventRow>().Where(e => e.UserId == user && e.DeliveredAt == null)), deadline.Token))
            await Task.Delay(10, deadline.Token);
    }

    /// <summary>Stops the bot and starts it again on the same database and Telegram.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await RunAsync();
    }

    public Task RestartAfterStopAsync() => RunAsync();

    public async Task StopAsync()
    {
        var stopping = _host.StopAsync();
        while (!stopping.IsCompleted)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(stopping, Task.Delay(5));
        }
        _host.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Telegram.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            DisableDefaults = true,
            Args = ["--Bot:Token", "77:test", "--Bot:BaseUrl", Telegram.Address, "--Bot:Admins:0", $"{Boss}", .. _settings],
        });
        builder.Logging.ClearProviders().AddProvider(new FakeLoggerProvider(Logs)).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton<TimeProvider>(Clock);
        _database.AddTo(builder.Services);
        builder.AddAccounts().AddBot();
        builder.Services.AddSingleton(s => Leash<IBotState>.On(ActivatorUtilities.CreateInstance<BotState>(s), () => IsCoreAway));
        builder.Services.AddSingleton<Core>();
        builder.Services.AddSingleton<IOnboarding>(s => s.GetRequiredService<Core>());
        builder.Services.AddSingleton<IMarketBrowser>(s => s.GetRequiredService<Core>());
        builder.Services.AddSingleton<IMarketBooks>(s => s.GetRequiredService<Core>());
        builder.Services.AddSingleton<IPositions>(s => s.GetRequiredService<Core>());
        builder.Services.AddSingleton<ITrading>(s => s.GetRequiredService<Core>());
        builder.Services.AddSingleton<IExits>(s => s.GetRequiredService<Core>());
        builder.Services.AddSingleton<ICoreStatus>(s => s.GetRequiredService<Core>());
        builder.Services.AddSingleton<CopyCore>();
        builder.Services.AddSingleton<ILeaders>(s => s.GetRequiredService<CopyCore>());
        builder.Services.AddSingleton<ICopying>(s => s.GetRequiredService<CopyCore>());
        builder.Services.AddSingleton<IRisk>(s => s.GetRequiredService<CopyCore>());
        _host = builder.Build();
        Copying = _host.Services.GetRequiredService<CopyCore>();
        Core = _host.Services.GetRequiredService<Core>();
        await _host.StartAsync();
    }
}
