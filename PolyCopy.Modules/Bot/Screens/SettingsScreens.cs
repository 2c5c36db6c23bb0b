using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>Slippage, quick amounts, standing exits, notifications, language, time zone.</summary>
internal sealed class SettingsScreens(People people, Ui ui) : IScreens
{
    private static readonly decimal[] Slippages = [0.01m, 0.02m, 0.05m, 0.10m];
    private static readonly string[] Zones = ["UTC", "Europe/London", "Europe/Paris", "America/New_York", "America/Chicago", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney"];
    private static readonly string[] Levels = ["on", "silent", "off"];

    /// <summary>What a row of the notifications screen switches.</summary>
    private static readonly (string Name, string[] Kinds)[] Groups =
    [
        ("fills", ["fill", "late_fill"]),
        ("exits", ["exit_fired", "exit_held", "exit_moved"]),
        ("protection", ["protection_lost", "protection_back", "exit_suspended", "exit_resumed"]),
        ("orders", ["order_rejected", "order_cancelled"]),
        ("results", ["resolved", "settlement_failed", "settlement_delayed"]),
        ("copies", ["copied", "copy_failed", "copy_digest", "copy_summary"]),
        ("leaders", ["leader_sold", "leader_moved", "leader_removed", "follow_paused", "follow_resumed", "leader_blind", "leader_seen", "breaker_tripped", "breaker_resumed"]),
        ("smart", ["smart_money"]),
        ("news", ["announcement", "paused", "resumed"]),
    ];

    public void Map(Routes routes)
    {
        routes.On("set", (turn, _, ct) => HomeAsync(turn, null, ct), "settings");
        routes.On("s_slip", SlippageAsync);
        routes.On("s_quick", (turn, _, ct) => AskAsync(turn, "s_quick", ct));
        routes.On("s_exits", (turn, _, ct) => ExitsAsync(turn, ct));
        routes.On("s_tp", (turn, a, ct) => a[0] == "0" ? ChangeAsync(turn, new UserSettingsChange(ClearDefaultTakeProfit: true), ct) : a.Decimal(0) is { } p ? ChangeAsync(turn, new UserSettingsChange(DefaultTakeProfitPercent: p), ct) : AskAsync(turn, "s_tp", ct));
        routes.On("s_sl", (turn, a, ct) => a[0] == "0" ? ChangeAsync(turn, new UserSettingsChange(ClearDefaultStopLoss: true), ct) : a.Decimal(0) is { } p ? ChangeAsync(turn, new UserSettingsChange(DefaultStopLossPercent: p), ct) : AskAsync(turn, "s_sl", ct));
        routes.On("s_note", NotificationsAsync);
        routes.On("s_lang", LanguageAsync);
        routes.On("s_zone", ZoneAsync);
        foreach (var topic in new[] { "s_slip", "s_quick", "s_tp", "s_sl", "s_zone" })
            routes.Answer(topic, (turn, _, text, ct) => AnsweredAsync(turn, topic, text, ct));
    }

    private async Task<View?> HomeAsync(Turn turn, Html? note, CancellationToken ct)
    {
        var words = turn.Words;
        var s = turn.Settings;
        var none = words["settings.none"];
        var lines = new List<Html> { await ui.HeadAsync(turn, "settings.title", ct), Html.Empty };
        if (note is { } said)
            lines.AddRange([said, Html.Empty]);
        lines.AddRange(
        [
            words["settings.slippage", words.Percent(s.MaxSlippage * 100, signed: false)],
            words["settings.quick", Html.Join(" · ", s.QuickAmounts.Select(a => words.Money(a)))],
            words["settings.exits", s.DefaultTakeProfitPercent is { } take ? words.Percent(take) : none, s.DefaultStopLossPercent is { } stop ? words.Percent(-stop) : none],
            words["settings.language", words["language.name"]],
            words["settings.zone", s.TimeZone],
        ]);
        return new View(Ui.Lines(lines),
        [
            [Ui.Go(turn, "settings.to_slippage", "s_slip"), Ui.Go(turn, "settings.to_quick", "s_quick")],
            [Ui.Go(turn, "settings.to_exits", "s_exits"), Ui.Go(turn, "settings.to_notifications", "s_note")],
            [Ui.Go(turn, "settings.to_language", "s_lang"), Ui.Go(turn, "settings.to_zone", "s_zone")],
            Ui.HomeRow(turn),
        ]);
    }

    private async Task<View?> SlippageAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (arguments.Decimal(0) is { } chosen)
            return await ChangeAsync(turn, new UserSettingsChange(MaxSlippage: chosen), ct);
        turn.Memory = turn.Memory with { Asking = new Question("s_slip") };
        return new View(Ui.Lines(await ui.HeadAsync(turn, "settings.title", ct), Html.Empty, turn.Words["settings.ask_slippage"]),
            [[.. Slippages.Select(v => new Button(Html.Plain(turn.Words.Percent(v * 100, signed: false).Value), Actions.Data("s_slip", v)))], Ui.HomeRow(turn, Ui.Go(turn, "nav.settings", "set"))]);
    }

    private async Task<View?> ExitsAsync(Turn turn, CancellationToken ct)
    {
        var words = turn.Words;
        return new View(Ui.Lines(await ui.HeadAsync(turn, "settings.title", ct), Html.Empty, words["settings.ask_exits"]),
        [
            [.. new[] { 10m, 25m, 50m, 100m }.Select(p => new Button(Html.Plain(words.Percent(p).Value), Actions.Data("s_tp", p), Tone.Good))],
            [.. new[] { 10m, 20m, 30m, 50m }.Select(p => new Button(Html.Plain(words.Percent(-p).Value), Actions.Data("s_sl", p), Tone.Bad))],
            [Ui.Go(turn, "settings.other_tp", "s_tp"), Ui.Go(turn, "settings.other_sl", "s_sl")],
            [Ui.Go(turn, "settings.no_tp", "s_tp", 0), Ui.Go(turn, "settings.no_sl", "s_sl", 0)],
            Ui.HomeRow(turn, Ui.Go(turn, "nav.settings", "set")),
        ]);
    }

    private async Task<View?> AskAsync(Turn turn, string topic, CancellationToken ct, Html? wrong = null)
    {
        turn.Memory = turn.Memory with { Asking = new Question(topic) };
        return new View(Ui.Lines(await ui.HeadAsync(turn, "settings.title", ct), Html.Empty, wrong ?? Html.Empty, turn.Words["ask." + topic]), [Ui.HomeRow(turn, Ui.Go(turn, "nav.settings", "set"))]);
    }

    /// <summary>Each press takes a group to the next level: on, silent, off.</summary>
    private async Task<View?> NotificationsAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (Groups.FirstOrDefault(g => g.Name == arguments[0]) is { Name: not null } group)
        {
            var next = Levels[(Array.IndexOf(Levels, Level(turn, group.Kinds)) + 1) % Levels.Length];
            var changed = await people.ChangeAsync(turn.UserId, new UserSettingsChange(Notifications: group.Kinds.ToDictionary(k => k, _ => next)), ct);
            if (changed.Try(out var settings, out _))
                turn = turn.With(settings);
        }
        return new View(Ui.Lines(await ui.HeadAsync(turn, "settings.to_notifications", ct), Html.Empty, turn.Words["settings.ask_notifications"]),
            [.. Groups.Select(g => new Button($"{turn.Words.Label("group." + g.Name)}: {turn.Words.Label("level." + Level(turn, g.Kinds))}", Actions.Data("s_note", g.Name))).Chunk(2), Ui.HomeRow(turn, Ui.Go(turn, "nav.settings", "set"))]);
    }

    private static string Level(Turn turn, string[] kinds) => turn.Settings.Notifications.GetValueOrDefault(kinds[0]) is { } level && Levels.Contains(level) ? level : "on";

    private async Task<View?> LanguageAsync(Turn turn, Arguments arguments, CancellationToken ct) => arguments[0].Length > 0
        ? await ChangeAsync(turn, new UserSettingsChange(Language: arguments[0]), ct)
        : new View(Ui.Lines(await ui.HeadAsync(turn, "settings.title", ct), Html.Empty, turn.Words["settings.ask_language"]),
            [[.. Words.Languages.Select(l => new Button(Words.In(l).Label("language.name"), Actions.Data("s_lang", l)))], Ui.HomeRow(turn, Ui.Go(turn, "nav.settings", "set"))]);

    private async Task<View?> ZoneAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (arguments[0].Length > 0)
            return await ChangeAsync(turn, new UserSettingsChange(TimeZone: arguments[0]), ct);
        turn.Memory = turn.Memory with { Asking = new Question("s_zone") };
        return new View(Ui.Lines(await ui.HeadAsync(turn, "settings.title", ct), Html.Empty, turn.Words["ask.s_zone"]),
            [.. Zones.Select(z => new Button(z[(z.IndexOf('/') + 1)..].Replace('_', ' '), Actions.Data("s_zone", z))).Chunk(3), Ui.HomeRow(turn, Ui.Go(turn, "nav.settings", "set"))]);
    }

    private async Task<View?> AnsweredAsync(Turn turn, string topic, string text, CancellationToken ct)
    {
        switch (topic)
        {
            case "s_zone":
                return await ChangeAsync(turn, new UserSettingsChange(TimeZone: text.Trim()), ct);
            case "s_quick":
                var amounts = text.Split([' ', ';', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(word => Numbers.TryParse(word, out var amount) ? amount : -1).ToList();
                return amounts.Count == 0 || amounts.Contains(-1) ? await AskAsync(turn, topic, ct, turn.Words["input.number"]) : await ChangeAsync(turn, new UserSettingsChange(QuickAmounts: amounts), ct);
            default:
                if (!Numbers.TryParsePercent(text.Trim().TrimStart('-', '+'), out var percent))
                    return await AskAsync(turn, topic, ct, turn.Words["input.number"]);
                return await ChangeAsync(turn, topic switch
                {
                    "s_slip" => new UserSettingsChange(MaxSlippage: percent / 100),
                    "s_tp" => new UserSettingsChange(DefaultTakeProfitPercent: percent),
                    _ => new UserSettingsChange(DefaultStopLossPercent: percent),
                }, ct);
        }
    }

    private async Task<View?> ChangeAsync(Turn turn, UserSettingsChange change, CancellationToken ct) =>
        (await people.ChangeAsync(turn.UserId, change, ct)).Try(out var settings, out var error)
            ? await HomeAsync(turn.With(settings), Words.In(settings.Language)["settings.saved"], ct)
            : await HomeAsync(turn, Ui.Refusal(turn, error), ct);
}
