using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Bot.Alerts;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot;

/// <summary>Runs the bot's parts together.</summary>
internal sealed partial class BotRunner(
    BotApi api, BotLine line, BotSession session, BotOptions options, Inbound inbound, Courier courier, AlertPump alerts, ChatLanes lanes, LivingScreen screen, People people,
    Func<double> random, TimeProvider clock, ILogger<BotRunner> logger)
{
    private static readonly string[] Commands = ["home", "markets", "positions", "sell", "leaders", "follows", "why", "orders", "history", "settings", "status", "stop", "help"];
    private static readonly string[] AdminCommands = ["users", "pause", "resume", "watched", "watch", "unwatch", "breakers", "broadcast"];
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken ct)
    {
        Log.Starting(logger, line.IsSimulated ? "the simulated Telegram" : "Telegram", session.BotId);
        lanes.Start(ct);
        courier.Blocked = userId => _ = ForgetAsync(userId, ct);
        // the courier outlives the others by a moment: what was said on the way out still leaves
        using var last = new CancellationTokenSource();
        var sending = courier.RunAsync(last.Token);
        await Task.WhenAll(inbound.RunAsync(ct), inbound.RunDoneAsync(ct), alerts.RunAsync(ct), IntroduceAsync(ct), SweepAsync(ct));
        await lanes.StopAsync();
        await inbound.FlushAsync(CancellationToken.None);
        await last.CancelAsync();
        await sending;
        await alerts.FlushAsync(CancellationToken.None);
        await alerts.GiveBackAsync();
    }

    /// <summary>Asks who we are and publishes the menus, until Telegram answers.</summary>
    private async Task IntroduceAsync(CancellationToken ct)
    {
        var backoff = new Backoff(random);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                session.Username = (await api.MeAsync(ct)).Username;
                await api.DropWebhookAsync(ct); // with a webhook set, getUpdates is refused
                foreach (var language in Words.Languages)
                {
                    var words = Words.In(language);
                    await api.SetCommandsAsync(Commands.Select(c => (c, words.Label("command." + c))), language == Words.Default ? null : language, null, ct);
                }
                foreach (var admin in options.Admins)
                    await api.SetCommandsAsync(Commands.Concat(AdminCommands).Select(c => (c, Words.In(null).Label("command." + c))), null, admin, ct);
                Log.Introduced(logger, session.Username ?? "");
                return;
            }
            catch (BotApiException e)
            {
                Log.NotIntroduced(logger, e.Message);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            try
            {
                await Task.Delay(backoff.Next(), clock, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task SweepAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(SweepEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                people.Sweep();
                screen.Sweep();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping
        }
    }

    private async Task ForgetAsync(long userId, CancellationToken ct)
    {
        try
        {
            await screen.ForgetAsync(userId, ct);
            Log.Blocked(logger, userId);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Log.NotForgotten(logger, userId, e.Message); // the next message to him says it again
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Bot, LogLevel.Information, "Bot {Bot} talks to {Line}")]
        public static partial void Starting(ILogger logger, string line, long bot);

        [LoggerMessage(EventIds.Bot + 1, LogLevel.Information, "The bot is @{Username}")]
        public static partial void Introduced(ILogger logger, string username);

        [LoggerMessage(EventIds.Bot + 2, LogLevel.Debug, "The bot's menus are not published yet: {Reason}")]
        public static partial void NotIntroduced(ILogger logger, string reason);

        [LoggerMessage(EventIds.Bot + 3, LogLevel.Information, "User {UserId} blocked the bot; nothing more is sent to him")]
        public static partial void Blocked(ILogger logger, long userId);

        [LoggerMessage(EventIds.Bot + 4, LogLevel.Warning, "That user {UserId} blocked the bot could not be kept: {Reason}")]
        public static partial void NotForgotten(ILogger logger, long userId, string reason);
    }
}
