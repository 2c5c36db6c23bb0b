using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PolyCopy.Modules.Bot.Alerts;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Bot.Screens;
using PolyCopy.Modules.Bot.Screens.Copying;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot;

public static class BotModule
{
    /// <summary>Adds the Telegram bot. It does nothing when Bot:Enabled is false or there is no Bot API to talk to.</summary>
    public static IHostApplicationBuilder AddBot(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<BotOptions>().BindConfiguration("Bot").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(s => s.GetRequiredService<IOptions<BotOptions>>().Value);

        services.AddSingleton<BotLine>();
        services.AddSingleton<BotApi>();
        services.AddSingleton(s => new BotSession(s.GetRequiredService<BotLine>().BotId));
        services.AddSingleton(s => new Courier(s.GetRequiredService<BotApi>().SendAsync, Random.Shared.NextDouble, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<Courier>>(), s.GetRequiredService<BotOptions>().PerSecond));
        services.AddSingleton(s => new ChatLanes(s.GetRequiredService<BotOptions>().AtOnce, s.GetRequiredService<ILogger<ChatLanes>>()));
        services.AddSingleton<People>();
        services.AddSingleton<LivingScreen>();
        services.AddSingleton<Routes>();
        services.AddSingleton<Conversation>();
        services.AddSingleton<Receipts>();
        services.AddSingleton<AlertPump>();
        services.AddSingleton<Ui>();
        services.AddSingleton<TradeForm>();
        services.AddSingleton<IScreens, HomeScreens>();
        services.AddSingleton<IScreens, MarketScreens>();
        services.AddSingleton<IScreens, TradeScreens>();
        services.AddSingleton<IScreens, PositionScreens>();
        services.AddSingleton<IScreens, ExitScreens>();
        services.AddSingleton<IScreens, OrderScreens>();
        services.AddSingleton<IScreens, HistoryScreens>();
        services.AddSingleton<IScreens, SettingsScreens>();
        services.AddSingleton<IScreens, AdminScreens>();
        services.AddSingleton<FollowReview>();
        services.AddSingleton<IScreens, LeaderScreens>();
        services.AddSingleton<IScreens, FollowForm>();
        services.AddSingleton<IScreens, FollowScreens>();
        services.AddSingleton<IScreens, WhyScreens>();
        services.AddSingleton<IScreens, WatchScreens>();
        services.AddSingleton(s => ActivatorUtilities.CreateInstance<Inbound>(s, (Func<double>)Random.Shared.NextDouble));
        services.AddSingleton(s => ActivatorUtilities.CreateInstance<BotRunner>(s, (Func<double>)Random.Shared.NextDouble));

        services.AddHostedService<BotService>();
        return builder;
    }
}

/// <summary>Makes the bot only when there is something to talk to: its parts look up addresses that are known after the start.</summary>
internal sealed partial class BotService(BotLine line, IServiceProvider services, ILogger<BotService> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (line.Absent is { } reason)
        {
            Log.Absent(logger, reason);
            return;
        }
        await services.GetRequiredService<BotRunner>().RunAsync(stoppingToken);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Bot + 5, LogLevel.Information, "No bot: {Reason}")]
        public static partial void Absent(ILogger logger, string reason);
    }
}
