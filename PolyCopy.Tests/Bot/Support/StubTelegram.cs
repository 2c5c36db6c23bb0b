using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PolyCopy.Tests.Bot.Support;

/// <summary>A Bot API on a port of its own: real HTTP, long poll with offset confirmation, messages that can be edited and deleted, and whatever trouble a test asks for.</summary>
internal sealed class StubTelegram : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<JsonObject> _updates = [];
    private readonly Dictionary<(long Chat, int Message), Shown> _messages = [];
    private readonly List<Call> _calls = [];
    private TaskCompletionSource _changed = New();
    private long _nextUpdate = 5_000;
    private int _nextMessage = 100;

    private StubTelegram(WebApplication app) => _app = app;

    /// <summary>Answers before the stub does; null lets it do its work. Called with the method and the call's fields.</summary>
    public Func<Call, Trouble?> Faults { get; set; } = _ => null;

    public string Address { get; private set; } = "";

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Lets the product's clock run on while a test waits.</summary>
    public Action Drive { get; set; } = () => { };

    public static async Task<StubTelegram> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var stub = new StubTelegram(app);
        app.Map("/bot{token}/{method}", stub.HandleAsync);
        await app.StartAsync();
        stub.Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return stub;
    }

    /// <summary>Every call so far, in order.</summary>
    public IReadOnlyList<Call> Calls
    {
        get
        {
            lock (_lock)
                return [.. _calls];
        }
    }

    /// <summary>What a chat shows now, oldest first.</summary>
    public IReadOnlyList<Shown> Chat(long chat)
    {
        lock (_lock)
            return [.. _messages.Where(m => m.Key.Chat == chat).OrderBy(m => m.Key.Message).Select(m => m.Value)];
    }

    /// <summary>The user types.</summary>
    public void Type(long user, string text, DateTimeOffset? date = null, string? language = null) => Push(new JsonObject
    {
        ["message"] = new JsonObject { ["message_id"] = NextMessage(), ["date"] = (date ?? Clock.GetUtcNow()).ToUnixTimeSeconds(), ["chat"] = Private(user), ["from"] = User(user, language), ["text"] = text },
    });

    /// <summary>The user presses the newest button whose text holds the words; gives its data.</summary>
    public string Press(long user, string button, int? message = null)
    {
        Shown shown;
        Key key;
        lock (_lock)
        {
            (shown, key) = _messages.Where(m => m.Key.Chat == user && (message is null || m.Key.Message == message)).OrderByDescending(m => m.Key.Message)
                .SelectMany(m => m.Value.Keyboard.SelectMany(r => r).Select(k => (m.Value, k))).FirstOrDefault(p => p.k.Text.Contains(button, StringComparison.OrdinalIgnoreCase) && p.k.Data is not null);
        }
        if (key is null)
            throw new Xunit.Sdk.XunitException($"No button says '{button}'; there are: {string.Join(" | ", Chat(user).SelectMany(m => m.Keyboard).SelectMany(r => r).Select(k => k.Text))}");
        PressData(user, shown.Id, key.Data!, shown.Text);
        return key.Data!;
    }

    public void PressData(long user, int message, string data, string text = "…") => Push(new JsonObject
    {
        ["callback_query"] = new JsonObject
        {
            ["id"] = $"cb{Interlocked.Read(ref _nextUpdate)}",
            ["from"] = User(user, null),
            ["chat_instance"] = "1",
            ["data"] = data,
            ["message"] = new JsonObject { ["message_id"] = message, ["date"] = Clock.GetUtcNow().ToUnixTimeSeconds(), ["chat"] = Private(user), ["from"] = Bot(), ["text"] = text },
        },
    });

    /// <summary>Puts any update in the queue; it gets the next id.</summary>
    public void Push(JsonObject update)
    {
        lock (_lock)
        {
            update["update_id"] = _nextUpdate++;
            _updates.Add(update);
        }
        Wake();
    }

    /// <summary>Puts something in the queue that is no update.</summary>
    public void PushRaw(JsonObject garbage)
    {
        lock (_lock)
            _updates.Add(garbage);
        Wake();
    }

    /// <summary>Waits until the stub has seen or shows what the test wants.</summary>
    public async Task UntilAsync(Func<bool> condition, string what, int seconds = 60)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (condition())
                return;
            Drive();
            try
            {
                // the condition may hang on the database, which tells nobody: looked at again shortly
                await Task.WhenAny(changed, Task.Delay(10, deadline.Token));
                deadline.Token.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException)
            {
                throw new Xunit.Sdk.XunitException($"{what} did not happen within {seconds} s; calls: {string.Join("\n", Calls.Where(c => c.Method != "getUpdates").TakeLast(12).Select(c => $"{c.Method} {c.Chat} {c.Text}"))}");
            }
        }
    }

    /// <summary>Waits for a message of the chat that holds the words.</summary>
    public async Task<Shown> ShowsAsync(long chat, string words, int seconds = 60)
    {
        await UntilAsync(() => Chat(chat).Any(m => m.Text.Contains(words, StringComparison.OrdinalIgnoreCase)), $"A message with '{words}'", seconds);
        return Chat(chat).Last(m => m.Text.Contains(words, StringComparison.OrdinalIgnoreCase));
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var method = (string)context.Request.RouteValues["method"]!;
        var fields = await FieldsAsync(context.Request);
        var call = new Call(method, fields.TryGetValue("chat_id", out var id) && long.TryParse(id.ToString(), out var chat) ? chat : 0, fields.TryGetValue("text", out var text) ? text.ToString() : fields.TryGetValue("caption", out var caption) ? caption.ToString() : "", fields, Clock.GetTimestamp());
        lock (_lock)
            _calls.Add(call);
        Wake();
        if (Faults(call) is { } trouble)
        {
            await AnswerAsync(context, trouble.Status, trouble.Raw ?? new JsonObject { ["ok"] = false, ["error_code"] = trouble.Status, ["description"] = trouble.Description, ["parameters"] = trouble.RetryAfter is { } seconds ? new JsonObject { ["retry_after"] = seconds } : null }.ToJsonString());
            return;
        }
        JsonNode? result = method switch
        {
            "getUpdates" => await UpdatesAsync(fields, context.RequestAborted),
            "getMe" => new JsonObject { ["id"] = 1, ["is_bot"] = true, ["first_name"] = "Poly", ["username"] = "polycopy_bot" },
            "sendMessage" or "sendPhoto" => Send(call),
            "editMessageText" or "editMessageMedia" or "editMessageReplyMarkup" => Edit(call),
            "deleteMessage" => Delete(call),
            _ => JsonValue.Create(true),
        };
        if (context.RequestAborted.IsCancellationRequested)
            return;
        Wake();
        if (result is null)
            await AnswerAsync(context, 400, """{"ok":false,"error_code":400,"description":"Bad Request: message to edit not found"}""");
        else
            await AnswerAsync(context, 200, new JsonObject { ["ok"] = true, ["result"] = result }.ToJsonString());
    }

    private async Task<JsonNode?> UpdatesAsync(IReadOnlyDictionary<string, JsonNode> fields, CancellationToken ct)
    {
        var offset = fields.TryGetValue("offset", out var o) ? long.Parse(o.ToString()) : 0;
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct);
        until.CancelAfter(TimeSpan.FromSeconds(2)); // shorter than a real poll: tests end sooner
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            lock (_lock)
            {
                _updates.RemoveAll(u => u.TryGetPropertyValue("update_id", out var id) && id is JsonValue v && v.TryGetValue<long>(out var n) && n < offset);
                if (_updates.Count > 0)
                    return new JsonArray([.. _updates.Take(100).Select(u => u.DeepClone())]);
            }
            try
            {
                await changed.WaitAsync(until.Token);
            }
            catch (OperationCanceledException)
            {
                return new JsonArray();
            }
        }
    }

    private JsonNode Send(Call call)
    {
        lock (_lock)
        {
            var id = _nextMessage++;
            _messages[(call.Chat, id)] = new Shown(id, call.Text, Keyboard(call), call.Method == "sendPhoto", call.Fields.TryGetValue("disable_notification", out var silent) && silent.ToString() == "true");
            return Message(call.Chat, id, call.Text);
        }
    }

    private JsonNode? Edit(Call call)
    {
        lock (_lock)
        {
            var id = int.Parse(call.Fields["message_id"].ToString());
            if (!_messages.TryGetValue((call.Chat, id), out var old))
                return null;
            var text = call.Method == "editMessageText" ? call.Text : call.Method == "editMessageMedia" ? JsonNode.Parse(call.Fields["media"].ToString())!["caption"]?.ToString() ?? "" : old.Text;
            _messages[(call.Chat, id)] = old with { Text = text, Keyboard = Keyboard(call) };
            return Message(call.Chat, id, text);
        }
    }

    private JsonNode? Delete(Call call)
    {
        lock (_lock)
            return _messages.Remove((call.Chat, int.Parse(call.Fields["message_id"].ToString()))) ? JsonValue.Create(true) : null;
    }

    private static IReadOnlyList<IReadOnlyList<Key>> Keyboard(Call call)
    {
        if (!call.Fields.TryGetValue("reply_markup", out var markup))
            return [];
        var node = markup is JsonValue ? JsonNode.Parse(markup.ToString())! : markup;
        return [.. node["inline_keyboard"]!.AsArray().Select(row => (IReadOnlyList<Key>)[.. row!.AsArray().Select(b => new Key(b!["text"]!.ToString(), b["callback_data"]?.ToString(), b["style"]?.ToString(), b["disabled"] is not null))])];
    }

    private JsonObject Message(long chat, int id, string text) => new() { ["message_id"] = id, ["date"] = Clock.GetUtcNow().ToUnixTimeSeconds(), ["chat"] = Private(chat), ["from"] = Bot(), ["text"] = text };

    private static JsonObject Private(long user) => new() { ["id"] = user, ["type"] = "private", ["first_name"] = "U" };

    private static JsonObject User(long user, string? language) => new() { ["id"] = user, ["is_bot"] = false, ["first_name"] = "U", ["username"] = $"user{user}", ["language_code"] = language };

    private static JsonObject Bot() => new() { ["id"] = 1, ["is_bot"] = true, ["first_name"] = "Poly", ["username"] = "polycopy_bot" };

    private static async Task<IReadOnlyDictionary<string, JsonNode>> FieldsAsync(HttpRequest request)
    {
        if (request.HasFormContentType)
            return (await request.ReadFormAsync()).ToDictionary(f => f.Key, f => (JsonNode)JsonValue.Create(f.Value.ToString())!);
        if (request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0)
            return new Dictionary<string, JsonNode>();
        return (await JsonNode.ParseAsync(request.Body))!.AsObject().Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value!);
    }

    private static async Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    }

    private int NextMessage()
    {
        lock (_lock)
            return _nextMessage++;
    }

    private void Wake() => Interlocked.Exchange(ref _changed, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <param name="At">A timestamp of the stub's clock.</param>
internal sealed record Call(string Method, long Chat, string Text, IReadOnlyDictionary<string, JsonNode> Fields, long At);

internal sealed record Shown(int Id, string Text, IReadOnlyList<IReadOnlyList<Key>> Keyboard, bool IsPhoto, bool IsSilent);

internal sealed record Key(string Text, string? Data, string? Style, bool IsDisabled);

/// <param name="Raw">Instead of the usual error body.</param>
internal sealed record Trouble(int Status, string Description, int? RetryAfter = null, string? Raw = null);
