using System.Globalization;
using System.Net;
using System.Net.Http.Json;

namespace PolyCopy.Modules.Simulator.Client;

internal sealed class ChatClient(HttpClient http, SimulatorAddress address) : ISimulatedChat
{
    public async Task<SimulatedChat> ReadAsync(long chatId, long after, CancellationToken ct) =>
        (await http.GetFromJsonAsync<SimulatedChat>(Chat(chatId, string.Create(CultureInfo.InvariantCulture, $"?after={after}")), ct))!;

    public async Task SayAsync(long chatId, string text, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync(Chat(chatId, "/message"), new { text }, ct);
        answer.EnsureSuccessStatusCode();
    }

    public async Task PressAsync(long chatId, int messageId, string data, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync(Chat(chatId, "/press"), new { button = data, messageId }, ct);
        if (answer.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Conflict))
            answer.EnsureSuccessStatusCode();
    }

    public async Task<(byte[] Content, string MediaType)?> PhotoAsync(string fileId, CancellationToken ct)
    {
        using var answer = await http.GetAsync(address.Http("control/chat-photos/" + Uri.EscapeDataString(fileId)), ct);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadAsByteArrayAsync(ct), answer.Content.Headers.ContentType?.MediaType ?? "image/png");
    }

    private Uri Chat(long chatId, string rest) => address.Http(string.Create(CultureInfo.InvariantCulture, $"control/chat/{chatId}{rest}"));
}
