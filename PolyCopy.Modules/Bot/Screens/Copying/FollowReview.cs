using System.Globalization;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Bot.Screens.Copying;

/// <summary>All rules in words with what they change, and the one button that puts them into force.</summary>
internal sealed class FollowReview(ICopying copying, Ui ui)
{
    private const int PreviewDays = 7;
    private static readonly FollowRules Default = new();

    /// <param name="note">A sentence above: why it is shown.</param>
    public async Task<View?> ShowAsync(Turn turn, FollowDraft draft, CancellationToken ct, string? note = null)
    {
        var words = turn.Words;
        var before = draft.FollowId is { } id ? await copying.GetAsync(turn.UserId, id, ct) : null;
        if (draft.FollowId is not null && before is null)
            return await ui.NoticeAsync(turn, "follow.unknown", ct, Ui.Go(turn, "nav.follows", "fols"));
        turn.Memory = turn.Memory with { Follow = draft };
        var lines = new List<Html> { await ui.HeadAsync(turn, before is null ? "follow.review" : "follow.review_change", ct), Html.Empty };
        if (note is not null)
            lines.AddRange([words[note], Html.Empty]);
        lines.AddRange([words["leader.address", draft.Leader], Html.Empty]);
        lines.AddRange(Lines(words, draft.Rules, before?.Rules, draft.Cut));
        lines.AddRange(await WhatIfAsync(turn, draft, ct));
        lines.AddRange([Html.Empty, words[before is null ? draft.Rules.CopyBaseline ? "follow.baseline" : "follow.no_baseline" : "follow.version_note"], words["review.minute", (int)Conversation.ConfirmFor.TotalSeconds]]);
        var nonce = await turn.OfferAsync("follow", draft.Write(), ct);
        var rows = new List<Button[]> { new[] { new Button(words.Label(before is null ? "follow.confirm" : "follow.confirm_change"), Actions.Data(Actions.Confirm, nonce), Tone.Good) } };
        rows.AddRange(RuleFields.Groups.Select(g => new Button(words.Label("rules.to_" + g), Actions.Data("fw_grp", draft.Id, g))).Chunk(2));
        rows.Add(Ui.HomeRow(turn, before is null ? Ui.Go(turn, "nav.back", "ldr", draft.Leader) : Ui.Go(turn, "nav.back", "fol", before.Id)));
        return new View(Ui.Lines(lines), rows, Nonce: nonce);
    }

    /// <summary>One line per rule that says something; what differs from the rules in force or from the link is marked with both values.</summary>
    /// <param name="onlySaying">Without the special cases that are as everybody's.</param>
    public static IEnumerable<Html> Lines(Words words, FollowRules rules, FollowRules? before = null, IReadOnlyList<SharedDifference>? cut = null, bool onlySaying = false)
    {
        foreach (var field in RuleFields.All)
        {
            var now = field.Show(words, rules);
            var old = before is null ? now : field.Show(words, before);
            var link = cut?.FirstOrDefault(d => d.Field == Wire(field.Name));
            if (now is null && old is null && link is null || onlySaying && field.Group is "more" && now == field.Show(words, Default))
                continue;
            var shown = field.Say(words, rules);
            yield return link is not null ? words["rules.line_cut", words["rule." + field.Name], Link(words, link.Shared), shown]
                : old != now ? words["rules.line_changed", words["rule." + field.Name], field.Say(words, before!), shown]
                : words["rules.line", words["rule." + field.Name], shown];
        }
    }

    /// <summary>What the would-be follower should know before he confirms. A core that cannot tell now does not keep the review from him.</summary>
    private async Task<IEnumerable<Html>> WhatIfAsync(Turn turn, FollowDraft draft, CancellationToken ct)
    {
        var words = turn.Words;
        try
        {
            if (!(await copying.PreviewAsync(turn.UserId, draft.Leader, draft.Rules, PreviewDays, ct)).Try(out var preview, out var error))
                return [Html.Empty, Ui.Refusal(turn, error)];
            if (preview.Trades == 0)
                return [Html.Empty, words["what_if.none", PreviewDays]];
            var lines = new List<Html> { Html.Empty, words["what_if.copied", preview.Days, preview.Copied, preview.Trades, words.Money(preview.Spent), words.Gain(preview.Pnl)] };
            if (preview.ByRule.Count > 0)
                lines.Add(words["what_if.skipped", preview.Skipped, Html.Join(", ", preview.ByRule.OrderByDescending(r => r.Count).Take(3).Select(r => WhyScreens.RuleName(words, r.Rule) + Html.Of($" ({r.Count})")))]);
            if (preview.Exits > 0)
                lines.Add(words["what_if.exits", preview.Exits]);
            if (preview.Unpriced > 0)
                lines.Add(words["what_if.unpriced", preview.Unpriced]);
            if (preview.Assumed > 0)
                lines.Add(words["what_if.assumed", preview.Assumed]);
            return lines;
        }
        catch (Exception e) when (e is VenueException or HttpRequestException or TimeoutException or InvalidOperationException)
        {
            return [];
        }
    }

    // how the core names what it cut
    private static string Wire(string field) => field switch
    {
        "amount" => "amountUsd",
        "per_trade" => "maxPerTrade",
        "per_day" => "maxPerDay",
        "per_market" => "maxPerMarket",
        "baseline" => "copyBaseline",
        _ => "",
    };

    private static Html Link(Words words, string value) => decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd) ? words.Money(usd) : value == "true" ? words["rule.on"] : Html.Foreign(value, 40);
}
