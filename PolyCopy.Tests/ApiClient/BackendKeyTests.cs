using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.ApiClient;

/// <summary>Who may act as the bot.</summary>
public class BackendKeyTests
{
    private const string Feed = "/api/v1/bot-backend/feed";

    [Fact]
    public async Task Where_a_key_is_set_only_it_opens_the_backend()
    {
        await using var app = await TestApp.StartAsync("--Bot:Enabled", "false", "--Api:Key", "operator", "--Bot:BackendKey", "bot");
        (await StatusAsync(app, Feed, null)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(app, Feed, "operator")).Should().Be(HttpStatusCode.Forbidden);
        (await StatusAsync(app, Feed, "bot")).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(app, "/api/v1/markets", "bot")).Should().Be(HttpStatusCode.OK, "the bot uses the public routes too");
        (await StatusAsync(app, "/api/v1/markets", "operator")).Should().Be(HttpStatusCode.OK);

        using var wrong = Backends.Client(app.Api.BaseAddress!, "wrong");
        await FluentActions.Awaiting(() => wrong.Services.GetRequiredService<ICoreStatus>().FeedAsync(default)).Should().ThrowAsync<HttpRequestException>().WithMessage("*Bot:BackendKey*");
    }

    [Fact]
    public async Task A_demo_that_can_be_reached_from_outside_is_never_open_to_a_bot_without_a_key()
    {
        await using var app = await TestApp.StartAsync("--Bot:Enabled", "false", "--Api:Key", "operator");
        (await StatusAsync(app, Feed, null)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(app, Feed, "operator")).Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_demo_on_this_machine_needs_none()
    {
        await using var app = await TestApp.StartAsync("--Bot:Enabled", "false");
        (await StatusAsync(app, Feed, null)).Should().Be(HttpStatusCode.OK);
        (await app.GetAsync("/openapi/v1.json")).GetProperty("paths").EnumerateObject().Should().NotContain(p => p.Name.Contains("bot-backend"));
    }

    [Fact]
    public async Task The_meters_of_the_bot_alone_want_its_key()
    {
        await using var core = await TestApp.StartAsync("--Bot:Enabled", "false", "--Api:Key", "operator", "--Bot:BackendKey", "bot");
        await using var bot = await TestApp.StartAsync("--Bot:Backend", "Http", "--Bot:BackendUrl", core.Api.BaseAddress!.ToString(), "--Bot:BackendKey", "bot", "--Bot:Enabled", "false");
        (await StatusAsync(bot, "/metrics", null)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(bot, "/Metrics/", "operator")).Should().Be(HttpStatusCode.Forbidden);
        (await StatusAsync(bot, "/metrics", "bot")).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(bot, "/health/ready", null)).Should().BeOneOf([HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable], "anybody may ask, and it may not have heard of the core yet");
    }

    [Fact]
    public async Task A_core_that_is_not_there_is_said_as_such()
    {
        using var client = Backends.Client(new Uri($"http://127.0.0.1:{HostProcess.FreePort()}"), null);
        await FluentActions.Awaiting(() => client.Services.GetRequiredService<IBotState>().TakeAsync(1, [new BotUpdate(1, "{}")], default)).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task An_attached_bot_does_not_hold_up_the_cores_end()
    {
        var app = await TestApp.StartAsync("--Bot:Enabled", "false");
        using var client = Backends.Client(app.Api.BaseAddress!, null);
        await client.StartAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await client.Services.GetRequiredService<IEventDelivery>().WaitAsync(TimeSpan.FromMinutes(1), deadline.Token); // the stream stands: its first word came
        var started = TimeProvider.System.GetTimestamp();

        await app.DisposeAsync();

        TimeProvider.System.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(28), "the stream ends with the host, which waits 30 s for open requests");
        await client.StopAsync();
    }

    [Fact]
    public void A_wrong_address_is_said_in_one_sentence() =>
        FluentActions.Invoking(() => Backends.Client(new Uri("ftp://core"), null)).Should().Throw<SettingException>().WithMessage("Bot:BackendUrl*");

    private static async Task<HttpStatusCode> StatusAsync(TestApp app, string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        using var answer = await app.Api.SendAsync(request);
        return answer.StatusCode;
    }
}
