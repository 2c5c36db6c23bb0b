using System.Text.Json;

namespace PolyCopy.Tests.Support;

internal static class Polling
{
    /// <summary>Reads until the answer satisfies, or fails with the last one. The product tells no test when it is done, so this one asks. The seconds are patience: a machine may be slow, and who waits for less loses nothing.</summary>
    public static async Task<JsonElement> UntilAsync(this HttpClient client, string path, Func<JsonElement, bool> satisfied, int seconds = 60, int everyMs = 50)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(everyMs));
        var last = "";
        try
        {
            do
            {
                using var answer = await client.GetAsync(path, CancellationToken.None);
                last = $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}";
                if (answer.IsSuccessStatusCode && JsonDocument.Parse(last[4..]).RootElement is var read && satisfied(read))
                    return read;
            }
            while (await timer.WaitForNextTickAsync(deadline.Token));
        }
        catch (OperationCanceledException)
        {
            // falls through to the failure with the last answer
        }
        throw new Xunit.Sdk.XunitException($"{path} did not come to the expected state in {seconds} s; last: {last}");
    }
}
