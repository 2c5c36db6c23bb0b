using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>A request that may be repeated: written with the order it led to, answered the same way for 30 days.</summary>
internal sealed class IdempotencyRow : IEntityTypeConfiguration<IdempotencyRow>
{
    public long UserId { get; set; }
    public required string Key { get; set; }

    /// <summary>SHA-256 of what was asked.</summary>
    public required string BodyHash { get; set; }

    /// <summary>running or done.</summary>
    public required string State { get; set; }
    public Guid OrderId { get; set; }
    public string? Response { get; set; }
    public DateTime CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<IdempotencyRow> builder)
    {
        builder.ToTable("idempotency");
        builder.HasKey(i => new { i.UserId, i.Key });
        builder.Property(i => i.Key).HasMaxLength(200);
        builder.Property(i => i.Response!).IsJsonText();
        builder.HasIndex(i => i.CreatedAt);
    }
}

/// <summary>One line of the kill switch's journal; the newest of a user (null: of everybody) holds.</summary>
internal sealed class TradingPauseRow : IEntityTypeConfiguration<TradingPauseRow>
{
    public Guid Id { get; set; }
    public long? UserId { get; set; }
    public bool Paused { get; set; }
    public required string Reason { get; set; }
    public required string By { get; set; }
    public DateTime At { get; set; }

    public void Configure(EntityTypeBuilder<TradingPauseRow> builder)
    {
        builder.ToTable("trading_pauses");
        builder.Property(p => p.Id).ValueGeneratedNever();
        builder.HasIndex(p => new { p.UserId, p.Id });
    }
}

/// <summary>Until when a wallet has been compared with the venue; the next comparison starts a minute before.</summary>
internal sealed class ReconciliationRow : IEntityTypeConfiguration<ReconciliationRow>
{
    public Guid WalletId { get; set; }
    public long UserId { get; set; }
    public DateTime SeenAt { get; set; }

    public void Configure(EntityTypeBuilder<ReconciliationRow> builder)
    {
        builder.ToTable("reconciliations");
        builder.HasKey(r => r.WalletId);
        builder.Property(r => r.WalletId).ValueGeneratedNever();
    }
}
