using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace PolyCopy.Modules.Accounts;

/// <summary>An update Telegram gave us. Kept for two days after it was done, because Telegram repeats what was not confirmed for a day.</summary>
internal sealed class BotUpdateRow : IEntityTypeConfiguration<BotUpdateRow>
{
    public long BotId { get; set; }
    public long UpdateId { get; set; }

    /// <summary>Null once done.</summary>
    public string? Body { get; set; }
    public DateTime TakenAt { get; set; }

    public void Configure(EntityTypeBuilder<BotUpdateRow> builder)
    {
        builder.ToTable("bot_updates");
        builder.HasKey(u => new { u.BotId, u.UpdateId });
        builder.HasIndex(u => u.TakenAt);
        builder.HasIndex(u => new { u.BotId, u.UpdateId }).HasFilter("body is not null").HasDatabaseName("ix_bot_updates_open");
    }
}

internal sealed class BotChatRow : IEntityTypeConfiguration<BotChatRow>
{
    public long BotId { get; set; }
    public long UserId { get; set; }
    public long ChatId { get; set; }
    public int? ScreenMessageId { get; set; }
    public bool ScreenIsPhoto { get; set; }
    public string? State { get; set; }
    public string? Referrer { get; set; }
    public DateTime? BlockedAt { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime UpdatedAt { get; set; }

    public void Configure(EntityTypeBuilder<BotChatRow> builder)
    {
        builder.ToTable("bot_chats");
        builder.HasKey(c => new { c.BotId, c.UserId });
        builder.Property(c => c.Referrer).HasMaxLength(64);
        builder.HasIndex(c => new { c.BotId, c.Referrer });
    }
}

internal sealed class BotConfirmationRow : IEntityTypeConfiguration<BotConfirmationRow>
{
    public long BotId { get; set; }
    public required string Nonce { get; set; }
    public long UserId { get; set; }
    public int? MessageId { get; set; }
    public required string Action { get; set; }
    public required string Payload { get; set; }
    public DateTime ExpiresAt { get; set; }

    /// <summary>The update that used it.</summary>
    public long? UsedBy { get; set; }

    public void Configure(EntityTypeBuilder<BotConfirmationRow> builder)
    {
        builder.ToTable("bot_confirmations");
        builder.HasKey(c => new { c.BotId, c.Nonce });
        builder.Property(c => c.Nonce).HasMaxLength(32);
        builder.Property(c => c.Action).HasMaxLength(32);
        builder.HasIndex(c => c.ExpiresAt);
    }
}
