using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Break-even exits that were reached: the position's stop-loss moves up to its entry price.</summary>
internal sealed partial class ExitMoves(
    ExitBook book, ExitWaits waits, ExitStore store, ExitNews news, IUserEvents events, WorkerScope workers, IPositionBook positions, IMarketCatalog markets, TimeProvider clock, ILogger<ExitMoves> logger)
{
    // Full: the exit goes on waiting and is judged again.
    private readonly Channel<Firing> _reached = Channel.CreateBounded<Firing>(new BoundedChannelOptions(4_096) { SingleReader = true });

    public void Add(in Firing firing)
    {
        if (firing.Exit.Slot.Move(firing.Exit, ExitState.Queued, ExitState.Firing) && !_reached.Writer.TryWrite(firing))
            waits.Add(firing.Exit, ExitState.Firing, WaitFor.PresentBook, TimeSpan.FromSeconds(1));
    }

    public async Task RunAsync(ExitArmory armory, CancellationToken stopping)
    {
        while (await _reached.Reader.WaitToReadAsync(stopping))
            await MoveAsync(armory, stopping);
    }

    /// <summary>Carries out what has been reached so far.</summary>
    public async Task MoveAsync(ExitArmory armory, CancellationToken ct)
    {
        while (_reached.Reader.TryRead(out var firing))
        {
            var exit = firing.Exit;
            var editing = book.Editing(exit.PositionId);
            await editing.WaitAsync(ct);
            try
            {
                await armory.SyncAsync(exit.PositionId, await MoveAsync(exit, firing.TriggerBid, ct), ct);
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                Log.NotMoved(logger, exit.Id, e);
                waits.Add(exit, ExitState.Firing, WaitFor.PresentBook, TimeSpan.FromSeconds(1));
            }
            finally
            {
                editing.Release();
            }
        }
    }

    private async Task<List<ExitRow>> MoveAsync(ArmedExit exit, Price bid, CancellationToken ct)
    {
        var open = await workers.WriteAsync(async (db, token) =>
        {
            var rows = await ExitStore.Open(db, exit.PositionId).ToListAsync(token);
            if (rows.Find(r => r.Id == exit.Id && r.Arming == exit.Arming) is not { } row || await positions.FindAsync(db, exit.PositionId, token) is not { } position)
                return rows;
            var now = clock.GetUtcNow().UtcDateTime;
            var entry = Entry(position.EntryPrice, markets.TryGet(exit.MarketId)?.TickSize ?? new Price(100), bid);
            row.Status = ExitStatus.Done;
            row.Reason = $"the stop-loss stands at {entry}";
            row.TickReceivedAt = row.DecidedAt = row.UpdatedAt = now;
            var stop = rows.Where(r => r is { Kind: ExitKind.StopLoss, Fraction: >= 1 }).MaxBy(r => r.TriggerPrice);
            if (stop is null)
                rows.Add(Add(db, row, entry, now));
            else if (stop.TriggerPrice < entry && book.Find(stop.Id)?.State != ExitState.Firing)
                (stop.TriggerPrice, stop.Arming, stop.Attempts, stop.Target, stop.UpdatedAt) = (entry, stop.Arming + 1, 0, null, now);
            events.Append(db, exit.UserId, "exit_moved", news.Moved(exit, entry).Payload);
            await db.SaveChangesAsync(token);
            await store.ProjectAsync(db, exit.PositionId, token);
            return rows;
        }, ct);
        events.Notify();
        Log.Moved(logger, exit.Id, exit.UserId);
        return [.. open.Where(r => r.IsOpen)];
    }

    private ExitRow Add(PolyContext db, ExitRow from, Price trigger, DateTime now)
    {
        var row = new ExitRow
        {
            Id = Ids.New(clock),
            UserId = from.UserId,
            WalletId = from.WalletId,
            PositionId = from.PositionId,
            MarketId = from.MarketId,
            TokenId = from.TokenId,
            Kind = ExitKind.StopLoss,
            TriggerPrice = trigger,
            Fraction = from.Fraction,
            Guard = from.Guard,
            Status = ExitStatus.Armed,
            Arming = 1,
            GroupId = from.PositionId,
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Add(row);
        return row;
    }

    // Up to the tick, so that it does break even; but below the bid that reached it.
    private static Price Entry(decimal entryPrice, Price tick, Price bid)
    {
        var up = (int)decimal.Ceiling(entryPrice * Price.Scale / tick.TenThousandths) * tick.TenThousandths;
        var below = bid.TenThousandths - tick.TenThousandths;
        return new Price(Math.Clamp(Math.Min(up, below), tick.TenThousandths, tick.Complement.TenThousandths));
    }

    private static partial class Log
    {
        [LoggerMessage(ExitEventIds.Moved, LogLevel.Information, "Break-even {Exit} of user {UserId} was reached: the stop-loss moved to the entry price")]
        public static partial void Moved(ILogger logger, Guid exit, long userId);

        [LoggerMessage(ExitEventIds.NotMoved, LogLevel.Warning, "Break-even {Exit} was reached and could not be carried out yet")]
        public static partial void NotMoved(ILogger logger, Guid exit, Exception e);
    }
}
