using System.Collections.Concurrent;
using System.Threading.Channels;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Follows the positions that have exits: added and sold shares, shares that settle, positions that close, exits attached by a fill.</summary>
internal sealed class ExitHoldings(ExitBook book, ExitWaits waits, WorkerScope workers, IPositionBook positions) : IPositionListener
{
    private readonly ConcurrentDictionary<Guid, byte> _later = new();

    // Full: the sweep takes the position up within a second.
    private readonly Channel<Guid> _changed = Channel.CreateBounded<Guid>(new BoundedChannelOptions(16_384) { SingleReader = true });

    /// <summary>Positions whose exits in the table differ from those in memory.</summary>
    public ChannelReader<Guid> Changed => _changed.Reader;

    /// <summary>The table's exits of the position have changed, and that is committed. Said any sooner it would be read, found unchanged and forgotten.</summary>
    public void Follow(Guid positionId)
    {
        if (!_changed.Writer.TryWrite(positionId))
            FollowLater(positionId);
    }

    /// <summary>With the next sweep.</summary>
    public void FollowLater(Guid positionId) => _later[positionId] = 0;

    public void Retry()
    {
        foreach (var id in _later.Keys)
            if (_changed.Writer.TryWrite(id))
                _later.TryRemove(id, out _);
    }

    public void Committed(IReadOnlyList<Booked> changes)
    {
        foreach (var change in changes)
        {
            if (change.Position is not { } position)
                continue;
            if (change.Closed && book.RemovePosition(position.Id).Count > 0)
                Follow(position.Id); // the table must say so too, whoever closed it
            if (change.Closed || book.TryPosition(position.Id) is not { } held)
                continue;
            if (change.SharesDelta > 0)
                held.Grow(change.SharesDelta);
            held.Learn(position);
            if (change.SellableDelta <= 0)
                continue;
            foreach (var exit in held.Exits)
                if (exit is { State: ExitState.Waiting, Wait: WaitFor.Shares })
                    waits.Kick(exit);
        }
    }

    /// <summary>Reads the positions that memory does not know yet.</summary>
    public async Task LearnAsync(IReadOnlyCollection<Guid> positionIds, CancellationToken ct)
    {
        var unknown = positionIds.Where(id => book.TryPosition(id) is { State: null }).Distinct().ToList();
        foreach (var chunk in unknown.Chunk(5_000))
            foreach (var position in await workers.ReadAsync((db, token) => positions.FindAsync(db, chunk, token), ct))
                if (position is not null && book.TryPosition(position.Id) is { } held)
                    held.Learn(position);
    }
}
