using System.Globalization;
using System.Text.Json.Nodes;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>Users, chats, messages and updates as the Bot API spells them. Dates are unix seconds.</summary>
internal static class BotJson
{
    public static JsonObject Bot(long id) => new()
    {
        ["id"] = id,
        ["is_bot"] = true,
        ["first_name"] = "PolyCopy",
        ["username"] = "polycopy_demo_bot",
    };

    public static JsonObject Person(long id, string? language) => new()
    {
        ["id"] = id,
        ["is_bot"] = false,
        ["first_name"] = Name(id),
        ["username"] = "user" + id.ToString(CultureInfo.InvariantCulture),
        ["language_code"] = language ?? "en",
    };

    public static JsonObject Chat(long id) => id > 0
        ? new JsonObject { ["id"] = id, ["type"] = "private", ["first_name"] = Name(id), ["username"] = "user" + id.ToString(CultureInfo.InvariantCulture) }
        : new JsonObject { ["id"] = id, ["type"] = "group", ["title"] = "Group " + id.ToString(CultureInfo.InvariantCulture) };

    public static JsonObject Message(long botId, long chatId, ChatMessage message, string? language = null)
    {
        var json = new JsonObject
        {
            ["message_id"] = message.Id,
            ["from"] = message.UserId is { } user ? Person(user, language) : Bot(botId),
            ["chat"] = Chat(chatId),
            ["date"] = message.Date,
        };
        if (message.EditDate is { } edited)
            json["edit_date"] = edited;
        if (message.Photo is { Name: { } file } document)
            json["document"] = new JsonObject { ["file_id"] = document.FileId, ["file_unique_id"] = "u" + document.FileId, ["file_name"] = file, ["file_size"] = document.Bytes };
        else if (message.Photo is { } photo)
            json["photo"] = new JsonArray(Photo(photo));
        if (message.Text.Length > 0)
            json[message.Photo is null ? "text" : "caption"] = message.Text;
        if (message.Entities.Count > 0)
            json[message.Photo is null ? "entities" : "caption_entities"] = Entities(message.Entities);
        if (Keyboards.Write(message.Keyboard) is { } keyboard)
            json["reply_markup"] = keyboard;
        return json;
    }

    public static JsonArray Entities(IReadOnlyList<TextEntity> entities) => new([.. entities.Select(e =>
    {
        var json = new JsonObject { ["type"] = e.Type, ["offset"] = e.Offset, ["length"] = e.Length };
        if (e.Url is not null)
            json["url"] = e.Url;
        if (e.Language is not null)
            json["language"] = e.Language;
        return json;
    })]);

    public static JsonObject Photo(ChatPhoto photo) => new()
    {
        ["file_id"] = photo.FileId,
        ["file_unique_id"] = "u" + photo.FileId,
        ["width"] = photo.Width,
        ["height"] = photo.Height,
        ["file_size"] = photo.Bytes,
    };

    private static string Name(long id) => "User " + id.ToString(CultureInfo.InvariantCulture);
}
