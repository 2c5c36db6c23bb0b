namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>One chat. Not thread-safe: the store's lock guards it.</summary>
internal sealed class ChatRoom
{
    private static readonly TimeSpan TypingTime = TimeSpan.FromSeconds(5);

    private readonly SortedList<int, ChatMessage> _messages = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _revision;
    private long? _typingSince;
    private (long Id, string Text, bool Alert)? _toast;

    /// <summary>The highest id there ever was.</summary>
    public int LastId { get; private set; }

    public IEnumerable<ChatMessage> Messages => _messages.Values;

    /// <summary>Ends at the next change.</summary>
    public Task Changed => _changed.Task;

    public ChatMessage? Find(int id) => _messages.GetValueOrDefault(id);

    public void Keep(ChatMessage message, int most)
    {
        _messages[message.Id] = message;
        LastId = Math.Max(LastId, message.Id);
        if (message.FromBot)
            _typingSince = null;
        while (_messages.Count > most)
            _messages.RemoveAt(0);
        Touch();
    }

    public void Remove(IReadOnlyList<int> ids)
    {
        foreach (var id in ids)
            _messages.Remove(id);
        Touch();
    }

    public void Toast(string text, bool alert)
    {
        _toast = (_revision + 1, text, alert);
        Touch();
    }

    public void Typing(long now)
    {
        _typingSince = now;
        Touch();
    }

    public RoomView View(TimeProvider clock)
    {
        var left = _typingSince is { } since ? TypingTime - clock.GetElapsedTime(since) : TimeSpan.Zero;
        return new RoomView(_revision, left, _toast, [.. _messages.Values]);
    }

    private void Touch()
    {
        _revision++;
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <param name="Revision">Grows with every change; starts anew when the simulator does.</param>
/// <param name="TypingLeft">How long "typing…" still shows; zero or less: it does not.</param>
internal sealed record RoomView(long Revision, TimeSpan TypingLeft, (long Id, string Text, bool Alert)? Toast, IReadOnlyList<ChatMessage> Messages);
