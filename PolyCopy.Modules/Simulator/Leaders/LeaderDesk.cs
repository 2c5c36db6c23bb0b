using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Leaders;

/// <summary>A trade that the lab wants a leader to make.</summary>
/// <param name="Price">Ten-thousandths.</param>
/// <param name="IsMaker">The leader's order rested; the stranger took it.</param>
/// <param name="Fills">Into how many fills it falls within the transaction.</param>
/// <param name="Crosses">Against the other outcome: two buyers mint a set, two sellers give one back.</param>
/// <param name="OrderHash">The leader's order, when several trades are to belong to one.</param>
internal sealed record WantedTrade(MarketState Market, int Outcome, Side Side, Shares Shares, int Price, bool IsMaker, int Fills, bool Crosses, string? OrderHash, Address? Counterparty);

/// <summary>Lets leaders trade and move shares on demand: on chain, in the feeds, past every book. Called under the world's gate.</summary>
internal sealed class LeaderDesk(SimWorld world, Books books, SimChain chain, ILeaderRoster roster, MatchFeed feed)
{
    private static readonly Usdc Capital = new(100_000 * Usdc.Scale);

    /// <summary>Settles exactly that fill at that price in the next block.</summary>
    public LeaderTraded Trade(Books.Entry entry, Address leader, WantedTrade wanted)
    {
        var now = world.NowMs;
        var number = entry.Ledger.LeaderTrades.Count;
        var market = wanted.Market.Market;
        var stranger = wanted.Counterparty ?? new Address(SeededIds.Bytes(world.Seed, "counterparty", number).AsSpan(0, Address.Size));
        var order = wanted.OrderHash ?? new Bytes32(SeededIds.Bytes(world.Seed, "leader order", number)).ToString();
        var opposite = wanted.Crosses ? wanted.Side : wanted.Side == Side.Buy ? Side.Sell : Side.Buy;
        var otherOutcome = wanted.Crosses ? 1 - wanted.Outcome : wanted.Outcome;
        var otherPrice = wanted.Crosses ? Price.Scale - wanted.Price : wanted.Price;
        var makers = new List<TradeLeg>();
        var (size, cash) = (0L, 0L);
        for (var i = 0; i < wanted.Fills; i++)
        {
            var part = wanted.Shares.Micros * (i + 1) / wanted.Fills - wanted.Shares.Micros * i / wanted.Fills;
            // The leader's own money is exact; who stands against him gets the rest of the set.
            var leaderCash = Money.CostFloor(part, wanted.Price);
            var strangerCash = wanted.Crosses ? part - leaderCash : leaderCash;
            var strangerOrder = new Bytes32(SeededIds.Bytes(world.Seed, $"counter order {i}", number)).ToString();
            makers.Add(wanted.IsMaker
                ? Leg(market, order, leader, wanted.Outcome, wanted.Side, wanted.Price, part, leaderCash, 0)
                : Leg(market, strangerOrder, stranger, otherOutcome, opposite, otherPrice, part, strangerCash, 0));
            size += part;
            cash += wanted.IsMaker ? strangerCash : leaderCash;
        }
        var taker = wanted.IsMaker
            ? Leg(market, new Bytes32(SeededIds.Bytes(world.Seed, "counter order", number)).ToString(), stranger, otherOutcome, opposite, otherPrice, size, cash, Fees.Of(market.Fees, size, otherPrice))
            : Leg(market, order, leader, wanted.Outcome, wanted.Side, wanted.Price, size, cash, Fees.Of(market.Fees, size, wanted.Price));
        var token = TokenId.Parse(market.TokenIds[wanted.Outcome]);
        var pays = wanted.Side == Side.Buy ? Money.CostFloor(size, wanted.Price) + (wanted.IsMaker ? 0 : taker.Fee) : 0;
        var granted = wanted.Side == Side.Sell ? Math.Max(0, size - Held(leader, token)) : 0;
        var traded = new LeaderTraded(new Bytes32(SeededIds.Bytes(world.Seed, "leader trade", number)).ToString(), market.ConditionId, leader, taker, makers, Funding(leader, pays), granted, now);
        entry.Apply(traded);
        chain.Include(traded);
        feed.Tell(SimChain.FillOf(traded, market));
        return traded;
    }

    /// <summary>Moves shares without a trade. The refusal says what is missing.</summary>
    public (HoldingsMoved? Moved, string? Refusal) Move(Books.Entry entry, Address wallet, MarketState market, MoveKind kind, int outcome, long shares, Address? counterparty)
    {
        if (kind == MoveKind.Convert)
            return Convert(entry, wallet, market, shares);
        var tokens = market.Market.TokenIds.Select(token => TokenId.Parse(token)).ToList();
        var amounts = kind switch
        {
            MoveKind.Split or MoveKind.Merge => [shares, shares],
            MoveKind.Redeem => tokens.Select(token => Held(wallet, token)).ToArray(),
            _ => outcome == 0 ? [shares, 0] : new[] { 0L, shares },
        };
        if (kind == MoveKind.Redeem && market.Phase != MarketPhase.Resolved)
            return (null, "The market is not resolved.");
        var giver = kind == MoveKind.Receive ? counterparty : kind == MoveKind.Split ? null : wallet;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (giver == wallet && Held(wallet, tokens[i]) < amounts[i])
                return (null, $"The wallet holds {new Shares(Held(wallet, tokens[i]))} of {market.Market.Outcomes[i]}.");
        }
        if (amounts.Sum() == 0)
            return (null, "There is nothing to move.");
        var payout = kind == MoveKind.Redeem ? amounts.Select((amount, i) => (long)((Int128)amount * market.Payout(i)!.Value / Usdc.Scale)).Sum() : 0;
        var number = entry.Ledger.Moves.Count;
        var other = kind is MoveKind.Transfer or MoveKind.Receive ? counterparty ?? new Address(SeededIds.Bytes(world.Seed, "mover", number).AsSpan(0, Address.Size)) : default;
        if (kind == MoveKind.Split && Funding(wallet, shares) is > 0 and var missing)
            entry.Apply(new WalletFunded(wallet, missing));
        var moved = new HoldingsMoved(new Bytes32(SeededIds.Bytes(world.Seed, "move", number)).ToString(), market.Market.ConditionId, kind, wallet, other, tokens, amounts, payout, world.NowMs);
        entry.Apply(moved);
        chain.Include(moved);
        return (moved, null);
    }

    /// <summary>No of one market of a neg-risk event is Yes of all its others.</summary>
    private (HoldingsMoved? Moved, string? Refusal) Convert(Books.Entry entry, Address wallet, MarketState market, long shares)
    {
        if (!market.Market.NegRisk)
            return (null, "The market belongs to no neg-risk event.");
        List<TokenId> tokens = [TokenId.Parse(market.Market.TokenIds[1]), .. market.Market.Event.Markets.Where(other => other != market.Market).Select(other => TokenId.Parse(other.TokenIds[0]))];
        if (Held(wallet, tokens[0]) < shares)
            return (null, $"The wallet holds {new Shares(Held(wallet, tokens[0]))} of {market.Market.Outcomes[1]}.");
        var moved = new HoldingsMoved(new Bytes32(SeededIds.Bytes(world.Seed, "move", entry.Ledger.Moves.Count)).ToString(), market.Market.ConditionId, MoveKind.Convert, wallet, default,
            tokens, [.. Enumerable.Repeat(shares, tokens.Count)], 0, world.NowMs);
        entry.Apply(moved);
        chain.Include(moved);
        return (moved, null);
    }

    /// <summary>What the wallet will hold once everything decided so far is mined.</summary>
    public long Held(Address wallet, TokenId token) => (books.Ledger.FindWallet(wallet)?.Find(token)?.Chain ?? 0) + roster.Seeded(wallet, token, SimChain.BlockFor(world.NowMs));

    private long Funding(Address leader, long pays)
    {
        var has = (books.Ledger.FindWallet(leader)?.Cash.Chain ?? 0) + roster.Seeded(leader, default, SimChain.BlockFor(world.NowMs));
        return has >= pays && (has > 0 || books.Ledger.FindWallet(leader) is not null || roster.IsWallet(leader)) ? 0 : Math.Max(Capital.Micros, 2 * pays - has);
    }

    private static TradeLeg Leg(SimMarket market, string order, Address wallet, int outcome, Side side, int price, long size, long cash, long fee) =>
        new(order, null, default, wallet, TokenId.Parse(market.TokenIds[outcome]), outcome, market.Outcomes[outcome], side, price, size, cash, fee);
}
