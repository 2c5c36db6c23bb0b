using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Matching;

/// <summary>
/// One market's book, kept in terms of outcome 0 (a BUY of outcome 1 at q is an offer at 1 - q).
/// Every member is called under the world's gate; nothing here waits.
/// </summary>
internal sealed class MatchingEngine
{
    /// <summary>Matches, then rests what may rest.</summary>
    public PlaceResult Place(EngineOrder order) => new(PlaceStatus.Killed, 0, 0, 0, [], $"order {order.Hash} is invalid");

    /// <summary>True when an order with these amounts would meet something now (the "marketable" of the venue's rules).</summary>
    public bool IsMarketable(EngineOrder order) => false;

    /// <summary>Takes a resting order off the book; false when it does not rest.</summary>
    public bool Cancel(string hash) => false;

    /// <summary>The resting order, or null.</summary>
    public RestingOrder? Find(string hash) => null;

    /// <summary>All resting orders, oldest first.</summary>
    public IReadOnlyList<RestingOrder> OpenOrders => [];

    /// <summary>Best bid of the outcome's token; null when that side is empty.</summary>
    public Price? BestBid(int tokenIndex) => null;

    /// <summary>Best ask of the outcome's token; null when that side is empty.</summary>
    public Price? BestAsk(int tokenIndex) => null;
}
