using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Compares one wallet with the venue over REST: its trades since we last looked, its open orders, and every order of ours that is still open.</summary>
internal sealed partial class Reconciler(
    WorkerScope workers, ITradingVenue venue, IPositionBook book, OrderRecorder recorder, OrderResolver resolver, IVenueClock venueClock, ILogger<Reconciler> logger)
{
    /// <summary>How far before the last look the next one begins: trades may be listed late.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromSeconds(60);

    // one transaction per page of trades
    private const int FillsAtOnce = 200;

    /// <returns>How many orders were looked at and how many fills were new.</returns>
    /// <exception cref="VenueException">The venue cannot be read now.</exception>
    public async Task<(int Orders, int Fills)> ReconcileAsync(TradingWallet wallet, CancellationToken ct)
    {
        var started = venueClock.UtcNow;
        var (after, ours) = await workers.ReadAsync(async (db, token) =>
        {
            var seen = await db.Set<ReconciliationRow>().AsNoTracking().Where(r => r.WalletId == wallet.Id).Select(r => (DateTime?)r.SeenAt).FirstOrDefaultAsync(token);
            var open = await db.Set<OrderRow>().AsNoTracking().Where(o => o.WalletId == wallet.Id && o.TerminalAt == null).Select(o => new { o.OrderHash, o.DecidedAt }).ToListAsync(token);
            var unsettled = await book.UnsettledAsync(db, wallet.Id, token);
            // what is not final must be read again, however long ago it matched
            DateTime?[] since = seen is null ? [null] : [seen, .. open.Select(o => (DateTime?)o.DecidedAt), .. unsettled.Select(f => (DateTime?)f.At.UtcDateTime)];
            return (since.Contains(null) ? (DateTimeOffset?)null : new DateTimeOffset(since.Min()!.Value, TimeSpan.Zero) - Overlap, open.Select(o => o.OrderHash).ToHashSet(StringComparer.Ordinal));
        }, ct);

        var listed = await venue.OpenOrdersAsync(wallet.Account, ct);
        var fills = await venue.FillsAsync(wallet.Account, after, ct);
        var news = 0;
        foreach (var page in fills.Chunk(FillsAtOnce))
            news += (await recorder.RecordAsync([.. page.Select(f => new Traded(f, wallet.Id, wallet.UserId))], ct)).NewFills;
        if (listed.Count > 0)
            await recorder.RecordAsync([.. listed.Select(o => new Reported(o))], ct);
        foreach (var hash in ours.Except(listed.Select(o => o.Hash), StringComparer.Ordinal))
            await resolver.CheckAsync(hash, ct);

        await workers.WriteAsync(async (db, token) =>
        {
            var row = await db.Set<ReconciliationRow>().FirstOrDefaultAsync(r => r.WalletId == wallet.Id, token);
            if (row is null)
                db.Add(row = new ReconciliationRow { WalletId = wallet.Id, UserId = wallet.UserId });
            row.SeenAt = started.UtcDateTime;
            return await db.SaveChangesAsync(token);
        }, ct);
        if (news > 0)
            Log.Found(logger, news, wallet.UserId);
        return (ours.Count, news);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 35, LogLevel.Information, "Reconciliation found {Fills} new fills of user {User}")]
        public static partial void Found(ILogger logger, int fills, long user);
    }
}
