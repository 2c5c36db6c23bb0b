using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Bot.Alerts;

/// <summary>Alerts in a user's words: up to three in full, more as a summary.</summary>
internal sealed class AlertText(Words words, UserSettings settings, Profile profile, DateTimeOffset now, ExitSales sales)
{
    private const int MostInFull = 3;
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(2);

    private readonly CopyAlertText _copies = new(words);
    private readonly TimeZoneInfo _zone = TimeZoneInfo.TryFindSystemTimeZoneById(settings.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;

    public View Write(IReadOnlyList<Alert> alerts)
    {
        var text = alerts.Count <= MostInFull ? Html.Join("\n\n", alerts.Select(Full)) : Summary(alerts);
        return new View(text + Html.Of("\n") + words["badge." + profile.ToString().ToLowerInvariant()], Keyboard(alerts));
    }

    private Html Full(Alert a)
    {
        var text = a.Kind switch
        {
            "fill" or "late_fill" when a.IsExitFill && a.ExitKind.Length > 0 => words["alert.exit_sold", Exit(a), Shares(a, "shares"), Outcome(a), Cents(a, "price"), Question(a), Money(a, "amount"), Money(a, "fee"), words.Result(a.Number("realisedPnl"))],
            "fill" or "late_fill" => words[$"alert.{(a.Kind == "late_fill" ? "late_" : "")}{(a.Text("side") == "BUY" ? "bought" : "sold")}", Shares(a, "shares"), Outcome(a), Cents(a, "price"), Question(a), Money(a, "amount"), Money(a, "fee"), words.Result(a.Number("realisedPnl"))],
            "exit_fired" => Fired(a),
            "exit_held" => words["alert.exit_held", ExitKind(a), Outcome(a), Question(a), Reason(a)],
            "exit_moved" => words["alert.exit_moved", Outcome(a), Question(a), Cents(a, "stopLoss")],
            "exit_suspended" or "exit_resumed" => words["alert." + a.Kind, ExitKind(a), Outcome(a), Question(a), Reason(a)],
            "protection_lost" or "protection_back" => words["alert." + a.Kind, Outcome(a), Question(a), Reason(a)],
            "order_rejected" when a.Flag("notNow") => words["alert.order_not_now", words[a.Text("side") == "SELL" ? "side.sell" : "side.buy"], Outcome(a), Question(a), Reason(a)],
            "order_rejected" or "order_cancelled" => words["alert." + a.Kind, words[a.Text("side") == "SELL" ? "side.sell" : "side.buy"], Outcome(a), Question(a), Reason(a)],
            "resolved" => Resolved(a),
            "settlement_failed" => words["alert.settlement_failed", Shares(a, "shares"), Outcome(a), Money(a, "amount"), words[a.Text("side") == "SELL" ? "side.sell" : "side.buy"], Question(a)],
            "settlement_delayed" => words["alert.settlement_delayed", Outcome(a), Question(a)],
            "paused" or "resumed" => words["alert." + a.Kind, Reason(a)],
            "announcement" => words["alert.announcement", Html.Foreign(a.Text("text"), 1_500)],
            _ => _copies.Of(a) ?? words["alert.other", a.Kind.Replace('_', ' '), Outcome(a), Question(a), Reason(a)],
        };
        return now - a.Source.At > Late ? text + Html.Of("\n") + words["alert.late", words.When(a.Source.At, _zone)] : text;
    }

    private Html Fired(Alert a)
    {
        var latency = a.Number("tickToSubmitMs") is { } ms ? words["alert.latency", ms.ToString("0.#", words.Culture)] : Html.Empty;
        return a.Number("filledShares") is > 0
            ? words["alert.exit_fired", Exit(a), Shares(a, "filledShares"), Outcome(a), Cents(a, "averagePrice"), Question(a), words.Result(sales.ResultOf(a)), Rest(a), latency]
            : words["alert.exit_trying", Exit(a), Outcome(a), Question(a), latency];
    }

    /// <summary>A take-profit that sold what the book gave at its price stays armed; a stop goes on at once.</summary>
    private Html Rest(Alert a) => a.Text("status") is "armed" or "firing" && a.Number("target") is { } target && target > a.Number("filledShares")
        ? words[a.ExitKind == "takeProfit" ? "alert.exit_rest" : "alert.exit_rest_stop", Shares(a, "filledShares"), words.Count(target)]
        : Html.Empty;

    private Html Resolved(Alert a)
    {
        var lines = a.Parts("positions").Select(p => words["alert.resolved_position", Shares(p, "shares"), Outcome(p), Cents(p, "payout"), words.Gain(p.Number("realisedPnl") ?? 0)]);
        if (a.Items("cancelledOrders").Count() is > 0 and var cancelled)
            lines = lines.Append(words["alert.resolved_orders", cancelled]);
        return words["alert.resolved", Question(a)] + Html.Join("", lines.Select(l => Html.Of("\n") + l));
    }

    private Html Summary(IReadOnlyList<Alert> alerts)
    {
        var lines = new List<Html> { words["alert.summary", alerts.Count] };
        foreach (var group in alerts.GroupBy(a => a.Kind == "late_fill" ? "fill" : a.Kind))
        {
            if (group.Key == "fill")
            {
                var fills = group.ToList();
                lines.Add(words["alert.summary_fills", fills.Count, fills.Select(f => f.Text("marketId")).Distinct().Count(),
                    words.Money(fills.Where(f => f.Text("side") == "BUY").Sum(f => f.Number("amount") ?? 0)), words.Money(fills.Where(f => f.Text("side") == "SELL").Sum(f => f.Number("amount") ?? 0))]);
            }
            else if (group.Key == "exit_fired")
            {
                var results = group.Select(sales.ResultOf).ToList();
                lines.Add(words["alert.summary_exits", group.Count(), words.Money(group.Sum(f => (f.Number("filledShares") ?? 0) * (f.Number("averagePrice") ?? 0))), words.Result(results.Contains(null) ? null : results.Sum())]);
            }
            else
                lines.Add(words["alert.summary_line", words.Has("kind." + group.Key) ? words["kind." + group.Key] : Html.Foreign(group.Key.Replace('_', ' ')), group.Count()]);
        }
        return Html.Join("\n", lines);
    }

    private IReadOnlyList<IReadOnlyList<Button>> Keyboard(IReadOnlyList<Alert> alerts)
    {
        if (alerts.Count == 1 && alerts[0].Id("positionId") is { } position)
            return [[new Button(words.Label("nav.position"), Actions.Data("pos", position)), new Button(words.Label("nav.positions"), Actions.Data("pos_list"))]];
        if (alerts.Count == 1 && _copies.Keyboard(alerts[0]) is { } why)
            return why;
        return alerts.All(a => a.Kind == "announcement")
            ? [[new Button(words.Label("nav.home"), Actions.Data("home"))]]
            : [[new Button(words.Label("nav.positions"), Actions.Data("pos_list")), new Button(words.Label("nav.orders"), Actions.Data("orders"))]];
    }

    /// <summary>The exit and its price.</summary>
    private Html Exit(Alert a) => ExitKind(a) + (a.Number("triggerPrice") is { } trigger ? words["exits.at", words.Cents(trigger)] : Html.Empty);

    private Html ExitKind(Alert a) => words.Has("exit." + a.ExitKind) ? words["exit." + a.ExitKind] : Html.Foreign(a.ExitKind, 40);

    private static Html Question(Alert a) => Html.Foreign(a.Text("question"), 160);

    private static Html Outcome(Alert a) => Html.Foreign(a.Text("outcome"), 40);

    private Html Reason(Alert a) => words.Say(a.Said(), a.Text("reason"), a.Text("code"), 200);

    private Html Shares(Alert a, string name) => words.Count(a.Number(name) ?? 0);

    private Html Cents(Alert a, string name) => words.Cents(a.Number(name) ?? 0);

    private Html Money(Alert a, string name) => words.Money(a.Number(name) ?? 0);
}
