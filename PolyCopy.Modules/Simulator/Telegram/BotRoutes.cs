using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Simulator.Faults;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>/bot&lt;token&gt;/method and /file/bot&lt;token&gt;/path at the root: Telegram.Bot keeps only scheme and authority of a base URL. Any token of the right shape is the same bot.</summary>
internal sealed class BotRoutes(BotMethods methods, ChatStore chats, BotLimits limits, FaultBoard faults, SimulatorOptions options)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<BotRoutes>();
        app.Map("/bot{token}/{method}", routes.CallAsync);
        app.MapGet("/file/bot{token}/photos/{fileId}", routes.FileAsync);
    }

    private async Task CallAsync(HttpContext context)
    {
        var token = (string)context.Request.RouteValues["token"]!;
        var colon = token.IndexOf(':');
        if (colon < 1 || !long.TryParse(token.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var botId))
        {
            await AnswerAsync(context, new BotRefusal(401, "Unauthorized"));
            return;
        }
        try
        {
            chats.Updates.BotId = botId;
            var call = await BotCall.ReadAsync(context, (string)context.Request.RouteValues["method"]!);
            Strike(call);
            if (options.TelegramLimits && Counts(call.Method) && call.Number("chat_id") is { } chatId)
                limits.Take(chatId);
            await AnswerAsync(context, 200, new JsonObject { ["ok"] = true, ["result"] = await methods.CallAsync(call, botId, context.RequestAborted) });
        }
        catch (BotRefusal refusal)
        {
            await AnswerAsync(context, refusal);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client hung up in the middle of a long poll
        }
    }

    /// <summary>B400, B403, B409 and B429 (facts: what a bot meets on bad days).</summary>
    private void Strike(BotCall call)
    {
        if (!faults.Any)
            return;
        if (call.Method == "getupdates")
        {
            if (faults.Hit("B409") is not null)
                throw BotRefusal.Conflict();
            return;
        }
        if (!Counts(call.Method) && call.Method is not ("deletemessage" or "deletemessages"))
            return;
        if (faults.Hit("B429") is { } limited)
            throw BotRefusal.TooMany(limited.Request.Variant switch { null => 1, "none" => null, var seconds => int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var s) ? s : 1 });
        if (faults.Hit("B403") is not null)
            throw BotRefusal.Blocked();
        if (faults.Holding("B400") is { } bad && Wrong(call, bad.Request.Variant) is { } refusal && faults.Hit("B400") is not null)
            throw refusal;
    }

    private static BotRefusal? Wrong(BotCall call, string? variant)
    {
        var edits = call.Method.StartsWith("edit", StringComparison.Ordinal);
        var parses = !string.IsNullOrEmpty(call.Text("parse_mode")) || call.Text("media")?.Contains("parse_mode", StringComparison.Ordinal) == true;
        return variant switch
        {
            "chat" => BotRefusal.Bad("chat not found"),
            "gone" => edits ? BotRefusal.Bad("message to edit not found") : null,
            "entities" => parses ? BotRefusal.Bad("can't parse entities: Unsupported start tag \"fault\" at byte offset 0") : null,
            "not-modified" => edits ? BotRefusal.NotModified() : null,
            _ => edits ? BotRefusal.NotModified() : parses ? BotRefusal.Bad("can't parse entities: Unsupported start tag \"fault\" at byte offset 0") : null,
        };
    }

    private async Task FileAsync(HttpContext context)
    {
        if (chats.Photo((string)context.Request.RouteValues["fileId"]!) is not { } content)
        {
            await AnswerAsync(context, new BotRefusal(404, "Not Found"));
            return;
        }
        context.Response.ContentType = Pictures.MediaType(content);
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    private static bool Counts(string method) =>
        method.StartsWith("edit", StringComparison.Ordinal) || (method.StartsWith("send", StringComparison.Ordinal) && method != "sendchataction");

    private static Task AnswerAsync(HttpContext context, BotRefusal refusal)
    {
        var body = new JsonObject { ["ok"] = false, ["error_code"] = refusal.Code, ["description"] = refusal.Message };
        if (refusal.RetryAfter is { } seconds)
            body["parameters"] = new JsonObject { ["retry_after"] = seconds };
        return AnswerAsync(context, refusal.Code, body);
    }

    private static async Task AnswerAsync(HttpContext context, int status, JsonObject body)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, Json);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
