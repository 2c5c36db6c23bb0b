using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>kill -9 at random moments while orders and exits are under way; the venue lives on in its own process.</summary>
public class KillTests
{
    private const long User = 1001;
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 3;
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : 20261122;

    [Fact]
    public async Task Every_order_is_accepted_once_and_the_ledger_equals_the_venue()
    {
        var folder = Directory.CreateTempSubdirectory("polycopy-kill-").FullName;
        var random = new Random(Seed);
        var venueUrl = $"http://127.0.0.1:{HostProcess.FreePort()}";
        var hostUrl = $"http://127.0.0.1:{HostProcess.FreePort()}";
        string[] settings = ["--Urls", hostUrl, "--Simulator:Url", venueUrl, "--Simulator:Embedded", "false", "--Data:Path", folder, "--Demo:Populate", "false", "--Serilog:MinimumLevel:Default", "Warning"];
        using var venue = new HttpClient { BaseAddress = new Uri(venueUrl) };
        using var api = new HttpClient { BaseAddress = new Uri(hostUrl) };

        await using var simulator = HostProcess.Start("simulator", "--Simulator:Url", venueUrl, "--Data:Path", folder);
        await simulator.AnswersAsync(venue, "/control/stats");
        var market = JsonDocument.Parse(await venue.GetStringAsync("/control/markets")).RootElement.EnumerateArray().First(m => m.GetProperty("tick").GetString() == "0.01" && m.GetProperty("outcomes")[0].GetString() == "Yes");
        var (marketId, conditionId) = (market.GetProperty("marketId").GetString()!, market.GetProperty("conditionId").GetString()!);

        for (var kill = 0; kill < Kills; kill++)
        {
            await QuoteAsync("0.44", "0.45");
            await using var host = HostProcess.Start(settings);
            await ReadyAsync(host);
            using var stop = new CancellationTokenSource();
            var trading = TradeAsync(kill, stop.Token);
            await Task.Delay(random.Next(50, 2_500), CancellationToken.None); // the random moment itself, not a wait for something
            if (kill % 2 == 1)
            {
                await QuoteAsync("0.20", "0.21"); // through every stop: the exits are on their way
                await Task.Delay(random.Next(0, 150), CancellationToken.None);
            }
            await host.KillAsync();
            await stop.CancelAsync();
            await trading;
        }

        await QuoteAsync("0.44", "0.45");
        await using (var last = HostProcess.Start(settings))
        {
            await ReadyAsync(last);
            await QuietAsync();
            (await SyncAsync()).Should().Be(0, $"the ledger equals the venue (seed {Seed})");
            var orders = await AllAsync("orders");
            orders.Should().NotBeEmpty();
            var received = JsonDocument.Parse(await venue.GetStringAsync("/control/stats")).RootElement.GetProperty("orders").EnumerateArray().ToDictionary(o => o.GetProperty("hash").GetString()!, o => o.GetProperty("accepted").GetInt32());
            received.Values.Should().OnlyContain(accepted => accepted <= 1, "no order is accepted twice");
            received.Keys.Should().BeSubsetOf(orders.Select(o => o.GetProperty("orderHash").GetString()), "the venue knows no order that was not decided first");
            foreach (var order in orders.Where(o => Trader.Number(o, "filledShares") > 0))
                received.GetValueOrDefault(order.GetProperty("orderHash").GetString()!).Should().Be(1, order.GetRawText());
            Trader.Number(JsonDocument.Parse(await api.GetStringAsync($"/api/v1/users/{User}/portfolio")).RootElement, "reserved").Should().Be(0m);
            await last.KillAsync();
        }

        await using var rebuild = HostProcess.Start(["positions", "rebuild", .. settings]);
        var (exitCode, output, errors) = await rebuild.EndAsync();
        exitCode.Should().Be(0, errors + output);
        output.Should().Contain(": 0 differences");
        Directory.Delete(folder, recursive: true);

        async Task ReadyAsync(HostProcess host)
        {
            await host.AnswersAsync(api, "/health/live");
            (await api.PostAsJsonAsync("/api/v1/users", new { userId = User, username = "ana" })).EnsureSuccessStatusCode();
        }

        // until no order is open: the unknown ones are looked up, at most 15 s after their last sending
        async Task QuietAsync()
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(40));
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            while (JsonDocument.Parse(await api.GetStringAsync($"/api/v1/users/{User}/orders?status=open", deadline.Token)).RootElement.GetProperty("items").GetArrayLength() > 0
                || JsonDocument.Parse(await api.GetStringAsync($"/api/v1/users/{User}/positions?status=active", deadline.Token)).RootElement.GetProperty("items").EnumerateArray().Any(p => p.GetProperty("settledSize").GetString() != p.GetProperty("size").GetString()))
                await timer.WaitForNextTickAsync(deadline.Token);
        }

        async Task<int> SyncAsync()
        {
            var answer = await api.PostAsync($"/api/v1/users/{User}/positions/sync", null);
            return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("adjustments").GetInt32();
        }

        async Task<List<JsonElement>> AllAsync(string list)
        {
            var all = new List<JsonElement>();
            for (string? cursor = ""; cursor is not null;)
            {
                var page = JsonDocument.Parse(await api.GetStringAsync($"/api/v1/users/{User}/{list}?limit=200&cursor={cursor}")).RootElement;
                all.AddRange(page.GetProperty("items").EnumerateArray());
                cursor = page.GetProperty("nextCursor").GetString();
            }
            return all;
        }

        async Task QuoteAsync(string bid, string ask) => (await venue.PostAsJsonAsync($"/control/markets/{conditionId}/quote", new { outcome = "Yes", bid, ask, size = "50000" })).EnsureSuccessStatusCode();

        async Task TradeAsync(int round, CancellationToken ct)
        {
            for (var n = 0; !ct.IsCancellationRequested; n++)
            {
                try
                {
                    await PostAsync($"{round}-{n}", new { marketId, outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "3", maxSlippage = "0.05", stopLoss = "0.30" }, ct);
                    if (n % 3 == 2)
                        await PostAsync($"{round}-{n}-sell", new { marketId, outcome = "Yes", side = "SELL", type = "FAK", shares = "2", maxSlippage = "0.05" }, ct);
                }
                catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
                {
                    // killed in the middle: what became of it is what the test asks
                }
            }
        }

        async Task PostAsync(string key, object body, CancellationToken ct)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/users/{User}/orders") { Content = JsonContent.Create(body) };
            request.Headers.Add("Idempotency-Key", key);
            using var answer = await api.SendAsync(request, ct);
        }
    }
}
