using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Benchmarks;

/// <summary>
/// The bot inside the whole product, talking HTTP to a Telegram that answers at once: how long a button's reply takes when many chats talk at
/// the same moment, how late stop-loss alerts are in a flood of others, what an idle chat holds in memory, and what a minute without Telegram costs.
/// </summary>
/// <remarks>A screen's time holds the wait for Telegram's limit (Bot:PerSecond, 25): of 1,000 at once the last cannot come before 39 s. The answer to the press is not limited.</remarks>
internal static class BotBenchmark
{
    private const long FirstUser = 100_000;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var sizes = (arguments.TextOrNull("chats") ?? "1,100,1000").Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        var perSecond = arguments.Number("per-second", 25);
        var folder = Directory.CreateTempSubdirectory("polycopy-bench-").FullName;
        await using var telegram = new BotTelegram(FreePort());
        await telegram.StartAsync();
        using var host = Build(folder, telegram.Address, perSecond);
        await host.StartAsync();
        try
        {
            await GreetAsync(host, telegram, sizes.Max());
            foreach (var chats in sizes)
                await TalkAsync(telegram, chats, perSecond);
            await AlertAsync(host, telegram, arguments.Number("alerts", 10_000), sizes.Max(), perSecond);
            await SilenceAsync(telegram, TimeSpan.FromSeconds(arguments.Number("silence", 60)));
        }
        finally
        {
            await host.StopAsync();
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    /// <summary>Everybody registers, then everybody says /start: the difference is what chats hold.</summary>
    private static async Task GreetAsync(IHost host, BotTelegram telegram, int chats)
    {
        var onboarding = host.Services.GetRequiredService<IOnboarding>();
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, chats), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, ct) =>
        {
            if ((await onboarding.WelcomeAsync(FirstUser + i, null, ct)).Error is { } error)
                throw new InvalidOperationException(error.ToString());
        });
        Print(new { what = "registration with wallet and play money", users = chats, perSecond = Math.Round(chats / Stopwatch.GetElapsedTime(began).TotalSeconds) });
        var before = Heap();
        var greeted = new ConcurrentDictionary<long, bool>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        telegram.Shown = (_, chat, _, _) =>
        {
            if (greeted.TryAdd(chat, true) && greeted.Count == chats)
                all.TrySetResult();
        };
        for (var i = 0; i < chats; i++)
            telegram.Type(FirstUser + i, "/start");
        await all.Task.WaitAsync(TimeSpan.FromMinutes(10));
        await Task.Delay(2_000); // what was handled is written down
        Print(new { what = "memory of a chat that has just spoken", chats, bytesPerChat = (Heap() - before) / chats });
    }

    private static async Task TalkAsync(BotTelegram telegram, int chats, int perSecond)
    {
        var rounds = chats == 1 ? 30 : chats <= 100 ? 5 : 1;
        var (answers, screens) = (new ConcurrentBag<double>(), new ConcurrentBag<double>());
        var workers = 0;
        for (var round = 0; round < rounds; round++)
        {
            var pressed = new ConcurrentDictionary<long, long>();
            var left = chats;
            var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            telegram.Answered = (chat, at) => answers.Add(Stopwatch.GetElapsedTime(pressed[chat], at).TotalMilliseconds);
            telegram.Shown = (method, chat, _, at) =>
            {
                if (method != "editMessageText" || !pressed.TryGetValue(chat, out var since))
                    return;
                screens.Add(Stopwatch.GetElapsedTime(since, at).TotalMilliseconds);
                if (Interlocked.Decrement(ref left) == 0)
                    all.TrySetResult();
            };
            for (var i = 0; i < chats; i++)
            {
                pressed[FirstUser + i] = Stopwatch.GetTimestamp();
                telegram.Press(FirstUser + i, "v1:home:");
            }
            await all.Task.WaitAsync(TimeSpan.FromMinutes(3));
            workers = Math.Max(workers, ThreadPool.ThreadCount);
            await Task.Delay(1_200); // a chat may be written to once a second
        }
        Print(new { what = "reply to a button", chats, rounds, perSecond, answerMs = Quantiles(answers), screenMs = Quantiles(screens), threads = workers });
    }

    /// <summary>A flood of news for everybody, and stop-losses that fire while it is told.</summary>
    private static async Task AlertAsync(IHost host, BotTelegram telegram, int alerts, int users, int perSecond)
    {
        var (workers, events) = (host.Services.GetRequiredService<WorkerScope>(), host.Services.GetRequiredService<IUserEvents>());
        var stops = new ConcurrentDictionary<string, long>();
        var (late, sends) = (new ConcurrentBag<double>(), new ConcurrentBag<long>());
        var told = 0;
        telegram.Shown = (method, _, text, at) =>
        {
            if (method != "sendMessage")
                return;
            sends.Add(at);
            Interlocked.Increment(ref told);
            foreach (var (name, since) in stops)
                if (text.Contains(name, StringComparison.Ordinal) && stops.TryRemove(name, out _))
                    late.Add(Stopwatch.GetElapsedTime(since, at).TotalMilliseconds);
        };
        var started = Stopwatch.GetTimestamp();
        await workers.WriteAsync((db, ct) =>
        {
            for (var i = 0; i < alerts; i++)
                events.Append(db, FirstUser + (i % users), "fill", new { orderId = Guid.Empty, marketId = $"m{i % 7}", question = "Will it rain?", outcome = "Yes", side = "BUY", shares = "20", amount = "9", price = "0.45", fee = "0.02", origin = "manual" });
            return db.SaveChangesAsync(ct);
        }, CancellationToken.None);
        events.Notify();
        var fired = Math.Min(50, Math.Max(5, alerts / 200));
        for (var i = 0; i < fired; i++)
        {
            await Task.Delay(200);
            var name = $"stop number {i:000}";
            stops[name] = Stopwatch.GetTimestamp();
            await workers.WriteAsync((db, ct) =>
            {
                events.Append(db, FirstUser + (i * 37 % users), "exit_fired", new { positionId = Guid.Empty, question = name, outcome = "Yes", kind = "stop_loss", filledShares = "20", averagePrice = "0.41", tickToSubmitMs = "3.2" });
                return db.SaveChangesAsync(ct);
            }, CancellationToken.None);
            events.Notify();
        }
        while (!stops.IsEmpty || (await events.ClaimAsync(1, TimeSpan.Zero, CancellationToken.None)).Count > 0 || Quiet(sends) < 5)
            await Task.Delay(500);
        var busiest = sends.GroupBy(at => (at - started) / Stopwatch.Frequency).Max(g => g.Count());
        Print(new { what = "stop-loss alerts in a flood", alerts, users, perSecond, stops = fired, stopAlertMs = Quantiles(late), messages = told, busiestSecond = busiest, secondsToTellAll = Math.Round(Stopwatch.GetElapsedTime(started, sends.Max()).TotalSeconds, 1) });
    }

    private static async Task SilenceAsync(BotTelegram telegram, TimeSpan length)
    {
        telegram.Shown = (_, _, _, _) => { };
        var there = await CpuAsync(length / 2);
        await telegram.StopAsync();
        var away = await CpuAsync(length);
        var back = Stopwatch.GetTimestamp();
        await telegram.StartAsync();
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        telegram.Shown = (_, chat, _, _) => heard.TrySetResult();
        telegram.Type(FirstUser, "/help");
        await heard.Task.WaitAsync(TimeSpan.FromMinutes(2));
        Print(new { what = "Telegram unreachable", seconds = length.TotalSeconds, cpuPercentBefore = there, cpuPercentWithout = away, secondsUntilItTalksAgain = Math.Round(Stopwatch.GetElapsedTime(back).TotalSeconds, 1) });
    }

    /// <summary>Of one core, over the whole process: the product with its simulator, and this Telegram.</summary>
    private static async Task<double> CpuAsync(TimeSpan length)
    {
        var before = Environment.CpuUsage.TotalTime;
        await Task.Delay(length);
        return Math.Round((Environment.CpuUsage.TotalTime - before) / length * 100, 1);
    }

    private static IHost Build(string folder, string telegram, int perSecond)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Path"] = folder,
            ["Simulator:Url"] = "http://127.0.0.1:0",
            ["Bot:Token"] = "77:bench",
            ["Bot:BaseUrl"] = telegram,
            ["Bot:PerSecond"] = perSecond.ToString(CultureInfo.InvariantCulture),
        });
        builder.Services.AddLogging();
        builder.AddPersistence().AddCaching().AddAccounts().AddSimulator().AddPolymarket().AddWallets().AddMarkets().AddPositions().AddTrading().AddCopying().AddStreaming().AddMarketPolling().AddIndexing().AddBot();
        return builder.Build();
    }

    private static double Quiet(ConcurrentBag<long> sends) => sends.IsEmpty ? 0 : Stopwatch.GetElapsedTime(sends.Max()).TotalSeconds;

    private static long Heap()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static object Quantiles(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        double At(double q) => sorted.Length == 0 ? double.NaN : Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(q * sorted.Length))], 2);
        return new { p50 = At(0.5), p99 = At(0.99), max = At(1), count = sorted.Length };
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Print(object line) => Console.WriteLine(JsonSerializer.Serialize(line));
}
