namespace PolyCopy.Modules.Venue;

/// <summary>Where the embedded simulator listens. Implemented by Simulator; absent when none is embedded (then Simulator:Url counts).</summary>
public interface ISimulatorAddress
{
    /// <summary>http://127.0.0.1:port/, the port it was really given.</summary>
    /// <exception cref="InvalidOperationException">It has not started yet.</exception>
    Uri Address { get; }
}
