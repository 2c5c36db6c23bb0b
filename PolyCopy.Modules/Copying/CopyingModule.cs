using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Copying.Reading;
using PolyCopy.Modules.Copying.Replay;
using PolyCopy.Modules.Copying.Risk;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying;

public static class CopyingModule
{
    /// <summary>Adds follows, the copy engine and its reasons.</summary>
    public static IHostApplicationBuilder AddCopying(this IHostApplicationBuilder builder)
    {
        builder.Services.AddCopying();
        return builder;
    }

    internal static void AddCopying(this IServiceCollection services)
    {
        services.AddOptions<CopyingOptions>().BindConfiguration("Copying").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(s => s.GetRequiredService<Microsoft.Extensions.Options.IOptions<CopyingOptions>>().Value);

        services.AddSingleton<FollowBoard>();
        services.AddSingleton<FollowStore>();
        services.AddSingleton<IPauseAudience, Followers>();
        services.AddSingleton<CopyBooks>();
        services.AddSingleton<ReferencePrices>();
        services.AddSingleton<Holdings>();
        services.AddSingleton<Standings>();
        services.AddSingleton<CopyNews>();
        services.AddSingleton<LeaderWatch>();
        services.AddSingleton<OutcomeWriter>();
        services.AddSingleton<CopyOutcomes>();
        services.AddSingleton<IOrderListener>(s => s.GetRequiredService<CopyOutcomes>());
        services.AddSingleton<IPositionListener>(s => s.GetRequiredService<CopyOutcomes>());
        services.AddSingleton<CopyExecutor>();
        services.AddSingleton<DecisionWriter>();
        services.AddSingleton<BuyPass>();
        services.AddSingleton<SellPass>();
        services.AddSingleton<LeaderMoves>();
        services.AddSingleton<RemovedTrades>();
        services.AddSingleton<CopyEngine>();
        services.AddSingleton<ILeaderTradeListener>(s => s.GetRequiredService<CopyEngine>());
        services.AddSingleton<BaselineCopies>();
        services.AddSingleton<DecisionViews>();
        services.AddSingleton<CopyDigest>();
        services.AddSingleton<OldSkips>();
        services.AddSingleton<Tape>();
        services.AddSingleton<IReplay, ReplayService>();
        services.AddSingleton<SharedFollows>();
        services.AddSingleton<ICopying, FollowService>();
        services.AddSingleton<RiskBoard>();
        services.AddSingleton<RiskFacts>();
        services.AddSingleton<RiskGuard>();
        services.AddSingleton<IEntryGuard>(s => s.GetRequiredService<RiskGuard>());
        services.AddSingleton<IRisk, RiskService>();
        services.AddSingleton<CopyWorker>();
        services.AddSingleton<IWatchSource>(s => s.GetRequiredService<CopyWorker>());
        services.AddHostedService(s => s.GetRequiredService<CopyWorker>());
        services.AddSingleton<BlindWatch>();
        services.AddHostedService(s => s.GetRequiredService<BlindWatch>());
        services.AddSingleton<DriftWatch>();
        services.AddSingleton<ILeaderTradeListener>(s => s.GetRequiredService<DriftWatch>());
        services.AddHostedService(s => s.GetRequiredService<DriftWatch>());
    }
}
