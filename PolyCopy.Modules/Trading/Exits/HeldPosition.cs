using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>A position that has exits: its size as last committed, so that a firing needs no read, and the exits themselves. Memory only proposes; the order's transaction decides.</summary>
internal sealed class HeldPosition(Guid id)
{
    private readonly Lock _gate = new();
    private IReadOnlyList<ArmedExit> _exits = [];
    private OpenPosition? _state;
    private long _added;

    public Guid Id { get; } = id;

    public IReadOnlyList<ArmedExit> Exits => Volatile.Read(ref _exits);

    /// <summary>The newest committed state; null before the first.</summary>
    public OpenPosition? State => Volatile.Read(ref _state);

    public Shares Size => State?.Size ?? Shares.Zero;

    /// <summary>All that has come to it since it is followed; it only grows.</summary>
    public Shares Added => new(Interlocked.Read(ref _added));

    /// <summary>Commits may be told out of order: the revision decides.</summary>
    public void Learn(OpenPosition position)
    {
        lock (_gate)
        {
            if (_state is null || position.Revision >= _state.Revision)
                Volatile.Write(ref _state, position);
        }
    }

    /// <summary>Shares came.</summary>
    public void Grow(long micros) => Interlocked.Add(ref _added, micros);

    public void Add(ArmedExit exit)
    {
        lock (_gate)
            Volatile.Write(ref _exits, [.. _exits.Where(e => e.Id != exit.Id), exit]);
    }

    public void Remove(ArmedExit exit)
    {
        lock (_gate)
            Volatile.Write(ref _exits, [.. _exits.Where(e => e != exit)]);
    }
}
