using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace PolyCopy.Modules.Indexing.Rows;

/// <summary>Up to which block a user has been told what smart traders did, and when.</summary>
internal sealed class SmartAlertRow : IEntityTypeConfiguration<SmartAlertRow>
{
    public long UserId { get; set; }
    public long ThroughBlock { get; set; }
    public DateTime ToldAt { get; set; }

    public void Configure(EntityTypeBuilder<SmartAlertRow> builder)
    {
        builder.ToTable("smart_alerts");
        builder.HasKey(a => a.UserId);
        builder.Property(a => a.UserId).ValueGeneratedNever();
    }
}
