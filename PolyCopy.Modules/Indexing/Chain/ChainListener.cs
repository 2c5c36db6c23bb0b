using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>Reads the chain: overlapping ranges, each checked by block hashes, stored before the cursor moves; a subscription only wakes it earlier.</summary>
/// <remarks>Polygon: blocks of 1.75 s, finality after some 5 s, reorganisations of a block or two (facts of 2026-11). Nodes behind one address differ, so nothing an answer leaves out is believed at once.</remarks>
internal sealed partial class ChainListener(
    IChain chain, NodeBook nodes, ChainReader reader, ChainState state, IndexStore store, MoveJudge moves, MarketNames markets, WatchBook watch, TimeProvider clock, ILogger<ChainListener> logger)
    : BackgroundService
{
    public const int Overlap = 20;
    private const int WithoutFinality = 64;
    private const long FarthestCatchUp = 20_000;
    private const long BlocksPerStep = 2_000;
    private const int MostDisputes = 30;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly System.Diagnostics.Metrics.Counter<long> Blocks = Meters.Instance.CreateCounter<long>("polycopy.chain.blocks");
    private static readonly System.Diagnostics.Metrics.Counter<long> Reorgs = Meters.Instance.CreateCounter<long>("polycopy.chain.reorgs");
    private readonly Bell _wake = new();
    private int _disputes;
    private bool _told;
    private bool _loaded;

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        try
        {
            if (nodes.All.Count == 0)
            {
                state.Down(nodes.Fault);
                Log.NoEndpoint(logger, nodes.Fault);
                return;
            }
            watch.Changed += _wake.Ring;
            var listening = ListenAsync(ct);
            while (!ct.IsCancellationRequested)
            {
                await TryRoundAsync(ct);
                await _wake.WaitAsync(Poll, ct);
            }
            await listening;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping
        }
        finally
        {
            watch.Changed -= _wake.Ring;
        }
    }

    /// <summary>What was read before the last stop.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        await store.LoadChainAsync(state, ct);
        _loaded = true;
    }

    /// <summary>One reading up to the head, from the first node that gives a sound answer.</summary>
    /// <returns>False when none did.</returns>
    public async Task<bool> RoundAsync(CancellationToken ct)
    {
        var watched = watch.Now;
        if (watched.Wallets.Count == 0)
        {
            state.Clear(); // nobody is watched, nothing is read: the next reading begins at the head
            return true;
        }
        foreach (var node in nodes.Usable().ToList())
        {
            try
            {
                await nodes.CheckAsync(node, ct);
                await ReadAsync(node, watched, ct);
                node.Works();
                state.RoundDone();
                if (_told)
                    Log.Back(logger, node.Name);
                _told = false;
                await FinalizeAsync(node, watched, ct);
                return true;
            }
            catch (VenueException e)
            {
                nodes.Fails(node, e);
                Log.NodeFailed(logger, e.Message);
            }
        }
        state.Down(nodes.Fault);
        if (!_told)
            Log.Down(logger, nodes.Fault);
        _told = true;
        return false;
    }

    private async Task TryRoundAsync(CancellationToken ct)
    {
        try
        {
            if (!_loaded)
                await LoadAsync(ct);
            await RoundAsync(ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            state.Down("what the chain says cannot be stored");
            Log.RoundFailed(logger, e);
        }
    }

    private async Task ReadAsync(NodeState node, WatchBook.Snapshot watched, CancellationToken ct)
    {
        var head = await node.Node.HeadAsync(ct);
        var (fork, isReorg) = await ForkAsync(node, head, ct);
        if (!isReorg && state.Through is { } through && head.Number <= through)
        {
            if (head.Number < through - Overlap)
                throw new VenueException(VenueFailure.Unreachable, $"{node.Name} is {through - head.Number} blocks behind");
            return;
        }
        if (isReorg)
            await ConfirmAsync(node, fork!.Value, ct);
        var headers = await HeadersAsync(node, Math.Max((fork ?? head.Number - Overlap - 1) + 1, head.Number - ChainState.Kept + 1), head, ct);
        if (state.Through is null)
            state.FinalThrough = Math.Max(state.FinalThrough, head.Number - Overlap - 1);
        var from = Math.Max(0, Math.Min(fork ?? head.Number, state.Through ?? head.Number) + 1 - Overlap);
        if (head.Number - from > FarthestCatchUp)
        {
            Log.TooFar(logger, head.Number - from);
            store.Missed(watched);
            from = head.Number - FarthestCatchUp;
        }
        while (from <= head.Number)
        {
            var to = isReorg ? head.Number : Math.Min(head.Number, from + BlocksPerStep - 1);
            await StepAsync(node, from, to, isReorg ? fork : null, headers, watched, ct);
            from = to + 1;
        }
    }

    private async Task StepAsync(NodeState node, long from, long to, long? fork, Dictionary<long, ChainBlock> headers, WatchBook.Snapshot watched, CancellationToken ct)
    {
        var end = headers.GetValueOrDefault(to) ?? await node.Node.BlockAsync(to, ct) ?? throw Moved(node);
        var scan = await reader.ReadAsync(node, from, to, watched, ct);
        // whatever an answer holds, an empty one above all: it counts only from a node that has the block up to which it claims to have looked
        if (await node.Node.BlockAsync(end.Hash, ct) is null)
            throw new VenueException(VenueFailure.Malformed, $"{node.Name} answered for block {to} without having it");
        foreach (var (number, hash) in scan.Hashes)
            if ((headers.GetValueOrDefault(number) ?? (fork is { } f && number > f ? null : state.Block(number))) is { } known && known.Hash != hash)
                throw Moved(node);
        await TimeAsync(node, scan, headers, ct);
        await moves.JudgeAsync(node.Node, scan, store.IsBooked, store.IsHeld, ct);
        await markets.LearnAsync(scan.Fills.Select(f => (TokenId.Parse(f.Token.ToString()), (string?)null)), ct);
        var step = new ChainStep(scan, fork, [.. headers.Values.Where(b => b.Number <= to).OrderBy(b => b.Number)], to, state.FinalThrough);
        var removed = await store.ApplyAsync(step, watched, ct);
        if (fork is { } at)
        {
            Reorgs.Add(1);
            state.Reorganised();
            Log.Reorg(logger, (state.Through ?? at) - at, at, removed);
            state.CutAbove(at);
        }
        foreach (var block in step.Blocks)
            state.Set(block);
        Blocks.Add(Math.Max(0, to - (state.Through ?? to)));
        state.Read(to, end.At);
    }

    /// <summary>The last height on which the node and we agree; a reorganisation when we know more above it than the node says.</summary>
    private async Task<(long? Fork, bool IsReorg)> ForkAsync(NodeState node, ChainBlock head, CancellationToken ct)
    {
        if (state.Tip is not { } tip)
            return (state.Through, false);
        if (head.Number == tip.Number + 1 && head.Parent == tip.Hash)
            return (tip.Number, false);
        var highest = Math.Min(tip.Number, head.Number);
        for (var number = highest; number >= state.Lowest; number--)
        {
            var theirs = number == head.Number ? head : await node.Node.BlockAsync(number, ct) ?? throw Moved(node);
            if (theirs.Hash == state.Hash(number))
                return (number, number < highest);
        }
        return (state.Lowest - 1, true);
    }

    /// <summary>A single node that contradicts the others has not seen a reorganisation: it is wrong.</summary>
    private async Task ConfirmAsync(NodeState node, long fork, CancellationToken ct)
    {
        foreach (var other in nodes.Usable().Where(n => n != node))
        {
            try
            {
                await nodes.CheckAsync(other, ct);
                if (await other.Node.BlockAsync(fork + 1, ct) is { } theirs && theirs.Hash == state.Hash(fork + 1))
                    throw new VenueException(VenueFailure.Malformed, $"{node.Name} tells of another block {fork + 1} than {other.Name}");
                return;
            }
            catch (VenueException e) when (e.Failure != VenueFailure.Malformed)
            {
                nodes.Fails(other, e);
            }
        }
    }

    /// <summary>Every header of the range, each the parent of the next.</summary>
    private async Task<Dictionary<long, ChainBlock>> HeadersAsync(NodeState node, long from, ChainBlock head, CancellationToken ct)
    {
        var headers = new Dictionary<long, ChainBlock> { [head.Number] = head };
        var child = head;
        for (var number = head.Number - 1; number >= Math.Max(0, from); number--)
        {
            // by hash: this walks the very chain that the head stands on
            child = await node.Node.BlockAsync(child.Parent, ct) ?? throw Moved(node);
            headers[number] = child;
        }
        return headers;
    }

    private async Task TimeAsync(NodeState node, ChainScan scan, Dictionary<long, ChainBlock> headers, CancellationToken ct)
    {
        foreach (var number in scan.Hashes.Keys.Where(n => !scan.Times.ContainsKey(n)).ToList())
            scan.Times[number] = (headers.GetValueOrDefault(number) ?? state.Block(number) ?? await node.Node.BlockAsync(number, ct) ?? throw Moved(node)).At;
    }

    /// <summary>What cannot change any more is read once more, by a second node where there is one, before it is called final.</summary>
    private async Task FinalizeAsync(NodeState node, WatchBook.Snapshot watched, CancellationToken ct)
    {
        var finalized = (await node.Node.FinalizedAsync(ct))?.Number ?? state.Through!.Value - WithoutFinality;
        var from = state.FinalThrough + 1;
        var to = Math.Min(Math.Min(finalized, state.Through!.Value), from + BlocksPerStep - 1);
        if (to < from)
            return;
        var second = nodes.All.Count == 1 ? node : nodes.Usable().FirstOrDefault(n => n != node);
        if (second is null)
        {
            state.Doubt = $"nothing becomes final: the second endpoint does not answer ({nodes.All.First(n => n != node).Fault})";
            return;
        }
        try
        {
            await nodes.CheckAsync(second, ct);
            var end = state.Block(to) ?? await node.Node.BlockAsync(to, ct);
            if (end is null || await second.Node.BlockAsync(end.Hash, ct) is null)
                return; // it is behind, or on another branch: next round
            var scan = await reader.ReadAsync(second, from, to, watched, ct);
            await TimeAsync(second, scan, [], ct);
            var disputed = await store.FinalizeAsync(new ChainStep(scan, null, [], state.Through!.Value, to) { IsVerification = true }, watched, accept: _disputes >= MostDisputes, ct);
            if (disputed > 0 && _disputes++ < MostDisputes)
            {
                state.Doubt = $"{second.Name} does not know {disputed} trades of blocks {from} to {to}";
                return;
            }
            if (disputed > 0)
                Log.Disputed(logger, second.Name, disputed, from, to);
            _disputes = 0;
            state.Doubt = null;
            state.FinalThrough = to;
            second.Works();
        }
        catch (VenueException e) when (second != node)
        {
            nodes.Fails(second, e);
            state.Doubt = $"nothing becomes final: {e.Message}";
        }
    }

    /// <summary>Holds the subscription; made anew when the wallets change.</summary>
    private async Task ListenAsync(CancellationToken ct)
    {
        var failures = 0;
        while (!ct.IsCancellationRequested)
        {
            using var life = CancellationTokenSource.CreateLinkedTokenSource(ct);
            void Renew() => life.Cancel();
            watch.Changed += Renew;
            try
            {
                var watched = watch.Now;
                if (watched.Wallets.Count == 0)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, life.Token);
                    continue;
                }
                var since = clock.GetTimestamp();
                var reason = await chain.ListenAsync(reader.Wake(watched), _ => _wake.Ring(), life.Token);
                if (life.IsCancellationRequested)
                    continue;
                failures = clock.GetElapsedTime(since) > TimeSpan.FromMinutes(1) ? 0 : Math.Min(failures + 1, 6);
                Log.SocketGone(logger, reason);
                await Task.Delay(TimeSpan.FromSeconds(Math.Pow(2, failures) * (0.5 + Random.Shared.NextDouble())), clock, life.Token);
            }
            catch (OperationCanceledException) when (life.IsCancellationRequested)
            {
                // the wallets changed, or the end
            }
            catch (Exception e) when (!life.IsCancellationRequested)
            {
                Log.SocketFailed(logger, e);
                await Task.Delay(TimeSpan.FromSeconds(30), clock, ct);
            }
            finally
            {
                watch.Changed -= Renew;
            }
        }
    }

    private static VenueException Moved(NodeState node) => new(VenueFailure.Malformed, $"{node.Name}: the chain moved while it was read");

    private static partial class Log
    {
        [LoggerMessage(EventIds.Indexing, LogLevel.Warning, "Leaders are not read from the chain: {Reason}. Their trades come from RTDS and the Data API, later and less surely")]
        public static partial void NoEndpoint(ILogger logger, string reason);

        [LoggerMessage(EventIds.Indexing + 1, LogLevel.Warning, "The chain cannot be read: {Reason}; trying on")]
        public static partial void Down(ILogger logger, string reason);

        [LoggerMessage(EventIds.Indexing + 2, LogLevel.Information, "The chain is read again, from {Node}")]
        public static partial void Back(ILogger logger, string node);

        [LoggerMessage(EventIds.Indexing + 3, LogLevel.Debug, "An endpoint failed: {Reason}")]
        public static partial void NodeFailed(ILogger logger, string reason);

        [LoggerMessage(EventIds.Indexing + 4, LogLevel.Warning, "The chain was reorganised: {Depth} blocks above {Fork} are others now, {Removed} trades of leaders are gone")]
        public static partial void Reorg(ILogger logger, long depth, long fork, int removed);

        [LoggerMessage(EventIds.Indexing + 5, LogLevel.Warning, "We are {Blocks} blocks behind: the older ones are left to the Data API")]
        public static partial void TooFar(ILogger logger, long blocks);

        [LoggerMessage(EventIds.Indexing + 6, LogLevel.Warning, "{Node} never came to know {Count} trades of blocks {From} to {To}; they are kept")]
        public static partial void Disputed(ILogger logger, string node, int count, long from, long to);

        [LoggerMessage(EventIds.Indexing + 7, LogLevel.Error, "Reading the chain failed")]
        public static partial void RoundFailed(ILogger logger, Exception e);

        [LoggerMessage(EventIds.Indexing + 8, LogLevel.Debug, "The subscription to logs is gone: {Reason}; polling goes on")]
        public static partial void SocketGone(ILogger logger, string reason);

        [LoggerMessage(EventIds.Indexing + 9, LogLevel.Error, "Subscribing to logs failed; polling goes on")]
        public static partial void SocketFailed(ILogger logger, Exception e);
    }
}

/// <summary>One reading of the chain, to be stored in one transaction.</summary>
/// <param name="Fork">Everything above is new: what is not in the scan is gone. Null when nothing was reorganised.</param>
/// <param name="Blocks">Headers to keep.</param>
/// <param name="Through">Read so far.</param>
/// <param name="FinalThrough">Final so far.</param>
internal sealed record ChainStep(ChainScan Scan, long? Fork, IReadOnlyList<ChainBlock> Blocks, long Through, long FinalThrough)
{
    /// <summary>A second reading: what it finds new, the first has missed.</summary>
    public bool IsVerification { get; init; }
}
