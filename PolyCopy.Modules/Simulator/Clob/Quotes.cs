using System.Globalization;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>Prices read off a book, in the token's own terms. Read under the gate.</summary>
internal static class Quotes
{
    /// <summary>Half way between bid and ask; null when the book is empty.</summary>
    public static decimal? Mid(MarketState market, int tokenIndex) => (market.Engine.BestBid(tokenIndex), market.Engine.BestAsk(tokenIndex)) switch
    {
        ({ } bid, { } ask) => (bid.ToDecimal() + ask.ToDecimal()) / 2,
        ({ } bid, null) => (bid.ToDecimal() + 1) / 2,
        (null, { } ask) => ask.ToDecimal() / 2,
        _ => null,
    };

    /// <summary>What a share is shown to be worth: the payout, else the middle of the book, else half.</summary>
    public static decimal Worth(MarketState market, int tokenIndex) =>
        market.Payout(tokenIndex) is { } payout ? payout / (decimal)Usdc.Scale : Mid(market, tokenIndex) ?? 0.5m;

    /// <summary>The last print and its taker's side; side is empty when there was none.</summary>
    public static (string Price, string Side) LastTrade(MarketState market, int tokenIndex) => market.LastPrint is not { } print
        ? ("0.5", "")
        : ((print.TokenIndex == tokenIndex ? new Price(print.Price) : new Price(print.Price).Complement).ToString(), print.Side == Side.Buy ? "BUY" : "SELL");

    public static string BidText(MarketState market, int tokenIndex) => market.Engine.BestBid(tokenIndex)?.ToString() ?? "0";

    public static string AskText(MarketState market, int tokenIndex) => market.Engine.BestAsk(tokenIndex)?.ToString() ?? "0";

    public static string MidText(MarketState market, int tokenIndex) => Text(Mid(market, tokenIndex) ?? 0.5m);

    public static string SpreadText(MarketState market, int tokenIndex) =>
        Text((market.Engine.BestAsk(tokenIndex)?.ToDecimal() ?? 1) - (market.Engine.BestBid(tokenIndex)?.ToDecimal() ?? 0));

    private static string Text(decimal value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
