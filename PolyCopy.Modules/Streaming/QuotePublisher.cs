using System.Runtime.CompilerServices;

namespace PolyCopy.Modules.Streaming;

/// <summary>Writes a book's quote to the board and tells the listeners in their order, on the calling thread.</summary>
internal sealed class QuotePublisher(QuoteBoard board, IEnumerable<IQuoteListener> listeners, FeedCounters counters)
{
    private readonly IQuoteListener[] _listeners = [.. listeners.OrderBy(l => l.Order)];

    /// <summary>Only under the gate of the book's shard.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Publish(Book book)
    {
        var quote = book.Quote();
        board.Write(quote);
        book.Market.Updates++;
        foreach (var listener in _listeners)
        {
            try
            {
                listener.OnQuote(quote);
            }
            catch (Exception e)
            {
                // One listener's bug must not keep the others from their quote, nor end the connection.
                counters.ListenerFailed(listener, e);
            }
        }
    }
}
