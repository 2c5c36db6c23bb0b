using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;

namespace PolyCopy.Modules.Streaming;

/// <summary>Carries what concerns whole markets off the tick path to the feed listeners, one event at a time and in order.</summary>
internal sealed partial class FeedEvents(IMarketCatalog catalog, Lazy<IReadOnlyList<IFeedListener>> listeners, ILogger<FeedEvents> logger)
{
    // Full only when listeners hang: the oldest wait, the newest is dropped and logged; the poller learns resolutions and ticks too.
    private readonly Channel<Func<CancellationToken, Task>> _queue = Channel.CreateBounded<Func<CancellationToken, Task>>(new BoundedChannelOptions(4096) { SingleReader = true });

    public void Resolved(string conditionId, string winner) => Enqueue(async ct =>
    {
        if (catalog.TryGet(conditionId) is { } market)
            await Refresh(market.Id, ct);
        _ = TokenId.TryParse(winner, out var token);
        await TellAsync(l => l.ResolvedAsync(conditionId, token, ct), ct);
    });

    public void TickSize(string marketId, TokenId token, Price tick) => Enqueue(async ct =>
    {
        await Refresh(marketId, ct);
        await TellAsync(l => l.TickSizeChangedAsync(token, tick, ct), ct);
    });

    public void Protection(IReadOnlyCollection<TokenId> tokens, bool live, string reason) =>
        Enqueue(ct => TellAsync(l => l.ProtectionChangedAsync(tokens, live, reason, ct), ct));

    public void BookExists(TokenId token, bool exists) => Enqueue(ct => TellAsync(l => l.BookChangedAsync(token, exists, ct), ct));

    public async Task RunAsync(CancellationToken ct)
    {
        await foreach (var act in _queue.Reader.ReadAllAsync(ct))
            await act(ct);
    }

    private void Enqueue(Func<CancellationToken, Task> act)
    {
        if (!_queue.Writer.TryWrite(act))
            Log.Dropped(logger);
    }

    private async Task Refresh(string marketId, CancellationToken ct)
    {
        try
        {
            await catalog.RefreshAsync(marketId, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Log.NotRefreshed(logger, marketId, e.Message);
        }
    }

    private async Task TellAsync(Func<IFeedListener, ValueTask> tell, CancellationToken ct)
    {
        foreach (var listener in listeners.Value)
        {
            try
            {
                await tell(listener);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                Log.ListenerFailed(logger, listener.GetType().Name, e);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Streaming + 23, LogLevel.Error, "Feed listener {Listener} failed")]
        public static partial void ListenerFailed(ILogger logger, string listener, Exception e);

        [LoggerMessage(EventIds.Streaming + 24, LogLevel.Error, "Feed listeners hang: a feed event was dropped")]
        public static partial void Dropped(ILogger logger);

        [LoggerMessage(EventIds.Streaming + 25, LogLevel.Warning, "Market {MarketId} could not be refreshed: {Reason}")]
        public static partial void NotRefreshed(ILogger logger, string marketId, string reason);
    }
}
