using System.Text.Json;
using Telegram.Bot;
using Telegram.Bot.Types;
using Telegram.Bot.Types.ReplyMarkups;

namespace PolyCopy.Tests.Simulator.Telegram;

/// <summary>A venue and the real Telegram library talking to its Bot API; retries off, as in our own bot.</summary>
internal sealed class BotLab : IAsyncDisposable
{
    public const long Chat = 1001;

    // 1 x 1 pixel
    public static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private BotLab(Lab lab) => (Lab, Bot) = (lab, Client(lab));

    public Lab Lab { get; }

    public TelegramBotClient Bot { get; private set; }

    public static async Task<BotLab> StartAsync(bool limits = false) => new(await Lab.StartAsync(TimeProvider.System, limits));

    public static InlineKeyboardMarkup Keyboard(params string[] data) => new(data.Select(d => InlineKeyboardButton.WithCallbackData(d.ToUpperInvariant(), d)));

    public async Task SayAsync(string text, long chat = Chat) => (await Lab.PostAsync($"control/chat/{chat}/message", new { text })).Status.Should().Be(200);

    public Task<(int Status, JsonElement Body)> PressAsync(string button, long chat = Chat) => Lab.PostAsync($"control/chat/{chat}/press", new { button });

    public async Task<JsonElement[]> TranscriptAsync(long chat = Chat) => [.. (await Lab.GetAsync($"control/chat/{chat}")).GetProperty("messages").EnumerateArray()];

    public async Task<Update[]> UpdatesAsync(int? offset = null, int seconds = 0) => await Bot.GetUpdates(offset, timeout: seconds);

    public async Task RestartAsync()
    {
        await Lab.RestartAsync();
        Bot = Client(Lab);
    }

    public ValueTask DisposeAsync() => Lab.DisposeAsync();

    public static TelegramBotClient Client(Lab lab) =>
        new(new TelegramBotClientOptions("1:simulated", lab.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)) { RetryCount = 1, RetryThreshold = 0 });
}
