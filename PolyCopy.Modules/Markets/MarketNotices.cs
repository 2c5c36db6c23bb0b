using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Markets;

/// <summary>Tells the listeners, one notice at a time, outside the catalogue's lock.</summary>
/// <remarks>When full the oldest are dropped: the poller tells resolutions again each minute, and a later change of the same market says more.</remarks>
internal sealed class MarketNotices
{
    private readonly Channel<(Market? Before, Market After)> _notices = Channel.CreateBounded<(Market?, Market)>(new BoundedChannelOptions(20_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Changed(Market before, Market after) => _notices.Writer.TryWrite((before, after));

    public void Resolved(Market market) => _notices.Writer.TryWrite((null, market));

    public IAsyncEnumerable<(Market? Before, Market After)> ReadAllAsync(CancellationToken ct) => _notices.Reader.ReadAllAsync(ct);
}

internal sealed partial class MarketNotifier(MarketNotices notices, IEnumerable<IMarketListener> listeners, ILogger<MarketNotifier> logger) : BackgroundService
{
    private readonly IMarketListener[] _listeners = [.. listeners];

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var (before, after) in notices.ReadAllAsync(ct))
                foreach (var listener in _listeners)
                    await TellAsync(listener, before, after, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping: what is left is found again by the first poll after the next start
        }
    }

    private async Task TellAsync(IMarketListener listener, Market? before, Market after, CancellationToken ct)
    {
        try
        {
            await (before is null ? listener.ResolvedAsync(after, ct) : listener.ChangedAsync(before, after, ct));
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.ListenerFailed(logger, listener.GetType().Name, after.Id, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Markets + 1, LogLevel.Error, "{Listener} failed on a change of market {MarketId}")]
        public static partial void ListenerFailed(ILogger logger, string listener, string marketId, Exception e);
    }
}
