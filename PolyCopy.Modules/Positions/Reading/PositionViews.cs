using System.Globalization;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Modules.Positions.Reading;

/// <summary>What one user sees: rows of the wallet of this host's venue, with the price of this moment.</summary>
internal sealed class PositionViews(UserScope users, IWallets wallets, IQuoteBoard board, IMarketCatalog catalog) : IPositions
{
    public Task<Page<PositionView>> ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct) => OfWalletAsync(userId, Empty<PositionView>(), async (db, wallet, token) =>
    {
        var rows = db.Set<PositionRow>().AsNoTracking().Where(p => p.UserId == userId && p.WalletId == wallet);
        rows = status switch
        {
            null or "" => rows,
            PositionStatus.Active or PositionStatus.Closing => rows.Where(p => p.ClosedAt == null),
            _ => rows.Where(p => p.Status == status && p.ClosedAt != null),
        };
        if (Guid.TryParse(cursor, out var before))
            rows = rows.Where(p => p.Id < before); // ids grow with time
        var page = await rows.OrderByDescending(p => p.Id).Take(limit + 1).ToListAsync(token);
        var reserved = await ReservedAsync(db, wallet, token);
        return Cut(page.ConvertAll(p => View(p, reserved)), limit, p => p.Id.ToString());
    }, ct);

    public Task<PositionView?> GetAsync(long userId, Guid positionId, CancellationToken ct) => OfWalletAsync(userId, null, async (db, wallet, token) =>
    {
        var row = await db.Set<PositionRow>().AsNoTracking().SingleOrDefaultAsync(p => p.Id == positionId && p.UserId == userId && p.WalletId == wallet, token);
        return row is null ? null : View(row, await ReservedAsync(db, wallet, token));
    }, ct);

    public Task<Page<FillView>> FillsAsync(long userId, int limit, string? cursor, CancellationToken ct) => OfWalletAsync(userId, Empty<FillView>(), async (db, wallet, token) =>
    {
        var before = long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : long.MaxValue;
        var ledger = db.Set<LedgerRow>().AsNoTracking().Where(r => r.UserId == userId && r.WalletId == wallet);
        var page = await ledger.Where(r => r.Kind == LedgerKinds.Trade && r.Sequence < before).OrderByDescending(r => r.Sequence).Take(limit + 1).ToListAsync(token);
        string[] hashes = [.. page.Select(r => r.OrderHash).Distinct()];
        var fills = (await ledger.Where(r => hashes.Contains(r.OrderHash)).ToListAsync(token))
            .GroupBy(r => (r.OrderHash, r.TradeId)).ToDictionary(g => g.Key, g => new FillHistory(g).Status);
        return Cut(page, limit, r => r.Sequence.ToString(CultureInfo.InvariantCulture), r => View(r, fills[(r.OrderHash, r.TradeId)]));
    }, ct);

    public Task<Page<HistoryEntry>> HistoryAsync(long userId, int limit, string? cursor, CancellationToken ct) => OfWalletAsync(userId, Empty<HistoryEntry>(), async (db, wallet, token) =>
    {
        var closed = db.Set<PositionRow>().AsNoTracking().Where(p => p.UserId == userId && p.WalletId == wallet && p.ClosedAt != null && p.Bought > 0);
        var moved = db.Set<LedgerRow>().AsNoTracking().Where(r => r.UserId == userId && r.WalletId == wallet && r.Kind == LedgerKinds.Transfer && r.TokenId == null);
        if (Cursor(cursor) is var (at, id))
        {
            closed = closed.Where(p => p.ClosedAt < at || (p.ClosedAt == at && p.Id < id));
            moved = moved.Where(r => r.At < at || (r.At == at && r.Id < id));
        }
        var episodes = await closed.OrderByDescending(p => p.ClosedAt).ThenByDescending(p => p.Id).Take(limit + 1).ToListAsync(token);
        var transfers = await moved.OrderByDescending(r => r.At).ThenByDescending(r => r.Id).Take(limit + 1).ToListAsync(token);
        var page = episodes.Select(Entry).Concat(transfers.Select(Entry)).OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Take(limit + 1).ToList();
        return Cut(page, limit, e => $"{e.At.UtcTicks}_{e.Id}");
    }, ct);

    public async Task<string> ExportAsync(long userId, CancellationToken ct)
    {
        var wallet = await wallets.OfUserAsync(userId, ct);
        var rows = wallet is null ? [] : await users.ReadAsync(userId, (db, token) =>
            db.Set<LedgerRow>().AsNoTracking().Where(r => r.UserId == userId && r.WalletId == wallet.Id && r.Kind != LedgerKinds.Settle).OrderBy(r => r.Sequence).ToListAsync(token), ct);
        return HistoryCsv.Write(rows, wallet?.Venue ?? "", id => catalog.TryGet(id)?.Question);
    }

    public Task<IReadOnlyList<DayPnl>> PnlByDayAsync(long userId, DateOnly from, DateOnly to, string timeZone, CancellationToken ct) => OfWalletAsync<IReadOnlyList<DayPnl>>(userId, [], async (db, wallet, token) =>
    {
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var found) ? found : TimeZoneInfo.Utc;
        var (start, end) = (from.AddDays(-1).ToDateTime(default, DateTimeKind.Utc), to.AddDays(2).ToDateTime(default, DateTimeKind.Utc)); // wider than any zone
        var rows = await db.Set<LedgerRow>().Where(r => r.UserId == userId && r.WalletId == wallet && r.At >= start && r.At < end && (r.Realised != 0 || r.Fee != 0))
            .Select(r => new { r.At, r.Realised, r.Fee }).ToListAsync(token);
        return
        [
            .. from row in rows
               group row by DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(row.At, zone)) into day
               where day.Key >= @from && day.Key <= to
               orderby day.Key
               select new DayPnl(day.Key, new Usdc(day.Sum(r => r.Realised)), new Usdc(day.Sum(r => r.Fee))),
        ];
    }, ct);

    public Task<Portfolio> PortfolioAsync(long userId, CancellationToken ct) => OfWalletAsync(userId, new Portfolio(0, Usdc.Zero, Usdc.Zero, 0), async (db, wallet, token) =>
    {
        var open = await db.Set<PositionRow>().AsNoTracking().Where(p => p.UserId == userId && p.WalletId == wallet && p.ClosedAt == null).ToListAsync(token);
        var cash = (await Reservations.FundsAsync(db, [new FundsOf(wallet, null)], token))[0];
        var value = decimal.Round(open.Sum(p => p.Size * PriceOf(p)), 6);
        return new Portfolio(value, new Usdc(cash.Total - cash.Reserved), new Usdc(cash.Reserved), value + cash.Total / (decimal)Usdc.Scale);
    }, ct);

    private async Task<T> OfWalletAsync<T>(long userId, T nothing, Func<PolyContext, Guid, CancellationToken, Task<T>> read, CancellationToken ct) =>
        await wallets.OfUserAsync(userId, ct) is { } wallet ? await users.ReadAsync(userId, (db, token) => read(db, wallet.Id, token), ct) : nothing;

    private static Task<Dictionary<TokenId, long>> ReservedAsync(PolyContext db, Guid wallet, CancellationToken ct) =>
        db.Set<ReservationRow>().Where(r => r.WalletId == wallet && r.TokenId != null)
            .GroupBy(r => r.TokenId!.Value).Select(g => new { Token = g.Key, Micros = g.Sum(r => r.Micros) }).ToDictionaryAsync(r => r.Token, r => r.Micros, ct);

    private PositionView View(PositionRow row, Dictionary<TokenId, long> reserved)
    {
        var (state, open, market) = (row.State, row.ClosedAt is null, catalog.TryGet(row.MarketId));
        var price = PriceOf(row);
        var (amount, percentage) = Pnl.Of(state.Size, state.Net, open ? row.Cost : row.BoughtCost, price);
        var held = open ? reserved.GetValueOrDefault(row.TokenId) : 0;
        return new PositionView(
            row.Id, row.UserId, row.WalletId, row.MarketId, row.ConditionId, market?.Question ?? "", market?.Slug ?? "", row.TokenId, row.Outcome,
            new Shares(state.Size), new Shares(state.Settled), new Shares(open ? Math.Max(0, state.Sellable - held) : 0), row.EntryPrice, price, new Usdc(row.Fees), amount, percentage,
            Limit(row.TakeProfit), Limit(row.StopLoss), held > 0 ? PositionStatus.Closing : row.Status, row.Origin, Utc(row.OpenedAt), Utc(row.UpdatedAt));
    }

    private decimal PriceOf(PositionRow row) => row.ClosedAt is null && LivePrice.Of(board, row.TokenId) is { } live ? live.ToDecimal() : row.CurrentPrice;

    private static FillView View(LedgerRow row, SettlementStatus status)
    {
        var shares = Math.Abs(row.Shares);
        return new FillView(
            row.Id, row.OrderId, row.PositionId, row.MarketId ?? "", row.TokenId!.Value, row.Shares > 0 ? Side.Buy : Side.Sell, shares == 0 ? 0 : decimal.Round(Math.Abs(row.Usdc) / (decimal)shares, 6),
            new Shares(shares), new Usdc(row.Fee), status.ToString().ToLowerInvariant(), Utc(row.At));
    }

    private HistoryEntry Entry(PositionRow row)
    {
        var state = row.State;
        return new HistoryEntry(
            row.Id, row.Status, row.MarketId, catalog.TryGet(row.MarketId)?.Question ?? "", row.Outcome, new Shares(state.Bought), decimal.Round(state.BoughtCost / (decimal)state.Bought, 6),
            state.Sold == 0 ? 0 : decimal.Round(state.Proceeds / (decimal)state.Sold, 6), new Usdc(state.Realised - state.Fees), new Usdc(state.Fees), Utc(row.ClosedAt!.Value), new Usdc(state.Proceeds));
    }

    private static HistoryEntry Entry(LedgerRow row) =>
        new(row.Id, row.Kind, "", "", "", Shares.Zero, 0, 0, Usdc.Zero, new Usdc(row.Fee), Utc(row.At), new Usdc(row.Usdc));

    private static Page<T> Empty<T>() => new([], null);

    private static Page<T> Cut<T>(List<T> rows, int limit, Func<T, string> cursor) => Cut(rows, limit, cursor, r => r);

    /// <summary>One row more than asked for was read: it says whether there is another page.</summary>
    private static Page<TView> Cut<TRow, TView>(List<TRow> rows, int limit, Func<TRow, string> cursor, Func<TRow, TView> view) =>
        new([.. rows.Take(limit).Select(view)], rows.Count > limit ? cursor(rows[limit - 1]) : null);

    private static (DateTime At, Guid Id)? Cursor(string? text) =>
        text?.Split('_') is [var ticks, var id] && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTime.MaxValue.Ticks && Guid.TryParse(id, out var guid)
            ? (new DateTime(at, DateTimeKind.Utc), guid)
            : null;

    private static Price? Limit(decimal? value) => value is { } set && Price.TryFromDecimal(set, out var price) ? price : null;

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc), TimeSpan.Zero);
}
