using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>kill -9 at random moments, from the start of the process on, while orders, exits and copies are under way and the venue loses answers; the venue lives on in its own process.</summary>
public class KillTests
{
    private const long User = 1001;
    private const string Leader = "0x00000000000000000000000000000000000000c7";
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 3;
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : 20261122;

    [Fact]
    public Task Every_order_is_accepted_once_and_the_ledger_equals_the_venue_on_SQLite() => RunAsync(Kills);

    [Fact]
    public async Task Every_order_is_accepted_once_and_the_ledger_equals_the_venue_on_PostgreSQL()
    {
        await using var storage = await HostStorage.CreateAsync(Db.PostgreSql, "kill");
        await RunAsync((Kills + 1) / 2, storage.Settings);
    }

    private static async Task RunAsync(int kills, params string[] storage)
    {
        using var folder = new TempFolder();
        var random = new Random(Seed);
        var venueUrl = $"http://127.0.0.1:{HostProcess.FreePort()}";
        var hostUrl = $"http://127.0.0.1:{HostProcess.FreePort()}";
        string[] settings =
        [
            "--Urls", hostUrl, "--Simulator:Url", venueUrl, "--Simulator:Embedded", "false", "--Data:Path", folder.Path, "--Demo:Populate", "false", "--Bot:Enabled", "false", "--Indexing:SmartTraders", "0",
            "--Serilog:MinimumLevel:Default", "Warning", .. storage,
        ];
        using var venue = new HttpClient { BaseAddress = new Uri(venueUrl) };
        using var api = new HttpClient { BaseAddress = new Uri(hostUrl) };

        await using var simulator = HostProcess.Start("simulator", "--Simulator:Url", venueUrl, "--Data:Path", folder.Path);
        await simulator.AnswersAsync(venue, "/control/stats");
        var markets = (await ReadAsync(venue, "/control/markets")).EnumerateArray().Where(m => m.GetProperty("tick").GetString() == "0.01" && m.GetProperty("outcomes")[0].GetString() == "Yes").ToList();
        var (traded, copied) = (markets[0], markets.Skip(1).First(m => m.GetProperty("ask").GetString() is { } ask && decimal.Parse(ask, CultureInfo.InvariantCulture) is > 0.3m and < 0.6m));
        var (copyBid, copyAsk) = (copied.GetProperty("bid").GetString()!, copied.GetProperty("ask").GetString()!);
        string Id(JsonElement market) => market.GetProperty("marketId").GetString()!;
        var (leaderBuys, leaderHolds) = (0, 0m);

        await using (var first = HostProcess.Start(settings))
        {
            await ReadyAsync(first);
            await QuoteAsync(traded, "0.44", "0.45");
            await PostAsync("first", new { marketId = Id(traded), outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "3", maxSlippage = "0.05" }, CancellationToken.None);
            var wallet = (await ReadAsync(venue, "/control/stats")).GetProperty("orders")[0].GetProperty("user").GetString();
            (await venue.PostAsJsonAsync($"/control/wallets/{wallet}/fund", new { pusd = "50000" })).EnsureSuccessStatusCode();
            using var funded = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            while (await SyncAsync() == 0) // not while the first order settles
                await again.WaitForNextTickAsync(funded.Token);
            (await api.PostAsJsonAsync($"/api/v1/users/{User}/follows", new { leader = Leader, mode = "percentOfTrade", percent = "10", maxSlippage = "0.5", sellSlippage = "0.5", maxPerDay = "10000", maxPerMarket = "10000", pauseOnDrift = false })).EnsureSuccessStatusCode();
            await first.KillAsync();
        }

        for (var kill = 0; kill < kills; kill++)
        {
            await QuoteAsync(traded, "0.44", "0.45");
            await QuoteAsync(copied, copyBid, copyAsk);
            if (random.Next(3) == 0)
                (await venue.PostAsJsonAsync("/control/faults", new { fault = "F24", target = "clob", variant = random.Next(2) == 0 ? "drop" : "502", probability = 0.5, seed = kill, seconds = 20 })).EnsureSuccessStatusCode();
            if (random.Next(4) == 0)
                (await venue.PostAsJsonAsync("/control/settlement", new { next = 1, @as = "fail" })).EnsureSuccessStatusCode();
            await using var host = HostProcess.Start(settings);
            using var stop = new CancellationTokenSource();
            var young = kill % 4 == 3; // while it starts: it finds what the one before left
            if (!young)
                await ReadyAsync(host);
            var trading = Task.WhenAll(TradeAsync(kill, stop.Token), LeadingAsync(new Random(Seed + kill), stop.Token));
            await Task.Delay(random.Next(50, 2_000), CancellationToken.None); // the random moment itself, not a wait for something
            if (kill % 2 == 1)
            {
                await QuoteAsync(traded, "0.41", "0.42"); // through every stop: the exits are on their way
                await Task.Delay(random.Next(0, 300), CancellationToken.None);
            }
            await host.KillAsync();
            await stop.CancelAsync();
            await trading;
            (await venue.DeleteAsync("/control/faults")).EnsureSuccessStatusCode();
        }

        await QuoteAsync(traded, "0.44", "0.45");
        await QuoteAsync(copied, copyBid, copyAsk);
        await using (var last = HostProcess.Start(settings))
        {
            await ReadyAsync(last);
            await QuietAsync();
            (await SyncAsync()).Should().Be(0, $"the ledger equals the venue (seed {Seed})");
            var orders = await AllAsync("orders");
            orders.Should().NotBeEmpty();
            var received = (await ReadAsync(venue, "/control/stats")).GetProperty("orders").EnumerateArray().ToDictionary(o => o.GetProperty("hash").GetString()!, o => o.GetProperty("accepted").GetInt32());
            received.Values.Should().OnlyContain(accepted => accepted <= 1, "no order is accepted twice");
            received.Keys.Should().BeSubsetOf(orders.Select(o => o.GetProperty("orderHash").GetString()), "the venue knows no order that was not decided first");
            foreach (var order in orders.Where(o => Trader.Number(o, "filledShares") > 0))
                received.GetValueOrDefault(order.GetProperty("orderHash").GetString()!).Should().Be(1, order.GetRawText());
            (await ReadAsync(api, $"/api/v1/users/{User}/portfolio") is var portfolio && Trader.Number(portfolio, "reserved") == 0m).Should().BeTrue(portfolio.GetRawText());
            await VerifyCopiesAsync(orders);
            await last.KillAsync();
        }

        // the leader gets out while nobody looks: his sale is found, however late, and mirrored
        if (leaderHolds > 0)
            await LeadAsync("SELL", leaderHolds, copyBid);
        await using (var after = HostProcess.Start(settings))
        {
            await ReadyAsync(after);
            if (leaderHolds > 0)
                await api.UntilAsync($"/api/v1/users/{User}/follows", f => Held(f.GetProperty("items")[0]) < 0.01m, 90);
            await QuietAsync();
            (await SyncAsync()).Should().Be(0);
            await after.KillAsync();
        }

        await using var rebuild = HostProcess.Start(["positions", "rebuild", .. settings]);
        var (exitCode, output, errors) = await rebuild.EndAsync();
        exitCode.Should().Be(0, errors + output);
        output.Should().Contain(": 0 differences");

        async Task VerifyCopiesAsync(List<JsonElement> orders)
        {
            var decisions = await AllAsync("decisions");
            var buys = decisions.Where(d => d.GetProperty("leaderSide").GetString() == "BUY").ToList();
            buys.Select(d => d.GetProperty("leaderTradeId").GetString()).Should().OnlyHaveUniqueItems().And.HaveCount(leaderBuys, "every buy of the leader is decided once (seed {0})", Seed);
            orders.Count(o => o.GetProperty("origin").GetString() == "copy" && o.GetProperty("side").GetString() == "BUY").Should().BeLessThanOrEqualTo(leaderBuys);
            var follow = (await ReadAsync(api, $"/api/v1/users/{User}/follows")).GetProperty("items")[0];
            var position = (await AllAsync("positions", "&status=active")).Where(p => p.GetProperty("marketId").GetString() == Id(copied)).Sum(p => Trader.Number(p, "size"));
            Held(follow).Should().BeApproximately(position, 0.01m, "nobody else trades that market: the follow holds all of it");
        }

        async Task ReadyAsync(HostProcess host)
        {
            await host.AnswersAsync(api, "/health/live");
            (await api.PostAsJsonAsync("/api/v1/users", new { userId = User, username = "ana" })).EnsureSuccessStatusCode();
        }

        // until no order is open, nothing settles and every trade of the leader has been heard: unknown orders are looked up, at most 15 s after their last sending
        async Task QuietAsync()
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(90));
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
            var what = "";
            try
            {
                while (true)
                {
                    if ((await AllAsync("orders", "&status=open")).Count is var open and > 0)
                        what = $"{open} open orders";
                    else if ((await AllAsync("positions", "&status=active")).Find(p => p.GetProperty("settledSize").GetString() != p.GetProperty("size").GetString()) is { ValueKind: JsonValueKind.Object } settling)
                        what = settling.GetRawText();
                    else if ((await AllAsync("decisions")).Count(d => d.GetProperty("leaderSide").GetString() == "BUY") is var decided && decided < leaderBuys)
                        what = $"{decided} of {leaderBuys} buys of the leader are decided";
                    else if ((await AllAsync("decisions")).Find(d => d.GetProperty("verdict").GetString() == "copied" && d.GetProperty("orderStatus").ValueKind == JsonValueKind.Null) is { ValueKind: JsonValueKind.Object } waiting)
                        what = waiting.GetRawText();
                    else
                        return;
                    await timer.WaitForNextTickAsync(deadline.Token);
                }
            }
            catch (OperationCanceledException)
            {
                throw new Xunit.Sdk.XunitException($"not quiet (seed {Seed}): {what}");
            }
        }

        async Task<int> SyncAsync()
        {
            var answer = await api.PostAsync($"/api/v1/users/{User}/positions/sync", null);
            return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("adjustments").GetInt32();
        }

        async Task<List<JsonElement>> AllAsync(string list, string filter = "")
        {
            var all = new List<JsonElement>();
            for (string? cursor = ""; cursor is not null;)
            {
                var page = await ReadAsync(api, $"/api/v1/users/{User}/{list}?limit=200&cursor={Uri.EscapeDataString(cursor)}{filter}");
                all.AddRange(page.GetProperty("items").EnumerateArray());
                cursor = page.GetProperty("nextCursor").GetString();
            }
            return all;
        }

        async Task QuoteAsync(JsonElement market, string bid, string ask) =>
            (await venue.PostAsJsonAsync($"/control/markets/{market.GetProperty("conditionId").GetString()}/quote", new { outcome = "Yes", bid, ask, size = "50000" })).EnsureSuccessStatusCode();

        async Task TradeAsync(int round, CancellationToken ct)
        {
            for (var n = 0; !ct.IsCancellationRequested; n++)
            {
                try
                {
                    await PostAsync($"{round}-{n}", new { marketId = Id(traded), outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "3", maxSlippage = "0.05", stopLoss = "0.42" }, ct);
                    if (n % 3 == 2)
                        await PostAsync($"{round}-{n}-sell", new { marketId = Id(traded), outcome = "Yes", side = "SELL", type = "FAK", shares = "2", maxSlippage = "0.05" }, ct);
                }
                catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
                {
                    // killed in the middle: what became of it is what the test asks
                }
                await Task.Delay(20, CancellationToken.None); // a host that is not there yet refuses at once
            }
        }

        // the leader trades on the venue's chain, whoever looks
        async Task LeadingAsync(Random dice, CancellationToken ct)
        {
            while (!ct.IsCancellationRequested)
            {
                var sells = leaderHolds > 0 && dice.Next(3) == 0;
                var shares = sells ? Math.Max(1, Math.Floor(leaderHolds / dice.Next(1, 4))) : dice.Next(40, 120);
                await LeadAsync(sells ? "SELL" : "BUY", shares, sells ? copyBid : copyAsk);
                leaderHolds += sells ? -shares : shares;
                leaderBuys += sells ? 0 : 1;
                await Task.Delay(dice.Next(50, 400), CancellationToken.None);
            }
        }

        async Task LeadAsync(string side, decimal shares, string price) => (await venue.PostAsJsonAsync($"/control/leaders/{Leader}/trade", new
        {
            conditionId = copied.GetProperty("conditionId").GetString(),
            outcome = "Yes",
            side,
            shares = shares.ToString(CultureInfo.InvariantCulture),
            price,
        })).EnsureSuccessStatusCode();

        async Task PostAsync(string key, object body, CancellationToken ct)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/users/{User}/orders") { Content = JsonContent.Create(body) };
            request.Headers.Add("Idempotency-Key", key);
            using var answer = await api.SendAsync(request, ct);
        }
    }

    private static decimal Held(JsonElement follow) => follow.GetProperty("holdings").EnumerateArray().Sum(h => Trader.Number(h, "shares"));

    private static async Task<JsonElement> ReadAsync(HttpClient client, string path) => JsonDocument.Parse(await client.GetStringAsync(path)).RootElement;
}
