using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>The exits of a position: take-profit, stop-loss, trailing, ladder, break-even, presets; and what has fired, with its latency.</summary>
internal sealed class ExitScreens(IPositions positions, IExits exits, IMarketBrowser catalog, Ui ui) : IScreens
{
    private static readonly decimal[] Takes = [10, 20, 30, 50, 75, 100];
    private static readonly decimal[] Stops = [-5, -10, -15, -20, -30, -50];
    private static readonly int[] Trails = [200, 300, 500, 800, 1_000, 1_500]; // ten-thousandths
    private static readonly (decimal Percent, decimal Fraction)[] Ladder = [(20, 0.25m), (40, 0.333333m), (80, 0.5m)];

    public void Map(Routes routes)
    {
        routes.On("exits", (turn, a, ct) => ListAsync(turn, a.Id(0), null, ct));
        routes.On("x_tp", (turn, a, ct) => ChooseAsync(turn, a, Takes, isTake: true, ct));
        routes.On("x_sl", (turn, a, ct) => ChooseAsync(turn, a, Stops, isTake: false, ct));
        routes.On("x_tpv", (turn, a, ct) => SetAsync(turn, a.Id(0), PriceOf(a), isTake: true, ct));
        routes.On("x_slv", (turn, a, ct) => SetAsync(turn, a.Id(0), PriceOf(a), isTake: false, ct));
        routes.On("x_trail", TrailAsync);
        routes.On("x_trailv", (turn, a, ct) => ArmAsync(turn, a.Id(0), [new ArmExit(ExitKind.Trailing, Trail: new Price(a.Int(1)).ToDecimal())], ct));
        routes.On("x_even", BreakEvenAsync);
        routes.On("x_ladder", LadderAsync);
        routes.On("x_preset", PresetAsync);
        routes.On("x_off", DisarmAsync);
        routes.On("exit_log", LogAsync);
        foreach (var topic in new[] { "x_tp", "x_sl", "x_trail", "x_even" })
            routes.Answer(topic, (turn, subject, text, ct) => AnsweredAsync(turn, topic, subject, text, ct));
    }

    private static decimal? PriceOf(Arguments a) => a.Int(1) is > 0 and var price ? new Price(price).ToDecimal() : null;

    private async Task<View?> ListAsync(Turn turn, Guid positionId, Html? note, CancellationToken ct)
    {
        var words = turn.Words;
        if (await positions.GetAsync(turn.UserId, positionId, ct) is not { } p)
            return await ui.NoticeAsync(turn, "position.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        var open = (await exits.ListAsync(turn.UserId, positionId, 50, null, ct)).Items.Where(e => e.Status is "armed" or "suspended" or "firing")
            .OrderByDescending(e => e.TriggerPrice?.TenThousandths ?? 0).ToList(); // as in a book: takes above, stops below
        var lines = new List<Html>
        {
            await ui.HeadAsync(turn, "exits.title", ct),
            Html.Empty,
            Html.Foreign(p.Question, 160),
            words["exits.position", Html.Foreign(p.Outcome, 40), words.Cents(p.EntryPrice), words.Cents(p.CurrentPrice)],
            Html.Empty,
        };
        if (note is { } said)
            lines.AddRange([said, Html.Empty]);
        if (open.Count == 0)
            lines.Add(words["exits.none"]);
        lines.AddRange(open.Select((e, i) => words["exits.row", i + 1, Describe(words, e), words["exit_status." + e.Status]]));
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        var rows = open.Take(12).Select((e, i) => new Button(words.Label("exits.remove", i + 1), Actions.Data("x_off", positionId, e.Id))).Chunk(4).ToList();
        rows.Add([Ui.Go(turn, "form.take_profit", "x_tp", positionId), Ui.Go(turn, "form.stop_loss", "x_sl", positionId)]);
        rows.Add([Ui.Go(turn, "exits.trailing", "x_trail", positionId), Ui.Go(turn, "exits.break_even", "x_even", positionId), Ui.Go(turn, "exits.ladder", "x_ladder", positionId)]);
        rows.Add([Ui.Go(turn, "exits.careful", "x_preset", positionId, "careful"), Ui.Go(turn, "exits.balanced", "x_preset", positionId, "balanced"), Ui.Go(turn, "exits.runner", "x_preset", positionId, "runner")]);
        rows.Add([Ui.Go(turn, "nav.back", "pos", positionId), Ui.Go(turn, "nav.refresh", "exits", positionId)]);
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> ChooseAsync(Turn turn, Arguments arguments, decimal[] percents, bool isTake, CancellationToken ct)
    {
        var id = arguments.Id(0);
        if (await FindAsync(turn, id, ct) is not var (p, market))
            return await ui.NoticeAsync(turn, "position.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        var words = turn.Words;
        var (action, topic) = isTake ? ("x_tpv", "x_tp") : ("x_slv", "x_sl");
        turn.Memory = turn.Memory with { Asking = new Question(topic, Actions.Short(id)) };
        var offers = percents.Select(percent => (percent, Price: Ui.Snap(p.EntryPrice * (100 + percent) / 100, market.TickSize)))
            .Where(o => isTake ? o.Price.ToDecimal() > p.CurrentPrice : o.Price.ToDecimal() < p.CurrentPrice).DistinctBy(o => o.Price)
            .Select(o => new Button($"{Html.Plain(words.Percent(o.percent).Value)} · {Html.Plain(words.Cents(o.Price.ToDecimal()).Value)}", Actions.Data(action, id, o.Price.TenThousandths), isTake ? Tone.Good : Tone.Bad));
        return new View(
            Ui.Lines(await ui.HeadAsync(turn, isTake ? "form.take_profit" : "form.stop_loss", ct), Html.Empty, words["exits.position", Html.Foreign(p.Outcome, 40), words.Cents(p.EntryPrice), words.Cents(p.CurrentPrice)], words[isTake ? "ask.f_tp" : "ask.f_sl"]),
            [.. offers.Chunk(2), [Ui.Go(turn, "form.none", action, id, 0), Ui.Go(turn, "nav.back", "exits", id)]]);
    }

    private async Task<View?> TrailAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var id = arguments.Id(0);
        if (await FindAsync(turn, id, ct) is not var (p, market))
            return await ui.NoticeAsync(turn, "position.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        turn.Memory = turn.Memory with { Asking = new Question("x_trail", Actions.Short(id)) };
        var offers = Trails.Where(t => new Price(t).IsOnTick(market.TickSize) && new Price(t).ToDecimal() < p.CurrentPrice)
            .Select(t => new Button(Html.Plain(turn.Words.Cents(new Price(t).ToDecimal()).Value), Actions.Data("x_trailv", id, t)));
        return new View(Ui.Lines(await ui.HeadAsync(turn, "exits.trailing", ct), Html.Empty, turn.Words["exits.ask_trail"]), [.. offers.Chunk(3), [Ui.Go(turn, "nav.back", "exits", id)]]);
    }

    private async Task<View?> BreakEvenAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var id = arguments.Id(0);
        if (await FindAsync(turn, id, ct) is not var (p, market))
            return await ui.NoticeAsync(turn, "position.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        if (arguments.Int(1) > 0)
            return await ArmAsync(turn, id, [new ArmExit(ExitKind.BreakEven, new Price(arguments.Int(1)).ToDecimal())], ct);
        turn.Memory = turn.Memory with { Asking = new Question("x_even", Actions.Short(id)) };
        var offers = Takes.Select(percent => (percent, Price: Ui.Snap(p.EntryPrice * (100 + percent) / 100, market.TickSize))).Where(o => o.Price.ToDecimal() > p.CurrentPrice).DistinctBy(o => o.Price)
            .Select(o => new Button($"{Html.Plain(turn.Words.Percent(o.percent).Value)} · {Html.Plain(turn.Words.Cents(o.Price.ToDecimal()).Value)}", Actions.Data("x_even", id, o.Price.TenThousandths)));
        return new View(Ui.Lines(await ui.HeadAsync(turn, "exits.break_even", ct), Html.Empty, turn.Words["exits.ask_even"]), [.. offers.Chunk(2), [Ui.Go(turn, "nav.back", "exits", id)]]);
    }

    private async Task<View?> LadderAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var id = arguments.Id(0);
        if (await FindAsync(turn, id, ct) is not var (p, market))
            return await ui.NoticeAsync(turn, "position.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        // a fraction is of what is held when it fires: a quarter, a third of the rest, a half of the rest are a quarter each
        return await ArmAsync(turn, id, [.. Ladder.Select(step => (step.Fraction, Price: Ui.Snap(p.EntryPrice * (100 + step.Percent) / 100, market.TickSize)))
            .Where(s => s.Price.ToDecimal() > p.CurrentPrice).DistinctBy(s => s.Price).Select(s => new ArmExit(ExitKind.TakeProfit, s.Price.ToDecimal(), Fraction: s.Fraction))], ct);
    }

    private async Task<View?> PresetAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var id = arguments.Id(0);
        if (await FindAsync(turn, id, ct) is not var (p, market))
            return await ui.NoticeAsync(turn, "position.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        (decimal? Take, decimal Stop, Price? Trail) preset = arguments[1] switch
        {
            "careful" => (15m, -10m, null),
            "runner" => (null, -25m, Ui.Snap(0.10m, market.TickSize)),
            _ => (40m, -20m, null),
        };
        var (take, stop, trail) = preset;
        var change = new TpSl(true, take is { } t ? Ui.Snap(p.EntryPrice * (100 + t) / 100, market.TickSize).ToDecimal() : null, true, Ui.Snap(p.EntryPrice * (100 + stop) / 100, market.TickSize).ToDecimal());
        var set = await exits.SetTpSlAsync(turn.UserId, id, change, ct);
        if (set.Error is { } error)
            return await ListAsync(turn, id, Ui.Refusal(turn, error), ct);
        return trail is { } distance ? await ArmAsync(turn, id, [new ArmExit(ExitKind.Trailing, Trail: distance.ToDecimal())], ct) : await ListAsync(turn, id, turn.Words["exits.set"], ct);
    }

    private async Task<View?> SetAsync(Turn turn, Guid id, decimal? price, bool isTake, CancellationToken ct)
    {
        var set = await exits.SetTpSlAsync(turn.UserId, id, isTake ? new TpSl(true, price, false, null) : new TpSl(false, null, true, price), ct);
        return await ListAsync(turn, id, set.Error is { } error ? Ui.Refusal(turn, error) : turn.Words["exits.set"], ct);
    }

    private async Task<View?> ArmAsync(Turn turn, Guid id, IReadOnlyList<ArmExit> wanted, CancellationToken ct)
    {
        var notes = new List<Html>();
        foreach (var exit in wanted)
        {
            var armed = await exits.ArmAsync(turn.UserId, id, exit, ct);
            notes.Add(armed.Try(out var view, out var error) ? Armed(turn.Words, view) : Ui.Refusal(turn, error));
        }
        return await ListAsync(turn, id, notes.Count == 0 ? turn.Words["exits.nothing"] : Html.Join("\n", notes), ct);
    }

    private async Task<View?> DisarmAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var gone = await exits.DisarmAsync(turn.UserId, arguments.Id(0), arguments.Id(1), ct);
        return await ListAsync(turn, arguments.Id(0), gone.Error is { } error ? Ui.Refusal(turn, error) : turn.Words["exits.removed"], ct);
    }

    private async Task<View?> AnsweredAsync(Turn turn, string topic, string subject, string text, CancellationToken ct)
    {
        var id = Actions.Long(subject);
        if (!Numbers.TryParsePrice(text, out var price))
        {
            turn.Memory = turn.Memory with { Asking = new Question(topic, subject) };
            return new View(Ui.Lines(await ui.HeadAsync(turn, "exits.title", ct), Html.Empty, turn.Words["input.price"]), [[Ui.Go(turn, "nav.back", "exits", id)]]);
        }
        return topic switch
        {
            "x_trail" => await ArmAsync(turn, id, [new ArmExit(ExitKind.Trailing, Trail: price)], ct),
            "x_even" => await ArmAsync(turn, id, [new ArmExit(ExitKind.BreakEven, price)], ct),
            _ => await SetAsync(turn, id, price, topic == "x_tp", ct),
        };
    }

    private async Task<View?> LogAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        var fired = (await exits.ListAsync(turn.UserId, null, 200, null, ct)).Items.Where(e => e.TickReceivedAt is not null).OrderByDescending(e => e.TickReceivedAt).Take(8).ToList();
        var lines = new List<Html> { await ui.HeadAsync(turn, "exit_log.title", ct), Html.Empty };
        if (fired.Count == 0)
            lines.Add(words["exit_log.none"]);
        foreach (var e in fired)
        {
            var question = (await catalog.FindAsync(e.MarketId, ct))?.Question;
            lines.Add(words["exit_log.row", words.When(e.TickReceivedAt!.Value, turn.Zone), Describe(words, e), Html.Foreign(question, 60), words.Count(e.FilledShares.ToDecimal()), e.TickToSubmitMs is { } ms ? Html.Of(ms.ToString("0.#", words.Culture) + " ms") : Html.Of("–"), words["exit_status." + e.Status]]);
        }
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        return new View(Ui.Lines(lines), [[Ui.Go(turn, "nav.positions", "pos_list"), Ui.Go(turn, "nav.refresh", "exit_log")], Ui.HomeRow(turn)]);
    }

    private async Task<(PositionView Position, Market Market)?> FindAsync(Turn turn, Guid id, CancellationToken ct) =>
        await positions.GetAsync(turn.UserId, id, ct) is { } p && await catalog.FindAsync(p.MarketId, ct) is { } market ? (p, market) : null;

    /// <summary>What was armed, and what the book would give for it now.</summary>
    private static Html Armed(Words words, ExitView exit) => exit.Preview is { AveragePrice: { } average } preview
        ? words[preview.Complete ? "exits.armed_preview" : "exits.armed_partly", Describe(words, exit), words.Count(preview.Shares.ToDecimal()), words.Cents(average)]
        : words["exits.armed", Describe(words, exit)];

    private static Html Describe(Words words, ExitView e)
    {
        var kind = words["exit." + e.Kind switch { ExitKind.TakeProfit => "takeProfit", ExitKind.StopLoss => "stopLoss", ExitKind.Trailing => "trailing", ExitKind.BreakEven => "breakEven", ExitKind.TimeStop => "timeStop", _ => "beforeResolution" }];
        var at = e.TriggerPrice is { } trigger ? words["exits.at", words.Cents(trigger.ToDecimal())] : e.Trail is { } trail ? words["exits.trail", words.Cents(trail.ToDecimal())] : Html.Empty;
        return kind + at + (e.Fraction < 1 ? words["exits.fraction", words.Percent(decimal.Round(e.Fraction * 100), signed: false)] : Html.Empty);
    }
}
