using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Streaming;

/// <summary>What the feed has done since the start. Counted per block of frames, not per message.</summary>
internal sealed partial class FeedCounters
{
    private const int LoggedBytes = 200;
    private const int FewErrors = 2; // one torn message is no trend, however quiet the feed
    private static readonly TimeSpan MarkEvery = TimeSpan.FromSeconds(30);

    private readonly ILogger<FeedCounters> _logger;
    private readonly TimeProvider _clock;
    private long _frames, _late, _updates, _malformed, _unknown, _gaps, _reconnects, _failures, _toldAt = long.MinValue;

    private Mark _mark = new(0, 0, 0);
    private Mark _recent = new(0, 0, 0); // the mark before the last: half a minute to a minute ago

    public FeedCounters(ILogger<FeedCounters> logger, TimeProvider clock) => (_logger, _clock) = (logger, clock);

    /// <summary>Makes the counts visible as instruments of the product's meter.</summary>
    public FeedCounters Expose()
    {
        var meter = Meters.Instance;
        meter.CreateObservableCounter("polycopy.feed.frames", () => Frames, "{message}", "Messages of the market channel");
        meter.CreateObservableCounter("polycopy.feed.frames.late", () => Interlocked.Read(ref _late), "{message}", "Messages of a connection already given up, dropped");
        meter.CreateObservableCounter("polycopy.feed.updates", () => Updates, "{quote}", "Quotes published");
        meter.CreateObservableCounter("polycopy.feed.errors", () => Errors, "{message}", "Messages that could not be read");
        meter.CreateObservableCounter("polycopy.feed.unknown", () => Interlocked.Read(ref _unknown), "{message}", "Notices and events of unknown kinds");
        meter.CreateObservableCounter("polycopy.feed.gaps", () => Gaps, "{gap}", "Times a book was in doubt and fetched anew");
        meter.CreateObservableCounter("polycopy.feed.reconnects", () => Reconnects, "{connection}", "Connections opened after the first");
        meter.CreateObservableCounter("polycopy.feed.listener.failures", () => Interlocked.Read(ref _failures), "{call}", "Exceptions of quote listeners");
        return this;
    }

    public long Frames => Interlocked.Read(ref _frames);

    public long Errors => Interlocked.Read(ref _malformed);

    public long Gaps => Interlocked.Read(ref _gaps);

    public long Reconnects => Interlocked.Read(ref _reconnects);

    public long UnknownMessages => Interlocked.Read(ref _unknown);

    public long Updates => Interlocked.Read(ref _updates);

    public long Late => Interlocked.Read(ref _late);

    /// <summary>More than 1 % of the last minute's messages could not be read.</summary>
    public bool IsGarbled
    {
        get
        {
            var from = Volatile.Read(ref _recent);
            var errors = Errors - from.Errors;
            return errors > FewErrors && errors * 100 > Frames - from.Frames;
        }
    }

    /// <summary>Called each second: moves on what counts as the last minute.</summary>
    public void Look()
    {
        var now = _clock.GetTimestamp();
        if (_clock.GetElapsedTime(_mark.At, now) < MarkEvery)
            return;
        Volatile.Write(ref _recent, _mark);
        _mark = new Mark(now, Frames, Errors);
    }

    public void Count(int frames, int updates, bool late)
    {
        Interlocked.Add(ref _updates, updates);
        Interlocked.Add(ref _frames, frames);
        if (late)
            Interlocked.Add(ref _late, frames);
    }

    public void Gap() => Interlocked.Increment(ref _gaps);

    public void Reconnect() => Interlocked.Increment(ref _reconnects);

    public void Unknown(ReadOnlySpan<byte> text)
    {
        Interlocked.Increment(ref _unknown);
        if (MayTell())
            Log.Unknown(_logger, Printable(text));
    }

    public void Malformed(ReadOnlySpan<byte> message)
    {
        Interlocked.Increment(ref _malformed);
        if (MayTell())
            Log.Malformed(_logger, message.Length, Printable(message));
    }

    public void ListenerFailed(IQuoteListener listener, Exception e)
    {
        Interlocked.Increment(ref _failures);
        if (MayTell())
            Log.ListenerFailed(_logger, listener.GetType().Name, e);
    }

    // A broken feed must not become a flood of log lines: one a second, the counters tell the rest.
    private bool MayTell()
    {
        var now = _clock.GetTimestamp();
        var told = Interlocked.Read(ref _toldAt);
        return (told == long.MinValue || now - told >= _clock.TimestampFrequency) && Interlocked.CompareExchange(ref _toldAt, now, told) == told;
    }

    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(LoggedBytes);
        foreach (var b in bytes[..Math.Min(bytes.Length, LoggedBytes)])
            text.Append(b is >= 0x20 and < 0x7F ? (char)b : '?');
        return text.ToString();
    }

    private sealed record Mark(long At, long Frames, long Errors);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Streaming + 20, LogLevel.Warning, "Market channel sent {Length} bytes that could not be read: {Start}")]
        public static partial void Malformed(ILogger logger, int length, string start);

        [LoggerMessage(EventIds.Streaming + 21, LogLevel.Information, "Market channel said something unknown: {Text}")]
        public static partial void Unknown(ILogger logger, string text);

        [LoggerMessage(EventIds.Streaming + 22, LogLevel.Error, "Quote listener {Listener} failed")]
        public static partial void ListenerFailed(ILogger logger, string listener, Exception e);
    }
}
