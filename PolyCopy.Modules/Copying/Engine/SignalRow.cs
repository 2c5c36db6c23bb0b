using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>A leader's trade as the engine saw it, once for all followers; with a rule: why nobody copied it. Together the rows are the tape that a replay runs on.</summary>
internal sealed class SignalRow : IEntityTypeConfiguration<SignalRow>
{
    public Guid Id { get; set; }
    public required string LeaderTradeId { get; set; }
    public required string Leader { get; set; }

    /// <summary>The trade that opened the intention this one belongs to: its own id, or that of the first fill of the order, or of the orders just before.</summary>
    public required string GroupId { get; set; }

    /// <summary>The leader's order, where the source says.</summary>
    public string? OrderHash { get; set; }

    /// <summary>What was decided for all; null when each follow was judged.</summary>
    public string? Rule { get; set; }
    public string? Reason { get; set; }

    /// <summary>The reason for other languages.</summary>
    public Said? Said { get; set; }
    public string? MarketId { get; set; }
    public TokenId TokenId { get; set; }
    public Side Side { get; set; }

    /// <summary>Micro-shares; of all fills decided together.</summary>
    public long Shares { get; set; }
    public long Collateral { get; set; }

    /// <summary>What the leader held just before, micro-shares.</summary>
    public long LeaderHeld { get; set; }

    /// <summary>The market's own price before the trade.</summary>
    public decimal? Reference { get; set; }
    public string? ReferenceSource { get; set; }
    public BookSeen? Book { get; set; }
    public BookSeen? OtherBook { get; set; }

    /// <summary>As it was told.</summary>
    public required LeaderTrade Trade { get; set; }
    public int Followers { get; set; }
    public int Copied { get; set; }
    public DateTime TradedAt { get; set; }
    public DateTime SeenAt { get; set; }
    public DateTime DecidedAt { get; set; }
    public DateTime? RemovedAt { get; set; }

    public void Because(string rule, Said said) => (Rule, Said, Reason) = (rule, said, said.Text);

    public void Configure(EntityTypeBuilder<SignalRow> builder)
    {
        builder.ToTable("copy_signals");
        builder.Property(s => s.Id).ValueGeneratedNever();
        builder.Property(s => s.Leader).HasMaxLength(42);
        builder.Property(s => s.Side).HasConversion(v => v == Side.Buy ? "BUY" : "SELL", v => v == "BUY" ? Side.Buy : Side.Sell).HasMaxLength(4);
        builder.Property(s => s.Said!).IsJson();
        builder.Property(s => s.Book).IsJson();
        builder.Property(s => s.OtherBook).IsJson();
        builder.Property(s => s.Trade).IsJson();
        builder.HasIndex(s => s.LeaderTradeId).IsUnique();
        builder.HasIndex(s => s.OrderHash);
        builder.HasIndex(s => new { s.Leader, s.Id });
        builder.HasIndex(s => new { s.Leader, s.TokenId, s.TradedAt });
    }
}
