using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>What a face of the product shows of the core itself. Has an HTTP twin.</summary>
public interface ICoreStatus
{
    /// <summary>What is traded against: it stands on every screen and receipt.</summary>
    ValueTask<Profile> ProfileAsync(CancellationToken ct);

    /// <summary>How live prices do.</summary>
    Task<StreamReport> FeedAsync(CancellationToken ct);
}

internal sealed class CoreStatus(IVenueEndpoints venue, StreamHealth health) : ICoreStatus
{
    public ValueTask<Profile> ProfileAsync(CancellationToken ct) => ValueTask.FromResult(venue.Profile);

    public Task<StreamReport> FeedAsync(CancellationToken ct) => Task.FromResult(health.Read().ToReport());
}
