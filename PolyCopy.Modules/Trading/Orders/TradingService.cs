using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>The door of users' orders.</summary>
internal sealed class TradingService(
    UserScope users, IMarketCatalog catalog, IPositions positions, IUserSlippage slippage, IVenueClock venueClock, BookReader books, TradingWallets wallets, KillSwitch pauses,
    OrderPlacer placer, OrderCanceller canceller, Reconciler reconciler, WalletBalances balances, TimeProvider clock) : ITrading
{
    private const int LongestPage = 200;

    public async Task<Result<OrderPreview>> PreviewAsync(long userId, PlaceOrder order, CancellationToken ct)
    {
        if (!(await CheckAsync(userId, order, ct)).Try(out var check, out var error))
            return error;
        var (market, book, plan) = check;
        var amounts = plan.Amounts;
        var walk = book is null ? default
            : order.Type.IsImmediate() && order.Side == Side.Buy ? BookWalk.ForCash(book, order.Side, amounts.Collateral, plan.Worst, market.Fee)
            : BookWalk.ForShares(book, order.Side, amounts.Shares, plan.Worst, market.Fee);
        if (order.PostOnly)
            walk = default;
        var fills = order.Type.IsImmediate() ? walk.Complete : walk.Complete && !order.PostOnly;
        var amount = order.Type.IsImmediate() ? walk.Collateral : amounts.Collateral;
        List<Said> warnings = [.. Warnings(userId, order, market, book, plan, walk)];
        return new OrderPreview(
            market.Id, plan.Outcome, order.Side, order.Type, order.Type.IsImmediate() ? walk.Shares : amounts.Shares, walk.Average is { } average ? decimal.Round(average, 6) : null, plan.Worst, plan.Best,
            amount, walk.Fee, order.Side == Side.Buy ? amount + walk.Fee : amount - walk.Fee, fills, [.. warnings.Select(w => w.Text)], warnings);
    }

    public Task<Result<OrderPlaced>> PlaceAsync(long userId, string idempotencyKey, PlaceOrder order, CancellationToken ct) =>
        placer.PlaceAsync(userId, idempotencyKey, Hash(order), async (key, token) =>
        {
            if (order.Side == Side.Buy && pauses.Reason(userId) is { } reason)
                return Reasons.Paused.Refuse("trading.paused", reason);
            if (!(await CheckAsync(userId, order, token)).Try(out var check, out var error))
                return error;
            if (!(await wallets.OfUserAsync(userId, token)).Try(out var wallet, out error))
                return error;
            var (market, _, plan) = check;
            var decision = new Decision(key, userId, wallet.Id, market.Id, plan.Token, order.Side, order.Type, plan.Amounts.Shares, plan.Amounts.Collateral, plan.Worst, "manual", null, null, 0, 0);
            return new Ticket(decision, market, wallet, plan.Amounts, plan.FeeReserve, PostOnly: order.PostOnly, ExpiresAt: order.ExpiresAt, TakeProfit: plan.TakeProfit, StopLoss: plan.StopLoss);
        }, ct);

    public Task<Result<OrderPlaced>> CloseAsync(long userId, string idempotencyKey, Guid positionId, decimal fraction, CancellationToken ct) =>
        placer.PlaceAsync(userId, idempotencyKey, OrderPlacer.Hash("close", positionId, fraction), async (key, token) =>
        {
            if (fraction is <= 0 or > 1)
                return new Error("order.amount", "fraction is more than 0 and at most 1.");
            if (await positions.GetAsync(userId, positionId, token) is not { } position)
                return new Error("position.unknown", "There is no such position.");
            if (position.Status is "closed" or "resolved")
                return new Error("position.closed", "The position is closed.");
            var shares = Shares.Floor(position.SellableSize.ToDecimal() * fraction);
            if (shares < OrderRow.Dust)
                return new Error("order.not_sellable", position.Size > position.SellableSize ? "Its shares are still settling or reserved by other orders." : "Nothing of it can be sold.");
            var order = new PlaceOrder(position.MarketId, position.Outcome, Side.Sell, OrderType.Fak, Shares: shares.ToDecimal());
            if (!(await CheckAsync(userId, order, token)).Try(out var check, out var error))
                return error;
            if (!(await wallets.FindAsync(position.WalletId, token)).Try(out var wallet, out error))
                return error;
            var (market, _, plan) = check;
            var decision = new Decision(key, userId, wallet.Id, market.Id, plan.Token, Side.Sell, OrderType.Fak, plan.Amounts.Shares, null, plan.Worst, "manual", positionId, null, 0, 0);
            return new Ticket(decision, market, wallet, plan.Amounts, Usdc.Zero);
        }, ct);

    public async Task<Result<OrderView>> CancelAsync(long userId, Guid orderId, CancellationToken ct)
    {
        if (await RowAsync(userId, orderId, ct) is not { } row)
            return new Error("order.unknown", "There is no such order.");
        if (row.IsTerminal)
            return Reasons.IsTerminal.Refuse("order.not_cancellable", Gap.Word("order", row.Status.Word()));
        var refused = await canceller.CancelAsync([row], ct);
        row = (await RowAsync(userId, orderId, ct))!;
        return refused.GetValueOrDefault(row.OrderHash) is { } error && row.Status is not OrderStatus.Cancelled ? error : View(row);
    }

    public async Task<OrderView?> GetAsync(long userId, Guid orderId, CancellationToken ct) => await RowAsync(userId, orderId, ct) is { } row ? View(row) : null;

    public async Task<Page<OrderView>> ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct)
    {
        limit = Math.Clamp(limit, 1, LongestPage);
        if (status is not null and not "open" && !OrderWords.TryStatus(status, out _))
            return new Page<OrderView>([], null);
        var rows = await users.ReadAsync(userId, (db, token) =>
        {
            var query = db.Set<OrderRow>().AsNoTracking().Where(o => o.UserId == userId);
            if (status == "open")
                query = query.Where(o => o.TerminalAt == null);
            else if (status is not null)
            {
                var wanted = OrderWords.Status(status);
                query = query.Where(o => o.Status == wanted);
            }
            if (Guid.TryParse(cursor, out var before))
                query = query.Where(o => o.Id.CompareTo(before) < 0);
            return query.OrderByDescending(o => o.Id).Take(limit + 1).ToListAsync(token);
        }, ct);
        return new Page<OrderView>([.. rows.Take(limit).Select(View)], rows.Count > limit ? rows[limit - 1].Id.ToString() : null);
    }

    public async Task<Result<SyncReport>> SyncAsync(long userId, CancellationToken ct)
    {
        if (!(await wallets.OfUserAsync(userId, ct)).Try(out var wallet, out var error))
            return error;
        try
        {
            var (orders, fills) = await reconciler.ReconcileAsync(wallet, ct);
            var adjusted = await balances.CompareAsync(wallet, null, ct) ? 1 : 0;
            for (string? cursor = null; ;)
            {
                var page = await positions.ListAsync(userId, "active", LongestPage, cursor, ct);
                foreach (var position in page.Items.Where(p => p.WalletId == wallet.Id))
                    adjusted += await balances.CompareAsync(wallet, position.TokenId, ct) ? 1 : 0;
                if ((cursor = page.NextCursor) is null)
                    return new SyncReport(orders, fills, adjusted, clock.GetUtcNow());
            }
        }
        catch (VenueException e)
        {
            return new Error("venue.unavailable", $"The venue cannot be read now ({e.Failure}). What was found so far is kept.");
        }
    }

    public Task PauseAsync(long? userId, bool paused, string reason, string by, CancellationToken ct) => pauses.SetAsync(userId, paused, reason, by, ct);

    public Task<string?> PausedAsync(long userId, CancellationToken ct) => Task.FromResult(pauses.Reason(userId));

    private async Task<Result<(Market Market, BookSnapshot? Book, OrderPlan Plan)>> CheckAsync(long userId, PlaceOrder order, CancellationToken ct)
    {
        Market? market;
        try
        {
            market = string.IsNullOrWhiteSpace(order.MarketId) ? null : await catalog.FindAsync(order.MarketId, ct);
        }
        catch (VenueException)
        {
            return new Error("venue.unavailable", "The venue cannot be asked about the market now.");
        }
        if (market is null)
            return new Error("market.unknown", "There is no such market.");
        if (OrderRules.Refusal(order, market, venueClock.UtcNow) is { } refusal)
            return refusal;
        BookSnapshot? book = null;
        try
        {
            book = await books.ReadAsync(market.Tokens[market.OutcomeIndex(order.Outcome)], ct);
            if (book is null)
                return new Error("market.closed", "The market has no order book now: it is being resolved, or not open yet.");
        }
        catch (VenueException) when (order.LimitPrice is not null && !order.KeepsToSettings)
        {
            // the limit is the worst price whatever the book says
        }
        catch (VenueException)
        {
            return new Error("venue.unavailable", order.LimitPrice is null ? "The order book cannot be read now; give a limitPrice or try again." : "The order book, by which a user's key is held to maxSlippage, cannot be read now: try again.");
        }
        var theirs = order.MaxSlippage is null || order.KeepsToSettings ? (await slippage.MaxSlippageAsync([userId], ct))[userId] : 0;
        if (order.KeepsToSettings && OrderRules.Raise(order, market, book!, theirs) is { } raise)
            return raise;
        var allowed = order.MaxSlippage ?? theirs;
        return OrderRules.Plan(order, market, book, allowed).Try(out var plan, out var error) ? (market, book, plan) : error;
    }

    private IEnumerable<Said> Warnings(long userId, PlaceOrder order, Market market, BookSnapshot? book, OrderPlan plan, BookWalk walk)
    {
        if (order.Side == Side.Buy && pauses.Reason(userId) is { } reason)
            yield return Reasons.WarnPaused.With(reason);
        if (book is null)
            yield return Reasons.WarnNoBook.With();
        if (order.Type == OrderType.Fok && !walk.Complete)
            yield return Reasons.WarnKilled.With();
        if (order.Type == OrderType.Fak && !walk.Complete)
            yield return Reasons.WarnPartly.With();
        if (order.PostOnly && plan.Best is { } best && (order.Side == Side.Buy ? plan.Worst >= best : plan.Worst <= best))
            yield return Reasons.WarnCrosses.With();
        if (OrderRules.Best(book, Side.Buy) is { } ask && OrderRules.Best(book, Side.Sell) is { } bid && (ask.TenThousandths - bid.TenThousandths) * 5 > ask.TenThousandths)
            yield return Reasons.WarnSpread.With();
        if (market.TakerDelay > TimeSpan.Zero && order.Type.IsImmediate())
            yield return Reasons.WarnDelay.With(Gap.Number((decimal)market.TakerDelay.TotalSeconds));
    }

    private Task<OrderRow?> RowAsync(long userId, Guid orderId, CancellationToken ct) =>
        users.ReadAsync(userId, (db, token) => db.Set<OrderRow>().AsNoTracking().FirstOrDefaultAsync(o => o.UserId == userId && o.Id == orderId, token), ct);

    private OrderView View(OrderRow row) => new(
        row.Id, row.OrderHash, row.MarketId, catalog.TryGet(row.MarketId)?.Question ?? "", row.Outcome, row.TokenId, row.Side, row.Type, row.Price, row.Shares, row.Filled, row.AveragePrice, row.Fee,
        row.Status.Word(), row.Reason, row.Origin, row.PositionId, new DateTimeOffset(row.DecidedAt, TimeSpan.Zero), new DateTimeOffset(row.UpdatedAt, TimeSpan.Zero), row.ReasonCode, row.Said);

    private static string Hash(PlaceOrder order) => OrderPlacer.Hash(
        "place", order.MarketId, order.Outcome, order.Side, order.Type, order.AmountUsd, order.Shares, order.LimitPrice, order.PostOnly, order.MaxSlippage, order.TakeProfit, order.StopLoss, order.ExpiresAt);
}
