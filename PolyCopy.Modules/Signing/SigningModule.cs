using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Signing;

public static class SigningModule
{
    /// <summary>Warms the signature code up in the background of the start; all else here is pure functions.</summary>
    public static IHostApplicationBuilder AddSigning(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHostedService<SigningWarmUp>();
        return builder;
    }
}

internal sealed partial class SigningWarmUp(TimeProvider clock, ILogger<SigningWarmUp> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = clock.GetTimestamp();
        await OrderSigner.WarmUpAsync(clock, stoppingToken);
        Log.Ready(logger, Secp256k1.Backend, (int)clock.GetElapsedTime(started).TotalMilliseconds);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Signing, LogLevel.Information, "Orders are signed with {Backend}; warm after {Milliseconds} ms")]
        public static partial void Ready(ILogger logger, string backend, int milliseconds);
    }
}
