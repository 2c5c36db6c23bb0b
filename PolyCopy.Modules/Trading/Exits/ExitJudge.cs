using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Looks again at exits whose alarm rang: at a newer book than the one that crossed, else at a fresh one from REST. What cannot be judged now is judged again in a second; nothing is dropped.</summary>
internal sealed partial class ExitJudge(ExitBook book, ExitWaits waits, ExitSuspension suspension, IQuoteBoard board, IMarketData venue, ILogger<ExitJudge> logger)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>Reads of books at once: with the venue slow, exits of other tokens must not queue behind it.</summary>
    private readonly SemaphoreSlim _reads = new(4, 4);

    public async Task RunAsync(CancellationToken stopping)
    {
        while (await waits.Due.WaitToReadAsync(stopping))
            _ = JudgeAsync(stopping); // only reads of the venue are left over; they end by themselves
    }

    /// <summary>Judges whatever is due. What the board can decide is decided when this returns; the task ends with the books that had to be read.</summary>
    public Task JudgeAsync(CancellationToken ct)
    {
        List<ArmedExit>? unseen = null;
        while (waits.Due.TryRead(out var exit))
        {
            if (exit.IsTimed && exit.State == ExitState.Armed && !waits.HasCome(exit))
                continue;
            if (exit.State != ExitState.Waiting)
                continue;
            if (board.TryRead(exit.Token, out var quote) && quote.Trust is QuoteTrust.Live or QuoteTrust.Rest && (exit.Wait != WaitFor.NewerBook || quote.Version > exit.SeenVersion))
                Decide(exit, new Seen(quote.BestBid, quote.TriggerBid, quote.Version));
            else
                (unseen ??= []).Add(exit);
        }
        return unseen is null ? Task.CompletedTask : ReadAsync(unseen, ct);
    }

    private async Task ReadAsync(List<ArmedExit> exits, CancellationToken ct)
    {
        try
        {
            await _reads.WaitAsync(ct);
            try
            {
                foreach (var chunk in exits.GroupBy(e => e.Token).Chunk(500))
                    await ReadAsync(chunk, ct);
            }
            finally
            {
                _reads.Release();
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.LookFailed(logger, exits.Count, e);
            foreach (var exit in exits)
                waits.Add(exit, ExitState.Waiting, exit.Wait, Again, exit.SeenVersion);
        }
        catch (OperationCanceledException)
        {
            // the host stops
        }
    }

    private async Task ReadAsync(IGrouping<TokenId, ArmedExit>[] tokens, CancellationToken ct)
    {
        var books = tokens.Length == 1
            ? await venue.BookAsync(tokens[0].Key, ct) is { } only ? [only] : []
            : await venue.BooksAsync([.. tokens.Select(t => t.Key)], ct);
        var byToken = books.ToDictionary(b => b.Token);
        foreach (var token in tokens)
        {
            if (!byToken.TryGetValue(token.Key, out var snapshot))
            {
                await suspension.SuspendAsync([token.Key], Reasons.NoBook.With(), ct);
                continue;
            }
            var seen = See(snapshot);
            foreach (var exit in token)
            {
                if (seen is { } look)
                    Decide(exit, look);
                else
                    waits.Add(exit, ExitState.Waiting, exit.Wait, Again, exit.SeenVersion);
            }
        }
    }

    private void Decide(ArmedExit exit, Seen seen)
    {
        // a stop that has begun to sell goes on until flat, whatever the price does
        if (exit.IsCrossedBy(seen.TriggerBid) || (exit.IsStop && exit.FilledBefore > Shares.Zero))
        {
            if (exit.State == ExitState.Waiting && !book.Fire(exit, seen.BestBid, seen.TriggerBid, seen.Version))
                waits.Add(exit, ExitState.Waiting, WaitFor.PresentBook, Again);
            return;
        }
        exit.Setbacks = 0;
        exit.OwnPeak = Math.Max(exit.OwnPeak, seen.TriggerBid.TenThousandths);
        if (exit.Slot.Arm(exit, ExitState.Waiting) && board.TryRead(exit.Token, out var now))
            book.Judge(now); // a quote may have come while it was in nobody's hands
    }

    /// <summary>A book from REST by the rules of the board: null when it may not fire anything.</summary>
    private static Seen? See(BookSnapshot snapshot)
    {
        var bid = snapshot.Bids.Count > 0 ? snapshot.Bids[0].Price : Price.Zero;
        var ask = snapshot.Asks.Count > 0 ? snapshot.Asks[0].Price : Price.One;
        var phantom = bid <= snapshot.TickSize && ask >= snapshot.TickSize.Complement;
        return phantom || bid >= ask ? null : new Seen(bid, ExitSizing.TriggerBid(snapshot.Bids, snapshot.MinOrderSize), 0);
    }

    private readonly record struct Seen(Price BestBid, Price TriggerBid, long Version);

    private static partial class Log
    {
        [LoggerMessage(ExitEventIds.LookFailed, LogLevel.Warning, "{Count} exits could not be looked at again; in a second")]
        public static partial void LookFailed(ILogger logger, int count, Exception e);
    }
}
