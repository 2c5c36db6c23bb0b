using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Pictures;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>What is held: the list, the card of one, its P&amp;L picture.</summary>
internal sealed class PositionScreens(IPositions positions, ITrading trading, ICoreStatus core, Ui ui, TimeProvider clock) : IScreens
{
    private const int Rows = 6;

    public void Map(Routes routes)
    {
        routes.On("pos_list", (turn, a, ct) => ListAsync(turn, a.Int(0), null, ct), "positions");
        routes.Command("sell", (turn, _, ct) => ListAsync(turn, 0, turn.Words["positions.which"], ct));
        routes.On("pos_sync", SyncAsync);
        routes.On("pos", CardAsync);
        routes.On("pos_pic", PictureAsync);
    }

    private async Task<View?> SyncAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var synced = await trading.SyncAsync(turn.UserId, ct);
        var note = synced.Try(out var report, out var error) ? turn.Words["positions.synced", report.Orders, report.Fills, report.Adjustments] : Ui.Refusal(turn, error);
        return await ListAsync(turn, arguments.Int(0), note, ct);
    }

    private async Task<View?> ListAsync(Turn turn, int page, Html? note, CancellationToken ct)
    {
        var words = turn.Words;
        var all = (await positions.ListAsync(turn.UserId, "active", 200, null, ct)).Items;
        page = Math.Clamp(page, 0, Math.Max(0, (all.Count - 1) / Rows));
        var shown = all.Skip(page * Rows).Take(Rows).ToList();
        var lines = new List<Html> { await ui.HeadAsync(turn, "positions.title", ct), Html.Empty };
        if (note is { } said)
            lines.AddRange([said, Html.Empty]);
        if (all.Count == 0)
            lines.Add(words["positions.none"]);
        else
            lines.AddRange([words["positions.total", all.Count, words.Money(all.Sum(p => p.Size.ToDecimal() * p.CurrentPrice)), words.Gain(all.Sum(p => p.PnlAmount))], Html.Empty]);
        lines.AddRange(shown.Select((p, i) => words["positions.row", (page * Rows) + i + 1, words.Count(p.Size.ToDecimal()), Html.Foreign(p.Outcome, 30), Html.Foreign(p.Question, 70), words.Cents(p.EntryPrice), words.Cents(p.CurrentPrice), words.Gain(p.PnlAmount), words.Percent(p.PnlPercentage)]));
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        var rows = shown.Select((p, i) => new[] { new Button($"{(page * Rows) + i + 1}. {Ui.Label(p.Outcome, 14)} · {Ui.Label(p.Question, 20)} · {Html.Plain(words.Percent(p.PnlPercentage).Value)}", Actions.Data("pos", p.Id)) }).ToList();
        var pages = new List<Button>();
        if (page > 0)
            pages.Add(Ui.Go(turn, "nav.previous", "pos_list", page - 1));
        if ((page + 1) * Rows < all.Count)
            pages.Add(Ui.Go(turn, "nav.next", "pos_list", page + 1));
        if (pages.Count > 0)
            rows.Add([.. pages]);
        rows.Add([Ui.Go(turn, "nav.sync", "pos_sync", page), all.Count == 0 ? Ui.Go(turn, "nav.markets", "mkts") : Ui.Go(turn, "nav.home", "home")]);
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> CardAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        if (await positions.GetAsync(turn.UserId, arguments.Id(0), ct) is not { } p)
            return await ui.NoticeAsync(turn, "position.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        var isOpen = p.Status is "active" or "closing";
        var settling = p.Size - p.SettledSize;
        var lines = new List<Html>
        {
            await ui.HeadAsync(turn, Html.Foreign(p.Question, 160), ct),
            Html.Empty,
            words["position.holds", words.Count(p.Size.ToDecimal()), Html.Foreign(p.Outcome, 40)],
            // confirmed and settling apart: only what has settled can be sold
            settling > Shares.Zero ? words["position.settling", words.Count(p.SettledSize.ToDecimal()), words.Count(settling.ToDecimal()), words.Count(p.SellableSize.ToDecimal())] : words["position.settled", words.Count(p.SellableSize.ToDecimal())],
            words["position.prices", words.Cents(p.EntryPrice), words.Cents(p.CurrentPrice)],
            words["position.pnl", words.Gain(p.PnlAmount), words.Percent(p.PnlPercentage), words.Money(p.FeesPaid.ToDecimal())],
            words["position.exits", p.TakeProfit is { } take ? words.Cents(take.ToDecimal()) : Html.Of("–"), p.StopLoss is { } stop ? words.Cents(stop.ToDecimal()) : Html.Of("–")],
        };
        if (!isOpen)
            lines.Add(words["position." + (p.Status == "resolved" ? "resolved" : "closed")]);
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        var rows = new List<Button[]>();
        if (isOpen)
        {
            // three in a row is what a phone shows whole
            rows.Add([.. new[] { "25", "50", "75" }.Select(part => new Button(words.Label("position.sell", part + " %"), Actions.Data("sell", p.Id, part)))]);
            rows.Add([new Button(words.Label("position.sell", "100 %"), Actions.Data("sell", p.Id, "100"), Tone.Bad), Ui.Go(turn, "form.initial", "sell", p.Id, "initial")]);
            rows.Add([Ui.Go(turn, "position.sell_other", "sell", p.Id), Ui.Go(turn, "nav.exits", "exits", p.Id)]);
        }
        rows.Add([Ui.Go(turn, "nav.market", "mkt", p.MarketId), Ui.Go(turn, "nav.picture", "pos_pic", p.Id)]);
        rows.Add([Ui.Go(turn, "nav.refresh", "pos", p.Id), .. Ui.HomeRow(turn, Ui.Go(turn, "nav.positions", "pos_list"))]);
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> PictureAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        if (await positions.GetAsync(turn.UserId, arguments.Id(0), ct) is not { } p)
            return await ui.NoticeAsync(turn, "position.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        var card = new PnlCard(
            p.Question, p.Outcome, p.PnlAmount, p.PnlPercentage,
            [(words.Label("card.entry"), Html.Plain(words.Cents(p.EntryPrice).Value)), (words.Label("card.now"), Html.Plain(words.Cents(p.CurrentPrice).Value)), (words.Label("card.shares"), Html.Plain(words.Count(p.Size.ToDecimal()).Value))]);
        var picture = Picture.Pnl(card, (await core.ProfileAsync(ct)).ToString().ToUpperInvariant(), words, clock.GetUtcNow(), turn.Zone);
        var caption = Ui.Lines(
            await ui.HeadAsync(turn, Html.Foreign(p.Question, 160), ct),
            words["position.holds", words.Count(p.Size.ToDecimal()), Html.Foreign(p.Outcome, 40)],
            words["position.prices", words.Cents(p.EntryPrice), words.Cents(p.CurrentPrice)],
            words["position.pnl", words.Gain(p.PnlAmount), words.Percent(p.PnlPercentage), words.Money(p.FeesPaid.ToDecimal())]);
        return new View(caption, [Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "pos", p.Id))], picture);
    }
}
