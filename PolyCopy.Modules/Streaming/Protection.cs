using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Streaming;

/// <summary>Knows which tokens have armed exits and tells the listeners when these lose their live price and when it is back.</summary>
internal sealed class Protection(IEnumerable<IInterestSource> sources, FeedEvents events, TimeProvider clock, ILogger<Protection> logger)
{
    // A reconnect of a second is nobody's news.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(5);

    private readonly Dictionary<TokenId, string> _unprotected = []; // as of the last look, with the reason
    private readonly Dictionary<TokenId, long> _lostAt = [];
    private readonly HashSet<TokenId> _told = [];
    private IReadOnlySet<TokenId> _armed = new HashSet<TokenId>();
    private long _readAt;
    private volatile bool _wantsRead;

    /// <summary>Tokens with armed exits whose price is not live although their owners have been told it would be.</summary>
    public int Lost => _told.Count;

    /// <summary>What a sweep found.</summary>
    public void Know(IReadOnlySet<TokenId> armed) => Volatile.Write(ref _armed, armed);

    /// <summary>Reads the armed tokens anew when a look found live prices missing: exits are armed between sweeps too. Apart from <see cref="Look"/>, which must not wait for a database.</summary>
    public async Task RefreshAsync(CancellationToken ct)
    {
        if (!_wantsRead || (_readAt != 0 && clock.GetElapsedTime(_readAt) < ReadEvery))
            return;
        _readAt = clock.GetTimestamp();
        await ReadAsync(ct);
    }

    /// <summary>Marks the armed books and tells what changed.</summary>
    public void Look(IReadOnlyList<Shard> shards)
    {
        var now = clock.GetTimestamp();
        var armed = Volatile.Read(ref _armed);
        var wantsRead = false;
        _unprotected.Clear();
        foreach (var shard in shards)
        {
            foreach (var market in shard.Markets)
            {
                foreach (var book in market.Books)
                {
                    book.Armed = armed.Contains(book.Token);
                    if (book.IsLive)
                        continue;
                    wantsRead |= !book.ToldMissing;
                    if (book.Armed)
                        _unprotected[book.Token] = shard.Fault ?? FeedFaults.NoBook.English;
                }
            }
        }
        _wantsRead = wantsRead;
        if (_unprotected.Count > 0 || _lostAt.Count > 0 || _told.Count > 0)
            Tell(now);
    }

    private void Tell(long now)
    {
        foreach (var token in _lostAt.Keys.Where(t => !_unprotected.ContainsKey(t)).ToArray())
            _lostAt.Remove(token);
        foreach (var token in _unprotected.Keys)
            _lostAt.TryAdd(token, now);
        var lost = _unprotected.Where(u => !_told.Contains(u.Key) && clock.GetElapsedTime(_lostAt[u.Key], now) >= Grace);
        foreach (var group in lost.GroupBy(l => l.Value, l => l.Key).ToArray())
        {
            var tokens = group.ToArray();
            _told.UnionWith(tokens);
            StreamLog.ProtectionLost(logger, tokens.Length, group.Key);
            events.Protection(tokens, false, group.Key);
        }
        var back = _told.Where(t => !_unprotected.ContainsKey(t)).ToArray();
        if (back.Length == 0)
            return;
        _told.ExceptWith(back);
        StreamLog.ProtectionBack(logger, back.Length);
        events.Protection(back, true, "live again");
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        var armed = new HashSet<TokenId>();
        foreach (var source in sources)
        {
            try
            {
                foreach (var (_, tokens) in await source.InterestAsync(ct))
                    armed.UnionWith(tokens);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                // Without the database the last known ones stay armed.
                StreamLog.SweepFailed(logger, source.GetType().Name, e.Message);
                armed.UnionWith(_armed);
            }
        }
        Know(armed);
    }
}
