using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Positions.Ledger;

/// <summary>What one live, delayed or unknown order holds back. Deleted when it holds nothing: the table stays as small as the open orders.</summary>
internal sealed class ReservationRow
{
    public required Guid OrderId { get; init; }
    public required long UserId { get; init; }
    public required Guid WalletId { get; init; }

    /// <summary>Null: pUSD.</summary>
    public TokenId? TokenId { get; init; }

    public required long Micros { get; set; }
    public required DateTime At { get; init; }
}

internal sealed class ReservationRowMapping : IEntityTypeConfiguration<ReservationRow>
{
    public void Configure(EntityTypeBuilder<ReservationRow> builder)
    {
        builder.ToTable("reservations");
        builder.HasKey(r => r.OrderId);
        builder.Property(r => r.OrderId).ValueGeneratedNever();
        builder.HasIndex(r => new { r.WalletId, r.TokenId });
    }
}
