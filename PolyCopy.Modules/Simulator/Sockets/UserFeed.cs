using System.Collections.Immutable;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>Who listens on /ws/user: frames of an account go to the sockets that proved one of its keys and asked for the market.</summary>
internal sealed class UserFeed
{
    private readonly Lock _lock = new();
    private ImmutableDictionary<Address, ImmutableArray<Listener>> _listeners = ImmutableDictionary<Address, ImmutableArray<Listener>>.Empty;

    public void Add(Address account, Listener listener)
    {
        lock (_lock)
            _listeners = _listeners.SetItem(account, _listeners.GetValueOrDefault(account, []).Add(listener));
    }

    public void Remove(Address account, Listener listener)
    {
        lock (_lock)
            _listeners = _listeners.SetItem(account, _listeners.GetValueOrDefault(account, []).Remove(listener));
    }

    /// <summary>Queues a frame on every socket of the account that wants the market.</summary>
    public void Send(Address account, string condition, ReadOnlyMemory<byte> frame)
    {
        if (!_listeners.TryGetValue(account, out var listeners))
            return;
        foreach (var listener in listeners)
        {
            if (listener.Wants(condition))
                listener.Connection.Send(frame);
        }
    }

    /// <summary>An authenticated socket and the markets it asked for; none named means all.</summary>
    internal sealed class Listener(SimConnection connection)
    {
        private volatile ImmutableHashSet<string>? _markets;

        public SimConnection Connection => connection;

        /// <summary>Adds markets; the first frame without any means all.</summary>
        public void Subscribe(IReadOnlyCollection<string> markets, bool first)
        {
            if (markets.Count > 0)
                _markets = (_markets ?? ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase)).Union(markets);
            else if (first)
                _markets = null;
            connection.Tokens = [.. _markets ?? []];
        }

        public void Unsubscribe(IReadOnlyCollection<string> markets)
        {
            _markets = _markets?.Except(markets);
            connection.Tokens = [.. _markets ?? []];
        }

        public bool Wants(string condition) => _markets?.Contains(condition) ?? true;
    }
}
