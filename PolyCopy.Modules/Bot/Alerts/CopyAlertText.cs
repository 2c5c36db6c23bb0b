using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;

namespace PolyCopy.Modules.Bot.Alerts;

/// <summary>What leaders did and what became of it, in a user's words.</summary>
internal sealed class CopyAlertText(Words words)
{
    /// <summary>Null for what is not about copying.</summary>
    public Html? Of(Alert a) => a.Kind switch
    {
        "copied" => words[a.Text("side") == "SELL" ? "alert.copied_sell" : "alert.copied_buy", Count(a, "shares"), Outcome(a), Cents(a, "price"), Question(a), Leader(a), Cents(a, "leaderPrice")] + words.Result(a.Number("realisedPnl")) + Latency(a),
        "copy_failed" => words["alert.copy_failed", Side(a), Outcome(a), Question(a), Leader(a), Reason(a)],
        "leader_sold" => words["alert.leader_sold", Leader(a), Count(a, "shares"), Outcome(a), Cents(a, "price"), Question(a)],
        "leader_moved" => words[a.Flag("sells") ? "alert.leader_moved_sell" : "alert.leader_moved", Leader(a), Count(a, "shares"), Count(a, "heldBefore"), Outcome(a), Move(a), Question(a)],
        "leader_removed" => words[a.Flag("sells") ? "alert.leader_removed_sell" : "alert.leader_removed", Leader(a), Outcome(a), Question(a), Count(a, "shares"), Money(a, "amount")],
        "follow_started" or "follow_paused" or "follow_resumed" => words["alert." + a.Kind, Leader(a), Reason(a)],
        "copy_digest" => words["alert.copy_digest", a.Number("count") ?? 0, Rules(a)],
        "copy_summary" => words["alert.copy_summary", Day(a), Whole(a, "copied"), Whole(a, "skipped"), Whole(a, "failed"), Money(a, "spent"), Money(a, "saved"), Money(a, "cost")],
        "leader_blind" => words[a.Flag("paused") ? "alert.leader_blind_paused" : "alert.leader_blind", Leader(a), Reason(a)],
        "leader_seen" => words["alert.leader_seen", Leader(a)],
        "breaker_tripped" or "breaker_resumed" => words["alert." + a.Kind, Reason(a)],
        SmartMoneyText.Kind => new SmartMoneyText(words).Of(a),
        _ => null,
    };

    /// <summary>Why, and the follow it happened in; null where there is neither.</summary>
    public IReadOnlyList<IReadOnlyList<Button>>? Keyboard(Alert a)
    {
        if (a.Kind == SmartMoneyText.Kind)
            return new SmartMoneyText(words).Keyboard(a);
        var row = new List<Button>();
        if (a.Kind is "copy_digest" or "copy_summary")
            row.Add(new Button(words.Label("nav.decisions"), Actions.Data("decs")));
        if (a.Id("decisionId") is { } decision)
            row.Add(new Button(words.Label("nav.why"), Actions.Data("why", decision)));
        if (a.Id("followId") is { } follow)
            row.Add(new Button(words.Label("nav.follow"), Actions.Data("fol", follow)));
        if (a.Kind is "leader_sold" or "leader_moved" or "leader_removed")
            row.Add(new Button(words.Label("nav.positions"), Actions.Data("pos_list"))); // what he does about it, he does there
        return row.Count == 0 ? null : [row];
    }

    private Html Latency(Alert a) => a.Number("seenToSubmitMs") is not { } ours ? Html.Empty
        : a.Number("behindLeaderMs") is { } behind ? words["alert.copy_latency", ours.ToString("0.#", words.Culture), (behind / 1_000).ToString("0.0", words.Culture)]
        : words["alert.copy_latency_ours", ours.ToString("0.#", words.Culture)];

    private Html Rules(Alert a) => Html.Join(", ", a.Items("byRule").Take(5).Where(r => r.TryGetProperty("rule", out _) && r.TryGetProperty("count", out _))
        .Select(r => Screens.Copying.WhyScreens.RuleName(words, r.GetProperty("rule").ToString()) + Html.Of($" ({r.GetProperty("count")})")));

    /// <summary>yyyymmdd in the user's zone.</summary>
    private Html Day(Alert a) => DateOnly.TryParseExact(a.Text("day"), "yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var day) ? words.Day(day) : Html.Empty;

    private Html Move(Alert a) => words.Has("move." + a.Text("kind")) ? words["move." + a.Text("kind")] : Html.Foreign(a.Text("kind"), 30);

    private Html Side(Alert a) => words[a.Text("side") == "SELL" ? "side.sell" : "side.buy"];

    private static Html Leader(Alert a) => Html.Of(LeaderLink.Short(a.Text("leader")));

    private static Html Question(Alert a) => Html.Foreign(a.Text("question"), 160);

    private static Html Outcome(Alert a) => Html.Foreign(a.Text("outcome"), 40);

    private Html Reason(Alert a) => words.Say(a.Said(), a.Text("reason"), a.Text("code"));

    private static object Whole(Alert a, string name) => (long)(a.Number(name) ?? 0);

    private Html Money(Alert a, string name) => words.Money(a.Number(name) ?? 0);

    private Html Count(Alert a, string name) => words.Count(a.Number(name) ?? 0);

    private Html Cents(Alert a, string name) => words.Cents(a.Number(name) ?? 0);
}
