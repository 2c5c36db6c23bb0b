using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PolyCopy.Modules.Simulator.Clob;

namespace PolyCopy.Modules.Simulator.Control;

/// <summary>How the control routes read and answer; refusals are problem details with a stable code.</summary>
internal static class ControlReply
{
    /// <summary>The request's JSON object; an empty body is an empty object; null when it is neither, or a text in it is no text.</summary>
    public static async Task<JsonElement?> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        if (buffer.Length == 0)
            return JsonDocument.Parse("{}").RootElement;
        try
        {
            buffer.Position = 0;
            var root = JsonDocument.Parse(buffer).RootElement;
            return root.ValueKind == JsonValueKind.Object && IsReadable(root) ? root : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <exception cref="InvalidOperationException">A text holds half a character: the reader finds out only when the text is wanted.</exception>
    private static bool IsReadable(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().All(p => p.Name is not null && IsReadable(p.Value)),
        JsonValueKind.Array => json.EnumerateArray().All(IsReadable),
        JsonValueKind.String => json.GetString() is not null,
        _ => true,
    };

    public static Task Problem(HttpContext context, int status, string code, string detail)
    {
        context.Response.StatusCode = status;
        return Send(context, Wire.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("title"u8, status switch { 404 => "Not Found", 409 => "Conflict", _ => "Bad Request" });
            json.WriteNumber("status"u8, status);
            json.WriteString("detail"u8, detail);
            json.WriteString("code"u8, code);
            json.WriteEndObject();
        }), "application/problem+json");
    }

    public static Task BadBody(HttpContext context) => Problem(context, StatusCodes.Status400BadRequest, "control.body", "The body is not a JSON object, or a text in it holds half a character.");

    public static Task Ok(HttpContext context, Action<Utf8JsonWriter> write) => Send(context, Wire.Json(write), "application/json");

    public static string? Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    } : null;

    public static bool Flag(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static async Task Send(HttpContext context, byte[] body, string type)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
