using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Caching;

public sealed class CacheTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("polycopy-redis").FullName;
    private Process? _redis;

    private sealed record Holding(string Market, decimal Shares);

    [Fact]
    public async Task Memory_keeps_values_until_they_expire_or_are_removed()
    {
        var clock = new FakeTimeProvider();
        var cache = new MemoryCache(clock);
        await cache.SetAsync("positions:7", new Holding("1", 2.5m), TimeSpan.FromSeconds(60), default);
        (await cache.GetAsync<Holding>("positions:7", default)).Should().Be(new Holding("1", 2.5m));
        (await cache.GetAsync<Holding>("positions:8", default)).Should().BeNull();
        clock.Advance(TimeSpan.FromSeconds(60));
        (await cache.GetAsync<Holding>("positions:7", default)).Should().BeNull();
        await cache.SetAsync("positions:7", 1, TimeSpan.FromSeconds(60), default);
        await cache.RemoveAsync("positions:7", default);
        (await cache.GetAsync<int>("positions:7", default)).Should().Be(0);
    }

    [Fact]
    public async Task Nobody_shares_an_object_with_the_cache()
    {
        var cache = new MemoryCache(new FakeTimeProvider());
        var list = new List<int> { 1 };
        await cache.SetAsync("k", list, TimeSpan.FromMinutes(1), default);
        list.Add(2);
        (await cache.GetAsync<List<int>>("k", default)).Should().Equal(1);
    }

    [Fact]
    public void A_wrong_connection_string_stops_the_host_in_one_sentence()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration["Cache:Redis"] = "localhost:6379,nonsense=1";
        builder.Invoking(b => b.AddCaching()).Should().Throw<SettingException>();
    }

    [Fact]
    public async Task A_removal_reaches_the_other_process()
    {
        var port = StartRedis();
        using var here = await HostAsync(port);
        using var there = await HostAsync(port);
        var mine = here.Services.GetRequiredService<ICache>();
        var theirs = there.Services.GetRequiredService<ICache>();
        await mine.SetAsync("positions:7", new Holding("1", 2.5m), TimeSpan.FromMinutes(1), default);
        (await theirs.GetAsync<Holding>("positions:7", default)).Should().Be(new Holding("1", 2.5m));
        await UntilAsync(async () =>
        {
            await mine.RemoveAsync("positions:7", default); // again: the other side may still be subscribing
            return await theirs.GetAsync<Holding>("positions:7", default) is null;
        });
    }

    [Fact]
    public async Task A_redis_that_is_down_is_a_miss_and_heals_by_itself()
    {
        var port = StartRedis();
        using var host = await HostAsync(port);
        var cache = host.Services.GetRequiredService<ICache>();
        await cache.SetAsync("k", 1, TimeSpan.FromMinutes(10), default);
        (await cache.GetAsync<int>("k", default)).Should().Be(1);
        (await HealthAsync(host)).Should().Be(HealthStatus.Healthy);

        StopRedis();
        await UntilAsync(async () =>
        {
            await cache.RemoveAsync("k", default);
            return await HealthAsync(host) == HealthStatus.Degraded;
        });
        (await cache.GetAsync<int>("k", default)).Should().Be(0);
        await cache.SetAsync("k", 2, TimeSpan.FromMinutes(10), default);
        (await cache.GetAsync<int>("k", default)).Should().Be(0, "a cache that cannot be invalidated is not read");

        StartRedis(port);
        await UntilAsync(async () =>
        {
            await cache.SetAsync("k", 3, TimeSpan.FromMinutes(10), default);
            return await cache.GetAsync<int>("k", default) == 3 && await HealthAsync(host) == HealthStatus.Healthy;
        });
    }

    [Fact]
    public async Task A_host_starts_without_its_redis()
    {
        using var host = await HostAsync(HostProcess.FreePort());
        var cache = host.Services.GetRequiredService<ICache>();
        await cache.SetAsync("k", 1, TimeSpan.FromMinutes(1), default);
        (await cache.GetAsync<int>("k", default)).Should().Be(0);
        await cache.RemoveAsync("k", default);
        (await HealthAsync(host)).Should().Be(HealthStatus.Degraded);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        StopRedis();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<HealthStatus> HealthAsync(IHost host) => (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;

    private static async Task<IHost> HostAsync(int port)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration["Cache:Redis"] = $"127.0.0.1:{port}";
        builder.Services.AddLogging();
        builder.AddCaching();
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private int StartRedis(int? port = null)
    {
        var server = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Select(p => Path.Combine(p, "redis-server")).FirstOrDefault(File.Exists);
        Services.Require("Redis", "redis-server on the PATH", server is not null);
        var at = port ?? HostProcess.FreePort();
        _redis = Process.Start(new ProcessStartInfo(server!, $"--port {at} --bind 127.0.0.1 --save \"\" --appendonly no --dir {_folder}") { RedirectStandardOutput = true })!;
        while (_redis.StandardOutput.ReadLine() is { } line && !line.Contains("Ready to accept connections", StringComparison.Ordinal))
        {
        }
        _ = _redis.StandardOutput.ReadToEndAsync(); // or its pipe fills up
        return at;
    }

    private void StopRedis()
    {
        _redis?.Kill();
        _redis?.WaitForExit();
        _redis?.Dispose();
        _redis = null;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Stopwatch.GetElapsedTime(started).Should().BeLessThan(Deadline);
            await Task.Delay(20); // another process is being waited for: there is no signal to await
        }
    }
}
