namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>Telegram's limits on messages and edits: about one a second in a chat with short bursts, 20 a minute in a group, 30 a second over all chats.</summary>
internal sealed class BotLimits(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Bucket> _chats = [];
    private readonly Bucket _all = new(30, 30);

    /// <exception cref="BotRefusal">429 with retry_after.</exception>
    public void Take(long chatId)
    {
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            if (!_chats.TryGetValue(chatId, out var chat))
                _chats[chatId] = chat = chatId < 0 ? new Bucket(20, 20d / 60) : new Bucket(5, 1);
            var wait = Math.Max(_all.Wait(now, clock), chat.Wait(now, clock));
            if (wait > 0)
                throw BotRefusal.TooMany(Math.Max(1, (int)Math.Ceiling(wait)));
            _all.Spend();
            chat.Spend();
        }
    }

    private sealed class Bucket(double burst, double perSecond)
    {
        private double _spent;
        private long _at;

        /// <summary>Seconds until there is a token again; 0 when there is one.</summary>
        public double Wait(long now, TimeProvider clock)
        {
            if (_at != 0)
                _spent = Math.Max(0, _spent - clock.GetElapsedTime(_at, now).TotalSeconds * perSecond);
            _at = now;
            var missing = _spent + 1 - burst;
            return missing <= 0 ? 0 : missing / perSecond;
        }

        public void Spend() => _spent++;
    }
}
