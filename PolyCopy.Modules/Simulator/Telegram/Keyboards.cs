using System.Text;
using System.Text.Json.Nodes;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>Inline keyboards as Telegram judges them.</summary>
internal static class Keyboards
{
    private const int LongestData = 64;

    /// <summary>Empty when there is none; keyboards that are not inline are accepted and not shown.</summary>
    /// <exception cref="BotRefusal">A button that Telegram would not take.</exception>
    public static IReadOnlyList<IReadOnlyList<ChatButton>> Read(JsonNode? markup)
    {
        if (markup is not JsonObject || markup["inline_keyboard"] is not JsonArray rows)
            return [];
        return [.. rows.OfType<JsonArray>().Where(row => row.Count > 0).Select(row => (IReadOnlyList<ChatButton>)[.. row.Select(Button)])];
    }

    public static JsonNode? Write(IReadOnlyList<IReadOnlyList<ChatButton>> keyboard) => keyboard.Count == 0 ? null : new JsonObject
    {
        ["inline_keyboard"] = new JsonArray([.. keyboard.Select(row => new JsonArray([.. row.Select(Write)]))]),
    };

    private static ChatButton Button(JsonNode? node)
    {
        if (node is not JsonObject button || Text(button["text"]) is not { } text || string.IsNullOrWhiteSpace(text))
            throw BotRefusal.Bad("can't parse inline keyboard button: Field \"text\" must be of type String");
        var style = Text(button["style"]);
        if (style is not (null or "primary" or "success" or "danger"))
            throw BotRefusal.Bad("can't parse inline keyboard button: invalid button style specified");
        var read = new ChatButton(text, Text(button["callback_data"]), Text(button["url"]), style, button["disabled"] is JsonObject or JsonValue && button["disabled"]!.ToJsonString() != "false", Text(button["copy_text"]?["text"]));
        if (read is { Data: null, Url: null, CopyText: null, Disabled: false } && button["web_app"] is null && button["switch_inline_query"] is null)
            throw BotRefusal.Bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard");
        if (read.Data is { } data && Encoding.UTF8.GetByteCount(data) is 0 or > LongestData)
            throw BotRefusal.Bad("BUTTON_DATA_INVALID");
        if (read.Url is { } url && (!Uri.TryCreate(url, UriKind.Absolute, out var target) || target.Scheme is not ("http" or "https" or "tg")))
            throw BotRefusal.Bad($"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol");
        return read;
    }

    private static JsonNode Write(ChatButton button)
    {
        var json = new JsonObject { ["text"] = button.Text };
        if (button.Data is not null)
            json["callback_data"] = button.Data;
        if (button.Url is not null)
            json["url"] = button.Url;
        if (button.Style is not null)
            json["style"] = button.Style;
        if (button.Disabled)
            json["disabled"] = new JsonObject();
        if (button.CopyText is not null)
            json["copy_text"] = new JsonObject { ["text"] = button.CopyText };
        return json;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
