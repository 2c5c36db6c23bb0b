using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>What must happen although no tick says so: each second every slot is compared with the board, and now and then lost words are fetched and peaks are stored.</summary>
internal sealed partial class ExitSweep(
    ExitBook book, ExitFlights flights, ExitOutcomes outcomes, ExitOrders orders, ExitHoldings holdings, ExitArmory armory, ExitStore store, ExitSuspension suspension,
    WorkerScope workers, IPositionBook positions, IQuoteBoard board, TimeProvider clock, ILogger<ExitSweep> logger)
{
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        for (var second = 1L; await timer.WaitForNextTickAsync(stopping); second++)
        {
            try
            {
                await SweepAsync(second, stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
            {
                Log.Failed(logger, e);
            }
        }
    }

    public async Task SweepAsync(long second, CancellationToken ct)
    {
        JudgeSlots();
        holdings.Retry();
        await ResumeAsync(ct);
        if (second % 5 == 0)
        {
            await FetchLostWordsAsync(ct);
            await outcomes.WriteLeftoversAsync(ct);
        }
        if (second % 10 == 0)
            await StorePeaksAsync(ct);
        if (second % 60 == 0)
            await FindUnarmedAsync(ct);
    }

    /// <summary>Follows positions whose exits changed in the table: attached, ended or armed again by a fill.</summary>
    public async Task RunFollowingAsync(CancellationToken stopping)
    {
        while (await holdings.Changed.WaitToReadAsync(stopping))
            await FollowAsync(stopping);
    }

    public async Task FollowAsync(CancellationToken ct)
    {
        var changed = new HashSet<Guid>();
        while (changed.Count < 1_000 && holdings.Changed.TryRead(out var id))
            changed.Add(id);
        try
        {
            await FollowAsync([.. changed], ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.Failed(logger, e);
            foreach (var id in changed)
                holdings.FollowLater(id);
        }
    }

    /// <summary>Peaks are stored at a coarse rate: a crash costs at most ten seconds of a peak's rise.</summary>
    public async Task StorePeaksAsync(CancellationToken ct)
    {
        var risen = book.Exits.Where(e => e.Kind == ExitKind.Trailing && e.Peak > e.StoredPeak && e.State != ExitState.Off).Select(e => (Exit: e, e.Peak)).ToList();
        foreach (var chunk in risen.Chunk(10_000))
            if (await store.StorePeaksAsync([.. chunk.Select(r => (r.Exit.Id, new Price(r.Peak)))], ct))
                foreach (var (exit, peak) in chunk)
                    exit.StoredPeak = peak;
    }

    // What the channel had no room for, and what crossed in the instant between arming and the next tick.
    private void JudgeSlots()
    {
        foreach (var slot in book.Slots)
            if (board.TryRead(slot.Token, out var quote))
                book.Judge(quote);
    }

    private async Task ResumeAsync(CancellationToken ct)
    {
        var back = suspension.Suspended.Where(t => board.TryRead(t, out var quote) && quote.Trust is QuoteTrust.Live or QuoteTrust.Rest && suspension.MayResume(t)).ToList();
        if (back.Count > 0)
            await suspension.ResumeAsync(back, ct);
    }

    private async Task FetchLostWordsAsync(CancellationToken ct)
    {
        var lost = flights.OlderThan(Lost).Where(f => !f.Sending).ToDictionary(f => f.OrderId);
        if (lost.Count == 0)
            return;
        var found = (await orders.ByIdAsync(lost.Keys, ct)).Where(o => o.IsTerminal || !lost[o.Id].Exit.Announced).Select(o => (lost[o.Id], ExitOrders.Outcome(o))).ToList();
        await outcomes.SettleAsync(found, ct, late: true);
    }

    // A commit whose answer was lost attached exits that nobody was told of: no tick would ever find them.
    private async Task FindUnarmedAsync(CancellationToken ct)
    {
        foreach (var (id, arming, positionId) in await store.ArmingsAsync(ct))
            if (book.Find(id)?.Arming != arming)
                holdings.Follow(positionId);
    }

    private async Task FollowAsync(Guid[] ids, CancellationToken ct)
    {
        var states = await workers.ReadAsync((db, token) => positions.FindAsync(db, ids, token), ct);
        foreach (var state in states.OfType<OpenPosition>())
        {
            if (state.Status is not ("active" or "closing"))
            {
                if ((await store.OpenAsync(state.Id, ct)).Count > 0)
                    await workers.WriteAsync(async (db, token) =>
                    {
                        // read again: a sale that failed may have opened it since, and armed its exits
                        if (await positions.FindAsync(db, state.Id, token) is not { Status: "active" or "closing" })
                            await store.CancelAsync(db, state.Id, ExitStore.PositionClosed, token);
                        return 0;
                    }, ct);
                continue;
            }
            var editing = book.Editing(state.Id);
            await editing.WaitAsync(ct);
            var held = book.Position(state.Id);
            try
            {
                held.Learn(state);
                await armory.SyncAsync(state.Id, await store.OpenAsync(state.Id, ct), ct);
            }
            finally
            {
                book.Release(held);
                editing.Release();
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(ExitEventIds.SweepFailed, LogLevel.Warning, "The sweep of the exits failed and is repeated")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
