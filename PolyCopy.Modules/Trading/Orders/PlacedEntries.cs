using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Entries straight from the orders table.</summary>
internal sealed class PlacedEntries : IPlacedEntries
{
    public async Task<IReadOnlyList<PlacedEntry>> ReadAsync(PolyContext db, DateTimeOffset since, IReadOnlyCollection<long>? userIds, CancellationToken ct)
    {
        var from = since.UtcDateTime;
        var rows = await db.Set<OrderRow>().AsNoTracking().Where(o => o.Side == Side.Buy && (o.TerminalAt == null || o.DecidedAt >= from) && (userIds == null || userIds.Contains(o.UserId))).ToListAsync(ct);
        return [.. rows.Select(o => new PlacedEntry(o.UserId, o.MarketId, o.FollowId, new Usdc(o.ToReserve()), new DateTimeOffset(o.DecidedAt, TimeSpan.Zero)))];
    }

    public async Task<IReadOnlyDictionary<Guid, Guid>> FollowsOfAsync(PolyContext db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct) =>
        await db.Set<OrderRow>().Where(o => o.FollowId != null && orderIds.Contains(o.Id)).Select(o => new { o.Id, FollowId = o.FollowId!.Value }).ToDictionaryAsync(o => o.Id, o => o.FollowId, ct);
}
