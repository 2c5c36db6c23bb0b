using System.Globalization;
using System.Text.Json.Nodes;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>Updates the bot has not confirmed, and the one poll that may wait for them. A second poll ends the first with a conflict, as at Telegram.</summary>
internal sealed class UpdateQueue
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30); // Telegram publishes no figure

    private readonly Lock _lock = new();
    private readonly SortedList<int, string> _pending = [];
    private readonly Dictionary<string, (long ChatId, long At)> _presses = [];
    private Poll? _poll;
    private int _lastId = 100_000;

    /// <summary>The number before the colon of the token used last.</summary>
    public long BotId { get; set; } = 1;

    public int PendingCount
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    public UpdateQueued Next(JsonObject body)
    {
        lock (_lock)
            return Numbered(_lastId + 1, body);
    }

    public (string Id, UpdateQueued Update) NextPress(long chatId, long at, Func<string, JsonObject> body)
    {
        lock (_lock)
        {
            var next = _lastId + 1;
            // unknown after a restart, and so too old: as at Telegram
            var id = string.Create(CultureInfo.InvariantCulture, $"{chatId}{next:D10}");
            _presses[id] = (chatId, at);
            return (id, Numbered(next, body(id)));
        }
    }

    /// <summary>What a poll with that offset confirms; null: nothing. A negative offset keeps only that many of the newest.</summary>
    public UpdatesConfirmed? Confirmed(int offset)
    {
        lock (_lock)
        {
            if (offset < 0)
                offset = _pending.Count + offset > 0 ? _pending.Keys[_pending.Count + offset] : 0;
            return _pending.Count > 0 && offset > _pending.Keys[0] ? new UpdatesConfirmed(offset) : null;
        }
    }

    public void Apply(ChatChange change)
    {
        lock (_lock)
        {
            switch (change)
            {
                case UpdateQueued queued:
                    _pending[queued.Id] = queued.Body;
                    _lastId = Math.Max(_lastId, queued.Id);
                    break;
                case UpdatesConfirmed confirmed:
                    while (_pending.Count > 0 && _pending.Keys[0] < confirmed.Offset)
                        _pending.RemoveAt(0);
                    break;
            }
        }
    }

    public Poll Begin()
    {
        lock (_lock)
        {
            _poll?.Conflict();
            return _poll = new Poll(this);
        }
    }

    public void End(Poll poll)
    {
        lock (_lock)
        {
            if (_poll == poll)
                _poll = null;
        }
    }

    /// <summary>Wakes the poll that waits.</summary>
    public void Announce()
    {
        lock (_lock)
            _poll?.Wake();
    }

    /// <summary>The chat of a press that may still be answered; once.</summary>
    public long? Answer(string callbackId, TimeProvider clock)
    {
        lock (_lock)
            return _presses.Remove(callbackId, out var press) && clock.GetElapsedTime(press.At) <= AnswerTime ? press.ChatId : null;
    }

    private static UpdateQueued Numbered(int id, JsonObject body)
    {
        body.Insert(0, "update_id", id);
        return new UpdateQueued(id, body.ToJsonString());
    }

    private List<string> First(int limit)
    {
        lock (_lock)
            return [.. _pending.Values.Take(limit)];
    }

    /// <summary>One getUpdates.</summary>
    internal sealed class Poll(UpdateQueue queue)
    {
        private readonly TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Wake() => _signal.TrySetResult();

        public void Conflict() => _signal.TrySetException(BotRefusal.Conflict());

        public async Task<IReadOnlyList<string>> TakeAsync(int limit, TimeSpan wait, TimeProvider clock, CancellationToken ct)
        {
            if (queue.First(limit) is { Count: > 0 } ready)
                return ready;
            if (wait > TimeSpan.Zero)
            {
                try
                {
                    await _signal.Task.WaitAsync(wait, clock, ct);
                }
                catch (TimeoutException)
                {
                    // an empty list, as it should be
                }
            }
            return queue.First(limit);
        }
    }
}
