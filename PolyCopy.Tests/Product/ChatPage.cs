using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>A person at the chat page, in a real browser on a phone; the bot inside the host, or in a process of its own that asks the core over HTTP.</summary>
internal sealed class ChatPage : IAsyncDisposable
{
    private const long Ana = 1001;

    private readonly Chromium _page;
    private readonly HostProcess? _bot;
    private readonly string _shots;

    private ChatPage(TestApp app, Chromium page, HostProcess? bot)
    {
        (App, _page, _bot) = (app, page, bot);
        _shots = bot is null ? "" : "alone-";
        Venue = new ChatDriver(app.Venue.BaseAddress!.ToString(), Ana);
    }

    public TestApp App { get; }

    /// <summary>The simulator's control routes.</summary>
    public ChatDriver Venue { get; }

    /// <summary>Starts the product and opens an empty chat.</summary>
    public static async Task<ChatPage> OpenAsync(bool botAlone)
    {
        var app = await TestApp.StartAsync(botAlone ? ["--Bot:Enabled", "false"] : []);
        HostProcess? bot = null;
        try
        {
            if (botAlone)
            {
                var url = $"http://127.0.0.1:{HostProcess.FreePort()}";
                bot = HostProcess.Start("--Urls", url, "--Bot:Backend", "Http", "--Bot:BackendUrl", $"{app.Api.BaseAddress}", "--Simulator:Url", $"{app.Venue.BaseAddress}", "--Serilog:MinimumLevel:Default", "Warning");
                using var http = new HttpClient { BaseAddress = new Uri(url) };
                await bot.AnswersAsync(http, "/health/ready");
            }
            var page = await Chromium.OpenAsync(new Uri(app.Api.BaseAddress!, $"chat?id={Ana}"), 390, 844, dark: true);
            await page.UntilAsync("document.querySelector('.start')");
            return new ChatPage(app, page, bot);
        }
        catch
        {
            if (bot is not null)
                await bot.DisposeAsync();
            await app.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync()
    {
        await ShootAsync("01-empty");
        // the circuit may just be coming up: a press before it is lost
        await _page.UntilAsync("document.querySelector('.messages').innerText.includes('Net worth') || (document.querySelector('.start')?.click(), false)");
        await ShootAsync("02-home");
    }

    /// <summary>Waits until the newest message, which is the first in the page, holds the words.</summary>
    public Task ShowsAsync(string words) => _page.UntilAsync($"document.querySelector('.row.bot .text')?.innerText.includes({Text(words)})");

    /// <summary>Waits until the newest message is a picture of this size.</summary>
    public Task PictureAsync(int width, int height) => _page.UntilAsync($"(i => i?.naturalWidth === {width} && i.naturalHeight === {height})(document.querySelector('.row.bot .bubble img'))");

    /// <summary>What the newest message's file holds.</summary>
    public async Task<string> FileAsync() => (await _page.EvaluateAsync("fetch(document.querySelector('.row.bot .file').href).then(r => r.text())")).GetString()!;

    public async Task SayAsync(string text) => await _page.EvaluateAsync(
        $$"""(() => { const box = document.querySelector('footer form input'); box.value = {{Text(text)}}; box.dispatchEvent(new Event('input', { bubbles: true })); setTimeout(() => box.form.requestSubmit(), 50); })()""");

    /// <summary>Presses the button of the newest message that holds the words.</summary>
    public Task PressAsync(string words) =>
        _page.UntilAsync($"(b => b && (b.click(), true))([...document.querySelector('.row.bot').querySelectorAll('button.key')].find(b => !b.disabled && b.innerText.includes({Text(words)})))");

    public Task ShootAsync(string name) => _page.ShootAsync(_shots + name);

    public async Task NothingHangsOverAsync() =>
        (await _page.EvaluateAsync("document.documentElement.scrollWidth - window.innerWidth")).GetInt32().Should().BeLessThanOrEqualTo(0, "nothing hangs over");

    public async ValueTask DisposeAsync()
    {
        Venue.Dispose();
        await _page.DisposeAsync();
        if (_bot is not null)
            await _bot.DisposeAsync();
        await App.DisposeAsync();
    }

    private static string Text(string text) => JsonSerializer.Serialize(text);
}
