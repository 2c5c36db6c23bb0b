using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Exits of tokens without a book (404, resolution proposed) are suspended, their owners are told, and they are armed again when the book is back. Also tells owners when their live price is lost.</summary>
internal sealed partial class ExitSuspension(ExitBook book, ExitWaits waits, ExitStore store, ExitNews news, IMarketCatalog markets, ILogger<ExitSuspension> logger) : IFeedListener, IMarketListener
{
    private readonly ConcurrentDictionary<TokenId, byte> _suspended = new();
    private readonly ConcurrentDictionary<TokenId, byte> _unprotected = new();

    public IEnumerable<TokenId> Suspended => _suspended.Keys;

    public bool IsSuspended(TokenId token) => _suspended.ContainsKey(token);

    /// <summary>Suspended before a restart.</summary>
    public void Remember(TokenId token) => _suspended[token] = 0;

    public async Task SuspendAsync(IReadOnlyCollection<TokenId> tokens, Said reason, CancellationToken ct)
    {
        var affected = tokens.Where(t => book.Exits.Any(e => e.Token == t)).ToHashSet();
        if (affected.Count == 0)
            return;
        foreach (var token in affected)
            _suspended[token] = 0;
        foreach (var exit in book.Exits.Where(e => affected.Contains(e.Token)))
            foreach (var from in (ReadOnlySpan<ExitState>)[ExitState.Armed, ExitState.Waiting, ExitState.Queued])
                exit.Slot.Move(exit, from, ExitState.Suspended);
        var changed = await store.SuspendAsync(affected, suspend: true, reason.Text, row => news.Suspended(row, reason), ct);
        if (changed.Count > 0)
            Log.Suspended(logger, changed.Count, changed[0].MarketId, reason.Text);
    }

    public async Task ResumeAsync(IReadOnlyCollection<TokenId> tokens, CancellationToken ct)
    {
        var back = tokens.Where(t => _suspended.TryRemove(t, out _)).ToHashSet();
        if (back.Count == 0)
            return;
        var changed = await store.SuspendAsync(back, suspend: false, "", row => news.Suspended(row, Reasons.BookBack.With()), ct);
        foreach (var slot in book.Slots.Where(s => back.Contains(s.Token)))
            slot.Forget();
        foreach (var exit in book.Exits.Where(e => back.Contains(e.Token)))
            if (exit.IsTimed)
            {
                if (exit.Slot.Arm(exit, ExitState.Suspended))
                    waits.SetHour(exit);
            }
            else if (exit.IsStop && exit.FilledBefore > Shares.Zero)
            {
                waits.Add(exit, ExitState.Suspended, WaitFor.PresentBook, TimeSpan.Zero);
            }
            else
            {
                exit.Slot.Arm(exit, ExitState.Suspended);
            }
        if (changed.Count > 0)
            Log.Resumed(logger, changed.Count, changed[0].MarketId);
    }

    public ValueTask BookChangedAsync(TokenId token, bool exists, CancellationToken ct) => new(exists ? (MayResume(token) ? ResumeAsync([token], ct) : Task.CompletedTask) : SuspendAsync([token], Reasons.NoBook.With(), ct));

    public ValueTask ChangedAsync(Market before, Market after, CancellationToken ct)
    {
        if (before.EndDate != after.EndDate && after.EndDate is { } end)
            foreach (var exit in book.Exits.Where(e => e.Kind == ExitKind.BeforeResolution && e.MarketId == after.Id))
            {
                exit.At = (end - exit.Before).UtcDateTime;
                waits.SetHour(exit);
            }
        if (before.ResolutionStatus is null && after is { ResolutionStatus: { } status, Payouts: null }) // with payouts it ends at once
            return new(SuspendAsync([.. after.Tokens], Reasons.Resolving.With(Gap.Word("resolution", status)), ct));
        if (before.ResolutionStatus is not null && after.ResolutionStatus is null && !after.Closed)
            return new(ResumeAsync([.. after.Tokens], ct));
        return ValueTask.CompletedTask;
    }

    public async ValueTask ProtectionChangedAsync(IReadOnlyCollection<TokenId> tokens, bool live, string reason, CancellationToken ct)
    {
        // only those are told it is back who were told it was lost
        var turned = tokens.Where(t => live ? _unprotected.TryRemove(t, out _) : _unprotected.TryAdd(t, 0)).ToHashSet();
        var told = book.Exits.Where(e => turned.Contains(e.Token)).GroupBy(e => (e.UserId, e.MarketId))
            .Select(g => (g.Key.UserId, live ? "protection_back" : "protection_lost", news.Protection(g.Key.MarketId, g.First().Token, g.Count(), reason))).ToList();
        if (told.Count == 0)
            return;
        Log.Protection(logger, live ? "back" : "lost, prices are read by REST each second", told.Count, reason);
        await store.TellAsync(told, ct);
    }

    // Money and cancelled exits of a resolved market are one transaction of the trading side; memory follows from the closed positions.
    public ValueTask ResolvedAsync(string conditionId, TokenId winner, CancellationToken ct) => ValueTask.CompletedTask;

    public ValueTask ResolvedAsync(Market market, CancellationToken ct) => ValueTask.CompletedTask;

    // Thresholds are compared with bids of any grid, and each try is rounded to the tick of the moment.
    public ValueTask TickSizeChangedAsync(TokenId token, Price tick, CancellationToken ct) => ValueTask.CompletedTask;

    /// <summary>Whether nothing is known against trading the token again.</summary>
    public bool MayResume(TokenId token) => markets.ByToken(token) is not { } market || market.IsTradable;

    private static partial class Log
    {
        [LoggerMessage(ExitEventIds.Suspended, LogLevel.Warning, "{Count} exits in market {Market} are suspended: {Reason}")]
        public static partial void Suspended(ILogger logger, int count, string market, string reason);

        [LoggerMessage(ExitEventIds.Resumed, LogLevel.Information, "{Count} exits in market {Market} are armed again")]
        public static partial void Resumed(ILogger logger, int count, string market);

        [LoggerMessage(ExitEventIds.Protection, LogLevel.Warning, "Live protection is {State}; {Count} owners are told: {Reason}")]
        public static partial void Protection(ILogger logger, string state, int count, string reason);
    }
}
