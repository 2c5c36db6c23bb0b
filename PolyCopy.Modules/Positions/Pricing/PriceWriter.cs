using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Positions.Pricing;

/// <summary>Brings prices and P&amp;L of open positions into their rows, for display and SQL: twice a second what changed, at most five statements of 10,000 rows each time, nothing when nothing changed.</summary>
/// <remarks>Nothing waits for it, and it waits for nobody: rows that are locked or were booked meanwhile are left out.</remarks>
internal sealed partial class PriceWriter(
    PnlBoard board, IQuoteBoard quotes, WorkerScope workers, IMarketCatalog catalog, IMarketPrices prices, ICache cache, PriceWriterHealth health, TimeProvider clock, ILogger<PriceWriter> logger)
    : BackgroundService
{
    private const int StatementsPerFlush = 5; // 10 a second
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(1);
    private readonly PriceBatch[] _batches = [new(), new()]; // two at a time: a server stores them on two cores
    private readonly HashSet<HeldMarket> _unlogged = [];

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        Meters.Instance.CreateObservableGauge("polycopy.positions.open", () => board.Totals().Positions, description: "Open positions");
        Meters.Instance.CreateObservableGauge("polycopy.positions.value", () => (double)board.Totals().Value, "pUSD", "What open positions would bring at the trigger bids");
        Meters.Instance.CreateObservableGauge("polycopy.positions.pnl", () => (double)board.Totals().Pnl, "pUSD", "P&L of open positions, net of fees paid");
        using var timer = new PeriodicTimer(Every, clock);
        var loaded = false;
        do
        {
            try
            {
                if (!loaded)
                    await LoadAsync(stopping);
                loaded = true;
                await FlushAsync(stopping);
                health.Succeeded(clock.GetUtcNow(), board.Waiting);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                if (health.Failed(e.Message))
                    Log.Failed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    /// <summary>Learns the open positions from the database.</summary>
    public async Task LoadAsync(CancellationToken ct) => board.Load(await ReadAsync(null, ct));

    /// <summary>One round.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        board.Drain(id => catalog.TryGet(id)?.Tokens);
        await WriteMarketsAsync(ct);
        for (var left = StatementsPerFlush; left > 0; left -= _batches.Length)
        {
            var due = new List<Task>(_batches.Length);
            foreach (var batch in _batches.Take(left))
            {
                batch.Clear();
                board.Take(batch);
                if (batch.Count > 0)
                    due.Add(WriteAsync(batch, ct));
            }
            if (due.Count == 0)
                break;
            await Task.WhenAll(due);
        }
        LogMarkets();
    }

    private async Task WriteMarketsAsync(CancellationToken ct)
    {
        var changed = new List<(HeldMarket Market, MarketPrice Price)>();
        while (board.TryTakeMarket(out var market))
            if (PriceOf(market) is { } price)
                changed.Add((market, price));
        if (changed.Count == 0)
            return;
        await prices.WriteAsync([.. changed.Select(c => c.Price)], ct);
        foreach (var (market, price) in changed)
            (market.Prices, market.Mid) = ([.. price.OutcomePrices], price.Mid);
        health.Priced(changed.Count);
    }

    /// <summary>Null when no outcome has a believable book, or nothing moved.</summary>
    private MarketPrice? PriceOf(HeldMarket market)
    {
        if (market.Tokens.Length == 0)
            return null;
        var outcomes = new decimal?[market.Tokens.Length];
        var (received, mid) = (long.MinValue, (decimal?)null);
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (!quotes.TryRead(market.Tokens[i], out var quote) || !LivePrice.IsMeant(quote))
                continue;
            outcomes[i] = LivePrice.Display(quote);
            received = Math.Max(received, quote.ReceivedAt);
            if (i == 0)
                mid = quote.Mid;
        }
        if (outcomes.Length == 2) // one book mirrors the other
            (outcomes[0], outcomes[1]) = (outcomes[0] ?? 1 - outcomes[1], outcomes[1] ?? 1 - outcomes[0]);
        if (Array.Exists(outcomes, o => o is null))
            return null;
        decimal[] all = [.. outcomes.Select(o => o!.Value)];
        if (market.Prices is { } last && last.AsSpan().SequenceEqual(all) && market.Mid == mid)
            return null;
        var age = clock.GetElapsedTime(received);
        return new MarketPrice(market.Id, all, mid, clock.GetUtcNow() - (age > TimeSpan.Zero ? age : TimeSpan.Zero));
    }

    private async Task WriteAsync(PriceBatch batch, CancellationToken ct)
    {
        int written;
        try
        {
            written = await workers.WriteAsync((db, token) => db.BulkUpdateAsync(batch.ToUpdate(clock.GetUtcNow().UtcDateTime), token), ct);
        }
        catch
        {
            board.Again(batch.Ids);
            throw;
        }
        health.Wrote(written);
        lock (_unlogged)
        {
            foreach (var (market, count) in batch.Markets)
            {
                market.Unlogged += count;
                _unlogged.Add(market);
            }
        }
        if (written < batch.Count)
            board.Reconcile(batch.Ids, await ReadAsync(batch.Ids, ct));
        await Task.WhenAll(batch.Users.Select(u => cache.RemoveAsync($"positions:{u}", ct).AsTask())); // together: one by one would be a round trip each
    }

    private Task<List<(OpenPosition, decimal)>> ReadAsync(IReadOnlyList<Guid>? ids, CancellationToken ct) => workers.ReadAsync(async (db, token) =>
    {
        var open = db.Set<PositionRow>().AsNoTracking().Where(p => p.ClosedAt == null);
        var rows = await (ids is null ? open : open.Where(p => ids.Contains(p.Id))).ToListAsync(token);
        return rows.ConvertAll(r => (r.ToOpen(), r.CurrentPrice));
    }, ct);

    private void LogMarkets()
    {
        foreach (var market in _unlogged.ToList())
        {
            if (market.LoggedAt != 0 && clock.GetElapsedTime(market.LoggedAt) < LogEvery)
                continue;
            Log.Updated(logger, market.Unlogged, market.Id);
            (market.Unlogged, market.LoggedAt) = (0, clock.GetTimestamp());
            _unlogged.Remove(market);
        }
    }

    private static partial class Log
    {
        // word for word the original runbook's
        [LoggerMessage(EventIds.Positions + 10, LogLevel.Information, "Updated {Count} positions for market {MarketId}")]
        public static partial void Updated(ILogger logger, int count, string marketId);

        [LoggerMessage(EventIds.Positions + 11, LogLevel.Warning, "Prices of positions could not be written; trying again every half second")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
