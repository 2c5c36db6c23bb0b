using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Tells the order listeners after the commit. They are found late: they order through the same desk.</summary>
internal sealed partial class OrderFeed(IServiceProvider services, ILogger<OrderFeed> logger)
{
    private IOrderListener[]? _listeners;

    public async Task PublishAsync(IReadOnlyList<OrderOutcome> outcomes, CancellationToken ct)
    {
        foreach (var listener in _listeners ??= [.. services.GetServices<IOrderListener>()])
            foreach (var outcome in outcomes)
                try
                {
                    await listener.OrderChangedAsync(outcome, ct);
                }
                catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
                {
                    Log.Deaf(logger, listener.GetType().Name, outcome.OrderHash, e); // the order stands in the database; one listener must not keep the others from hearing
                }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading, LogLevel.Error, "{Listener} failed on order {Hash}")]
        public static partial void Deaf(ILogger logger, string listener, string hash, Exception e);
    }
}
