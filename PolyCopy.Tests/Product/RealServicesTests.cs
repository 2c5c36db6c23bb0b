using System.Diagnostics;
using Npgsql;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>The main job on PostgreSQL with Redis, and Redis going away in the middle of it.</summary>
public class RealServicesTests
{
    [Fact]
    public async Task The_main_job_runs_on_PostgreSQL_and_outlives_its_Redis()
    {
        var server = Environment.GetEnvironmentVariable("POLYCOPY_POSTGRES");
        Services.Require("PostgreSQL", "POLYCOPY_POSTGRES", server is not null);
        var redisServer = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Select(p => Path.Combine(p, "redis-server")).FirstOrDefault(File.Exists);
        Services.Require("Redis", "redis-server on the PATH", redisServer is not null);

        var database = $"polycopy_product_{Environment.ProcessId}";
        await AdminAsync(server!, $"drop database if exists {database}", $"create database {database}");
        var port = HostProcess.FreePort();
        using var redis = Process.Start(new ProcessStartInfo(redisServer!, $"--port {port} --bind 127.0.0.1 --save \"\" --appendonly no") { RedirectStandardOutput = true })!;
        try
        {
            while (await redis.StandardOutput.ReadLineAsync() is { } line && !line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
            }
            var connection = new NpgsqlConnectionStringBuilder(server) { Database = database, MaxPoolSize = 20 }.ConnectionString;
            await using var app = await TestApp.StartAsync("--Storage:Provider", "PostgreSql", "--Storage:ConnectionString", connection, "--Cache:Redis", $"127.0.0.1:{port}");
            var ana = await Trader.WelcomeAsync(app);
            var first = await ana.BuyAsync(takeProfit: "0.60", stopLoss: "0.30");
            await ana.FollowedAsync();
            await app.UntilAsync("/health/ready", h => h.GetProperty("status").GetString() == "healthy");
            await app.UntilAsync($"{ana.Path}/positions/{first}", p => Trader.Number(p, "currentPrice") == 0.44m);
            (await ScalarAsync(connection, "select count(*) from markets where source = 'ws'")).Should().BePositive("the streamer writes prices");

            redis.Kill();
            await redis.WaitForExitAsync();
            var ready = await app.UntilAsync("/health/ready", h => h.GetProperty("status").GetString() == "degraded");
            ready.GetProperty("checks").GetProperty("cache").GetProperty("status").GetString().Should().Be("degraded");
            await ana.QuoteAsync("0.69", "0.70");
            await ana.PositionIsAsync(first, "closed");
            await ana.QuoteAsync("0.44", "0.45");
            await ana.BuyAsync();
            (await app.PostAsync($"{ana.Path}/positions/sync", new { })).GetProperty("adjustments").GetInt32().Should().Be(0);
        }
        finally
        {
            if (!redis.HasExited)
                redis.Kill();
            NpgsqlConnection.ClearAllPools();
            await AdminAsync(server!, $"drop database if exists {database}");
        }
    }

    private static async Task<long> ScalarAsync(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { Options = "-c polycopy.worker=on", Pooling = false });
        await using var command = source.CreateCommand(sql);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        long value;
        while ((value = (long)(await command.ExecuteScalarAsync(deadline.Token))!) == 0)
            await timer.WaitForNextTickAsync(deadline.Token);
        return value;
    }

    private static async Task AdminAsync(string server, params string[] commands)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Database = "postgres", Pooling = false });
        foreach (var sql in commands)
            await using (var command = source.CreateCommand(sql))
                await command.ExecuteNonQueryAsync();
    }
}
