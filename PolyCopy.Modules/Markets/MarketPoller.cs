using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Markets;

/// <summary>Every minute: the markets that matter from Gamma, their prices from the CLOB (Gamma's are stale), resolutions, and one write.</summary>
/// <remarks>Each step stands alone: what fails in one is tried again in a minute, the others go on.</remarks>
internal sealed partial class MarketPoller(
    MarketIndex index, MarketCatalog catalog, MarketReader reader, MarketStore store, IMarketData venue, IEnumerable<IMarketInterest> interests, PollHealth health, TimeProvider clock, ILogger<MarketPoller> logger)
    : BackgroundService
{
    private const int TradedPages = 3;
    private const int RulesPerPoll = 60;
    private const int RulesAtOnce = 4;
    private const int UnknownPerPoll = 50;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ViewedFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan RulesFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromDays(7);
    private readonly IMarketInterest[] _interests = [.. interests];
    private long? _forgotAt;

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            do
            {
                await PollAsync(ct);
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping
        }
    }

    /// <summary>One round.</summary>
    public async Task PollAsync(CancellationToken ct)
    {
        var faults = new List<string>();
        var wanted = new HashSet<MarketState>();
        await StepAsync("interest", () => InterestAsync(wanted, ct), faults, ct);
        wanted.UnionWith(index.All.Where(s => s.ViewedAt is { } at && clock.GetElapsedTime(at) < ViewedFor));
        var seen = new HashSet<MarketState>(wanted);
        var closed = new List<(MarketState State, VenueMarket Gamma)>();
        await StepAsync("markets", () => WantedAsync(wanted, closed, ct), faults, ct);
        await StepAsync("most traded", () => ListAsync(new MarketFilter("volume24hr"), TradedPages, seen, ct), faults, ct);
        await StepAsync("newly listed", () => ListAsync(new MarketFilter("createdAt"), 1, seen, ct), faults, ct);
        await StepAsync("prices", () => reader.PriceAsync([.. seen.Where(NeedsPrice)], wanted.Contains, ct), faults, ct);
        await StepAsync("rules", () => RulesAsync(wanted, seen, ct), faults, ct);
        foreach (var (state, gamma) in closed)
            await StepAsync("resolution", () => reader.ResolveAsync(state, gamma, ct), faults, ct);
        await catalog.SaveAsync(ct);
        await StepAsync("clean-up", () => ForgetAsync(ct), faults, ct);
        Report(faults);
    }

    private async Task InterestAsync(HashSet<MarketState> wanted, CancellationToken ct)
    {
        var unknown = 0;
        foreach (var interest in _interests)
            foreach (var id in await interest.MarketIdsAsync(ct))
            {
                if (index.Find(id) is null && unknown++ < UnknownPerPoll)
                    await catalog.FindAsync(id, ct);
                if (index.Find(id) is not { } state)
                    continue;
                index.Keep(state);
                wanted.Add(state);
            }
    }

    private async Task WantedAsync(HashSet<MarketState> wanted, List<(MarketState, VenueMarket)> closed, CancellationToken ct)
    {
        foreach (var state in wanted.Where(s => s.Market.Payouts is not null)) // nothing new can be said of it, but somebody still holds it
            index.Resolved(state, state.Market.Payouts!);
        var open = wanted.Where(s => s.Market.Payouts is null).Select(s => s.Market.ConditionId).ToList();
        if (open.Count == 0)
            return;
        foreach (var market in await venue.ByConditionAsync(open, ct))
        {
            var state = index.Gamma(market);
            if (market.Closed)
                closed.Add((state, market));
        }
    }

    private async Task ListAsync(MarketFilter filter, int pages, HashSet<MarketState> seen, CancellationToken ct)
    {
        string? cursor = null;
        for (var page = 0; page < pages; page++)
        {
            var listed = await venue.ListAsync(filter, cursor, ct);
            foreach (var market in listed.Markets)
                seen.Add(index.Gamma(market));
            if (listed.NextCursor is null)
                return;
            cursor = listed.NextCursor;
        }
    }

    private bool NeedsPrice(MarketState state) =>
        state.Market is { Closed: false, Tokens.Count: > 0 } market
        && (market.Source != MarketMerge.WebSocket || clock.GetUtcNow() - market.PricedAt >= MarketMerge.WebSocketPrecedence);

    /// <summary>The CLOB's rules: first for what matters, then for what has none, a few each time.</summary>
    private async Task RulesAsync(HashSet<MarketState> wanted, HashSet<MarketState> seen, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var due = wanted.Where(s => IsDue(s, RulesFor)).Concat(seen.Where(s => IsDue(s, TimeSpan.MaxValue))).Distinct().Take(RulesPerPoll).ToList();
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = RulesAtOnce, CancellationToken = ct }, async (state, stop) => await reader.RulesAsync(state, stop));

        bool IsDue(MarketState s, TimeSpan age) => !s.Market.Closed && s.Market.Tokens.Count > 0 && (s.RulesAt is not { } at || now - at >= age || !s.ClobAccepts);
    }

    private async Task ForgetAsync(CancellationToken ct)
    {
        if (_forgotAt is { } last && clock.GetElapsedTime(last) < TimeSpan.FromHours(1))
            return;
        _forgotAt = clock.GetTimestamp();
        await store.DeleteAsync(index.Forget(clock.GetUtcNow() - ForgetAfter), ct);
    }

    private static async Task StepAsync(string name, Func<Task> step, List<string> faults, CancellationToken ct)
    {
        try
        {
            await step();
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            faults.Add($"{name}: {(e is VenueException ? e.Message : e.GetType().Name + " " + e.Message)}");
        }
    }

    private void Report(List<string> faults)
    {
        var failedBefore = health.Failures > 0;
        health.Polled(clock.GetUtcNow(), faults);
        if (faults.Count > 0 && !failedBefore)
            Log.Failed(logger, string.Join("; ", faults));
        else if (faults.Count == 0 && failedBefore)
            Log.Back(logger, index.All.Count());
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Markets + 7, LogLevel.Warning, "Polling the markets failed in part ({Faults}); trying again every minute")]
        public static partial void Failed(ILogger logger, string faults);

        [LoggerMessage(EventIds.Markets + 8, LogLevel.Information, "Polling the markets works again; {Count} are known")]
        public static partial void Back(ILogger logger, int count);
    }
}

/// <summary>How the last polls went.</summary>
internal sealed class PollHealth(TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(3);
    private readonly long _startedAt = clock.GetTimestamp();
    private long _polledAt;
    private volatile string? _fault;
    private int _failures;

    /// <summary>Polls in a row that failed in part or whole.</summary>
    public int Failures => Volatile.Read(ref _failures);

    public DateTimeOffset? LastPoll { get; private set; }

    public void Polled(DateTimeOffset at, List<string> faults)
    {
        LastPoll = at;
        Volatile.Write(ref _polledAt, clock.GetTimestamp());
        _fault = faults.Count == 0 ? null : faults[0];
        Volatile.Write(ref _failures, faults.Count == 0 ? 0 : _failures + 1);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct = default)
    {
        var age = clock.GetElapsedTime(LastPoll is null ? _startedAt : Volatile.Read(ref _polledAt));
        var data = new Dictionary<string, object> { ["lastPoll"] = LastPoll?.ToString("O") ?? "none", ["failures"] = Failures };
        return Task.FromResult(
            _fault is { } fault ? HealthCheckResult.Degraded(fault, data: data)
            : age > Late ? HealthCheckResult.Degraded("The markets have not been polled for over three minutes", data: data)
            : HealthCheckResult.Healthy(data: data));
    }
}
