using System.Threading.Channels;

namespace PolyCopy.Modules.Trading.Orders;

internal static class AnswerBatches
{
    /// <summary>What work done side by side writes into the channel, each time as much as has come by then; ends with the work, whose failure is the caller's to await.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<T>> BatchesAsync<T>(this Channel<T> answers, Task work)
    {
        _ = work.ContinueWith(_ => answers.Writer.Complete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        while (await answers.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var batch = new List<T>();
            while (answers.Reader.TryRead(out var answer))
                batch.Add(answer);
            yield return batch;
        }
    }
}
