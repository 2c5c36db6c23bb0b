using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>The one place where what the venue says becomes rows: order, ledger, position, exits, reservation and the owner's event change in one transaction, then memory follows.</summary>
internal sealed partial class OrderRecorder(
    WorkerScope workers, IPositionBook book, IExitArming exits, IUserEvents events, IPositionFeed positions, IMarketCatalog catalog,
    MarketResolution resolution, OrderFeed feed, OrderWatch watch, TimeProvider clock, ILogger<OrderRecorder> logger)
{
    /// <summary>Applies the evidence in order; hearing the same twice changes nothing.</summary>
    public async Task<Recorded> RecordAsync(IReadOnlyList<Evidence> evidence, CancellationToken ct)
    {
        if (evidence.Count == 0)
            return new Recorded([], 0);
        var hashes = evidence.Select(e => e.Hash).Distinct(StringComparer.Ordinal).ToList();
        var known = await workers.ReadAsync((db, token) => db.Set<OrderRow>().AsNoTracking().Where(o => hashes.Contains(o.OrderHash))
            .Select(o => new Head(o.Id, o.OrderHash, o.MarketId)).ToDictionaryAsync(h => h.Hash, StringComparer.Ordinal, token), ct);
        var markets = await MarketsAsync(evidence, known, ct);

        var changed = await workers.WriteAsync(async (db, token) =>
        {
            var ids = known.Values.Select(h => h.Id).ToList();
            await db.LockRowsAsync("orders", "id", ids, token);
            var rows = ids.Count == 0 ? [] : await db.Set<OrderRow>().Where(o => ids.Contains(o.Id)).ToDictionaryAsync(o => o.OrderHash, StringComparer.Ordinal, token);
            var change = new Change(rows, clock.GetUtcNow().UtcDateTime);
            await BookAsync(db, change, evidence, markets, token);
            foreach (var item in evidence)
                if (rows.TryGetValue(item.Hash, out var row))
                    Apply(change, row, item, markets);
            await ReleaseAsync(db, change, token);
            await TellAsync(db, change, markets, token);
            await db.SaveChangesAsync(token);
            return change;
        }, ct);

        exits.Follow(changed.Exits);
        if (changed.Booked.Count > 0)
            positions.Publish(changed.Booked);
        if (changed.HasEvents)
            events.Notify();
        foreach (var row in changed.Rows.Values)
            watch.Note(row.OrderHash, row.Status);
        foreach (var row in changed.Risen)
            watch.Stray(row.WalletId, row.OrderHash);
        Report(changed);
        IReadOnlyList<OrderOutcome> outcomes = [.. changed.Rows.Values.Select(r => Outcome(r, changed.Answers.GetValueOrDefault(r.OrderHash)))];
        var news = outcomes.Where(o => changed.Touched.Contains(o.OrderHash)).ToList();
        if (news.Count > 0)
            await feed.PublishAsync(news, ct);
        foreach (var market in changed.News.Select(n => markets[n.Fill.OrderHash]).Where(m => m.Payouts is not null).DistinctBy(m => m.Id))
            await resolution.ResolvedAsync(market, ct); // told after the market had been paid: it is paid too
        return new Recorded(outcomes, changed.News.Count);
    }

    /// <summary>The markets of the orders and fills, by hash: fees and names come from them. A foreign fill of a market nobody knows is left for the next reconciliation.</summary>
    private async Task<Dictionary<string, Market>> MarketsAsync(IReadOnlyList<Evidence> evidence, Dictionary<string, Head> known, CancellationToken ct)
    {
        var found = new Dictionary<string, Market>(StringComparer.Ordinal);
        foreach (var item in evidence)
        {
            var name = known.GetValueOrDefault(item.Hash)?.MarketId ?? (item as Traded)?.Fill.ConditionId;
            if (name is null || found.ContainsKey(item.Hash))
                continue;
            var market = catalog.TryGet(name);
            if (market is null && item is Traded)
                market = await FetchAsync(name, ct);
            if (market is not null)
                found[item.Hash] = market;
        }
        return found;
    }

    private async Task<Market?> FetchAsync(string name, CancellationToken ct)
    {
        try
        {
            return await catalog.FindAsync(name, ct);
        }
        catch (VenueException e)
        {
            Log.NoMarket(logger, name, e);
            return null;
        }
    }

    private async Task BookAsync(PolyContext db, Change change, IReadOnlyList<Evidence> evidence, Dictionary<string, Market> markets, CancellationToken ct)
    {
        var fills = new List<Fill>();
        foreach (var (fill, walletId, userId) in evidence.OfType<Traded>())
        {
            var row = change.Rows.GetValueOrDefault(fill.OrderHash);
            if (!markets.TryGetValue(fill.OrderHash, out var market) || market.TokenIndex(fill.Token) is var index && index < 0)
            {
                Log.NotBooked(logger, fill.TradeId, fill.OrderHash, fill.ConditionId);
                continue;
            }
            var fee = fill.IsTaker ? OrderFees.Of(market.Fee, fill.Shares, fill.Collateral) : Usdc.Zero;
            fills.Add(new Fill(row?.UserId ?? userId, row?.WalletId ?? walletId, market.Id, market.ConditionId, fill.Token, market.Outcomes[index], fill.Side, fill.Shares, fill.Collateral, fee,
                fill.OrderHash, fill.TradeId, row?.Id, row?.Origin ?? "import", fill.Status, fill.MatchedAt, fill.TransactionHash));
        }
        if (fills.Count == 0)
            return;
        var booked = await book.BookAsync(db, fills, ct);
        for (var i = 0; i < fills.Count; i++)
            await FoldAsync(db, change, fills[i], booked[i], ct);
    }

    private async Task FoldAsync(PolyContext db, Change change, Fill fill, Booked booked, CancellationToken ct)
    {
        if (!booked.IsNew)
            return;
        change.Booked.Add(booked);
        if (booked is { Closed: true, Act: not BookedAct.Settled, Position: { } flat })
            await exits.CancelAsync(db, flat.Id, "position.closed", ct);
        var row = change.Rows.GetValueOrDefault(fill.OrderHash);
        if (booked.Act == BookedAct.Traded)
        {
            change.News.Add((row, fill, booked.RealisedPnl, Late: row is { IsTerminal: true, Filled.Micros: 0 }));
            if (row is null)
                return;
            var first = row.PositionId is null;
            row.Fill(fill.Shares, fill.Collateral, fill.Fee, change.Now);
            row.PositionId ??= booked.Position?.Id;
            change.Touched.Add(row.OrderHash);
            if (first && row.Side == Side.Buy && (row.TakeProfit is not null || row.StopLoss is not null) && booked.Position is { } position)
            {
                await exits.AttachAsync(db, position, row.TakeProfit, row.StopLoss, ct);
                change.Exits.Add(position.Id);
            }
        }
        else if (booked.Act == BookedAct.Failed)
        {
            change.Reversed.Add((row, fill));
            if (row is not null)
            {
                row.Unfill(fill.Shares, fill.Collateral, fill.Fee, change.Now);
                change.Touched.Add(row.OrderHash);
            }
            if (fill.Side == Side.Sell && booked is { Closed: false, Position: { } back })
            {
                await exits.RearmAsync(db, back, ct);
                change.Exits.Add(back.Id);
            }
        }
    }

    private void Apply(Change change, OrderRow row, Evidence item, Dictionary<string, Market> markets)
    {
        var (status, matched, submitted) = (row.Status, row.VenueMatched, row.SubmittedAt);
        if (item is not (Answered or Resending))
            row.SubmittedAt ??= watch.SentAt(row.OrderHash); // the user channel may tell of it before the answer does
        switch (item)
        {
            case Answered answered:
                change.Answers[row.OrderHash] = answered.Answer;
                row.Answer(answered.Answer, answered.SentAt.UtcDateTime, change.Now);
                break;
            case Silent:
                row.Doubt();
                break;
            case Resending:
                row.Resend(change.Now);
                break;
            case Reported reported:
                if (row.IsTerminal && reported.Order.Status is VenueOrderStatus.Live or VenueOrderStatus.Delayed)
                    change.Risen.Add(row);
                row.Report(reported.Order, change.Now);
                break;
            case LookedUp lookup:
                row.Judge(lookup.Found, markets.GetValueOrDefault(row.OrderHash)?.TakerDelay ?? TimeSpan.Zero, change.Now);
                break;
            case CancelTaken:
                row.CancelTaken(change.Now);
                break;
            case Ended ended:
                row.Cancel(ended.Reason, change.Now);
                break;
        }
        if (row.Status != status || row.VenueMatched != matched || row.SubmittedAt != submitted) // the user channel may have told the rest before the answer came
            change.Touched.Add(row.OrderHash);
    }

    private async Task ReleaseAsync(PolyContext db, Change change, CancellationToken ct)
    {
        var releases = new List<Release>();
        foreach (var row in change.Rows.Values)
        {
            var keep = row.ToReserve();
            if (keep != change.Reserved[row.OrderHash])
                releases.Add(new Release(row.Id, keep));
            if (db.Entry(row).State == EntityState.Modified || change.Touched.Contains(row.OrderHash))
                row.UpdatedAt = change.Now;
        }
        if (releases.Count > 0)
            await book.ReleaseAsync(db, releases, ct);
    }

    private async Task TellAsync(PolyContext db, Change change, Dictionary<string, Market> markets, CancellationToken ct)
    {
        var ids = change.News.Select(n => n.Row?.ExitId).OfType<Guid>().Distinct().ToList();
        var sellers = ids.Count == 0 ? [] : await db.Set<ExitRow>().AsNoTracking().Where(e => ids.Contains(e.Id)).ToDictionaryAsync(e => e.Id, ct);
        foreach (var group in change.News.GroupBy(n => n.Fill.OrderHash, StringComparer.Ordinal))
        {
            var (row, fill, _, late) = group.First();
            var exit = row?.ExitId is { } seller ? sellers.GetValueOrDefault(seller) : null;
            var market = markets[group.Key];
            var (shares, collateral, fee) = (group.Sum(n => n.Fill.Shares.Micros), group.Sum(n => n.Fill.Collateral.Micros), group.Sum(n => n.Fill.Fee.Micros));
            events.Append(db, fill.UserId, late ? "late_fill" : "fill", new
            {
                orderId = row?.Id,
                positionId = row?.PositionId,
                marketId = market.Id,
                question = market.Question,
                outcome = fill.Outcome,
                side = fill.Side,
                shares = new Shares(shares),
                amount = new Usdc(collateral),
                price = decimal.Round(collateral / (decimal)shares, 6),
                fee = new Usdc(fee),
                origin = fill.Origin,
                status = row?.Status.Word(),
                realisedPnl = fill.Side == Side.Sell ? new Usdc(group.Sum(n => n.Realised.Micros)) : (Usdc?)null,
                exitId = exit?.Id,
                exit = exit is null ? null : ExitWords.Of(exit.Kind),
                triggerPrice = exit?.TriggerPrice,
            });
        }
        foreach (var (row, fill) in change.Reversed)
            events.Append(db, fill.UserId, "settlement_failed", new { orderId = row?.Id, positionId = row?.PositionId, marketId = fill.MarketId, question = markets.GetValueOrDefault(fill.OrderHash)?.Question, outcome = fill.Outcome, side = fill.Side, shares = fill.Shares, amount = fill.Collateral });
        foreach (var row in change.Rows.Values.Where(r => change.Touched.Contains(r.OrderHash) && r.IsTerminal && !change.WasTerminal.Contains(r.OrderHash) && r.Filled == Shares.Zero && r.Origin == "manual")) // a copy tells what became of it itself, once for all its attempts
            events.Append(db, row.UserId, row.Status == OrderStatus.Cancelled ? "order_cancelled" : "order_rejected", new
            {
                orderId = row.Id,
                marketId = row.MarketId,
                question = markets.GetValueOrDefault(row.OrderHash)?.Question,
                outcome = row.Outcome,
                side = row.Side,
                code = row.ReasonCode,
                reason = row.Reason,
                said = row.Said,
                notNow = change.Answers.GetValueOrDefault(row.OrderHash)?.Status == PostStatus.Held,
            });
        change.HasEvents = db.ChangeTracker.Entries().Any(e => e.State == EntityState.Added);
    }

    private void Report(Change change)
    {
        foreach (var (row, fill, _, late) in change.News)
        {
            Log.Filled(logger, fill.Side, fill.Shares, fill.MarketId, fill.Collateral, fill.UserId, fill.OrderHash);
            if (late)
                Log.Late(logger, fill.OrderHash, row!.Status.Word(), fill.UserId);
        }
        foreach (var (_, fill) in change.Reversed)
            Log.Reversed(logger, fill.TradeId, fill.OrderHash, fill.UserId);
        foreach (var row in change.Risen)
            Log.Risen(logger, row.OrderHash, row.Status.Word(), row.UserId);
    }

    internal static OrderOutcome Outcome(OrderRow row, PostAnswer? answer) => new(
        row.Id, row.OrderHash, row.Status.Word(), row.IsTerminal, answer?.Status == PostStatus.Held && row.Status == OrderStatus.Rejected, answer?.RetryAfter,
        row.Filled, row.Collateral, row.ReasonCode is null ? null : new Error(row.ReasonCode, row.Reason ?? "") { Said = row.Said }, row.ToDecision(), row.SubmittedAt, row.AckedAt);

    /// <param name="Outcomes">Where each of our orders that was mentioned stands now.</param>
    /// <param name="NewFills">How many fills were not booked before.</param>
    internal sealed record Recorded(IReadOnlyList<OrderOutcome> Outcomes, int NewFills);

    private sealed record Head(Guid Id, string Hash, string MarketId);

    /// <summary>What one run of the transaction did; made anew when the database asks for another run.</summary>
    private sealed class Change(Dictionary<string, OrderRow> rows, DateTime now)
    {
        public Dictionary<string, OrderRow> Rows { get; } = rows;
        public DateTime Now { get; } = now;
        public Dictionary<string, long> Reserved { get; } = rows.ToDictionary(r => r.Key, r => r.Value.ToReserve(), StringComparer.Ordinal);
        public HashSet<string> WasTerminal { get; } = [.. rows.Where(r => r.Value.IsTerminal).Select(r => r.Key)];
        public HashSet<string> Touched { get; } = new(StringComparer.Ordinal);
        public Dictionary<string, PostAnswer> Answers { get; } = new(StringComparer.Ordinal);
        public List<Booked> Booked { get; } = [];
        public HashSet<Guid> Exits { get; } = []; // positions whose exits were attached or armed
        public List<(OrderRow? Row, Fill Fill, Usdc Realised, bool Late)> News { get; } = [];
        public List<(OrderRow? Row, Fill Fill)> Reversed { get; } = [];
        public List<OrderRow> Risen { get; } = [];
        public bool HasEvents { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 1, LogLevel.Information, "Filled {Side} {Shares} of market {Market} for {Collateral} pUSD, user {User}, order {Hash}")]
        public static partial void Filled(ILogger logger, Side side, Shares shares, string market, Usdc collateral, long user, string hash);

        [LoggerMessage(EventIds.Trading + 2, LogLevel.Error, "Order {Hash} of user {User} was {Status} and has filled after all; the fill is booked")]
        public static partial void Late(ILogger logger, string hash, string status, long user);

        [LoggerMessage(EventIds.Trading + 3, LogLevel.Error, "Trade {Trade} of order {Hash}, user {User}, failed on chain; position and cash are reversed")]
        public static partial void Reversed(ILogger logger, string trade, string hash, long user);

        [LoggerMessage(EventIds.Trading + 4, LogLevel.Warning, "Trade {Trade} of order {Hash} waits: market {Condition} is not known yet")]
        public static partial void NotBooked(ILogger logger, string trade, string hash, string condition);

        [LoggerMessage(EventIds.Trading + 5, LogLevel.Warning, "Market {Market} cannot be read now")]
        public static partial void NoMarket(ILogger logger, string market, Exception e);

        [LoggerMessage(EventIds.Trading + 6, LogLevel.Error, "Order {Hash} of user {User} was {Status} and rests at the venue; it is cancelled there")]
        public static partial void Risen(ILogger logger, string hash, string status, long user);
    }
}
