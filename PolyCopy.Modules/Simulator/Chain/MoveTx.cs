using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>A change of a wallet's holdings that is no trade: transfer, split, merge, redemption.</summary>
/// <param name="Amounts">micro-shares by outcome.</param>
/// <param name="Payout">micro-pUSD a redemption pays.</param>
internal sealed record MoveTx(string Hash, long MatchedMs, SimMarket Market, MoveKind Kind, Address Wallet, Address Counterparty, IReadOnlyList<long> Amounts, long Payout = 0) : ChainTx(Hash, MatchedMs)
{
    /// <summary>The markets whose first outcome a conversion gives.</summary>
    public IReadOnlyList<SimMarket> Gets { get; init; } = [];

    public override Address To => Kind switch
    {
        MoveKind.Transfer or MoveKind.Receive => Contracts.KeeperOf((UInt256)Token(0)),
        MoveKind.Convert => Contracts.NegRiskAdapter,
        _ => Adapter,
    };

    private Address Adapter => Market.Version == "v2" ? Contracts.Router : Market.NegRisk ? Contracts.NegRiskCollateralAdapter : Contracts.CollateralAdapter;

    public override bool Concerns(Address wallet) => Wallet == wallet || Counterparty == wallet;

    public override IEnumerable<ChainLog> Logs()
    {
        var moves = Moves().Where(move => move.Amount > 0).ToList();
        var operatedBy = Kind is MoveKind.Transfer or MoveKind.Receive ? moves[0].From : Kind is MoveKind.Convert ? Contracts.NegRiskAdapter : Adapter;
        for (var i = 0; i < moves.Count;)
        {
            var first = moves[i];
            var together = moves.Skip(i).TakeWhile(move => move.Token.HasValue && (move.From, move.To) == (first.From, first.To)).ToList();
            i += Math.Max(1, together.Count);
            yield return together.Count switch
            {
                0 => TokenLogs.Collateral(first),
                1 => TokenLogs.Single(operatedBy, first),
                _ => TokenLogs.Batch(operatedBy, together),
            };
        }
        var condition = Bytes32.Parse(Market.ConditionId);
        var keeper = Contracts.KeeperOf((UInt256)Token(0));
        // The token contract still counts in bridged or wrapped USDC; pUSD is exchanged by the adapters.
        var behind = Abi.Word(Market.NegRisk ? Contracts.WrappedCollateral : Contracts.BridgedUsdc);
        if (Kind is MoveKind.Split or MoveKind.Merge)
            yield return new ChainLog(keeper, [Kind is MoveKind.Split ? Topics.PositionSplit : Topics.PositionsMerge, Abi.Word(Wallet), default, condition],
                Abi.Data(behind, Abi.Word(0x60), Abi.Word(Amounts[0]), Abi.Word(2), Abi.Word(1), Abi.Word(2)));
        else if (Kind is MoveKind.Convert)
            yield return new ChainLog(Contracts.NegRiskAdapter,
                [Topics.PositionsConverted, Abi.Word(Wallet), Bytes32.Parse(Market.Event.NegRiskMarketId), Abi.Word(1L << Market.GroupItemThreshold)], Abi.Data(Abi.Word(Amounts[1])));
        else if (Kind is MoveKind.Redeem)
            yield return new ChainLog(keeper, [Topics.PayoutRedemption, Abi.Word(Wallet), behind, default],
                Abi.Data(condition, Abi.Word(0x60), Abi.Word(Payout), Abi.Word(2), Abi.Word(1), Abi.Word(2)));
    }

    public override IEnumerable<Movement> Moves()
    {
        var (from, to) = Kind switch
        {
            MoveKind.Transfer => (Wallet, Counterparty),
            MoveKind.Receive => (Counterparty, Wallet),
            MoveKind.Split => (Address.Zero, Wallet),
            MoveKind.Convert => (Wallet, Contracts.NegRiskAdapter),
            _ => (Wallet, Address.Zero),
        };
        if (Kind is MoveKind.Split)
            yield return new Movement(Wallet, Adapter, default, Amounts[0]);
        for (var i = 0; i < Amounts.Count; i++)
        {
            if (Amounts[i] > 0)
                yield return new Movement(from, to, Token(i), Amounts[i]);
        }
        foreach (var other in Gets)
            yield return new Movement(Contracts.NegRiskAdapter, Wallet, TokenId.Parse(other.TokenIds[0]), Amounts[1]);
        if (Kind is MoveKind.Merge)
            yield return new Movement(Adapter, Wallet, default, Amounts[0]);
        else if (Kind is MoveKind.Redeem)
            yield return new Movement(Adapter, Wallet, default, Payout);
    }

    private TokenId Token(int outcome) => TokenId.Parse(Market.TokenIds[outcome]);
}

/// <summary>A market's result told to the token contract.</summary>
internal sealed record ResolutionTx(string Hash, long MatchedMs, SimMarket Market, IReadOnlyList<long> Payouts) : ChainTx(Hash, MatchedMs)
{
    public override Address To => Contracts.Oracle;

    public override bool Concerns(Address wallet) => false;

    public override IEnumerable<Movement> Moves() => [];

    public override IEnumerable<ChainLog> Logs()
    {
        var (first, second) = Payouts[0] == Payouts[1] ? (1, 1) : (Payouts[0] > 0 ? 1 : 0, Payouts[1] > 0 ? 1 : 0);
        yield return new ChainLog(Contracts.ConditionalTokens, [Topics.ConditionResolution, Bytes32.Parse(Market.ConditionId), Abi.Word(Contracts.Oracle), Bytes32.Parse(Market.QuestionId)],
            Abi.Data(Abi.Word(2), Abi.Word(0x40), Abi.Word(2), Abi.Word(first), Abi.Word(second)));
    }
}
