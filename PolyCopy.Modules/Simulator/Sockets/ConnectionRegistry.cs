using System.Collections.Concurrent;

namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>The sockets open now, for /control/stats and for faults that close them.</summary>
internal sealed class ConnectionRegistry
{
    private readonly ConcurrentDictionary<long, SimConnection> _open = new();
    private long _ids;

    /// <summary>Open sockets, oldest first.</summary>
    public IReadOnlyList<SimConnection> Open => [.. _open.Values.OrderBy(c => c.Id)];

    /// <summary>The id of the newest connection ever.</summary>
    public long LastId => Interlocked.Read(ref _ids);

    public long NextId() => Interlocked.Increment(ref _ids);

    public void Add(SimConnection connection) => _open[connection.Id] = connection;

    public void Remove(SimConnection connection) => _open.TryRemove(connection.Id, out _);
}
