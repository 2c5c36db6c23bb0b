using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Markets;

/// <summary>The table markets. Every write takes its values while it holds the gate, so that a slow writer cannot put back what a quick one replaced.</summary>
internal sealed class MarketStore(WorkerScope workers) : IDisposable
{
    private const int RowsPerStatement = 5_000;
    private readonly SemaphoreSlim _gate = new(1, 1);

    public Task<List<(Market Market, bool Kept)>> LoadAsync(CancellationToken ct) =>
        workers.ReadAsync(async (db, stop) =>
        {
            var markets = new List<(Market, bool)>();
            await foreach (var row in db.Set<MarketRow>().AsNoTracking().AsAsyncEnumerable().WithCancellation(stop))
                markets.Add((row.ToMarket(), row.Kept));
            return markets;
        }, ct);

    /// <summary>Inserts or overwrites whole rows.</summary>
    public async Task SaveAsync(IReadOnlyCollection<MarketState> states, CancellationToken ct)
    {
        foreach (var chunk in states.Chunk(RowsPerStatement))
            await WriteAsync(async (db, stop) =>
            {
                await db.UpsertAsync([.. chunk.Select(s => MarketRow.Of(s.Market, s.Kept))], stop);
                return chunk.Length;
            }, ct);
    }

    /// <summary>Writes prices and nothing else; rows locked elsewhere are left for the next flush.</summary>
    public async Task SavePricesAsync(IReadOnlyCollection<MarketState> states, CancellationToken ct)
    {
        foreach (var chunk in states.Chunk(RowsPerStatement))
            await WriteAsync((db, stop) =>
            {
                var rows = chunk.Select(s => MarketRow.Of(s.Market, s.Kept)).ToList();
                var columns = db.Columns(rows, nameof(MarketRow.Id), nameof(MarketRow.OutcomePrices), nameof(MarketRow.LastMidPrice), nameof(MarketRow.Source), nameof(MarketRow.PricedAt), nameof(MarketRow.UpdatedAt));
                return db.BulkUpdateAsync(new BulkUpdate("markets", columns[0], Revision: null, [.. columns.Skip(1)]), stop);
            }, ct);
    }

    public async Task DeleteAsync(IReadOnlyCollection<string> ids, CancellationToken ct)
    {
        foreach (var chunk in ids.Chunk(500))
            await WriteAsync((db, stop) => db.Set<MarketRow>().Where(m => chunk.Contains(m.Id) && !m.Kept).ExecuteDeleteAsync(stop), ct);
    }

    public void Dispose() => _gate.Dispose();

    private async Task WriteAsync(Func<PolyContext, CancellationToken, Task<int>> work, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            await workers.WriteAsync(work, ct);
        }
        finally
        {
            _gate.Release();
        }
    }
}
