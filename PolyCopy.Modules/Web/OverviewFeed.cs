using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Web;

/// <summary>One reading for all open pages of a user, twice a second while somebody looks. A page that nobody logged in to shows the demo's user, and outside Demo none.</summary>
internal sealed partial class OverviewFeed(
    IVenueEndpoints venue, StreamHealth health, IPositions positions, IExits exits, IUserEvents events, ILeaders leaders, ICopying copying, IMarketCatalog catalog, TimeProvider clock, ILogger<OverviewFeed> logger) : BackgroundService
{
    private const long Nobody = 0;
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(30); // longer than a browser takes from the page that was sent to the page that lives
    private static readonly TimeSpan CopiesFor = TimeSpan.FromSeconds(3);
    private readonly ConcurrentDictionary<long, OverviewRoom> _rooms = new();
    private bool _failing;

    /// <summary>Where the pages of a user hear of changes.</summary>
    public OverviewRoom Room(long? userId) => _rooms.GetOrAdd(userId ?? (venue.Profile == Profile.Demo ? DemoPopulation.UserId : Nobody), static id => new OverviewRoom(id == Nobody ? null : id));

    /// <summary>Makes what it shows be of now: without anybody watching, nothing was read since the last visit.</summary>
    public Task FreshenAsync(OverviewRoom room) => room.IsWatched ? Task.CompletedTask : ShowAsync(room, CancellationToken.None);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var first = Room(null);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (id, room) in _rooms)
            {
                if (room.IsWatched)
                    await ShowAsync(room, stoppingToken);
                else if (room != first && clock.GetElapsedTime(room.ShownAt) > KeptFor)
                    _rooms.TryRemove(id, out _);
            }
        }
    }

    private async Task ShowAsync(OverviewRoom room, CancellationToken ct)
    {
        try
        {
            room.Show(await ReadAsync(room, ct), clock.GetTimestamp());
            _failing = false;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            if (!_failing)
                Log.NotRead(logger, e);
            _failing = true;
        }
    }

    private async Task<OverviewView> ReadAsync(OverviewRoom room, CancellationToken ct)
    {
        var user = room.UserId;
        var held = user is { } id ? (await positions.ListAsync(id, "active", 50, null, ct)).Items : [];
        var fired = user is { } owner ? (await exits.ListAsync(owner, null, 100, null, ct)).Items.Where(e => e.SubmittedAt is not null).Take(12).ToList() : [];
        var heard = user is { } listener ? await events.ReadAsync(listener, Math.Max(0, await events.LastSequenceAsync(listener, ct) - 200), 200, ct) : [];
        var markets = await MarketsAsync(ct);
        return new OverviewView(
            venue.Profile.ToString().ToUpperInvariant(), Feed(), user, user is { } u ? await positions.PortfolioAsync(u, ct) : null, held, fired,
            [.. heard.Reverse().Take(40)], markets, room.Remember(held), fired.Select(f => f.MarketId).Distinct().ToDictionary(m => m, m => catalog.TryGet(m)?.Question ?? m), await CopiesAsync(room, ct));
    }

    private async Task<CopyPart> CopiesAsync(OverviewRoom room, CancellationToken ct)
    {
        if (room.CopiesAt is { } at && clock.GetElapsedTime(at) < CopiesFor)
            return room.Copies;
        var best = (await leaders.ListAsync("pnl", 6, null, ct)).Items;
        var follows = room.UserId is { } user ? (await copying.ListAsync(user, 20, null, ct)).Items : [];
        var decisions = follows.Count > 0 ? (await copying.DecisionsAsync(room.UserId!.Value, null, null, 12, null, ct)).Items : [];
        room.Keep(new CopyPart(best, follows, decisions), clock.GetTimestamp());
        return room.Copies;
    }

    /// <summary>With nothing in the catalogue yet it asks the venue; a venue that is down must not take the rest of the page with it.</summary>
    private async Task<IReadOnlyList<Market>> MarketsAsync(CancellationToken ct)
    {
        try
        {
            return (await catalog.ListAsync(null, null, 12, null, ct)).Items;
        }
        catch (VenueException)
        {
            return [];
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
