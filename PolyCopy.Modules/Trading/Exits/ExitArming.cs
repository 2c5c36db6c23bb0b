using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Exits that follow from fills, inside the fill's transaction; memory follows after the commit.</summary>
internal sealed class ExitArming(PlainExits plain, ExitStore store, ExitHoldings holdings) : IExitArming
{
    public async Task AttachAsync(PolyContext db, OpenPosition position, Price? takeProfit, Price? stopLoss, CancellationToken ct) =>
        await plain.ApplyAsync(db, position, (takeProfit is not null, takeProfit), (stopLoss is not null, stopLoss), ct);

    public Task RearmAsync(PolyContext db, OpenPosition position, CancellationToken ct) => store.RearmAsync(db, position.Id, ct);

    public void Follow(IEnumerable<Guid> positionIds)
    {
        foreach (var id in positionIds)
            holdings.Follow(id);
    }

    public Task CancelAsync(PolyContext db, Guid positionId, string reason, CancellationToken ct) => store.CancelAsync(db, positionId, reason, ct);
}
