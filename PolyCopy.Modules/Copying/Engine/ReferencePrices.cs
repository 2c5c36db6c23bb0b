using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>The market's own price before a leader moved it: the median ask of the ten minutes before his trade, from our own quotes or else from the venue's price history.</summary>
internal sealed partial class ReferencePrices(IQuoteBoard board, IMarketData venue, TimeProvider clock, ILogger<ReferencePrices> logger)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    /// <summary>How long a price counts as moved by a trade of the leader.</summary>
    private static readonly TimeSpan Wake = TimeSpan.FromMinutes(1);

    /// <summary>Own quotes count once they cover some of the window.</summary>
    private const int Least = 6;

    private readonly ConcurrentDictionary<TokenId, Queue<PricePoint>> _asks = new();

    /// <summary>Keeps the present ask of each token; called every ten seconds.</summary>
    public void Sample(IEnumerable<TokenId> tokens)
    {
        var now = clock.GetUtcNow();
        foreach (var token in tokens)
        {
            if (!board.TryRead(token, out var quote) || quote.Trust is not (QuoteTrust.Live or QuoteTrust.Rest) || quote.BestAsk >= Price.One)
                continue;
            var asks = _asks.GetOrAdd(token, _ => new Queue<PricePoint>());
            lock (asks)
            {
                asks.Enqueue(new PricePoint(now, quote.BestAsk.ToDecimal()));
                while (asks.Peek().At < now - Window - Window)
                    asks.Dequeue();
            }
        }
    }

    /// <summary>The reference before a trade; null when neither source has one.</summary>
    /// <param name="token">What would be bought.</param>
    /// <param name="before">When the leader traded.</param>
    /// <param name="moved">His trades in this market: prices just after them are left out.</param>
    /// <param name="ct">Cancels the read.</param>
    public async Task<(decimal Price, string Source)?> BeforeAsync(TokenId token, DateTimeOffset before, IReadOnlyList<DateTimeOffset> moved, CancellationToken ct)
    {
        if (_asks.TryGetValue(token, out var own))
        {
            List<PricePoint> points;
            lock (own)
                points = [.. own];
            if (Median(points, before, moved, Least) is { } quoted)
                return (quoted, "quotes");
        }
        try
        {
            var history = await venue.HistoryAsync(token, "1h", 1, ct);
            return Median(history, before, moved, 1) is { } price ? (price, "history") : null;
        }
        catch (VenueException e)
        {
            Log.NotRead(logger, token.Digits, e.Failure);
            return null;
        }
    }

    internal static decimal? Median(IReadOnlyList<PricePoint> points, DateTimeOffset before, IReadOnlyList<DateTimeOffset> moved, int least)
    {
        var prices = points.Where(p => p.At < before && p.At >= before - Window && !moved.Any(m => p.At >= m && p.At < m + Wake)).Select(p => p.Price).Order().ToList();
        if (prices.Count < least)
            return null;
        var middle = prices.Count / 2;
        return prices.Count % 2 == 1 ? prices[middle] : (prices[middle - 1] + prices[middle]) / 2;
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Copying + 11, LogLevel.Warning, "The price history of {Token} cannot be read for a copy: {Failure}")]
        public static partial void NotRead(ILogger logger, string token, VenueFailure failure);
    }
}
