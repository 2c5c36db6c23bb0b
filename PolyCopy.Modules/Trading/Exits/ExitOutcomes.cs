using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>What the answers to exits' orders mean for the exits: done, next attempt, back among the armed ones, or waiting for a last word.</summary>
internal sealed partial class ExitOutcomes(ExitBook book, ExitWaits waits, ExitFlights flights, ExitStore store, ExitNews news, ILogger<ExitOutcomes> logger) : IOrderListener
{
    private static readonly Histogram<double> TickToSubmit = Meters.Instance.CreateHistogram<double>("polycopy.exits.tick_to_submit", "ms", "From the judged tick to the POST of an exit's order");
    private static readonly Counter<long> Fired = Meters.Instance.CreateCounter<long>("polycopy.exits.fired", description: "Orders of exits that the venue accepted");

    // Full: the word is lost here, and the sweep reads the order itself a few seconds later.
    private readonly Channel<OrderOutcome> _heard = Channel.CreateBounded<OrderOutcome>(new BoundedChannelOptions(65_536) { SingleReader = true });
    private readonly Lock _unwrittenGate = new();
    private List<ExitRecord> _unwritten = [];

    public ValueTask OrderChangedAsync(OrderOutcome outcome, CancellationToken ct)
    {
        if (flights.Find(outcome.OrderId) is { } flight && !ExitFlights.Hear(flight, outcome))
            _heard.Writer.TryWrite(outcome);
        return ValueTask.CompletedTask;
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        while (await _heard.Reader.WaitToReadAsync(stopping))
            await TakeInAsync(stopping);
    }

    /// <summary>Takes in what listeners have heard so far, as one batch.</summary>
    public async Task TakeInAsync(CancellationToken ct)
    {
        var batch = new List<(ExitFlight, OrderOutcome)>();
        while (batch.Count < 1_000 && _heard.Reader.TryRead(out var outcome))
            if (flights.Find(outcome.OrderId) is { } flight)
                batch.Add((flight, outcome));
        await SettleAsync(batch, ct);
    }

    /// <summary>Takes in what the venue said, moves the exits on and writes it down. Never throws for the database: what could not be written is written later.</summary>
    /// <param name="answers">Orders and where they stand.</param>
    /// <param name="ct">Cancels the writing.</param>
    /// <param name="late">The last word has been outstanding for seconds: the owner is told that the exit has fired even though nothing is known to be filled.</param>
    public async Task SettleAsync(IReadOnlyList<(ExitFlight Flight, OrderOutcome Outcome)> answers, CancellationToken ct, bool late = false)
    {
        var records = new List<ExitRecord>(answers.Count);
        foreach (var (flight, outcome) in answers)
            if (flights.Find(flight.OrderId) == flight)
                Settle(flight, outcome, late, records);
        await WriteAsync(records, ct);
    }

    /// <summary>Ends an exit that cannot sell any more, with the reason people read.</summary>
    public void End(ArmedExit exit, string? reason, List<ExitRecord> records)
    {
        exit.Reason = reason;
        book.Remove(exit);
        records.Add(ExitRecord.Of(exit, exit.Filled > Shares.Zero ? ExitStatus.Done : ExitStatus.Cancelled));
    }

    public async Task WriteAsync(IReadOnlyList<ExitRecord> records, CancellationToken ct)
    {
        if (records.Count == 0)
            return;
        try
        {
            await store.RecordAsync(records, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.NotWritten(logger, records.Count, e);
            lock (_unwrittenGate)
                _unwritten.AddRange(records);
        }
    }

    /// <summary>Tries again to write what could not be written.</summary>
    public async Task WriteLeftoversAsync(CancellationToken ct)
    {
        List<ExitRecord> leftovers;
        lock (_unwrittenGate)
            (leftovers, _unwritten) = (_unwritten, []);
        await WriteAsync(leftovers, ct);
    }

    private void Settle(ExitFlight flight, OrderOutcome outcome, bool late, List<ExitRecord> records)
    {
        var exit = flight.Exit;
        exit.Filled = exit.FilledBefore + outcome.Filled;
        exit.OrderHash = outcome.OrderHash;
        exit.SubmittedAt = outcome.SubmittedAt ?? exit.SubmittedAt;
        exit.AckedAt = outcome.AckedAt ?? exit.AckedAt;
        var average = outcome.Filled > Shares.Zero ? decimal.Round(outcome.Collateral.ToDecimal() / outcome.Filled.ToDecimal(), 6) : (decimal?)null;
        if (!outcome.Terminal && !outcome.Held)
        {
            exit.Reason = null;
            records.Add(ExitRecord.Of(exit, ExitStatus.Firing, late || outcome.Filled > Shares.Zero ? Announce(exit, ExitStatus.Firing, average) : null));
            return;
        }
        flights.Remove(flight.OrderId);
        exit.OrderId = null;
        exit.FilledBefore = exit.Filled;
        // shares that were bought while the order was on its way are the full exit's too: it goes on until flat
        if (exit is { Fraction: >= 1, PositionGone: false } && book.TryPosition(exit.PositionId)?.Added - exit.AddedSeen is { } added)
            exit.Target += added;
        // without a target (the process died before it was written) the next plan finds it again
        var left = exit.Target - exit.Filled;
        var gone = exit.State == ExitState.Off; // taken back by its owner, or the position is closed
        if (left < ExitSizing.Smallest || (exit.PositionGone && exit.Filled > Shares.Zero))
        {
            exit.Reason = null;
            book.Remove(exit);
            records.Add(ExitRecord.Of(exit, ExitStatus.Done, Announce(exit, ExitStatus.Done, average)));
            return;
        }
        if (gone)
        {
            records.Add(ExitRecord.Of(exit, ExitStatus.Cancelled, outcome.Filled > Shares.Zero ? Announce(exit, ExitStatus.Cancelled, average) : null));
            return;
        }
        if (outcome.Filled == Shares.Zero && outcome.Error?.Code is "order.min_size" or "order.min_amount" or "order.amount")
        {
            End(exit, $"dust: the venue does not take so little ({outcome.Error.Message})", records);
            return;
        }
        // a take goes back among the armed ones for the rest; a stop that has begun goes on until flat
        var status = exit.IsStop && exit.Filled > Shares.Zero ? ExitStatus.Firing : ExitStatus.Armed;
        (string, object)? told = null;
        if (outcome.Filled > Shares.Zero)
        {
            exit.Setbacks = 0;
            exit.Troubled = false;
            exit.Reason = null;
            told = Announce(exit, status, average);
        }
        else
        {
            exit.Setbacks++;
            exit.Reason = outcome.Error?.ToString();
            if (!outcome.Held && !IsOrdinary(outcome.Error) && !exit.Troubled)
            {
                exit.Troubled = true;
                told = news.Held(exit, outcome.Error);
                Log.Refused(logger, exit.Id, exit.UserId, exit.Reason);
            }
        }
        waits.Add(exit, ExitState.Firing, WaitFor.PresentBook, Delay(exit, outcome));
        records.Add(ExitRecord.Of(exit, status, told));
    }

    // Progress: at once, as soon as the book shows it. No match: a little later. Held back: as long as the venue asks. Refused for another reason: rarely.
    private static TimeSpan Delay(ArmedExit exit, OrderOutcome outcome)
    {
        var step = Math.Min(exit.Setbacks, 6);
        if (outcome.Filled > Shares.Zero)
            return TimeSpan.FromMilliseconds(exit.IsStop ? 100 : 250);
        if (outcome.Held)
            return TimeSpan.FromMilliseconds(Math.Max(outcome.RetryAfter?.TotalMilliseconds ?? 0, Math.Min(250 << (step - 1), 5_000)));
        return IsOrdinary(outcome.Error) ? TimeSpan.FromMilliseconds(Math.Min(100 << step, 1_000)) : TimeSpan.FromMilliseconds(Math.Min(1_000 << step, 60_000));
    }

    private static bool IsOrdinary(Error? error) => error is null || error.Code is "order.no_match" or "order.unmatched" or "order.cancelled";

    private (string, object)? Announce(ArmedExit exit, string status, decimal? average)
    {
        if (exit.Announced)
            return null;
        exit.Announced = true;
        Fired.Add(1);
        var tickToSubmit = exit is { TickReceivedAt: { } tick, SubmittedAt: { } sent } ? (sent - tick).TotalMilliseconds : (double?)null;
        if (tickToSubmit is { } milliseconds)
            TickToSubmit.Record(milliseconds);
        Log.HasFired(logger, ExitWords.Of(exit.Kind), exit.Id, exit.UserId, exit.MarketId, exit.Filled, tickToSubmit);
        return news.Fired(exit, status, average);
    }

    private static partial class Log
    {
        [LoggerMessage(ExitEventIds.Fired, LogLevel.Information, "Exit {Kind} {Exit} of user {UserId} fired in market {Market}: {Shares} shares sold so far; its order was posted {TickToSubmitMs} ms after the tick")]
        public static partial void HasFired(ILogger logger, string kind, Guid exit, long userId, string market, Shares shares, double? tickToSubmitMs);

        [LoggerMessage(ExitEventIds.Refused, LogLevel.Warning, "The venue refuses the order of exit {Exit} of user {UserId}: {Reason}; it will be tried again")]
        public static partial void Refused(ILogger logger, Guid exit, long userId, string? reason);

        [LoggerMessage(ExitEventIds.NotWritten, LogLevel.Warning, "What became of {Count} exits could not be written yet; their orders are")]
        public static partial void NotWritten(ILogger logger, int count, Exception e);
    }
}
