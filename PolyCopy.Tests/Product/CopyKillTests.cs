using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>kill -9 between seeing a leader's trade and ordering its copy; the venue and the chain live on in a process of their own.</summary>
public class CopyKillTests
{
    private const string Leader = "0x00000000000000000000000000000000000000c9";
    private const string Ana = "/api/v1/users/1001";
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 3;
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : 20261123;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Every_trade_of_the_leader_has_one_line_and_every_copy_one_order(Db provider)
    {
        using var folder = new TempFolder();
        await using var storage = await HostStorage.CreateAsync(provider, "copykill");
        var (venueUrl, hostUrl) = ($"http://127.0.0.1:{HostProcess.FreePort()}", $"http://127.0.0.1:{HostProcess.FreePort()}");
        string[] settings = ["--Urls", hostUrl, "--Simulator:Url", venueUrl, "--Simulator:Embedded", "false", "--Data:Path", folder.Path, "--Demo:Populate", "false", "--Bot:Enabled", "false", "--Serilog:MinimumLevel:Default", "Warning", .. storage.Settings];
        using var venue = new HttpClient { BaseAddress = new Uri(venueUrl) };
        using var api = new HttpClient { BaseAddress = new Uri(hostUrl) };
        await using var simulator = HostProcess.Start("simulator", "--Simulator:Url", venueUrl, "--Data:Path", folder.Path);
        await simulator.AnswersAsync(venue, "/control/stats");
        var market = JsonDocument.Parse(await venue.GetStringAsync("/control/markets")).RootElement.EnumerateArray()
            .First(m => m.GetProperty("ask").ValueKind == JsonValueKind.String && decimal.Parse(m.GetProperty("ask").GetString()!, CultureInfo.InvariantCulture) is > 0.3m and < 0.6m);
        var (random, told) = (new Random(Seed), 0);

        var host = HostProcess.Start(settings);
        try
        {
            await host.AnswersAsync(api, "/health/live");
            (await api.PostAsJsonAsync("/api/v1/users", new { userId = 1001, username = "ana" })).EnsureSuccessStatusCode();
            (await api.PostAsJsonAsync($"{Ana}/follows", new { leader = Leader, mode = "percentOfTrade", percent = "10", maxSlippage = "0.5", sellSlippage = "0.5", sells = "mirror" })).EnsureSuccessStatusCode();
            await TradeAsync("BUY", 200);
            await UntilAsync("decisions", d => d.Count == 1 && d[0].GetProperty("verdict").GetString() == "copied" && Trader.Number(d[0], "shares") > 0);

            for (var kill = 0; kill < Kills; kill++)
            {
                await TradeAsync("BUY", 100 + kill);
                if (kill % 2 == 0)
                    await UntilAsync("decisions", d => d.Count == told); // decided: the order is on its way, or not yet
                else
                    await Task.Delay(random.Next(0, 1_500), CancellationToken.None); // the random moment itself, not a wait for something
                await StopAsync();
                host = HostProcess.Start(settings);
                await host.AnswersAsync(api, "/health/live");
            }
            await StopAsync();
            await TradeAsync("SELL", 200 + Enumerable.Range(100, Kills).Sum()); // all he has, while nobody looks
            host = HostProcess.Start(settings);
            await host.AnswersAsync(api, "/health/live");

            await UntilAsync("decisions", d => d.Count == told);
            await UntilAsync("follows", f => f[0].GetProperty("holdings").GetArrayLength() == 0);
            await UntilAsync("orders?status=open", o => o.Count == 0);
            var decisions = await ReadAsync("decisions");
            decisions.Select(d => d.GetProperty("leaderTradeId").GetString()).Should().OnlyHaveUniqueItems($"one line for each trade (seed {Seed})").And.HaveCount(told);
            var orders = await ReadAsync("orders");
            orders.Where(o => o.GetProperty("side").GetString() == "BUY").Should().HaveSameCount(decisions.Where(d => d.GetProperty("side").GetString() == "BUY" && d.GetProperty("orderHash").ValueKind == JsonValueKind.String), "no buy is ordered twice");
            var received = JsonDocument.Parse(await venue.GetStringAsync("/control/stats")).RootElement.GetProperty("orders").EnumerateArray().ToDictionary(o => o.GetProperty("hash").GetString()!, o => o.GetProperty("accepted").GetInt32());
            received.Values.Should().OnlyContain(accepted => accepted <= 1, "no order is accepted twice");
            received.Keys.Should().BeSubsetOf(orders.Select(o => o.GetProperty("orderHash").GetString()), "the venue knows no order that was not decided first");
            var bought = orders.Where(o => o.GetProperty("side").GetString() == "BUY").Sum(o => Trader.Number(o, "filledShares"));
            (bought - orders.Where(o => o.GetProperty("side").GetString() == "SELL").Sum(o => Trader.Number(o, "filledShares"))).Should().BeInRange(0m, 0.01m, "he sold all, and so did his follower");
            var sync = await api.PostAsync($"{Ana}/positions/sync", null);
            JsonDocument.Parse(await sync.Content.ReadAsStringAsync()).RootElement.GetProperty("adjustments").GetInt32().Should().Be(0, "the ledger equals the venue");
        }
        finally
        {
            await StopAsync();
        }

        async Task StopAsync()
        {
            await host.DisposeAsync(); // SIGKILL
        }

        async Task TradeAsync(string side, int shares)
        {
            var price = side == "BUY" ? market.GetProperty("ask").GetString() : market.GetProperty("bid").GetString();
            (await venue.PostAsJsonAsync($"/control/leaders/{Leader}/trade", new { conditionId = market.GetProperty("conditionId").GetString(), outcome = market.GetProperty("outcomes")[0].GetString(), side, shares = $"{shares}", price })).EnsureSuccessStatusCode();
            told++;
        }

        async Task<List<JsonElement>> ReadAsync(string list) => Items(JsonDocument.Parse(await api.GetStringAsync(PathOf(list))).RootElement);

        Task UntilAsync(string list, Func<List<JsonElement>, bool> holds) => api.UntilAsync(PathOf(list), answer => holds(Items(answer)), 90, everyMs: 20);
    }

    private static string PathOf(string list) => $"{Ana}/{list}{(list.Contains('?') ? '&' : '?')}limit=100";

    private static List<JsonElement> Items(JsonElement answer) => [.. answer.GetProperty("items").EnumerateArray()];
}
