using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Accounts;

internal sealed class UserRow : IEntityTypeConfiguration<UserRow>
{
    public long Id { get; set; }
    public string? Username { get; set; }
    public DateTime CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<UserRow> builder)
    {
        builder.ToTable("users");
        builder.Property(u => u.Id).ValueGeneratedNever();
        builder.Property(u => u.Username).HasMaxLength(64);
    }
}

/// <summary>How a provider knows the user: (telegram, 1001).</summary>
internal sealed class IdentityRow : IEntityTypeConfiguration<IdentityRow>
{
    public required string Provider { get; set; }
    public required string ExternalId { get; set; }
    public long UserId { get; set; }
    public DateTime CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<IdentityRow> builder)
    {
        builder.ToTable("identities");
        builder.HasKey(i => new { i.Provider, i.ExternalId });
        builder.HasIndex(i => i.UserId);
        builder.HasOne<UserRow>().WithMany().HasForeignKey(i => i.UserId);
    }
}

internal sealed class UserSettingsRow : IEntityTypeConfiguration<UserSettingsRow>
{
    public long UserId { get; set; }
    public decimal MaxSlippage { get; set; }
    public IReadOnlyList<decimal> QuickAmounts { get; set; } = [];
    public decimal? DefaultTakeProfitPercent { get; set; }
    public decimal? DefaultStopLossPercent { get; set; }
    public required string Language { get; set; }
    public required string TimeZone { get; set; }
    public IReadOnlyDictionary<string, string> Notifications { get; set; } = new Dictionary<string, string>();
    public DateTime UpdatedAt { get; set; }

    public void Configure(EntityTypeBuilder<UserSettingsRow> builder)
    {
        builder.ToTable("user_settings");
        builder.HasKey(s => s.UserId);
        builder.Property(s => s.UserId).ValueGeneratedNever();
        builder.Property(s => s.QuickAmounts).IsJson();
        builder.Property(s => s.Notifications).IsJson();
        builder.HasOne<UserRow>().WithOne().HasForeignKey<UserSettingsRow>(s => s.UserId);
    }
}

/// <summary>A secret that lets somebody in as the user; the secret itself is nowhere.</summary>
internal sealed class CredentialRow : IEntityTypeConfiguration<CredentialRow>
{
    public const string Key = "key";
    public const string Login = "login";
    public const string Session = "session";

    public Guid Id { get; set; }
    public long UserId { get; set; }

    /// <summary>key, login or session.</summary>
    public required string Kind { get; set; }
    public string? Name { get; set; }

    /// <summary>SHA-256, hex.</summary>
    public required string Hash { get; set; }
    public DateTime CreatedAt { get; set; }

    /// <summary>Null: keys last until they are revoked.</summary>
    public DateTime? ExpiresAt { get; set; }

    /// <summary>Revoked, used, or logged out.</summary>
    public DateTime? EndedAt { get; set; }

    public void Configure(EntityTypeBuilder<CredentialRow> builder)
    {
        builder.ToTable("credentials");
        builder.Property(c => c.Id).ValueGeneratedNever();
        builder.Property(c => c.Kind).HasMaxLength(10);
        builder.Property(c => c.Name).HasMaxLength(64);
        builder.Property(c => c.Hash).HasMaxLength(64);
        builder.HasIndex(c => c.Hash).IsUnique();
        builder.HasIndex(c => new { c.UserId, c.Kind });
        builder.HasOne<UserRow>().WithMany().HasForeignKey(c => c.UserId);
    }
}

/// <summary>The outbox. A row is delivered at least once; its sequence is the Last-Event-ID of the event stream.</summary>
internal sealed class UserEventRow : IEntityTypeConfiguration<UserEventRow>
{
    public long Sequence { get; set; }
    public long UserId { get; set; }
    public required string Kind { get; set; }
    public required string Payload { get; set; }
    public DateTime At { get; set; }
    public DateTime? ClaimedUntil { get; set; }
    public DateTime? DeliveredAt { get; set; }

    public void Configure(EntityTypeBuilder<UserEventRow> builder)
    {
        builder.ToTable("user_events");
        builder.HasKey(e => e.Sequence);
        builder.Property(e => e.Sequence).ValueGeneratedOnAdd();
        builder.Property(e => e.Payload).IsJsonText();
        builder.HasIndex(e => new { e.UserId, e.Sequence });
        builder.HasIndex(e => e.Sequence).HasFilter("delivered_at is null").HasDatabaseName("ix_user_events_undelivered");
    }
}
