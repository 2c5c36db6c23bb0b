namespace PolyCopy.Modules.Simulator.World;

/// <summary>The markets by their names. Used under the gate; the list is replaced whole, so readers keep what they took.</summary>
internal sealed class MarketDirectory
{
    private readonly Dictionary<string, MarketState> _conditions = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, (MarketState Market, int TokenIndex)> _tokens = [];
    private volatile MarketState[] _listed = [];

    /// <summary>Markets in listings, oldest first.</summary>
    public IReadOnlyList<MarketState> Listed => _listed;

    public MarketState? ByCondition(string conditionId) => _conditions.GetValueOrDefault(conditionId);

    public (MarketState Market, int TokenIndex)? ByToken(string tokenId) => _tokens.TryGetValue(tokenId, out var found) ? found : null;

    public void Add(MarketState market)
    {
        Remember(market);
        _listed = [.. _listed, market];
    }

    /// <summary>Known by its ids, in no listing.</summary>
    public void Remember(MarketState market)
    {
        _conditions[market.Market.ConditionId] = market;
        for (var i = 0; i < market.Market.TokenIds.Count; i++)
            _tokens[market.Market.TokenIds[i]] = (market, i);
    }

    /// <summary>Out of the listings; forgotten too when it ended as its model says, because then it can be made again.</summary>
    public void Unlist(MarketState market)
    {
        _listed = [.. _listed.Where(m => m != market)];
        if (market.Market.Model is not UpOrDown slot || market.Winner != (slot.WentUp ? 0 : 1))
            return;
        _conditions.Remove(market.Market.ConditionId);
        foreach (var token in market.Market.TokenIds)
            _tokens.Remove(token);
    }
}
