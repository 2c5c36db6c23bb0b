using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>The books that copies meet. For a second a book is one and the same object, so that trades close together see what the earlier ones took.</summary>
internal sealed partial class CopyBooks(IQuoteBoard board, IMarketData venue, CopyingOptions options, TimeProvider clock, ILogger<CopyBooks> logger)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    // cleared when it has grown: most tokens are looked at once
    private const int Remembered = 1_000;

    private readonly ConcurrentDictionary<TokenId, (DateTimeOffset At, WorkingBook Book)> _recent = new();

    /// <summary>Null: there is no book, or it cannot be read now.</summary>
    public async Task<WorkingBook?> ReadAsync(TokenId token, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (_recent.TryGetValue(token, out var recent) && now - recent.At < Fresh)
            return recent.Book;
        try
        {
            if ((board.Depth(token) ?? await venue.BookAsync(token, ct)) is not { } book)
                return null;
            if (_recent.Count >= Remembered)
                _recent.Clear();
            var working = new WorkingBook(book, options.DepthShare);
            _recent[token] = (now, working);
            return working;
        }
        catch (VenueException e)
        {
            Log.NotRead(logger, token.Digits, e.Failure);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 10, LogLevel.Warning, "The book of {Token} cannot be read for a copy: {Failure}")]
        public static partial void NotRead(ILogger logger, string token, VenueFailure failure);
    }
}
