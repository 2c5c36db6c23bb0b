namespace PolyCopy.Modules.Markets;

/// <summary>Takes the prices that came by WebSocket: in memory at once, in the table with source 'ws' by one set-based statement.</summary>
public interface IMarketPrices
{
    /// <summary>Prices of any number of markets, at most one each. Unknown markets, and prices older than what the market has, are left out.</summary>
    Task WriteAsync(IReadOnlyList<MarketPrice> prices, CancellationToken ct);
}

/// <summary>What a market's outcomes are worth now.</summary>
/// <param name="MarketId">Gamma id.</param>
/// <param name="OutcomePrices">0 to 1, by outcome index.</param>
/// <param name="Mid">Mid price of the first outcome; null when a side of its book is empty.</param>
/// <param name="At">When the frame was received.</param>
public sealed record MarketPrice(string MarketId, IReadOnlyList<decimal> OutcomePrices, decimal? Mid, DateTimeOffset At);
