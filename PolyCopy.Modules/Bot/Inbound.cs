using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot;

/// <summary>Updates from Telegram to the lanes of their chats. Telegram may forget an update once it is in the database; the database forgets it once it was handled.</summary>
internal sealed partial class Inbound(
    BotApi api, BotLine line, BotSession session, IBotState state, People people, ChatLanes lanes, Conversation conversation, Courier courier, Func<double> random, TimeProvider clock, ILogger<Inbound> logger)
{
    private const int PollSeconds = 25;
    private const int OpenAtOnce = 500;
    private static readonly TimeSpan DoneEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan TokenPause = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SayAgain = TimeSpan.FromMinutes(5);

    private readonly ConcurrentQueue<long> _done = new();
    private readonly HashSet<long> _told = [];
    private readonly Dictionary<long, bool> _judged = []; // updates of the present batch, and whether they came too fast
    private readonly Backoff _backoff = new(random);
    private readonly Backoff _core = new(random, most: 3); // the core is ours and near: a chat that waits for it is served soon after its return
    private long? _offset;
    private long _saidAt;

    /// <summary>Polls until it is stopped.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await ResumeAsync(ct);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var updates = await api.UpdatesAsync(_offset, PollSeconds, ct);
                session.Trouble = null;
                _backoff.Reset();
                if (!await HandOverAsync(updates, ct))
                    await PauseAsync(_core.Next(), ct);
                continue;
            }
            catch (BotApiException e)
            {
                await FailedAsync(e, ct);
                continue;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.Unexpected(logger, e);
            }
            await PauseAsync(_backoff.Next(), ct);
        }
    }

    /// <summary>Writes down what was handled, until it is stopped, and once more then.</summary>
    public async Task RunDoneAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(DoneEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
                await FlushAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // the last ones below
        }
    }

    public async Task FlushAsync(CancellationToken ct)
    {
        var ids = new List<long>();
        while (ids.Count < 500 && _done.TryDequeue(out var id))
            ids.Add(id);
        if (ids.Count == 0)
            return;
        try
        {
            await state.DoneAsync(session.BotId, ids, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            ids.ForEach(_done.Enqueue);
            Log.NotKept(logger, e.Message);
        }
    }

    private async Task ResumeAsync(CancellationToken ct)
    {
        var after = long.MinValue;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var open = await state.OpenAsync(session.BotId, after, OpenAtOnce, ct);
                if (open.Count > 0)
                    Log.Resumed(logger, open.Count);
                foreach (var update in open)
                    Dispatch(update);
                _core.Reset();
                if (open.Count < OpenAtOnce)
                    return;
                after = open[^1].Id;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                if (_core.IsFirst)
                    Log.NotKept(logger, e.Message);
                await PauseAsync(_core.Next(), ct);
            }
        }
    }

    /// <summary>False when nothing could be confirmed: then the next poll would bring the same at once.</summary>
    private async Task<bool> HandOverAsync(IReadOnlyList<JsonElement> updates, CancellationToken ct)
    {
        if (updates.Count == 0)
            return true;
        var readable = new List<BotUpdate>();
        long? last = null;
        foreach (var update in updates)
        {
            if (update.ValueKind != JsonValueKind.Object || !update.TryGetProperty("update_id", out var number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt64(out var id))
            {
                Log.Garbage(logger, "it has no update_id");
                continue;
            }
            last = Math.Max(last ?? id, id);
            readable.Add(new BotUpdate(id, update.GetRawText()));
        }
        var parsed = readable.Select(u => (Update: u, Read: Parse(u))).ToList();
        foreach (var (update, read) in parsed)
        {
            if (_judged.ContainsKey(update.Id))
                continue; // it comes again because the core was away: counted and answered already
            var isTooFast = read is { IsPrivate: true, Kind: not IncomingKind.Left } && !conversation.IsOld(read) && !people.TryTake(read.UserId);
            _judged[update.Id] = isTooFast;
            if (read is { CallbackId: { } callback } && people.IsAdmitted(read.UserId))
                _ = api.AnswerAsync(callback, isTooFast ? Language(read)["error.too_fast"].Value : null, ct); // before anything else: the button stops spinning
        }
        IReadOnlyList<BotUpdate> fresh;
        try
        {
            fresh = await state.TakeAsync(session.BotId, readable, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // Telegram keeps them: the offset stays where it is
            if (_core.IsFirst)
                Log.NotKept(logger, e.Message);
            foreach (var (_, read) in parsed)
                TellCoreAway(read);
            return false;
        }
        _told.Clear();
        _core.Reset();
        foreach (var update in fresh)
        {
            if (_judged.GetValueOrDefault(update.Id))
                _done.Enqueue(update.Id);
            else
                Dispatch(update);
        }
        _judged.Clear();
        if (last is null)
            return false;
        _offset = last + 1;
        return true;
    }

    private void Dispatch(BotUpdate update)
    {
        if (Parse(update) is not { } read)
        {
            _done.Enqueue(update.Id);
            return;
        }
        lanes.Post(read.ChatId, async ct =>
        {
            await conversation.HandleAsync(read, ct);
            _done.Enqueue(update.Id);
        });
    }

    private Incoming? Parse(BotUpdate update)
    {
        try
        {
            return Incoming.Read(update.Body);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or FormatException or InvalidOperationException)
        {
            Log.Garbage(logger, e.Message);
            return null;
        }
    }

    private void TellCoreAway(Incoming? update)
    {
        if (update is not { IsPrivate: true } || people.LanguageOf(update.UserId) is null || !_told.Add(update.ChatId))
            return; // a stranger is not answered, and who he is cannot be asked now
        if (update.CallbackId is { } callback && !people.IsAdmitted(update.UserId))
            _ = api.AnswerAsync(callback, null, CancellationToken.None);
        _ = courier.SendAsync(new Outgoing(update.ChatId, OutgoingKind.Send, Language(update)["error.core_away"].Value), Lane.Reply);
    }

    private Words Language(Incoming update) => Words.In(people.LanguageOf(update.UserId) ?? update.Language);

    private async Task FailedAsync(BotApiException e, CancellationToken ct)
    {
        var pause = e.RetryAfter ?? _backoff.Next();
        session.Trouble = e.Message;
        switch (e.Code)
        {
            case 409:
                if (Say())
                    Log.Conflict(logger, e.Message);
                break;
            case 401 or 404 when line.IsSimulated:
                pause = TokenPause;
                if (Say())
                    Log.NoSimulatedApi(logger);
                break;
            case 401 or 404:
                pause = TokenPause;
                if (Say())
                    Log.WrongToken(logger, e.Message);
                break;
            default:
                if (Say())
                    Log.Away(logger, e.Message);
                break;
        }
        await PauseAsync(pause, ct);
    }

    // the same trouble is said once, and again every five minutes
    private bool Say()
    {
        var now = clock.GetTimestamp();
        if (_saidAt != 0 && clock.GetElapsedTime(_saidAt, now) < SayAgain)
            return false;
        _saidAt = now;
        return true;
    }

    // the loops look at the token
    private async Task PauseAsync(TimeSpan pause, CancellationToken ct) => await Task.Delay(pause, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Bot + 40, LogLevel.Error, "Somebody else reads this bot's updates: another process runs with the same Bot:Token, stop one of them ({Reason})")]
        public static partial void Conflict(ILogger logger, string reason);

        [LoggerMessage(EventIds.Bot + 41, LogLevel.Error, "Telegram does not accept Bot:Token ({Reason}); asked again every minute")]
        public static partial void WrongToken(ILogger logger, string reason);

        [LoggerMessage(EventIds.Bot + 42, LogLevel.Information, "The simulator has no Bot API: the bot waits")]
        public static partial void NoSimulatedApi(ILogger logger);

        [LoggerMessage(EventIds.Bot + 43, LogLevel.Warning, "Telegram gives no updates ({Reason}); tried again with growing pauses")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(EventIds.Bot + 44, LogLevel.Warning, "An update cannot be read and is left out: {Reason}")]
        public static partial void Garbage(ILogger logger, string reason);

        [LoggerMessage(EventIds.Bot + 45, LogLevel.Warning, "The bot's state cannot be written ({Reason}); updates stay with Telegram")]
        public static partial void NotKept(ILogger logger, string reason);

        [LoggerMessage(EventIds.Bot + 47, LogLevel.Error, "A batch of updates could not be handed over; it is asked for again")]
        public static partial void Unexpected(ILogger logger, Exception e);

        [LoggerMessage(EventIds.Bot + 46, LogLevel.Information, "{Count} updates were left open by the last run")]
        public static partial void Resumed(ILogger logger, int count);
    }
}
