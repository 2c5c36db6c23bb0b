using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Indexing.Rows;

/// <summary>A leader in numbers, worked out from leader_trades now and then.</summary>
internal sealed class LeaderStatsRow : IEntityTypeConfiguration<LeaderStatsRow>
{
    public required string Address { get; set; }
    public int Trades { get; set; }
    public decimal Volume { get; set; }
    public decimal Pnl { get; set; }
    public decimal PnlWithoutBest { get; set; }
    public decimal? WinRate { get; set; }
    public decimal? WinRateLow { get; set; }
    public decimal? WinRateHigh { get; set; }
    public int Closed { get; set; }
    public long? HoldSeconds { get; set; }
    public decimal? MakerShare { get; set; }
    public decimal Drawdown { get; set; }
    public decimal LeftOut { get; set; }
    public IReadOnlyList<ChartPoint> Chart { get; set; } = [];
    public DateTime? LastTradeAt { get; set; }
    public DateTime UpdatedAt { get; set; }

    public void Configure(EntityTypeBuilder<LeaderStatsRow> builder)
    {
        builder.ToTable("leader_stats");
        builder.HasKey(s => s.Address);
        builder.Property(s => s.Address).HasMaxLength(42);
        builder.Property(s => s.Chart).IsJson();
    }
}

internal sealed record ChartPoint(DateTime At, decimal Pnl);
