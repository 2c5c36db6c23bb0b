using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Bot.Chats;

/// <summary>Answers one update of a chat: admits the user, finds the screen, shows it. Whatever goes wrong becomes a sentence in the chat.</summary>
internal sealed partial class Conversation(
    IBotState state, People people, Routes routes, LivingScreen screen, ChatLanes lanes, BotApi api, BotSession session, BotOptions options, TimeProvider clock, ILogger<Conversation> logger)
{
    /// <summary>How long a confirmation may be pressed.</summary>
    public static readonly TimeSpan ConfirmFor = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan OldAfter = TimeSpan.FromSeconds(90);

    public async Task HandleAsync(Incoming update, CancellationToken ct)
    {
        if (!update.IsPrivate)
            return; // account data is for private chats
        if (update.Kind == IncomingKind.Left)
        {
            await screen.ForgetAsync(update.UserId, ct);
            return;
        }
        if (IsOld(update) && lanes.Depth(update.ChatId) > 0)
            return; // hours of messages after an outage: the last one is answered
        var wasKnown = people.IsAdmitted(update.UserId);
        Error? trouble;
        try
        {
            trouble = await people.AdmitAsync(update, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Log.NoCore(logger, update.UserId, e);
            if (people.LanguageOf(update.UserId) is not null) // a stranger is not answered, and who he is cannot be asked now
                await ExplainAsync(update, null, "error.core_away", ct);
            return;
        }
        if (trouble is { Code: not "venue.unreachable" })
        {
            Log.Refused(logger, update.UserId, trouble.Code);
            return;
        }
        if (!wasKnown && update.CallbackId is { } press)
            await api.AnswerAsync(press, null, ct); // at arrival only those are answered who are known
        await AnswerAsync(update, ct);
    }

    /// <summary>Typed long before it was delivered. Of a press nobody knows when it was; its confirmation has a minute of its own.</summary>
    public bool IsOld(Incoming update) => update.Kind != IncomingKind.Press && clock.GetUtcNow() - update.Date > OldAfter;

    private async Task AnswerAsync(Incoming update, CancellationToken ct)
    {
        BotChat? chat = null;
        try
        {
            chat = await screen.FindAsync(update.UserId, ct) ?? await GreetAsync(update, ct);
            var settings = await people.SettingsAsync(update.UserId, ct);
            var before = Memory.Read(chat.State);
            var known = chat;
            var turn = new Turn(update, settings, Words.In(settings.Language), before with { Asking = null }, IsOld(update), options.Admins.Contains(update.UserId))
            {
                ShowAsync = view => screen.ShowAsync(known, update.Kind == IncomingKind.Press ? update.MessageId : 0, view, known.State, ct),
                OfferAsync = (action, payload, token) => OfferAsync(update.UserId, action, payload, token),
            };
            if (await RouteAsync(turn, update, before.Asking, ct) is not { } view)
                return;
            chat = await screen.FindAsync(update.UserId, ct) ?? chat; // a screen shown on the way may have moved it
            await screen.ShowAsync(chat, update.Kind == IncomingKind.Press ? update.MessageId : 0, view, turn.Memory.Write(), ct);
        }
        catch (VenueException e)
        {
            Log.VenueAway(logger, e.Failure, e.Message);
            await ExplainAsync(update, chat, "error.venue_away", ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Log.Failed(logger, update.UserId, e);
            await ExplainAsync(update, chat, e is HttpRequestException or TimeoutException or TaskCanceledException or System.Data.Common.DbException ? AwayKey(update) : "error.ours", ct);
        }
    }

    // a confirmation may have reached the core: then nobody can say yet that nothing was ordered
    private static string AwayKey(Incoming update) => update.Kind == IncomingKind.Press && Actions.TryRead(update.Text, out var action, out _) && action == Actions.Confirm ? "error.core_away_order" : "error.core_away";

    private async Task<View?> RouteAsync(Turn turn, Incoming update, Question? asking, CancellationToken ct)
    {
        if (update.Kind == IncomingKind.Press)
        {
            if (!Actions.TryRead(update.Text, out var action, out var arguments))
                return await HomeAsync(turn, ct);
            if (action == Actions.Confirm)
                return await ConfirmAsync(turn, arguments[0], ct);
            return await (routes.Button(action, turn.IsAdmin) is { } handler ? handler(turn, arguments, ct) : HomeAsync(turn, ct));
        }
        var text = update.Text.Trim();
        if (Secrets.LooksLikeOne(text))
        {
            screen.Remove(update.ChatId, update.MessageId);
            return await routes.AnswerTo("secret")!(turn, "", "", ct);
        }
        if (text.StartsWith('/'))
        {
            var words = text[1..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var command = words.Length == 0 ? "" : words[0].Split('@')[0];
            return await (routes.CommandFor(command, turn.IsAdmin) ?? routes.CommandFor("help", turn.IsAdmin)!)(turn, new Arguments(words.Length > 1 ? words[1..] : []), ct);
        }
        if (text.Length == 0)
            return await routes.CommandFor("help", turn.IsAdmin)!(turn, default, ct);
        if (LeaderLink.Find(text) is not null && asking?.Topic != "fw_value")
            return await routes.AnswerTo("leader")!(turn, "", text, ct);
        if (MarketLink.Find(text) is not null)
            return await routes.AnswerTo("link")!(turn, "", text, ct);
        if (asking is not null && routes.AnswerTo(asking.Topic) is { } answer)
            return await answer(turn, asking.Subject, text, ct);
        return await routes.AnswerTo("search")!(turn, "", text, ct);
    }

    private async Task<View?> ConfirmAsync(Turn turn, string nonce, CancellationToken ct)
    {
        var use = await state.UseAsync(session.BotId, turn.UserId, nonce, turn.MessageId, turn.UpdateId, ct);
        if (use.Confirmation is not { } confirmation || routes.Confirmation(confirmation.Action) is not var (granted, redraw))
            return await HomeAsync(turn, ct);
        Log.Confirmation(logger, confirmation.Action, use.Outcome, turn.UserId);
        return use.Outcome switch
        {
            BotUseOutcome.Granted => await granted(turn, confirmation.Nonce, confirmation.Payload, ct),
            BotUseOutcome.Spent => null, // the second tap: the first one's answer is there or on its way
            BotUseOutcome.Interrupted => await routes.Button("orders", turn.IsAdmin)!(turn, default, ct),
            _ => await redraw(turn, confirmation.Nonce, confirmation.Payload, ct),
        };
    }

    private async Task<string> OfferAsync(long userId, string action, string payload, CancellationToken ct)
    {
        var nonce = Actions.Short(Ids.New(clock));
        await state.OfferAsync(session.BotId, new BotConfirmation(nonce, userId, action, payload, clock.GetUtcNow() + ConfirmFor), ct);
        return nonce;
    }

    /// <summary>The first message of a user: his language is Telegram's, his referrer the link he came by.</summary>
    private async Task<BotChat> GreetAsync(Incoming update, CancellationToken ct)
    {
        var referrer = update.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["/start", ['r', '_', .. { Length: > 0 and <= 62 } code]] ? code : null;
        var chat = new BotChat(update.UserId, update.ChatId, null, false, null, referrer == Screens.HomeScreens.ReferralCode(update.UserId) ? null : referrer);
        await state.SaveChatAsync(session.BotId, chat, ct);
        if (Words.In(update.Language).Language is var language && language != Words.Default)
            await people.ChangeAsync(update.UserId, new UserSettingsChange(Language: language), ct);
        return chat;
    }

    private Task<View?> HomeAsync(Turn turn, CancellationToken ct) => routes.CommandFor("home", turn.IsAdmin)!(turn, default, ct);

    private async Task ExplainAsync(Incoming update, BotChat? chat, string key, CancellationToken ct)
    {
        try
        {
            var words = Words.In(people.LanguageOf(update.UserId) ?? update.Language);
            var view = new View(words[key], [[new Button(words.Label("nav.again"), update.Kind == IncomingKind.Press && Actions.TryRead(update.Text, out var action, out _) && action != Actions.Confirm ? update.Text : Actions.Data("home")), new Button(words.Label("nav.home"), Actions.Data("home"))]]);
            await screen.ShowAsync(chat ?? new BotChat(update.UserId, update.ChatId, null, false, null, null), update.Kind == IncomingKind.Press ? update.MessageId : 0, view, chat?.State, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // the core is away altogether: the sentence has been sent, what it should have kept is found again
            Log.NotKept(logger, update.UserId, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Bot + 30, LogLevel.Warning, "User {UserId} may not use the bot ({Code}): not answered")]
        public static partial void Refused(ILogger logger, long userId, string code);

        [LoggerMessage(EventIds.Bot + 31, LogLevel.Error, "What user {UserId} did could not be answered")]
        public static partial void Failed(ILogger logger, long userId, Exception e);

        [LoggerMessage(EventIds.Bot + 32, LogLevel.Warning, "A screen needed the venue, which cannot be reached ({Failure}: {Reason})")]
        public static partial void VenueAway(ILogger logger, VenueFailure failure, string reason);

        [LoggerMessage(EventIds.Bot + 33, LogLevel.Information, "Confirmation of {Action} by user {UserId}: {Outcome}")]
        public static partial void Confirmation(ILogger logger, string action, BotUseOutcome outcome, long userId);

        [LoggerMessage(EventIds.Bot + 34, LogLevel.Warning, "User {UserId} cannot be looked up now")]
        public static partial void NoCore(ILogger logger, long userId, Exception e);

        [LoggerMessage(EventIds.Bot + 35, LogLevel.Warning, "The screen of user {UserId} could not be kept: {Reason}")]
        public static partial void NotKept(ILogger logger, long userId, string reason);
    }
}
