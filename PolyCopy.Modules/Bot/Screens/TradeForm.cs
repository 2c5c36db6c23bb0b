using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>The screens of an order being put together.</summary>
internal sealed class TradeForm(IMarketBrowser catalog, IMarketBooks data, IPositions positions, ITrading trading, Ui ui)
{
    private static readonly decimal[] Takes = [10, 25, 50, 100];
    private static readonly decimal[] Stops = [-10, -20, -30, -50];

    public async Task<View?> AmountAsync(Turn turn, Market market, Draft draft, CancellationToken ct)
    {
        turn.Memory = turn.Memory with { Draft = draft, Asking = new Question("f_amount", draft.Id) };
        var words = turn.Words;
        var best = await BestAsync(market, draft, ct);
        var text = Ui.Lines(await ui.HeadAsync(turn, Ui.Title(market), ct), Html.Empty, words["form.buy", Ui.Outcome(market, draft.Outcome), Cents(words, best)], words["form.amount"]);
        var rows = turn.Settings.QuickAmounts.Take(8).Select(a => new Button(Html.Plain(words.Money(a).Value), Actions.Data("f_amt", draft.Id, a))).Chunk(3).ToList();
        rows.Add([Ui.Go(turn, "form.custom", "f_ask", draft.Id, "f_amount"), new Button(words.Label("form.limit"), Actions.Data("f_type", draft.Id))]);
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "mkt", market.Id)));
        return new View(text, rows);
    }

    public async Task<View?> SharesAsync(Turn turn, Market market, Draft draft, PositionView position, CancellationToken ct)
    {
        turn.Memory = turn.Memory with { Draft = draft };
        var words = turn.Words;
        var lines = new List<Html>
        {
            await ui.HeadAsync(turn, Ui.Title(market), ct),
            Html.Empty,
            words["form.sell", Ui.Outcome(market, draft.Outcome), words.Count(position.SellableSize.ToDecimal()), Cents(words, await BestAsync(market, draft, ct))],
        };
        if (position.SellableSize < position.Size)
            lines.Add(words["position.not_sellable", words.Count((position.Size - position.SellableSize).ToDecimal())]);
        return new View(Ui.Lines(lines),
        [
            [.. new[] { "25", "50", "75", "100" }.Select(p => new Button(p + " %", Actions.Data("f_pct", draft.Id, p), p == "100" ? Tone.Bad : Tone.Plain))],
            [Ui.Go(turn, "form.initial", "f_pct", draft.Id, "initial"), Ui.Go(turn, "form.custom", "f_ask", draft.Id, "f_shares")],
            Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "pos", position.Id)),
        ]);
    }

    /// <summary>What is missing is asked; a complete form is reviewed.</summary>
    public async Task<View?> NextAsync(Turn turn, Draft draft, CancellationToken ct)
    {
        if (draft is { AmountUsd: null, Shares: null })
        {
            if (await catalog.FindAsync(draft.MarketId, ct) is not { } market)
                return await ui.NoticeAsync(turn, "market.unknown", ct);
            if (draft.Side == Side.Buy)
                return await AmountAsync(turn, market, draft, ct);
            return draft.PositionId is { } id && await positions.GetAsync(turn.UserId, id, ct) is { } position ? await SharesAsync(turn, market, draft, position, ct) : await ui.NoticeAsync(turn, "position.unknown", ct);
        }
        return draft is { Limit: true, LimitPrice: null } ? await PriceAsync(turn, draft, ct) : await ReviewAsync(turn, draft, ct);
    }

    public async Task<View?> AskAsync(Turn turn, Draft draft, string topic, CancellationToken ct, string? wrong = null)
    {
        if (topic is not ("f_amount" or "f_shares" or "f_price" or "f_tp" or "f_sl"))
            return await ui.NoticeAsync(turn, "form.stale", ct);
        turn.Memory = turn.Memory with { Draft = draft, Asking = new Question(topic, draft.Id) };
        var lines = new List<Html> { await ui.HeadAsync(turn, "form.title", ct), Html.Empty };
        if (wrong is not null)
            lines.AddRange([turn.Words[wrong], Html.Empty]);
        lines.Add(turn.Words["ask." + topic]);
        return new View(Ui.Lines(lines), [Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "f_rev", draft.Id))]);
    }

    public async Task<View?> PriceAsync(Turn turn, Draft draft, CancellationToken ct)
    {
        if (await catalog.FindAsync(draft.MarketId, ct) is not { } market)
            return await ui.NoticeAsync(turn, "market.unknown", ct);
        turn.Memory = turn.Memory with { Draft = draft, Asking = new Question("f_price", draft.Id) };
        var words = turn.Words;
        var (bid, ask) = await TopAsync(market, draft.Outcome, ct);
        var prices = new List<Price>();
        if (bid is { } b)
            prices.AddRange([b, new Price(b.TenThousandths + market.TickSize.TenThousandths)]);
        if (ask is { } a)
            prices.AddRange([new Price(a.TenThousandths - market.TickSize.TenThousandths), a]);
        return new View(
            Ui.Lines(await ui.HeadAsync(turn, Ui.Title(market), ct), Html.Empty, words["form.price", Ui.Outcome(market, draft.Outcome), Cents(words, bid), Cents(words, ask)]),
            [
                [.. prices.Where(p => p.IsOnTick(market.TickSize)).Distinct().Order().Select(p => new Button(Html.Plain(words.Cents(p.ToDecimal()).Value), Actions.Data("f_px", draft.Id, p.TenThousandths)))],
                Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "f_rev", draft.Id)),
            ]);
    }

    public async Task<View?> ExitAsync(Turn turn, Draft draft, bool isTake, CancellationToken ct)
    {
        if (await catalog.FindAsync(draft.MarketId, ct) is not { } market)
            return await ui.NoticeAsync(turn, "market.unknown", ct);
        var topic = isTake ? "f_tp" : "f_sl";
        turn.Memory = turn.Memory with { Draft = draft, Asking = new Question(topic, draft.Id) };
        var words = turn.Words;
        var (bid, ask) = await TopAsync(market, draft.Outcome, ct);
        var entry = draft.LimitPrice ?? ask?.ToDecimal() ?? 0.5m;
        var offers = (isTake ? Takes : Stops).Select(p => (Percent: p, Price: Ui.Snap(entry * (100 + p) / 100, market.TickSize)))
            .Where(o => bid is not { } now || (isTake ? o.Price > now : o.Price < now)).DistinctBy(o => o.Price)
            .Select(o => new Button($"{Html.Plain(words.Percent(o.Percent).Value)} · {Html.Plain(words.Cents(o.Price.ToDecimal()).Value)}", Actions.Data(topic, draft.Id, o.Price.TenThousandths), isTake ? Tone.Good : Tone.Bad));
        return new View(
            Ui.Lines(await ui.HeadAsync(turn, isTake ? "form.take_profit" : "form.stop_loss", ct), Html.Empty, words[isTake ? "ask.f_tp" : "ask.f_sl"]),
            [.. offers.Chunk(2), [Ui.Go(turn, "form.none", topic, draft.Id, 0), Ui.Go(turn, "nav.back", "f_rev", draft.Id)], Ui.HomeRow(turn)]);
    }

    /// <summary>What the order would do to the book now, and the one button that sends it.</summary>
    /// <param name="note">A sentence above it: why it is shown again.</param>
    public async Task<View?> ReviewAsync(Turn turn, Draft draft, CancellationToken ct, string? note = null)
    {
        var words = turn.Words;
        if (await catalog.FindAsync(draft.MarketId, ct) is not { } market || draft.Outcome >= market.Outcomes.Count)
            return await ui.NoticeAsync(turn, "market.unknown", ct);
        draft = WithDefaults(turn, draft, await BestAsync(market, draft, ct), market.TickSize);
        turn.Memory = turn.Memory with { Draft = draft };
        var order = new PlaceOrder(market.Id, market.Outcomes[draft.Outcome], draft.Side, draft.Limit ? OrderType.Gtc : OrderType.Fak, draft.AmountUsd, draft.Shares, draft.LimitPrice, draft.PostOnly,
            draft.Limit ? null : turn.Settings.MaxSlippage, draft.Side == Side.Buy ? draft.TakeProfit : null, draft.Side == Side.Buy ? draft.StopLoss : null);
        var lines = new List<Html> { await ui.HeadAsync(turn, draft.Side == Side.Buy ? "review.buy" : "review.sell", ct), Html.Empty };
        if (note is not null)
            lines.AddRange([words[note], Html.Empty]);
        lines.AddRange([Ui.Title(market), words["review.outcome", Ui.Outcome(market, draft.Outcome)], Asked(words, draft)]);
        if (!(await trading.PreviewAsync(turn.UserId, order, ct)).Try(out var preview, out var error))
        {
            lines.AddRange([Html.Empty, Ui.Refusal(turn, error)]);
            return new View(Ui.Lines(lines), [.. Tools(turn, draft, draft.AmountUsd ?? draft.Shares), Ui.HomeRow(turn)]);
        }
        // the worst price shown is the worst price sent
        var exact = draft.Limit ? order : order with { LimitPrice = preview.WorstPrice?.ToDecimal(), MaxSlippage = null };
        lines.AddRange(Estimate(words, draft, preview));
        lines.AddRange(preview.Warnings.Select((w, i) => words["review.warning", words.Say(preview.WarningsSaid?.ElementAtOrDefault(i), w)]));
        if (draft.TakeProfit is { } take && draft.Side == Side.Buy)
            lines.Add(words["review.take_profit", words.Cents(take)]);
        if (draft.StopLoss is { } stop && draft.Side == Side.Buy)
            lines.Add(words["review.stop_loss", words.Cents(stop)]);
        lines.AddRange([Html.Empty, words["review.minute", (int)Conversation.ConfirmFor.TotalSeconds]]);
        var nonce = await turn.OfferAsync("order", new OrderOffer(draft, exact).Write(), ct);
        var confirm = new Button(draft.Side == Side.Buy ? words.Label("review.confirm_buy") : words.Label("review.confirm_sell"), Actions.Data(Actions.Confirm, nonce), draft.Side == Side.Buy ? Tone.Good : Tone.Bad);
        return new View(Ui.Lines(lines), [[confirm], .. Tools(turn, draft, draft.AmountUsd ?? draft.Shares), Ui.HomeRow(turn, Ui.Go(turn, "nav.refresh", "f_rev", draft.Id))], Nonce: nonce);
    }

    public async Task<View> SubmittingAsync(Turn turn, Market market, OrderOffer offer, CancellationToken ct) => new(
        Ui.Lines(await ui.HeadAsync(turn, "receipt.submitting", ct), Html.Empty, Ui.Title(market), turn.Words["review.outcome", Ui.Outcome(market, offer.Draft.Outcome)], Asked(turn.Words, offer.Draft)),
        [[new Button(turn.Words.Label("receipt.pending"), "", IsDisabled: true)]]);

    public async Task<View> ReceiptAsync(Turn turn, Market market, OrderOffer offer, OrderPlaced placed, CancellationToken ct)
    {
        var words = turn.Words;
        var lines = new List<Html>
        {
            await ui.HeadAsync(turn, words.Has("receipt." + placed.Status) ? "receipt." + placed.Status : "receipt.submitted", ct),
            Html.Empty,
            Ui.Title(market),
            words["review.outcome", Ui.Outcome(market, offer.Draft.Outcome)],
        };
        if (placed.FilledShares > Shares.Zero)
            lines.Add(words[offer.Draft.Side == Side.Buy ? "receipt.bought" : "receipt.sold", words.Count(placed.FilledShares.ToDecimal()), words.Cents(placed.AveragePrice ?? 0), words.Money(decimal.Round(placed.FilledShares.ToDecimal() * (placed.AveragePrice ?? 0), 2))]);
        else
            lines.Add(Asked(words, offer.Draft));
        if (placed.FilledShares > Shares.Zero && offer.Order.TakeProfit is { } take)
            lines.Add(words["review.take_profit", words.Cents(take)]);
        if (placed.FilledShares > Shares.Zero && offer.Order.StopLoss is { } stop)
            lines.Add(words["review.stop_loss", words.Cents(stop)]);
        if (placed.Status is "unknown" or "submitted")
            lines.Add(words["receipt.no_answer"]);
        if (placed.Error is { } error)
            lines.Add(Ui.Refusal(turn, error));
        lines.Add(words["receipt.order", Html.Of(placed.OrderHash.Length > 14 ? placed.OrderHash[..14] + "…" : placed.OrderHash)]);
        var row = new List<Button>();
        if (placed.PositionId is { } position)
            row.Add(Ui.Go(turn, "nav.position", "pos", position));
        row.Add(placed.Status is "live" or "unknown" or "delayed" ? Ui.Go(turn, "nav.orders", "orders") : Ui.Go(turn, "nav.market", "mkt", market.Id));
        return new View(Ui.Lines(lines), [row, Ui.HomeRow(turn, Ui.Go(turn, "nav.positions", "pos_list"))]);
    }

    private static IEnumerable<Html> Estimate(Words words, Draft draft, OrderPreview preview)
    {
        if (draft.Limit)
        {
            yield return words["review.rests", words.Count(preview.Shares.ToDecimal()), words.Cents(draft.LimitPrice ?? 0), words.Money(preview.Total.ToDecimal())];
            if (draft.PostOnly)
                yield return words["review.post_only"];
        }
        else
        {
            yield return words["review.estimate", words.Count(preview.Shares.ToDecimal()), preview.AveragePrice is { } average ? words.Cents(average) : Html.Of("–")];
            yield return words["review.worst", preview.WorstPrice is { } worst ? words.Cents(worst.ToDecimal()) : Html.Of("–")];
            yield return words[draft.Side == Side.Buy ? "review.total_buy" : "review.total_sell", words.Money(preview.Total.ToDecimal()), words.Money(preview.Fee.ToDecimal())];
        }
        if (draft.Side == Side.Buy && preview.Shares > Shares.Zero)
            yield return words["review.pays", words.Money(preview.Shares.ToDecimal()), words.Gain(preview.Shares.ToDecimal() - preview.Total.ToDecimal())];
    }

    private static IEnumerable<IReadOnlyList<Button>> Tools(Turn turn, Draft draft, decimal? amount)
    {
        var words = turn.Words;
        var first = new List<Button> { new(words.Label(draft.Side == Side.Buy && draft.Shares is null ? "form.change_amount" : "form.change_shares"), Actions.Data("f_ask", draft.Id, draft.Side == Side.Buy && draft.Shares is null ? "f_amount" : "f_shares")) };
        first.Add(new Button(words.Label(draft.Limit ? "form.market" : "form.limit"), Actions.Data("f_type", draft.Id)));
        if (draft.Limit)
            first.Add(new Button((draft.PostOnly ? "✅ " : "") + words.Label("form.post_only"), Actions.Data("f_post", draft.Id)));
        yield return first;
        if (draft.Side == Side.Buy && amount is not null)
            yield return [Ui.Go(turn, "form.take_profit", "f_exit", draft.Id, "tp"), Ui.Go(turn, "form.stop_loss", "f_exit", draft.Id, "sl")];
    }

    private static Html Asked(Words words, Draft draft) => draft.AmountUsd is { } usd ? words["review.amount", words.Money(usd)] : words["review.shares", words.Count(draft.Shares ?? 0)];

    /// <summary>The user's standing take-profit and stop-loss, once, for a purchase that has none yet.</summary>
    private static Draft WithDefaults(Turn turn, Draft draft, Price? best, Price tick)
    {
        if (draft.Side == Side.Sell || draft.HasDefaults || (draft.LimitPrice ?? best?.ToDecimal()) is not { } entry)
            return draft;
        return draft with
        {
            HasDefaults = true,
            TakeProfit = draft.TakeProfit ?? (turn.Settings.DefaultTakeProfitPercent is { } take ? Ui.Snap(entry * (100 + take) / 100, tick).ToDecimal() : null),
            StopLoss = draft.StopLoss ?? (turn.Settings.DefaultStopLossPercent is { } stop ? Ui.Snap(entry * (100 - stop) / 100, tick).ToDecimal() : null),
        };
    }

    private async Task<Price?> BestAsync(Market market, Draft draft, CancellationToken ct)
    {
        var (bid, ask) = await TopAsync(market, draft.Outcome, ct);
        return draft.Side == Side.Buy ? ask : bid;
    }

    private async Task<(Price? Bid, Price? Ask)> TopAsync(Market market, int outcome, CancellationToken ct)
    {
        if (outcome >= market.Tokens.Count)
            return (null, null);
        try
        {
            var book = await data.BookAsync(market.Tokens[outcome], ct);
            return (book is { Bids: [var bid, ..] } ? bid.Price : null, book is { Asks: [var ask, ..] } ? ask.Price : null);
        }
        catch (VenueException)
        {
            return (null, null); // the review says what is wrong
        }
    }

    private static Html Cents(Words words, Price? price) => price is { } value ? words.Cents(value.ToDecimal()) : Html.Of("–");
}
