namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>Stands between the venue and a socket, for faults: mute, inject, garble, close. Called on the connection's sender, in order.</summary>
internal interface IFrameFilter
{
    /// <summary>What is really sent for a data frame: usually the frame itself; nothing to mute it; several to inject.</summary>
    IEnumerable<ReadOnlyMemory<byte>> Outgoing(SimConnection connection, ReadOnlyMemory<byte> frame);

    /// <summary>False: a PING stays without PONG.</summary>
    bool AnswersPing(SimConnection connection);
}
