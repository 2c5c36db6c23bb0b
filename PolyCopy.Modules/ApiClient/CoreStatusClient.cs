using Microsoft.Extensions.Diagnostics.HealthChecks;
using PolyCopy.Modules.Api;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.ApiClient;

/// <summary>Nothing is kept: a core that comes back as another profile must show on the next screen.</summary>
internal sealed class CoreStatusClient(Backend core) : ICoreStatus
{
    public async ValueTask<Profile> ProfileAsync(CancellationToken ct) => (await core.GetAsync<Told>(Routes.BotProfile, ct)).Profile;

    public Task<StreamReport> FeedAsync(CancellationToken ct) => core.GetAsync<StreamReport>(Routes.BotFeed, ct);

    private sealed record Told(Profile Profile);
}

/// <summary>Whether the core answers us.</summary>
internal sealed class BackendHealth(ICoreStatus core) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await core.ProfileAsync(patience.Token);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy(e is OperationCanceledException ? "the core does not answer" : e.Message);
        }
    }
}
