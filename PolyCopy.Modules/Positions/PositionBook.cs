using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Positions;

internal sealed partial class PositionBook(IQuoteBoard board, TimeProvider clock, ILogger<PositionBook> logger) : IPositionBook
{
    public async Task<IReadOnlyList<Booked>> BookAsync(PolyContext db, IReadOnlyList<Fill> fills, CancellationToken ct)
    {
        var booking = new Booking(db, board, clock);
        await booking.LockAsync(fills.Select(f => (f.WalletId, f.UserId)), ct);
        await booking.LoadFillsAsync(fills.Select(f => f.OrderHash).Distinct().ToArray(), ct);
        await booking.LoadAsync(fills.Select(f => f.WalletId).Distinct().ToArray(), fills.Select(f => f.Token).Distinct().ToArray(), ct);
        await booking.LoadAsync(fills.Select(f => booking.Fill(f.OrderHash, f.TradeId)?.Trade.PositionId).OfType<Guid>().Distinct().ToArray(), ct);
        var booked = new List<Booked>(fills.Count);
        foreach (var fill in fills)
            booked.Add(booking.Fill(fill.OrderHash, fill.TradeId) is { } known
                ? await SettleAsync(booking, known, fill.Status, fill.TransactionHash, ct)
                : await BookAsync(booking, fill, ct));
        await booking.FlushAsync(ct);
        return booked;
    }

    public async Task<Booked> SettleAsync(PolyContext db, string orderHash, string tradeId, SettlementStatus status, string? transactionHash, CancellationToken ct)
    {
        var trade = await db.Set<LedgerRow>().AsNoTracking().Where(r => r.OrderHash == orderHash && r.TradeId == tradeId && r.Kind == LedgerKinds.Trade).SingleOrDefaultAsync(ct);
        if (trade?.TokenId is not { } token)
            return Unchanged(null);
        var booking = new Booking(db, board, clock);
        await booking.LockAsync([(trade.WalletId, trade.UserId)], ct);
        await booking.LoadFillsAsync([orderHash], ct);
        await booking.LoadAsync([trade.WalletId], [token], ct);
        await booking.LoadAsync(trade.PositionId is { } id ? [id] : [], ct);
        var booked = await SettleAsync(booking, booking.Fill(orderHash, tradeId)!, status, transactionHash, ct);
        await booking.FlushAsync(ct);
        return booked;
    }

    public async Task<IReadOnlyList<Booked>> ResolveAsync(PolyContext db, string marketId, IReadOnlyList<TokenId> tokens, IReadOnlyList<decimal> payouts, CancellationToken ct)
    {
        var holders = await HoldersAsync(db, marketId, ct);
        if (holders.Count == 0)
            return [];
        var booking = new Booking(db, board, clock);
        await booking.LockAsync(holders.Select(h => (h.WalletId, h.UserId)), ct);
        booking.Keep(await db.Set<PositionRow>().AsNoTracking().Where(p => p.MarketId == marketId && p.ClosedAt == null).ToListAsync(ct));
        var booked = new List<Booked>();
        foreach (var episode in booking.Episodes.ToList())
        {
            var index = tokens.ToList().IndexOf(episode.Row.TokenId);
            if (index < 0)
            {
                Log.NoPayout(logger, marketId, episode.Row.Id);
                continue;
            }
            var before = new Snapshot(episode);
            var usdc = (long)decimal.Floor(episode.State.Size * payouts[index]);
            booking.Append(episode, episode.Redemption(Ids.New(clock), episode.State.Size, usdc, $"resolved at {payouts[index]:0.####}", Now));
            booked.Add(before.To(episode));
        }
        await booking.FlushAsync(ct);
        return booked;
    }

    public async Task<Booked> AdjustAsync(PolyContext db, Adjustment adjustment, CancellationToken ct)
    {
        var booking = new Booking(db, board, clock);
        await booking.LockAsync([(adjustment.WalletId, adjustment.UserId)], ct);
        if (await IsAdjustedAsync(db, adjustment.Key, ct))
            return Unchanged(null);
        var booked = adjustment.Token is { } token ? await AdjustSharesAsync(booking, adjustment, token, ct) : AdjustCash(booking, adjustment);
        await booking.FlushAsync(ct);
        return booked;
    }

    public Task<bool> IsAdjustedAsync(PolyContext db, string key, CancellationToken ct) => db.Set<LedgerRow>().AnyAsync(r => r.OrderHash == "" && r.TradeId == key, ct);

    public Task<IReadOnlyList<Result<Reservation>>> ReserveAsync(PolyContext db, IReadOnlyList<Reserve> requests, CancellationToken ct) => Reservations.ReserveAsync(db, requests, Now, ct);

    public Task ReleaseAsync(PolyContext db, IReadOnlyCollection<Release> orders, CancellationToken ct) => Reservations.ReleaseAsync(db, orders, ct);

    public Task<IReadOnlyList<Funds>> FundsAsync(PolyContext db, IReadOnlyList<FundsOf> of, CancellationToken ct) => Reservations.FundsAsync(db, of, ct);

    public async Task<IReadOnlyList<UnsettledFill>> UnsettledAsync(PolyContext db, Guid? walletId, CancellationToken ct)
    {
        var rows = await (
            from position in db.Set<PositionRow>().AsNoTracking()
            where position.PendingFills > 0 && (walletId == null || position.WalletId == walletId)
            join row in db.Set<LedgerRow>().AsNoTracking() on position.Id equals row.PositionId
            where row.OrderHash != ""
            orderby row.Sequence
            select row).ToListAsync(ct);
        return
        [
            .. from row in rows
               group row by (row.OrderHash, row.TradeId) into fill
               let history = new FillHistory(fill)
               where history.Status is SettlementStatus.Matched or SettlementStatus.Mined
               let trade = history.Trade
               select new UnsettledFill(trade.UserId, trade.WalletId, trade.TokenId!.Value, trade.OrderHash, trade.TradeId, history.Status, new DateTimeOffset(trade.At, TimeSpan.Zero)),
        ];
    }

    public async Task<IReadOnlyList<Holder>> HoldersAsync(PolyContext db, string marketId, CancellationToken ct) =>
        await db.Set<PositionRow>().Where(p => p.MarketId == marketId && p.ClosedAt == null).Select(p => new Holder(p.UserId, p.WalletId, p.TokenId)).ToListAsync(ct);

    public async Task<IReadOnlyList<HoldingWallet>> HoldingWalletsAsync(PolyContext db, CancellationToken ct) =>
        [.. (await db.Set<PositionRow>().Where(p => p.ClosedAt == null).GroupBy(p => new { p.WalletId, p.UserId }).Select(g => new { g.Key.WalletId, g.Key.UserId, Newest = g.Max(p => p.OpenedAt) })
            .OrderByDescending(w => w.Newest).ToListAsync(ct)).Select(w => new HoldingWallet(w.WalletId, w.UserId))];

    public async Task<IReadOnlyList<OpenPosition?>> OpenAsync(PolyContext db, IReadOnlyList<(Guid WalletId, TokenId Token)> of, CancellationToken ct)
    {
        Guid[] wallets = [.. of.Select(o => o.WalletId).Distinct()];
        TokenId[] tokens = [.. of.Select(o => o.Token).Distinct()];
        var rows = await db.Set<PositionRow>().AsNoTracking().Where(p => p.ClosedAt == null && wallets.Contains(p.WalletId) && tokens.Contains(p.TokenId)).ToListAsync(ct);
        var open = rows.ToDictionary(r => (r.WalletId, r.TokenId));
        return [.. of.Select(o => open.GetValueOrDefault(o)?.ToOpen())];
    }

    public async Task<IReadOnlyList<OpenPosition?>> FindAsync(PolyContext db, IReadOnlyList<Guid> positionIds, CancellationToken ct)
    {
        var rows = await db.Set<PositionRow>().AsNoTracking().Where(p => positionIds.Contains(p.Id)).ToDictionaryAsync(p => p.Id, ct);
        return [.. positionIds.Select(id => rows.GetValueOrDefault(id)?.ToOpen())];
    }

    public async Task<IReadOnlyList<ShareMove>> MovesAsync(PolyContext db, IReadOnlyCollection<(Guid WalletId, TokenId Token)> of, CancellationToken ct)
    {
        Guid[] wallets = [.. of.Select(o => o.WalletId).Distinct()];
        TokenId[] tokens = [.. of.Select(o => o.Token).Distinct()];
        var wanted = of.ToHashSet();
        var rows = await (
            from position in db.Set<PositionRow>().AsNoTracking()
            where position.ClosedAt == null && wallets.Contains(position.WalletId) && tokens.Contains(position.TokenId)
            join row in db.Set<LedgerRow>().AsNoTracking() on position.Id equals row.PositionId
            where row.Shares != 0 || row.Kind == LedgerKinds.Fail
            orderby row.Sequence
            select new { position.UserId, position.WalletId, position.TokenId, position.MarketId, position.Outcome, row }).ToListAsync(ct);
        var failed = rows.Where(r => r.row.Kind == LedgerKinds.Fail).Select(r => (r.row.OrderHash, r.row.TradeId)).ToHashSet();
        return
        [
            .. from r in rows
               where r.row.Shares != 0 && wanted.Contains((r.WalletId, r.TokenId)) && (r.row.OrderHash.Length == 0 || !failed.Contains((r.row.OrderHash, r.row.TradeId)))
               select new ShareMove(r.UserId, r.WalletId, r.TokenId, r.MarketId, r.Outcome, r.row.OrderId, r.row.Shares, r.row.Usdc != 0 ? r.row.Usdc : -Math.Sign(r.row.Shares) * (r.row.Basis ?? 0), new DateTimeOffset(r.row.At, TimeSpan.Zero)),
        ];
    }

    public async Task<IReadOnlyList<Exposure>> ExposuresAsync(PolyContext db, IReadOnlyCollection<long>? userIds, CancellationToken ct)
    {
        var rows = await db.Set<PositionRow>().AsNoTracking().Where(p => p.ClosedAt == null && (userIds == null || userIds.Contains(p.UserId)))
            .Select(p => new { p.UserId, p.MarketId, p.Cost, p.Size, p.CurrentPrice }).ToListAsync(ct);
        return [.. rows.GroupBy(r => (r.UserId, r.MarketId)).Select(g => new Exposure(g.Key.UserId, g.Key.MarketId, new Usdc(g.Sum(r => r.Cost)), Usdc.Floor(g.Sum(r => r.Size * r.CurrentPrice))))];
    }

    public async Task<IReadOnlyList<Realised>> RealisedAsync(PolyContext db, DateTimeOffset since, IReadOnlyCollection<long>? userIds, CancellationToken ct)
    {
        var from = since.UtcDateTime;
        var sums = await db.Set<LedgerRow>().Where(r => r.At >= from && r.Realised != 0 && r.MarketId != null && (userIds == null || userIds.Contains(r.UserId)))
            .GroupBy(r => new { r.UserId, r.MarketId, r.OrderId }).Select(g => new { g.Key.UserId, g.Key.MarketId, g.Key.OrderId, Sum = g.Sum(r => r.Realised) }).ToListAsync(ct);
        return [.. sums.Select(s => new Realised(s.UserId, s.MarketId!, s.OrderId, s.Sum))];
    }

    public async Task<IReadOnlyDictionary<Guid, Usdc>> RealisedAsync(PolyContext db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct) =>
        await db.Set<LedgerRow>().Where(r => r.OrderId != null && orderIds.Contains(r.OrderId.Value) && r.Realised != 0)
            .GroupBy(r => r.OrderId!.Value).Select(g => new { g.Key, Sum = g.Sum(r => r.Realised) }).ToDictionaryAsync(g => g.Key, g => new Usdc(g.Sum), ct);

    public async Task<IReadOnlyDictionary<Guid, DateTimeOffset>> ConfirmedAsync(PolyContext db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct)
    {
        var hashes = await db.Set<LedgerRow>().AsNoTracking().Where(r => r.OrderId != null && orderIds.Contains(r.OrderId.Value) && r.Kind == LedgerKinds.Trade)
            .Select(r => new { OrderId = r.OrderId!.Value, r.OrderHash }).Distinct().ToListAsync(ct);
        var names = hashes.Select(h => h.OrderHash).ToList();
        var fills = (await db.Set<LedgerRow>().AsNoTracking().Where(r => names.Contains(r.OrderHash)).ToListAsync(ct)).ToLookup(f => f.OrderHash, StringComparer.Ordinal);
        var confirmed = new Dictionary<Guid, DateTimeOffset>();
        foreach (var order in hashes)
        {
            var histories = fills[order.OrderHash].Where(f => f.TradeId.Length > 0).GroupBy(f => f.TradeId).Select(g => new { new FillHistory(g).Status, Last = g.Max(r => r.At) }).ToList();
            if (histories.Count > 0 && histories.TrueForAll(h => h.Status is SettlementStatus.Confirmed))
                confirmed[order.OrderId] = new DateTimeOffset(histories.Max(h => h.Last), TimeSpan.Zero);
        }
        return confirmed;
    }

    public Task ProjectExitsAsync(PolyContext db, Guid positionId, Price? takeProfit, Price? stopLoss, CancellationToken ct)
    {
        var (take, stop, now) = (takeProfit?.ToDecimal(), stopLoss?.ToDecimal(), Now);
        return db.Set<PositionRow>().Where(p => p.Id == positionId)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.TakeProfit, take).SetProperty(p => p.StopLoss, stop).SetProperty(p => p.UpdatedAt, now), ct);
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private async Task<Booked> BookAsync(Booking booking, Fill fill, CancellationToken ct)
    {
        if (fill.Status == SettlementStatus.Failed) // kept, so that a late "matched" of it is known for what it is
        {
            booking.Append(Trade(fill));
            foreach (var row in booking.Fill(fill.OrderHash, fill.TradeId)!.Reversal(() => Ids.New(clock), fill.TransactionHash, Now))
                booking.Append(row);
            return Unchanged(null);
        }
        var episode = booking.Open(fill.WalletId, fill.Token);
        if (episode is null && fill.Side == Side.Sell && booking.Dusty(fill.WalletId, fill.Token) is { } dusty && dusty.State.Size >= fill.Shares.Micros)
            episode = dusty; // the last crumbs of the sell that closed it
        var before = episode is null ? default : new Snapshot(episode);
        episode ??= booking.New(fill.UserId, fill.WalletId, fill.MarketId, fill.ConditionId, fill.Token, fill.Outcome, fill.Origin, fill.At.UtcDateTime);
        var trade = Trade(fill);
        if (fill.Side == Side.Sell && episode.State.Size < fill.Shares.Micros)
        {
            Log.Oversold(logger, fill.OrderHash, fill.TradeId, fill.Shares.Micros - episode.State.Size);
            booking.Append(episode, episode.Shortfall(Ids.New(clock), trade, fill.Shares.Micros - episode.State.Size, "short", "sold more than the ledger knew of", Now));
        }
        booking.Append(episode, trade);
        if (fill.Status is SettlementStatus.Mined or SettlementStatus.Confirmed)
            await SettleAsync(booking, booking.Fill(fill.OrderHash, fill.TradeId)!, fill.Status, fill.TransactionHash, ct);
        return before.To(episode) with { Act = BookedAct.Traded };
    }

    private async Task<Booked> SettleAsync(Booking booking, FillHistory fill, SettlementStatus status, string? transactionHash, CancellationToken ct)
    {
        var episode = booking.Find(fill.Trade.PositionId);
        if (episode is null || !Advances(fill.Status, status))
        {
            if (fill.Status is SettlementStatus.Failed or SettlementStatus.Confirmed && status is SettlementStatus.Failed or SettlementStatus.Confirmed && status != fill.Status)
                Log.Contradiction(logger, fill.Trade.OrderHash, fill.Trade.TradeId, fill.Status, status);
            return Unchanged(episode);
        }
        var before = new Snapshot(episode);
        if (status != SettlementStatus.Failed)
        {
            booking.Append(episode, fill.Settled(Ids.New(clock), status, transactionHash, Now));
            return before.To(episode) with { Act = BookedAct.Settled };
        }
        Log.SettlementFailed(logger, fill.Trade.OrderHash, fill.Trade.TradeId, episode.Row.Id);
        var open = booking.Open(episode.Row.WalletId, episode.Row.TokenId);
        var beforeOpen = open is null ? default : new Snapshot(open);
        await booking.FailAsync(episode, fill.Reversal(() => Ids.New(clock), transactionHash, Now), ct);
        var booked = open is not null && open != episode && new Snapshot(open) != beforeOpen ? beforeOpen.To(open) : before.To(episode); // a newer episode took the shares over
        return booked with { Act = BookedAct.Failed };
    }

    private static bool Advances(SettlementStatus known, SettlementStatus next) => (known, next) switch
    {
        (SettlementStatus.Matched, SettlementStatus.Mined or SettlementStatus.Confirmed or SettlementStatus.Failed) => true,
        (SettlementStatus.Mined, SettlementStatus.Confirmed or SettlementStatus.Failed) => true,
        _ => false,
    };

    private async Task<Booked> AdjustSharesAsync(Booking booking, Adjustment adjustment, TokenId token, CancellationToken ct)
    {
        if (adjustment is not { MarketId: { } market, ConditionId: { } condition, Outcome: { } outcome })
            throw new ArgumentException("An adjustment of shares names market, condition and outcome.", nameof(adjustment));
        await booking.LoadAsync([adjustment.WalletId], [token], ct);
        var episode = booking.Open(adjustment.WalletId, token) ?? (adjustment.Delta < 0 ? booking.Dusty(adjustment.WalletId, token) : null);
        var shares = Math.Max(adjustment.Delta, -(episode?.State.Size ?? 0));
        if (shares == 0 || (episode is null && shares < Booking.Dust))
            return Unchanged(episode);
        var before = episode is null ? default : new Snapshot(episode);
        episode ??= booking.New(
            adjustment.UserId, adjustment.WalletId, market, condition, token, outcome, adjustment.Kind == LedgerKinds.Transfer ? "import" : "sync", adjustment.At.UtcDateTime);
        var worth = adjustment.PricePerShare is { } price ? (long)decimal.Round(Math.Abs(shares) * price) : (long?)null;
        var movesCash = adjustment.Kind is LedgerKinds.Split or LedgerKinds.Merge;
        var basis = movesCash ? null : worth ?? (shares > 0 ? (long)(shares * (booking.Price(token) ?? episode.State.EntryPrice)) : null);
        var usdc = movesCash ? -Math.Sign(shares) * (worth ?? 0) : 0;
        booking.Append(episode, episode.Adjustment(Ids.New(clock), adjustment.Key, shares, basis, adjustment.Reason, adjustment.At.UtcDateTime, adjustment.Kind, usdc));
        return before.To(episode);
    }

    private Booked AdjustCash(Booking booking, Adjustment adjustment)
    {
        booking.Append(new LedgerRow
        {
            Id = Ids.New(clock),
            UserId = adjustment.UserId,
            WalletId = adjustment.WalletId,
            Kind = adjustment.Kind,
            Usdc = adjustment.Delta,
            TradeId = adjustment.Key,
            Origin = "sync",
            Reason = adjustment.Reason,
            At = adjustment.At.UtcDateTime,
        });
        return new Booked(true, null, false, false, 0, 0, Usdc.Zero);
    }

    private LedgerRow Trade(Fill fill)
    {
        var sign = fill.Side == Side.Buy ? 1 : -1;
        var sold = fill.Side == Side.Sell ? -fill.Shares.Micros : 0; // what is sold cannot be offered again, whatever the chain says later
        return new LedgerRow
        {
            Id = Ids.New(clock),
            UserId = fill.UserId,
            WalletId = fill.WalletId,
            Kind = LedgerKinds.Trade,
            MarketId = fill.MarketId,
            ConditionId = fill.ConditionId,
            TokenId = fill.Token,
            Outcome = fill.Outcome,
            Shares = sign * fill.Shares.Micros,
            Usdc = -sign * fill.Collateral.Micros,
            Fee = fill.Fee.Micros,
            Mined = sold,
            Confirmed = sold,
            Pending = 1,
            OrderHash = fill.OrderHash,
            TradeId = fill.TradeId,
            OrderId = fill.OrderId,
            Origin = fill.Origin,
            TransactionHash = fill.TransactionHash,
            At = fill.At.UtcDateTime,
        };
    }

    private static Booked Unchanged(Episode? episode) => new(false, episode?.Row.ToOpen(), false, false, 0, 0, Usdc.Zero);

    /// <summary>An episode before it was booked; default when there was none.</summary>
    private readonly record struct Snapshot(bool IsOpen, long Size, long Sellable, long Realised)
    {
        public Snapshot(Episode episode)
            : this(episode.Row.ClosedAt is null, episode.State.Size, episode.State.Sellable, episode.State.Realised - episode.State.Fees)
        {
        }

        public Booked To(Episode episode)
        {
            var after = new Snapshot(episode);
            return new Booked(
                true, episode.Row.ToOpen(), Opened: after.IsOpen && !IsOpen, Closed: !after.IsOpen, after.Size - Size, after.Sellable - Sellable, new Usdc(after.Realised - Realised));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Positions, LogLevel.Warning, "Order {OrderHash} sold {Micros} micro-shares more than the ledger knew of (trade {TradeId}); booked as an adjustment")]
        public static partial void Oversold(ILogger logger, string orderHash, string tradeId, long micros);

        [LoggerMessage(EventIds.Positions + 1, LogLevel.Warning, "Settlement of trade {TradeId} of order {OrderHash} failed; reversed in position {PositionId}")]
        public static partial void SettlementFailed(ILogger logger, string orderHash, string tradeId, Guid positionId);

        [LoggerMessage(EventIds.Positions + 2, LogLevel.Warning, "Trade {TradeId} of order {OrderHash} was {Known} and is now called {Next}: left to the sync")]
        public static partial void Contradiction(ILogger logger, string orderHash, string tradeId, SettlementStatus known, SettlementStatus next);

        [LoggerMessage(EventIds.Positions + 3, LogLevel.Error, "Market {MarketId} resolved without a payout for the token of position {PositionId}")]
        public static partial void NoPayout(ILogger logger, string marketId, Guid positionId);
    }
}
