using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>Open and recent orders, with cancel.</summary>
internal sealed class OrderScreens(ITrading trading, Ui ui) : IScreens
{
    private const int Open = 8;
    private const int Recent = 5;

    public void Map(Routes routes)
    {
        routes.On("orders", (turn, _, ct) => ListAsync(turn, null, ct), "orders");
        routes.On("ord", CardAsync);
        routes.On("ord_x", CancelAsync);
    }

    private async Task<View?> ListAsync(Turn turn, Html? note, CancellationToken ct)
    {
        var words = turn.Words;
        var open = (await trading.ListAsync(turn.UserId, "open", Open, null, ct)).Items;
        var recent = (await trading.ListAsync(turn.UserId, null, 20, null, ct)).Items.Where(o => open.All(x => x.Id != o.Id)).Take(Recent).ToList();
        var lines = new List<Html> { await ui.HeadAsync(turn, "orders.title", ct), Html.Empty };
        if (note is { } said)
            lines.AddRange([said, Html.Empty]);
        lines.Add(open.Count == 0 ? words["orders.none"] : words["orders.open"]);
        lines.AddRange(open.Select((o, i) => Row(words, i + 1, o)));
        if (recent.Count > 0)
            lines.AddRange([Html.Empty, words["orders.recent"]]);
        lines.AddRange(recent.Select((o, i) => Row(words, open.Count + i + 1, o)));
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        var rows = open.Select((o, i) => new[] { new Button($"{i + 1}. {Ui.Label(o.Outcome, 16)} · {Ui.Label(o.Question, 26)}", Actions.Data("ord", o.Id)), new Button(words.Label("orders.cancel"), Actions.Data("ord_x", o.Id), Tone.Bad) }).ToList();
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.refresh", "orders")));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> CardAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        if (await trading.GetAsync(turn.UserId, arguments.Id(0), ct) is not { } o)
            return await ListAsync(turn, words["orders.unknown"], ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, "orders.title", ct), Html.Empty, Html.Foreign(o.Question, 160), Row(words, 1, o), words["orders.hash", Html.Of(o.OrderHash)], words["orders.at", words.When(o.CreatedAt, turn.Zone)] };
        if (o.Reason is { } reason)
            lines.Add(words["orders.reason", words.Say(o.ReasonSaid, reason, o.ReasonCode)]);
        var rows = new List<Button[]>();
        if (o.Status is "live" or "submitted" or "unknown" or "delayed")
            rows.Add([new Button(words.Label("orders.cancel"), Actions.Data("ord_x", o.Id), Tone.Bad), Ui.Go(turn, "nav.refresh", "ord", o.Id)]);
        if (o.PositionId is { } position)
            rows.Add([Ui.Go(turn, "nav.position", "pos", position)]);
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.orders", "orders")));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> CancelAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var cancelled = await trading.CancelAsync(turn.UserId, arguments.Id(0), ct);
        return await ListAsync(turn, cancelled.Error is { } error ? Ui.Refusal(turn, error) : turn.Words["orders.cancelled"], ct);
    }

    private static Html Row(Words words, int number, OrderView o) => words[o.Status == "filled" ? "orders.row_done" : "orders.row", number, words[o.Side == Side.Buy ? "side.buy" : "side.sell"], words.Count(o.Shares.ToDecimal()), Html.Foreign(o.Outcome, 30),
        o.AveragePrice is { } average ? words.Cents(average) : o.Price is { } price ? words.Cents(price.ToDecimal()) : Html.Of("–"), words.Count(o.FilledShares.ToDecimal()), words.Has("order." + o.Status) ? words["order." + o.Status] : Html.Foreign(o.Status, 30), Html.Foreign(o.Question, 60)];
}
