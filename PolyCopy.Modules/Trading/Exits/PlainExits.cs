using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>The plain take-profit and stop-loss of a position: those that sell all of it. Siblings: what one leaves, the other still covers, until the position is flat.</summary>
internal sealed class PlainExits(ExitStore store, TimeProvider clock)
{
    /// <summary>Sets or clears one or both legs in the caller's transaction; a leg that is not named stays.</summary>
    /// <returns>The position's open exits afterwards.</returns>
    public async Task<List<ExitRow>> ApplyAsync(PolyContext db, OpenPosition position, (bool Change, Price? Price) take, (bool Change, Price? Price) stop, CancellationToken ct)
    {
        var open = await ExitStore.Open(db, position.Id).ToListAsync(ct);
        if (take.Change)
            Apply(db, position, open, ExitKind.TakeProfit, take.Price);
        if (stop.Change)
            Apply(db, position, open, ExitKind.StopLoss, stop.Price);
        await db.SaveChangesAsync(ct);
        await store.ProjectAsync(db, position.Id, ct);
        open.RemoveAll(r => !r.IsOpen);
        return open;
    }

    public static bool IsPlain(ExitKind kind, decimal fraction) => kind is ExitKind.TakeProfit or ExitKind.StopLoss && fraction >= 1;

    private void Apply(PolyContext db, OpenPosition position, List<ExitRow> open, ExitKind kind, Price? price)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var plain = open.Where(r => r.Kind == kind && r.Fraction >= 1).OrderBy(r => kind == ExitKind.TakeProfit ? r.TriggerPrice!.Value.TenThousandths : -r.TriggerPrice!.Value.TenThousandths).ToList();
        foreach (var row in price is null ? plain : plain.Skip(1))
            (row.Status, row.Reason, row.UpdatedAt) = (ExitStatus.Cancelled, "changed by its owner", now);
        if (price is null)
            return;
        if (plain is [var first, ..])
        {
            if (first.TriggerPrice == price)
                return;
            (first.TriggerPrice, first.Arming, first.Attempts, first.Target, first.Filled, first.Reason, first.UpdatedAt) = (price, first.Arming + 1, 0, null, Shares.Zero, null, now);
            if (first.Status == ExitStatus.Firing)
                first.Status = ExitStatus.Armed;
            return;
        }
        var added = New(position, kind, now, clock);
        added.TriggerPrice = price;
        added.GroupId = position.Id;
        db.Add(added);
        open.Add(added);
    }

    /// <summary>A new armed exit of the whole position, guarded if it is a stop.</summary>
    public static ExitRow New(OpenPosition position, ExitKind kind, DateTime now, TimeProvider clock) => new()
    {
        Id = Ids.New(clock),
        UserId = position.UserId,
        WalletId = position.WalletId,
        PositionId = position.Id,
        MarketId = position.MarketId,
        TokenId = position.Token,
        Kind = kind,
        Fraction = 1,
        Guard = kind is ExitKind.TakeProfit or ExitKind.BreakEven ? ExitWords.Instant : ExitWords.Guarded,
        Status = ExitStatus.Armed,
        Arming = 1,
        CreatedAt = now,
        UpdatedAt = now,
    };
}
