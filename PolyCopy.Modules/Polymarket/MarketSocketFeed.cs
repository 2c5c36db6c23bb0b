using System.Net.Security;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>The market channel at the configured address.</summary>
internal sealed class MarketSocketFeed(IVenueEndpoints endpoints, TimeProvider clock) : IMarketFeed
{
    /// <summary>Null: the system's own check.</summary>
    internal RemoteCertificateValidationCallback? Certificate { get; init; }

    public async Task<IMarketConnection> ConnectAsync(IMarketSink sink, CancellationToken ct) =>
        await MarketSocketConnection.OpenAsync(endpoints.MarketSocket, sink, Certificate, clock, ct);
}
