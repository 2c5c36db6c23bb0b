using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Simulator;

/// <summary>Where the simulator really listens; with port 0 known only after it started, so clients resolve it at first use.</summary>
public sealed class SimulatorAddress : ISimulatorAddress
{
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public Uri Address => _ready.Task.IsCompletedSuccessfully ? _ready.Task.Result : throw new InvalidOperationException("The simulator has not started yet.");

    /// <summary>The address of a market or user socket: <c>ws://127.0.0.1:5081/ws/market</c>.</summary>
    public Uri Socket(string path) => new UriBuilder(new Uri(Address, path)) { Scheme = "ws" }.Uri;

    /// <summary>The address of a route: <c>http://127.0.0.1:5081/clob</c>.</summary>
    public Uri Http(string path) => new(Address, path);

    /// <summary>Completes when the simulator listens.</summary>
    public Task<Uri> WhenReady(CancellationToken ct) => _ready.Task.WaitAsync(ct);

    internal void Publish(Uri address) => _ready.TrySetResult(address);

    internal void Fail(Exception reason) => _ready.TrySetException(reason);
}
