namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>Stands between the venue and a socket, for faults: mute, inject, garble, close.</summary>
internal interface IFrameFilter
{
    /// <summary>True while frames pass as they are and nobody needs to be asked.</summary>
    bool IsIdle { get; }

    /// <summary>What is really sent for a data frame: usually the frame itself; nothing to mute it; several to inject. Called on the connection's sender, in order.</summary>
    IEnumerable<ReadOnlyMemory<byte>> Outgoing(SimConnection connection, ReadOnlyMemory<byte> frame);

    /// <summary>What the venue really hears of a message; null: nothing. Called on the connection's reader.</summary>
    string? Incoming(SimConnection connection, string text);

    /// <summary>False: a PING stays without PONG.</summary>
    bool AnswersPing(SimConnection connection);
}
