using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Positions.Ledger;

/// <summary>One episode of holding one outcome: the fold of its ledger rows (micro-units), and what people query by hand (decimals).</summary>
internal sealed class PositionRow
{
    public required Guid Id { get; init; }
    public required long UserId { get; init; }
    public required Guid WalletId { get; init; }
    public required string MarketId { get; init; }
    public required string ConditionId { get; init; }
    public required TokenId TokenId { get; init; }
    public required string Outcome { get; init; }
    public required string Origin { get; init; }
    public required DateTime OpenedAt { get; init; }

    /// <summary>Null while open: the one open episode of wallet and token.</summary>
    public DateTime? ClosedAt { get; set; }

    public string Status { get; set; } = PositionStatus.Active;

    /// <summary>Grows with every booking, not with prices: the price writer writes only the state it has computed with.</summary>
    public long Revision { get; set; }

    public long Bought { get; set; }
    public long Sold { get; set; }
    public long Mined { get; set; }
    public long Confirmed { get; set; }
    public long Failed { get; set; }
    public int PendingFills { get; set; }
    public long Cost { get; set; }
    public long BoughtCost { get; set; }
    public long Proceeds { get; set; }
    public long Fees { get; set; }

    public decimal Size { get; set; }
    public decimal EntryPrice { get; set; }
    public decimal? TakeProfit { get; set; }
    public decimal? StopLoss { get; set; }

    // Declared last, so last in the table: PostgreSQL logs only the bytes of an updated row between the first and the last that changed.
    public decimal CurrentPrice { get; set; }
    public decimal PnlAmount { get; set; }
    public decimal PnlPercentage { get; set; }
    public DateTime UpdatedAt { get; set; }

    public PositionState State
    {
        get => new(Bought, Sold, Mined, Confirmed, Failed, PendingFills, Cost, BoughtCost, Proceeds, Fees);
        set
        {
            (Bought, Sold, Mined, Confirmed, Failed) = (value.Bought, value.Sold, value.Mined, value.Confirmed, value.Failed);
            (PendingFills, Cost, BoughtCost, Proceeds, Fees) = (value.Pending, value.Cost, value.BoughtCost, value.Proceeds, value.Fees);
            (Size, EntryPrice) = (value.Size / (decimal)Shares.Scale, value.EntryPrice);
        }
    }

    public void Price(decimal price, DateTime at)
    {
        CurrentPrice = decimal.Round(price, 4);
        (PnlAmount, PnlPercentage) = Pnl.Of(State.Size, State.Net, ClosedAt is null ? Cost : BoughtCost, CurrentPrice);
        UpdatedAt = at;
    }

    public OpenPosition ToOpen()
    {
        var state = State;
        return new OpenPosition(
            Id, UserId, WalletId, MarketId, TokenId, Outcome, Status, Origin, new Shares(state.Size), new Shares(state.Size - state.Sellable), new Shares(state.Sellable),
            new Shares(state.Settled), new Usdc(Cost), new Usdc(Fees), new Usdc(state.Realised), Revision, new DateTimeOffset(OpenedAt, TimeSpan.Zero));
    }
}

internal static class PositionStatus
{
    public const string Active = "active";
    public const string Closed = "closed";
    public const string Resolved = "resolved";

    /// <summary>Shown while a sell order reserves its shares; never stored, for orders do not touch the position's row.</summary>
    public const string Closing = "closing";
}

internal sealed class PositionRowMapping : IEntityTypeConfiguration<PositionRow>
{
    public void Configure(EntityTypeBuilder<PositionRow> builder)
    {
        builder.ToTable("positions");
        builder.HasKey(r => r.Id);
        builder.Ignore(r => r.State);
        // Room in every page and no index on what the price writer changes: its updates stay on the page (HOT).
        builder.HasStorageParameter("fillfactor", 70);
        builder.HasIndex(r => new { r.WalletId, r.TokenId }).IsUnique().HasFilter("closed_at is null").HasDatabaseName("ix_positions_one_open");
        builder.HasIndex(r => new { r.WalletId, r.TokenId }, "ix_positions_wallet_token");
        builder.HasIndex(r => r.MarketId).HasFilter("closed_at is null");
        builder.HasIndex(r => r.WalletId).HasFilter("pending_fills > 0").HasDatabaseName("ix_positions_pending");
        builder.HasIndex(r => new { r.UserId, r.ClosedAt });
        builder.Property(r => r.Status).HasMaxLength(10);
        builder.Property(r => r.Size).HasPrecision(20, 6);
        builder.Property(r => r.EntryPrice).HasPrecision(20, 6);
        builder.Property(r => r.TakeProfit).HasPrecision(8, 4);
        builder.Property(r => r.StopLoss).HasPrecision(8, 4);
        builder.Property(r => r.CurrentPrice).HasPrecision(8, 4);
        builder.Property(r => r.PnlAmount).HasPrecision(20, 6);
        builder.Property(r => r.PnlPercentage).HasPrecision(20, 4);
    }
}
