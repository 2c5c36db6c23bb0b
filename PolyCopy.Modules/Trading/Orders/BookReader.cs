using System.Collections.Concurrent;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>The book an order would meet: the followed one while it is trusted, else the venue's answer, at most a second old.</summary>
internal sealed class BookReader(IQuoteBoard board, IMarketData venue, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    // a burst of previews asks once per token; cleared when it has grown, since most tokens are looked at once
    private const int Remembered = 1_000;

    private readonly ConcurrentDictionary<TokenId, (DateTimeOffset At, Task<BookSnapshot?> Book)> _recent = new();

    /// <returns>Null: the venue has no book for the token.</returns>
    /// <exception cref="VenueException">It cannot be read now.</exception>
    public async ValueTask<BookSnapshot?> ReadAsync(TokenId token, CancellationToken ct)
    {
        if (board.Depth(token) is { } depth)
            return depth;
        var now = clock.GetUtcNow();
        if (_recent.TryGetValue(token, out var recent) && now - recent.At <= Fresh && !recent.Book.IsFaulted)
            return await recent.Book.WaitAsync(ct);
        if (_recent.Count > Remembered)
            _recent.Clear();
        var read = venue.BookAsync(token, CancellationToken.None); // shared: one caller's impatience is not another's
        _recent[token] = (now, read);
        return await read.WaitAsync(ct);
    }
}
