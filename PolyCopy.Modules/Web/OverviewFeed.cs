using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Web;

/// <summary>One reading for all open pages, twice a second while somebody looks. Outside Demo it shows no user's data.</summary>
internal sealed partial class OverviewFeed(
    IVenueEndpoints venue, StreamHealth health, IPositions positions, IExits exits, IUserEvents events, IMarketCatalog catalog, TimeProvider clock, ILogger<OverviewFeed> logger) : BackgroundService
{
    private const int HistoryLength = 120;
    private readonly Dictionary<TokenId, Queue<decimal>> _histories = [];
    private Action? _changed;
    private bool _failing;

    public OverviewView Current { get; private set; } = OverviewView.Empty;

    /// <summary>Raised after each new reading.</summary>
    public event Action Changed
    {
        add => _changed += value;
        remove => _changed -= value;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (_changed is null && Current != OverviewView.Empty)
                continue;
            try
            {
                Current = await ReadAsync(stoppingToken);
                _failing = false;
                _changed?.Invoke();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!_failing)
                    Log.NotRead(logger, e);
                _failing = true;
            }
        }
    }

    private async Task<OverviewView> ReadAsync(CancellationToken ct)
    {
        long? user = venue.Profile == Profile.Demo ? DemoPopulation.UserId : null;
        var held = user is { } id ? (await positions.ListAsync(id, "active", 50, null, ct)).Items : [];
        var fired = user is { } owner ? (await exits.ListAsync(owner, null, 100, null, ct)).Items.Where(e => e.SubmittedAt is not null).Take(12).ToList() : [];
        var heard = user is { } listener ? await events.ReadAsync(listener, Math.Max(0, await events.LastSequenceAsync(listener, ct) - 200), 200, ct) : [];
        var markets = (await catalog.ListAsync(null, null, 12, null, ct)).Items;
        Remember(held);
        return new OverviewView(
            venue.Profile.ToString().ToUpperInvariant(), Feed(), user, user is { } u ? await positions.PortfolioAsync(u, ct) : null, held, fired,
            [.. heard.Reverse().Take(40)], markets, _histories.ToDictionary(h => h.Key, h => h.Value.ToArray()),
            fired.Select(f => f.MarketId).Distinct().ToDictionary(m => m, m => catalog.TryGet(m)?.Question ?? m));
    }

    private void Remember(IReadOnlyList<PositionView> held)
    {
        foreach (var gone in _histories.Keys.Except(held.Select(p => p.TokenId)).ToList())
            _histories.Remove(gone);
        foreach (var position in held)
        {
            if (!_histories.TryGetValue(position.TokenId, out var history))
                _histories[position.TokenId] = history = new Queue<decimal>();
            history.Enqueue(position.CurrentPrice);
            if (history.Count > HistoryLength)
                history.Dequeue();
        }
    }

    private FeedLine Feed()
    {
        var status = health.Read();
        var (colour, text) = status.State switch
        {
            "healthy" => ("ok", $"live, {status.Markets} markets"),
            "idle" => ("wait", "idle: nothing is held"),
            _ => ("bad", $"degraded: {status.Reason}"),
        };
        return new FeedLine(colour, text, $"{status.Connections} connections, {status.Tokens} tokens, {status.Errors} errors, {status.Reconnects} reconnects", status.Frames);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Web, LogLevel.Warning, "The overview could not be read")]
        public static partial void NotRead(ILogger logger, Exception e);
    }
}
