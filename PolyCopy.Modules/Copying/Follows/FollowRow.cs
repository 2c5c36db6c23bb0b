using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>One user follows one leader.</summary>
internal sealed class FollowRow : IEntityTypeConfiguration<FollowRow>
{
    public Guid Id { get; set; }
    public long UserId { get; set; }
    public Guid WalletId { get; set; }

    /// <summary>Lower-case 0x.</summary>
    public required string Leader { get; set; }
    public required string Status { get; set; }
    public string? Reason { get; set; }

    /// <summary>The reason for other languages; null: the owner's own words.</summary>
    public Said? Said { get; set; }
    public int RulesVersion { get; set; }

    /// <summary>Deleted with keepSells false: nothing is mirrored any more.</summary>
    public bool SellsEnded { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime UpdatedAt { get; set; }
    public DateTime? DeletedAt { get; set; }

    public void Configure(EntityTypeBuilder<FollowRow> builder)
    {
        builder.ToTable("follows");
        builder.Property(f => f.Id).ValueGeneratedNever();
        builder.Property(f => f.Leader).HasMaxLength(42);
        builder.Property(f => f.Status).HasMaxLength(10);
        builder.Property(f => f.Reason).HasMaxLength(500);
        builder.Property(f => f.Said!).IsJson();
        builder.HasIndex(f => new { f.UserId, f.Leader }).IsUnique().HasFilter("deleted_at is null").HasDatabaseName("ix_follows_one_live");
        builder.HasIndex(f => f.Leader);
    }
}

internal static class FollowStatus
{
    public const string Active = "active";
    public const string Paused = "paused";
    public const string Deleted = "deleted";
}

/// <summary>The rules of a follow as of one version; never changed.</summary>
internal sealed class FollowRulesRow : IEntityTypeConfiguration<FollowRulesRow>
{
    public Guid FollowId { get; set; }
    public int Version { get; set; }
    public long UserId { get; set; }
    public required FollowRules Rules { get; set; }
    public DateTime CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<FollowRulesRow> builder)
    {
        builder.ToTable("follow_rules");
        builder.HasKey(r => new { r.FollowId, r.Version });
        builder.Property(r => r.Rules).IsJson();
        builder.HasOne<FollowRow>().WithMany().HasForeignKey(r => r.FollowId);
    }
}

/// <summary>Rules that their owner shows to whoever has the link. Not a user's own table: everybody with the id may read it.</summary>
internal sealed class FollowShareRow : IEntityTypeConfiguration<FollowShareRow>
{
    public required string Id { get; set; }
    public long OwnerId { get; set; }
    public Guid FollowId { get; set; }
    public required string Leader { get; set; }
    public required FollowRules Rules { get; set; }
    public DateTime CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<FollowShareRow> builder)
    {
        builder.ToTable("follow_shares");
        builder.Property(s => s.Id).HasMaxLength(22);
        builder.Property(s => s.Leader).HasMaxLength(42);
        builder.Property(s => s.Rules).IsJson();
        builder.HasIndex(s => s.FollowId);
    }
}
