using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>The present price and book for those who arm exits: the board where the token is followed, else the venue.</summary>
internal sealed class ExitPrices(IQuoteBoard board, IMarketData venue)
{
    /// <summary>The trigger bid and the bids best first; what is not known is null.</summary>
    public async Task<(Price? Bid, IReadOnlyList<Level>? Bids)> NowAsync(Market market, TokenId token, CancellationToken ct)
    {
        if (board.TryRead(token, out var quote) && quote.Trust is QuoteTrust.Live or QuoteTrust.Rest && board.Depth(token) is { } depth)
            return (quote.TriggerBid, depth.Bids);
        try
        {
            if (await venue.BookAsync(token, ct) is { } snapshot)
                return (ExitSizing.TriggerBid(snapshot.Bids, snapshot.MinOrderSize), snapshot.Bids);
        }
        catch (VenueException)
        {
            // the venue is away: the catalogue's last price has to do
        }
        var index = market.TokenIndex(token);
        return index >= 0 && index < market.Prices.Count ? (new Price((int)decimal.Round(market.Prices[index] * Price.Scale)), null) : (null, null);
    }
}
