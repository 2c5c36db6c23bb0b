using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using StackExchange.Redis;

namespace PolyCopy.Modules.Caching;

/// <summary>Redis with a short-lived copy in memory; removals are announced, so that no process keeps its copy.</summary>
/// <remarks>The announcement carries the key; whoever misses it (Redis was away) is at most <see cref="CopyLife"/> behind.</remarks>
internal sealed partial class RedisCache(IDistributedCache redis, RedisConnection connection, MemoryCache copies, ILogger<RedisCache> logger) : ICache, IHostedService
{
    private const int MostLost = 10_000;
    private static readonly TimeSpan CopyLife = TimeSpan.FromSeconds(5);
    private static readonly RedisChannel Removed = RedisChannel.Literal("polycopy:removed");

    private readonly ConcurrentDictionary<string, byte> _lost = new(StringComparer.Ordinal); // removals that Redis has not heard
    private int _down;
    private int _hooked;
    private volatile bool _listening;

    public bool IsDown => Volatile.Read(ref _down) == 1;

    public async ValueTask<T?> GetAsync<T>(string key, CancellationToken ct)
    {
        if (!IsDown && copies.Read(key) is { } copy)
            return JsonSerializer.Deserialize<T>(copy, JsonSerializerOptions.Web);
        if (_lost.ContainsKey(key) || await TryAsync(() => redis.GetAsync(key, ct)) is not { } json)
            return default;
        copies.Write(key, json, CopyLife);
        try
        {
            return JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return default; // written by another version
        }
    }

    public async ValueTask SetAsync<T>(string key, T value, TimeSpan ttl, CancellationToken ct)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web);
        copies.Write(key, json, ttl < CopyLife ? ttl : CopyLife);
        await TryAsync(async () =>
        {
            await redis.SetAsync(key, json, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = ttl }, ct);
            _lost.TryRemove(key, out _);
            return true;
        });
    }

    public async ValueTask RemoveAsync(string key, CancellationToken ct)
    {
        copies.Remove(key);
        if (_lost.Count < MostLost)
            _lost[key] = 0;
        await TryAsync(async () =>
        {
            await redis.RemoveAsync(key, ct);
            await (await connection.OpenAsync()).GetSubscriber().PublishAsync(Removed, key);
            _lost.TryRemove(key, out _);
            return true;
        });
    }

    public Task StartAsync(CancellationToken ct)
    {
        _ = ListenAsync(); // Redis may be away for now: starting does not wait for a cache
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken ct) => Task.CompletedTask;

    private async Task ListenAsync()
    {
        await TryAsync(async () =>
        {
            var open = await connection.OpenAsync();
            if (Interlocked.Exchange(ref _hooked, 1) == 0)
                open.ConnectionRestored += (_, _) => _ = HealAsync();
            await open.GetSubscriber().SubscribeAsync(Removed, (_, key) => copies.Remove(key.ToString())); // renewed by the connection when it comes back
            return _listening = true;
        });
    }

    /// <summary>Redis is back: our copies may be stale, and it may hold what was removed meanwhile.</summary>
    private async Task HealAsync()
    {
        copies.Clear();
        foreach (var key in _lost.Keys)
            await RemoveAsync(key, CancellationToken.None);
        if (!_listening)
            await ListenAsync();
    }

    private async Task<T?> TryAsync<T>(Func<Task<T?>> work)
    {
        try
        {
            var result = await work();
            if (Interlocked.Exchange(ref _down, 0) == 1)
            {
                Log.Back(logger);
                _ = HealAsync();
            }
            return result;
        }
        catch (Exception e) when (e is RedisException or RedisTimeoutException or TimeoutException or ObjectDisposedException)
        {
            if (Interlocked.Exchange(ref _down, 1) == 0)
                Log.Down(logger, e.GetType().Name);
            return default;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Caching + 1, LogLevel.Warning, "Redis is out of reach ({Reason}): working without the cache")]
        public static partial void Down(ILogger logger, string reason);

        [LoggerMessage(EventIds.Caching + 2, LogLevel.Information, "Redis is back")]
        public static partial void Back(ILogger logger);
    }
}

internal sealed class RedisHealth(RedisCache cache, RedisConnection connection) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct = default) =>
        Task.FromResult(cache.IsDown || !connection.IsConnected ? HealthCheckResult.Degraded("Redis is out of reach: working without the cache") : HealthCheckResult.Healthy());
}
