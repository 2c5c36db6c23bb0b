using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Markets with open orders stay in the poll.</summary>
internal sealed class TradingInterest(WorkerScope workers) : IMarketInterest
{
    public async Task<IReadOnlyCollection<string>> MarketIdsAsync(CancellationToken ct) =>
        await workers.ReadAsync((db, token) => db.Set<OrderRow>().AsNoTracking().Where(o => o.TerminalAt == null).Select(o => o.MarketId).Distinct().ToListAsync(token), ct);
}
