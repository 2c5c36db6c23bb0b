using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PolyCopy.Modules.Bot.Text;
using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;
using Telegram.Bot.Types.ReplyMarkups;

namespace PolyCopy.Modules.Bot.Wire;

/// <summary>The Bot API as we use it. The library never retries and never waits for us: what to do about a failure is decided in Outbound and Poller.</summary>
internal sealed class BotApi : IDisposable
{
    private const int LongestText = 4096;
    private const int LongestCaption = 1024;
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions WithoutNulls = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private readonly HttpClient _http;
    private readonly TelegramBotClient _client;
    private readonly string _token;
    private readonly string _updates;

    public BotApi(BotLine line)
    {
        _token = line.Token;
        // not from a factory: its logging would write the address, and the address holds the token
        _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), PooledConnectionLifetime = TimeSpan.FromMinutes(3) }) { Timeout = TimeSpan.FromSeconds(90) };
        var options = new TelegramBotClientOptions(line.Token, line.BaseUrl) { RetryCount = 1, RetryThreshold = 0 };
        _client = new TelegramBotClient(options, _http);
        _updates = $"{options.BaseRequestUrl}/getUpdates";
        BotId = options.BotId;
    }

    public long BotId { get; }

    /// <summary>One long poll, read by hand: the library would throw the whole batch away for one update it cannot read.</summary>
    /// <exception cref="BotApiException">No batch.</exception>
    public async Task<IReadOnlyList<JsonElement>> UpdatesAsync(long? offset, int seconds, CancellationToken ct)
    {
        try
        {
            using var response = await _http.PostAsJsonAsync(_updates, new { offset, limit = 100, timeout = seconds, allowed_updates = new[] { "message", "callback_query", "my_chat_member" } }, WithoutNulls, ct);
            using var body = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(ct), default, ct);
            var root = body.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("ok", out var ok) && ok.ValueKind == JsonValueKind.True && root.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Array)
                return [.. result.EnumerateArray().Select(u => u.Clone())];
            throw new BotApiException((int)response.StatusCode, Reason(root), RetryAfter(root));
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or IOException || e is TaskCanceledException && !ct.IsCancellationRequested)
        {
            throw new BotApiException(0, Safe(e), null);
        }
    }

    /// <exception cref="BotApiException">Telegram said no, or nothing.</exception>
    public Task<User> MeAsync(CancellationToken ct) => CallAsync(token => _client.GetMe(token), ct);

    /// <exception cref="BotApiException">Telegram said no, or nothing.</exception>
    public Task DropWebhookAsync(CancellationToken ct) => CallAsync(async token => { await _client.DeleteWebhook(cancellationToken: token); return true; }, ct);

    /// <exception cref="BotApiException">Telegram said no, or nothing.</exception>
    public Task SetCommandsAsync(IEnumerable<(string Command, string Text)> commands, string? language, long? chat, CancellationToken ct) => CallAsync(async token =>
    {
        await _client.SetMyCommands(commands.Select(c => new BotCommand(c.Command, c.Text)), chat is { } id ? BotCommandScope.Chat(id) : BotCommandScope.AllPrivateChats(), language, token);
        return true;
    }, ct);

    /// <summary>Stops the button's spinner. Never throws: nothing depends on it.</summary>
    public async Task AnswerAsync(string callbackId, string? text, CancellationToken ct)
    {
        try
        {
            await CallAsync(async token => { await _client.AnswerCallbackQuery(callbackId, text, cancellationToken: token); return true; }, ct);
        }
        catch (Exception e) when (e is BotApiException or OperationCanceledException)
        {
            // too old, or Telegram is away: the screen that follows is the real answer
        }
    }

    /// <summary>Delivers one message, edit or deletion, once.</summary>
    public async Task<Delivery> SendAsync(Outgoing message, CancellationToken ct)
    {
        try
        {
            var plain = message.Text is { } html ? Html.Plain(html) : "";
            var tooLong = plain.Length > (message.Photo is null ? LongestText : LongestCaption);
            return await SendAsync(message, tooLong ? Cut(plain, message) : message.Text, tooLong ? ParseMode.None : ParseMode.Html, ct);
        }
        catch (BotApiException e) when (e.Code == 400 && e.Message.Contains("parse entities", StringComparison.OrdinalIgnoreCase))
        {
            try
            {
                return await SendAsync(message, Cut(Html.Plain(message.Text!), message), ParseMode.None, ct);
            }
            catch (BotApiException again)
            {
                return Delivery.Failed(again);
            }
        }
        catch (BotApiException e)
        {
            return Delivery.Failed(e);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Delivery> SendAsync(Outgoing message, string? text, ParseMode mode, CancellationToken ct)
    {
        var keyboard = Keyboard(message.Keyboard);
        switch (message.Kind)
        {
            case OutgoingKind.Send when message.Photo is { } photo:
                return Delivery.Done(await CallAsync(async token =>
                {
                    using var stream = new MemoryStream(photo, writable: false);
                    return await _client.SendPhoto(message.ChatId, InputFile.FromStream(stream, "picture.png"), text, mode, replyMarkup: keyboard, disableNotification: message.Silent, cancellationToken: token);
                }, ct));
            case OutgoingKind.Send when message.Document is { } document:
                return Delivery.Done(await CallAsync(async token =>
                {
                    using var stream = new MemoryStream(document.Content, writable: false);
                    return await _client.SendDocument(message.ChatId, InputFile.FromStream(stream, document.Name), text, mode, replyMarkup: keyboard, disableNotification: message.Silent, cancellationToken: token);
                }, ct));
            case OutgoingKind.Send:
                return Delivery.Done(await CallAsync(token => _client.SendMessage(message.ChatId, text!, mode, replyMarkup: keyboard, linkPreviewOptions: LinkPreviewOptions.Disabled, disableNotification: message.Silent, cancellationToken: token), ct));
            case OutgoingKind.Edit when message.Photo is { } photo:
                return Delivery.Done(await CallAsync(async token =>
                {
                    using var stream = new MemoryStream(photo, writable: false);
                    var media = new InputMediaPhoto(InputFile.FromStream(stream, "picture.png")) { Caption = text, ParseMode = mode };
                    return await _client.EditMessageMedia(message.ChatId, message.MessageId, media, keyboard, cancellationToken: token);
                }, ct));
            case OutgoingKind.Edit:
                return Delivery.Done(await CallAsync(token => _client.EditMessageText(message.ChatId, message.MessageId, text!, mode, keyboard, LinkPreviewOptions.Disabled, cancellationToken: token), ct));
            case OutgoingKind.Strip:
                return Delivery.Done(await CallAsync(token => _client.EditMessageReplyMarkup(message.ChatId, message.MessageId, null, cancellationToken: token), ct));
            default:
                await CallAsync(async token => { await _client.DeleteMessage(message.ChatId, message.MessageId, token); return true; }, ct);
                return new Delivery(DeliveryOutcome.Sent, message.MessageId, null, null);
        }
    }

    private async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(SendTimeout);
        try
        {
            return await call(limited.Token);
        }
        catch (ApiRequestException e)
        {
            throw new BotApiException(e.ErrorCode, Kernel.ForeignText.Clean(e.Message), e.Parameters?.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        }
        catch (RequestException e)
        {
            throw new BotApiException(e.HttpStatusCode is { } status and not HttpStatusCode.OK ? (int)status : 0, Safe(e), null);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new BotApiException(0, "no answer within 30 s", null);
        }
    }

    private static InlineKeyboardMarkup? Keyboard(IReadOnlyList<IReadOnlyList<Button>>? rows) => rows is null ? null : new InlineKeyboardMarkup(rows.Select(row => row.Select(b => new InlineKeyboardButton(b.Text)
    {
        CallbackData = b.Url is null && !b.IsDisabled ? b.Data : null,
        Url = b.Url,
        Disabled = b.IsDisabled ? new DisabledButton() : null,
        Style = b.Style switch { Tone.Good => KeyboardButtonStyle.Success, Tone.Bad => KeyboardButtonStyle.Danger, Tone.Main => KeyboardButtonStyle.Primary, _ => null },
    })));

    private static string Cut(string text, Outgoing message)
    {
        var most = message.Photo is null ? LongestText : LongestCaption;
        return text.Length <= most ? text : text[..(most - 1)] + "…";
    }

    private string Safe(Exception e) => (e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message).Replace(_token, "***", StringComparison.Ordinal);

    private static string Reason(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("description", out var description) && description.ValueKind == JsonValueKind.String ? Kernel.ForeignText.Clean(description.GetString()) : "an answer that is not the Bot API's";

    private static TimeSpan? RetryAfter(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("retry_after", out var seconds) && seconds.TryGetInt32(out var value)
            ? TimeSpan.FromSeconds(value) : null;
}

/// <summary>The Bot API refused, or could not be reached.</summary>
/// <param name="code">The HTTP status; 0 when there was no readable answer.</param>
internal sealed class BotApiException(int code, string message, TimeSpan? retryAfter) : Exception(message)
{
    public int Code { get; } = code;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
