using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>The time of the venue that takes the orders (in Paper that is the simulator), as an offset to our clock.</summary>
internal sealed partial class VenueClock(VenueHttp http, IVenueEndpoints endpoints, VenueLimits limits, TimeProvider clock, ILogger<VenueClock> logger) : BackgroundService, IVenueClock
{
    // /time has whole seconds: below this the difference is rounding, and our own clock is the better one
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _one = new(1, 1);
    private long _offset;
    private long _readAt = long.MinValue / 2;
    private bool _failed;

    public DateTimeOffset UtcNow => clock.GetUtcNow() + Offset;

    /// <summary>What is added to our clock.</summary>
    public TimeSpan Offset => new(Volatile.Read(ref _offset));

    /// <summary>Reads /time again, as after a 401; at most every two seconds.</summary>
    /// <param name="used">The offset under which the refused request was signed: another reading may have moved it since.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Whether the offset differs from it by more than a rounding error, so that what was refused for its time may pass now.</returns>
    public async Task<bool> RefreshAsync(TimeSpan used, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (HasMoved() || clock.GetElapsedTime(_readAt) < Soonest)
                return HasMoved();
            var (asked, askedAt) = (clock.GetUtcNow(), clock.GetTimestamp());
            using var json = await http.GetAsync(new Uri(endpoints.Trading, "time"), limits.ClobOther, null, ct);
            var answered = clock.GetUtcNow();
            var offset = ClobClient.Time(json) + TimeSpan.FromSeconds(0.5) - (asked + (answered - asked) / 2);
            _readAt = askedAt; // an answer is as old as its question
            Volatile.Write(ref _offset, offset.Duration() < Rounding ? 0 : offset.Ticks);
            if (_failed)
                Log.Back(logger, Offset.TotalSeconds);
            _failed = false;
            return HasMoved();
        }
        finally
        {
            _one.Release();
        }

        bool HasMoved() => (Offset - used).Duration() >= Rounding;
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                if (await RefreshAsync(Offset, ct))
                    Log.Offset(logger, Offset.TotalSeconds);
            }
            catch (VenueException e)
            {
                if (!_failed)
                    Log.Failed(logger, e.Message);
                _failed = true;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Polymarket + 3, LogLevel.Information, "The venue's clock is {Seconds:0.0} s ahead of ours")]
        public static partial void Offset(ILogger logger, double seconds);

        [LoggerMessage(EventIds.Polymarket + 4, LogLevel.Warning, "The venue's clock cannot be read ({Reason}); keeping the last offset")]
        public static partial void Failed(ILogger logger, string reason);

        [LoggerMessage(EventIds.Polymarket + 5, LogLevel.Information, "The venue's clock can be read again, {Seconds:0.0} s ahead of ours")]
        public static partial void Back(ILogger logger, double seconds);
    }
}
