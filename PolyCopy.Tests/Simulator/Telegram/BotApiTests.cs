using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;
using Telegram.Bot.Types.ReplyMarkups;

namespace PolyCopy.Tests.Simulator.Telegram;

/// <summary>What a bot does all day, with the real library.</summary>
public class BotApiTests
{
    [Fact]
    public async Task Somebody_types_and_the_bot_answers()
    {
        await using var lab = await BotLab.StartAsync();
        (await lab.Bot.GetMe()).IsBot.Should().BeTrue();
        await lab.SayAsync("/start");

        var update = (await lab.UpdatesAsync()).Single();
        update.Message!.Text.Should().Be("/start");
        update.Message.From!.Id.Should().Be(BotLab.Chat);
        update.Message.Chat.Type.Should().Be(ChatType.Private);
        update.Message.Date.Should().BeCloseTo(TimeProvider.System.GetUtcNow().UtcDateTime, TimeSpan.FromMinutes(1));

        var sent = await lab.Bot.SendMessage(BotLab.Chat, "Hello <b>you</b> &amp; <a href=\"https://example.org/x?a=1&amp;b=2\">all</a>", ParseMode.Html, replyMarkup: BotLab.Keyboard("buy", "sell"));
        sent.Text.Should().Be("Hello you & all");
        sent.Entities!.Select(e => (e.Type, e.Offset, e.Length)).Should().Equal((MessageEntityType.Bold, 6, 3), (MessageEntityType.TextLink, 12, 3));
        sent.From!.IsBot.Should().BeTrue();
        sent.ReplyMarkup!.InlineKeyboard.Single().Select(b => b.CallbackData).Should().Equal("buy", "sell");

        var transcript = await lab.TranscriptAsync();
        transcript.Select(m => m.GetProperty("from").GetString()).Should().Equal("user", "bot");
        transcript[1].GetProperty("text").GetString().Should().Be("Hello you & all");
        transcript[1].GetProperty("keyboard")[0][1].GetProperty("data").GetString().Should().Be("sell");
        (await lab.TranscriptAsync(77)).Should().BeEmpty();
    }

    [Fact]
    public async Task Updates_stay_until_a_higher_offset_confirms_them()
    {
        await using var lab = await BotLab.StartAsync();
        await lab.SayAsync("one");
        await lab.SayAsync("two");
        var first = await lab.UpdatesAsync();
        first.Should().HaveCount(2);
        (await lab.UpdatesAsync()).Should().HaveCount(2, "nothing was confirmed");
        (await lab.UpdatesAsync(first[1].Id)).Single().Message!.Text.Should().Be("two");
        (await lab.UpdatesAsync(first[1].Id + 1)).Should().BeEmpty();
        (await lab.UpdatesAsync()).Should().BeEmpty("they were confirmed");
    }

    [Fact]
    public async Task A_long_poll_ends_with_the_first_update()
    {
        await using var lab = await BotLab.StartAsync();
        var poll = lab.UpdatesAsync(seconds: 50);
        await lab.SayAsync("now");
        (await poll.WaitAsync(TimeSpan.FromSeconds(45))).Single().Message!.Text.Should().Be("now");
    }

    [Fact]
    public async Task A_second_poll_ends_the_first_with_409()
    {
        await using var lab = await BotLab.StartAsync();
        var first = lab.UpdatesAsync(seconds: 50);
        var second = BotLab.Client(lab.Lab).GetUpdates(timeout: 50);
        // whichever arrived first is the one that ends
        var ended = await Task.WhenAny(first, second).WaitAsync(TimeSpan.FromSeconds(45));
        (await FluentActions.Awaiting(() => ended).Should().ThrowAsync<ApiRequestException>()).Which.ErrorCode.Should().Be(409);
        await lab.SayAsync("still here");
        (await (ended == first ? second : first).WaitAsync(TimeSpan.FromSeconds(45))).Should().HaveCount(1);
    }

    [Fact]
    public async Task A_pressed_button_arrives_and_is_answered_once()
    {
        await using var lab = await BotLab.StartAsync();
        await lab.Bot.SendMessage(BotLab.Chat, "old", replyMarkup: BotLab.Keyboard("go"));
        var newest = await lab.Bot.SendMessage(BotLab.Chat, "new", replyMarkup: BotLab.Keyboard("go"));

        (await lab.PressAsync("GO")).Status.Should().Be(200);
        var press = (await lab.UpdatesAsync()).Single().CallbackQuery!;
        press.Data.Should().Be("go");
        press.From.Id.Should().Be(BotLab.Chat);
        press.Message!.Id.Should().Be(newest.Id);

        await lab.Bot.AnswerCallbackQuery(press.Id, "done");
        await RefusedAsync(() => lab.Bot.AnswerCallbackQuery(press.Id), 400, "query is too old");
        var (status, body) = await lab.PressAsync("nothing like it");
        status.Should().Be(404);
        body.GetProperty("code").GetString().Should().Be("chat.button");
    }

    [Fact]
    public async Task A_disabled_button_does_nothing()
    {
        await using var lab = await BotLab.StartAsync();
        await lab.Bot.SendMessage(BotLab.Chat, "wait", replyMarkup: new InlineKeyboardMarkup(new InlineKeyboardButton("Confirm") { Disabled = new DisabledButton(), Style = KeyboardButtonStyle.Primary }));
        (await lab.PressAsync("Confirm")).Status.Should().Be(409);
        (await lab.UpdatesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Edits_change_a_message_in_place()
    {
        await using var lab = await BotLab.StartAsync();
        var message = await lab.Bot.SendMessage(BotLab.Chat, "one", replyMarkup: BotLab.Keyboard("a"));
        var edited = await lab.Bot.EditMessageText(BotLab.Chat, message.Id, "<i>two</i>", ParseMode.Html, BotLab.Keyboard("b"));
        edited.Id.Should().Be(message.Id);
        edited.EditDate.Should().NotBeNull();
        await RefusedAsync(() => lab.Bot.EditMessageText(BotLab.Chat, message.Id, "<i>two</i>", ParseMode.Html, BotLab.Keyboard("b")), 400, "message is not modified");
        (await lab.Bot.EditMessageReplyMarkup(BotLab.Chat, message.Id)).ReplyMarkup.Should().BeNull();

        var shown = (await lab.TranscriptAsync()).Single();
        shown.GetProperty("text").GetString().Should().Be("two");
        shown.GetProperty("keyboard").GetArrayLength().Should().Be(0);
        await RefusedAsync(() => lab.Bot.EditMessageText(BotLab.Chat, 999, "x"), 400, "message to edit not found");
        await lab.SayAsync("mine");
        await RefusedAsync(() => lab.Bot.EditMessageText(BotLab.Chat, message.Id + 1, "x"), 400, "message can't be edited");
    }

    [Fact]
    public async Task Messages_are_deleted()
    {
        await using var lab = await BotLab.StartAsync();
        var ids = new List<int>();
        for (var i = 0; i < 3; i++)
            ids.Add((await lab.Bot.SendMessage(BotLab.Chat, "m")).Id);
        await lab.Bot.DeleteMessage(BotLab.Chat, ids[0]);
        await RefusedAsync(() => lab.Bot.DeleteMessage(BotLab.Chat, ids[0]), 400, "message to delete not found");
        await lab.Bot.DeleteMessages(BotLab.Chat, ids);
        (await lab.TranscriptAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Photos_are_stored_served_and_replaced()
    {
        await using var lab = await BotLab.StartAsync();
        var sent = await lab.Bot.SendPhoto(BotLab.Chat, InputFile.FromStream(new MemoryStream(BotLab.Png), "p.png"), "<b>P&amp;L</b>", ParseMode.Html, replyMarkup: BotLab.Keyboard("x"));
        sent.Caption.Should().Be("P&L");
        sent.Photo!.Single().Width.Should().Be(1);
        (await lab.TranscriptAsync()).Single().GetProperty("photo").GetBoolean().Should().BeTrue();

        using var served = new MemoryStream();
        await lab.Bot.GetInfoAndDownloadFile(sent.Photo!.Single().FileId, served);
        served.ToArray().Should().Equal(BotLab.Png);

        var media = new InputMediaPhoto(InputFile.FromStream(new MemoryStream(BotLab.Png), "q.png")) { Caption = "later" };
        var edited = await lab.Bot.EditMessageMedia(BotLab.Chat, sent.Id, media, BotLab.Keyboard("y"));
        edited.Caption.Should().Be("later");
        edited.Photo!.Single().FileId.Should().NotBe(sent.Photo!.Single().FileId);

        (await lab.Bot.SendPhoto(BotLab.Chat, InputFile.FromFileId(edited.Photo!.Single().FileId))).Photo.Should().NotBeNull();
        await RefusedAsync(() => lab.Bot.EditMessageText(BotLab.Chat, sent.Id, "x"), 400, "there is no text in the message to edit");
        await RefusedAsync(() => lab.Bot.SendPhoto(BotLab.Chat, InputFile.FromStream(new MemoryStream([1, 2, 3]), "no.png")), 400, "IMAGE_PROCESS_FAILED");
    }

    [Fact]
    public async Task The_rest_of_a_bots_start_is_answered()
    {
        await using var lab = await BotLab.StartAsync();
        await lab.Bot.DeleteWebhook();
        await lab.Bot.SetMyCommands([new BotCommand("start", "Begin"), new BotCommand("help", "Help")], BotCommandScope.AllPrivateChats());
        (await lab.Bot.GetMyCommands(BotCommandScope.AllPrivateChats())).Select(c => c.Command).Should().Equal("start", "help");
        await lab.Bot.SetChatMenuButton(BotLab.Chat, new MenuButtonCommands());
        await lab.Bot.SendChatAction(BotLab.Chat, ChatAction.Typing);
        (await lab.Lab.GetAsync($"control/chat/{BotLab.Chat}?after=-1")).GetProperty("typing").GetBoolean().Should().BeTrue();
        (await lab.Lab.GetAsync("/bot1:x/someMethodOfNextYear")).GetProperty("result").GetBoolean().Should().BeTrue();
        (await lab.Lab.Http.GetAsync("/botnonsense/getMe")).StatusCode.Should().Be(System.Net.HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("message", "{\"text\":\"a\\ud83d\"}")]
    [InlineData("message", "{\"text\":\"a\",\"language\":\"\\udc4d\"}")]
    [InlineData("message", "{\"\\ud83d\":1}")]
    [InlineData("press", "{\"button\":\"\\ud83d\"}")]
    public async Task Half_a_character_is_refused_and_not_said(string verb, string body)
    {
        await using var lab = await BotLab.StartAsync();
        using var answer = await lab.Lab.Http.PostAsync($"control/chat/{BotLab.Chat}/{verb}", new StringContent(body));
        answer.StatusCode.Should().Be(System.Net.HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).Should().Contain("\"control.body\"").And.Contain("half a character");
        (await lab.TranscriptAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("<b>open", "Can't find end tag")]
    [InlineData("1 < 2", "Unclosed start tag")]
    [InlineData("a</b>", "Unexpected end tag")]
    [InlineData("<b>x</i>", "Unmatched end tag")]
    [InlineData("é<script>x</script>", "Unsupported start tag \"script\" at byte offset 2")]
    public async Task Wrong_html_is_refused_in_Telegrams_words(string html, string why)
    {
        await using var lab = await BotLab.StartAsync();
        await RefusedAsync(() => lab.Bot.SendMessage(BotLab.Chat, html, ParseMode.Html), 400, "can't parse entities: " + why);
    }

    [Fact]
    public async Task Lengths_and_buttons_have_their_limits()
    {
        await using var lab = await BotLab.StartAsync();
        await lab.Bot.SendMessage(BotLab.Chat, new string('x', 4096), replyMarkup: BotLab.Keyboard(new string('d', 64)));
        await RefusedAsync(() => lab.Bot.SendMessage(BotLab.Chat, new string('x', 4097)), 400, "message is too long");
        await RefusedAsync(() => lab.Bot.SendMessage(BotLab.Chat, " "), 400, "message text is empty");
        await RefusedAsync(() => lab.Bot.SendMessage(BotLab.Chat, "x", replyMarkup: BotLab.Keyboard(new string('é', 33))), 400, "BUTTON_DATA_INVALID");
        await RefusedAsync(() => lab.Bot.SendMessage(BotLab.Chat, "x", replyMarkup: new InlineKeyboardMarkup(new InlineKeyboardButton("nothing"))), 400, "Text buttons are unallowed");
        await RefusedAsync(() => lab.Bot.SendMessage(0, "x"), 400, "chat not found");
    }

    private static async Task RefusedAsync(Func<Task> call, int code, string words)
    {
        var refusal = (await FluentActions.Awaiting(call).Should().ThrowAsync<ApiRequestException>()).Which;
        refusal.ErrorCode.Should().Be(code);
        refusal.Message.Should().Contain(words);
    }
}
