using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Tests.Bot.Support;
using static PolyCopy.Tests.Bot.Support.BotLab;

namespace PolyCopy.Tests.Bot;

/// <summary>How the bot behaves in a chat: one living screen, presses answered first, nobody delayed by another, strangers left alone.</summary>
public class ChatTests
{
    [Fact]
    public async Task Start_shows_the_four_numbers_and_the_profile()
    {
        await using var lab = await StartAsync();

        var home = await lab.GreetAsync();

        home.Text.Should().ContainAll("$25.50", "$970.00", "$4.50", "$1000.00", "DEMO");
    }

    [Fact]
    public async Task A_button_edits_the_screen_in_place()
    {
        await using var lab = await StartAsync();
        var home = await lab.GreetAsync();

        lab.Telegram.Press(Ana, "Orders");
        var orders = await lab.Telegram.ShowsAsync(Ana, "No open orders");

        orders.Id.Should().Be(home.Id);
        lab.Telegram.Chat(Ana).Should().ContainSingle();
    }

    [Fact]
    public async Task A_typed_command_sends_the_screen_anew_and_strips_the_old_keyboard()
    {
        await using var lab = await StartAsync();
        var home = await lab.GreetAsync();

        lab.Telegram.Type(Ana, "/orders");
        var orders = await lab.Telegram.ShowsAsync(Ana, "No open orders");

        orders.Id.Should().BeGreaterThan(home.Id);
        await lab.Telegram.UntilAsync(() => lab.Telegram.Chat(Ana)[0].Keyboard.Count == 0, "the old keyboard to go");
        orders.Keyboard.Should().NotBeEmpty();
    }

    [Fact]
    public async Task A_press_is_answered_before_its_work_is_done()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        var held = new TaskCompletionSource();
        lab.Core.BeforePortfolio = _ => held.Task;

        lab.Telegram.Press(Ana, "Refresh");
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Any(c => c.Method == "answerCallbackQuery"), "the answer");

        lab.Telegram.Calls.Should().NotContain(c => c.Method == "editMessageText");
        held.SetResult();
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Any(c => c.Method == "editMessageText"), "the screen");
    }

    [Fact]
    public async Task A_slow_chat_delays_nobody()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync(Ana);
        var held = new TaskCompletionSource();
        lab.Core.BeforePortfolio = user => user == Ana ? held.Task : Task.CompletedTask;

        lab.Telegram.Type(Ana, "/home");
        lab.Telegram.Type(Ben, "/home");

        await lab.Telegram.ShowsAsync(Ben, "Net worth");
        held.SetResult();
    }

    [Fact]
    public async Task Presses_of_one_chat_are_answered_in_their_order()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();

        lab.Telegram.Press(Ana, "Settings");
        lab.Telegram.Press(Ana, "Help");

        await lab.Telegram.ShowsAsync(Ana, "❓ Help");
        lab.Telegram.Chat(Ana).Should().ContainSingle().Which.Text.Should().Contain("Help");
    }

    [Fact]
    public async Task A_screen_that_was_deleted_is_sent_anew()
    {
        await using var lab = await StartAsync();
        var home = await lab.GreetAsync();
        lab.Telegram.Faults = c => c.Method == "editMessageText" ? new Trouble(400, "Bad Request: message to edit not found") : null;

        lab.Telegram.Press(Ana, "Orders");

        (await lab.Telegram.ShowsAsync(Ana, "No open orders")).Id.Should().BeGreaterThan(home.Id);
    }

    [Fact]
    public async Task A_screen_that_did_not_change_is_no_trouble()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Telegram.Faults = c => c.Method == "editMessageText" ? new Trouble(400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same") : null;

        lab.Telegram.Press(Ana, "Refresh");
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Any(c => c.Method == "editMessageText"), "the edit");
        lab.Telegram.Faults = _ => null;
        lab.Telegram.Press(Ana, "Orders");

        await lab.Telegram.ShowsAsync(Ana, "No open orders");
        lab.Logs.GetSnapshot().Should().NotContain(l => l.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task What_Telegram_cannot_parse_is_sent_as_plain_text()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Faults = c => c.Method == "sendMessage" && c.Fields.ContainsKey("parse_mode") ? new Trouble(400, "Bad Request: can't parse entities: Unsupported start tag") : null;

        var home = await lab.GreetAsync();

        home.Text.Should().NotContain("<b>");
    }

    [Fact]
    public async Task Hostile_titles_are_shown_as_harmless_text()
    {
        await using var lab = await StartAsync();
        lab.Core.Markets[Core.MarketId] = Core.AMarket(question: "<a href='https://evil.example'>free</a> @admin \u202Ertl\nnew https://evil.example/x");

        lab.Telegram.Type(Ana, "/markets");
        var list = await lab.Telegram.ShowsAsync(Ana, "Markets");

        list.Text.Should().NotContain("<a").And.NotContain("\u202E").And.NotContain("evil.example").And.Contain("&lt;");
    }

    [Fact]
    public async Task The_same_update_twice_is_handled_once()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        var update = new JsonObject { ["update_id"] = 5_000, ["message"] = new JsonObject { ["message_id"] = 1, ["date"] = lab.Clock.GetUtcNow().ToUnixTimeSeconds(), ["chat"] = new JsonObject { ["id"] = Ana, ["type"] = "private" }, ["from"] = new JsonObject { ["id"] = Ana, ["is_bot"] = false, ["first_name"] = "A" }, ["text"] = "/orders" } };

        lab.Telegram.PushRaw(update); // 5,000 was the /start
        lab.Telegram.Type(Ana, "/help");
        await lab.Telegram.ShowsAsync(Ana, "❓ Help");

        lab.Telegram.Chat(Ana).Should().NotContain(m => m.Text.Contains("No open orders"));
    }

    [Fact]
    public async Task What_a_crash_left_open_is_answered_after_the_restart()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        var (held, isAtWork) = (new TaskCompletionSource(), false);
        lab.Core.BeforePortfolio = _ =>
        {
            isAtWork = true;
            return held.Task;
        };
        lab.Telegram.Type(Ana, "/home");
        await lab.Telegram.UntilAsync(() => isAtWork, "the update to be at work, and the greeting done with");

        await lab.RestartAsync();

        await lab.Telegram.UntilAsync(() => lab.Telegram.Chat(Ana).Count == 2, "the screen it asked for");
    }

    [Fact]
    public async Task However_many_a_crash_left_open_all_are_taken_up_again()
    {
        await using var lab = await StartAsync();
        for (var page = 0; page < 12; page++)
            await lab.State.TakeAsync(77, [.. Enumerable.Range(page * 100, 100).Select(i => new BotUpdate(1_000 + i, $$"""{"update_id":{{1_000 + i}}}"""))], default);

        await lab.RestartAsync();

        await lab.Telegram.UntilAsync(() => lab.State.OpenAsync(77, long.MinValue, 1, default).Result.Count == 0, "all of them to be handled");
    }

    [Fact]
    public async Task Garbage_among_the_updates_is_left_out()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Push(new JsonObject { ["message"] = "what?" });
        lab.Telegram.Push(new JsonObject { ["callback_query"] = new JsonObject { ["id"] = 5 } });
        lab.Telegram.Push(new JsonObject { ["message"] = new JsonObject { ["message_id"] = "x" } });

        await lab.GreetAsync();

        lab.Logs.GetSnapshot().Should().Contain(l => l.Message.Contains("cannot be read"));
    }

    [Fact]
    public async Task Hours_of_messages_after_an_outage_get_one_answer()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        var before = lab.Telegram.Calls.Count(c => c.Method == "sendMessage");
        var held = new TaskCompletionSource();
        lab.Core.BeforePortfolio = _ => held.Task;
        lab.Telegram.Type(Ana, "/home"); // keeps the lane busy until all are there
        var old = lab.Clock.GetUtcNow().AddHours(-3);
        foreach (var command in new[] { "/orders", "/settings", "/positions", "/orders", "/help" })
            lab.Telegram.Type(Ana, command, old);
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Any(c => c.Method == "getUpdates" && c.Fields.TryGetValue("offset", out var o) && long.Parse(o.ToString()) >= 5_007), "all to be taken");
        held.SetResult();

        await lab.Telegram.ShowsAsync(Ana, "❓ Help");

        lab.Telegram.Calls.Count(c => c.Method == "sendMessage").Should().Be(before + 2, "the present /home and the last of the old ones");
    }

    [Fact]
    public async Task Strangers_are_logged_and_not_answered()
    {
        await using var lab = await StartAsync("--Accounts:AllowedUsers:0", "1001");
        await lab.GreetAsync(Ana);

        lab.Telegram.Type(Ben, "/start");
        lab.Telegram.PressData(Ben, 100, "v1:home:");
        await lab.Telegram.UntilAsync(() => lab.Logs.GetSnapshot().Count(l => l.Message.Contains("may not use the bot")) == 2, "the attempts in the log");

        lab.Telegram.Calls.Should().NotContain(c => c.Chat == Ben);
        lab.Telegram.Calls.Should().NotContain(c => c.Method == "answerCallbackQuery");
    }

    [Fact]
    public async Task Somebody_faster_than_any_human_is_slowed_down()
    {
        await using var lab = await StartAsync();
        var home = await lab.GreetAsync();
        var reads = 0;
        lab.Core.BeforePortfolio = _ => { Interlocked.Increment(ref reads); return Task.CompletedTask; };
        lab.Telegram.Drive = () => { }; // no time passes

        for (var i = 0; i < 60; i++)
            lab.Telegram.PressData(Ana, home.Id, "v1:home:");
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Count(c => c.Method == "answerCallbackQuery" && c.Text.Contains("Slow down")) >= 30, "the rest to be turned away");

        reads.Should().BeLessThanOrEqualTo(20);
        lab.Telegram.Calls.Where(c => c.Method == "answerCallbackQuery").GroupBy(c => c.Fields["callback_query_id"].ToString()).Should().OnlyContain(g => g.Count() == 1, "Telegram shows only the first answer");
    }

    [Fact]
    public async Task A_group_is_not_the_place_for_account_data()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Push(new JsonObject { ["message"] = new JsonObject { ["message_id"] = 1, ["date"] = lab.Clock.GetUtcNow().ToUnixTimeSeconds(), ["chat"] = new JsonObject { ["id"] = -100, ["type"] = "supergroup", ["title"] = "G" }, ["from"] = new JsonObject { ["id"] = Ana, ["is_bot"] = false, ["first_name"] = "A" }, ["text"] = "/home" } });

        await lab.GreetAsync(Ben);

        lab.Telegram.Calls.Should().NotContain(c => c.Chat == -100);
    }

    [Fact]
    public async Task The_language_is_Telegrams_until_the_user_chooses()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Type(Ana, "/start", language: "fr-CA");
        await lab.Telegram.ShowsAsync(Ana, "Valeur totale");

        lab.Telegram.Press(Ana, "Réglages");
        await lab.Telegram.ShowsAsync(Ana, "Fuseau horaire");
        lab.Telegram.Press(Ana, "Langue");
        await lab.Telegram.ShowsAsync(Ana, "Quelle langue");
        lab.Telegram.Press(Ana, "English");

        await lab.Telegram.ShowsAsync(Ana, "Time zone");
        (await lab.Accounts.SettingsAsync(Ana, default))!.Language.Should().Be("en");
    }

    [Fact]
    public async Task A_referral_link_is_remembered_and_counted()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Type(Ben, "/start r_rt"); // 1001 in base 36
        await lab.Telegram.ShowsAsync(Ben, "Net worth");

        lab.Telegram.Type(Ana, "/help");

        var help = await lab.Telegram.ShowsAsync(Ana, "Your link");
        help.Text.Should().Contain("start=r_rt").And.Contain("Came by it: 1");
    }

    [Fact]
    public async Task A_market_link_opens_the_market()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Type(Ana, $"/start m_{Core.MarketId}");

        (await lab.Telegram.ShowsAsync(Ana, "Will it rain?")).Keyboard.SelectMany(r => r).Should().Contain(k => k.Text.StartsWith("Buy Yes") && k.Style == "success");
    }

    [Fact]
    public async Task A_pasted_link_opens_the_market_and_fetches_nothing()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Type(Ana, "https://polymarket.com/event/weather/will-it-rain?x=1");

        (await lab.Telegram.ShowsAsync(Ana, "Will it rain?")).Text.Should().Contain("44¢").And.Contain("45¢");
    }

    [Fact]
    public async Task Any_other_words_are_a_search()
    {
        await using var lab = await StartAsync();
        lab.Core.Markets["2"] = Core.AMarket("2", "Will it snow?", "snow");

        lab.Telegram.Type(Ana, "snow");

        (await lab.Telegram.ShowsAsync(Ana, "Will it snow?")).Text.Should().NotContain("rain");
    }

    [Fact]
    public async Task A_long_list_is_paged_in_place()
    {
        await using var lab = await StartAsync();
        for (var i = 10; i < 25; i++)
            lab.Core.Markets[$"{i}"] = Core.AMarket($"{i}", $"Question {i}?", $"q-{i}");

        lab.Telegram.Type(Ana, "/markets");
        await lab.Telegram.ShowsAsync(Ana, "Question 10?");
        lab.Telegram.Press(Ana, "Next");
        await lab.Telegram.ShowsAsync(Ana, "Question 16?");
        lab.Telegram.Press(Ana, "Previous");

        await lab.Telegram.ShowsAsync(Ana, "Question 10?");
        lab.Telegram.Chat(Ana).Should().ContainSingle();
    }

    [Fact]
    public async Task When_the_core_is_away_the_chat_says_so_and_goes_on_when_it_is_back()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Core.BeforePortfolio = _ => throw new HttpRequestException("refused");

        lab.Telegram.Press(Ana, "Refresh");
        await lab.Telegram.ShowsAsync(Ana, "core is not answering");
        lab.Core.BeforePortfolio = _ => Task.CompletedTask;
        lab.Telegram.Press(Ana, "Try again");

        await lab.Telegram.ShowsAsync(Ana, "Net worth");
        lab.Telegram.Chat(Ana).Should().ContainSingle();
    }

    [Fact]
    public async Task While_the_core_is_gone_altogether_the_chat_hears_it_once_and_then_gets_its_answers()
    {
        await using var lab = await StartAsync();
        var home = await lab.GreetAsync();
        lab.Telegram.Press(Ana, "Help");
        await lab.Telegram.ShowsAsync(Ana, "❓ Help");
        var answered = lab.Telegram.Calls.Count(c => c.Method == "answerCallbackQuery");
        lab.IsCoreAway = true;
        for (var i = 0; i < 10; i++)
            lab.Telegram.PressData(Ana, home.Id, i % 2 == 0 ? "v1:orders:" : "v1:set:");
        lab.Telegram.Type(Ben, "/start"); // nobody knows who he is: not answered
        await lab.Telegram.ShowsAsync(Ana, "core is not answering");
        var polls = lab.Telegram.Calls.Count(c => c.Method == "getUpdates");
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Count(c => c.Method == "getUpdates") > polls + 8, "more polls of the same");
        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Count(c => c.Method == "answerCallbackQuery") >= answered + 10, "all presses to be answered");

        lab.Telegram.Calls.Count(c => c.Text.Contains("core is not answering")).Should().Be(1);
        lab.Telegram.Calls.Where(c => c.Method == "answerCallbackQuery").Skip(answered).Should().HaveCount(10).And.NotContain(c => c.Text.Contains("Slow down"));
        lab.Telegram.Chat(Ben).Should().BeEmpty();
        lab.IsCoreAway = false;

        await lab.Telegram.ShowsAsync(Ana, "Time zone");
        await lab.Telegram.ShowsAsync(Ben, "Net worth");
        await lab.Telegram.UntilAsync(() => lab.State.OpenAsync(77, long.MinValue, 10, default).Result.Count == 0, "all of them to be handled");
    }

    [Fact]
    public async Task A_core_that_went_away_under_an_order_is_not_called_a_refusal()
    {
        await using var lab = await StartAsync();
        lab.Core.Venue = _ => throw new HttpRequestException("connection reset");
        lab.Telegram.Type(Ana, $"/start m_{Core.MarketId}");
        await lab.Telegram.ShowsAsync(Ana, "Will it rain?");
        lab.Telegram.Press(Ana, "Buy Yes");
        await lab.Telegram.ShowsAsync(Ana, "For how much?");
        lab.Telegram.Press(Ana, "$10.00");
        await lab.Telegram.ShowsAsync(Ana, "Review: buy");
        lab.Telegram.Press(Ana, "Confirm");

        (await lab.Telegram.ShowsAsync(Ana, "once or not at all")).Text.Should().NotContain("nothing was ordered");
    }

    [Fact]
    public async Task A_key_that_was_typed_is_taken_out_and_goes_nowhere()
    {
        const string key = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
        await using var lab = await StartAsync();
        await lab.GreetAsync();
        lab.Telegram.Type(Ana, $"0x{key}");
        await lab.Telegram.ShowsAsync(Ana, "looked like a private key");

        await lab.Telegram.UntilAsync(() => lab.Telegram.Calls.Any(c => c.Method == "deleteMessage"), "the message to go");
        await lab.Telegram.UntilAsync(() => lab.State.OpenAsync(77, long.MinValue, 10, default).Result.Count == 0, "the update to be forgotten");
        lab.Telegram.Calls.Should().NotContain(c => c.Text.Contains(key));
        lab.Logs.GetSnapshot().Should().NotContain(l => l.Message.Contains(key) || (l.Exception != null && l.Exception.ToString().Contains(key)));
        (await lab.State.ChatAsync(77, Ana, default))!.State.Should().NotContain(key);
    }

    [Fact]
    public async Task A_press_whose_message_Telegram_has_forgotten_is_answered_with_a_new_screen()
    {
        await using var lab = await StartAsync();
        var home = await lab.GreetAsync();
        var user = new JsonObject { ["id"] = Ana, ["is_bot"] = false, ["first_name"] = "A" };
        lab.Telegram.Push(new JsonObject { ["callback_query"] = new JsonObject { ["id"] = "old1", ["from"] = user, ["chat_instance"] = "1", ["data"] = "v1:orders:" } });
        var first = await lab.Telegram.ShowsAsync(Ana, "No open orders");
        lab.Telegram.Push(new JsonObject
        {
            ["callback_query"] = new JsonObject { ["id"] = "old2", ["from"] = user.DeepClone(), ["chat_instance"] = "1", ["data"] = "v1:help:", ["message"] = new JsonObject { ["message_id"] = 3, ["date"] = 0, ["chat"] = new JsonObject { ["id"] = Ana, ["type"] = "private" } } },
        });
        var second = await lab.Telegram.ShowsAsync(Ana, "❓ Help");

        new[] { home.Id, first.Id, second.Id }.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        lab.Telegram.Calls.Where(c => c.Method == "answerCallbackQuery").Select(c => c.Fields["callback_query_id"].ToString()).Should().BeEquivalentTo("old1", "old2");
    }

    [Fact]
    public async Task A_button_of_an_older_version_leads_home()
    {
        await using var lab = await StartAsync();
        var home = await lab.GreetAsync();
        lab.Telegram.Press(Ana, "Help");
        await lab.Telegram.ShowsAsync(Ana, "❓ Help");

        foreach (var data in new[] { "v0:buy:1", "garbage", "v1:no_such_screen:1~2" })
            lab.Telegram.PressData(Ana, home.Id, data);

        await lab.Telegram.ShowsAsync(Ana, "Net worth");
        lab.Logs.GetSnapshot().Should().NotContain(l => l.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task How_a_market_is_decided_is_told_in_the_venues_words_as_text()
    {
        await using var lab = await StartAsync();
        lab.Core.Markets[Core.MarketId] = Core.AMarket() with { Description = "Resolves to <b>Yes</b> if it rains, see https://evil.example" };
        lab.Telegram.Type(Ana, $"/start m_{Core.MarketId}");
        await lab.Telegram.ShowsAsync(Ana, "Will it rain?");
        lab.Telegram.Press(Ana, "Rules");

        (await lab.Telegram.ShowsAsync(Ana, "Resolves to")).Text.Should().Contain("&lt;b&gt;").And.NotContain("evil.example");
    }

    [Fact]
    public async Task The_operators_commands_are_for_the_operator()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Type(Ana, "/pause trouble");
        await lab.Telegram.ShowsAsync(Ana, "❓ Help");
        lab.Core.Pauses.Should().BeEmpty();

        lab.Telegram.Type(Boss, "/pause trouble");
        await lab.Telegram.ShowsAsync(Boss, "stopped for everybody");

        lab.Core.Pauses.Should().Equal((null, true));
    }

    [Fact]
    public async Task A_broadcast_counts_first_and_then_reaches_everybody_once()
    {
        await using var lab = await StartAsync();
        await lab.GreetAsync(Ana);
        await lab.GreetAsync(Ben);
        lab.Telegram.Type(Boss, "/broadcast Maintenance tonight");
        (await lab.Telegram.ShowsAsync(Boss, "Maintenance tonight")).Text.Should().Contain("<b>3</b> chats");

        var data = lab.Telegram.Press(Boss, "Send");
        await lab.Telegram.ShowsAsync(Ana, "Maintenance tonight");
        await lab.Telegram.ShowsAsync(Ben, "Maintenance tonight");
        lab.Telegram.PressData(Boss, lab.Telegram.Chat(Boss)[0].Id, data);
        lab.Telegram.Type(Boss, "/help");
        await lab.Telegram.ShowsAsync(Boss, "❓ Help");

        lab.Telegram.Chat(Ana).Count(m => m.Text.Contains("Maintenance")).Should().Be(1);
    }

    [Fact]
    public async Task Stop_stops_entries_and_says_that_exits_go_on()
    {
        await using var lab = await StartAsync();
        lab.Telegram.Type(Ana, "/stop");
        (await lab.Telegram.ShowsAsync(Ana, "No new entries")).Text.Should().Contain("exits stay armed");
        lab.Core.Pauses.Should().Equal((Ana, true));

        lab.Telegram.Press(Ana, "Allow entries");
        await lab.Telegram.ShowsAsync(Ana, "Net worth");

        lab.Core.Pauses.Should().Equal((Ana, true), (Ana, false));
    }
}
