using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.Sockets;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>Turns what the engine matched into trades of the ledger, frames for both sides and settlements to come. Called under the world's gate.</summary>
internal sealed class TradeBooking(SimWorld world, Settler settler, UserFeed feed, Providers providers)
{
    /// <summary>Raised under the gate for each match of a user.</summary>
    public event Action<VenueTrade>? Booked;

    /// <summary>Books a user's taking: one trade per price level.</summary>
    public List<VenueTrade> BookTaker(Books.Entry entry, MarketState market, VenueOrder taker, IReadOnlyList<EngineFill> fills)
    {
        var room = taker.Terms.FeeRoom;
        var trades = new List<VenueTrade>();
        foreach (var level in Levels(fills))
        {
            var first = level[0];
            var (size, cash) = (level.Sum(fill => fill.Size), level.Sum(fill => fill.TakerPusd));
            var fee = Fees.Of(market.Market.Fees, size, first.TakerPrice);
            if (taker.Terms.Side == Side.Buy)
                room -= fee = Math.Min(fee, room); // each level rounds on its own; nobody pays more than was reserved
            var terms = taker.Terms;
            var leg = new TradeLeg(taker.Id, terms.ApiKey, terms.Account, terms.Wallet, terms.Token, terms.OutcomeIndex, terms.Outcome, terms.Side, first.TakerPrice, size, cash, fee);
            trades.Add(Book(entry, market, leg, level));
        }
        return trades;
    }

    /// <summary>Books simulated flow that met users' resting orders.</summary>
    public void BookMakers(Books.Entry entry, MarketState market, SimulatedTaker taker)
    {
        foreach (var level in Levels(taker.Fills))
        {
            var first = level[0];
            var (order, wallet) = Stranger(entry.Ledger, "taker", first.MatchId, 0);
            var leg = new TradeLeg(order, null, default, wallet, Token(market, taker.TokenIndex), taker.TokenIndex, market.Market.Outcomes[taker.TokenIndex],
                taker.Side, first.TakerPrice, level.Sum(fill => fill.Size), level.Sum(fill => fill.TakerPusd), 0);
            Book(entry, market, leg, level);
        }
    }

    /// <summary>Tells the owner about an order: UPDATE or CANCELLATION with its present state, or the given free text.</summary>
    public void Announce(Books.Entry entry, VenueOrder order, string type, string? status = null) =>
        Send(entry, order, Wire.OrderFrame(order, type, status ?? order.State.ToString(), Now));

    /// <summary>Tells the owner that a FOK or FAK was killed.</summary>
    public void AnnounceKill(Books.Entry entry, VenueOrder order, string reason) => Send(entry, order, Wire.KillFrame(order, reason, Now));

    private long Now => world.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static IEnumerable<List<EngineFill>> Levels(IReadOnlyList<EngineFill> fills)
    {
        List<EngineFill> level = [];
        foreach (var fill in fills)
        {
            if (level.Count > 0 && level[0].MatchId != fill.MatchId)
            {
                yield return level;
                level = [];
            }
            level.Add(fill);
        }
        if (level.Count > 0)
            yield return level;
    }

    private void Send(Books.Entry entry, VenueOrder order, byte[] frame) => entry.Afterwards(() => feed.Send(order.Terms.Account, order.Terms.Condition, frame));

    private VenueTrade Book(Books.Entry entry, MarketState market, TradeLeg taker, List<EngineFill> level)
    {
        var number = entry.Ledger.Trades.Count;
        var at = Now;
        var (plan, fromNext, mineAt, confirmAt) = settler.PlanNext(number, at);
        var makers = new TradeLeg[level.Count];
        for (var i = 0; i < makers.Length; i++)
            makers[i] = Maker(entry.Ledger, market, level[i], i);
        var id = SeededIds.Uuid(SeededIds.Bytes(entry.Ledger.Seed, "trade", number));
        entry.Apply(new TradeMatched(id, market.Market.ConditionId, taker, makers, level[0].TransactionHash, at, plan, fromNext, mineAt, confirmAt));
        var trade = entry.Ledger.Trades[number];
        settler.Announce(entry, trade);
        settler.Schedule(trade);
        Booked?.Invoke(trade);
        foreach (var fill in level)
        {
            if (fill.MakerHash is null)
                continue;
            var order = entry.Ledger.FindOrder(fill.MakerHash)!;
            if (fill.MakerRemaining == 0)
                entry.Apply(new OrderEnded(order.Id, OrderState.MATCHED, null));
            Announce(entry, order, "UPDATE");
        }
        return trade;
    }

    private TradeLeg Maker(Ledger ledger, MarketState market, EngineFill fill, int index)
    {
        var token = Token(market, fill.MakerTokenIndex);
        if (fill.MakerHash is { } hash)
        {
            var terms = ledger.FindOrder(hash)!.Terms;
            return new TradeLeg(hash, terms.ApiKey, terms.Account, terms.Wallet, token, terms.OutcomeIndex, terms.Outcome, fill.MakerSide, fill.MakerPrice, fill.Size, fill.MakerPusd, 0);
        }
        var (order, wallet) = Stranger(ledger, "maker", fill.MatchId, index);
        wallet = providers.Of(market.Market.ConditionId) ?? wallet;
        return new TradeLeg(order, null, default, wallet, token, fill.MakerTokenIndex, market.Market.Outcomes[fill.MakerTokenIndex], fill.MakerSide, fill.MakerPrice, fill.Size, fill.MakerPusd, 0);
    }

    private static TokenId Token(MarketState market, int index) => TokenId.Parse(market.Market.TokenIds[index]);

    /// <summary>The order id and wallet under which the venue's own liquidity appears.</summary>
    private static (string Order, Address Wallet) Stranger(Ledger ledger, string role, long match, int index)
    {
        var bytes = SeededIds.Bytes(ledger.Seed, $"{role} {index}", match);
        return (new Bytes32(bytes).ToString(), new Address(bytes.AsSpan(0, Address.Size)));
    }
}
