using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Bot;

/// <summary>What the bot shows of the core itself. Has a twin for a bot in its own process.</summary>
internal interface ICoreStatus
{
    ValueTask<Profile> ProfileAsync(CancellationToken ct);

    Task<StreamReport> FeedAsync(CancellationToken ct);
}

internal sealed class CoreStatus(IVenueEndpoints venue, StreamHealth health) : ICoreStatus
{
    public ValueTask<Profile> ProfileAsync(CancellationToken ct) => ValueTask.FromResult(venue.Profile);

    public Task<StreamReport> FeedAsync(CancellationToken ct) => Task.FromResult(health.Read().ToReport());
}
