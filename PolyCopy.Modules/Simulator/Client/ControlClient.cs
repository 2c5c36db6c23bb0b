using System.Net.Http.Json;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Simulator.Client;

/// <summary>What the product itself asks of the simulated venue beside the venue's protocols: play money, and which journal it keeps.</summary>
internal sealed class ControlClient(HttpClient http, SimulatorAddress address) : IWalletFunding
{
    public async Task<Usdc> OpenAsync(string walletAddress, Usdc amount, CancellationToken ct)
    {
        try
        {
            using var answer = await http.PostAsJsonAsync(address.Http($"control/wallets/{walletAddress}/fund"), new { pusd = amount.ToString(), once = true }, ct);
            if (!answer.IsSuccessStatusCode)
                throw new VenueException(VenueFailure.Unreachable, $"The simulator answered {(int)answer.StatusCode} to funding.");
            using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(ct), cancellationToken: ct);
            return Usdc.TryParse(json.RootElement.GetProperty("pusd").GetString(), out var held) ? held : throw new VenueException(VenueFailure.Malformed, "The simulator named no balance.");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            throw new VenueException(VenueFailure.Unreachable, "The simulator cannot be reached.", inner: e);
        }
    }

    /// <summary>The journal's id, or null while the simulator is out of reach.</summary>
    public async Task<string?> JournalIdAsync(CancellationToken ct)
    {
        try
        {
            using var stats = await JsonDocument.ParseAsync(await http.GetStreamAsync(address.Http("control/stats"), ct), cancellationToken: ct);
            return stats.RootElement.GetProperty("journalId").GetString();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException or KeyNotFoundException or InvalidOperationException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }
}
