using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Positions.Pricing;

/// <summary>What a share brings now: the trigger bid of a book one can believe. An empty, crossed or ghost book (1 and 99 cents) says nothing; then the last price stands.</summary>
internal static class LivePrice
{
    public static Price? Of(IQuoteBoard board, TokenId token) => board.TryRead(token, out var quote) && IsMeant(quote) ? quote.TriggerBid : null;

    public static bool IsMeant(in Quote quote) => quote.Trust is QuoteTrust.Live or QuoteTrust.Rest;

    /// <summary>A market's display price of one outcome: between bid and ask, else the side there is.</summary>
    public static decimal? Display(in Quote quote) =>
        quote.Mid ?? (quote.BestBid > Price.Zero ? quote.BestBid.ToDecimal() : quote.BestAsk < Price.One ? quote.BestAsk.ToDecimal() : null);
}
