using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Hears what becomes of copies' orders, asks where it heard nothing, and has it written, one thing at a time.</summary>
internal sealed partial class CopyOutcomes(WorkerScope workers, Holdings holdings, OutcomeWriter writer, IOrderDesk desk, IPositionBook book, TimeProvider clock, ILogger<CopyOutcomes> logger) : IOrderListener, IPositionListener
{
    /// <summary>Orders of one trade end together, and each is heard of twice, matched and filled: one statement for all.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);

    // Full: the word is lost here, and the sweep asks the desk itself.
    private readonly Channel<OrderOutcome> _heard = Channel.CreateBounded<OrderOutcome>(new BoundedChannelOptions(65_536) { SingleReader = true });

    // Full: the holdings lag until the next change; sells are folded from the ledger anyway.
    private readonly Channel<(Guid WalletId, TokenId Token)> _changed = Channel.CreateBounded<(Guid, TokenId)>(new BoundedChannelOptions(65_536) { SingleReader = true });
    private readonly SemaphoreSlim _one = new(1, 1);

    public ValueTask OrderChangedAsync(OrderOutcome outcome, CancellationToken ct)
    {
        if (outcome.Decision is { Origin: "copy" })
            _heard.Writer.TryWrite(outcome);
        return ValueTask.CompletedTask;
    }

    public void Committed(IReadOnlyList<Booked> changes)
    {
        foreach (var change in changes)
            if (change is { SharesDelta: not 0, Position: { } position })
                _changed.Writer.TryWrite((position.WalletId, position.Token));
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        var (orders, positions) = (Task.FromResult(true), Task.FromResult(true));
        while (true)
        {
            try
            {
                await TakeInAsync(stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
            {
                Log.NotWritten(logger, e);
            }
            await Task.Delay(Gather, clock, stopping);
            orders = orders.IsCompleted ? _heard.Reader.WaitToReadAsync(stopping).AsTask() : orders;
            positions = positions.IsCompleted ? _changed.Reader.WaitToReadAsync(stopping).AsTask() : positions;
            await await Task.WhenAny(orders, positions);
        }
    }

    /// <summary>Takes in what listeners have heard so far.</summary>
    public async Task TakeInAsync(CancellationToken ct)
    {
        var batch = new Dictionary<Guid, OrderOutcome>();
        while (batch.Count < 1_000 && _heard.Reader.TryRead(out var outcome))
            if (outcome.Terminal || !batch.TryGetValue(outcome.OrderId, out var before) || !before.Terminal)
                batch[outcome.OrderId] = outcome;
        await ApplyAsync([.. batch.Values], ct);
        var changed = new HashSet<(Guid WalletId, TokenId Token)>();
        while (changed.Count < 1_000 && _changed.Reader.TryRead(out var pair))
            changed.Add(pair);
        if (changed.Count == 0)
            return;
        await AloneAsync(() => workers.WriteAsync(async (db, token) =>
        {
            Guid[] wallets = [.. changed.Select(c => c.WalletId).Distinct()];
            var known = (await db.Set<HoldingRow>().AsNoTracking().Where(h => wallets.Contains(h.WalletId) && h.Shares > 0).Select(h => new { h.WalletId, h.TokenId }).ToListAsync(token)).Select(h => (h.WalletId, h.TokenId)).ToHashSet();
            await holdings.RefreshAsync(db, [.. changed.Where(known.Contains)], token);
            return true;
        }, ct), ct);
    }

    /// <summary>Decisions that end without an order, or wait.</summary>
    public async Task EndAsync(IReadOnlyList<DecisionEnd> ends, CancellationToken ct)
    {
        if (ends.Count == 0)
            return;
        await AloneAsync(async () =>
        {
            await writer.EndAsync(ends, ct);
            return true;
        }, ct);
    }

    /// <summary>What the desk or a listener says of orders; hearing the same twice changes nothing.</summary>
    public async Task ApplyAsync(IReadOnlyList<OrderOutcome> heard, CancellationToken ct)
    {
        if (heard.Count > 0)
            await AloneAsync(() => writer.ApplyAsync(heard, ct), ct);
    }

    /// <summary>Until the work has ended nothing that arrives is written into decisions: a fill is either in what the work sees, or comes after what it commits.</summary>
    public async Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            return await work();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>For work that is alone: takes in what the desk knows of these follows' entries of a token beyond what stands in their decisions.</summary>
    /// <returns>Whether there was any: what was read before may lack it, or count it twice.</returns>
    public async Task<bool> CatchUpAloneAsync(IReadOnlyCollection<Guid> follows, TokenId of, CancellationToken ct)
    {
        var open = await OpenBuysAsync(follows, of, ct);
        if (open.Count == 0)
            return false;
        var known = await desk.FindAsync([.. open.Select(OutcomeWriter.KeyOfOrder)], ct);
        var news = open.Where(row => known.TryGetValue(OutcomeWriter.KeyOfOrder(row), out var order) && (row.OrderId != order.OrderId || row.Filled != order.Filled.Micros || order.Terminal)).Select(row => known[OutcomeWriter.KeyOfOrder(row)]).ToList();
        return news.Count > 0 && await writer.ApplyAsync(news, ct);
    }

    /// <summary>Takes in what the desk knows of these follows' entries of a token: a sell must not count as still coming what has arrived.</summary>
    public async Task CatchUpAsync(IReadOnlyCollection<Guid> follows, TokenId of, CancellationToken ct)
    {
        var open = await OpenBuysAsync(follows, of, ct);
        if (open.Count > 0)
            await ApplyAsync([.. (await desk.FindAsync([.. open.Select(OutcomeWriter.KeyOfOrder)], ct)).Values], ct);
    }

    /// <summary>Asks the desk about orders that should have ended, and the ledger about settlement.</summary>
    public async Task CatchUpAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow().UtcDateTime - TimeSpan.FromSeconds(20);
        var open = await workers.ReadAsync((db, token) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.State == DecisionState.Ordered && (d.SubmittedAt ?? d.DecidedAt) < before).OrderBy(d => d.Id).Take(1_000).ToListAsync(token), ct);
        if (open.Count > 0)
            await ApplyAsync([.. (await desk.FindAsync([.. open.Select(OutcomeWriter.KeyOfOrder)], ct)).Values], ct);
        var since = clock.GetUtcNow().UtcDateTime - TimeSpan.FromHours(1);
        var settling = await workers.ReadAsync((db, token) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.State == DecisionState.Done && d.OrderId != null && d.ConfirmedAt == null && d.Filled > 0 && d.DecidedAt >= since)
            .OrderByDescending(d => d.Id).Take(1_000).Select(d => new { d.Id, OrderId = d.OrderId!.Value }).ToListAsync(token), ct);
        if (settling.Count == 0)
            return;
        var confirmed = await workers.ReadAsync((db, token) => book.ConfirmedAsync(db, [.. settling.Select(s => s.OrderId)], token), ct);
        var ended = settling.Where(s => confirmed.ContainsKey(s.OrderId)).ToList();
        if (ended.Count == 0)
            return;
        var at = new BulkColumn("confirmed_at", ended.Select(s => confirmed[s.OrderId].UtcDateTime).ToArray());
        await AloneAsync(() => workers.WriteAsync((db, token) => db.BulkUpdateAsync(new BulkUpdate("decisions", new BulkColumn("id", ended.Select(s => s.Id).ToArray()), null, [at], Wait: true), token), ct), ct);
    }

    private Task<List<DecisionRow>> OpenBuysAsync(IReadOnlyCollection<Guid> follows, TokenId of, CancellationToken ct) =>
        workers.ReadAsync((db, token) => db.Set<DecisionRow>().AsNoTracking().Where(d => d.State != DecisionState.Done && d.Side == Side.Buy && d.TokenId == of && follows.Contains(d.FollowId)).ToListAsync(token), ct);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 21, LogLevel.Warning, "What became of copies could not be written now; it is asked again")]
        public static partial void NotWritten(ILogger logger, Exception e);
    }
}
