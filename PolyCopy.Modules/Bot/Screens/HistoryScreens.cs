using System.Text;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Bot.Pictures;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>Profit and loss by day, the equity picture, the day's card, closed trades.</summary>
internal sealed class HistoryScreens(IPositions positions, ICoreStatus core, Courier courier, Ui ui, TimeProvider clock) : IScreens
{
    private const int Days = 7;
    private const int Closed = 8;

    public void Map(Routes routes)
    {
        routes.On("hist", (turn, a, ct) => DaysAsync(turn, Math.Clamp(a.Int(0), 0, 52), ct), "history");
        routes.On("hist_all", ClosedAsync);
        routes.On("equity", EquityAsync);
        routes.On("day", DayAsync);
        routes.On("hist_csv", CsvAsync);
    }

    private async Task<View?> DaysAsync(Turn turn, int week, CancellationToken ct)
    {
        var words = turn.Words;
        var to = Today(turn).AddDays(-week * Days);
        var days = (await positions.PnlByDayAsync(turn.UserId, to.AddDays(1 - Days), to, turn.Settings.TimeZone, ct)).ToDictionary(d => d.Day);
        var lines = new List<Html> { await ui.HeadAsync(turn, "history.title", ct), Html.Empty };
        for (var day = to; day > to.AddDays(-Days); day = day.AddDays(-1))
            lines.Add(days.TryGetValue(day, out var d) ? words["history.day", words.Day(day), words.Gain(Net(d)), words.Money(d.Fees.ToDecimal())] : words["history.quiet", words.Day(day)]);
        lines.AddRange([Html.Empty, words["history.total", words.Gain(days.Values.Sum(Net)), words.Money(days.Values.Sum(d => d.Fees.ToDecimal()))], Html.Empty, ui.Updated(turn)]);
        var pages = new List<Button> { Ui.Go(turn, "history.earlier", "hist", week + 1) };
        if (week > 0)
            pages.Add(Ui.Go(turn, "history.later", "hist", week - 1));
        pages.Add(Ui.Go(turn, "history.csv", "hist_csv"));
        return new View(Ui.Lines(lines), [[Ui.Go(turn, "history.card", "day", 0), Ui.Go(turn, "history.equity", "equity", 30)], pages, [Ui.Go(turn, "history.closed", "hist_all"), Ui.Go(turn, "nav.exit_log", "exit_log")], Ui.HomeRow(turn, Ui.Go(turn, "nav.refresh", "hist", week))]);
    }

    private async Task<View?> ClosedAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        var entries = (await positions.HistoryAsync(turn.UserId, 50, null, ct)).Items.Where(e => e.Kind != "transfer").ToList();
        var page = Math.Clamp(arguments.Int(0), 0, Math.Max(0, (entries.Count - 1) / Closed));
        var lines = new List<Html> { await ui.HeadAsync(turn, "history.closed_title", ct), Html.Empty };
        if (entries.Count == 0)
            lines.Add(words["history.none"]);
        lines.AddRange(entries.Skip(page * Closed).Take(Closed).Select(e => words["history.row", words.When(e.At, turn.Zone), words.Count(e.Shares.ToDecimal()), Html.Foreign(e.Outcome, 30), Html.Foreign(e.Question, 60), words.Cents(e.EntryPrice), words.Cents(e.ExitPrice), words.Gain(e.RealisedPnl.ToDecimal())]));
        var pages = new List<Button>();
        if (page > 0)
            pages.Add(Ui.Go(turn, "nav.previous", "hist_all", page - 1));
        if ((page + 1) * Closed < entries.Count)
            pages.Add(Ui.Go(turn, "nav.next", "hist_all", page + 1));
        return new View(Ui.Lines(lines), [.. pages.Count > 0 ? [pages] : Array.Empty<List<Button>>(), Ui.HomeRow(turn, Ui.Go(turn, "nav.history", "hist"))]);
    }

    /// <summary>The sum of realised gains, day by day.</summary>
    private async Task<View?> EquityAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        var span = arguments.Int(0) is 7 or 30 or 90 ? arguments.Int(0) : 30;
        var to = Today(turn);
        var days = (await positions.PnlByDayAsync(turn.UserId, to.AddDays(1 - span), to, turn.Settings.TimeZone, ct)).ToDictionary(d => d.Day);
        var sum = 0m;
        var curve = Enumerable.Range(0, span).Select(i => to.AddDays(i + 1 - span)).Select(day => (day, Value: sum += days.TryGetValue(day, out var d) ? Net(d) : 0)).ToList();
        var picture = Picture.Equity(curve, words.Label("history.equity_title", span), (await core.ProfileAsync(ct)).ToString().ToUpperInvariant(), words);
        var caption = Ui.Lines(await ui.HeadAsync(turn, words["history.equity_title", span], ct), words["history.total", words.Gain(sum), words.Money(days.Values.Sum(d => d.Fees.ToDecimal()))], ui.Updated(turn));
        return new View(caption, [[.. new[] { 7, 30, 90 }.Select(n => new Button((n == span ? "• " : "") + words.Label("history.days", n), Actions.Data("equity", n)))], Ui.HomeRow(turn, Ui.Go(turn, "nav.history", "hist"))], picture);
    }

    private async Task<View?> DayAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        var day = Today(turn).AddDays(-Math.Clamp(arguments.Int(0), 0, 365));
        var found = (await positions.PnlByDayAsync(turn.UserId, day, day, turn.Settings.TimeZone, ct)).FirstOrDefault();
        var open = (await positions.ListAsync(turn.UserId, "active", 200, null, ct)).Items;
        var (realised, fees, unrealised) = (found is null ? 0 : Net(found), found?.Fees.ToDecimal() ?? 0, open.Sum(p => p.PnlAmount));
        var card = new PnlCard(words.Label("card.day"), Html.Plain(words.Day(day).Value), realised, null,
            [(words.Label("card.open"), Html.Plain(words.Gain(unrealised).Value)), (words.Label("card.fees"), Html.Plain(words.Money(fees).Value)), (words.Label("card.positions"), open.Count.ToString(words.Culture))]);
        var picture = Picture.Pnl(card, (await core.ProfileAsync(ct)).ToString().ToUpperInvariant(), words, clock.GetUtcNow(), turn.Zone);
        var caption = Ui.Lines(await ui.HeadAsync(turn, words["history.card_title", words.Day(day)], ct), words["history.day", words.Day(day), words.Gain(realised), words.Money(fees)], words["history.open_pnl", words.Gain(unrealised), open.Count], ui.Updated(turn));
        return new View(caption, [[Ui.Go(turn, "history.earlier", "day", Math.Clamp(arguments.Int(0), 0, 364) + 1), Ui.Go(turn, "nav.refresh", "day", arguments.Int(0))], Ui.HomeRow(turn, Ui.Go(turn, "nav.history", "hist"))], picture);
    }

    /// <summary>Everything as a file, below the screen, which stays as it is.</summary>
    private async Task<View?> CsvAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var csv = await positions.ExportAsync(turn.UserId, ct);
        var caption = Ui.Lines(await ui.HeadAsync(turn, "history.csv_title", ct), turn.Words["history.csv_text"]);
        // the byte order mark tells spreadsheets that it is UTF-8
        var file = new Attachment($"polycopy-history-{Today(turn):yyyy-MM-dd}.csv", Encoding.UTF8.GetBytes("\uFEFF" + csv));
        _ = courier.SendAsync(new Outgoing(turn.ChatId, OutgoingKind.Send, caption.Value, Document: file), Lane.Reply);
        return null;
    }

    private DateOnly Today(Turn turn) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(clock.GetUtcNow(), turn.Zone).DateTime);

    private static decimal Net(DayPnl day) => day.Realised.ToDecimal();
}
