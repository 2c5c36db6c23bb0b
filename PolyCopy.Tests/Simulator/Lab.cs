using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>A venue on a free port with its own journal, and its control routes.</summary>
internal sealed class Lab : IVenue, IAsyncDisposable
{
    /// <summary>The wall clock of driven labs.</summary>
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly string _directory;
    private readonly TimeProvider _clock;
    private SimulatorServer _server;

    private Lab(SimulatorServer server, string directory, TimeProvider clock)
    {
        (_server, _directory, _clock) = (server, directory, clock);
        Http = new HttpClient { BaseAddress = server.Address };
    }

    public HttpClient Http { get; private set; }

    public string JournalFile => Path.Combine(_directory, "simulator.journal");

    /// <summary>A venue whose clock only moves by <see cref="AdvanceAsync"/>.</summary>
    public static async Task<Lab> DrivenAsync()
    {
        var lab = await StartAsync(new FakeTimeProvider(Start));
        (await lab.Http.PostAsJsonAsync("control/clock", new { drive = true })).EnsureSuccessStatusCode();
        return lab;
    }

    /// <param name="telegramLimits">The Bot API refuses what is too much.</param>
    public static async Task<Lab> StartAsync(TimeProvider clock, bool telegramLimits = false)
    {
        var directory = Directory.CreateTempSubdirectory("lab-").FullName;
        return new Lab(await BootAsync(directory, clock, telegramLimits), directory, clock);
    }

    public DateTimeOffset AuthTime => Service<SimClock>().WallPlusAdvance;

    public SimWorld World => Service<SimWorld>();

    /// <summary>A binary market with tick 0.01, no taker delay, and, unless asked for, no fees and no neg-risk; quoted 0.44/0.45 with 1,000 shares.</summary>
    public async Task<MarketState> MarketAsync(bool fees = false, bool negRisk = false, int skip = 0, string bid = "0.44", string ask = "0.45")
    {
        MarketState market;
        lock (World.Gate)
        {
            market = World.Markets.Where(m => m.AcceptsOrders && m.Tick.TenThousandths == 100 && m.Market.TakerDelaySeconds == 0 && (negRisk || m.Market.Fees.Enabled == fees) && m.Market.NegRisk == negRisk
                && m.Market.EndDate > Start.AddDays(20)).Skip(skip).First();
        }
        await QuoteAsync(market, bid, ask);
        return market;
    }

    /// <summary>Replaces the venue's own liquidity in terms of the first outcome.</summary>
    public async Task QuoteAsync(MarketState market, string? bid, string? ask, string size = "1000") =>
        (await PostAsync($"control/markets/{market.Market.ConditionId}/quote", new { outcome = market.Market.Outcomes[0], bid, ask, size })).Status.Should().Be(200);

    public Task<(int Status, JsonElement Body)> FaultAsync(string fault, string target, int after = 0, double? seconds = null, double probability = 1, int seed = 0, string? variant = null) =>
        PostAsync("control/faults", new { fault, target, after, seconds, probability, seed, variant });

    public T Service<T>() where T : notnull => _server.Services.GetRequiredService<T>();

    public async Task AdvanceAsync(double seconds) =>
        (await Http.PostAsJsonAsync("control/clock", new { advanceSeconds = seconds })).EnsureSuccessStatusCode();

    public async Task<JsonElement> GetAsync(string path) => await Http.GetFromJsonAsync<JsonElement>(path);

    public async Task<(int Status, JsonElement Body)> PostAsync(string path, object body)
    {
        using var response = await Http.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>Stops the venue and starts it again on the same journal, or on what <paramref name="meanwhile"/> made of it.</summary>
    public async Task RestartAsync(Action<string>? meanwhile = null)
    {
        await _server.DisposeAsync();
        meanwhile?.Invoke(JournalFile);
        _server = await BootAsync(_directory, _clock);
        Http.Dispose();
        Http = new HttpClient { BaseAddress = _server.Address };
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static Task<SimulatorServer> BootAsync(string directory, TimeProvider clock, bool telegramLimits = false) => SimulatorServer.StartAsync(
        new SimulatorOptions { Url = "http://127.0.0.1:0", Path = Path.Combine(directory, "simulator.journal"), TelegramLimits = telegramLimits }, clock, NullLoggerFactory.Instance, default);
}
