using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Streaming;

/// <summary>Knows which tokens have armed exits and tells the listeners when these lose their live price and when it is back.</summary>
internal sealed class Protection(IEnumerable<IInterestSource> sources, FeedEvents events, TimeProvider clock, ILogger<Protection> logger)
{
    // A reconnect of a second is nobody's news.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(5);

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
        var books = shards.SelectMany(s => s.Markets.SelectMany(m => m.Books, (_, b) => (Shard: s, Book: b))).ToArray();
        var now = clock.GetTimestamp();
        _wantsRead = books.Any(b => !b.Book.IsLive && !b.Book.ToldMissing);
        var armed = Volatile.Read(ref _armed);
        var lost = new Dictionary<TokenId, string>();
        var back = new HashSet<TokenId>(_told);
        foreach (var (shard, book) in books)
        {
            book.Armed = armed.Contains(book.Token);
            if (!book.Armed || book.IsLive)
            {
                _lostAt.Remove(book.Token);
                continue;
            }
            back.Remove(book.Token);
            if (_lostAt.TryAdd(book.Token, now) || clock.GetElapsedTime(_lostAt[book.Token], now) < Grace || _told.Contains(book.Token))
                continue;
            lost[book.Token] = shard.Fault ?? "no book from the feed";
        }
        Tell(lost, back);
    }

    private void Tell(Dictionary<TokenId, string> lost, HashSet<TokenId> back)
    {
        foreach (var group in lost.GroupBy(l => l.Value, l => l.Key))
        {
            var tokens = group.ToArray();
            _told.UnionWith(tokens);
            StreamLog.ProtectionLost(logger, tokens.Length, group.Key);
            events.Protection(tokens, false, group.Key);
        }
        if (back.Count > 0)
        {
            _told.ExceptWith(back);
            StreamLog.ProtectionBack(logger, back.Count);
            events.Protection(back, true, "live again");
        }
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
