using System.Text.Json;

namespace PolyCopy.Tests.Support;

internal static class Polling
{
    /// <summary>Reads until the answer satisfies, or fails with the last one. The product tells no test when it is done, so this one asks.</summary>
    public static async Task<JsonElement> UntilAsync(this HttpClient client, string path, Func<JsonElement, bool> satisfied, int seconds, int everyMs = 50)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(everyMs));
        JsonElement last = default;
        try
        {
            do
            {
                using var answer = await client.GetAsync(path, CancellationToken.None);
                last = await TestApp.ReadAsync(answer, path);
                if (satisfied(last))
                    return last;
            }
            while (await timer.WaitForNextTickAsync(deadline.Token));
        }
        catch (OperationCanceledException)
        {
            // falls through to the failure with the last answer
        }
        throw new Xunit.Sdk.XunitException($"{path} did not come to the expected state in {seconds} s; last: {last.GetRawText()}");
    }
}
