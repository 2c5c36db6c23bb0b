using System.Text.Json;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>API keys by L1 headers.</summary>
internal sealed class TradingAuth(VenueHttp http, IVenueEndpoints endpoints, VenueLimits limits) : ITradingAuth
{
    public Task<ApiCredentials?> DeriveAsync(IReadOnlyList<KeyValuePair<string, string>> l1Headers, CancellationToken ct) =>
        ReadAsync(() => http.GetAsync(new Uri(endpoints.Trading, "auth/derive-api-key"), limits.Keys, () => l1Headers, ct));

    public Task<ApiCredentials?> CreateAsync(IReadOnlyList<KeyValuePair<string, string>> l1Headers, CancellationToken ct) =>
        ReadAsync(() => http.SendAsync(HttpMethod.Post, new Uri(endpoints.Trading, "auth/api-key"), default, l1Headers, limits.Keys, ct));

    private static async Task<ApiCredentials?> ReadAsync(Func<Task<JsonDocument?>> ask)
    {
        try
        {
            using var json = await ask();
            return json?.RootElement.Text("apiKey") is { } key && json.RootElement.Text("secret") is { } secret && json.RootElement.Text("passphrase") is { } passphrase
                ? new ApiCredentials(key, secret, passphrase)
                : null;
        }
        catch (VenueException e) when (e.Failure == VenueFailure.Refused)
        {
            return null; // 400 "Could not derive api key!", "Could not create api key"
        }
    }
}
