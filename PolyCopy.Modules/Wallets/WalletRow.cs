using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace PolyCopy.Modules.Wallets;

/// <summary>A wallet as stored. Secrets are sealed (see <see cref="WalletSeal"/>); the addresses are EIP-55.</summary>
internal sealed class WalletRow : IEntityTypeConfiguration<WalletRow>
{
    public const string DepositKind = "deposit";

    public Guid Id { get; set; }
    public long UserId { get; set; }
    public required string Venue { get; set; }
    public required string Kind { get; set; }
    public int SignatureType { get; set; }
    public required string Owner { get; set; }
    public required string Funder { get; set; }

    /// <summary>Which master key wraps <see cref="DataKey"/>.</summary>
    public required string MasterKeyId { get; set; }
    public required byte[] DataKey { get; set; }
    public required byte[] OwnerKey { get; set; }

    /// <summary>The CLOB API key's id; null until the venue was first asked.</summary>
    public string? ApiKey { get; set; }
    public byte[]? ApiSecret { get; set; }
    public byte[]? ApiPassphrase { get; set; }
    public DateTime CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<WalletRow> builder)
    {
        builder.ToTable("wallets");
        builder.Property(w => w.Id).ValueGeneratedNever();
        builder.Property(w => w.Venue).HasMaxLength(8);
        builder.Property(w => w.Kind).HasMaxLength(16);
        builder.Property(w => w.Owner).HasMaxLength(42);
        builder.Property(w => w.Funder).HasMaxLength(42);
        builder.Property(w => w.MasterKeyId).HasMaxLength(16);
        builder.Property(w => w.ApiKey).HasMaxLength(64);
        builder.HasIndex(w => new { w.UserId, w.Venue, w.Kind }).IsUnique();
        builder.HasIndex(w => w.Funder);
    }
}
