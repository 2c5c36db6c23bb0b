using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Indexing.Cards;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Feeds;
using PolyCopy.Modules.Indexing.Telling;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing;

public static class IndexingModule
{
    /// <summary>Adds leaders: who is watched, the chain and the feeds that tell of their trades, their figures. Hears every IWatchSource, tells every ILeaderTradeListener.</summary>
    public static IHostApplicationBuilder AddIndexing(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(IndexingOptions.From(builder.Configuration));
        services.AddSingleton(new Contracts((builder.Configuration.GetSection("Venue").Get<VenueOptions>() ?? new VenueOptions()).ChainId));
        services.AddSingleton<ChainState>();
        services.AddSingleton<FeedState>();
        services.AddSingleton<AuditState>();
        services.AddSingleton<CoverageBook>();
        services.AddSingleton<WatchBook>();
        services.AddSingleton<WatchStore>();
        services.AddSingleton<Outgoing>();
        services.AddSingleton<MarketNames>();
        services.AddSingleton<TradeBook>();
        services.AddSingleton<IndexStore>();
        services.AddSingleton<NodeBook>();
        services.AddSingleton<ChainReader>();
        services.AddSingleton<MoveJudge>();
        services.AddSingleton<CardStore>();
        services.AddSingleton<WatchKeeper>();
        services.AddSingleton<ILeaders, Leaders>();
        services.AddSingleton<Teller>();
        services.AddSingleton<ChainListener>();
        services.AddSingleton<Auditor>();
        services.AddHostedService(s => s.GetRequiredService<WatchKeeper>());
        services.AddHostedService(s => s.GetRequiredService<Teller>());
        services.AddHostedService(s => s.GetRequiredService<ChainListener>());
        services.AddHostedService<FeedListener>();
        services.AddHostedService(s => s.GetRequiredService<Auditor>());
        services.AddHostedService<CardKeeper>();
        services.AddSingleton<IndexingHealth>();
        services.AddHealthChecks().AddCheck<IndexingHealth>("leaders");
        return builder;
    }
}

/// <param name="SmartTraders">How many of the month's best wallets are watched without anybody asking; 0 is none.</param>
internal sealed record IndexingOptions(int SmartTraders)
{
    public static IndexingOptions From(IConfiguration settings)
    {
        var number = settings["Indexing:SmartTraders"];
        if (string.IsNullOrEmpty(number))
            return new IndexingOptions(10);
        return int.TryParse(number, out var count) && count is >= 0 and <= 100 ? new IndexingOptions(count) : throw new SettingException("Indexing:SmartTraders is a number from 0 to 100.");
    }
}

/// <summary>What tells of leaders' trades, and what of it is down.</summary>
internal sealed class IndexingHealth(CoverageBook coverage, ChainState chain, FeedState feed, AuditState audit, WatchBook watch) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct = default)
    {
        var data = new Dictionary<string, object>
        {
            ["watched"] = watch.Now.Leaders.Count,
            ["block"] = chain.Through ?? 0,
            ["finalBlock"] = chain.FinalThrough,
            ["reorganisations"] = chain.Reorgs,
            ["rtds"] = feed.Mute is { Count: > 0 } mute ? $"mute: {string.Join(", ", mute)}" : feed.IsAlive ? "alive" : feed.Fault ?? "silent",
            ["rtdsLate"] = feed.Late,
            ["dataApi"] = audit.Fault ?? (audit.IsAlive ? "alive" : "not asked"),
        };
        if (watch.Now.Leaders.Count == 0)
            return Task.FromResult(HealthCheckResult.Healthy("nobody is watched", data));
        var (state, reason) = coverage.Sources();
        return Task.FromResult(state == "trusted" ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded($"{state}: {reason}", data: data));
    }
}
