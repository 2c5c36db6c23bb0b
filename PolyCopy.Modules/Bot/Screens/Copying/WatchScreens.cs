using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Screens.Copying;

/// <summary>For the operator: whom we watch, and the breakers that have tripped.</summary>
internal sealed class WatchScreens(ILeaders leaders, IRisk risk, Ui ui) : IScreens
{
    private const int Rows = 12;
    private const string Resume = "a_brk";

    public void Map(Routes routes)
    {
        routes.On("a_watched", (turn, a, ct) => WatchedAsync(turn, a[0], null, ct), "watched", forAdmins: true);
        routes.Command("watch", WatchAsync, forAdmins: true);
        routes.Command("unwatch", UnwatchAsync, forAdmins: true);
        routes.On("a_breakers", (turn, _, ct) => BreakersAsync(turn, null, ct), "breakers", forAdmins: true);
        routes.On(Resume, AskAsync, forAdmins: true);
        routes.Answer(Resume, ResumeAsync);
    }

    private async Task<View?> WatchAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (turn.IsOld)
            return await ui.NoticeAsync(turn, "admin.old", ct);
        var kind = arguments[1] is "smart" or "smart_trader" ? "smart_trader" : "leader";
        if (LeaderLink.Address(arguments[0]) is not { } address)
            return await WatchedAsync(turn, "", turn.Words["leader.invalid"], ct);
        var result = await leaders.WatchAsync(address, kind, $"telegram:{turn.UserId}", ct);
        return await WatchedAsync(turn, "", result.Try(out var watched, out var error) ? turn.Words["watched.added", Html.Of(watched.Address), watched.Wallets.Count] : Ui.Refusal(turn, error), ct);
    }

    private async Task<View?> UnwatchAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (turn.IsOld)
            return await ui.NoticeAsync(turn, "admin.old", ct);
        if (LeaderLink.Address(arguments[0]) is not { } address)
            return await WatchedAsync(turn, "", turn.Words["leader.invalid"], ct);
        var result = await leaders.UnwatchAsync(address, ct);
        return await WatchedAsync(turn, "", result.Try(out var watched, out var error) ? turn.Words["watched.removed", Html.Of(watched.Address)] : Ui.Refusal(turn, error), ct);
    }

    private async Task<View?> WatchedAsync(Turn turn, string cursor, Html? note, CancellationToken ct)
    {
        var words = turn.Words;
        var page = await leaders.WatchedAsync(Rows, cursor.Length == 0 ? null : cursor, ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, "watched.title", ct), Html.Empty };
        if (note is { } said)
            lines.AddRange([said, Html.Empty]);
        if (page.Items.Count == 0)
            lines.Add(words["watched.none"]);
        lines.AddRange(page.Items.Select(w => words["watched.row", Html.Of(w.Address), words[w.Kind == "smart_trader" ? "watched.smart_trader" : "watched.leader"], Html.Foreign(string.Join(", ", w.By), 60), LeaderScreens.CoverageLine(words, w.Coverage)]));
        lines.AddRange([Html.Empty, words["watched.how"]]);
        var rows = new List<Button[]>();
        if (page.NextCursor is { Length: <= 40 } next)
            rows.Add([Ui.Go(turn, "nav.next", "a_watched", next)]);
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.refresh", "a_watched", cursor)));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> BreakersAsync(Turn turn, Html? note, CancellationToken ct)
    {
        var words = turn.Words;
        var all = await risk.ListAsync(null, ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, "breakers.title", ct), Html.Empty };
        if (note is { } said)
            lines.AddRange([said, Html.Empty]);
        if (all.Count == 0)
            lines.Add(words["breakers.none"]);
        lines.AddRange(all.OrderBy(s => s.Tripped is null).Take(20).Select(s => words[s.Tripped is null ? "breakers.row" : "breakers.tripped", Scope(words, s.Scope), Limits(words, s.Limits), words.Say(s.TrippedSaid, s.Tripped, most: 200)]));
        var rows = all.Where(s => s.Tripped is not null && s.Scope.Key.Length <= 43).Take(8).Select(s => new[] { new Button(words.Label("breakers.resume", Html.Plain(Scope(words, s.Scope).Value)), Actions.Data(Resume, s.Scope.Kind, s.Scope.Key)) }).ToList();
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.refresh", "a_breakers")));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> AskAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        turn.Memory = turn.Memory with { Asking = new Question(Resume, $"{arguments[0]}~{arguments[1]}") };
        return new View(Ui.Lines(await ui.HeadAsync(turn, "breakers.title", ct), Html.Empty, turn.Words["breakers.ask", Scope(turn.Words, new RiskScope(arguments[0], arguments[1]))]), [Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "a_breakers"))]);
    }

    private async Task<View?> ResumeAsync(Turn turn, string subject, string text, CancellationToken ct)
    {
        if (!turn.IsAdmin || turn.IsOld || subject.Split('~') is not [var kind, var key])
            return await ui.NoticeAsync(turn, "admin.old", ct);
        var result = await risk.ResumeAsync(new RiskScope(kind, key), ForeignText.Clean(text, 400), $"telegram:{turn.UserId}", ct);
        return await BreakersAsync(turn, result.Try(out _, out var error) ? turn.Words["breakers.resumed"] : Ui.Refusal(turn, error), ct);
    }

    private static Html Scope(Words words, RiskScope scope) => words["breakers.scope_" + (scope.Kind is "global" or "user" or "leader" or "market" or "event" ? scope.Kind : "other"), Html.Foreign(scope.Key, 50)];

    private static Html Limits(Words words, RiskLimits limits)
    {
        var parts = new List<Html>();
        if (limits.MaxDailyLoss is { } loss)
            parts.Add(words["breakers.loss", words.Money(loss)]);
        if (limits.MaxExposure is { } exposure)
            parts.Add(words["breakers.exposure", words.Money(exposure)]);
        if (limits.MaxOrdersPerMinute is { } orders)
            parts.Add(words["breakers.orders", orders]);
        return parts.Count == 0 ? Html.Of("–") : Html.Join(", ", parts);
    }
}
