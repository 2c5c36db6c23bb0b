using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>Spreads markets over connections of at most 200 tokens; a market stays whole and stays where it is. A connection without markets is closed.</summary>
internal sealed class ShardSet(
    IMarketFeed feed, QuoteBoard board, QuotePublisher publisher, FeedCounters counters, FeedEvents events, StreamerOptions options, TimeProvider clock, ILogger<ShardSet> logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Shard Shard, FollowedMarket Market)> _followed = [];
    private readonly Dictionary<Shard, (CancellationTokenSource Stop, Task Running)> _running = [];
    private volatile Shard[] _all = [];

    /// <summary>The shards now; an immutable snapshot.</summary>
    public IReadOnlyList<Shard> All => _all;

    /// <summary>Ids of the followed markets.</summary>
    public IReadOnlyCollection<string> Followed
    {
        get
        {
            lock (_gate)
                return [.. _followed.Keys];
        }
    }

    public bool IsFollowed(string marketId)
    {
        lock (_gate)
            return _followed.ContainsKey(marketId);
    }

    public void Follow(string id, Market market)
    {
        lock (_gate)
        {
            if (_followed.ContainsKey(id))
                return;
            var shard = _all.FirstOrDefault(s => s.Tokens + market.Tokens.Count <= options.TokensPerConnection) ?? Open();
            var followed = new FollowedMarket(id, market.ConditionId, market.NegRisk);
            var books = market.Tokens.Select(t => BookOf(followed, t, market, shard)).ToArray();
            if (books.Length == 2)
                (books[0].Sibling, books[1].Sibling) = (books[1], books[0]);
            followed.Books = books;
            shard.Follow(followed);
            _followed[id] = (shard, followed);
        }
    }

    public void Unfollow(string id)
    {
        lock (_gate)
        {
            if (!_followed.Remove(id, out var entry))
                return;
            entry.Shard.Unfollow(entry.Market);
            if (entry.Shard.Tokens == 0)
                Close(entry.Shard);
        }
    }

    /// <summary>Closes all connections and waits for their ends.</summary>
    public async Task StopAsync()
    {
        Task[] ends;
        lock (_gate)
        {
            ends = [.. _running.Values.Select(r => r.Running)];
            foreach (var shard in _all)
                Close(shard);
        }
        await Task.WhenAll(ends);
    }

    private Book BookOf(FollowedMarket followed, TokenId token, Market market, Shard shard)
    {
        var slot = board.Slot(token, market.MinOrderSize);
        var book = new Book(followed, slot, token, market.TickSize, board.MinOrder(slot), shard.Gate);
        book.Resume(board.Read(slot));
        return book;
    }

    private Shard Open()
    {
        var shard = new Shard(feed, publisher, board, counters, events, clock, Random.Shared, logger);
        var stop = new CancellationTokenSource();
        _running[shard] = (stop, options.Enabled ? RunAsync(shard, stop.Token) : Task.CompletedTask);
        _all = [.. _all, shard];
        return shard;
    }

    private void Close(Shard shard)
    {
        _running.Remove(shard, out var running);
        _all = [.. _all.Where(s => s != shard)];
        running.Stop.Cancel();
    }

    private async Task RunAsync(Shard shard, CancellationToken ct)
    {
        await Task.Yield();
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await shard.RunAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                StreamLog.PartFailed(logger, "a connection", e);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
