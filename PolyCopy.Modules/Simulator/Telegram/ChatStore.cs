using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Journal;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>
/// Everything Telegram would remember: chats, photos, and updates the bot has not confirmed. Its own journal beside the venue's, so that ids go on
/// after a restart; the bot recognises an update it has had by its id. Runs on wall time: advancing the venue's clock does not age a chat.
/// </summary>
internal sealed class ChatStore : IDisposable
{
    private const int MostMessages = 2_000; // of a chat, in memory; older ones are forgotten
    private const int MostPhotos = 500;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, ChatRoom> _rooms = [];
    private readonly Dictionary<string, byte[]> _photos = [];
    private readonly Queue<string> _photoOrder = [];
    private readonly TimeProvider _clock;
    private readonly JournalFile _journal;

    private ChatStore(string file, TimeProvider clock, ILogger logger)
    {
        _clock = clock;
        _journal = JournalFile.Open(file, line =>
        {
            foreach (var change in JsonSerializer.Deserialize<List<ChatChange>>(line, ChatChange.Json)!)
                Apply(change);
        }, logger);
    }

    public UpdateQueue Updates { get; } = new();

    /// <exception cref="SettingException">The file is in use or damaged.</exception>
    public static ChatStore Open(SimulatorOptions options, TimeProvider clock, ILogger logger)
    {
        var file = Path.ChangeExtension(options.JournalFile, ".chats");
        try
        {
            return new ChatStore(file, clock, logger);
        }
        catch (InvalidDataException e)
        {
            throw new SettingException(e.Message);
        }
        catch (IOException e) when (File.Exists(file))
        {
            throw new SettingException($"The simulator's chats {file} are in use by another process ({e.Message}).");
        }
    }

    public long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Somebody types; the bot gets an update.</summary>
    public async Task<ChatMessage> SayAsync(long chatId, long userId, string text, string? language)
    {
        ChatMessage message;
        Task durable;
        lock (_lock)
        {
            IReadOnlyList<TextEntity> entities = text.StartsWith('/') ? [new TextEntity("bot_command", 0, text.IndexOf(' ') is > 0 and var end ? end : text.Length)] : [];
            message = new ChatMessage(Room(chatId).LastId + 1, userId, text, entities, [], Now);
            var body = new JsonObject { ["message"] = BotJson.Message(Updates.BotId, chatId, message, language) };
            durable = Record(new MessageKept(chatId, message), Updates.Next(body));
        }
        await durable;
        Updates.Announce();
        return message;
    }

    /// <summary>Somebody presses a button; the bot gets an update.</summary>
    /// <returns>The callback query's id.</returns>
    public async Task<string> PressAsync(long chatId, long userId, ChatMessage message, string data, string? language)
    {
        string id;
        Task durable;
        lock (_lock)
        {
            (id, var update) = Updates.NextPress(chatId, _clock.GetTimestamp(), callback => new JsonObject
            {
                ["callback_query"] = new JsonObject
                {
                    ["id"] = callback,
                    ["from"] = BotJson.Person(userId, language),
                    ["message"] = BotJson.Message(Updates.BotId, chatId, message),
                    ["chat_instance"] = chatId.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    ["data"] = data,
                },
            });
            durable = Record(update);
        }
        await durable;
        Updates.Announce();
        return id;
    }

    /// <summary>The bot says something.</summary>
    public async Task<ChatMessage> SendAsync(long chatId, string text, IReadOnlyList<TextEntity> entities, IReadOnlyList<IReadOnlyList<ChatButton>> keyboard, (ChatPhoto Photo, byte[]? Content)? picture = null)
    {
        ChatMessage message;
        Task durable;
        lock (_lock)
        {
            message = new ChatMessage(Room(chatId).LastId + 1, null, text, entities, keyboard, Now, Photo: picture?.Photo);
            durable = Record([.. Kept(picture), new MessageKept(chatId, message)]);
        }
        await durable;
        return message;
    }

    /// <summary>The bot changes a message of its own.</summary>
    /// <exception cref="BotRefusal">Not there, not the bot's, or nothing would change.</exception>
    public async Task<ChatMessage> EditAsync(long chatId, int id, Func<ChatMessage, ChatMessage> change, (ChatPhoto Photo, byte[]? Content)? picture = null)
    {
        ChatMessage message;
        Task durable;
        lock (_lock)
        {
            var before = _rooms.GetValueOrDefault(chatId)?.Find(id) ?? throw BotRefusal.Bad("message to edit not found");
            if (!before.FromBot)
                throw BotRefusal.Bad("message can't be edited");
            message = change(before);
            if (message.LooksLike(before))
                throw BotRefusal.NotModified();
            message = message with { EditDate = Now };
            durable = Record([.. Kept(picture), new MessageKept(chatId, message)]);
        }
        await durable;
        return message;
    }

    /// <summary>Takes away those that are there.</summary>
    /// <returns>How many.</returns>
    public async Task<int> DeleteAsync(long chatId, IReadOnlyList<int> ids)
    {
        List<int> there;
        Task durable;
        lock (_lock)
        {
            there = [.. ids.Where(id => _rooms.GetValueOrDefault(chatId)?.Find(id) is not null).Distinct()];
            durable = there.Count == 0 ? Task.CompletedTask : Record(new MessagesGone(chatId, there));
        }
        await durable;
        return there.Count;
    }

    /// <summary>Confirms everything below the offset and hands out the rest, waiting for the first one if need be.</summary>
    /// <exception cref="BotRefusal">409: another poll took over.</exception>
    public async Task<IReadOnlyList<string>> PollAsync(int offset, int limit, TimeSpan wait, CancellationToken ct)
    {
        Task durable;
        UpdateQueue.Poll poll;
        lock (_lock)
        {
            var confirmed = Updates.Confirmed(offset);
            durable = confirmed is null ? Task.CompletedTask : Record(confirmed);
            poll = Updates.Begin();
        }
        try
        {
            await durable;
            return await poll.TakeAsync(limit, wait, _clock, ct);
        }
        finally
        {
            Updates.End(poll);
        }
    }

    /// <exception cref="BotRefusal">The query is unknown, answered, or too old.</exception>
    public void Answer(string callbackId, string? text, bool alert)
    {
        lock (_lock)
        {
            if (Updates.Answer(callbackId, _clock) is not { } chatId)
                throw BotRefusal.Bad("query is too old and response timeout expired or query ID is invalid");
            if (!string.IsNullOrEmpty(text))
                Room(chatId).Toast(text, alert);
        }
    }

    public void Typing(long chatId)
    {
        lock (_lock)
            Room(chatId).Typing(_clock.GetTimestamp());
    }

    /// <summary>A photo's bytes; null: there is none.</summary>
    public byte[]? Photo(string fileId)
    {
        lock (_lock)
            return _photos.GetValueOrDefault(fileId);
    }

    /// <summary>The photo of an earlier message, to be shown again.</summary>
    public ChatPhoto? Sent(string fileId)
    {
        lock (_lock)
            return _photos.ContainsKey(fileId) ? _rooms.Values.SelectMany(r => r.Messages).Select(m => m.Photo).FirstOrDefault(p => p?.FileId == fileId) : null;
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<ChatMessage> Messages(long chatId)
    {
        lock (_lock)
            return [.. _rooms.GetValueOrDefault(chatId)?.Messages ?? []];
    }

    /// <summary>The chat as it is once its revision is beyond the one seen, or as it is when the wait is over.</summary>
    public async Task<RoomView> ViewAsync(long chatId, long after, TimeSpan wait, CancellationToken ct)
    {
        Task changed;
        lock (_lock)
        {
            var view = Room(chatId).View(_clock);
            if (view.Revision > after)
                return view;
            changed = Room(chatId).Changed;
            wait = view.TypingLeft > TimeSpan.Zero && view.TypingLeft < wait ? view.TypingLeft : wait;
        }
        try
        {
            await changed.WaitAsync(wait, _clock, ct);
        }
        catch (TimeoutException)
        {
            // nothing happened: the answer says so by its revision
        }
        lock (_lock)
            return Room(chatId).View(_clock);
    }

    public void Dispose() => _journal.Dispose();

    private static ChatChange[] Kept((ChatPhoto Photo, byte[]? Content)? picture) => picture is { Content: { } content } p ? [new PhotoKept(p.Photo.FileId, content)] : [];

    private Task Record(params ChatChange[] changes)
    {
        foreach (var change in changes)
            Apply(change);
        return _journal.Append(JsonSerializer.SerializeToUtf8Bytes<IEnumerable<ChatChange>>(changes, ChatChange.Json), null);
    }

    private void Apply(ChatChange change)
    {
        switch (change)
        {
            case MessageKept kept:
                Room(kept.ChatId).Keep(kept.Message, MostMessages);
                break;
            case MessagesGone gone:
                Room(gone.ChatId).Remove(gone.Ids);
                break;
            case PhotoKept photo:
                _photos[photo.FileId] = photo.Content;
                _photoOrder.Enqueue(photo.FileId);
                while (_photoOrder.Count > MostPhotos)
                    _photos.Remove(_photoOrder.Dequeue());
                break;
            case UpdateQueued or UpdatesConfirmed:
                Updates.Apply(change);
                break;
        }
    }

    private ChatRoom Room(long chatId)
    {
        if (!_rooms.TryGetValue(chatId, out var room))
            _rooms[chatId] = room = new ChatRoom();
        return room;
    }
}
