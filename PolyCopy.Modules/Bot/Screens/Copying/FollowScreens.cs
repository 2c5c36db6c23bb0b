using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Bot.Screens.Copying;

/// <summary>Whom the user follows, and the four verbs: pause, resume, close all, delete. Pausing is always safe and asks nothing; selling and deleting are confirmed.</summary>
internal sealed class FollowScreens(ICopying copying, ILeaders leaders, IPositions positions, BotSession session, Ui ui, TimeProvider clock) : IScreens
{
    private const int Rows = 6;
    private const int MostCounted = 200;
    private const string Close = "follow_close";
    private const string Delete = "follow_delete";

    public void Map(Routes routes)
    {
        routes.On("fols", (turn, a, ct) => ListAsync(turn, a.Int(0), ct), "follows");
        routes.On("fol", (turn, a, ct) => CardAsync(turn, a.Id(0), null, ct));
        routes.On("fol_p", PauseAsync);
        routes.On("fol_r", ResumeAsync);
        routes.On("fol_c", (turn, a, ct) => CloseReviewAsync(turn, a.Id(0), null, ct));
        routes.On("fol_d", DeleteAsync);
        routes.On("fol_s", ShareAsync);
        routes.Confirmed(Close, CloseAsync, (turn, _, payload, ct) => CloseReviewAsync(turn, Guid.Parse(payload), "review.expired_close", ct));
        routes.Confirmed(Delete, DeletedAsync, (turn, _, payload, ct) => DeleteReviewAsync(turn, Guid.Parse(payload.Split(' ')[0]), payload.EndsWith('1'), ct));
    }

    private async Task<View?> ListAsync(Turn turn, int page, CancellationToken ct)
    {
        var words = turn.Words;
        var all = (await copying.ListAsync(turn.UserId, 200, null, ct)).Items;
        page = Math.Clamp(page, 0, Math.Max(0, (all.Count - 1) / Rows));
        var shown = all.Skip(page * Rows).Take(Rows).ToList();
        var (prices, today) = (await PricesAsync(turn, ct), await TodayAsync(turn, null, ct));
        var lines = new List<Html> { await ui.HeadAsync(turn, "follows.title", ct), Html.Empty };
        if (all.Count == 0)
            lines.Add(words["follows.none"]);
        lines.AddRange(shown.Select((f, i) => words["follows.row", (page * Rows) + i + 1, Html.Of(LeaderLink.Short(f.Leader)), words["follow_status." + f.Status], words.Gain(OpenPnl(f, prices)), f.Holdings.Count,
            Count(today.Where(d => d.FollowId == f.Id && d.Verdict == "copied"), today.Count), Count(today.Where(d => d.FollowId == f.Id && d.Verdict == "skipped"), today.Count)]));
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        var rows = shown.Select((f, i) => new[] { new Button($"{(page * Rows) + i + 1}. {LeaderLink.Short(f.Leader)} · {Html.Plain(words["follow_status." + f.Status].Value)}", Actions.Data("fol", f.Id)) }).ToList();
        var turnPage = new List<Button>();
        if (page > 0)
            turnPage.Add(Ui.Go(turn, "nav.previous", "fols", page - 1));
        if ((page + 1) * Rows < all.Count)
            turnPage.Add(Ui.Go(turn, "nav.next", "fols", page + 1));
        if (turnPage.Count > 0)
            rows.Add([.. turnPage]);
        rows.Add([Ui.Go(turn, "nav.leaders", "leaders"), Ui.Go(turn, "nav.decisions", "decs")]);
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.refresh", "fols", page)));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> CardAsync(Turn turn, Guid id, Html? note, CancellationToken ct)
    {
        var words = turn.Words;
        if (await copying.GetAsync(turn.UserId, id, ct) is not { } f)
            return await UnknownAsync(turn, ct);
        var (prices, today) = (await PricesAsync(turn, ct), await TodayAsync(turn, id, ct));
        var card = await leaders.GetAsync(f.Leader, ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, words["follow.title", card is null ? Html.Of(LeaderLink.Short(f.Leader)) : LeaderScreens.Name(card)], ct), words["leader.address", f.Leader], Html.Empty };
        if (note is { } said)
            lines.AddRange([said, Html.Empty]);
        lines.Add(f.Reason is { } reason && f.Status != "active" ? words["follow.status_because", words["follow_status." + f.Status], words.Say(f.ReasonSaid, reason)] : words["follow.status", words["follow_status." + f.Status]]);
        lines.Add(words["follow.today", Count(today.Where(d => d.Verdict == "copied"), today.Count), Count(today.Where(d => d.Verdict == "skipped"), today.Count), Count(today.Where(d => d.Verdict == "failed"), today.Count)]);
        lines.Add(words["follow.spent", words.Money(f.SpentToday), words.Money(f.Rules.MaxPerDay)]);
        lines.Add(f.Holdings.Count == 0 ? words["follow.holds_nothing"] : words["follow.holds", f.Holdings.Count, words.Money(f.Holdings.Sum(h => h.Cost.ToDecimal())), words.Gain(OpenPnl(f, prices))]);
        lines.AddRange(f.Holdings.Take(5).Select(h => words["follow.holding", words.Count(h.Shares.ToDecimal()), Html.Foreign(h.Outcome, 30), Html.Foreign(prices.GetValueOrDefault(h.TokenId)?.Question, 60)]));
        if (card is not null)
            lines.AddRange([Html.Empty, LeaderScreens.CoverageLine(words, card.Coverage)]);
        lines.AddRange([Html.Empty, words["follow.rules", f.RulesVersion]]);
        lines.AddRange(FollowReview.Lines(words, f.Rules, onlySaying: true));
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        return new View(Ui.Lines(lines), Verbs(turn, f));
    }

    private static List<Button[]> Verbs(Turn turn, FollowView f)
    {
        var rows = new List<Button[]>();
        if (f.Status != "deleted")
        {
            rows.Add([f.Status == "paused" ? Ui.Go(turn, "follow.resume", "fol_r", f.Id) : Ui.Go(turn, "follow.pause", "fol_p", f.Id), Ui.Go(turn, "follow.change", "fw_edit", f.Id)]);
            rows.Add([Ui.Go(turn, "follow.close_all", "fol_c", f.Id), Ui.Go(turn, "follow.delete", "fol_d", f.Id)]);
            rows.Add([new Button(turn.Words.Label("nav.decisions"), Actions.Data("decs", f.Id)), Ui.Go(turn, "follow.share", "fol_s", f.Id)]);
        }
        else
            rows.Add([Ui.Go(turn, "follow.close_all", "fol_c", f.Id), new Button(turn.Words.Label("nav.decisions"), Actions.Data("decs", f.Id))]);
        rows.Add([Ui.Go(turn, "nav.leader", "ldr", f.Leader), Ui.Go(turn, "nav.refresh", "fol", f.Id)]);
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.follows", "fols")));
        return rows;
    }

    private async Task<View?> PauseAsync(Turn turn, Arguments arguments, CancellationToken ct) =>
        await CardAsync(turn, arguments.Id(0), (await copying.PauseAsync(turn.UserId, arguments.Id(0), turn.Words.Label("follow.paused_by_you"), ct)).Try(out _, out var error) ? turn.Words["follow.paused"] : Ui.Refusal(turn, error), ct);

    private async Task<View?> ResumeAsync(Turn turn, Arguments arguments, CancellationToken ct) =>
        await CardAsync(turn, arguments.Id(0), (await copying.ResumeAsync(turn.UserId, arguments.Id(0), ct)).Try(out _, out var error) ? turn.Words["follow.resumed"] : Ui.Refusal(turn, error), ct);

    private async Task<View?> CloseReviewAsync(Turn turn, Guid id, string? note, CancellationToken ct)
    {
        var words = turn.Words;
        if (await copying.GetAsync(turn.UserId, id, ct) is not { } f)
            return await UnknownAsync(turn, ct);
        if (f.Holdings.Count == 0)
            return await CardAsync(turn, id, words["follow.holds_nothing"], ct);
        var prices = await PricesAsync(turn, ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, "follow.close_review", ct), Html.Empty };
        if (note is not null)
            lines.AddRange([words[note], Html.Empty]);
        lines.Add(words["follow.close_text", Html.Of(LeaderLink.Short(f.Leader))]);
        lines.AddRange(f.Holdings.Take(15).Select(h => words["follow.holding", words.Count(h.Shares.ToDecimal()), Html.Foreign(h.Outcome, 30), Html.Foreign(prices.GetValueOrDefault(h.TokenId)?.Question, 60)]));
        lines.AddRange([Html.Empty, words["review.minute", (int)Conversation.ConfirmFor.TotalSeconds]]);
        var nonce = await turn.OfferAsync(Close, id.ToString(), ct);
        return new View(Ui.Lines(lines), [[new Button(words.Label("follow.confirm_close"), Actions.Data(Actions.Confirm, nonce), Tone.Bad)], Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "fol", id))], Nonce: nonce);
    }

    private async Task<View?> CloseAsync(Turn turn, string nonce, string payload, CancellationToken ct)
    {
        var id = Guid.Parse(payload);
        if (!(await copying.CloseAllAsync(turn.UserId, id, ct)).Try(out var made, out var error))
            return await ui.RefusedAsync(turn, error, ct, Ui.Go(turn, "nav.follows", "fols"));
        return await CardAsync(turn, id, turn.Words["follow.closing", made.Count], ct);
    }

    /// <summary>First what becomes of what is held, then the confirmation.</summary>
    private async Task<View?> DeleteAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (await copying.GetAsync(turn.UserId, arguments.Id(0), ct) is not { } f)
            return await UnknownAsync(turn, ct);
        if (f.Holdings.Count == 0 || arguments[1].Length > 0)
            return await DeleteReviewAsync(turn, f.Id, arguments[1] != "0", ct);
        return new View(
            Ui.Lines(await ui.HeadAsync(turn, "follow.delete_review", ct), Html.Empty, turn.Words["follow.delete_holds", f.Holdings.Count]),
            [[Ui.Go(turn, "follow.delete_keep", "fol_d", f.Id, 1)], [Ui.Go(turn, "follow.delete_leave", "fol_d", f.Id, 0)], Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "fol", f.Id))]);
    }

    private async Task<View?> DeleteReviewAsync(Turn turn, Guid id, bool keepSells, CancellationToken ct)
    {
        var words = turn.Words;
        if (await copying.GetAsync(turn.UserId, id, ct) is not { } f)
            return await UnknownAsync(turn, ct);
        var nonce = await turn.OfferAsync(Delete, $"{id} {(keepSells ? 1 : 0)}", ct);
        return new View(
            Ui.Lines(await ui.HeadAsync(turn, "follow.delete_review", ct), Html.Empty, words["follow.delete_text", Html.Of(LeaderLink.Short(f.Leader))], words[f.Holdings.Count == 0 ? "follow.holds_nothing" : keepSells ? "follow.delete_keeps" : "follow.delete_leaves"], Html.Empty, words["review.minute", (int)Conversation.ConfirmFor.TotalSeconds]),
            [[new Button(words.Label("follow.confirm_delete"), Actions.Data(Actions.Confirm, nonce), Tone.Bad)], Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "fol", id))], Nonce: nonce);
    }

    private async Task<View?> DeletedAsync(Turn turn, string nonce, string payload, CancellationToken ct)
    {
        var result = await copying.DeleteAsync(turn.UserId, Guid.Parse(payload.Split(' ')[0]), payload.EndsWith('1'), ct);
        return result.Try(out _, out var error) ? await ui.NoticeAsync(turn, "follow.deleted", ct, Ui.Go(turn, "nav.follows", "fols")) : await ui.RefusedAsync(turn, error, ct, Ui.Go(turn, "nav.follows", "fols"));
    }

    private async Task<View?> ShareAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        if (!(await copying.ShareAsync(turn.UserId, arguments.Id(0), ct)).Try(out var id, out var error))
            return await ui.RefusedAsync(turn, error, ct, Ui.Go(turn, "nav.follows", "fols"));
        var link = session.Username is { } name ? words["follow.share_link", Html.Of($"https://t.me/{name}?start=c_{id}")] : words["follow.share_command", Html.Of($"/start c_{id}")];
        return new View(Ui.Lines(await ui.HeadAsync(turn, "follow.share", ct), Html.Empty, words["follow.share_text"], Html.Empty, link), [Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "fol", arguments.Id(0)))]);
    }

    private Task<View> UnknownAsync(Turn turn, CancellationToken ct) => ui.NoticeAsync(turn, "follow.unknown", ct, Ui.Go(turn, "nav.follows", "fols"));

    private async Task<Dictionary<Kernel.TokenId, PositionView>> PricesAsync(Turn turn, CancellationToken ct) =>
        (await positions.ListAsync(turn.UserId, "active", 200, null, ct)).Items.DistinctBy(p => p.TokenId).ToDictionary(p => p.TokenId);

    /// <summary>What is held at the price a sale would get now, less what was paid for it.</summary>
    private static decimal OpenPnl(FollowView follow, Dictionary<Kernel.TokenId, PositionView> prices) =>
        follow.Holdings.Sum(h => prices.TryGetValue(h.TokenId, out var p) ? (h.Shares.ToDecimal() * p.CurrentPrice) - h.Cost.ToDecimal() : 0);

    /// <summary>The decisions since midnight in the user's zone, at most so many.</summary>
    private async Task<IReadOnlyList<DecisionView>> TodayAsync(Turn turn, Guid? follow, CancellationToken ct)
    {
        var midnight = TimeZoneInfo.ConvertTime(clock.GetUtcNow(), turn.Zone).Date;
        return [.. (await copying.DecisionsAsync(turn.UserId, follow, null, MostCounted, null, ct)).Items.Where(d => TimeZoneInfo.ConvertTime(d.Stamps.Decided, turn.Zone).DateTime >= midnight)];
    }

    private static string Count(IEnumerable<DecisionView> decisions, int read) => decisions.Count() is var count && read >= MostCounted && count > 0 ? $"{count}+" : $"{count}";
}
