using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Pictures;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Bot.Screens.Copying;

/// <summary>The leaderboard, the card of one leader, his trades and the curve of his profit.</summary>
internal sealed class LeaderScreens(ILeaders leaders, ICopying copying, IMarketBrowser catalog, ICoreStatus core, Ui ui) : IScreens
{
    private const int Rows = 6;
    private const int Trades = 10;
    private static readonly string[] Orders = ["pnl", "winRate", "volume", "trades"];

    public void Map(Routes routes)
    {
        routes.On("leaders", ListAsync, "leaders");
        routes.On("ldr", (turn, a, ct) => CardAsync(turn, a[0], ct));
        routes.On("ldr_t", TradesAsync);
        routes.On("ldr_p", PictureAsync);
        routes.Answer("leader", (turn, _, text, ct) => CardAsync(turn, LeaderLink.Find(text) ?? "", ct));
    }

    /// <summary>What a leader is called: his own name for himself, or his address.</summary>
    public static Html Name(LeaderCard card) => card.Name is { Length: > 0 } name && LeaderLink.Address(name) is null ? Html.Foreign(name, 40) : Html.Of(LeaderLink.Short(card.Address));

    private async Task<View?> ListAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        var order = Orders.Contains(arguments[0]) ? arguments[0] : Orders[0];
        var page = await leaders.ListAsync(order, Rows, arguments[1].Length == 0 ? null : arguments[1], ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, "leaders.title", ct), Html.Empty, words["leaders.text"], Html.Empty };
        if (page.Items.Count == 0)
            lines.Add(words["leaders.none"]);
        lines.AddRange(page.Items.Select(c => words["leaders.row", Name(c), words.Gain(c.Pnl), WinRate(words, c), words.Rough(c.Volume), c.Trades, State(words, c.Coverage.State)]));
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        var rows = new List<Button[]> { Orders.Select(o => new Button((o == order ? "• " : "") + words.Label("leaders.by_" + o), Actions.Data("leaders", o))).ToArray() };
        rows.AddRange(page.Items.Select(c => new[] { new Button($"{Html.Plain(Name(c).Value)} · {(c.Pnl < 0 ? "−" : "+")}{Html.Plain(words.Rough(Math.Abs(c.Pnl)).Value)}", Actions.Data("ldr", c.Address)) }));
        var turnPage = new List<Button>();
        if (arguments[1].Length > 0)
            turnPage.Add(Ui.Go(turn, "nav.first", "leaders", order));
        if (page.NextCursor is { Length: <= 40 } next)
            turnPage.Add(Ui.Go(turn, "nav.next", "leaders", order, next));
        if (turnPage.Count > 0)
            rows.Add([.. turnPage]);
        rows.Add([Ui.Go(turn, "nav.follows", "fols"), Ui.Go(turn, "kind.smart_money", "s_note")]);
        rows.Add(Ui.HomeRow(turn));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> CardAsync(Turn turn, string typed, CancellationToken ct)
    {
        var words = turn.Words;
        if (LeaderLink.Address(typed) is not { } address)
            return await ui.NoticeAsync(turn, "leader.invalid", ct, Ui.Go(turn, "nav.leaders", "leaders"));
        var follow = (await copying.ListAsync(turn.UserId, 200, null, ct)).Items.FirstOrDefault(f => f.Leader == address && f.Status != "deleted");
        var go = follow is null ? Ui.Go(turn, "leader.follow", "fw", address) : new Button(words.Label("leader.my_follow"), Actions.Data("fol", follow.Id));
        if (await leaders.GetAsync(address, ct) is not { } card)
            return new View(
                Ui.Lines(await ui.HeadAsync(turn, Html.Of(LeaderLink.Short(address)), ct), Html.Empty, words["leader.address", address], Html.Empty, words["leader.unwatched"]),
                [[go with { Style = Tone.Good }], Ui.HomeRow(turn, Ui.Go(turn, "nav.leaders", "leaders"))]);
        var lines = new List<Html> { await ui.HeadAsync(turn, Name(card), ct), words["leader.address", address], Html.Empty };
        lines.AddRange(Figures(turn, card));
        lines.AddRange([Html.Empty, CoverageLine(words, card.Coverage)]);
        if (follow is not null)
            lines.Add(words["leader.followed", words["follow_status." + follow.Status]]);
        lines.AddRange([Html.Empty, words["leader.caution"], ui.Updated(turn)]);
        return new View(Ui.Lines(lines),
        [
            [follow is null ? go with { Style = Tone.Good } : go],
            [Ui.Go(turn, "leader.trades", "ldr_t", address), Ui.Go(turn, "nav.chart", "ldr_p", address)],
            [Ui.Go(turn, "nav.refresh", "ldr", address), Ui.Go(turn, "nav.leaders", "leaders")],
            Ui.HomeRow(turn),
        ]);
    }

    private async Task<View?> TradesAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        if (LeaderLink.Address(arguments[0]) is not { } address)
            return await ui.NoticeAsync(turn, "leader.invalid", ct, Ui.Go(turn, "nav.leaders", "leaders"));
        var page = await leaders.TradesAsync(address, Trades, null, ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, words["leader.trades_of", Html.Of(LeaderLink.Short(address))], ct), Html.Empty };
        if (page.Items.Count == 0)
            lines.Add(words["leader.no_trades"]);
        foreach (var t in page.Items)
        {
            var market = t.MarketId is { } id ? await catalog.FindAsync(id, ct) : null;
            lines.Add(words["leader.trade", words.When(t.MatchedAt ?? t.BlockAt ?? t.SeenAt, turn.Zone), words[t.Side == Side.Buy ? "side.buy" : "side.sell"], words.Count(t.Shares.ToDecimal()), Html.Foreign(t.Outcome ?? market?.Outcomes.ElementAtOrDefault(market.TokenIndex(t.Token)) ?? "?", 30),
                words.Cents(t.Price), words.Money(t.Collateral.ToDecimal()), market is null ? words["leader.market_unknown"] : Html.Foreign(market.Question, 70)]);
        }
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        return new View(Ui.Lines(lines), [[Ui.Go(turn, "nav.refresh", "ldr_t", address)], Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "ldr", address))]);
    }

    private async Task<View?> PictureAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        if (LeaderLink.Address(arguments[0]) is not { } address || await leaders.GetAsync(address, ct) is not { Chart.Count: > 1 } card)
            return await ui.NoticeAsync(turn, "leader.no_chart", ct, Ui.Go(turn, "nav.leaders", "leaders"));
        var curve = card.Chart.Select(p => (DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(p.At, turn.Zone).DateTime), p.Pnl)).ToList();
        var picture = Picture.Equity(curve, Html.Plain(Name(card).Value), (await core.ProfileAsync(ct)).ToString().ToUpperInvariant(), words);
        var caption = Ui.Lines([await ui.HeadAsync(turn, Name(card), ct), .. Figures(turn, card).Take(3), ui.Updated(turn)]);
        return new View(caption, [Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "ldr", card.Address))], picture);
    }

    private static IEnumerable<Html> Figures(Turn turn, LeaderCard c)
    {
        var words = turn.Words;
        yield return words["leader.pnl", words.Gain(c.Pnl), words.Gain(c.PnlWithoutBest)];
        yield return c.WinRate is { } rate ? words["leader.win_rate", Share(words, rate), Share(words, c.WinRateLow ?? 0), Share(words, c.WinRateHigh ?? 1), c.Closed] : words["leader.no_win_rate"];
        yield return words["leader.volume", words.Rough(c.Volume), c.Trades];
        if (c.HoldTime is { } hold)
            yield return words["leader.hold", Span(words, hold)];
        if (c.MakerShare is >= 0.005m and var maker)
            yield return words["leader.maker", Share(words, maker)];
        yield return words["leader.drawdown", words.Money(c.Drawdown)];
        if (c.LeftOut >= 0.005m)
            yield return words["leader.left_out", Share(words, c.LeftOut)];
        if (c.LastTradeAt is { } last)
            yield return words["leader.last", words.When(last, turn.Zone)];
    }

    /// <summary>Whether our picture of him is complete, and why not.</summary>
    public static Html CoverageLine(Words words, Coverage coverage)
    {
        var line = words["coverage.line", State(words, coverage.State), words["coverage." + Known(coverage.State)]];
        if (coverage.Reason is { Length: > 0 } reason)
            line += Html.Of(": ") + words.Say(coverage.ReasonSaid, reason, most: 200);
        if (coverage.Gaps > 0 || coverage.Recovered > 0)
            line += Html.Of("\n    ") + words["coverage.detail", coverage.Gaps, coverage.Recovered];
        return coverage.WorstDelay is { } delay ? line + Html.Of("\n    ") + words["coverage.delay", delay.TotalSeconds.ToString("0.#", words.Culture)] : line;
    }

    private static Html State(Words words, string state) => words["coverage.icon_" + Known(state)];

    private static string Known(string state) => state is "trusted" or "degraded" ? state : "blind";

    private static Html WinRate(Words words, LeaderCard c) => c.WinRate is { } rate ? Html.Of($"{Html.Plain(Share(words, rate).Value)} ({Html.Plain(Share(words, c.WinRateLow ?? 0).Value)} – {Html.Plain(Share(words, c.WinRateHigh ?? 1).Value)})") : Html.Of("–");

    private static Html Share(Words words, decimal share) => Html.Of((share * 100).ToString("0", words.Culture) + " %");

    private static Html Span(Words words, TimeSpan span) => span.TotalHours < 1 ? words["span.minutes", (int)span.TotalMinutes] : span.TotalDays < 2 ? words["span.hours", (int)span.TotalHours] : words["span.days", (int)span.TotalDays];
}
