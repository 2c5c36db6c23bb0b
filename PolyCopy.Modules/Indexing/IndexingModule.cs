using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Indexing.Cards;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Feeds;
using PolyCopy.Modules.Indexing.SmartMoney;
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
        services.AddSingleton<ILeaderMoney, LeaderMoney>();
        services.AddSingleton<Teller>();
        services.AddSingleton<ChainListener>();
        services.AddSingleton<Auditor>();
        services.AddHostedService(s => s.GetRequiredService<WatchKeeper>());
        services.AddHostedService(s => s.GetRequiredService<Teller>());
        services.AddHostedService(s => s.GetRequiredService<ChainListener>());
        services.AddHostedService<FeedListener>();
        services.AddHostedService(s => s.GetRequiredService<Auditor>());
        services.AddHostedService<CardKeeper>();
        services.AddSingleton<SmartMoneyWatch>();
        services.AddHostedService(s => s.GetRequiredService<SmartMoneyWatch>());
        services.AddSingleton<IndexingHealth>();
        services.AddHealthChecks().AddCheck<IndexingHealth>("leaders");
        return builder;
    }
}

/// <param name="SmartTraders">How many of the month's best wallets are watched without anybody asking; 0 is none.</param>
/// <param name="SmartMoneyUsd">pUSD net; what a smart trader moves less of on an outcome is no alert.</param>
/// <param name="SmartMoneyMinutes">Least time between two smart-money alerts to one user; what comes between is told together.</param>
internal sealed record IndexingOptions(int SmartTraders, int SmartMoneyUsd, int SmartMoneyMinutes)
{
    public static IndexingOptions From(IConfiguration settings) =>
        new(Whole(settings, "SmartTraders", 10, 0, 100), Whole(settings, "SmartMoneyUsd", 250, 1, 1_000_000), Whole(settings, "SmartMoneyMinutes", 10, 1, 1_440));

    private static int Whole(IConfiguration settings, string name, int otherwise, int least, int most) =>
        settings["Indexing:" + name] is not { Length: > 0 } text ? otherwise
        : int.TryParse(text, out var number) && number >= least && number <= most ? number
        : throw new SettingException($"Indexing:{name} is a number from {least} to {most}.");
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
        return Task.FromResult(state == "trusted" ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded($"{state}: {reason?.Text}", data: data));
    }
}
