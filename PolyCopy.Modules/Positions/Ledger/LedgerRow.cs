using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Positions.Ledger;

/// <summary>One line of the ledger; never updated, never deleted. Amounts are micro-units and signed, so plain sums are true:
/// sum(usdc - fee) is a wallet's cash, sum(shares) what it holds, sum(mined) and sum(confirmed) what of it is on chain, whatever failed or was corrected.</summary>
internal sealed class LedgerRow
{
    /// <summary>Grows with every row of the database: the order of folding.</summary>
    public long Sequence { get; init; }

    public required Guid Id { get; init; }
    public required long UserId { get; init; }
    public required Guid WalletId { get; init; }

    /// <summary>The episode it belongs to; null when only cash moved, or when a fill was already failed when first seen.</summary>
    public Guid? PositionId { get; set; }

    public required string Kind { get; init; }

    /// <summary>settle: mined or confirmed. adjust: why it hangs on a fill (short, short-undone …). Else empty.</summary>
    public string State { get; init; } = "";

    public string? MarketId { get; init; }
    public string? ConditionId { get; init; }
    public TokenId? TokenId { get; init; }
    public string? Outcome { get; init; }

    public long Shares { get; init; }

    /// <summary>pUSD in or out of the wallet, without the fee.</summary>
    public long Usdc { get; init; }

    /// <summary>pUSD paid as fee; negative when a failed settlement gives it back.</summary>
    public long Fee { get; init; }

    /// <summary>pUSD that shares count as worth although no cash moved (adjust, transfer); null going out: their own cost.</summary>
    public long? Basis { get; init; }

    public long Mined { get; init; }
    public long Confirmed { get; init; }

    /// <summary>+1 for a fill whose settlement is open, -1 when it is confirmed or failed.</summary>
    public int Pending { get; init; }

    /// <summary>Change of realised P&amp;L net of fees that this row brought; P&amp;L by day sums it.</summary>
    public long Realised { get; set; }

    /// <summary>Empty for rows that are not about a fill.</summary>
    public string OrderHash { get; init; } = "";

    /// <summary>The venue's trade id, or the key of an adjustment.</summary>
    public required string TradeId { get; init; }

    public Guid? OrderId { get; init; }
    public required string Origin { get; init; }
    public string? TransactionHash { get; init; }
    public string? Reason { get; init; }
    public required DateTime At { get; init; }
}

internal static class LedgerKinds
{
    public const string Trade = "trade";
    public const string Settle = "settle";
    public const string Fail = "fail";
    public const string Redeem = "redeem";
    public const string Transfer = "transfer";
    public const string Split = "split";
    public const string Merge = "merge";
    public const string Adjust = "adjust";
}

internal sealed class LedgerRowMapping : IEntityTypeConfiguration<LedgerRow>
{
    public void Configure(EntityTypeBuilder<LedgerRow> builder)
    {
        builder.ToTable("ledger");
        builder.HasKey(r => r.Sequence);
        builder.HasIndex(r => new { r.OrderHash, r.TradeId, r.Kind, r.State }).IsUnique(); // the key of a fill: a repeat cannot be booked twice
        builder.HasIndex(r => new { r.PositionId, r.Sequence });
        builder.HasIndex(r => new { r.UserId, r.Sequence });
        builder.Property(r => r.Kind).HasMaxLength(10);
    }
}
