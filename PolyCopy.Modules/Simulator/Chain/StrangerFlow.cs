using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>Prints of the tape in which no user took part are settled too, between wallets nobody knows.</summary>
internal static class StrangerFlow
{
    /// <summary>The transaction of a print; its hash is the one the tape showed.</summary>
    public static (FillTx Fill, long Block) Of(long seed, MarketState market, Print print, long now)
    {
        var token = TokenId.Parse(market.Market.TokenIds[print.TokenIndex]);
        var outcome = market.Market.Outcomes[print.TokenIndex];
        var cash = Money.CostFloor(print.Size, print.Price);
        TradeLeg Leg(string role, Side side, long fee)
        {
            var bytes = SeededIds.Bytes(seed, role, print.MatchId);
            return new TradeLeg(new Bytes32(bytes).ToString(), null, default, new Address(bytes.AsSpan(0, Address.Size)), token, print.TokenIndex, outcome, side, print.Price, print.Size, cash, fee);
        }
        var taker = Leg("taker 0", print.Side, Fees.Of(market.Market.Fees, print.Size, print.Price));
        var maker = Leg("maker 0", print.Side == Side.Buy ? Side.Sell : Side.Buy, 0);
        var (mineAt, _) = SettlementTimes.For(seed, print.MatchId, attempt: 0, now);
        return (new FillTx(print.TransactionHash, now, market.Market, taker, [maker]), SimChain.BlockFor(mineAt));
    }
}
