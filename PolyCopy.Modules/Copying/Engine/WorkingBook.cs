using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>A book that is used up: each decision of a pass sees what the earlier ones left.</summary>
internal sealed class WorkingBook
{
    private const int Kept = 5;

    private readonly (Price Price, long Left)[] _asks;
    private readonly (Price Price, long Left)[] _bids;

    /// <param name="book">As it was read.</param>
    /// <param name="buyShare">How much of each ask followers may take, 0 to 1].</param>
    public WorkingBook(BookSnapshot book, decimal buyShare)
    {
        _asks = [.. book.Asks.Where(l => l.Price > Price.Zero && l.Size > Shares.Zero).Select(l => (l.Price, (long)(l.Size.Micros * buyShare)))];
        _bids = [.. book.Bids.Where(l => l.Price > Price.Zero && l.Size > Shares.Zero).Select(l => (l.Price, l.Size.Micros))];
        Seen = new BookSeen([.. book.Bids.Take(Kept).Select(l => new SeenLevel(l.Price, l.Size))], [.. book.Asks.Take(Kept).Select(l => new SeenLevel(l.Price, l.Size))], book.Version, book.At);
        BestBid = _bids.Length == 0 ? null : _bids[0].Price;
        BestAsk = _asks.Length == 0 ? null : _asks[0].Price;
    }

    public BookSeen Seen { get; }

    /// <summary>As it was read, whatever has been taken since.</summary>
    public Price? BestBid { get; }

    public Price? BestAsk { get; }

    /// <summary>pUSD for which asks up to a price are still there, micro-units.</summary>
    public long Offered(Price cap)
    {
        var sum = 0L;
        foreach (var (price, left) in _asks)
        {
            if (price > cap)
                break;
            sum += Value(left, price);
        }
        return sum;
    }

    /// <summary>Takes asks up to a price for an amount.</summary>
    /// <returns>Micro-shares and micro-pUSD.</returns>
    public (long Shares, long Spent) Buy(long amount, Price cap)
    {
        var (got, spent) = (0L, 0L);
        for (var i = 0; i < _asks.Length && _asks[i].Price <= cap && spent < amount; i++)
        {
            var (price, left) = _asks[i];
            var take = (long)Int128.Min(left, (Int128)(amount - spent) * Price.Scale / price.TenThousandths);
            _asks[i].Left -= take;
            got += take;
            spent += Value(take, price);
        }
        return (got, spent);
    }

    /// <summary>Takes bids down to a price, at most so many micro-shares.</summary>
    public (long Shares, long Received) Sell(long shares, Price floor)
    {
        var (sold, received) = (0L, 0L);
        for (var i = 0; i < _bids.Length && _bids[i].Price >= floor && sold < shares; i++)
        {
            var take = Math.Min(_bids[i].Left, shares - sold);
            _bids[i].Left -= take;
            sold += take;
            received += Value(take, _bids[i].Price);
        }
        return (sold, received);
    }

    private static long Value(long shares, Price price) => (long)((Int128)shares * price.TenThousandths / Price.Scale);
}
