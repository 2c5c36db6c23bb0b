using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>The parameters of one call: JSON, form, multipart or the query; in the last three objects are JSON in a string.</summary>
internal sealed class BotCall
{
    private readonly Dictionary<string, JsonNode?> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Name, byte[] Content)> _files = new(StringComparer.Ordinal);

    private BotCall(string method) => Method = method;

    /// <summary>In lower case: the Bot API does not look at case.</summary>
    public string Method { get; }

    /// <exception cref="BotRefusal">The body is not what its type says.</exception>
    public static async Task<BotCall> ReadAsync(HttpContext context, string method)
    {
        var call = new BotCall(method.ToLowerInvariant());
        foreach (var (name, value) in context.Request.Query)
            call._values[name] = value.ToString();
        if (context.Request.HasFormContentType)
            await call.ReadFormAsync(context);
        else if (context.Request.ContentLength is not 0)
            await call.ReadJsonAsync(context);
        return call;
    }

    public string? Text(string name) => _values.GetValueOrDefault(name) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        var other => other.ToJsonString(),
    };

    public long? Number(string name) => long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public bool Flag(string name) => Text(name) is "true" or "True" or "1";

    /// <summary>An object or array, also when it came as a string.</summary>
    /// <exception cref="BotRefusal">It is neither.</exception>
    public JsonNode? Json(string name)
    {
        if (_values.GetValueOrDefault(name) is not { } node)
            return null;
        if (node is not JsonValue value || !value.TryGetValue<string>(out var text))
            return node;
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            throw BotRefusal.Bad($"can't parse {name} JSON object");
        }
    }

    /// <summary>The uploaded file of that name, or the one that the parameter's "attach://…" names.</summary>
    public (string Name, byte[] Content)? File(string? reference, string name) =>
        _files.TryGetValue(reference?.StartsWith("attach://", StringComparison.Ordinal) == true ? reference["attach://".Length..] : name, out var file) ? file : null;

    private async Task ReadFormAsync(HttpContext context)
    {
        try
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            foreach (var (name, value) in form)
                _values[name] = value.ToString();
            foreach (var file in form.Files)
            {
                using var content = new MemoryStream();
                await file.CopyToAsync(content, context.RequestAborted);
                _files[file.Name] = (file.FileName, content.ToArray());
            }
        }
        catch (InvalidDataException)
        {
            throw BotRefusal.Bad("can't parse the form");
        }
    }

    private async Task ReadJsonAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (body.Length == 0)
            return;
        try
        {
            if (JsonNode.Parse(body.ToArray()) is not JsonObject root)
                throw BotRefusal.Bad("the body is not a JSON object");
            foreach (var (name, value) in root)
                _values[name] = value;
        }
        catch (JsonException)
        {
            throw BotRefusal.Bad("can't parse JSON");
        }
    }
}
