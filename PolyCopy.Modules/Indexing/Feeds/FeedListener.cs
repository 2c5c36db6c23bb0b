using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Feeds;

/// <summary>Holds the live feed and stores the watched wallets' trades ahead of the chain. It only makes things earlier: what it loses the chain brings.</summary>
/// <remarks>The feed has fallen silent on open sockets after 20 to 30 minutes, so a second connection replaces the first every ten, and overlaps with it.</remarks>
internal sealed partial class FeedListener(ITradeFeed feed, FeedState state, TradeBook trades, WatchBook watch, IVenueClock time, TimeProvider clock, ILogger<FeedListener> logger) : BackgroundService
{
    private const int Backlog = 10_000; // when full the oldest is dropped: the chain brings it
    private static readonly TimeSpan ReplaceAfter = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan OverlapMost = TimeSpan.FromSeconds(15);
    private static readonly System.Diagnostics.Metrics.Counter<long> LateTrades = Meters.Instance.CreateCounter<long>("polycopy.rtds.late_trades");
    private readonly Channel<FeedTrade> _trades = Channel.CreateBounded<FeedTrade>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private bool _told;

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        try
        {
            await Task.WhenAll(ConnectAsync(ct), StoreAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping
        }
    }

    private async Task ConnectAsync(CancellationToken ct)
    {
        var failures = 0;
        while (true)
        {
            await WantedAsync(ct);
            var since = clock.GetTimestamp();
            string reason;
            try
            {
                reason = await HoldAsync(ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                Log.Failed(logger, e);
                reason = e.GetType().Name;
            }
            state.Down(reason);
            if (!_told)
                Log.Gone(logger, reason);
            _told = true;
            failures = clock.GetElapsedTime(since) > TimeSpan.FromMinutes(1) ? 0 : Math.Min(failures + 1, 6);
            await Task.Delay(TimeSpan.FromSeconds(Math.Pow(2, failures) * (0.5 + Random.Shared.NextDouble() / 2)), clock, ct);
        }
    }

    /// <summary>One connection after the other, overlapping, until one ends by itself.</summary>
    private async Task<string> HoldAsync(CancellationToken ct)
    {
        var current = new Connection(this, ct);
        try
        {
            while (true)
            {
                using var due = CancellationTokenSource.CreateLinkedTokenSource(ct);
                var replace = Task.Delay(ReplaceAfter, clock, due.Token);
                var ended = await Task.WhenAny(current.Ended, replace) == current.Ended;
                await due.CancelAsync();
                if (ended)
                    return await current.Ended;
                ct.ThrowIfCancellationRequested();
                var next = new Connection(this, ct);
                await Task.WhenAny(next.Heard, next.Ended, Task.Delay(OverlapMost, clock, ct));
                await current.DisposeAsync();
                current = next;
            }
        }
        finally
        {
            await current.DisposeAsync();
        }
    }

    private async Task StoreAsync(CancellationToken ct)
    {
        var batch = new List<FeedTrade>();
        while (await _trades.Reader.WaitToReadAsync(ct))
        {
            batch.Clear();
            while (batch.Count < 500 && _trades.Reader.TryRead(out var trade))
                batch.Add(trade);
            try
            {
                await trades.StoreFeedAsync(batch, LeaderTradeSource.Rtds, isHistory: false, watch.Now, ct);
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                Log.NotStored(logger, batch.Count, e);
            }
        }
    }

    /// <summary>Nobody watched, no connection.</summary>
    private async Task WantedAsync(CancellationToken ct)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (watch.Now.Wallets.Count > 0)
                changed.TrySetResult();
        }
        watch.Changed += Look;
        try
        {
            Look();
            await changed.Task.WaitAsync(ct);
        }
        finally
        {
            watch.Changed -= Look;
        }
    }

    private Task<string> OpenAsync(Connection connection, CancellationToken ct) => feed.RunAsync(connection, ct);

    private bool Wants(string wallet) => watch.Now.WalletTexts.ContainsKey(wallet);

    private void Hear(string type)
    {
        if (_told)
            Log.Back(logger);
        _told = false;
        state.Alive(type);
    }

    private void Take(FeedTrade trade)
    {
        if (time.UtcNow - trade.At > TradeBook.LateAfter)
        {
            state.TooLate();
            LateTrades.Add(1);
            return; // a feed half an hour behind has been seen: what is late is left to the chain and the audit
        }
        _trades.Writer.TryWrite(trade);
    }

    private sealed class Connection : ITradeFeedListener, IAsyncDisposable
    {
        private readonly FeedListener _owner;
        private readonly CancellationTokenSource _life;
        private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Connection(FeedListener owner, CancellationToken ct)
        {
            _owner = owner;
            _life = CancellationTokenSource.CreateLinkedTokenSource(ct);
            Ended = owner.OpenAsync(this, _life.Token);
        }

        public Task<string> Ended { get; }

        public Task Heard => _heard.Task;

        public bool Wants(string wallet) => _owner.Wants(wallet);

        public void Alive(string type)
        {
            _owner.Hear(type);
            _heard.TrySetResult();
        }

        public void Trade(FeedTrade trade) => _owner.Take(trade);

        public async ValueTask DisposeAsync()
        {
            await _life.CancelAsync();
            await ((Task)Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _life.Dispose();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Indexing + 20, LogLevel.Information, "The live feed of trades is gone: {Reason}; trying on, the chain tells meanwhile")]
        public static partial void Gone(ILogger logger, string reason);

        [LoggerMessage(EventIds.Indexing + 21, LogLevel.Information, "The live feed of trades is heard")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(EventIds.Indexing + 23, LogLevel.Error, "The live feed of trades failed")]
        public static partial void Failed(ILogger logger, Exception e);

        [LoggerMessage(EventIds.Indexing + 22, LogLevel.Warning, "{Count} trades of the feed were not stored; the chain brings them")]
        public static partial void NotStored(ILogger logger, int count, Exception e);
    }
}
