using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Ends a resolved market in one transaction: orders and exits are cancelled, reservations freed, positions paid at 1, 0 or 0.5, every owner told once; then nobody follows it any more.</summary>
internal sealed partial class MarketResolution(
    WorkerScope workers, IPositionBook book, IExitArming exits, IUserEvents events, IPositionFeed feed, IMarketCatalog catalog, IQuoteInterest interest,
    OrderFeed orders, OrderWatch watch, TimeProvider clock, ILogger<MarketResolution> logger) : IMarketListener, IFeedListener
{
    private static readonly Error Resolved = new("market.resolved", "The market has resolved.");

    /// <summary>From the catalogue; may be told again, which changes nothing unless something was booked since.</summary>
    public async ValueTask ResolvedAsync(Market market, CancellationToken ct)
    {
        if (market.Payouts is { } payouts && payouts.Count == market.Tokens.Count)
            await ResolveAsync(market, payouts, ct);
    }

    /// <summary>From the feed, often minutes before the catalogue is told.</summary>
    public async ValueTask ResolvedAsync(string conditionId, TokenId winner, CancellationToken ct)
    {
        Market? market;
        try
        {
            market = catalog.TryGet(conditionId) ?? await catalog.FindAsync(conditionId, ct);
            if (market is { Payouts: null })
                market = await catalog.RefreshAsync(market.Id, ct) ?? market;
        }
        catch (VenueException e)
        {
            Log.NotRead(logger, conditionId, e);
            market = catalog.TryGet(conditionId);
        }
        if (market is null)
            return;
        var index = market.TokenIndex(winner);
        var payouts = market.Payouts ?? (index < 0 ? null : [.. market.Tokens.Select((_, i) => i == index ? 1m : 0m)]);
        if (payouts is not null && payouts.Count == market.Tokens.Count)
            await ResolveAsync(market, payouts, ct);
    }

    public ValueTask ChangedAsync(Market before, Market after, CancellationToken ct) => ValueTask.CompletedTask;

    public ValueTask TickSizeChangedAsync(TokenId token, Price tick, CancellationToken ct) => ValueTask.CompletedTask;

    public ValueTask ProtectionChangedAsync(IReadOnlyCollection<TokenId> tokens, bool live, string reason, CancellationToken ct) => ValueTask.CompletedTask;

    public ValueTask BookChangedAsync(TokenId token, bool exists, CancellationToken ct) => ValueTask.CompletedTask;

    private async Task ResolveAsync(Market market, IReadOnlyList<decimal> payouts, CancellationToken ct)
    {
        var (cancelled, paid) = await workers.WriteAsync(async (db, token) =>
        {
            // the order of a recorder: first order rows, then the wallets' cash
            var ids = await db.Set<OrderRow>().AsNoTracking().Where(o => o.MarketId == market.Id && o.TerminalAt == null).Select(o => o.Id).ToListAsync(token);
            await db.LockRowsAsync("orders", "id", ids, token);
            var open = (await db.Set<OrderRow>().Where(o => ids.Contains(o.Id)).ToListAsync(token)).Where(o => !o.IsTerminal).ToList();
            var now = clock.GetUtcNow().UtcDateTime;
            foreach (var order in open)
            {
                order.Cancel(Resolved, now);
                order.UpdatedAt = now;
            }
            var booked = await book.ResolveAsync(db, market.Id, market.Tokens, payouts, token);
            foreach (var change in booked)
                if (change.Position is { } position)
                    await exits.CancelAsync(db, position.Id, "market.resolved", token);
            if (open.Count > 0)
                await book.ReleaseAsync(db, [.. open.Select(o => new Release(o.Id, 0))], token);
            Tell(db, market, payouts, open, booked);
            await db.SaveChangesAsync(token);
            return (open, booked);
        }, ct);

        if (paid.Count > 0)
            feed.Publish(paid);
        foreach (var order in cancelled)
            watch.Note(order.OrderHash, order.Status);
        if (cancelled.Count + paid.Count > 0)
        {
            events.Notify();
            Log.Done(logger, market.Id, paid.Count, cancelled.Count);
        }
        interest.Remove(market.Id);
        await orders.PublishAsync([.. cancelled.Select(o => OrderRecorder.Outcome(o, null))], ct);
    }

    private void Tell(PolyContext db, Market market, IReadOnlyList<decimal> payouts, List<OrderRow> cancelled, IReadOnlyList<Booked> paid)
    {
        var positions = paid.Where(b => b.Position is not null).ToLookup(b => b.Position!.UserId);
        var orders = cancelled.ToLookup(o => o.UserId);
        foreach (var user in positions.Select(p => p.Key).Union(orders.Select(o => o.Key)))
            events.Append(db, user, "resolved", new
            {
                marketId = market.Id,
                question = market.Question,
                payouts = market.Outcomes.Zip(payouts, (outcome, payout) => new { outcome, payout }).ToList(),
                positions = positions[user].Select(b => new
                {
                    positionId = b.Position!.Id,
                    outcome = b.Position.Outcome,
                    shares = new Shares(-b.SharesDelta),
                    payout = payouts[Math.Max(0, market.TokenIndex(b.Position.Token))],
                    realisedPnl = b.RealisedPnl,
                }).ToList(),
                cancelledOrders = orders[user].Select(o => o.Id).ToList(),
            });
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 60, LogLevel.Information, "Market {Market} resolved: {Positions} positions paid, {Orders} orders cancelled")]
        public static partial void Done(ILogger logger, string market, int positions, int orders);

        [LoggerMessage(EventIds.Trading + 61, LogLevel.Warning, "Market {Market} resolved, says the feed; the catalogue cannot be asked now")]
        public static partial void NotRead(ILogger logger, string market, Exception e);
    }
}
