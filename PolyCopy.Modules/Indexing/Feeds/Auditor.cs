using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Feeds;

/// <summary>Compares what we stored with the venue's own history, brings a new leader's last days, and takes over while the chain cannot be read.</summary>
/// <remarks>The history is late and may be empty for a while: it adds trades, it never takes one away and never says that a leader is flat.</remarks>
internal sealed partial class Auditor(
    ITradeHistory history, AuditState state, TradeBook trades, CoverageBook coverage, ChainState chain, WatchBook watch, WatchStore store, IVenueClock time, TimeProvider clock, ILogger<Auditor> logger) : BackgroundService
{
    private const int WalletsPerRound = 20;
    private static readonly TimeSpan History = TimeSpan.FromDays(7);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PeriodAlone = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan UnsettledAfter = TimeSpan.FromMinutes(5);
    private readonly Dictionary<string, (DateTime Since, DateTimeOffset Through)> _audited = new(StringComparer.Ordinal);
    private bool _told;
    private int _failures;

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await TryAsync(ct);
                await Task.Delay(_failures == 0 ? Round : TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Min(_failures, 6)))), clock, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping
        }
    }

    /// <summary>One round: whose last days are missing, then whose comparison is due, the longest waiting first.</summary>
    public async Task AuditAsync(CancellationToken ct)
    {
        var watched = watch.Now;
        var now = time.UtcNow;
        var asked = 0;
        foreach (var leader in watched.Leaders.Values.Where(l => l.BackfilledAt is null).OrderBy(l => l.WatchedAt).Take(WalletsPerRound).ToList())
        {
            var found = 0;
            string? name = null;
            foreach (var wallet in leader.AllWallets())
            {
                asked++;
                var rows = await history.TradesAsync(wallet, now - History, now, ct);
                name = rows.Select(r => r.Name).LastOrDefault(n => n is not null) ?? name;
                var since = new DateTimeOffset(leader.WatchedAt) - TradeBook.Tolerance;
                found += await trades.StoreFeedAsync([.. rows.Where(r => r.At < since)], LeaderTradeSource.DataApi, isHistory: true, watched, ct);
            }
            state.Answered();
            await store.BackfilledAsync(leader, name, now, ct);
            Log.Backfilled(logger, leader.Address, found);
        }
        var isAlone = coverage.ChainTrouble is not null;
        var due = now - (isAlone ? PeriodAlone : Period);
        foreach (var leader in watched.Leaders.Values.Where(l => l.BackfilledAt is not null && Audited(l) < due - Settle).OrderBy(Audited).ToList())
        {
            if (asked >= WalletsPerRound)
                return;
            var from = Audited(leader) - Overlap;
            // while the chain is read, only what it has passed is compared; alone, everything counts at once
            var to = isAlone ? now : Earlier(now - Settle, chain.ThroughAt ?? now);
            foreach (var wallet in leader.AllWallets())
            {
                asked++;
                var rows = (await history.TradesAsync(wallet, from, to, ct)).Where(r => r.At <= to && r.At.UtcDateTime >= leader.WatchedAt - TradeBook.Tolerance).ToList();
                if (rows.Count > 0 && await trades.StoreFeedAsync(rows, LeaderTradeSource.DataApi, isHistory: false, watched, ct) is > 0 and var missed)
                    Log.Recovered(logger, leader.Address, missed);
            }
            state.Answered();
            _audited[leader.Address] = (leader.WatchedAt, isAlone ? to - Settle : to);
            await store.AuditedAsync(leader, isAlone ? to - Settle : to, ct);
        }
        await DropUnsettledAsync(now, ct);
    }

    /// <summary>How far a leader has been compared since he is watched.</summary>
    private DateTimeOffset Audited(WatchedRow leader) =>
        _audited.TryGetValue(leader.Address, out var audited) && audited.Since == leader.WatchedAt ? audited.Through : new DateTimeOffset(leader.AuditedThrough ?? leader.WatchedAt);

    private async Task TryAsync(CancellationToken ct)
    {
        try
        {
            await AuditAsync(ct);
            if (_told)
                Log.Back(logger);
            (_told, _failures) = (false, 0);
        }
        catch (VenueException e)
        {
            state.Down(e.Message);
            _failures++;
            if (!_told)
                Log.Down(logger, e.Message);
            _told = true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            _failures++;
            Log.Failed(logger, e);
        }
    }

    private async Task DropUnsettledAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (coverage.ChainTrouble is not null || chain.ThroughAt is not { } read)
            return; // a chain that was not read proves nothing
        var dropped = await trades.DropUnsettledAsync(Earlier(now, read) - UnsettledAfter, ct);
        if (dropped > 0)
            Log.Unsettled(logger, dropped);
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static partial class Log
    {
        [LoggerMessage(EventIds.Indexing + 30, LogLevel.Information, "Fetched the last days of {Leader}: {Count} trades")]
        public static partial void Backfilled(ILogger logger, string leader, int count);

        [LoggerMessage(EventIds.Indexing + 31, LogLevel.Warning, "The venue's history knows {Count} trades of {Leader} that neither the chain nor the feed had told")]
        public static partial void Recovered(ILogger logger, string leader, int count);

        [LoggerMessage(EventIds.Indexing + 32, LogLevel.Warning, "The venue's history cannot be read: {Reason}; trying on")]
        public static partial void Down(ILogger logger, string reason);

        [LoggerMessage(EventIds.Indexing + 33, LogLevel.Information, "The venue's history is read again")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(EventIds.Indexing + 34, LogLevel.Error, "Comparing with the venue's history failed")]
        public static partial void Failed(ILogger logger, Exception e);

        [LoggerMessage(EventIds.Indexing + 35, LogLevel.Warning, "{Count} trades that the feed told never came to the chain: they are taken back")]
        public static partial void Unsettled(ILogger logger, int count);
    }
}
