using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Data;

/// <summary>A wallet's holding of one token as the Data API reckons it: average cost, money in pUSD.</summary>
internal sealed class TokenHolding(SimMarket market, int outcome)
{
    public SimMarket Market => market;
    public int Outcome => outcome;
    public string Token => market.TokenIds[outcome];

    /// <summary>micro-shares held.</summary>
    public long Size { get; private set; }

    /// <summary>micro-shares ever bought.</summary>
    public long Bought { get; private set; }

    /// <summary>pUSD ever paid for what was bought.</summary>
    public decimal Paid { get; private set; }

    /// <summary>pUSD paid for what is held, without fees.</summary>
    public decimal Cost { get; private set; }
    public decimal Fees { get; private set; }
    public decimal Realized { get; private set; }
    public long FirstAt { get; private set; }
    public long LastAt { get; private set; }

    /// <summary>What a share cost on average.</summary>
    public decimal Average => Size > 0 ? Cost / new Shares(Size).ToDecimal() : Bought > 0 ? Paid / new Shares(Bought).ToDecimal() : 0;

    public void Add(long size, decimal cost, decimal fee, long at)
    {
        Touch(at);
        Size += size;
        Bought += size;
        Cost += cost;
        Paid += cost;
        Fees += fee;
        Realized -= fee;
    }

    /// <param name="proceeds">Null: they left without money.</param>
    public void Take(long size, decimal? proceeds, long at)
    {
        Touch(at);
        var cost = Size > 0 ? Cost * Math.Min(size, Size) / Size : 0;
        Realized += (proceeds ?? cost) - cost;
        Cost -= cost;
        Size -= size;
    }

    private void Touch(long at)
    {
        FirstAt = FirstAt == 0 ? at : FirstAt;
        LastAt = at;
    }
}

/// <summary>Folds a wallet's transactions.</summary>
internal static class Holdings
{
    /// <summary>Every token the wallet ever touched, and the pUSD that flowed in and out by trades, moves and redemptions.</summary>
    public static (Dictionary<string, TokenHolding> Tokens, decimal Flow, decimal Volume) Of(Address wallet, IEnumerable<(ChainTx Tx, long Block)> history)
    {
        var tokens = new Dictionary<string, TokenHolding>();
        var (flow, volume) = (0m, 0m);
        foreach (var (tx, block) in history)
        {
            var at = SettlementTimes.TimeOf(block) / 1000;
            flow += new Usdc(tx.Change(wallet, default)).ToDecimal();
            switch (tx)
            {
                case FillTx fill:
                    if (fill.Grant is { } grant && grant.To == wallet)
                        Of(tokens, fill.Market, grant.Token).Add(grant.Amount, 0, 0, at);
                    foreach (var leg in fill.Makers.Prepend(fill.Taker).Where(leg => leg.Wallet == wallet))
                    {
                        volume += new Shares(leg.Size).ToDecimal();
                        var holding = Of(tokens, fill.Market, leg.Token);
                        var (cash, fee) = (new Usdc(leg.Cash).ToDecimal(), new Usdc(leg.Fee).ToDecimal());
                        if (leg.Side == Side.Buy)
                            holding.Add(leg.Size, cash, fee, at);
                        else
                            holding.Take(leg.Size, cash - fee, at);
                    }
                    break;
                case MoveTx { Kind: MoveKind.Convert } converted:
                    Of(tokens, converted.Market, TokenId.Parse(converted.Market.TokenIds[1])).Take(converted.Amounts[1], null, at);
                    foreach (var other in converted.Gets)
                        Of(tokens, other, TokenId.Parse(other.TokenIds[0])).Add(converted.Amounts[1], 0, 0, at);
                    break;
                case MoveTx move:
                    for (var i = 0; i < move.Amounts.Count; i++)
                    {
                        if (move.Amounts[i] > 0)
                            Move(Of(tokens, move.Market, TokenId.Parse(move.Market.TokenIds[i])), move, wallet, i, at);
                    }
                    break;
            }
        }
        return (tokens, flow, volume);
    }

    private static void Move(TokenHolding holding, MoveTx move, Address wallet, int outcome, long at)
    {
        var shares = new Shares(move.Amounts[outcome]).ToDecimal();
        var total = new Shares(move.Amounts.Sum()).ToDecimal();
        var comes = move.Kind == MoveKind.Split || (move.Kind == MoveKind.Receive && move.Wallet == wallet) || (move.Kind == MoveKind.Transfer && move.Counterparty == wallet);
        if (comes)
            holding.Add(move.Amounts[outcome], move.Kind == MoveKind.Split ? shares / 2 : 0, 0, at);
        else
            holding.Take(move.Amounts[outcome], move.Kind switch { MoveKind.Merge => shares / 2, MoveKind.Redeem => new Usdc(move.Payout).ToDecimal() * shares / total, _ => null }, at);
    }

    private static TokenHolding Of(Dictionary<string, TokenHolding> tokens, SimMarket market, TokenId token)
    {
        if (!tokens.TryGetValue(token.Digits, out var holding))
            tokens[token.Digits] = holding = new TokenHolding(market, token.Digits == market.TokenIds[0] ? 0 : 1);
        return holding;
    }
}
