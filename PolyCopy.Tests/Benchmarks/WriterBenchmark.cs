using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Benchmarks;

/// <summary>Storing 10,000 changed positions: our statement beside EF SaveChanges and one UPDATE a row, on the same PostgreSQL in the same run, in a table of that many and in one of 100,000; then how old the database gets while everything ticks.
/// One JSON line per figure; every round measures everybody.</summary>
internal sealed class WriterBenchmark : IAsyncDisposable
{
    private const int Changed = 10_000;

    private readonly string _server;
    private readonly string _name = $"polycopy_writer_{Environment.ProcessId}";
    private readonly string _connection;
    private readonly PolyDatabase _database;
    private readonly QuoteBoard _quotes = new();
    private readonly PnlBoard _pnl;
    private readonly Crowd _crowd;
    private readonly PriceBatch _batch = new();
    private readonly int _positions;

    private WriterBenchmark(string server, int positions)
    {
        _positions = positions;
        _server = server;
        _connection = new NpgsqlConnectionStringBuilder(server) { Database = _name }.ConnectionString;
        _database = new PolyDatabase(new StorageOptions { Provider = StorageProvider.PostgreSql, ConnectionString = _connection }, new DataDirectory(Path.GetTempPath()));
        _pnl = new PnlBoard(_quotes);
        _crowd = new Crowd(_quotes, _pnl, Workers, positions);
    }

    private WorkerScope Workers => new(_database);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var server = arguments.TextOrNull("postgres") ?? Environment.GetEnvironmentVariable("POLYCOPY_POSTGRES") ?? throw new ArgumentException("--postgres or POLYCOPY_POSTGRES: a role that may create databases");
        var positions = arguments.Number("positions", 100_000);
        foreach (var table in new[] { Changed, positions }.Distinct())
        {
            await using var benchmark = new WriterBenchmark(server, table);
            await benchmark.CreateAsync();
            await benchmark.CompareAsync(arguments.Number("rounds", 5));
            if (table == Changed && positions != Changed)
                continue;
            await benchmark.BookAsync(arguments.Number("rounds", 5));
            foreach (var ticking in new[] { Changed, positions }.Distinct())
                await benchmark.AgeAsync(ticking, arguments.Number("seconds", 10));
        }
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await AdminAsync($"drop database if exists {_name}");
    }

    private async Task CreateAsync()
    {
        await AdminAsync($"create database {_name}");
        await using (var context = _database.Open())
        {
            await context.Database.EnsureCreatedAsync();
            await context.Database.ExecuteSqlRawAsync(RowLevelSecurity.Sql(context));
        }
        await _crowd.InsertAsync();
    }

    /// <summary>Some tokens tick: 10,000 rows, the whole table or a part scattered all over it. EF has loaded and tracks its rows before the clock starts.</summary>
    private async Task CompareAsync(int rounds)
    {
        var rows = await TickingRowsAsync();
        var contestants = new (string What, Func<decimal, Task<TimeSpan>> Write)[]
        {
            ("set-based statement", _ => OursAsync()), ("EF SaveChanges", price => EfAsync(rows, price)), ("one UPDATE a row", price => RowByRowAsync(rows, price)),
        };
        var times = contestants.ToDictionary(c => c.What, _ => new List<double>());
        var wal = contestants.ToDictionary(c => c.What, _ => new List<double>());
        for (var round = -1; round < rounds; round++) // the first warms up: plans, connections, the first touch of every page after a checkpoint
            foreach (var (what, write) in contestants)
            {
                var price = _crowd.Tick(Changed);
                var before = await WalAsync();
                var elapsed = await write(price);
                if (round < 0)
                    continue;
                times[what].Add(elapsed.TotalMilliseconds);
                wal[what].Add((await WalAsync() - before) / (double)rows.Count);
            }
        var ours = Median(times[contestants[0].What]);
        foreach (var (what, _) in contestants)
            Print(new
            {
                benchmark = "writer",
                what,
                rows = rows.Count,
                table = _positions,
                milliseconds = Math.Round(Median(times[what]), 1),
                rowsPerSecond = Math.Round(rows.Count / Median(times[what]) * 1000),
                walBytesPerRow = Math.Round(Median(wal[what])),
                timesOurs = Math.Round(Median(times[what]) / ours, 1),
                rounds,
            });
    }

    private Task<List<PositionRow>> TickingRowsAsync()
    {
        var ticking = _crowd.TokensOf(Changed);
        return Workers.ReadAsync((db, ct) => db.Set<PositionRow>().AsNoTracking().Where(p => ticking.Contains(p.TokenId)).ToListAsync(ct), default);
    }

    /// <summary>As the service does it, P&amp;L included.</summary>
    private async Task<TimeSpan> OursAsync()
    {
        _batch.Clear();
        var started = Stopwatch.GetTimestamp();
        _pnl.Drain(_ => null);
        _pnl.Take(_batch);
        await Workers.WriteAsync((db, ct) => db.BulkUpdateAsync(_batch.ToUpdate(TimeProvider.System.GetUtcNow().UtcDateTime), ct), default);
        return Stopwatch.GetElapsedTime(started);
    }

    private async Task<TimeSpan> EfAsync(List<PositionRow> rows, decimal price)
    {
        await using var context = _database.Open();
        context.AttachRange(rows);
        var started = Stopwatch.GetTimestamp();
        foreach (var row in rows)
            row.Price(price, TimeProvider.System.GetUtcNow().UtcDateTime);
        await context.SaveChangesAsync();
        return Stopwatch.GetElapsedTime(started);
    }

    private async Task<TimeSpan> RowByRowAsync(List<PositionRow> rows, decimal price)
    {
        await using var context = _database.Open();
        await context.Database.OpenConnectionAsync();
        await using var update = new NpgsqlCommand(
            "update positions set current_price = $2, pnl_amount = $3, pnl_percentage = $4, updated_at = $5 where id = $1", (NpgsqlConnection)context.Database.GetDbConnection());
        var (id, current, amount, percentage, at) = (new NpgsqlParameter<Guid>(), new NpgsqlParameter<decimal>(), new NpgsqlParameter<decimal>(), new NpgsqlParameter<decimal>(), new NpgsqlParameter<DateTime>());
        update.Parameters.AddRange(new NpgsqlParameter[] { id, current, amount, percentage, at });
        var started = Stopwatch.GetTimestamp();
        foreach (var row in rows)
        {
            row.Price(price, TimeProvider.System.GetUtcNow().UtcDateTime);
            (id.TypedValue, current.TypedValue, amount.TypedValue, percentage.TypedValue, at.TypedValue) = (row.Id, row.CurrentPrice, row.PnlAmount, row.PnlPercentage, row.UpdatedAt);
            if (!update.IsPrepared)
                await update.PrepareAsync();
            await update.ExecuteNonQueryAsync();
        }
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>What a burst costs: a thousand orders reserve, a thousand fills are booked, each in one transaction; beside the commit of one row.</summary>
    private async Task BookAsync(int rounds)
    {
        var book = new PositionBook(_quotes, TimeProvider.System, NullLogger<PositionBook>.Instance);
        var (commit, booked, reserved) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            var fills = Enumerable.Range(0, 1_000).Select(i => AFill(i)).ToList();
            var single = await TimeAsync(async db => await db.InsertAsync([new ReservationRow { OrderId = Ids.New(TimeProvider.System), UserId = 1, WalletId = fills[0].WalletId, Micros = 1, At = default }], default));
            var all = await TimeAsync(async db => await book.BookAsync(db, fills, default));
            var asked = fills.ConvertAll(f => new Reserve(Ids.New(TimeProvider.System), f.UserId, f.WalletId, f.Token, f.Shares.Micros));
            var reserve = await TimeAsync(async db => await book.ReserveAsync(db, asked, default));
            if (round < 0)
                continue;
            commit.Add(single);
            booked.Add(all);
            reserved.Add(reserve);
        }
        foreach (var (what, times) in new[] { ("commit of one row", commit), ("book 1,000 fills of 1,000 wallets", booked), ("reserve for 1,000 orders of 1,000 wallets", reserved) })
            Print(new { benchmark = "writer", what, milliseconds = Math.Round(Median(times), 2), timesOneCommit = Math.Round(Median(times) / Median(commit), 1), rounds });
    }

    private Task<double> TimeAsync(Func<PolyContext, Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        return Workers.WriteAsync(async (db, _) =>
        {
            await work(db);
            return started;
        }, default).ContinueWith(t => Stopwatch.GetElapsedTime(t.Result).TotalMilliseconds, TaskScheduler.Default);
    }

    private Fill AFill(int number)
    {
        var id = Ids.New(TimeProvider.System);
        return new Fill(number, id, "b", "0xb", TokenId.Parse($"2{number:D4}{new string('7', 72)}"), "Yes", Side.Buy, new Shares(10_000_000), new Usdc(4_000_000), Usdc.Zero, $"0x{id:N}", $"{id}", null, "manual",
            SettlementStatus.Mined, TimeProvider.System.GetUtcNow(), null);
    }

    /// <summary>The service itself, while everything ticks twenty times a second: how old is the oldest row?</summary>
    private async Task AgeAsync(int positions, int seconds)
    {
        var (health, nobody) = (new PriceWriterHealth(), new Nobody());
        using var writer = new PriceWriter(_pnl, _quotes, Workers, nobody, nobody, nobody, health, TimeProvider.System, NullLogger<PriceWriter>.Instance);
        await writer.StartAsync(default);
        var ticks = _crowd.Ticking(positions, perSecond: 20);
        var ages = new List<double>();
        var (before, started) = (0L, 0L);
        await using (var context = _database.Open())
        {
            var digits = _crowd.TokensOf(positions).Select(t => t.Digits).ToArray();
            while (health.PositionCount < 2 * positions) // until every row has been reached
                await Task.Delay(100);
            before = health.StatementCount;
            started = Stopwatch.GetTimestamp();
            for (; Stopwatch.GetElapsedTime(started).TotalSeconds < seconds; await Task.Delay(250))
                ages.Add((await context.Database.SqlQuery<double>($"select extract(epoch from statement_timestamp() - min(updated_at))::float8 as \"Value\" from positions where token_id = any({digits})").ToListAsync())[0]);
        }
        var sampled = Stopwatch.GetElapsedTime(started);
        await ticks.DisposeAsync();
        await writer.StopAsync(default);
        Print(new
        {
            benchmark = "writer",
            what = "age of the oldest row while all tick",
            positions,
            medianSeconds = Math.Round(Median(ages), 2),
            maxSeconds = Math.Round(ages.Max(), 2),
            samples = ages.Count,
            rowsPerStatement = health.PositionCount / Math.Max(1, health.StatementCount),
            statementsPerSecond = Math.Round((health.StatementCount - before) / sampled.TotalSeconds, 1),
            error = health.Error,
        });
    }

    private Task<long> WalAsync() => Workers.ReadAsync(
        async (db, ct) => (await db.Database.SqlQuery<long>($"select (pg_current_wal_insert_lsn() - '0/0')::bigint as \"Value\"").ToListAsync(ct))[0], default);

    private async Task AdminAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Print(object line) => Console.WriteLine(JsonSerializer.Serialize(line));

    /// <summary>The neighbours that storing positions does not need.</summary>
    private sealed class Nobody : IMarketCatalog, IMarketPrices, ICache
    {
        public Market? TryGet(string idConditionOrSlug) => null;
        public Market? ByToken(TokenId token) => null;
        public ValueTask<Market?> FindAsync(string idConditionOrSlug, CancellationToken ct) => default;
        public Task<Market?> RefreshAsync(string marketId, CancellationToken ct) => Task.FromResult<Market?>(null);
        public Task<Page<Market>> ListAsync(string? search, string? category, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<Market>([], null));
        public void Viewed(string marketId)
        {
        }

        public Task WriteAsync(IReadOnlyList<MarketPrice> prices, CancellationToken ct) => Task.CompletedTask;
        public ValueTask<T?> GetAsync<T>(string key, CancellationToken ct) => default;
        public ValueTask SetAsync<T>(string key, T value, TimeSpan ttl, CancellationToken ct) => default;
        public ValueTask RemoveAsync(string key, CancellationToken ct) => default;
    }
}
