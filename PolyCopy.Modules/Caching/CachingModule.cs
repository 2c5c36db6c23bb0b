using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Kernel;
using StackExchange.Redis;

namespace PolyCopy.Modules.Caching;

public static class CachingModule
{
    /// <summary>Adds the cache: Redis when Cache:Redis is set, memory otherwise.</summary>
    public static IHostApplicationBuilder AddCaching(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<MemoryCache>();
        if (builder.Configuration["Cache:Redis"] is not { Length: > 0 } connection)
        {
            builder.Services.AddSingleton<ICache>(s => s.GetRequiredService<MemoryCache>());
            return builder;
        }
        builder.Services.AddSingleton(new RedisConnection(Parse(connection)));
        // the package's distributed cache over the connection that also carries the invalidations
        builder.Services.AddStackExchangeRedisCache(_ => { });
        builder.Services.AddOptions<Microsoft.Extensions.Caching.StackExchangeRedis.RedisCacheOptions>()
            .Configure<RedisConnection>((options, redis) => options.ConnectionMultiplexerFactory = redis.OpenAsync);
        builder.Services.AddSingleton<RedisCache>();
        builder.Services.AddSingleton<ICache>(s => s.GetRequiredService<RedisCache>());
        builder.Services.AddHostedService(s => s.GetRequiredService<RedisCache>());
        builder.Services.AddHealthChecks().AddCheck<RedisHealth>("cache");
        return builder;
    }

    private static ConfigurationOptions Parse(string connection)
    {
        try
        {
            var options = ConfigurationOptions.Parse(connection);
            options.AbortOnConnectFail = false; // heals by itself
            options.BacklogPolicy = BacklogPolicy.FailFast; // a cache that is down is a miss now, not a wait
            options.ConnectTimeout = 2_000;
            options.AsyncTimeout = 1_000;
            options.SyncTimeout = 1_000;
            return options;
        }
        catch (ArgumentException)
        {
            throw new SettingException("Cache:Redis is not a Redis connection string, such as localhost:6379.");
        }
    }
}
