using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Positions.Ledger;

/// <summary>A position while it is being booked.</summary>
internal sealed class Episode(PositionRow row, bool isNew)
{
    public PositionRow Row { get; } = row;
    public bool IsNew { get; } = isNew;
    public long LoadedRevision { get; } = row.Revision;
    public bool Changed => IsNew || Row.Revision != LoadedRevision;

    public PositionState State
    {
        get => Row.State;
        set => Row.State = value;
    }

    /// <summary>Shares that came or went without a trade; on chain already.</summary>
    public LedgerRow Adjustment(Guid id, string key, long shares, long? basis, string reason, DateTime at, string kind = LedgerKinds.Adjust, long usdc = 0) => new()
    {
        Id = id,
        UserId = Row.UserId,
        WalletId = Row.WalletId,
        Kind = kind,
        MarketId = Row.MarketId,
        ConditionId = Row.ConditionId,
        TokenId = Row.TokenId,
        Outcome = Row.Outcome,
        Shares = shares,
        Usdc = usdc,
        Basis = basis,
        Mined = shares,
        Confirmed = shares,
        TradeId = key,
        Origin = "sync",
        Reason = reason,
        At = at,
    };

    /// <summary>Pays out <paramref name="shares"/>; negative takes a payout back.</summary>
    public LedgerRow Redemption(Guid id, long shares, long usdc, string reason, DateTime at) =>
        Adjustment(id, $"redeem:{Row.Id:N}:{Row.Revision}", -shares, null, reason, at, LedgerKinds.Redeem, usdc);

    /// <summary>Shares that a sell shows we must have had, at the price they were sold for; tied to that sell.</summary>
    public LedgerRow Shortfall(Guid id, LedgerRow sell, long shares, string state, string reason, DateTime at) => new()
    {
        Id = id,
        UserId = Row.UserId,
        WalletId = Row.WalletId,
        Kind = LedgerKinds.Adjust,
        State = state,
        MarketId = Row.MarketId,
        ConditionId = Row.ConditionId,
        TokenId = Row.TokenId,
        Outcome = Row.Outcome,
        Shares = shares,
        Basis = PositionFold.Share(sell.Usdc, shares, -sell.Shares),
        Mined = shares,
        Confirmed = shares,
        OrderHash = sell.OrderHash,
        TradeId = sell.TradeId,
        Origin = "sync",
        Reason = reason,
        At = at,
    };
}

/// <summary>What the ledger holds of one fill: its trade, what became of it and what hangs on it.</summary>
internal sealed class FillHistory(params IEnumerable<LedgerRow> rows)
{
    public List<LedgerRow> Rows { get; } = [.. rows];

    public LedgerRow Trade => Rows.First(r => r.Kind == LedgerKinds.Trade);

    public SettlementStatus Status =>
        Rows.Exists(r => r.Kind == LedgerKinds.Fail) ? SettlementStatus.Failed
        : Rows.Exists(r => r is { Kind: LedgerKinds.Settle, State: "confirmed" }) ? SettlementStatus.Confirmed
        : Rows.Exists(r => r is { Kind: LedgerKinds.Settle, State: "mined" }) ? SettlementStatus.Mined
        : SettlementStatus.Matched;

    /// <summary>The settle row of a step forward.</summary>
    public LedgerRow Settled(Guid id, SettlementStatus status, string? transactionHash, DateTime at)
    {
        var (shares, confirmed) = (Math.Max(0, Trade.Shares), status == SettlementStatus.Confirmed); // what is sold has left already
        return Line(id, LedgerKinds.Settle, confirmed ? "confirmed" : "mined", transactionHash, at, mined: Status == SettlementStatus.Matched ? shares : 0, confirmed: confirmed ? shares : 0, pending: confirmed ? -1 : 0);
    }

    /// <summary>The rows that take the fill back: the failure, and the reversal of what hangs on it.</summary>
    public IReadOnlyList<LedgerRow> Reversal(Func<Guid> newId, string? transactionHash, DateTime at)
    {
        var own = Rows.Where(r => r.Kind is LedgerKinds.Trade or LedgerKinds.Settle).ToList();
        var fail = Line(newId(), LedgerKinds.Fail, "", transactionHash, at, -own.Sum(r => r.Mined), -own.Sum(r => r.Confirmed), -own.Sum(r => r.Pending), -Trade.Shares, -Trade.Usdc, -Trade.Fee);
        return [fail, .. Rows.Where(r => r.Kind == LedgerKinds.Adjust)
            .Select(r => Line(newId(), LedgerKinds.Adjust, r.State + "-undone", transactionHash, at, -r.Mined, -r.Confirmed, 0, -r.Shares, -r.Usdc, 0, -r.Basis))];
    }

    private LedgerRow Line(
        Guid id, string kind, string state, string? transactionHash, DateTime at, long mined, long confirmed, int pending, long shares = 0, long usdc = 0, long fee = 0, long? basis = null) => new()
        {
            Id = id,
            UserId = Trade.UserId,
            WalletId = Trade.WalletId,
            PositionId = Trade.PositionId,
            Kind = kind,
            State = state,
            MarketId = Trade.MarketId,
            ConditionId = Trade.ConditionId,
            TokenId = Trade.TokenId,
            Outcome = Trade.Outcome,
            Shares = shares,
            Usdc = usdc,
            Fee = fee,
            Basis = basis,
            Mined = mined,
            Confirmed = confirmed,
            Pending = pending,
            OrderHash = Trade.OrderHash,
            TradeId = Trade.TradeId,
            OrderId = Trade.OrderId,
            Origin = Trade.Origin,
            TransactionHash = transactionHash,
            Reason = kind == LedgerKinds.Adjust ? "its sell failed" : null,
            At = at,
        };
}
