using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PolyCopy.Modules.Simulator;

/// <summary>Runs the venue inside the host; StartAsync returns when it listens, because its clients start next.</summary>
internal sealed class SimulatorService(SimulatorOptions options, SimulatorAddress address, TimeProvider clock, ILoggerFactory loggers) : IHostedService
{
    private SimulatorServer? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _server = await SimulatorServer.StartAsync(options, clock, loggers, cancellationToken);
            address.Publish(_server.Address);
        }
        catch (Exception e)
        {
            address.Fail(e);
            throw;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
