using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Risk;

/// <summary>The limits of one scope.</summary>
internal sealed class RiskLimitRow : IEntityTypeConfiguration<RiskLimitRow>
{
    /// <summary>scope:key.</summary>
    public required string Id { get; set; }
    public required string Scope { get; set; }
    public required string Key { get; set; }
    public decimal? MaxDailyLoss { get; set; }
    public decimal? MaxExposure { get; set; }
    public int? MaxOrdersPerMinute { get; set; }
    public required string By { get; set; }
    public DateTime UpdatedAt { get; set; }

    public void Configure(EntityTypeBuilder<RiskLimitRow> builder)
    {
        builder.ToTable("risk_limits");
        builder.Property(r => r.Id).HasMaxLength(120);
        builder.Property(r => r.Scope).HasMaxLength(8);
        builder.Property(r => r.Key).HasMaxLength(100);
    }
}

/// <summary>A breaker that tripped; open until it is resumed.</summary>
internal sealed class RiskTripRow : IEntityTypeConfiguration<RiskTripRow>
{
    public Guid Id { get; set; }
    public required string Scope { get; set; }
    public required string Key { get; set; }
    public required string Reason { get; set; }

    /// <summary>The reason for other languages.</summary>
    public Said? Said { get; set; }

    /// <summary>Micro-pUSD of loss when it was resumed: what is lost from there on counts.</summary>
    public long Forgiven { get; set; }
    public DateTime TrippedAt { get; set; }
    public DateTime? ResumedAt { get; set; }
    public string? ResumeReason { get; set; }
    public string? ResumedBy { get; set; }

    public void Configure(EntityTypeBuilder<RiskTripRow> builder)
    {
        builder.ToTable("risk_trips");
        builder.Property(r => r.Id).ValueGeneratedNever();
        builder.Property(r => r.Scope).HasMaxLength(8);
        builder.Property(r => r.Key).HasMaxLength(100);
        builder.Property(r => r.Said!).IsJson();
        builder.HasIndex(r => new { r.Scope, r.Key, r.TrippedAt });
    }
}

/// <summary>What a scope's open positions stood at when its day began: the daily loss counts from there.</summary>
internal sealed class RiskMarkRow : IEntityTypeConfiguration<RiskMarkRow>
{
    /// <summary>scope:key.</summary>
    public required string Id { get; set; }
    public required string Scope { get; set; }
    public required string Key { get; set; }

    /// <summary>yyyymmdd in the scope's zone.</summary>
    public int Day { get; set; }

    /// <summary>Micro-pUSD: value less cost.</summary>
    public long Unrealised { get; set; }
    public DateTime At { get; set; }

    public void Configure(EntityTypeBuilder<RiskMarkRow> builder)
    {
        builder.ToTable("risk_marks");
        builder.Property(r => r.Id).ValueGeneratedNever().HasMaxLength(120);
        builder.Property(r => r.Scope).HasMaxLength(8);
        builder.Property(r => r.Key).HasMaxLength(100);
    }
}
