using System.Text.Json.Nodes;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>The command lists of setMyCommands, by scope and language; in memory, because a bot sets them each time it starts.</summary>
internal sealed class BotCommands
{
    private const int Most = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Scope, string Language), IReadOnlyList<(string Command, string Description)>> _lists = [];

    /// <exception cref="BotRefusal">Telegram would not take the list.</exception>
    public JsonNode Set(BotCall call)
    {
        if (call.Json("commands") is not JsonArray list || list.Count > Most)
            throw BotRefusal.Bad("can't parse commands");
        var commands = list.Select(c => (Command: c?["command"]?.ToString() ?? "", Description: c?["description"]?.ToString() ?? "")).ToList();
        if (commands.Any(c => c.Command.Length is 0 or > 32 || c.Command.Any(letter => !char.IsAsciiLetterLower(letter) && !char.IsAsciiDigit(letter) && letter != '_')))
            throw BotRefusal.Bad("BOT_COMMAND_INVALID");
        if (commands.Any(c => c.Description.Length is 0 or > 256))
            throw BotRefusal.Bad("BOT_COMMAND_DESCRIPTION_INVALID");
        lock (_lock)
            _lists[Key(call)] = commands;
        return JsonValue.Create(true);
    }

    public JsonNode Delete(BotCall call)
    {
        lock (_lock)
            _lists.Remove(Key(call));
        return JsonValue.Create(true);
    }

    public JsonNode Get(BotCall call)
    {
        lock (_lock)
            return Write(_lists.GetValueOrDefault(Key(call), []));
    }

    /// <summary>What the menu of that chat shows: the most particular list.</summary>
    public JsonArray Menu(long chatId, string language)
    {
        lock (_lock)
        {
            string[] scopes = ["chat:" + chatId, chatId > 0 ? "all_private_chats:" : "all_group_chats:", "default:"];
            foreach (var scope in scopes)
            {
                if (_lists.TryGetValue((scope, language), out var list) || _lists.TryGetValue((scope, ""), out list))
                    return Write(list);
            }
            return [];
        }
    }

    private static (string Scope, string Language) Key(BotCall call)
    {
        var scope = call.Json("scope");
        return ($"{scope?["type"]?.ToString() ?? "default"}:{scope?["chat_id"]}", call.Text("language_code") ?? "");
    }

    private static JsonArray Write(IEnumerable<(string Command, string Description)> commands) =>
        new([.. commands.Select(c => new JsonObject { ["command"] = c.Command, ["description"] = c.Description })]);
}
