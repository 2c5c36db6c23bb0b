using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Brings the exits of the table into memory: at the start, and after each change of a position's exits.</summary>
internal sealed partial class ExitArmory(
    ExitBook book, ExitWaits waits, ExitFlights flights, ExitOutcomes outcomes, ExitStore store, ExitOrders orders, ExitHoldings holdings, ExitSuspension suspension,
    IQuoteBoard board, IQuoteInterest interest, IMarketCatalog markets, ILogger<ExitArmory> logger)
{
    /// <summary>The venue's usual minimum, for markets the catalogue does not know yet (facts 2.5: 5 shares everywhere seen).</summary>
    private static readonly Shares UsualMinimum = new(5 * Shares.Scale);

    /// <summary>Reads all open exits with what their orders have done, and arms them.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        var rows = await store.OpenAsync(ct);
        await AddAsync(rows, ct);
        book.SetLoaded();
        Log.Loaded(logger, rows.Count);
    }

    /// <summary>Makes memory equal to the table for one position. Callers hold its Editing.</summary>
    public async Task SyncAsync(Guid positionId, IReadOnlyList<ExitRow> open, CancellationToken ct)
    {
        foreach (var exit in book.TryPosition(positionId)?.Exits ?? [])
            if (open.FirstOrDefault(r => r.Id == exit.Id) is not { } row || row.Arming != exit.Arming)
                book.Remove(exit);
            else if (exit.State == ExitState.Held)
                Rearm(exit);
        await AddAsync([.. open.Where(r => book.Find(r.Id)?.Arming != r.Arming)], ct);
        if (open.Count > 0)
            interest.Add(open[0].MarketId);
    }

    /// <summary>Gives an exit back that was held for a change which did not happen.</summary>
    public void Rearm(ArmedExit exit)
    {
        if (!exit.Slot.Arm(exit, ExitState.Held))
            return;
        if (exit.IsTimed)
            waits.SetHour(exit);
        JudgeNow(exit.Token);
    }

    private async Task AddAsync(IReadOnlyList<ExitRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0)
            return;
        var tried = new Dictionary<Guid, List<Orders.OrderRow>>();
        foreach (var chunk in rows.Select(r => r.Id).Chunk(5_000))
            foreach (var attempt in await orders.AttemptsAsync(chunk, ct))
                (tried.TryGetValue(attempt.ExitId!.Value, out var list) ? list : tried[attempt.ExitId.Value] = []).Add(attempt);
        foreach (var row in rows)
            book.Position(row.PositionId);
        await holdings.LearnAsync([.. rows.Select(r => r.PositionId).Distinct()], ct);
        var ended = new List<ExitRecord>();
        foreach (var row in rows)
            Add(row, tried.GetValueOrDefault(row.Id) ?? [], ended);
        await outcomes.WriteAsync(ended, ct);
        foreach (var token in rows.Select(r => r.TokenId).Distinct())
            JudgeNow(token);
    }

    private void Add(ExitRow row, List<Orders.OrderRow> tried, List<ExitRecord> ended)
    {
        var exit = Make(row);
        var mine = tried.Where(o => o.ExitArming == row.Arming).ToList();
        exit.Attempts = mine.Count == 0 ? 0 : mine.Max(o => o.ExitAttempt ?? 0);
        exit.FilledBefore = new Shares(mine.Where(o => o.IsTerminal).Sum(o => o.Filled.Micros));
        exit.Filled = new Shares(mine.Sum(o => o.Filled.Micros));
        exit.Target = row.Target;
        exit.Announced = mine.Exists(o => o.Accepted);
        exit.Reason = row.Reason;
        if (mine.Count > 0)
        {
            var last = mine[^1];
            (exit.OrderHash, exit.TickReceivedAt, exit.DecidedAt, exit.SubmittedAt, exit.AckedAt) = (last.OrderHash, last.TickReceivedAt, last.DecidedAt, last.SubmittedAt, last.AckedAt);
        }
        var position = book.TryPosition(row.PositionId)?.State;
        if (position is null or { Status: not ("active" or "closing") } || exit.Target - exit.Filled < ExitSizing.Smallest)
        {
            book.Add(exit, ExitState.Held);
            outcomes.End(exit, position is { Status: "active" or "closing" } ? null : "the position is closed", ended);
            return;
        }
        if (mine.Find(o => !o.IsTerminal) is { } open)
        {
            // an attempt from before may still fill: the next one waits for its end
            exit.OrderId = open.Id;
            exit.OrderHash = open.OrderHash;
            book.Add(exit, ExitState.Firing);
            flights.Add(exit, open.Id, sending: false);
        }
        else if (row.Status == ExitStatus.Suspended || suspension.IsSuspended(row.TokenId))
        {
            suspension.Remember(row.TokenId);
            book.Add(exit, ExitState.Suspended);
        }
        else if (exit.IsStop && exit.FilledBefore > Shares.Zero)
        {
            book.Add(exit, ExitState.Held);
            waits.Add(exit, ExitState.Held, WaitFor.PresentBook, TimeSpan.Zero);
        }
        else
        {
            book.Add(exit, ExitState.Armed);
            waits.SetHour(exit);
        }
    }

    private ArmedExit Make(ExitRow row)
    {
        var market = markets.TryGet(row.MarketId);
        var number = board.Slot(row.TokenId, market?.MinOrderSize ?? UsualMinimum);
        var before = TimeSpan.FromSeconds(row.BeforeSeconds ?? 0);
        return new ArmedExit(row.Id, row.Arming, row.UserId, row.WalletId, row.PositionId, row.MarketId, row.TokenId, book.Slot(number, row.TokenId), row.Kind)
        {
            Guarded = row.Guard == ExitWords.Guarded,
            Fraction = row.Fraction,
            Trigger = row.TriggerPrice ?? Price.Zero,
            Trail = row.Trail ?? Price.Zero,
            At = row.Kind == ExitKind.BeforeResolution && market?.EndDate is { } end ? (end - before).UtcDateTime : row.At,
            Before = before,
            OwnPeak = row.PeakPrice?.TenThousandths ?? 0,
            StoredPeak = row.PeakPrice?.TenThousandths ?? 0,
        };
    }

    // The first trusted book counts as a tick: what was crossed while nobody looked fires now.
    private void JudgeNow(TokenId token)
    {
        if (board.TryRead(token, out var quote))
            book.Judge(quote);
    }

    private static partial class Log
    {
        [LoggerMessage(ExitEventIds.Loaded, LogLevel.Information, "{Count} exits are armed")]
        public static partial void Loaded(ILogger logger, int count);
    }
}
