using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Accounts;

/// <summary>A user's order since it was accepted: the signed terms and what became of it.</summary>
internal sealed class VenueOrder(OrderPlaced terms, int sequence)
{
    private readonly List<string> _trades = [];

    public OrderPlaced Terms => terms;

    public string Id => terms.Id;

    /// <summary>Place in the order of acceptance.</summary>
    public int Sequence => sequence;

    public OrderState State { get; set; } = terms.Delayed ? OrderState.DELAYED : OrderState.LIVE;

    /// <summary>micro-shares filled so far.</summary>
    public long MatchedSize { get; private set; }

    /// <summary>micro-pUSD paid or received so far, without fees.</summary>
    public long MatchedCash { get; private set; }

    public IReadOnlyList<string> Trades => _trades;

    public bool IsOpen => State is OrderState.LIVE or OrderState.DELAYED;

    public bool IsMarketOrder => terms.Kind is OrderKind.FOK or OrderKind.FAK;

    public long Remaining => terms.Size - MatchedSize;

    /// <summary>What this order keeps promised at the moment: pUSD for a BUY, shares for a SELL.</summary>
    public long Reserved { get; set; }

    /// <summary>What it has to keep promised in its present state.</summary>
    public long Needed => this switch
    {
        { IsOpen: false } => 0,
        { Terms.Side: Side.Sell } => Remaining,
        { Terms.Budget: > 0 } => terms.Budget - MatchedCash + terms.FeeRoom,
        { State: OrderState.DELAYED } => Money.CostCeil(Remaining, terms.Price) + terms.FeeRoom,
        _ => Money.CostCeil(Remaining, terms.Price),
    };

    public void Fill(TradeLeg leg, string tradeId)
    {
        MatchedSize += leg.Size;
        MatchedCash += leg.Cash;
        _trades.Add(tradeId);
    }
}

/// <summary>A match and where its settlement stands.</summary>
internal sealed class VenueTrade(TradeMatched match, int sequence)
{
    public TradeMatched Match => match;

    public string Id => match.Id;

    /// <summary>Place in the order of matching.</summary>
    public int Sequence => sequence;

    public TradeState State { get; set; } = TradeState.MATCHED;

    public SettleAs Plan { get; set; } = match.Plan;

    /// <summary>When the next attempt is mined, unix ms.</summary>
    public long MineAt { get; set; } = match.MineAt;

    public long ConfirmAt { get; set; } = match.ConfirmAt;

    public long UpdatedAt { get; set; } = match.At;

    /// <summary>When it was mined, unix ms; null before.</summary>
    public long? MinedAt { get; set; }

    /// <summary>Empty until mined; a retry replaces it.</summary>
    public string Transaction { get; set; } = "";

    public bool IsOver => State is TradeState.CONFIRMED or TradeState.FAILED;

    /// <summary>The legs of users, taker first.</summary>
    public IEnumerable<TradeLeg> UserLegs => match.Makers.Prepend(match.Taker).Where(leg => leg.ApiKey is not null);
}
