using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Venue;

/// <summary>The chain behind the venue, through one or several nodes; none of them is believed alone.</summary>
public interface IChain
{
    /// <summary>The configured nodes in order of preference; empty when none is configured.</summary>
    IReadOnlyList<IChainNode> Nodes { get; }

    /// <summary>Subscribes to logs over a WebSocket until the connection ends. What it pushes is a wake-up, never the truth.</summary>
    /// <param name="what">The range is ignored.</param>
    /// <param name="wake">Called for each push; true when it says that a log was removed.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Why it ended.</returns>
    Task<string> ListenAsync(ChainQuery what, Action<bool> wake, CancellationToken ct);
}

/// <summary>One JSON-RPC endpoint. Trouble is a <see cref="VenueException"/>; <see cref="VenueFailure.TooWide"/> means that less must be asked for.</summary>
public interface IChainNode
{
    /// <summary>Its host; never the path, which may be a key.</summary>
    string Name { get; }

    /// <summary>137 Polygon, 80002 Amoy.</summary>
    Task<long> ChainIdAsync(CancellationToken ct);

    Task<ChainBlock> HeadAsync(CancellationToken ct);

    /// <summary>The newest block that cannot change any more; null when the node does not say.</summary>
    Task<ChainBlock?> FinalizedAsync(CancellationToken ct);

    /// <summary>Null when the node has no such block.</summary>
    Task<ChainBlock?> BlockAsync(long number, CancellationToken ct);

    /// <summary>Null when the node does not know the hash.</summary>
    Task<ChainBlock?> BlockAsync(Bytes32 hash, CancellationToken ct);

    /// <summary>The logs of a range, in the chain's order.</summary>
    Task ReadLogsAsync(ChainQuery query, ChainLogReader read, CancellationToken ct);

    /// <summary>All logs of a transaction.</summary>
    /// <returns>False when the node has no receipt.</returns>
    Task<bool> ReadReceiptAsync(Bytes32 transaction, ChainLogReader read, CancellationToken ct);

    Task<bool> HasCodeAsync(Address address, CancellationToken ct);

    /// <summary>What an owner has as of a block, of an ERC-1155 contract's id or, without one, of an ERC-20 contract; null when the contract gives no such answer.</summary>
    Task<UInt256?> BalanceAsync(Address contract, Address owner, UInt256? id, long block, CancellationToken ct);
}

/// <param name="At">Its own timestamp.</param>
public sealed record ChainBlock(long Number, Bytes32 Hash, Bytes32 Parent, DateTimeOffset At);

/// <param name="From">First block.</param>
/// <param name="To">Last block, included.</param>
/// <param name="Contracts">Who emitted.</param>
/// <param name="Topics">By position: any of these; null is anything.</param>
public sealed record ChainQuery(long From, long To, IReadOnlyList<Address> Contracts, IReadOnlyList<IReadOnlyList<Bytes32>?> Topics);

/// <summary>Hears one log; its data is valid during the call only.</summary>
public delegate void ChainLogReader(in ChainLog log);

/// <summary>One log as a node sent it, without a string.</summary>
public readonly ref struct ChainLog
{
    public Address Contract { get; init; }
    public int TopicCount { get; init; }
    public Bytes32 Topic0 { get; init; }
    public Bytes32 Topic1 { get; init; }
    public Bytes32 Topic2 { get; init; }
    public Bytes32 Topic3 { get; init; }
    public ReadOnlySpan<byte> Data { get; init; }
    public long BlockNumber { get; init; }
    public Bytes32 BlockHash { get; init; }

    /// <summary>Unix seconds; zero when the node does not say.</summary>
    public long BlockTime { get; init; }
    public Bytes32 Transaction { get; init; }
    public int LogIndex { get; init; }

    /// <summary>The block that held it is no longer part of the chain.</summary>
    public bool Removed { get; init; }
}
