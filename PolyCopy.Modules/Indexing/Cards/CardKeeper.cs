using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Indexing.Cards;

/// <summary>Keeps the figures of all watched leaders fresh.</summary>
internal sealed partial class CardKeeper(CardStore cards, WatchBook book, TimeProvider clock, ILogger<CardKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            do
            {
                try
                {
                    cards.Questions = CardStore.QuestionsPerRound;
                    foreach (var leader in book.Now.Leaders.Values.ToList())
                        await cards.WorkOutAsync(leader, CardStore.OldUnseen, askVenue: true, ct);
                }
                catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
                {
                    Log.Failed(logger, e);
                }
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Indexing + 60, LogLevel.Warning, "The figures of leaders were not brought up to date; again in half a minute")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
