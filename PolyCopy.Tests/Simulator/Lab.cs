using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Simulator;

namespace PolyCopy.Tests.Simulator;

/// <summary>A venue on a free port with its own journal, and its control routes.</summary>
internal sealed class Lab : IAsyncDisposable
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

    public static async Task<Lab> StartAsync(TimeProvider clock)
    {
        var directory = Directory.CreateTempSubdirectory("lab-").FullName;
        return new Lab(await BootAsync(directory, clock), directory, clock);
    }

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

    /// <summary>Stops the venue and starts it again on the same journal.</summary>
    public async Task RestartAsync()
    {
        await _server.DisposeAsync();
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

    private static Task<SimulatorServer> BootAsync(string directory, TimeProvider clock) => SimulatorServer.StartAsync(
        new SimulatorOptions { Url = "http://127.0.0.1:0", Path = Path.Combine(directory, "simulator.journal") }, clock, NullLoggerFactory.Instance, default);
}
