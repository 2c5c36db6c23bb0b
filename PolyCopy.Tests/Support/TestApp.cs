using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Host;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Support;

/// <summary>The whole product with its embedded simulator on free ports and an own data folder, driven over HTTP like any client would.</summary>
public sealed class TestApp : IAsyncDisposable
{
    private WebApplication? _app;

    private TestApp(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The product's API.</summary>
    public HttpClient Api { get; private set; } = null!;

    /// <summary>The simulator: /control and the venue's own routes.</summary>
    public HttpClient Venue { get; private set; } = null!;

    public IServiceProvider Services => _app!.Services;

    public static async Task<TestApp> StartAsync(params string[] settings)
    {
        var app = new TestApp(Directory.CreateTempSubdirectory("polycopy-app-").FullName);
        try
        {
            await app.RunAsync(settings);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the product and starts it again on the same data.</summary>
    public async Task<TestApp> RestartAsync(params string[] settings)
    {
        await StopAsync();
        var next = new TestApp(Folder);
        await next.RunAsync(settings);
        return next;
    }

    public async Task<JsonElement> GetAsync(string path) => await ReadAsync(await Api.GetAsync(path), path);

    public async Task<JsonElement> PostAsync(string path, object body, string? idempotencyKey = null) => await ReadAsync(await SendAsync(HttpMethod.Post, path, body, idempotencyKey), path);

    public async Task<JsonElement> PutAsync(string path, object body) => await ReadAsync(await SendAsync(HttpMethod.Put, path, body, null), path);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, string? idempotencyKey)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : body is string raw ? new StringContent(raw, System.Text.Encoding.UTF8, "application/json") : JsonContent.Create(body) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await Api.SendAsync(request);
    }

    public Task<JsonElement> ControlAsync(string path, object body) => VenueAsync("control/" + path, body);

    /// <summary>Posts to any route of the simulator.</summary>
    public async Task<JsonElement> VenueAsync(string path, object body) => await ReadAsync(await Venue.PostAsJsonAsync(path, body), path);

    public async Task<JsonElement> ControlAsync(string path) => await ReadAsync(await Venue.GetAsync("control/" + path), path);

    /// <summary>Reads until the answer satisfies, or fails with the last one.</summary>
    public Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> satisfied, int seconds = 60) => Api.UntilAsync(path, satisfied, seconds);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private async Task RunAsync(string[] settings)
    {
        _app = Composition.Serve(["--Urls", "http://127.0.0.1:0", "--Simulator:Url", "http://127.0.0.1:0", "--Data:Path", Folder, "--Demo:Populate", "false", "--Serilog:MinimumLevel:Default", "Warning", .. settings]);
        await _app.StartAsync();
        Api = new HttpClient { BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        if (_app.Services.GetService<ISimulatorAddress>() is { } simulator)
            Venue = new HttpClient { BaseAddress = simulator.Address };
    }

    private async Task StopAsync()
    {
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, string path)
    {
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.Should().BeTrue($"{path} answered {(int)answer.StatusCode}: {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }
}
