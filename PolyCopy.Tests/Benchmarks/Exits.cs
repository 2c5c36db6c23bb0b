using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Benchmarks;

/// <summary>What exits cost: a tick that crosses nothing, one tick that crosses a thousand exits of a thousand users, and single firings beside a one-row commit on the same database, alone and while the price writer stores what others hold.
/// Everything between the quote and the POST is the product's own; the venue answers at once and fills all.</summary>
internal static class Exits
{
    private static readonly Price Entry = new(4_500);
    private static readonly Shares Size = new(100 * Shares.Scale);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        Tick(arguments.Number("positions", 100_000), arguments.Number("rounds", 7));
        await FireAsync(arguments.Number("burst", 1_000), arguments.Number("singles", 400), arguments.Number("positions", 100_000), arguments.TextOrNull("postgres"));
        return 0;
    }

    private static void Tick(int positions, int rounds)
    {
        const int Ticks = 2_000_000;
        var books = new[] { (Count: 1, Book: Armed(1)), (Count: positions, Book: Armed(positions)) };
        // between the nearest stop and the nearest take, up and down in small steps
        var quotes = Enumerable.Range(0, 1_024).Select(i => new Quote(0, FixedMarket.Yes, new Price(4_500 + i % 64 * 10), new Price(4_600 + i % 64 * 10), new Price(4_500 + i % 64 * 10), default, 0, i * 1_000L, i + 1, QuoteTrust.Live)).ToArray();
        var nanoseconds = books.ToDictionary(b => b.Count, _ => new List<double>());
        var allocated = 0L;
        for (var round = 0; round <= rounds; round++)
            foreach (var (count, book) in books)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var started = Stopwatch.GetTimestamp();
                for (var i = 0; i < Ticks; i++)
                    book.OnQuote(quotes[i & 1_023]);
                var elapsed = Stopwatch.GetElapsedTime(started);
                var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                if (round == 0)
                    continue; // warm-up
                nanoseconds[count].Add(elapsed.TotalNanoseconds / Ticks);
                allocated += bytes;
            }
        var (one, many) = (Median(nanoseconds[1]), Median(nanoseconds[positions]));
        Print(new { what = "tick that crosses nothing", exits = new[] { 3, 3 * positions }, nanoseconds = new[] { Math.Round(one, 2), Math.Round(many, 2) }, ratio = Math.Round(many / one, 3), bytes = allocated });
    }

    private static ExitBook Armed(int positions)
    {
        var book = new ExitBook(TimeProvider.System);
        var slot = book.Slot(0, FixedMarket.Yes);
        for (var i = 0; i < positions; i++)
        {
            var position = Ids.New(TimeProvider.System);
            book.Add(new ArmedExit(Ids.New(TimeProvider.System), 1, i, position, position, "1", FixedMarket.Yes, slot, ExitKind.StopLoss) { Trigger = new Price(1_000 + i % 30 * 100), Guarded = true }, ExitState.Armed);
            book.Add(new ArmedExit(Ids.New(TimeProvider.System), 1, i, position, position, "1", FixedMarket.Yes, slot, ExitKind.TakeProfit) { Trigger = new Price(6_000 + i % 30 * 100) }, ExitState.Armed);
            book.Add(new ArmedExit(Ids.New(TimeProvider.System), 1, i, position, position, "1", FixedMarket.Yes, slot, ExitKind.Trailing) { Trail = new Price(2_000), OwnPeak = 5_500 }, ExitState.Armed);
        }
        return book;
    }

    private static async Task FireAsync(int burst, int singles, int positions, string? postgres)
    {
        using var scratch = new Scratch(postgres);
        using var host = Build(scratch.Settings);
        await host.StartAsync();
        var lab = new Lab(host.Services);
        await lab.FillAsync(burst);
        Print(new { what = "the first firing after the start, channel to POST", milliseconds = Math.Round(await lab.FireOneAsync(0), 1) });
        await BurstAsync(lab, burst, scratch.Provider);
        await SinglesAsync(lab, singles, burst, scratch.Provider, writing: 0);
        if (postgres is not null)
            await BesidePriceWriterAsync(lab, singles, burst, positions);
        await host.StopAsync();
    }

    private static async Task BurstAsync(Lab lab, int burst, string storage)
    {
        await lab.BuyAsync(burst);
        await lab.ArmAsync(burst, ExitKind.StopLoss, new Price(4_400), instant: true);
        lab.Venue.Posts.Clear();
        var started = Stopwatch.GetTimestamp();
        lab.Quote(new Price(4_400));
        await UntilAsync(() => lab.Venue.Posts.Count >= burst, TimeSpan.FromSeconds(120));
        var posts = lab.Venue.Posts.ToArray();
        var milliseconds = posts.Select(p => (p.At - started) * 1_000d / Stopwatch.Frequency).Order().ToArray();
        await lab.DoneAsync(burst + 1);
        Print(new
        {
            what = $"one tick that crosses {burst} exits of {burst} users",
            storage,
            firstPostMs = Math.Round(milliseconds[0], 1),
            lastPostMs = Math.Round(milliseconds[^1], 1),
            posts = posts.Length,
            postedTwice = posts.Length - posts.Select(p => p.Hash).Distinct().Count(),
            usersWithMoreThanOneOrder = posts.GroupBy(p => p.Wallet).Count(g => g.Count() > 1),
        });
    }

    /// <summary>The same while other people's positions tick ten times a second and the price writer stores them: 10,000 of them, then all.</summary>
    private static async Task BesidePriceWriterAsync(Lab lab, int singles, int users, int positions)
    {
        var crowd = lab.Crowd(positions);
        await crowd.InsertAsync();
        foreach (var writing in new[] { Math.Min(10_000, positions), positions }.Distinct())
        {
            await using var ticks = crowd.Ticking(writing, perSecond: 10);
            await SinglesAsync(lab, singles, users, "PostgreSQL", writing);
        }
    }

    private static async Task SinglesAsync(Lab lab, int singles, int users, string storage, int writing)
    {
        lab.Quote(Entry);
        await lab.BuyAsync(users);
        var tickToPost = new List<double>();
        var commits = new List<double>();
        var (written, started) = (lab.Writer.PositionCount, Stopwatch.GetTimestamp());
        for (var i = 0; i < singles + 20; i++)
        {
            var commit = await lab.CommitAsync();
            var post = await lab.FireOneAsync(i % users);
            if (i < 20)
                continue; // warm-up
            commits.Add(commit);
            tickToPost.Add(post);
        }
        var (fire, one) = (Quantiles(tickToPost), Quantiles(commits));
        Print(new { what = "one firing, channel to POST, beside a one-row commit", storage, channelToPostMs = fire, commitMs = one, ratioOfMedians = Math.Round(fire.p50 / one.p50, 2), singles, positionsTicking = writing, positionsWrittenPerSecond = Math.Round((lab.Writer.PositionCount - written) / Stopwatch.GetElapsedTime(started).TotalSeconds) });
    }

    private static IHost Build(Dictionary<string, string?> settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddLogging();
        builder.AddPersistence().AddCaching().AddAccounts();
        builder.Services.AddSingleton<IVenueClock, WallClock>();
        builder.Services.AddSingleton<ITradingAuth, OpenDoor>();
        builder.AddWallets().AddPositions().AddTrading();
        builder.Services.AddSingleton<InstantVenue>();
        builder.Services.AddSingleton<ITradingVenue>(s => s.GetRequiredService<InstantVenue>()).AddSingleton<IUserChannel>(s => s.GetRequiredService<InstantVenue>());
        builder.Services.AddSingleton<FixedMarket>();
        builder.Services.AddSingleton<IMarketCatalog>(s => s.GetRequiredService<FixedMarket>()).AddSingleton<IMarketPrices>(s => s.GetRequiredService<FixedMarket>());
        builder.Services.AddSingleton<IMarketData>(s => s.GetRequiredService<FixedMarket>());
        builder.Services.AddSingleton<IQuoteBoard>(s => s.GetRequiredService<FixedMarket>()).AddSingleton<IQuoteInterest>(s => s.GetRequiredService<FixedMarket>());
        return builder.Build();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static (double p50, double p99, double p999) QuantilesOf(List<double> values)
    {
        var sorted = values.Order().ToArray();
        double At(double q) => Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(q * sorted.Length))], 2);
        return (At(0.5), At(0.99), At(0.999));
    }

    private static Spread Quantiles(List<double> values)
    {
        var (p50, p99, p999) = QuantilesOf(values);
        return new Spread(p50, p99, p999);
    }

    private static void Print(object line) => Console.WriteLine(JsonSerializer.Serialize(line));

    private static async Task UntilAsync(Func<bool> holds, TimeSpan deadline)
    {
        var started = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(started) > deadline)
                throw new TimeoutException("The exits did not come to their end.");
            await Task.Delay(1);
        }
    }

    private sealed record Spread(double p50, double p99, double p999);

    /// <summary>Users with funded positions and the product around them.</summary>
    private sealed class Lab(IServiceProvider services)
    {
        private readonly List<Guid> _wallets = [];
        private readonly List<OpenPosition> _positions = [];
        private long _trades;

        public InstantVenue Venue { get; } = services.GetRequiredService<InstantVenue>();

        private FixedMarket Market { get; } = services.GetRequiredService<FixedMarket>();
        private WorkerScope Workers { get; } = services.GetRequiredService<WorkerScope>();
        private IPositionBook Book { get; } = services.GetRequiredService<IPositionBook>();

        /// <summary>How the price writer is doing.</summary>
        public PriceWriterHealth Writer { get; } = services.GetRequiredService<PriceWriterHealth>();

        public Crowd Crowd(int positions) => new(Market.Board, services.GetRequiredService<PnlBoard>(), Workers, positions);

        public async Task FillAsync(int users)
        {
            var wallets = services.GetRequiredService<IWallets>();
            for (var user = 1; user <= users; user++)
            {
                await services.GetRequiredService<IAccounts>().RegisterAsync(user, null, default);
                var wallet = await wallets.EnsureAsync(user, default);
                _ = (await wallets.TradingAccountAsync(wallet.Id, default)).Value;
                _wallets.Add(wallet.Id);
            }
            Quote(Entry);
            await BuyAsync(users);
        }

        public async Task BuyAsync(int users)
        {
            var fills = Enumerable.Range(0, users).Select(i => new Fill(i + 1, _wallets[i], FixedMarket.Id, FixedMarket.Condition, FixedMarket.Yes, "Yes", Side.Buy, Size, new Usdc(45 * Usdc.Scale), Usdc.Zero,
                $"0x{++_trades:x64}", $"buy-{_trades}", null, "import", SettlementStatus.Confirmed, TimeProvider.System.GetUtcNow(), null)).ToList();
            var booked = await Workers.WriteAsync((db, ct) => Book.BookAsync(db, fills, ct), default);
            services.GetRequiredService<IPositionFeed>().Publish(booked);
            _positions.Clear();
            _positions.AddRange(booked.Select(b => b.Position!));
        }

        public Task ArmAsync(int count, ExitKind kind, Price trigger, bool instant) => ArmAsync(_positions.Take(count), kind, trigger, instant);

        public void Quote(Price bid)
        {
            var quote = Market.Set(bid);
            foreach (var listener in services.GetServices<IQuoteListener>().OrderBy(l => l.Order))
                listener.OnQuote(quote);
        }

        /// <summary>Until the table says that so many exits are done.</summary>
        public async Task DoneAsync(int count)
        {
            for (var tries = 0; tries < 6_000; tries++)
            {
                if (await Workers.ReadAsync((db, ct) => db.Set<ExitRow>().CountAsync(e => e.Status == ExitStatus.Done, ct), default) >= count)
                    return;
                await Task.Delay(10);
            }
            throw new TimeoutException("The exits are not done.");
        }

        /// <summary>Milliseconds from the crossing tick to the POST of its order.</summary>
        public async Task<double> FireOneAsync(int user)
        {
            var position = _positions[user];
            if (services.GetRequiredService<ExitBook>().TryPosition(position.Id) is null && await PositionAsync(position.Id) is not { Status: "active" })
            {
                await BuyAsync(_wallets.Count);
                position = _positions[user];
            }
            await ArmAsync([position], ExitKind.TakeProfit, new Price(4_600), instant: true);
            Venue.Posts.Clear();
            var started = Stopwatch.GetTimestamp();
            Quote(new Price(4_600));
            await UntilAsync(() => !Venue.Posts.IsEmpty, TimeSpan.FromSeconds(30));
            Venue.Posts.TryPeek(out var post);
            Quote(Entry);
            await UntilAsync(() => services.GetRequiredService<ExitBook>().TryPosition(position.Id) is null, TimeSpan.FromSeconds(30));
            return (post.At - started) * 1_000d / Stopwatch.Frequency;
        }

        public async Task<double> CommitAsync()
        {
            var started = Stopwatch.GetTimestamp();
            await Workers.WriteAsync((db, ct) =>
            {
                services.GetRequiredService<IUserEvents>().Append(db, 1, "bench", new { });
                return db.SaveChangesAsync(ct);
            }, default);
            return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        private Task<OpenPosition?> PositionAsync(Guid id) => Workers.ReadAsync((db, ct) => Book.FindAsync(db, id, ct), default);

        private async Task ArmAsync(IEnumerable<OpenPosition> positions, ExitKind kind, Price trigger, bool instant)
        {
            var rows = positions.Select(p =>
            {
                var row = PlainExits.New(p, kind, TimeProvider.System.GetUtcNow().UtcDateTime, TimeProvider.System);
                row.TriggerPrice = trigger;
                row.Guard = instant ? ExitWords.Instant : ExitWords.Guarded;
                return row;
            }).ToList();
            await Workers.WriteAsync(async (db, ct) =>
            {
                db.AddRange(rows);
                return await db.SaveChangesAsync(ct);
            }, default);
            var armory = services.GetRequiredService<ExitArmory>();
            foreach (var row in rows)
                await armory.SyncAsync(row.PositionId, [row], default);
        }
    }
}
