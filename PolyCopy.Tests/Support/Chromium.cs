using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;

namespace PolyCopy.Tests.Support;

/// <summary>One page in a headless Chromium, driven over the DevTools protocol: a browser, without a driver of some hundred megabytes.</summary>
/// <remarks>chromedevtools.github.io/devtools-protocol: Page, Runtime, Emulation; read 2026-11.</remarks>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private int _id;

    private Chromium(Process process, string profile) => (_process, _profile) = (process, profile);

    /// <summary>Opens a page of this size; skips the test where POLYCOPY_CHROMIUM names no browser.</summary>
    /// <param name="page">What to open.</param>
    /// <param name="width">Below 600 it is a phone.</param>
    /// <param name="height">Of the page, in CSS pixels as the width.</param>
    /// <param name="dark">The reader prefers dark colours.</param>
    public static async Task<Chromium> OpenAsync(Uri page, int width, int height, bool dark = false)
    {
        var program = Environment.GetEnvironmentVariable("POLYCOPY_CHROMIUM");
        Services.Require("Chromium", "POLYCOPY_CHROMIUM", program is { Length: > 0 });
        var profile = Directory.CreateTempSubdirectory("polycopy-chromium-").FullName;
        var start = new ProcessStartInfo(program!) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["TMPDIR"] = profile; // what it leaves there goes with its profile
        foreach (var argument in new[] { "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--remote-debugging-port=0", $"--user-data-dir={profile}", $"--window-size={width},{height}", "about:blank" })
            start.ArgumentList.Add(argument);
        var browser = new Chromium(Process.Start(start)!, profile);
        try
        {
            await browser.AttachAsync(page, width, height, dark);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>What an expression gives in the page.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression) =>
        (await SendAsync("Runtime.evaluate", new { expression, returnByValue = true, awaitPromise = true })).GetProperty("result") is var result && result.TryGetProperty("value", out var value) ? value : default;

    /// <summary>Asks until an expression is true, or fails with the page's text.</summary>
    public async Task UntilAsync(string expression)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        try
        {
            while (await EvaluateAsync($"!!({expression})") is not { ValueKind: JsonValueKind.True })
                await timer.WaitForNextTickAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new Xunit.Sdk.XunitException($"'{expression}' did not come true; the page says: {await EvaluateAsync("document.body.innerText")}");
        }
    }

    /// <summary>What the page shows, as a PNG in the folder named by POLYCOPY_SHOTS; nothing where it is not set.</summary>
    public async Task ShootAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("POLYCOPY_SHOTS") is not { Length: > 0 } folder)
            return;
        await UntilAsync("document.fonts.status === 'loaded' && [...document.images].every(i => i.complete)");
        var shot = await SendAsync("Page.captureScreenshot", new { format = "png" });
        await File.WriteAllBytesAsync(Path.Combine(Directory.CreateDirectory(folder).FullName, name + ".png"), Convert.FromBase64String(shot.GetProperty("data").GetString()!));
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // a child of it was still writing; the folder is a temporary one
        }
    }

    private async Task AttachAsync(Uri page, int width, int height, bool dark)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        Uri? browser = null;
        while (browser is null && await _process.StandardError.ReadLineAsync(deadline.Token) is { } line)
            if (line.Split("DevTools listening on ") is [_, var address])
                browser = new Uri(address.Trim());
        _ = _process.StandardError.ReadToEndAsync(CancellationToken.None); // or its pipe fills up
        using var http = new HttpClient();
        var targets = JsonDocument.Parse(await http.GetStringAsync($"http://{browser!.Authority}/json/list", deadline.Token)).RootElement;
        var target = targets.EnumerateArray().First(t => t.GetProperty("type").GetString() == "page").GetProperty("webSocketDebuggerUrl").GetString()!;
        await _socket.ConnectAsync(new Uri(target), deadline.Token);
        await SendAsync("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = width < 600 ? 2 : 1, mobile = width < 600 });
        await SendAsync("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = dark ? "dark" : "light" } } });
        await SendAsync("Page.navigate", new { url = page.ToString() });
    }

    private async Task<JsonElement> SendAsync(string method, object parameters)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var id = ++_id;
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters }), WebSocketMessageType.Text, true, deadline.Token);
        while (true)
        {
            using var message = new MemoryStream();
            var buffer = new byte[65_536];
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer.AsMemory(), deadline.Token);
                message.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            var answer = JsonDocument.Parse(message.ToArray()).RootElement;
            if (answer.TryGetProperty("id", out var answered) && answered.GetInt32() == id)
                return answer.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException(answer.GetRawText());
        }
    }
}
