using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace PolyCopy.Tests.Simulator.Telegram;

/// <summary>Faults, limits, and what is still there after a restart.</summary>
public class BotBadDayTests
{
    [Fact]
    public async Task B400_edits_are_not_modified_and_html_does_not_parse()
    {
        await using var lab = await BotLab.StartAsync();
        var message = await lab.Bot.SendMessage(BotLab.Chat, "one");
        await lab.Lab.FaultAsync("B400", "bot");
        (await RefusalAsync(lab.Bot.EditMessageText(BotLab.Chat, message.Id, "two"))).Message.Should().Contain("message is not modified");
        (await RefusalAsync(lab.Bot.SendMessage(BotLab.Chat, "<b>x</b>", ParseMode.Html))).Message.Should().Contain("can't parse entities");
        (await lab.Bot.SendMessage(BotLab.Chat, "plain text gets through")).Text.Should().StartWith("plain");
    }

    [Fact]
    public async Task B403_the_user_has_blocked_the_bot()
    {
        await using var lab = await BotLab.StartAsync();
        await lab.Lab.FaultAsync("B403", "bot");
        (await RefusalAsync(lab.Bot.SendMessage(BotLab.Chat, "x"))).ErrorCode.Should().Be(403);
        (await lab.TranscriptAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task B409_somebody_else_polls()
    {
        await using var lab = await BotLab.StartAsync();
        await lab.Lab.FaultAsync("B409", "bot");
        (await RefusalAsync(lab.UpdatesAsync())).ErrorCode.Should().Be(409);
        (await lab.Bot.SendMessage(BotLab.Chat, "x")).Text.Should().Be("x");
        await lab.Lab.Http.DeleteAsync("control/faults");
        (await lab.UpdatesAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("7", 7)]
    [InlineData("none", null)]
    public async Task B429_too_many(string? variant, int? retryAfter)
    {
        await using var lab = await BotLab.StartAsync();
        await lab.Lab.FaultAsync("B429", "bot", variant: variant);
        var refusal = await RefusalAsync(lab.Bot.SendMessage(BotLab.Chat, "x"));
        refusal.ErrorCode.Should().Be(429);
        refusal.Parameters?.RetryAfter.Should().Be(retryAfter);
    }

    [Fact]
    public async Task F60_resets_the_bots_connections()
    {
        await using var lab = await BotLab.StartAsync();
        await lab.Lab.FaultAsync("F60", "bot");
        await FluentActions.Awaiting(() => lab.Bot.GetMe()).Should().ThrowAsync<RequestException>();
    }

    [Fact]
    public async Task With_limits_a_burst_to_one_chat_is_stopped_and_others_are_not()
    {
        await using var lab = await BotLab.StartAsync(limits: true);
        for (var i = 0; i < 4; i++)
            await lab.Bot.SendMessage(BotLab.Chat, "x");
        var refusal = await RefusalAsync(Task.WhenAll(Enumerable.Range(0, 12).Select(i => (Task)lab.Bot.SendMessage(BotLab.Chat, $"more {i}"))));
        refusal.ErrorCode.Should().Be(429);
        refusal.Parameters!.RetryAfter.Should().BePositive();
        (await lab.Bot.SendMessage(2002, "x")).Text.Should().Be("x");
    }

    [Fact]
    public async Task A_restart_loses_nothing_and_no_id_comes_twice()
    {
        await using var lab = await BotLab.StartAsync();
        await lab.SayAsync("/start");
        var photo = await lab.Bot.SendPhoto(BotLab.Chat, InputFile.FromStream(new MemoryStream(BotLab.Png), "p.png"), replyMarkup: BotLab.Keyboard("go"));
        await lab.PressAsync("go");
        var before = await lab.UpdatesAsync();
        await lab.UpdatesAsync(before[0].Id + 1);
        var transcript = (await lab.Lab.GetAsync($"control/chat/{BotLab.Chat}")).GetRawText();

        await lab.RestartAsync();

        (await lab.Lab.GetAsync($"control/chat/{BotLab.Chat}")).GetRawText().Should().Be(transcript);
        (await lab.UpdatesAsync()).Select(u => u.Id).Should().Equal(before[1].Id);
        using var served = new MemoryStream();
        await lab.Bot.GetInfoAndDownloadFile(photo.Photo!.Single().FileId, served);
        served.ToArray().Should().Equal(BotLab.Png);
        (await lab.Bot.SendMessage(BotLab.Chat, "next")).Id.Should().Be(photo.Id + 1);
        (await RefusalAsync(lab.Bot.AnswerCallbackQuery(before[1].CallbackQuery!.Id))).Message.Should().Contain("query is too old");
    }

    [Theory]
    [InlineData("control/chat/0/message")]
    [InlineData("control/chat/someone/message")]
    public async Task A_chat_id_is_a_number(string path)
    {
        await using var lab = await BotLab.StartAsync();
        (await lab.Lab.PostAsync(path, new { text = "x" })).Body.GetProperty("code").GetString().Should().Be("chat.id");
    }

    private static async Task<ApiRequestException> RefusalAsync(Task call) => (await FluentActions.Awaiting(() => call).Should().ThrowAsync<ApiRequestException>()).Which;
}
