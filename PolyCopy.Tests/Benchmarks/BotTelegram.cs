using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PolyCopy.Benchmarks;

/// <summary>A Bot API that answers at once and notes when it was asked; it can go away and come back on its port.</summary>
internal sealed class BotTelegram(int port) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(long Id, string Json)> _updates = [];
    private readonly ConcurrentDictionary<long, int> _screens = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _app;
    private long _nextUpdate = 1;
    private int _nextMessage = 1;

    public string Address => $"http://127.0.0.1:{port}";

    /// <summary>Told of every call that shows somebody something: method, chat, text, timestamp.</summary>
    public Action<string, long, string, long> Shown { get; set; } = (_, _, _, _) => { };

    /// <summary>Told of every answered press: the press's chat, timestamp.</summary>
    public Action<long, long> Answered { get; set; } = (_, _) => { };

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(Address);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_app is null)
            return;
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public void Type(long chat, string text) => Push(id => JsonSerializer.Serialize(new { update_id = id, message = new { message_id = Interlocked.Increment(ref _nextMessage), date = Now, chat = Private(chat), from = User(chat), text } }));

    /// <summary>Presses a button of the chat's newest screen.</summary>
    public void Press(long chat, string data) => Push(id => JsonSerializer.Serialize(new
    {
        update_id = id,
        callback_query = new { id = $"{chat}:{id}", from = User(chat), chat_instance = "1", data, message = new { message_id = _screens[chat], date = Now, chat = Private(chat), from = User(77), text = "…" } },
    }));

    public ValueTask DisposeAsync() => new(StopAsync());

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private static object Private(long id) => new { id, type = "private", first_name = "U" };

    private static object User(long id) => new { id, is_bot = id == 77, first_name = "U" };

    private void Push(Func<long, string> update)
    {
        lock (_lock)
        {
            var id = _nextUpdate++;
            _updates.Add((id, update(id)));
            Wake();
        }
    }

    private void Wake()
    {
        var more = _more;
        _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        more.TrySetResult();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var at = Stopwatch.GetTimestamp();
        var method = context.Request.Path.Value!.Split('/')[^1];
        using var body = context.Request.ContentLength is 0 or null && context.Request.ContentType is null ? JsonDocument.Parse("{}") : await JsonDocument.ParseAsync(context.Request.Body);
        var fields = body.RootElement;
        context.Response.ContentType = "application/json";
        switch (method)
        {
            case "getUpdates":
                await context.Response.WriteAsync($"{{\"ok\":true,\"result\":[{string.Join(',', await UpdatesAsync(fields, context.RequestAborted))}]}}");
                return;
            case "answerCallbackQuery":
                Answered(long.Parse(fields.GetProperty("callback_query_id").GetString()!.Split(':')[0]), at);
                break;
            case "sendMessage" or "editMessageText" or "editMessageReplyMarkup":
                var chat = fields.GetProperty("chat_id").GetInt64();
                var message = method == "sendMessage" ? Interlocked.Increment(ref _nextMessage) : fields.GetProperty("message_id").GetInt32();
                if (method == "sendMessage")
                    _screens[chat] = message;
                if (method != "editMessageReplyMarkup")
                    Shown(method, chat, fields.GetProperty("text").GetString()!, at);
                await context.Response.WriteAsync(JsonSerializer.Serialize(new { ok = true, result = new { message_id = message, date = Now, chat = Private(chat), from = User(77), text = "…" } }));
                return;
            case "getMe":
                await context.Response.WriteAsync("""{"ok":true,"result":{"id":77,"is_bot":true,"first_name":"B","username":"bench_bot"}}""");
                return;
        }
        await context.Response.WriteAsync("""{"ok":true,"result":true}""");
    }

    private async Task<List<string>> UpdatesAsync(JsonElement fields, CancellationToken ct)
    {
        var offset = fields.TryGetProperty("offset", out var o) ? o.GetInt64() : 0;
        while (!ct.IsCancellationRequested)
        {
            Task more;
            lock (_lock)
            {
                _updates.RemoveAll(u => u.Id < offset);
                if (_updates.Count > 0)
                    return [.. _updates.Take(100).Select(u => u.Json)];
                more = _more.Task;
            }
            if (await Task.WhenAny(more, Task.Delay(TimeSpan.FromSeconds(25), ct)) != more)
                return [];
        }
        return [];
    }
}
