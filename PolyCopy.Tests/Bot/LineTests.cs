using Microsoft.Extensions.Logging;
using PolyCopy.Tests.Bot.Support;
using PolyCopy.Tests.Support;
using static PolyCopy.Tests.Bot.Support.BotLab;

namespace PolyCopy.Tests.Bot;

/// <summary>Bad days of the line to Telegram.</summary>
public class LineTests
{
    [Fact]
    public async Task Somebody_else_with_the_token_is_said_to_the_operator_once()
    {
        await using var lab = await StartAsync();
        var polls = 0;
        lab.Telegram.Faults = c => c.Method == "getUpdates" && Interlocked.Increment(ref polls) > 0 ? new Trouble(409, "Conflict: terminated by other getUpdates request") : null;
        await lab.Telegram.UntilAsync(() => polls >= 4, "four polls");

        lab.Logs.GetSnapshot().Where(l => l.Level == LogLevel.Error).Should().ContainSingle().Which.Message.Should().Contain("same Bot:Token");
        lab.Telegram.Faults = _ => null;
        await lab.GreetAsync();
    }

    [Fact]
    public async Task A_minute_without_Telegram_costs_a_handful_of_tries()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        var polls = 0;
        lab.Telegram.Faults = c => c.Method == "getUpdates" && Interlocked.Increment(ref polls) > 0 ? new Trouble(502, "", Raw: "<html>Bad Gateway</html>") : null;
        var start = lab.Clock.GetUtcNow();

        await lab.Telegram.UntilAsync(() => lab.Clock.GetUtcNow() - start > TimeSpan.FromSeconds(60), "a minute");

        polls.Should().BeInRange(3, 12);
        lab.Telegram.Faults = _ => null;
        lab.Telegram.Type(Ana, "/orders");
        await lab.Telegram.ShowsAsync(Ana, "No open orders");
    }

    [Fact]
    public async Task A_refused_connection_is_waited_out()
    {
        var port = HostProcess.FreePort();
        await using var lab = await StartAsync("--Bot:BaseUrl", $"http://127.0.0.1:{port}");
        await lab.Telegram.UntilAsync(() => lab.Logs.GetSnapshot().Any(l => l.Message.Contains("gives no updates")), "the refusal");

        await using var second = await StubTelegram.StartAsync(port);
        second.Clock = lab.Clock;
        second.Drive = lab.Telegram.Drive;
        second.Type(Ana, "/start");

        await second.ShowsAsync(Ana, "Net worth");
    }

    [Fact]
    public async Task The_token_is_in_no_log_line()
    {
        await using var lab = await StartAsync("--Bot:Token", "77:very-secret");
        lab.Telegram.Faults = c => c.Method == "getUpdates" ? new Trouble(401, "Unauthorized") : null;
        await lab.Telegram.UntilAsync(() => lab.Logs.GetSnapshot().Any(l => l.Message.Contains("does not accept Bot:Token")), "the refusal");

        lab.Logs.GetSnapshot().Should().NotContain(l => l.Message.Contains("very-secret") || (l.Exception != null && l.Exception.ToString().Contains("very-secret")));
    }

    [Fact]
    public async Task The_menus_are_published_in_every_language_and_the_operators_apart()
    {
        await using var lab = await StartAsync();
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Count(c => c.Method == "setMyCommands") == 3, "the menus");

        var menus = lab.Telegram.Calls.Where(c => c.Method == "setMyCommands").ToList();
        menus.Should().ContainSingle(m => m.Fields.ContainsKey("language_code"));
        menus.Should().ContainSingle(m => m.Fields["commands"].ToJsonString().Contains("broadcast"));
    }

    [Fact]
    public async Task A_limited_message_leaves_when_Telegram_said_it_may()
    {
        await using var lab = await StartAsync();
        var refused = 0;
        DateTimeOffset at = default;
        lab.Telegram.Faults = c =>
        {
            if (c.Method != "sendMessage" || Interlocked.Increment(ref refused) > 1)
                return null;
            at = lab.Clock.GetUtcNow();
            return new Trouble(429, "Too Many Requests: retry after 7", 7);
        };

        await lab.GreetAsync();

        (lab.Clock.GetUtcNow() - at).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(7));
        refused.Should().Be(2);
    }

    [Fact]
    public async Task What_Telegram_says_is_one_line_in_the_log()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Faults = c => c.Method == "sendMessage" ? new Trouble(400, "Bad Request: no\r\n12:00:00 ERR forged \u202Eline") : null;
        lab.Telegram.Type(Ana, "/start");
        await lab.Telegram.UntilAsync(() => lab.Logs.GetSnapshot().Any(l => l.Message.Contains("refuses a message")), "the refusal");

        lab.Logs.GetSnapshot().Where(l => l.Message.Contains("forged")).Should().NotBeEmpty().And.OnlyContain(l => !l.Message.Contains('\n') && !l.Message.Contains('\u202E'));
    }

    [Fact]
    public async Task A_limit_without_a_time_is_backed_off_from()
    {
        await using var lab = await StartAsync();
        var refused = 0;
        lab.Telegram.Faults = c => c.Method == "sendMessage" && Interlocked.Increment(ref refused) <= 3 ? new Trouble(429, "Too Many Requests") : null;
        var start = lab.Clock.GetUtcNow();

        await lab.GreetAsync();

        (lab.Clock.GetUtcNow() - start).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(7), "1, 2 and 4 seconds");
    }
}
