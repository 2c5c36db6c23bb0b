using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Simulator.Control;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>The user's side of the chats: say, press, read. In a private chat the user is the chat; in a group (negative id) userId names them.</summary>
internal sealed class ChatRoutes(ChatStore chats, BotCommands commands)
{
    private const long GroupSpeaker = 1001;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(25);

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<ChatRoutes>();
        app.MapPost("/control/chat/{chatId}/message", routes.SayAsync);
        app.MapPost("/control/chat/{chatId}/press", routes.PressAsync);
        app.MapGet("/control/chat/{chatId}", routes.ReadAsync);
        app.MapGet("/control/chat-photos/{fileId}", routes.PhotoAsync);
    }

    private async Task SayAsync(HttpContext context)
    {
        if (ChatId(context) is not { } chatId)
            await BadChat(context);
        else if (await ControlReply.BodyAsync(context) is not { } body)
            await ControlReply.BadBody(context);
        else if (ControlReply.Text(body, "text")?.Trim() is not { Length: > 0 and <= 4096 } text)
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "chat.text", "text is 1 to 4096 characters.");
        else
        {
            var message = await chats.SayAsync(chatId, User(chatId, ControlReply.Text(body, "userId")), text, ControlReply.Text(body, "language"));
            await ControlReply.Ok(context, json =>
            {
                json.WriteStartObject();
                json.WriteNumber("messageId"u8, message.Id);
                json.WriteEndObject();
            });
        }
    }

    private async Task PressAsync(HttpContext context)
    {
        if (ChatId(context) is not { } chatId)
        {
            await BadChat(context);
            return;
        }
        if (await ControlReply.BodyAsync(context) is not { } body)
        {
            await ControlReply.BadBody(context);
            return;
        }
        var wanted = ControlReply.Text(body, "button");
        var only = int.TryParse(ControlReply.Text(body, "messageId"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : (int?)null;
        var found = (from message in chats.Messages(chatId).Reverse()
                     where message.FromBot && (only is null || message.Id == only)
                     from button in message.Keyboard.SelectMany(row => row)
                     where wanted is not null && (button.Data == wanted || button.Text == wanted)
                     select (Message: message, Button: button)).FirstOrDefault();
        if (found.Button is null)
            await ControlReply.Problem(context, StatusCodes.Status404NotFound, "chat.button", "No message has such a button.");
        else if (found.Button.Disabled || found.Button.Data is null)
            await ControlReply.Problem(context, StatusCodes.Status409Conflict, "chat.button_inert", "That button is disabled, or it opens or copies something: the bot does not hear of it.");
        else
        {
            var callback = await chats.PressAsync(chatId, User(chatId, ControlReply.Text(body, "userId")), found.Message, found.Button.Data, ControlReply.Text(body, "language"));
            await ControlReply.Ok(context, json =>
            {
                json.WriteStartObject();
                json.WriteNumber("messageId"u8, found.Message.Id);
                json.WriteString("callbackId"u8, callback);
                json.WriteEndObject();
            });
        }
    }

    /// <summary>The transcript; with ?after=revision what a chat window needs, as soon as it is newer than that.</summary>
    private async Task ReadAsync(HttpContext context)
    {
        if (ChatId(context) is not { } chatId)
        {
            await BadChat(context);
            return;
        }
        JsonObject answer;
        if (!long.TryParse(context.Request.Query["after"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var after))
        {
            answer = new JsonObject { ["messages"] = new JsonArray([.. chats.Messages(chatId).Select(m => Message(m))]) };
        }
        else
        {
            var view = await chats.ViewAsync(chatId, after, LongestWait, context.RequestAborted);
            answer = new JsonObject
            {
                ["revision"] = view.Revision,
                ["typing"] = view.TypingLeft > TimeSpan.Zero,
                ["toast"] = view.Toast is { } toast ? new JsonObject { ["id"] = toast.Id, ["text"] = toast.Text, ["alert"] = toast.Alert } : null,
                ["commands"] = commands.Menu(chatId, "en"),
                ["messages"] = new JsonArray([.. view.Messages.Select(Window)]),
            };
        }
        await ControlReply.Ok(context, json => answer.WriteTo(json));
    }

    private async Task PhotoAsync(HttpContext context)
    {
        if (chats.Photo((string)context.Request.RouteValues["fileId"]!) is not { } content)
        {
            await ControlReply.Problem(context, StatusCodes.Status404NotFound, "chat.photo", "There is no such photo.");
            return;
        }
        context.Response.ContentType = Pictures.MediaType(content);
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    private static JsonObject Message(ChatMessage message) => new()
    {
        ["messageId"] = message.Id,
        ["from"] = message.FromBot ? "bot" : "user",
        ["text"] = message.Text,
        ["date"] = message.Date,
        ["editDate"] = message.EditDate,
        ["photo"] = message.Photo is { Name: null },
        ["keyboard"] = new JsonArray([.. message.Keyboard.Select(row => new JsonArray([.. row.Select(b => new JsonObject { ["text"] = b.Text, ["data"] = b.Data })]))]),
    };

    private static JsonObject Window(ChatMessage message)
    {
        var json = Message(message);
        json["entities"] = BotJson.Entities(message.Entities);
        json["keyboard"] = new JsonArray([.. message.Keyboard.Select(row => new JsonArray([.. row.Select(b => new JsonObject
        {
            ["text"] = b.Text, ["data"] = b.Data, ["url"] = b.Url, ["style"] = b.Style, ["disabled"] = b.Disabled, ["copyText"] = b.CopyText,
        })]))]);
        if (message.Photo is { Name: { } name } file)
            json["document"] = new JsonObject { ["fileId"] = file.FileId, ["name"] = name, ["bytes"] = file.Bytes };
        else if (message.Photo is { } photo)
            json["picture"] = new JsonObject { ["fileId"] = photo.FileId, ["width"] = photo.Width, ["height"] = photo.Height };
        return json;
    }

    private static long? ChatId(HttpContext context) =>
        long.TryParse((string)context.Request.RouteValues["chatId"]!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) && id != 0 && Math.Abs(id) < 1L << 52 ? id : null;

    private static long User(long chatId, string? named) =>
        chatId > 0 ? chatId : long.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var user) && user > 0 ? user : GroupSpeaker;

    private static Task BadChat(HttpContext context) =>
        ControlReply.Problem(context, StatusCodes.Status400BadRequest, "chat.id", "The chat id is a number: a user's, or a negative one for a group.");
}
