using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace PolyCopy.Modules.Copying.Reading;

/// <summary>Up to when a user has been told of what was skipped, and for which day he has had his summary.</summary>
internal sealed class DigestRow : IEntityTypeConfiguration<DigestRow>
{
    public long UserId { get; set; }
    public DateTime ToldUntil { get; set; }

    /// <summary>yyyymmdd in his zone.</summary>
    public int SummaryDay { get; set; }

    public void Configure(EntityTypeBuilder<DigestRow> builder)
    {
        builder.ToTable("copy_digests");
        builder.HasKey(d => d.UserId);
        builder.Property(d => d.UserId).ValueGeneratedNever();
    }
}
