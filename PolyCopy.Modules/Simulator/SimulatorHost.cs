using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace PolyCopy.Modules.Simulator;

/// <summary>The venue alone, for the verb <c>simulator</c>: the product can be killed while the venue lives.</summary>
public static class SimulatorHost
{
    /// <summary>Runs until <paramref name="ct"/>; <paramref name="started"/> gets the address when it listens.</summary>
    /// <exception cref="InvalidOperationException">Simulator:Url is not a loopback address.</exception>
    public static async Task RunAsync(IConfiguration configuration, TimeProvider clock, ILoggerFactory loggers, Action<Uri> started, CancellationToken ct)
    {
        await using var server = await SimulatorServer.StartAsync(SimulatorOptions.From(configuration), clock, loggers, ct);
        started(server.Address);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (ct.Register(() => stopped.TrySetResult()))
            await stopped.Task;
    }
}
