using System.Globalization;
using System.Text.Json.Nodes;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>The Bot API's methods as far as bots like ours use them; a method that is not here answers true. HTML is the one parse mode.</summary>
internal sealed class BotMethods(ChatStore chats, BotCommands commands, TimeProvider clock)
{
    private const int LongestText = 4096;
    private const int LongestCaption = 1024;
    private const int LongestAnswer = 200;

    /// <exception cref="BotRefusal">Telegram would not do it.</exception>
    public async Task<JsonNode> CallAsync(BotCall call, long botId, CancellationToken ct) => call.Method switch
    {
        "getme" => Me(botId),
        "getupdates" => await UpdatesAsync(call, ct),
        "sendmessage" => BotJson.Message(botId, Chat(call), await SendAsync(call)),
        "sendphoto" => BotJson.Message(botId, Chat(call), await SendPhotoAsync(call)),
        "senddocument" => BotJson.Message(botId, Chat(call), await SendDocumentAsync(call)),
        "editmessagetext" => BotJson.Message(botId, Chat(call), await EditTextAsync(call)),
        "editmessagecaption" => BotJson.Message(botId, Chat(call), await EditCaptionAsync(call)),
        "editmessagemedia" => BotJson.Message(botId, Chat(call), await EditMediaAsync(call)),
        "editmessagereplymarkup" => BotJson.Message(botId, Chat(call), await EditKeyboardAsync(call)),
        "deletemessage" => await DeleteAsync(call),
        "deletemessages" => await DeleteManyAsync(call),
        "answercallbackquery" => Answer(call),
        "sendchataction" => Typing(call),
        "getfile" => FileOf(call),
        "getchat" => FullChat(call),
        "setmycommands" => commands.Set(call),
        "deletemycommands" => commands.Delete(call),
        "getmycommands" => commands.Get(call),
        "getchatmenubutton" => new JsonObject { ["type"] = "commands" },
        "getwebhookinfo" => new JsonObject { ["url"] = "", ["has_custom_certificate"] = false, ["pending_update_count"] = chats.Updates.PendingCount },
        "setwebhook" => throw BotRefusal.Bad("bad webhook: the simulated Bot API has long polling only"),
        _ => JsonValue.Create(true),
    };

    private static JsonObject Me(long botId)
    {
        var me = BotJson.Bot(botId);
        me["can_join_groups"] = true;
        me["can_read_all_group_messages"] = false;
        me["supports_inline_queries"] = false;
        return me;
    }

    private async Task<JsonNode> UpdatesAsync(BotCall call, CancellationToken ct)
    {
        var limit = (int)Math.Clamp(call.Number("limit") ?? 100, 1, 100);
        var seconds = Math.Clamp(call.Number("timeout") ?? 0, 0, 50);
        var updates = await chats.PollAsync((int)Math.Clamp(call.Number("offset") ?? 0, int.MinValue, int.MaxValue), limit, TimeSpan.FromSeconds(seconds), ct);
        return new JsonArray([.. updates.Select(u => JsonNode.Parse(u))]);
    }

    private async Task<ChatMessage> SendAsync(BotCall call)
    {
        var chat = Chat(call);
        var (text, entities) = Words(call, "text", LongestText, "message is too long");
        if (text.Length == 0)
            throw BotRefusal.Bad("message text is empty");
        return await chats.SendAsync(chat, text, entities, Keyboard(call));
    }

    private async Task<ChatMessage> SendPhotoAsync(BotCall call)
    {
        var chat = Chat(call);
        var (text, entities) = Words(call, "caption", LongestCaption, "message caption is too long");
        var keyboard = Keyboard(call);
        return await chats.SendAsync(chat, text, entities, keyboard, Picture(call, call.Text("photo"), "photo"));
    }

    private async Task<ChatMessage> SendDocumentAsync(BotCall call)
    {
        var chat = Chat(call);
        var (text, entities) = Words(call, "caption", LongestCaption, "message caption is too long");
        if (call.File(call.Text("document"), "document") is not var (name, content))
            throw BotRefusal.Bad("there is no document in the request");
        return await chats.SendAsync(chat, text, entities, Keyboard(call), (new ChatPhoto("D" + Ids.New(clock).ToString("N"), 0, 0, content.Length, ForeignText.Clean(name, 60)), content));
    }

    private async Task<ChatMessage> EditTextAsync(BotCall call)
    {
        var (text, entities) = Words(call, "text", LongestText, "MESSAGE_TOO_LONG");
        if (text.Length == 0)
            throw BotRefusal.Bad("message text is empty");
        var keyboard = Keyboard(call);
        return await chats.EditAsync(Chat(call), Id(call, "edit"), m => m.Photo is null ? m with { Text = text, Entities = entities, Keyboard = keyboard } : throw BotRefusal.Bad("there is no text in the message to edit"));
    }

    private async Task<ChatMessage> EditCaptionAsync(BotCall call)
    {
        var (text, entities) = Words(call, "caption", LongestCaption, "message caption is too long");
        var keyboard = Keyboard(call);
        return await chats.EditAsync(Chat(call), Id(call, "edit"), m => m.Photo is not null ? m with { Text = text, Entities = entities, Keyboard = keyboard } : throw BotRefusal.Bad("there is no caption in the message to edit"));
    }

    private async Task<ChatMessage> EditMediaAsync(BotCall call)
    {
        if (call.Json("media") is not JsonObject media || media["type"]?.ToString() != "photo")
            throw BotRefusal.Bad("the simulated Bot API takes media of type photo only");
        var (text, entities) = Words(media["caption"]?.ToString() ?? "", media["parse_mode"]?.ToString(), media["caption_entities"], LongestCaption, "message caption is too long");
        var keyboard = Keyboard(call);
        var picture = Picture(call, media["media"]?.ToString(), "media");
        return await chats.EditAsync(Chat(call), Id(call, "edit"), m => m with { Text = text, Entities = entities, Keyboard = keyboard, Photo = picture.Photo }, picture);
    }

    private async Task<ChatMessage> EditKeyboardAsync(BotCall call)
    {
        var keyboard = Keyboard(call);
        return await chats.EditAsync(Chat(call), Id(call, "edit"), m => m with { Keyboard = keyboard });
    }

    private async Task<JsonNode> DeleteAsync(BotCall call) =>
        await chats.DeleteAsync(Chat(call), [Id(call, "delete")]) == 1 ? JsonValue.Create(true) : throw BotRefusal.Bad("message to delete not found");

    private async Task<JsonNode> DeleteManyAsync(BotCall call)
    {
        if (call.Json("message_ids") is not JsonArray { Count: >= 1 and <= 100 } ids)
            throw BotRefusal.Bad("message identifiers are not specified, or more than 100");
        await chats.DeleteAsync(Chat(call), [.. ids.Select(id => int.TryParse(id?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw BotRefusal.Bad("message identifier is not specified"))]);
        return JsonValue.Create(true);
    }

    private JsonNode Answer(BotCall call)
    {
        var text = call.Text("text");
        if (text?.Length > LongestAnswer)
            throw BotRefusal.Bad("MESSAGE_TOO_LONG");
        chats.Answer(call.Text("callback_query_id") ?? "", text, call.Flag("show_alert"));
        return JsonValue.Create(true);
    }

    private JsonNode Typing(BotCall call)
    {
        chats.Typing(Chat(call));
        return JsonValue.Create(true);
    }

    private JsonNode FileOf(BotCall call)
    {
        var id = call.Text("file_id") ?? "";
        return chats.Photo(id) is { } content
            ? new JsonObject { ["file_id"] = id, ["file_unique_id"] = "u" + id, ["file_size"] = content.Length, ["file_path"] = "photos/" + id }
            : throw BotRefusal.Bad("invalid file_id");
    }

    private static JsonObject FullChat(BotCall call)
    {
        var chat = BotJson.Chat(Chat(call));
        chat["accent_color_id"] = 0;
        chat["max_reaction_count"] = 11;
        chat["accepted_gift_types"] = new JsonObject { ["unlimited_gifts"] = false, ["limited_gifts"] = false, ["unique_gifts"] = false, ["premium_subscription"] = false };
        return chat;
    }

    private static long Chat(BotCall call) => call.Number("chat_id") is { } id and not 0 ? id : throw BotRefusal.Bad(string.IsNullOrEmpty(call.Text("chat_id")) ? "chat_id is empty" : "chat not found");

    private static int Id(BotCall call, string verb) => call.Number("message_id") is { } id and > 0 and <= int.MaxValue ? (int)id : throw BotRefusal.Bad($"message to {verb} not found");

    private static IReadOnlyList<IReadOnlyList<ChatButton>> Keyboard(BotCall call) => Keyboards.Read(call.Json("reply_markup"));

    private static (string Text, IReadOnlyList<TextEntity> Entities) Words(BotCall call, string name, int longest, string tooLong) =>
        Words(call.Text(name) ?? "", call.Text("parse_mode"), call.Json(name == "text" ? "entities" : "caption_entities"), longest, tooLong);

    private static (string Text, IReadOnlyList<TextEntity> Entities) Words(string text, string? mode, JsonNode? given, int longest, string tooLong)
    {
        var read = mode?.ToLowerInvariant() switch
        {
            null or "" or "none" => HtmlText.Trim(text, Given(given)),
            "html" => HtmlText.Parse(text),
            _ => throw BotRefusal.Bad("unsupported parse_mode"),
        };
        return read.Text.Length <= longest ? read : throw BotRefusal.Bad(tooLong);
    }

    private static IReadOnlyList<TextEntity> Given(JsonNode? entities) => entities is not JsonArray list ? [] :
    [
        .. from e in list.OfType<JsonObject>()
           where e["type"] is not null && e["offset"] is not null && e["length"] is not null
           select new TextEntity(e["type"]!.ToString(), e["offset"]!.GetValue<int>(), e["length"]!.GetValue<int>(), e["url"]?.ToString(), e["language"]?.ToString()),
    ];

    private (ChatPhoto Photo, byte[]? Content) Picture(BotCall call, string? reference, string name)
    {
        if (call.File(reference, name) is var (_, content))
        {
            var (width, height) = Pictures.Measure(content);
            return (new ChatPhoto("P" + Ids.New(clock).ToString("N"), width, height, content.Length), content);
        }
        return chats.Sent(reference ?? "") is { } known ? (known, null) : throw BotRefusal.Bad(string.IsNullOrEmpty(reference) ? "there is no photo in the request" : "wrong file identifier/HTTP URL specified");
    }
}
