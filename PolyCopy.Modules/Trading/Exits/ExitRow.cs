using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>One exit as it is remembered. Its orders are the truth about attempts and fills; (exit, arming, attempt) is unique on them.</summary>
internal sealed class ExitRow : IEntityTypeConfiguration<ExitRow>
{
    public Guid Id { get; set; }
    public long UserId { get; set; }
    public Guid WalletId { get; set; }
    public Guid PositionId { get; set; }
    public required string MarketId { get; set; }
    public TokenId TokenId { get; set; }
    public ExitKind Kind { get; set; }
    public Price? TriggerPrice { get; set; }
    public Price? Trail { get; set; }
    public Price? PeakPrice { get; set; }
    public decimal Fraction { get; set; }
    public DateTime? At { get; set; }
    public long? BeforeSeconds { get; set; }
    public required string Guard { get; set; }
    public required string Status { get; set; }

    /// <summary>Grows whenever the exit is changed or armed anew, so that its attempts start at 1 again.</summary>
    public int Arming { get; set; }
    public int Attempts { get; set; }

    /// <summary>Shares this arming sells; fixed at the first firing, null before.</summary>
    public Shares? Target { get; set; }

    /// <summary>Shares this arming has sold.</summary>
    public Shares Filled { get; set; }
    public DateTime? TickReceivedAt { get; set; }
    public DateTime? DecidedAt { get; set; }
    public DateTime? SubmittedAt { get; set; }
    public DateTime? AckedAt { get; set; }
    public decimal? TickToSubmitMs { get; set; }
    public string? OrderHash { get; set; }
    public string? Reason { get; set; }

    /// <summary>Siblings: the plain take-profit and stop-loss of a position share one.</summary>
    public Guid? GroupId { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime UpdatedAt { get; set; }

    public bool IsOpen => Status is ExitStatus.Armed or ExitStatus.Suspended or ExitStatus.Firing;

    public void Configure(EntityTypeBuilder<ExitRow> builder)
    {
        builder.ToTable("exits");
        builder.Property(e => e.Id).ValueGeneratedNever();
        builder.Property(e => e.MarketId).HasMaxLength(32);
        builder.Property(e => e.Kind).HasConversion(k => ExitWords.Of(k), text => ExitWords.Kind(text)).HasMaxLength(20);
        builder.Property(e => e.Guard).HasMaxLength(10);
        builder.Property(e => e.Status).HasMaxLength(12);
        builder.Property(e => e.OrderHash).HasMaxLength(66);
        builder.Property(e => e.Reason).HasMaxLength(300);
        builder.HasIndex(e => new { e.UserId, e.Id });
        builder.HasIndex(e => e.PositionId);
        builder.HasIndex(e => e.TokenId).HasFilter("status in ('armed', 'suspended', 'firing')").HasDatabaseName("ix_exits_open");
    }
}

internal static class ExitStatus
{
    public const string Armed = "armed";
    public const string Suspended = "suspended";
    public const string Firing = "firing";
    public const string Done = "done";
    public const string Cancelled = "cancelled";

    /// <summary>Those that may still sell.</summary>
    public static readonly string[] Open = [Armed, Suspended, Firing];
}

internal static class ExitWords
{
    public const string Instant = "instant";
    public const string Guarded = "guarded";

    public static string Of(ExitKind kind) => kind switch
    {
        ExitKind.TakeProfit => "take_profit",
        ExitKind.StopLoss => "stop_loss",
        ExitKind.Trailing => "trailing",
        ExitKind.BreakEven => "break_even",
        ExitKind.TimeStop => "time_stop",
        ExitKind.BeforeResolution => "before_resolution",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static ExitKind Kind(string text) => text switch
    {
        "take_profit" => ExitKind.TakeProfit,
        "stop_loss" => ExitKind.StopLoss,
        "trailing" => ExitKind.Trailing,
        "break_even" => ExitKind.BreakEven,
        "time_stop" => ExitKind.TimeStop,
        "before_resolution" => ExitKind.BeforeResolution,
        _ => throw new ArgumentOutOfRangeException(nameof(text), text, "no such kind of exit"),
    };
}
