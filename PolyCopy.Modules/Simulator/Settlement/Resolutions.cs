using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Settlement;

/// <summary>Books the end of markets: open orders are cancelled, shares turn into cash at 1, 0 or 0.5. Called under the world's gate.</summary>
internal sealed class Resolutions(SimWorld world, Books books, CancelDesk cancels)
{
    /// <summary>Raised under the gate after a resolution was booked.</summary>
    public event Action? Booked;

    /// <summary>Resolves on demand. Journalled whoever is concerned: a restart has to know. Of a neg-risk event one child comes true: with it its siblings resolve as No.</summary>
    public void Resolve(MarketState market, int? winner)
    {
        world.Resolve(market, winner);
        Book(market);
        if (!market.Market.NegRisk || winner != 0)
            return;
        foreach (var sibling in market.Market.Event.Markets.Where(m => m != market.Market).Select(m => world.FindCondition(m.ConditionId)).OfType<MarketState>().Where(m => m.Phase != MarketPhase.Resolved))
        {
            world.Resolve(sibling, 1);
            Book(sibling);
        }
    }

    /// <summary>A market resolved by itself. The clock would tell again after a restart, so only what touches somebody is written down.</summary>
    public void OnResolved(MarketState market)
    {
        if (Concerns(market))
            Book(market);
    }

    /// <summary>After a restart: puts what was resolved back into the world, and books what resolved meanwhile.</summary>
    public void Restore()
    {
        var ledger = books.Ledger;
        foreach (var resolved in ledger.Resolved.Values.ToList())
        {
            if (world.FindCondition(resolved.Condition) is { } market)
                world.Resolve(market, resolved.Payouts[0] == resolved.Payouts[1] ? null : resolved.Payouts[0] > resolved.Payouts[1] ? 0 : 1);
        }
        var held = ledger.Wallets.Values.SelectMany(wallet => wallet.Shares.Where(holding => holding.Value.Chain != 0).Select(holding => holding.Key));
        var owed = ledger.Trades.Where(trade => !trade.IsOver).Select(trade => trade.Match.Taker.Token);
        var open = ledger.Accounts.Values.SelectMany(account => account.OpenOrders.Values).Select(order => order.Terms.Token);
        foreach (var token in held.Concat(owed).Concat(open).Distinct().ToList())
        {
            if (world.FindToken(token.Digits) is { Market: { Phase: MarketPhase.Resolved } market })
                Book(market);
        }
    }

    private bool Concerns(MarketState market)
    {
        var tokens = Tokens(market);
        return books.Ledger.Wallets.Values.Any(wallet => tokens.Any(token => wallet.Find(token) is { } holding && (holding.Chain | holding.Active | holding.Matched) != 0))
            || books.Ledger.Accounts.Values.Any(account => account.OpenOrders.Values.Any(order => order.Terms.Condition == market.Market.ConditionId))
            || books.Ledger.Trades.Any(trade => !trade.IsOver && trade.Match.Condition == market.Market.ConditionId);
    }

    private void Book(MarketState market)
    {
        var condition = market.Market.ConditionId;
        if (books.Ledger.Resolved.ContainsKey(condition))
            return;
        using var entry = books.Begin();
        foreach (var order in entry.Ledger.Accounts.Values.SelectMany(account => account.OpenOrders.Values).Where(order => order.Terms.Condition == condition).OrderBy(order => order.Sequence).ToList())
            cancels.Drop(entry, order, OrderState.CANCELED_MARKET_RESOLVED);
        entry.Apply(new MarketResolved(condition, Tokens(market), [market.Payout(0)!.Value, market.Payout(1)!.Value], world.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
        entry.Commit();
        Booked?.Invoke();
    }

    private static List<TokenId> Tokens(MarketState market) => [.. market.Market.TokenIds.Select(token => TokenId.Parse(token))];
}
