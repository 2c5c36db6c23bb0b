using System.Text.Json;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Screens.Copying;

/// <summary>The way to a follow or to other rules: every rule has its button, the review shows them all, and only its confirmation changes anything.</summary>
internal sealed class FollowForm(ICopying copying, FollowReview review, Ui ui, TimeProvider clock) : IScreens
{
    private const string Confirmed = "follow";
    private const string Typed = "fw_value";
    private static readonly decimal[] Amounts = [5, 10, 25, 50, 100];
    private static readonly decimal[] Percents = [1, 2, 5, 10, 25];

    public void Map(Routes routes)
    {
        routes.On("fw", StartAsync);
        routes.On("fw_edit", EditAsync);
        routes.On("fw_shared", SharedAsync);
        routes.On("fw_rev", (turn, a, ct) => WithDraft(turn, a, d => review.ShowAsync(turn, d, ct), ct));
        routes.On("fw_grp", (turn, a, ct) => WithDraft(turn, a, d => GroupAsync(turn, d, a[1], ct), ct));
        routes.On("fw_ask", (turn, a, ct) => WithDraft(turn, a, d => AskAsync(turn, d, a[1], null, ct), ct));
        routes.On("fw_set", (turn, a, ct) => WithDraft(turn, a, d => SetAsync(turn, d, a, ct), ct));
        routes.Answer(Typed, AnsweredAsync);
        routes.Confirmed(Confirmed, PlaceAsync, (turn, _, payload, ct) => review.ShowAsync(turn, FollowDraft.Read(payload), ct, "review.expired_rules"));
    }

    private async Task<View?> StartAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (LeaderLink.Address(arguments[0]) is not { } leader)
            return await ui.NoticeAsync(turn, "leader.invalid", ct, Ui.Go(turn, "nav.leaders", "leaders"));
        if (await FollowOfAsync(turn, leader, ct) is { } own)
            return await review.ShowAsync(turn, new FollowDraft(NewId(), own.Leader, own.Rules, own.Id), ct);
        var rules = new FollowRules { AmountUsd = 10m, Percent = 10m, Factor = 0.1m, MaxSlippage = Math.Min(turn.Settings.MaxSlippage, 0.5m), TakeProfitPercent = turn.Settings.DefaultTakeProfitPercent, StopLossPercent = turn.Settings.DefaultStopLossPercent };
        return await GroupAsync(turn, new FollowDraft(NewId(), leader, rules), "size", ct);
    }

    private async Task<View?> EditAsync(Turn turn, Arguments arguments, CancellationToken ct) => await copying.GetAsync(turn.UserId, arguments.Id(0), ct) is { } follow
        ? await review.ShowAsync(turn, new FollowDraft(NewId(), follow.Leader, follow.Rules, follow.Id), ct)
        : await ui.NoticeAsync(turn, "follow.unknown", ct, Ui.Go(turn, "nav.follows", "fols"));

    /// <summary>A link opens the review and nothing else; what goes beyond the user's own limits is cut to them and marked.</summary>
    private async Task<View?> SharedAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (arguments[0].Length is 0 or > 64 || !(await copying.SharedAsync(turn.UserId, arguments[0], ct)).Try(out var shared, out _))
            return await ui.NoticeAsync(turn, "follow.share_unknown", ct, Ui.Go(turn, "nav.leaders", "leaders"));
        var own = await FollowOfAsync(turn, shared.Leader, ct);
        return await review.ShowAsync(turn, new FollowDraft(NewId(), shared.Leader, shared.Rules, own?.Id, shared.Differences), ct, own is null ? "follow.shared" : "follow.shared_known");
    }

    private async Task<FollowView?> FollowOfAsync(Turn turn, string leader, CancellationToken ct) =>
        (await copying.ListAsync(turn.UserId, 200, null, ct)).Items.FirstOrDefault(f => f.Leader == leader && f.Status != "deleted");

    private async Task<View?> GroupAsync(Turn turn, FollowDraft draft, string group, CancellationToken ct)
    {
        if (!RuleFields.Groups.Contains(group))
            return await review.ShowAsync(turn, draft, ct);
        turn.Memory = turn.Memory with { Follow = draft };
        var words = turn.Words;
        var fields = RuleFields.All.Where(f => f.Group == group && RuleFields.Applies(f, draft.Rules) && (f.Name != "baseline" || draft.FollowId is null)).ToList();
        var lines = new List<Html> { await ui.HeadAsync(turn, words["follow.form_title", Html.Of(LeaderLink.Short(draft.Leader))], ct), Html.Empty, words["rules.group_" + group], Html.Empty };
        lines.AddRange(fields.Select(f => words["rules.line", words["rule." + f.Name], f.Say(words, draft.Rules)]));
        var rows = fields.Select(f => f.Unit switch
        {
            RuleUnit.Switch => new Button((f.Get(draft.Rules) is true ? "✅ " : "⬜ ") + words.Label("rule." + f.Name), Actions.Data("fw_set", draft.Id, f.Name, f.Get(draft.Rules) is true ? "0" : "1")),
            _ => new Button("✏️ " + words.Label("rule." + f.Name), Actions.Data("fw_ask", draft.Id, f.Name)),
        }).Chunk(2).Select(r => r.ToArray()).ToList();
        if (group == "size")
            rows.Insert(0, Quick(turn, draft));
        rows.Add([new Button(words.Label("rules.review"), Actions.Data("fw_rev", draft.Id), Tone.Main)]);
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "ldr", draft.Leader)));
        return new View(Ui.Lines(lines), rows);
    }

    private static Button[] Quick(Turn turn, FollowDraft draft)
    {
        var field = RuleFields.AmountOf(draft.Rules);
        var words = turn.Words;
        return field.Unit switch
        {
            RuleUnit.Usd when field.Name == "amount" => [.. Amounts.Where(a => a <= draft.Rules.MaxPerTrade).Select(a => new Button(Html.Plain(words.Money(a).Value), Actions.Data("fw_set", draft.Id, field.Name, a)))],
            RuleUnit.Percent => [.. Percents.Select(p => new Button(Html.Plain(words.Percent(p, signed: false).Value), Actions.Data("fw_set", draft.Id, field.Name, p)))],
            RuleUnit.Factor => [.. new[] { 0.01m, 0.1m, 0.5m, 1m, 2m }.Select(p => new Button("× " + p.ToString("0.##", words.Culture), Actions.Data("fw_set", draft.Id, field.Name, p)))],
            _ => [],
        };
    }

    private async Task<View?> AskAsync(Turn turn, FollowDraft draft, string name, Html? wrong, CancellationToken ct)
    {
        if (RuleFields.Find(name) is not { } field)
            return await review.ShowAsync(turn, draft, ct);
        var words = turn.Words;
        turn.Memory = turn.Memory with { Follow = draft, Asking = field.Unit == RuleUnit.Choice ? null : new Question(Typed, $"{draft.Id}~{name}") };
        var lines = new List<Html> { await ui.HeadAsync(turn, words["follow.form_title", Html.Of(LeaderLink.Short(draft.Leader))], ct), Html.Empty };
        if (wrong is { } said)
            lines.AddRange([said, Html.Empty]);
        lines.AddRange([words["rules.line", words["rule." + name], field.Say(words, draft.Rules)], words["rules.ask_" + field.Unit.ToString().ToLowerInvariant()]]);
        if (words.Has("rules.help_" + name))
            lines.AddRange([Html.Empty, words["rules.help_" + name]]);
        var rows = new List<Button[]>();
        if (field.Choices is { } choices)
            rows.AddRange(choices.Select(c => new[] { new Button((field.Get(draft.Rules) as string == c ? "• " : "") + (words.Has($"choice.{name}_{c}") ? words.Label($"choice.{name}_{c}") : words.Label("choice." + c)), Actions.Data("fw_set", draft.Id, name, c)) }));
        if (field.CanClear)
            rows.Add([new Button(words.Label("form.none"), Actions.Data("fw_set", draft.Id, name, "-"))]);
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "fw_grp", draft.Id, field.Group)));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> SetAsync(Turn turn, FollowDraft draft, Arguments arguments, CancellationToken ct)
    {
        if (RuleFields.Find(arguments[1]) is not { } field)
            return await review.ShowAsync(turn, draft, ct);
        var rules = (field.Unit, arguments[2]) switch
        {
            (RuleUnit.Switch, var value) => field.Set(draft.Rules, value == "1"),
            (_, "-") => field.Set(draft.Rules, null),
            (RuleUnit.Choice, var value) => field.Set(draft.Rules, value),
            _ => arguments.Decimal(2) is { } number ? field.Set(draft.Rules, number) : null,
        };
        return await GroupAsync(turn, draft with { Rules = rules ?? draft.Rules }, field.Group, ct);
    }

    private async Task<View?> AnsweredAsync(Turn turn, string subject, string text, CancellationToken ct)
    {
        if (subject.Split('~') is not [var id, var name] || turn.Memory.Follow is not { } draft || draft.Id != id || RuleFields.Find(name) is not { } field)
            return await StaleAsync(turn, ct);
        return field.Type(draft.Rules, text) is { } rules
            ? await GroupAsync(turn, draft with { Rules = rules }, field.Group, ct)
            : await AskAsync(turn, draft, name, turn.Words[field.Unit == RuleUnit.Cents ? "input.price" : "input.number"], ct);
    }

    /// <summary>The confirmation was granted: once, to this user, on this message, within its minute.</summary>
    private async Task<View?> PlaceAsync(Turn turn, string nonce, string payload, CancellationToken ct)
    {
        var draft = FollowDraft.Read(payload);
        var result = draft.FollowId is { } id ? await copying.ChangeAsync(turn.UserId, id, draft.Rules, ct) : await copying.CreateAsync(turn.UserId, draft.Leader, draft.Rules, ct);
        if (!result.Try(out var follow, out var error))
        {
            turn.Memory = turn.Memory with { Follow = draft };
            return await ui.RefusedAsync(turn, error, ct, Ui.Go(turn, "nav.review", "fw_rev", draft.Id));
        }
        turn.Memory = turn.Memory with { Follow = null };
        var words = turn.Words;
        return new View(
            Ui.Lines(await ui.HeadAsync(turn, draft.FollowId is null ? "follow.started" : "follow.changed", ct), Html.Empty, words["follow.of", Html.Of(LeaderLink.Short(follow.Leader)), follow.RulesVersion], words[draft.FollowId is null ? "follow.started_text" : "follow.changed_text"]),
            [[new Button(words.Label("nav.follow"), Actions.Data("fol", follow.Id)), Ui.Go(turn, "nav.follows", "fols")], Ui.HomeRow(turn, Ui.Go(turn, "nav.decisions", "decs"))]);
    }

    private async Task<View?> WithDraft(Turn turn, Arguments arguments, Func<FollowDraft, Task<View?>> show, CancellationToken ct) =>
        turn.Memory.Follow is { } draft && draft.Id == arguments[0] ? await show(draft) : await StaleAsync(turn, ct);

    private Task<View> StaleAsync(Turn turn, CancellationToken ct) => ui.NoticeAsync(turn, "follow.stale", ct, Ui.Go(turn, "nav.leaders", "leaders"), Ui.Go(turn, "nav.follows", "fols"));

    private string NewId() => Actions.Short(Ids.New(clock))[^6..];
}

/// <summary>Rules on their way to the review.</summary>
/// <param name="Id">Short; buttons of an older form do not match it.</param>
/// <param name="FollowId">Whose rules change; null for a new follow.</param>
/// <param name="Cut">What the rules of a link lost to the user's own limits.</param>
internal sealed record FollowDraft(string Id, string Leader, FollowRules Rules, Guid? FollowId = null, IReadOnlyList<SharedDifference>? Cut = null)
{
    public static FollowDraft Read(string json) => JsonSerializer.Deserialize<FollowDraft>(json, JsonSerializerOptions.Web)!;

    public string Write() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}
