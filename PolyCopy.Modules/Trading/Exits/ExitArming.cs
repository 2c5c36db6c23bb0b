using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Exits that follow from fills, inside the fill's transaction; memory follows after the commit.</summary>
internal sealed class ExitArming(PlainExits plain, ExitStore store, ExitHoldings holdings) : IExitArming
{
    public async Task AttachAsync(PolyContext db, OpenPosition position, Price? takeProfit, Price? stopLoss, CancellationToken ct)
    {
        await plain.ApplyAsync(db, position, (takeProfit is not null, takeProfit), (stopLoss is not null, stopLoss), ct);
        holdings.Expect(position.Id);
    }

    public async Task RearmAsync(PolyContext db, OpenPosition position, CancellationToken ct)
    {
        if (await store.RearmAsync(db, position.Id, ct))
            holdings.Expect(position.Id);
    }

    public Task CancelAsync(PolyContext db, Guid positionId, string reason, CancellationToken ct) => store.CancelAsync(db, positionId, reason, ct);
}
