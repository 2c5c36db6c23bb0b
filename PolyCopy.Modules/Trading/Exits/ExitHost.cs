using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Loads the exits before the streamer starts, then runs their loops.</summary>
internal sealed partial class ExitHost(
    ExitArmory armory, ExitExecutor executor, ExitOutcomes outcomes, ExitJudge judge, ExitMoves moves, ExitSweep sweep, ExitRehearsal rehearsal, TimeProvider clock, ILogger<ExitHost> logger) : BackgroundService
{
    private bool _loaded;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _loaded = await TryLoadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_loaded)
            await sweep.StorePeaksAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var seconds = 1; !_loaded; seconds = Math.Min(seconds * 2, 30))
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), clock, stoppingToken);
            _loaded = await TryLoadAsync(stoppingToken);
        }
        await Task.WhenAll(
            executor.RunAsync(stoppingToken), outcomes.RunAsync(stoppingToken), judge.RunAsync(stoppingToken),
            moves.RunAsync(armory, stoppingToken), rehearsal.RunAsync(stoppingToken), sweep.RunAsync(stoppingToken), sweep.RunFollowingAsync(stoppingToken));
    }

    private async Task<bool> TryLoadAsync(CancellationToken ct)
    {
        try
        {
            await armory.LoadAsync(ct);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.NotLoaded(logger, e);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(ExitEventIds.NotLoaded, LogLevel.Error, "The exits cannot be read: nothing is protected until they can")]
        public static partial void NotLoaded(ILogger logger, Exception e);
    }
}
