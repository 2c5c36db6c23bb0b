using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>What a read answers: a body, or a refusal in the venue's words.</summary>
internal readonly record struct Answer(int Status, string Text)
{
    public static Answer Refused(int status, string message) => new(status, message);

    public static Answer NotFound(string message) => new(StatusCodes.Status404NotFound, message);

    public static Answer BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);

    public static implicit operator Answer(string body) => new(StatusCodes.Status200OK, body);

    public static Answer Object(Action<Utf8JsonWriter> write) => Json(json =>
    {
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    });

    public static Answer Json(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(Wire.Json(write));

    public Task SendAsync(HttpContext context) => Status == StatusCodes.Status200OK
        ? Reply.Json(context, Encoding.UTF8.GetBytes(Text), Task.CompletedTask)
        : Reply.Error(context, Status, Text);
}

/// <summary>How the public reads take their questions.</summary>
internal static class PublicRequest
{
    public static string Token(HttpContext context) => context.Request.RouteValues["token"] as string ?? context.Request.Query["token_id"].ToString();

    /// <summary>The tokens of a POST body; null when it is no array of objects with a token_id.</summary>
    public static async Task<IReadOnlyList<(string Token, string? Side)>?> TokensAsync(HttpContext context)
    {
        if (await BodyAsync(context) is not { ValueKind: JsonValueKind.Array } list)
            return null;
        List<(string, string?)> asked = [];
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object || Member(item, "token_id") is not { } token)
                return null;
            asked.Add((token, Member(item, "side")));
        }
        return asked;
    }

    public static async Task<JsonElement?> BodyAsync(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string? Member(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : null;

    /// <summary>Cursors are offsets in base64: MA== is 0, LTE= (-1) marks the end and may not be sent back.</summary>
    public static string Cursor(int offset) => Convert.ToBase64String(Encoding.UTF8.GetBytes(offset.ToString(CultureInfo.InvariantCulture)));

    public static int? Offset(string cursor)
    {
        if (cursor.Length == 0)
            return 0;
        Span<byte> bytes = stackalloc byte[16];
        return Convert.TryFromBase64String(cursor, bytes, out var count) && int.TryParse(bytes[..count], NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : null;
    }
}
