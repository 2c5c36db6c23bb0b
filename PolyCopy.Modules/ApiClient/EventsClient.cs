using System.Net.ServerSentEvents;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Api;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.ApiClient;

internal sealed class EventsClient(Backend core, EventWake wake) : IEventDelivery
{
    public Task WaitAsync(TimeSpan timeout, CancellationToken ct) => wake.WaitAsync(timeout, ct);

    public Task<IReadOnlyList<UserEvent>> ClaimAsync(int limit, TimeSpan lease, CancellationToken ct) => core.PostAsync<IReadOnlyList<UserEvent>>(Routes.BotEventsClaim, new { limit, leaseSeconds = (int)lease.TotalSeconds }, ct);

    public Task ProlongAsync(IReadOnlyCollection<long> sequences, TimeSpan lease, CancellationToken ct) => core.SendAsync(HttpMethod.Post, Routes.BotEventsProlong, new { sequences, leaseSeconds = (int)lease.TotalSeconds }, ct);

    public Task AcknowledgeAsync(IReadOnlyCollection<long> sequences, CancellationToken ct) => core.SendAsync(HttpMethod.Post, Routes.BotEventsDone, sequences, ct);
}

/// <summary>Keeps one stream of server-sent events open. It only wakes: without it everything is found two seconds later.</summary>
internal sealed partial class EventWake(Backend core, TimeProvider clock, ILogger<EventWake> logger) : BackgroundService
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(40); // the core says something every 15 s
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private TaskCompletionSource _signal = New();

    public async Task WaitAsync(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            await Volatile.Read(ref _signal).Task.WaitAsync(timeout, clock, ct);
        }
        catch (TimeoutException)
        {
            // the caller looks anyway
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(() => failures = 0, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (failures++ == 0)
                    Log.Lost(logger, e.Message);
            }
            if (stoppingToken.IsCancellationRequested)
                return;
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 0.5 * (1 << Math.Min(failures, 5)))), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(Action heard, CancellationToken ct)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(ct);
        silent.CancelAfter(Silence);
        using var answer = await core.OpenAsync(Routes.BotEventsWake, silent.Token);
        await using var stream = await answer.Content.ReadAsStreamAsync(silent.Token);
        await foreach (var _ in SseParser.Create(stream).EnumerateAsync(silent.Token))
        {
            heard();
            silent.CancelAfter(Silence);
            Interlocked.Exchange(ref _signal, New()).TrySetResult();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Api + 50, LogLevel.Warning, "The core's wake-up calls are away ({Reason}); events are asked for every two seconds")]
        public static partial void Lost(ILogger logger, string reason);
    }
}
