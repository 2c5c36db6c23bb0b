using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>Reads a range of the chain from one node: fills and transfers of the watched wallets.</summary>
internal sealed class ChainReader(Contracts contracts)
{
    // one query holds this many wallets: providers cap the length of topic lists
    private const int WalletsPerQuery = 250;
    private static readonly Bytes32[] Topics = [FillLog.TopicV2, FillLog.TopicV1, TransferLog.Single, TransferLog.Batch];

    /// <summary>What to subscribe to: fills and outgoing transfers of the wallets; a wake-up may miss the rest.</summary>
    public ChainQuery Wake(WatchBook.Snapshot watched) =>
        new(0, 0, contracts.All, watched.Wallets.Count <= WalletsPerQuery ? [Topics, null, [.. watched.Wallets.Keys.Select(w => FillLog.Topic(w))]] : [Topics]);

    /// <exception cref="VenueException">The node did not answer, or answers contradict each other.</exception>
    public async Task<ChainScan> ReadAsync(NodeState node, long from, long to, WatchBook.Snapshot watched, CancellationToken ct)
    {
        var scan = new ChainScan(from, to);
        foreach (var wallets in watched.Wallets.Keys.Select(w => FillLog.Topic(w)).Chunk(WalletsPerQuery).ToList())
        {
            // second topic: whose order was filled, whose shares left; third: who was the aggressor, who received
            await ReadSpansAsync(node, new ChainQuery(from, to, contracts.All, [Topics, null, wallets]), scan, watched, ct);
            await ReadSpansAsync(node, new ChainQuery(from, to, contracts.All, [Topics, null, null, wallets]), scan, watched, ct);
        }
        if (scan.IsTorn)
            throw new VenueException(VenueFailure.Malformed, $"{node.Name}: the chain moved while it was read");
        return scan;
    }

    private async Task ReadSpansAsync(NodeState node, ChainQuery query, ChainScan scan, WatchBook.Snapshot watched, CancellationToken ct)
    {
        for (var from = query.From; from <= query.To;)
        {
            var to = Math.Min(query.To, from + node.Span - 1);
            try
            {
                await node.Node.ReadLogsAsync(query with { From = from, To = to }, (in ChainLog log) => scan.Add(log, contracts, watched), ct);
                node.Answered();
                from = to + 1;
            }
            catch (VenueException e) when (e.Failure == VenueFailure.TooWide && to > from)
            {
                node.Halve(to - from + 1);
            }
        }
    }
}
