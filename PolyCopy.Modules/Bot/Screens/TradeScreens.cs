using System.Text.Json;
using PolyCopy.Modules.Bot.Alerts;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>The way to an order: amount, review, confirmation, receipt. The form lives in the chat's memory; only a confirmation sends anything, and it sends exactly what the review showed.</summary>
internal sealed class TradeScreens(IMarketBrowser catalog, IPositions positions, ITrading trading, Receipts receipts, TradeForm form, Ui ui, TimeProvider clock) : IScreens
{
    private const string Order = "order";

    public void Map(Routes routes)
    {
        routes.On("buy", BuyAsync);
        routes.On("sell", SellAsync);
        routes.On("f_amt", (turn, a, ct) => ChangeAsync(turn, a, d => a.Decimal(1) is { } usd ? d with { AmountUsd = usd, Shares = null } : d, ct));
        routes.On("f_pct", PercentAsync);
        routes.On("f_ask", (turn, a, ct) => AskAsync(turn, a, ct));
        routes.On("f_type", TypeAsync);
        routes.On("f_px", (turn, a, ct) => ChangeAsync(turn, a, d => d with { Limit = true, LimitPrice = new Price(a.Int(1)).ToDecimal() }, ct));
        routes.On("f_post", (turn, a, ct) => ChangeAsync(turn, a, d => d with { PostOnly = !d.PostOnly }, ct));
        routes.On("f_exit", ExitsAsync);
        routes.On("f_tp", (turn, a, ct) => ChangeAsync(turn, a, d => d with { TakeProfit = PriceOf(a) }, ct));
        routes.On("f_sl", (turn, a, ct) => ChangeAsync(turn, a, d => d with { StopLoss = PriceOf(a) }, ct));
        routes.On("f_rev", (turn, a, ct) => ChangeAsync(turn, a, d => d, ct));
        foreach (var topic in new[] { "f_amount", "f_shares", "f_price", "f_tp", "f_sl" })
            routes.Answer(topic, (turn, subject, text, ct) => AnsweredAsync(turn, topic, subject, text, ct));
        routes.Confirmed(Order, PlaceAsync, RedrawAsync);
    }

    private static decimal? PriceOf(Arguments a) => a.Int(1) is > 0 and var price ? new Price(price).ToDecimal() : null;

    private async Task<View?> BuyAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (await catalog.FindAsync(arguments[0], ct) is not { } market || arguments.Int(1, -1) is var index && (index < 0 || index >= market.Outcomes.Count))
            return await ui.NoticeAsync(turn, "market.unknown", ct, Ui.Go(turn, "nav.markets", "mkts"));
        return await form.AmountAsync(turn, market, new Draft(NewId(), market.Id, index, Side.Buy), ct);
    }

    private async Task<View?> SellAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (await positions.GetAsync(turn.UserId, arguments.Id(0), ct) is not { } position)
            return await ui.NoticeAsync(turn, "position.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        if (await catalog.FindAsync(position.MarketId, ct) is not { } market)
            return await ui.NoticeAsync(turn, "market.unknown", ct, Ui.Go(turn, "nav.positions", "pos_list"));
        var draft = new Draft(NewId(), market.Id, Math.Max(0, market.TokenIndex(position.TokenId)), Side.Sell, PositionId: position.Id);
        return arguments[1].Length == 0 ? await form.SharesAsync(turn, market, draft, position, ct) : await SellPartAsync(turn, draft, position, arguments[1], ct);
    }

    private Task<View?> SellPartAsync(Turn turn, Draft draft, PositionView position, string part, CancellationToken ct)
    {
        var sellable = position.SellableSize.ToDecimal();
        var shares = part switch
        {
            "100" => sellable,
            // what brings back what was paid, fees included
            "initial" when position.CurrentPrice > 0 => Math.Min(sellable, decimal.Ceiling(((position.EntryPrice * position.Size.ToDecimal()) + position.FeesPaid.ToDecimal()) / position.CurrentPrice * 100) / 100),
            _ => decimal.Floor(sellable * new Arguments([part]).Int(0) / 100 * 100) / 100,
        };
        return form.ReviewAsync(turn, draft with { Shares = shares }, ct);
    }

    private async Task<View?> PercentAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (Draft(turn, arguments) is not { PositionId: { } id } draft || await positions.GetAsync(turn.UserId, id, ct) is not { } position)
            return await StaleAsync(turn, ct);
        return await SellPartAsync(turn, draft, position, arguments[1], ct);
    }

    private async Task<View?> ChangeAsync(Turn turn, Arguments arguments, Func<Draft, Draft> change, CancellationToken ct) =>
        Draft(turn, arguments) is { } draft ? await form.NextAsync(turn, change(draft), ct) : await StaleAsync(turn, ct);

    private async Task<View?> AskAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (Draft(turn, arguments) is not { } draft)
            return await StaleAsync(turn, ct);
        return await form.AskAsync(turn, draft, arguments[1], ct);
    }

    private async Task<View?> TypeAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (Draft(turn, arguments) is not { } draft)
            return await StaleAsync(turn, ct);
        return draft.Limit ? await form.NextAsync(turn, draft with { Limit = false, LimitPrice = null, PostOnly = false }, ct) : await form.PriceAsync(turn, draft, ct);
    }

    private async Task<View?> ExitsAsync(Turn turn, Arguments arguments, CancellationToken ct) =>
        Draft(turn, arguments) is { } draft ? await form.ExitAsync(turn, draft, arguments[1] == "tp", ct) : await StaleAsync(turn, ct);

    private async Task<View?> AnsweredAsync(Turn turn, string topic, string subject, string text, CancellationToken ct)
    {
        if (turn.Memory.Draft is not { } draft || draft.Id != subject)
            return await StaleAsync(turn, ct);
        var isPrice = topic is "f_price" or "f_tp" or "f_sl";
        if (!(isPrice ? Numbers.TryParsePrice(text, out var value) : Numbers.TryParse(text, out value)) || value <= 0)
            return await form.AskAsync(turn, draft, topic, ct, isPrice ? "input.price" : "input.number");
        return await form.NextAsync(turn, topic switch
        {
            "f_amount" => draft with { AmountUsd = value, Shares = null },
            "f_shares" => draft with { Shares = value, AmountUsd = null },
            "f_price" => draft with { Limit = true, LimitPrice = value },
            "f_tp" => draft with { TakeProfit = value },
            _ => draft with { StopLoss = value },
        }, ct);
    }

    /// <summary>The confirmation was granted: once, to this user, on this message, within its minute.</summary>
    private async Task<View?> PlaceAsync(Turn turn, string nonce, string payload, CancellationToken ct)
    {
        var offer = OrderOffer.Read(payload);
        if (await catalog.FindAsync(offer.Order.MarketId, ct) is not { } market)
            return await ui.NoticeAsync(turn, "market.unknown", ct);
        using var placing = receipts.Placing(turn.UserId);
        await turn.ShowAsync(await form.SubmittingAsync(turn, market, offer, ct));
        var result = await trading.PlaceAsync(turn.UserId, nonce, offer.Order, ct);
        if (!result.Try(out var placed, out var error))
        {
            turn.Memory = turn.Memory with { Draft = offer.Draft };
            return await ui.RefusedAsync(turn, error, ct, Ui.Go(turn, "nav.review", "f_rev", offer.Draft.Id));
        }
        receipts.Show(placed.OrderId, placed.FilledShares);
        turn.Memory = turn.Memory with { Draft = null };
        return await form.ReceiptAsync(turn, market, offer, placed, ct);
    }

    /// <summary>Too late, or from an old message: the same order on the present book, with a new confirmation.</summary>
    private Task<View?> RedrawAsync(Turn turn, string nonce, string payload, CancellationToken ct) => form.ReviewAsync(turn, OrderOffer.Read(payload).Draft, ct, "review.expired");

    private Task<View> StaleAsync(Turn turn, CancellationToken ct) => ui.NoticeAsync(turn, "form.stale", ct, Ui.Go(turn, "nav.markets", "mkts"), Ui.Go(turn, "nav.positions", "pos_list"));

    private static Draft? Draft(Turn turn, Arguments arguments) => turn.Memory.Draft is { } draft && draft.Id == arguments[0] ? draft : null;

    private string NewId() => Actions.Short(Ids.New(clock))[^6..];
}

/// <summary>What a confirmation holds: exactly this order, and the form to show it again.</summary>
internal sealed record OrderOffer(Draft Draft, PlaceOrder Order)
{
    public static OrderOffer Read(string json) => JsonSerializer.Deserialize<OrderOffer>(json, JsonSerializerOptions.Web)!;

    public string Write() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}
