using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Outbound;

/// <summary>Everything the bot sends goes through here, within Telegram's limits: 25 a second in all (Bot:PerSecond), 1 a second and chat with a burst of 3, 18 a minute and group.</summary>
/// <remarks>Edits count like messages: Telegram documents no limit of their own for them. A 429 pauses its chat for as long as it says; two chats limited within a second pause everything.</remarks>
internal sealed partial class Courier : IAsyncDisposable
{
    private const int LeastBurst = 5; // with 25 a second it makes 30 in any second, which is Telegram's limit
    private const int KeptForPeople = 3; // of the burst
    private const int UrgentInARow = 4;
    private const int AtOnce = 32;
    private const int SweepAt = 2_000;
    private static readonly TimeSpan ReplyLife = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Func<Outgoing, CancellationToken, Task<Delivery>> _send;
    private readonly Func<double> _random;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, ChatTraffic> _chats = [];
    private readonly PriorityQueue<Parcel, long>[] _ready = [new(), new(), new(), new()];
    private readonly PriorityQueue<Parcel, (long Due, long Sequence)> _later = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }); // one is enough: who is woken looks at everything
    private readonly ITimer _due;
    private readonly HashSet<Task> _sending = [];
    private Bucket _global;
    private long _sequence;
    private long _pausedUntil;
    private int _failures;
    private int _urgentInARow;
    private (long At, long Chat) _limited;

    public Courier(Func<Outgoing, CancellationToken, Task<Delivery>> send, Func<double> random, TimeProvider clock, ILogger<Courier> logger, int perSecond = 25)
    {
        (_send, _random, _clock, _logger) = (send, random, clock, logger);
        _due = clock.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _global = new Bucket(perSecond, Math.Max(LeastBurst, perSecond / 5), clock.GetTimestamp(), clock.TimestampFrequency);
    }

    /// <summary>Told once per user who cannot be written to any more.</summary>
    public Action<long>? Blocked { get; set; }

    /// <summary>Parcels that wait or are on their way.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _chats.Values.Sum(c => c.Count);
        }
    }

    /// <summary>Sends when it is this message's turn. A reply that could not leave within a minute is dropped; everything else waits as long as it takes.</summary>
    public Task<Delivery> SendAsync(Outgoing message, Lane lane) =>
        Enqueue(message.ChatId, lane, _ => ValueTask.FromResult<Outgoing?>(message), TimeSpan.Zero, message.Kind == OutgoingKind.Edit ? message.MessageId : null);

    /// <summary>Puts it into words when its turn comes; null then means there is nothing to say any more.</summary>
    /// <param name="after">Not before this long from now.</param>
    public Task<Delivery> SendAsync(long chatId, Lane lane, Func<CancellationToken, ValueTask<Outgoing?>> compose, TimeSpan after) => Enqueue(chatId, lane, compose, after, null);

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            Parcel? next;
            TimeSpan? wait;
            lock (_lock)
                next = Next(out wait);
            if (next is not null)
            {
                Start(next, ct);
                continue;
            }
            try
            {
                _due.Change(wait ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                await _signal.Reader.ReadAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                // stopping
            }
        }
        Task[] open;
        lock (_lock)
            open = [.. _sending];
        await Task.WhenAll(open);
    }

    public ValueTask DisposeAsync() => _due.DisposeAsync();

    private Task<Delivery> Enqueue(long chatId, Lane lane, Func<CancellationToken, ValueTask<Outgoing?>> compose, TimeSpan after, int? editOf)
    {
        lock (_lock)
        {
            var now = _clock.GetTimestamp();
            var chat = Traffic(chatId, now);
            long? expires = lane == Lane.Reply ? now + Ticks(ReplyLife) : null;
            if (editOf is { } message && chat.Edits.TryGetValue(message, out var waiting))
            {
                // the newest look of a message is the only one anybody wants
                (waiting.Compose, waiting.Composed, waiting.ExpiresAt) = (compose, null, expires);
                return waiting.Done;
            }
            var parcel = new Parcel(chatId, lane, ++_sequence, compose, expires) { EditOf = editOf };
            if (editOf is { } id)
                chat.Edits[id] = parcel;
            chat.Count++;
            if (after > TimeSpan.Zero)
                _later.Enqueue(parcel, (now + Ticks(after), parcel.Sequence));
            else
                _ready[(int)lane].Enqueue(parcel, parcel.Sequence);
            Wake();
            return parcel.Done;
        }
    }

    /// <summary>The next parcel that may go now; else how long to wait (null: until something comes).</summary>
    private Parcel? Next(out TimeSpan? wait)
    {
        var now = _clock.GetTimestamp();
        while (_later.TryPeek(out _, out var due) && due.Due <= now)
        {
            var parcel = _later.Dequeue();
            _ready[(int)parcel.Lane].Enqueue(parcel, parcel.Sequence);
        }
        if (_pausedUntil > now)
        {
            wait = Until(_pausedUntil, now);
            return null;
        }
        wait = _later.TryPeek(out _, out var first) ? Until(first.Due, now) : null;
        if (_sending.Count >= (_failures > 0 ? 1 : AtOnce))
            return null; // the one that ends wakes us; after a failure one goes ahead to see
        foreach (var lane in Order())
        {
            var spare = lane is Lane.News or Lane.Bulk ? KeptForPeople : 0;
            while (_ready[(int)lane].TryPeek(out var parcel, out _))
            {
                var chat = Traffic(parcel.ChatId, now);
                if (chat.IsBlocked || parcel.ExpiresAt < now)
                {
                    _ready[(int)lane].Dequeue();
                    Finish(parcel, chat.IsBlocked ? Delivery.Blocked : Delivery.Dropped, now);
                    continue;
                }
                if (chat.IsSending)
                {
                    _ready[(int)lane].Dequeue();
                    chat.Behind.Add(parcel);
                    continue;
                }
                var from = Math.Max(chat.PausedUntil, chat.Bucket.ReadyAt());
                if (from > now || !chat.Bucket.TryTake(now))
                {
                    _ready[(int)lane].Dequeue();
                    var due = Math.Max(Math.Max(chat.PausedUntil, chat.Bucket.ReadyAt()), now + 1);
                    _later.Enqueue(parcel, (due, parcel.Sequence));
                    wait = Sooner(wait, Until(due, now));
                    continue;
                }
                if (!_global.TryTake(now, spare))
                {
                    chat.Bucket.Return();
                    wait = Sooner(wait, Until(_global.ReadyAt(spare), now));
                    break; // lanes below need as much or more, but a smaller reserve may still fit
                }
                _ready[(int)lane].Dequeue();
                _urgentInARow = lane == Lane.Urgent ? _urgentInARow + 1 : 0;
                chat.IsSending = true;
                if (parcel.EditOf is { } edited)
                    chat.Edits.Remove(edited); // from here on a newer edit is a new parcel
                return parcel;
            }
        }
        return null;
    }

    private Lane[] Order() => _urgentInARow >= UrgentInARow && _ready[(int)Lane.Reply].Count > 0 ? ReplyFirst : UrgentFirst;

    private static readonly Lane[] UrgentFirst = [Lane.Urgent, Lane.Reply, Lane.News, Lane.Bulk];
    private static readonly Lane[] ReplyFirst = [Lane.Reply, Lane.Urgent, Lane.News, Lane.Bulk];

    private void Start(Parcel parcel, CancellationToken ct)
    {
        var sending = DeliverAsync(parcel, ct);
        lock (_lock)
            _sending.Add(sending);
        _ = sending.ContinueWith(done =>
        {
            lock (_lock)
            {
                _sending.Remove(done);
                Wake();
            }
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task DeliverAsync(Parcel parcel, CancellationToken ct)
    {
        await Task.Yield(); // composing reads the database: not on the loop
        Delivery delivery;
        try
        {
            parcel.Composed ??= await parcel.Compose(ct);
            delivery = parcel.Composed is null ? Delivery.Dropped : await _send(parcel.Composed, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            delivery = Delivery.Dropped;
        }
        catch (Exception e)
        {
            // not Telegram's doing: the database may be away. Composed again later.
            Log.Failed(_logger, e);
            delivery = new Delivery(DeliveryOutcome.Unreachable, null, null, null);
        }
        var blocked = false;
        lock (_lock)
        {
            var now = _clock.GetTimestamp();
            var chat = Traffic(parcel.ChatId, now);
            chat.IsSending = false;
            foreach (var next in chat.Behind)
                _ready[(int)next.Lane].Enqueue(next, next.Sequence);
            chat.Behind.Clear();
            blocked = Judge(parcel, chat, delivery, now);
            if (_chats.Count > SweepAt)
                Sweep(now);
        }
        if (blocked)
            Blocked?.Invoke(parcel.ChatId);
    }

    /// <summary>Finishes the parcel or sets it back in its place. True when the chat blocked us.</summary>
    private bool Judge(Parcel parcel, ChatTraffic chat, Delivery delivery, long now)
    {
        if (delivery.Outcome is DeliveryOutcome.Sent or DeliveryOutcome.Gone or DeliveryOutcome.Refused or DeliveryOutcome.Blocked)
            (_failures, chat.Limited) = (0, 0);
        switch (delivery.Outcome)
        {
            case DeliveryOutcome.Limited:
                var pause = delivery.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 1 << Math.Min(chat.Limited++, 5)));
                chat.PausedUntil = now + Ticks(pause);
                if (_limited.At != 0 && _limited.Chat != parcel.ChatId && now - _limited.At < _clock.TimestampFrequency)
                    _pausedUntil = Math.Max(_pausedUntil, chat.PausedUntil);
                _limited = (now, parcel.ChatId);
                Log.Limited(_logger, pause.TotalSeconds);
                Back(parcel, chat, chat.PausedUntil);
                return false;
            case DeliveryOutcome.Unreachable or DeliveryOutcome.Unauthorized:
                if (_pausedUntil <= now) // of many on their way at once, the first to fail decides
                {
                    var seconds = delivery.Outcome == DeliveryOutcome.Unauthorized ? LongestPause.TotalSeconds : Math.Min(LongestPause.TotalSeconds, 0.5 * (1 << Math.Min(_failures, 6)));
                    if (_failures++ == 0)
                        Log.Unreachable(_logger, delivery.Reason ?? "");
                    _pausedUntil = now + Ticks(TimeSpan.FromSeconds(seconds * (0.5 + _random() / 2)));
                }
                Back(parcel, chat, _pausedUntil);
                return false;
            case DeliveryOutcome.Blocked:
                chat.IsBlocked = true; // until what waits for it is gone
                Finish(parcel, delivery, now);
                return true;
            default:
                if (delivery.Outcome == DeliveryOutcome.Refused)
                    Log.Refused(_logger, delivery.Reason ?? "");
                Finish(parcel, delivery, now);
                return false;
        }
    }

    private void Back(Parcel parcel, ChatTraffic chat, long due)
    {
        parcel.Attempts++;
        if (parcel.EditOf is { } edited && !chat.Edits.TryAdd(edited, parcel))
        {
            chat.Count--; // a newer look of the message already waits
            parcel.Complete(Delivery.Dropped);
            return;
        }
        _later.Enqueue(parcel, (due, parcel.Sequence));
    }

    private void Finish(Parcel parcel, Delivery delivery, long now)
    {
        var chat = Traffic(parcel.ChatId, now);
        if (--chat.Count == 0)
            chat.IsBlocked = false;
        if (parcel.EditOf is { } edited && chat.Edits.GetValueOrDefault(edited) == parcel)
            chat.Edits.Remove(edited);
        parcel.Complete(delivery);
    }

    private ChatTraffic Traffic(long chatId, long now)
    {
        if (!_chats.TryGetValue(chatId, out var chat))
            _chats[chatId] = chat = new ChatTraffic(chatId < 0 ? new Bucket(18 / 60.0, 3, now, _clock.TimestampFrequency) : new Bucket(1, 3, now, _clock.TimestampFrequency));
        return chat;
    }

    private void Sweep(long now)
    {
        foreach (var (id, chat) in _chats.Where(c => c.Value is { Count: 0, IsSending: false } && c.Value.PausedUntil <= now).ToList())
            if (chat.Bucket.IsFull(now))
                _chats.Remove(id);
    }

    private void Wake() => _signal.Writer.TryWrite(true);

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _clock.TimestampFrequency);

    private TimeSpan Until(long due, long now) => TimeSpan.FromSeconds(Math.Max(0.001, (due - now) / (double)_clock.TimestampFrequency));

    private static TimeSpan Sooner(TimeSpan? a, TimeSpan b) => a < b ? a.Value : b;

    private static partial class Log
    {
        [LoggerMessage(EventIds.Bot + 10, LogLevel.Warning, "Telegram limits us: the chat pauses for {Seconds} s")]
        public static partial void Limited(ILogger logger, double seconds);

        [LoggerMessage(EventIds.Bot + 11, LogLevel.Warning, "Telegram cannot be written to ({Reason}); messages wait")]
        public static partial void Unreachable(ILogger logger, string reason);

        [LoggerMessage(EventIds.Bot + 12, LogLevel.Error, "Telegram refuses a message: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);

        [LoggerMessage(EventIds.Bot + 13, LogLevel.Warning, "A message could not be composed; it is tried again")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
