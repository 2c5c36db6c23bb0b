using System.Diagnostics;
using System.Text.Json;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Benchmarks;

/// <summary>Runs the production pipeline and the dropping loop on the same server, in turns, and prints one JSON line for each: medians over the rounds.</summary>
internal static class Feed
{
    private const int Rounds = 3;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var rate = arguments.Number("rate", 0);
        var address = Address(arguments.Text("url"), rate);
        var tokens = JsonSerializer.Deserialize<string[]>(File.ReadAllText(arguments.Text("assets")))!.Select(a => TokenId.Parse(a)).ToArray();
        var positions = arguments.Number("positions", 100);
        var perConnection = arguments.Number("per-connection", 200);
        var rounds = arguments.Number("rounds", Rounds);
        var seconds = Math.Max(1, arguments.Number("seconds", 30) / (double)rounds);
        var markets = tokens.Chunk(2).ToArray();
        var connections = markets.Chunk(Math.Max(1, perConnection / 2)).Select(c => (IReadOnlyList<TokenId>)[.. c.SelectMany(m => m)]).ToArray();

        var engines = new List<Usage>();
        var drops = new List<Usage>();
        object? toBoard = null, toTrigger = null, toReceive = null, firstSecond = null, toChannel = null;
        long errors = 0, gaps = 0;
        for (var round = 0; round < rounds; round++)
        {
            await using (var engine = new FeedEngine(address, markets, perConnection, positions, rate > 0, check: false))
            {
                await WarmUpAsync(() => engine.IsReady && engine.Messages > 0, () => engine.Messages);
                firstSecond ??= engine.ReceiveToBoard.Summary();
                await SettleAsync();
                engine.ReceiveToBoard.Clear();
                engine.TickToTrigger.Clear();
                engine.TickToChannel.Clear();
                engines.Add(await MeasureAsync(() => engine.Messages, seconds, () => engine.ElsewhereBytes));
                (toBoard, toChannel, toTrigger) = (engine.ReceiveToBoard.Summary(), engine.TickToChannel.Summary(), engine.TickToTrigger.Summary());
                errors += engine.Errors;
                gaps += engine.Gaps;
            }
            GC.Collect();
            var drop = new FeedDrop(address, connections, rate > 0);
            await drop.StartAsync();
            await WarmUpAsync(() => drop.Messages > 0, () => drop.Messages);
            await SettleAsync();
            drop.TickToReceive.Clear();
            drops.Add(await MeasureAsync(() => drop.Messages, seconds));
            toReceive = drop.TickToReceive.Summary();
            await drop.StopAsync();
            GC.Collect();
        }

        var (different, compared) = await CompareAsync(address, markets, perConnection);
        Print("engine", Usage.Median(engines), new
        {
            assets = tokens.Length,
            positionsPerAsset = positions,
            connections = connections.Length,
            receiveToBoardUs = toBoard,
            receiveToBoardFirstSecondUs = firstSecond,
            tickToChannelUs = toChannel,
            tickToTriggerUs = toTrigger,
            errors,
            gaps,
            finalBestPricesCompared = compared,
            finalBestPricesDifferent = different,
        });
        Print("drop", Usage.Median(drops), new { assets = tokens.Length, connections = connections.Length, tickToReceiveUs = toReceive });
        return different == 0 ? 0 : 1;
    }

    private static Uri Address(string url, int rate)
    {
        var address = new UriBuilder(url);
        if (rate > 0)
            address.Query = (address.Query.Length > 1 ? address.Query + "&" : "?") + $"rate={rate}";
        return address.Uri;
    }

    // The first messages find cold caches and code that is still being compiled.
    private static async Task WarmUpAsync(Func<bool> ready, Func<long> messages)
    {
        var started = Stopwatch.GetTimestamp();
        while (!ready())
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(30))
                throw new TimeoutException($"the server has sent {messages()} messages in 30 s, and not a book for every token");
            await Task.Delay(10);
        }
        await Task.Delay(1500);
    }

    // A collection that we ask for ourselves stops the readers: what was late because of it is not the feed's.
    private static async Task SettleAsync()
    {
        GC.Collect();
        await Task.Delay(500);
    }

    private static async Task<Usage> MeasureAsync(Func<long> messages, double seconds, Func<long>? elsewhere = null)
    {
        var before = messages();
        var meter = new Meter(elsewhere);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return meter.Stop(Math.Max(1, messages() - before));
    }

    // A pass of its own: reading every message a second time with System.Text.Json would be measured too.
    private static async Task<(int Different, int Compared)> CompareAsync(Uri address, TokenId[][] markets, int perConnection)
    {
        var engine = new FeedEngine(address, markets, perConnection, 0, paced: false, check: true);
        await WarmUpAsync(() => engine.IsReady, () => engine.Messages);
        await Task.Delay(1000);
        await engine.Tap!.PauseAsync();
        var result = engine.Compare();
        engine.Tap.Resume();
        await engine.DisposeAsync();
        return result;
    }

    private static void Print(string client, Usage usage, object more)
    {
        var line = JsonSerializer.SerializeToNode(new
        {
            client,
            messages = usage.Messages,
            seconds = Math.Round(usage.Seconds, 2),
            messagesPerSecond = Math.Round(usage.PerSecond),
            cpuSecondsPerMillion = Math.Round(usage.CpuSecondsPerMillion, 3),
            cores = Math.Round(usage.Cores, 3),
            allocatedBytesPerMessage = Math.Round(usage.BytesPerMessage, 3),
            peakMemoryMb = usage.PeakMb,
        })!.AsObject();
        foreach (var (name, value) in JsonSerializer.SerializeToNode(more)!.AsObject())
            line[name] = value?.DeepClone();
        Console.WriteLine(line.ToJsonString());
    }
}
