using System.Net.Http.Json;
using System.Text.Json;

namespace PolyCopy.Tests.Product;

/// <summary>A person at the simulated Telegram, by the control routes.</summary>
internal sealed class ChatDriver(string venueUrl, long chat) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    public HttpClient Venue { get; } = new() { BaseAddress = new Uri(venueUrl) };

    public async Task SayAsync(string text) => (await Venue.PostAsJsonAsync($"/control/chat/{chat}/message", new { text })).EnsureSuccessStatusCode();

    /// <summary>Presses the newest button whose text holds the words, once there is one.</summary>
    public async Task PressAsync(string button)
    {
        var data = await UntilAsync(messages => messages.AsEnumerable().Reverse().SelectMany(m => m.GetProperty("keyboard").EnumerateArray().SelectMany(r => r.EnumerateArray()))
            .Where(b => b.GetProperty("text").GetString()!.Contains(button, StringComparison.OrdinalIgnoreCase)).Select(b => b.GetProperty("data").GetString()).FirstOrDefault(d => d is not null), $"a button '{button}'");
        (await Venue.PostAsJsonAsync($"/control/chat/{chat}/press", new { button = data })).EnsureSuccessStatusCode();
    }

    /// <summary>Waits for a message that holds the words; gives its whole text.</summary>
    public Task<string> ShowsAsync(string words, string because = "") =>
        UntilAsync(messages => messages.Where(m => m.GetProperty("from").GetString() == "bot").Select(m => m.GetProperty("text").GetString()!).LastOrDefault(t => t.Contains(words, StringComparison.OrdinalIgnoreCase)), $"a message with '{words}' {because}");

    /// <summary>The first Yes/No market on a tick of a cent, with its quotes set.</summary>
    public async Task<(string Id, string ConditionId)> MarketAsync(string bid, string ask)
    {
        var market = (await Venue.GetFromJsonAsync<JsonElement>("/control/markets")).EnumerateArray().First(m => m.GetProperty("tick").GetString() == "0.01" && m.GetProperty("outcomes")[0].GetString() == "Yes");
        var found = (market.GetProperty("marketId").GetString()!, market.GetProperty("conditionId").GetString()!);
        await QuoteAsync(found, bid, ask);
        return found;
    }

    public async Task QuoteAsync((string Id, string ConditionId) market, string bid, string ask, string size = "5000") =>
        (await Venue.PostAsJsonAsync($"/control/markets/{market.ConditionId}/quote", new { outcome = "Yes", bid, ask, size })).EnsureSuccessStatusCode();

    public void Dispose() => Venue.Dispose();

    private async Task<T> UntilAsync<T>(Func<List<JsonElement>, T?> find, string what) where T : class
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        List<JsonElement> messages = [];
        try
        {
            do
            {
                messages = [.. (await Venue.GetFromJsonAsync<JsonElement>($"/control/chat/{chat}", deadline.Token)).GetProperty("messages").EnumerateArray()];
                if (find(messages) is { } found)
                    return found;
            }
            while (await timer.WaitForNextTickAsync(deadline.Token));
        }
        catch (OperationCanceledException)
        {
            // falls through to the failure with what the chat shows
        }
        throw new Xunit.Sdk.XunitException($"no {what} in {Deadline.TotalSeconds} s; the chat shows: {string.Join("\n---\n", messages.TakeLast(3).Select(m => m.GetRawText()))}");
    }
}
