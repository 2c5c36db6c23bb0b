using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>Follows exactly the markets somebody holds or has armed: spreads them over connections, sweeps the truth every 5 minutes, and keeps REST and watchdog going.</summary>
internal sealed class Streamer(
    ShardSet shards, QuotePublisher publisher, QuoteBoard board, QuoteInterest interest, IEnumerable<IInterestSource> sources, IMarketCatalog catalog, RestBooks rest, FeedWatchdog watchdog, FeedCounters counters,
    Protection protection, FeedEvents events, StreamHealth health, TimeProvider clock, ILogger<Streamer> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SweepAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestMarketWait = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (long At, TimeSpan Wait)> _tokenless = new();

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        FeedWarmup.Run(publisher, board, events, clock);
        health.IsRunning = true;
        await Task.WhenAll(
            KeepAsync("feed events", events.RunAsync, stopping),
            KeepAsync("sweep", SweepAsync, stopping),
            KeepAsync("subscriptions", FollowAsync, stopping),
            KeepAsync("REST books", RestAsync, stopping),
            KeepAsync("watchdog", WatchAsync, stopping),
            KeepAsync("armed tokens", ArmedAsync, stopping),
            KeepAsync("price log", TellPricesAsync, stopping));
        health.IsRunning = false;
        await shards.StopAsync();
    }

    private async Task KeepAsync(string part, Func<CancellationToken, Task> run, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await run(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                StreamLog.PartFailed(logger, part, e);
                await Task.Delay(TellEvery, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RestAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Turn, clock);
        do
        {
            var all = shards.All;
            protection.Look(all);
            await rest.RoundAsync(all, ct);
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    private async Task ArmedAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Turn, clock);
        while (await timer.WaitForNextTickAsync(ct))
            await protection.RefreshAsync(ct);
    }

    private async Task WatchAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TellEvery, clock);
        while (await timer.WaitForNextTickAsync(ct))
            await watchdog.LookAsync(shards.All, ct);
    }

    private async Task TellPricesAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TellEvery, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            counters.Look();
            foreach (var market in shards.All.SelectMany(s => s.Markets))
            {
                var updates = market.Updates;
                if (updates == market.ToldUpdates)
                    continue;
                market.ToldUpdates = updates;
                StreamLog.UpdatedPrices(logger, market.Id);
            }
        }
    }

    private async Task SweepAsync(CancellationToken ct)
    {
        while (true)
        {
            var turn = interest.Turn;
            var held = new HashSet<string>();
            var armed = new HashSet<TokenId>();
            var whole = true;
            foreach (var source in sources)
            {
                try
                {
                    foreach (var (marketId, tokens) in await source.InterestAsync(ct))
                    {
                        held.Add(marketId);
                        armed.UnionWith(tokens);
                    }
                }
                catch (Exception e) when (!ct.IsCancellationRequested)
                {
                    whole = false;
                    StreamLog.SweepFailed(logger, source.GetType().Name, e.Message);
                }
            }
            if (whole)
            {
                protection.Know(armed);
                interest.Repair(held, turn);
            }
            else
            {
                foreach (var id in held)
                    interest.Add(id);
            }
            await Task.Delay(whole ? SweepEvery : SweepAgain, clock, ct);
        }
    }

    // Level-triggered: what is wanted against what is followed, whatever happened in between.
    private async Task FollowAsync(CancellationToken ct)
    {
        while (true)
        {
            var changed = interest.Changed;
            Unfollow();
            await FollowMissingAsync(ct);
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(ct);
            await Task.WhenAny(changed, Task.Delay(_tokenless.Count > 0 ? TellEvery : SweepEvery, clock, turn.Token));
            await turn.CancelAsync();
            ct.ThrowIfCancellationRequested();
        }
    }

    private void Unfollow()
    {
        var wanted = interest.Wanted;
        foreach (var id in _tokenless.Keys.Where(id => !wanted.ContainsKey(id)).ToArray())
            _tokenless.TryRemove(id, out _);
        health.Tokenless = _tokenless.Count;
        var gone = shards.Followed.Where(id => !wanted.ContainsKey(id)).ToArray();
        foreach (var id in gone)
        {
            shards.Unfollow(id);
            StreamLog.AutoUnsubscribed(logger, id);
        }
        if (gone.Length > 0)
            StreamLog.UnsubscribedMarkets(logger, gone.Length);
    }

    private async Task FollowMissingAsync(CancellationToken ct)
    {
        var count = 0;
        var missing = interest.Wanted.Keys.Where(id => !shards.IsFollowed(id) && !(_tokenless.TryGetValue(id, out var wait) && clock.GetElapsedTime(wait.At) < wait.Wait));
        // Markets that only the venue knows are asked for side by side: one slow answer must not keep the others waiting.
        await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, async (id, token) =>
        {
            if (await FindAsync(id, token) is not { } market || !interest.Wanted.ContainsKey(id))
                return;
            _tokenless.TryRemove(id, out _);
            shards.Follow(id, market);
            StreamLog.AutoSubscribed(logger, id);
            Interlocked.Increment(ref count);
        });
        health.Tokenless = _tokenless.Count;
        if (count > 0)
            StreamLog.SubscribedMarkets(logger, count);
    }

    private async Task<Market?> FindAsync(string id, CancellationToken ct)
    {
        try
        {
            var market = await catalog.FindAsync(id, ct);
            if (market is { Tokens.Count: > 0 })
                return market;
            StreamLog.NoTokens(logger, id);
            market = await catalog.RefreshAsync(id, ct);
            if (market is { Tokens.Count: > 0 })
                return market;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            StreamLog.MarketUnreachable(logger, id, e.Message);
        }
        // The venue may need minutes to give a new market its tokens (F46).
        var wait = _tokenless.TryGetValue(id, out var before) ? before.Wait * 2 : TellEvery;
        _tokenless[id] = (clock.GetTimestamp(), wait > LongestMarketWait ? LongestMarketWait : wait);
        return null;
    }
}
