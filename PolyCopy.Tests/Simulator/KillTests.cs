using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>The venue as a process of its own, killed without warning.</summary>
public class KillTests
{
    private sealed class Victim : IVenue, IDisposable
    {
        private readonly string _directory = Directory.CreateTempSubdirectory("victim-").FullName;
        private Process? _process;

        public HttpClient Http { get; private set; } = new();

        public DateTimeOffset AuthTime => TimeProvider.System.GetUtcNow();

        public async Task StartAsync()
        {
            var host = Path.Combine(AppContext.BaseDirectory, "PolyCopy.Host.dll");
            _process = Process.Start(new ProcessStartInfo("dotnet", [host, "simulator", "--Simulator:Url=http://127.0.0.1:0", "--Simulator:Path=" + Path.Combine(_directory, "simulator.journal")])
            {
                RedirectStandardOutput = true,
                WorkingDirectory = _directory,
            })!;
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (await _process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                if (line.IndexOf("listens on ", StringComparison.Ordinal) is > 0 and var at)
                {
                    Http = new HttpClient { BaseAddress = new Uri(line[(at + "listens on ".Length)..]) };
                    _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                    return;
                }
            }
            throw new InvalidOperationException("The venue did not start.");
        }

        public async Task KillAsync()
        {
            _process!.Kill(); // SIGKILL: nothing is flushed
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }

        public void Dispose()
        {
            _process?.Kill();
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Fact]
    public async Task Killed_in_the_middle_of_orders_the_venue_knows_every_order_it_answered()
    {
        using var venue = new Victim();
        await venue.StartAsync();
        using var clock = new SimClock(TimeProvider.System);
        var first = (await venue.Http.GetFromJsonAsync<JsonElement>("control/markets")).EnumerateArray().First(row => row.GetProperty("tick").GetString() == "0.01");
        var market = new SimWorld(new SimulatorOptions(), clock).FindCondition(first.GetProperty("conditionId").GetString()!)!;
        var traders = new List<Trader>();
        for (var i = 1; i <= 4; i++)
            traders.Add(await Trader.FundedAsync(venue, i, "100000"));

        foreach (var (answersBeforeKill, round) in new[] { 1, 17, 60 }.Select((count, round) => (count, round)))
        {
            (await venue.Http.PostAsJsonAsync($"control/markets/{market.Market.ConditionId}/quote", new { outcome = market.Market.Outcomes[0], bid = "0.44", ask = "0.45", size = "1000000" })).EnsureSuccessStatusCode();
            var answered = new ConcurrentBag<(Trader Trader, byte[] Body, string Id, bool Live)>();
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var posting = traders.Select((trader, t) => Task.Run(async () =>
            {
                for (var i = 0; ; i++)
                {
                    var draft = new Draft(market, 0, Side.Buy, i % 2 == 0 ? "FAK" : "GTC", i % 2 == 0 ? 0.46m : 0.10m, 9) { Salt = 1_000_000 * round + 1000 * t + i };
                    var body = trader.Body(draft);
                    try
                    {
                        var (status, answer) = await trader.AskAsync(HttpMethod.Post, "/order", body);
                        status.Should().Be(200);
                        answered.Add((trader, body, trader.IdOf(draft), answer.GetProperty("status").GetString() == "live"));
                    }
                    catch (HttpRequestException)
                    {
                        return; // killed
                    }
                    if (answered.Count >= answersBeforeKill)
                        enough.TrySetResult();
                }
            })).ToList();
            await enough.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await venue.KillAsync();
            await Task.WhenAll(posting);
            await venue.StartAsync();

            var counts = (await venue.Http.GetFromJsonAsync<JsonElement>("control/stats")).GetProperty("orders").EnumerateArray().ToDictionary(row => row.GetProperty("hash").GetString()!, row => row.GetProperty("accepted").GetInt32());
            counts.Values.Should().OnlyContain(accepted => accepted == 1);
            foreach (var (trader, body, id, live) in answered)
            {
                counts.Should().ContainKey(id);
                (await trader.AskAsync(HttpMethod.Post, "/order", body)).Body.GetProperty("error").GetString().Should().Be($"order {id} is invalid. Duplicated.");
                if (live)
                    (await trader.GetAsync("/data/order/" + id)).Body.GetProperty("status").GetString().Should().Be("LIVE");
            }
            foreach (var trader in traders)
            {
                var trades = (await trader.ListAsync("/data/trades")).Select(trade => trade.GetProperty("taker_order_id").GetString());
                answered.Where(order => order.Trader == trader && !order.Live).Select(order => order.Id).Should().BeSubsetOf(trades);
                await trader.AskAsync(HttpMethod.Delete, "/cancel-all");
            }
        }
    }
}
