using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Benchmarks;

/// <summary>One trade of a leader, told as the index tells it, to the POST of each follower's order. Everything between is the product's own; the venue answers at once and fills all.</summary>
internal static class Copy
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        Memory(arguments.Number("follows", 100_000));
        await OrderAsync(arguments.Number("followers", 10_000), arguments.Number("rounds", 5), arguments.TextOrNull("postgres"));
        return 0;
    }

    private static void Memory(int follows)
    {
        var rules = Enumerable.Range(0, follows).Select(i => new Follow(new Guid(i, 0, 0, new byte[8]), i, new Guid(i, 1, 0, new byte[8]), Leader(i % 1_000), FollowStatus.Active, null, false, 1, new FollowRules { AmountUsd = 10 + i % 7 }, DateTimeOffset.UnixEpoch));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var board = new FollowBoard(null!);
        board.Put([.. rules]);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Print(new { what = "memory per follow", follows, bytes = (after - before) / follows });
        GC.KeepAlive(board);
    }

    private static async Task OrderAsync(int most, int rounds, string? postgres)
    {
        using var scratch = new Scratch(postgres);
        using var host = Build(scratch.Settings);
        await host.StartAsync();
        host.Services.GetRequiredService<FixedMarket>().Set(new Price(4_500));
        await FillAsync(host.Services, most);
        foreach (var (leader, followers) in new[] { (0, 1), (1, 100), (2, most) })
            await MeasureAsync(host.Services, Leader(leader), followers, rounds, scratch.Provider);
        await host.StopAsync();
    }

    private static async Task FillAsync(IServiceProvider services, int users)
    {
        var (wallets, book, workers, store) = (services.GetRequiredService<IWallets>(), services.GetRequiredService<IPositionBook>(), services.GetRequiredService<WorkerScope>(), services.GetRequiredService<FollowStore>());
        var rules = new FollowRules { Mode = CopyMode.PercentOfTrade, Percent = 0.5m, MaxPerDay = 10_000, MaxPerMarket = 10_000, MaxSlippage = 0.1m };
        await Parallel.ForEachAsync(Enumerable.Range(1, users), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (user, ct) =>
        {
            await services.GetRequiredService<IAccounts>().RegisterAsync(user, null, default);
            var wallet = await wallets.EnsureAsync(user, default);
            await wallets.TradingAccountAsync(wallet.Id, ct);
            await workers.WriteAsync((db, token) => book.AdjustAsync(db, new Adjustment(user, wallet.Id, null, null, null, null, 1_000_000_000, null, "transfer", $"fund:{user}", "benchmark", TimeProvider.System.GetUtcNow()), token), ct);
            foreach (var leader in new[] { user <= 1 ? 0 : (int?)null, user <= 100 ? 1 : null, 2 }.OfType<int>())
                await store.AddAsync(user, wallet.Id, Leader(leader), rules, default);
        });
    }

    private static async Task MeasureAsync(IServiceProvider services, string leader, int followers, int rounds, string storage)
    {
        var (engine, venue) = (services.GetRequiredService<CopyEngine>(), services.GetRequiredService<InstantVenue>());
        var (decided, posts) = (new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            venue.Posts.Clear();
            var now = TimeProvider.System.GetUtcNow();
            var trade = new LeaderTrade(
                $"{leader}:{round}", leader, leader, LeaderTradeSource.Chain, $"0x{round}", $"0xorder{leader}{round}", FixedMarket.Yes, FixedMarket.Condition, FixedMarket.Id, "Yes", Side.Buy, new Shares(1_000 * Shares.Scale), new Usdc(460 * Usdc.Scale),
                true, null, false, false, now, round, now, now);
            var started = Stopwatch.GetTimestamp();
            await engine.TradesAsync([trade], default);
            var committed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            await SettledAsync(services);
            if (round == 0)
                continue; // warm-up
            decided.Add(committed);
            posts.AddRange(venue.Posts.Select(p => (p.At - started) * 1_000d / Stopwatch.Frequency));
        }
        var sorted = posts.Order().ToArray();
        var best = decided.Order().ElementAt(decided.Count / 2);
        Print(new
        {
            what = $"one leader trade, {followers} followers",
            storage,
            posts = sorted.Length,
            notPosted = followers * rounds - sorted.Length,
            seenToSubmittedMs = new { p50 = At(sorted, 0.5), p99 = At(sorted, 0.99), last = At(sorted, 1) },
            decideMs = Math.Round(best, 1),
            decisionsPerSecond = Math.Round(followers / best * 1_000),
        });
    }

    /// <summary>What follows the answers is not this trade's time, and not the next one's.</summary>
    private static async Task SettledAsync(IServiceProvider services)
    {
        var workers = services.GetRequiredService<WorkerScope>();
        for (var tries = 0; tries < 600 && await workers.ReadAsync((db, ct) => db.Set<DecisionRow>().AnyAsync(d => d.State != DecisionState.Done, ct), default); tries++)
            await Task.Delay(200);
    }

    private static double At(double[] sorted, double q) => sorted.Length == 0 ? 0 : Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(q * sorted.Length))], 1);

    private static string Leader(int i) => $"0x{i:x40}";

    private static IHost Build(Dictionary<string, string?> settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddLogging();
        builder.AddPersistence().AddCaching().AddAccounts();
        builder.Services.AddSingleton<IVenueClock, WallClock>();
        builder.Services.AddSingleton<ITradingAuth, OpenDoor>();
        builder.AddWallets().AddPositions().AddTrading().AddCopying();
        builder.Services.AddSingleton<ILeaders, QuietLeaders>().AddSingleton<ILeaderMoney, QuietLeaders>();
        builder.Services.AddSingleton<InstantVenue>();
        builder.Services.AddSingleton<ITradingVenue>(s => s.GetRequiredService<InstantVenue>()).AddSingleton<IUserChannel>(s => s.GetRequiredService<InstantVenue>());
        builder.Services.AddSingleton<FixedMarket>();
        builder.Services.AddSingleton<IMarketCatalog>(s => s.GetRequiredService<FixedMarket>()).AddSingleton<IMarketPrices>(s => s.GetRequiredService<FixedMarket>());
        builder.Services.AddSingleton<IMarketData>(s => s.GetRequiredService<FixedMarket>());
        builder.Services.AddSingleton<IQuoteBoard>(s => s.GetRequiredService<FixedMarket>()).AddSingleton<IQuoteInterest>(s => s.GetRequiredService<FixedMarket>());
        return builder.Build();
    }

    private static void Print(object line) => Console.WriteLine(JsonSerializer.Serialize(line));

    /// <summary>Nobody moves but whom the benchmark names.</summary>
    private sealed class QuietLeaders : ILeaders, ILeaderMoney
    {
        public Task<decimal?> BankrollAsync(string address, CancellationToken ct) => Task.FromResult<decimal?>(null);
        public Task<long> HoldingAsync(string address, TokenId token, CancellationToken ct) => Task.FromResult(0L);
        public Task<Coverage?> CoverageAsync(string address, CancellationToken ct) => Task.FromResult<Coverage?>(null);
        public Task<Page<LeaderTrade>> TradesAsync(string address, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<LeaderTrade>([], null));
        public Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;
        public Task<Result<WatchedAddress>> WatchAsync(string address, string kind, string by, CancellationToken ct) => throw new NotSupportedException();
        public Task<Result<WatchedAddress>> UnwatchAsync(string address, CancellationToken ct) => throw new NotSupportedException();
        public Task<Page<WatchedAddress>> WatchedAsync(int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
        public Task<Page<LeaderCard>> ListAsync(string? order, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
        public Task<LeaderCard?> GetAsync(string address, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<LeaderTrade>> FindTradesAsync(IReadOnlyCollection<string> ids, CancellationToken ct) => throw new NotSupportedException();
    }
}
