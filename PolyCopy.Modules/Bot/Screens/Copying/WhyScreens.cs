using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Screens.Copying;

/// <summary>Why each trade of a leader was copied or not: the list of decisions, and all that led to one of them.</summary>
internal sealed class WhyScreens(ICopying copying, Ui ui) : IScreens
{
    private const int Rows = 6;
    private static readonly string[] Verdicts = ["all", "copied", "skipped", "failed"];

    public void Map(Routes routes)
    {
        routes.On("decs", ListAsync, "decisions");
        routes.On("why", (turn, a, ct) => WhyAsync(turn, a.Id(0), ct));
        routes.Command("why", (turn, a, ct) => Guid.TryParse(a[0], out var id) || (id = a.Id(0)) != Guid.Empty ? WhyAsync(turn, id, ct) : ListAsync(turn, default, ct));
    }

    public static Html RuleName(Words words, string rule) => words.Has("why_rule." + rule) ? words["why_rule." + rule] : Html.Foreign(rule.Replace('_', ' '), 40);

    private async Task<View?> ListAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        var follow = arguments.Id(0) is var id && id != Guid.Empty ? id : (Guid?)null;
        var verdict = Verdicts.Contains(arguments[1]) ? arguments[1] : Verdicts[0];
        var cursor = arguments.Id(2) is var after && after != Guid.Empty ? after.ToString() : null;
        var page = await copying.DecisionsAsync(turn.UserId, follow, verdict == "all" ? null : verdict, Rows, cursor, ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, "decisions.title", ct), Html.Empty };
        if (page.Items.Count == 0)
            lines.Add(words["decisions.none"]);
        lines.AddRange(page.Items.Select((d, i) => words["decisions.row", i + 1, words["verdict." + d.Verdict], words.When(d.Stamps.Decided, turn.Zone), Side(words, d.Side), Html.Foreign(d.Outcome, 30), Html.Foreign(d.Question, 60), Short(words, d)]));
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        object scope = follow is { } f ? f : "-";
        var rows = new List<Button[]> { Verdicts.Select(v => new Button((v == verdict ? "• " : "") + words.Label("decisions." + v), Actions.Data("decs", scope, v))).ToArray() };
        rows.AddRange(page.Items.Select((d, i) => new Button(words.Label("decisions.why", i + 1), Actions.Data("why", d.Id))).Chunk(3).Select(r => r.ToArray()));
        var turnPage = new List<Button>();
        if (cursor is not null)
            turnPage.Add(Ui.Go(turn, "nav.first", "decs", scope, verdict));
        if (Guid.TryParse(page.NextCursor, out var next))
            turnPage.Add(Ui.Go(turn, "nav.next", "decs", scope, verdict, next));
        if (turnPage.Count > 0)
            rows.Add([.. turnPage]);
        rows.Add(Ui.HomeRow(turn, follow is { } back ? Ui.Go(turn, "nav.back", "fol", back) : Ui.Go(turn, "nav.follows", "fols")));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> WhyAsync(Turn turn, Guid id, CancellationToken ct)
    {
        var words = turn.Words;
        if (await copying.DecisionAsync(turn.UserId, id, ct) is not { } d)
            return await ui.NoticeAsync(turn, "decision.unknown", ct, Ui.Go(turn, "nav.decisions", "decs"));
        var lines = new List<Html>
        {
            await ui.HeadAsync(turn, "why." + d.Verdict, ct),
            Html.Empty,
            Html.Foreign(d.Question, 160),
            words["why.leader", Html.Of(LeaderLink.Short(d.Leader)), Side(words, d.LeaderSide), words.Money(d.LeaderAmount), words.Cents(d.LeaderPrice)],
        };
        if (d.Rule is not null || d.Reason is not null)
            lines.Add(Html.Empty);
        if (d.Rule is { } rule)
            lines.Add(words["why.rule", RuleName(words, rule)]);
        if (d.Reason is { } reason)
            lines.Add(words["why.reason", words.Say(d.ReasonSaid, reason, d.Rule, 400)]);
        if (d.Steps.Count > 0)
        {
            lines.AddRange([Html.Empty, words["why.size"]]);
            lines.AddRange(d.Steps.Take(12).Select((s, i) => words["why.step", words.Say(d.StepsSaid?.ElementAtOrDefault(i), s, most: 200)]));
        }
        lines.AddRange([Html.Empty, .. Order(words, d), .. Book(words, d)]);
        lines.AddRange([Html.Empty, words["why.times"]]);
        lines.AddRange(Stamps(turn, d.Stamps));
        lines.Add(words["why.source", words.Has("feed." + d.Feed) ? words["feed." + d.Feed] : Html.Foreign(d.Feed, 20), d.RulesVersion]);
        return new View(Ui.Lines(lines), [[new Button(words.Label("nav.follow"), Actions.Data("fol", d.FollowId)), Ui.Go(turn, "nav.leader", "ldr", d.Leader)], Ui.HomeRow(turn, Ui.Go(turn, "nav.decisions", "decs"))]);
    }

    private static IEnumerable<Html> Order(Words words, DecisionView d)
    {
        if (d.Verdict == "skipped")
            yield break;
        if (d.Shares > Shares.Zero)
            yield return words["why.filled", Side(words, d.Side), words.Count(d.Shares.ToDecimal()), Html.Foreign(d.Outcome, 30), d.AveragePrice is { } price ? words.Cents(price) : Html.Of("–"), words.Money(d.Shares.ToDecimal() * (d.AveragePrice ?? 0))];
        else if (d.Amount is { } amount)
            yield return words["why.amount", words.Money(amount.ToDecimal())];
        if (d.OrderStatus is { } status)
            yield return words["why.order", words.Has("order." + status) ? words["order." + status] : Html.Foreign(status, 30), Html.Of(d.OrderHash is { Length: > 14 } hash ? hash[..14] + "…" : d.OrderHash ?? "–")];
    }

    private static IEnumerable<Html> Book(Words words, DecisionView d)
    {
        if (d.WorstPrice is { } worst)
            yield return words["why.worst", words.Cents(worst.ToDecimal())];
        if (d.Reference is { } reference)
            yield return words["why.reference", words.Cents(reference)];
        if (d.Book is { } book)
            yield return words["why.book", Level(words, book.Bids), Level(words, book.Asks)];
    }

    private static Html Level(Words words, IReadOnlyList<SeenLevel> levels) => levels.Count == 0 ? Html.Of("–") : Html.Of($"{Html.Plain(words.Count(levels[0].Size.ToDecimal()).Value)} @ {Html.Plain(words.Cents(levels[0].Price.ToDecimal()).Value)}");

    /// <summary>Each stamp with the time since the one before; the slowest is marked.</summary>
    private static IEnumerable<Html> Stamps(Turn turn, DecisionStamps s)
    {
        var words = turn.Words;
        var named = new (string Name, DateTimeOffset? At)[] { ("matched", s.Matched), ("block", s.BlockAt), ("seen", s.Seen), ("decided", s.Decided), ("submitted", s.Submitted), ("acked", s.Acked), ("confirmed", s.Confirmed) };
        var known = named.Where(n => n.At is not null).Select(n => (n.Name, At: n.At!.Value)).OrderBy(n => n.At).ToList();
        // settlement is the chain's own pace
        var slowest = known.Zip(known.Skip(1)).Where(p => p.Second.Name != "confirmed").Select(p => (p.Second.Name, Took: p.Second.At - p.First.At)).OrderByDescending(p => p.Took).FirstOrDefault().Name;
        for (var i = 0; i < known.Count; i++)
        {
            var label = known[i].Name == "block" && s.Block is { } block ? words["stamp.block_number", block] : words["stamp." + known[i].Name];
            var at = Html.Of(TimeZoneInfo.ConvertTime(known[i].At, turn.Zone).ToString("HH:mm:ss.fff", words.Culture));
            yield return i == 0 ? words["why.stamp_first", label, at] : words[known[i].Name == slowest ? "why.stamp_slow" : "why.stamp", label, at, Took(words, known[i].At - known[i - 1].At)];
        }
    }

    private static Html Took(Words words, TimeSpan took) => took.TotalSeconds < 1 ? Html.Of(took.TotalMilliseconds.ToString("0.#", words.Culture) + " ms") : Html.Of(took.TotalSeconds.ToString("0.##", words.Culture) + " s");

    private static Html Short(Words words, DecisionView d) => d.Verdict == "copied" && d.Shares > Shares.Zero
        ? words["decisions.filled", words.Count(d.Shares.ToDecimal()), words.Cents(d.AveragePrice ?? 0)]
        : d.Reason is { } reason ? words.Say(d.ReasonSaid, reason, d.Rule, 140)
        : d.OrderStatus is { } status && words.Has("order." + status) ? words["order." + status] : Html.Foreign(d.OrderStatus ?? "", 30);

    private static Html Side(Words words, Side side) => words[side == Kernel.Side.Sell ? "side.sell" : "side.buy"];
}
