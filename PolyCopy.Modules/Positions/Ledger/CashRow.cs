using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace PolyCopy.Modules.Positions.Ledger;

/// <summary>A wallet's pUSD: the fold of its ledger rows, in micro-units. Its row is the lock of the wallet's bookings.</summary>
internal sealed class CashRow
{
    public required Guid WalletId { get; init; }
    public required long UserId { get; init; }
    public long Balance { get; set; }
    public required DateTime UpdatedAt { get; set; }
}

internal sealed class CashRowMapping : IEntityTypeConfiguration<CashRow>
{
    public void Configure(EntityTypeBuilder<CashRow> builder)
    {
        builder.ToTable("cash");
        builder.HasKey(r => r.WalletId);
        builder.Property(r => r.WalletId).ValueGeneratedNever();
        builder.HasIndex(r => r.UserId);
    }
}
